"""The demo world as data: units, then accounts, then what happened among them."""
