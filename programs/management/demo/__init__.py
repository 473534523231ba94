"""The demo world's programs: what its units give and undertake."""
