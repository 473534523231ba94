"""Puts the parts together. Nobody imports from here, except from portal.lib."""
