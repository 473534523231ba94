"""Public codes for URLs: short, spoken without mistake, and telling nothing about order or number."""

import secrets

ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"


def public_code(length=10):
    return "".join(secrets.choice(ALPHABET) for _ in range(length))


def as_code(text):
    """What came in from outside, if it can be a code at all; the database is asked nothing else."""
    return text if text and len(text) <= 12 and text.isascii() and text.isalnum() else ""
