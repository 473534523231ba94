"""How a token of the API is written, and which one somebody shows us. Only a keyed hash of the secret is kept."""

import re
from datetime import timedelta

from django.utils import timezone
from django.utils.crypto import constant_time_compare

from members.models import ApiToken
from portal.lib import encryption

PREFIX = "zc"
# A busy token must not cost a write each time.
USE_IS_NOTED_EVERY = timedelta(hours=1)
_WRITTEN = re.compile(rf"{PREFIX}_([a-z0-9]{{4,12}})_([A-Za-z0-9_-]{{20,100}})")


def written(token, secret):
    """The token as its holder keeps it."""
    return f"{PREFIX}_{token.code}_{secret}"


def hash_of(secret):
    return encryption.provider().blind_index(secret.encode(), "api_token")


def token_of(text):
    """The token that these words are, if it may be used now; None for anything else."""
    match = _WRITTEN.fullmatch(text)
    if match is None:
        return None
    found = ApiToken.objects.open().filter(code=match[1], accepted_at__isnull=False)
    token = found.select_related("staff__organization__area", "organization").first()
    if token is None or not _is_secret_of(token, match[2]) or not _may_act(token):
        return None
    _note_use(token)
    return token


def waiting_for(staff):
    """How many tokens wait for this person to accept them."""
    return ApiToken.objects.open().filter(staff=staff, accepted_at=None).count()


def _is_secret_of(token, secret):
    """Under any key of the ring: a token outlives a change of keys."""
    known = encryption.provider().blind_indexes(secret.encode(), "api_token")
    return any(constant_time_compare(entry, bytes(token.secret_hash)) for entry in known)


def _may_act(token):
    """A person who was suspended, left or went to another unit takes the token's rights along."""
    staff = token.staff
    is_of_the_unit = staff.organization_id == token.organization_id
    return staff.is_active and is_of_the_unit and not token.organization.is_suspended


def _note_use(token):
    now = timezone.now()
    if token.last_used_at is None or now - token.last_used_at > USE_IS_NOTED_EVERY:
        ApiToken.objects.filter(pk=token.pk).update(last_used_at=now)
