"""The secrets of second factors: sealed by our keys, so they move on when the keys do."""

from allauth.mfa.models import Authenticator
from django.db import transaction

from portal.lib import encryption

PLACE = ("mfa_authenticator", "data")
SEALED = {"secret", "seed"}


def reseal_secrets():
    """Seal every secret anew under the current key, and say how many. Interrupted, it is simply begun again."""
    number = 0
    for key in Authenticator.objects.values_list("pk", flat=True):
        with transaction.atomic():
            held = Authenticator.objects.select_for_update().filter(pk=key).first()
            if held and SEALED & held.data.keys():
                held.data = {name: _reseal(value) if name in SEALED else value for name, value in held.data.items()}
                held.save(update_fields=["data"])
                number += 1
    return number


def _reseal(value):
    return encryption.encrypt_text(encryption.decrypt_text(value, *PLACE), *PLACE)
