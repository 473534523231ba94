"""make_*(): one object each, with sensible values for what the test does not care about."""
