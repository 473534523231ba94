import base64

import pytest
from hypothesis import settings as hypothesis_settings

from portal.lib import encryption

# Two busy cores make any example slow now and then.
hypothesis_settings.register_profile("portal", deadline=None)
hypothesis_settings.load_profile("portal")


def key(number):
    return base64.b64encode(bytes([number]) * 32).decode()


@pytest.fixture
def ring(settings):
    """ring("b", "a", "b") puts keys a and b into the ring, b being current; cipher="aes" takes the other suite."""

    def put(current, *key_ids, cipher="sm4"):
        settings.FIELD_CIPHER = cipher
        settings.KEY_RING = {"current": current, "keys": {key_id: key(ord(key_id[0])) for key_id in key_ids}}
        encryption.provider.cache_clear()
        return encryption.provider()

    put("a", "a")
    yield put
    encryption.provider.cache_clear()


@pytest.fixture
def storage(settings, tmp_path):
    """Stored files of this test alone; returns the folder."""
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": str(tmp_path / "files")},
        },
    }
    return tmp_path / "files"
