"""The token of a guest's link and the code beside it: derived or drawn, kept only as digests."""

import hashlib
import secrets

from django.utils.crypto import constant_time_compare, salted_hmac

DIGITS = 8


def token_of(access):
    """Made anew at the moment the mail is sent; a copy of the database opens nothing."""
    return salted_hmac("referrals.guest", access.code, algorithm="sha256").hexdigest()


def digest(token):
    return hashlib.sha256(token.encode()).hexdigest()


def draw_code():
    return f"{secrets.randbelow(10**DIGITS):0{DIGITS}d}"


def code_digest(access, code):
    return salted_hmac("referrals.guest.code", f"{access.code}:{code}", algorithm="sha256").hexdigest()


def is_code(access, code):
    return bool(access.code_hash) and constant_time_compare(code_digest(access, code), access.code_hash)
