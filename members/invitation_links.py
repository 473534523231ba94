"""The token of an invitation's link: derived from the row and the secret key, kept only as a digest.

So a copy of the database opens no door, and the mail can still be made at the moment it is sent.
"""

import hashlib

from django.utils.crypto import constant_time_compare, salted_hmac


def seal(invitation):
    """The token for the row as it now stands; its digest is put into the row."""
    token = _derive(invitation)
    invitation.token_hash = digest(token)
    return token


def token_of(invitation):
    """The token again, or None when the keys have changed since."""
    token = _derive(invitation)
    return token if constant_time_compare(digest(token), invitation.token_hash) else None


def digest(token):
    return hashlib.sha256(token.encode()).hexdigest()


def _derive(invitation):
    return salted_hmac("members.invitation", f"{invitation.code}:{invitation.round}", algorithm="sha256").hexdigest()
