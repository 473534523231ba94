"""A draw by lot that can be checked afterwards, and that nobody could steer.

Before the list is closed a secret is made, and its digest is shown (`commitment`): from then on the secret cannot be
exchanged. Whoever writes the list does not know it. When the list is closed, its digest and the secret together give
the `seed`, and everybody on the list gets a place by `place(seed, key)`; those with the first places are drawn. Then
the secret is shown, and anybody with sha256sum finds the same:

    printf '%s' SECRET          | sha256sum    is the commitment
    sha256sum list.txt                         is the digest of the list
    printf '%s' SECRET:DIGEST   | sha256sum    is the seed
    printf '%s' SEED:KEY        | sha256sum    is the place of a row; the smallest are drawn
"""

import hashlib
import secrets
from dataclasses import dataclass


def new_secret():
    return secrets.token_hex(32)


def digest(text):
    return hashlib.sha256(text.encode()).hexdigest()


def commitment(secret):
    return digest(secret)


def seed(secret, list_digest):
    return digest(f"{secret}:{list_digest}")


def place(a_seed, key):
    return digest(f"{a_seed}:{key}")


def drawn(a_seed, keys, number):
    """So many of the keys, those with the first places, in the order of their places."""
    return sorted(keys, key=lambda key: place(a_seed, key))[:number]


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at again: what was written down, what comes out now."""

    code: str
    said: str
    found: str

    @property
    def is_right(self):
        return self.said == self.found


def verify(*, commitment_said, secret, text, digest_said, seed_said, keys, number, drawn_said):
    """Everything about a draw, reckoned again from the list and the secret."""
    a_seed = seed(secret, digest(text))
    return (
        Finding("commitment", commitment_said, commitment(secret)),
        Finding("digest", digest_said, digest(text)),
        Finding("seed", seed_said, a_seed),
        Finding("drawn", " ".join(drawn_said), " ".join(drawn(a_seed, keys, number))),
    )
