"""Public codes for URLs: short, spoken without mistake, and telling nothing about order or number."""

import secrets

ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"


def public_code(length=10):
    return "".join(secrets.choice(ALPHABET) for _ in range(length))
