"""Values that are unreadable in the database: SM4-GCM by default, AES-GCM by setting, keys by id.

An envelope is bytes: suite (1), length of the key id (1), key id, nonce (12), ciphertext, tag (16). What it belongs to
(table, column, row, and the suite and key that sealed it) is bound into the tag: an envelope moved to another row does
not open. A blind index (HMAC-SM3 under a key of its own) finds equal values without opening any.

All of it stands behind a provider, so that a certified module may take the software's place (PORTAL_CRYPTO_PROVIDER).
Software alone makes no deployment compliant with the commercial cryptography assessment.
"""

import base64
import binascii
import os
from dataclasses import dataclass
from functools import cache
from typing import Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes, hmac
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.utils.module_loading import import_string

SM4, AES = 1, 2
SUITES = {"sm4": SM4, "aes": AES}
KEY_SIZES = {SM4: 16, AES: 32}
NONCE_SIZE, TAG_SIZE = 12, 16


class CannotOpen(Exception):  # noqa: N818 - said to a person
    """An envelope that was changed, moved, cut, or sealed with a key that is not in the ring."""


class Provider(Protocol):
    """What a cryptographic module must do. `context` is bound into the seal; `purpose` tells indexes apart."""

    def encrypt(self, plain: bytes, context: bytes) -> bytes: ...

    def decrypt(self, envelope: bytes, context: bytes) -> bytes: ...

    def blind_index(self, plain: bytes, purpose: str) -> bytes: ...

    def blind_indexes(self, plain: bytes, purpose: str) -> list[bytes]: ...

    def is_current(self, envelope: bytes) -> bool: ...


@dataclass(frozen=True)
class KeyRing:
    """Keys by id. New envelopes take the current one; the others only open what they sealed."""

    current: str
    keys: dict

    @classmethod
    def from_setting(cls, setting):
        try:
            keys = {key_id: base64.b64decode(text, validate=True) for key_id, text in setting["keys"].items()}
            ring = cls(setting["current"], keys)
        except (KeyError, TypeError, AttributeError, binascii.Error) as error:
            raise ImproperlyConfigured(f"KEY_RING is not a ring of keys: {error!r}") from None
        if ring.current not in keys:
            raise ImproperlyConfigured("KEY_RING: the current key is not among the keys.")
        if wrong := [key_id for key_id, key in keys.items() if len(key) != 32 or not 0 < len(key_id.encode()) < 256]:
            raise ImproperlyConfigured(f"KEY_RING: a key must be 32 bytes, with an id: {', '.join(wrong)}")
        return ring


class SoftwareProvider:
    """The provider of this program: `cryptography`, keys from settings.KEY_RING."""

    def __init__(self, ring: KeyRing, suite: int):
        self.ring, self.suite = ring, suite
        self._derived = {}
        self._indexes = {}

    @classmethod
    def from_settings(cls):
        name = settings.FIELD_CIPHER
        if name not in SUITES:
            raise ImproperlyConfigured(f"FIELD_CIPHER is one of {', '.join(SUITES)}, not {name!r}.")
        return cls(KeyRing.from_setting(settings.KEY_RING), SUITES[name])

    def encrypt(self, plain: bytes, context: bytes) -> bytes:
        head = bytes((self.suite, len(self.ring.current))) + self.ring.current.encode()
        nonce = os.urandom(NONCE_SIZE)
        encryptor = self._cipher(self.suite, self.ring.current, nonce).encryptor()
        encryptor.authenticate_additional_data(head + context)
        return b"".join((head, nonce, encryptor.update(plain), encryptor.finalize(), encryptor.tag))

    def decrypt(self, envelope: bytes, context: bytes) -> bytes:
        suite, key_id, head = read_head(envelope)
        body = envelope[len(head) :]
        if len(body) < NONCE_SIZE + TAG_SIZE:
            raise CannotOpen("the envelope is cut short")
        decryptor = self._cipher(suite, key_id, body[:NONCE_SIZE], body[-TAG_SIZE:]).decryptor()
        decryptor.authenticate_additional_data(head + context)
        try:
            return decryptor.update(body[NONCE_SIZE:-TAG_SIZE]) + decryptor.finalize()
        except InvalidTag:
            raise CannotOpen("the envelope was changed or belongs elsewhere") from None

    def blind_index(self, plain: bytes, purpose: str) -> bytes:
        return self._index(self.ring.current, plain, purpose)

    def blind_indexes(self, plain: bytes, purpose: str) -> list[bytes]:
        """Under every key of the ring, the current one first: look up with these while keys are being rotated."""
        others = [key_id for key_id in self.ring.keys if key_id != self.ring.current]
        return [self._index(key_id, plain, purpose) for key_id in (self.ring.current, *others)]

    def is_current(self, envelope: bytes) -> bool:
        suite, key_id, _head = read_head(envelope)
        return (suite, key_id) == (self.suite, self.ring.current)

    def derived_key(self, key_id: str, use: str, length: int, salt: bytes | None = None) -> bytes:
        """One key of the ring never does two kinds of work: each use has a key of its own (HKDF-SM3)."""
        if key_id not in self.ring.keys:
            raise CannotOpen(f"there is no key {key_id!r} in the ring")
        material = self.ring.keys[key_id]
        return HKDF(hashes.SM3(), length, salt, f"portal/1/{use}".encode()).derive(material)

    def _cipher(self, suite, key_id, nonce, tag=None):
        algorithm = self._derived.get((suite, key_id))
        if algorithm is None:
            algorithm = cipher_of(suite, self.derived_key(key_id, f"field/{suite}", KEY_SIZES[suite]))
            self._derived[suite, key_id] = algorithm
        return Cipher(algorithm, modes.GCM(nonce, tag))

    def _index(self, key_id, plain, purpose):
        """The keyed context is made once and copied: half the time of an HMAC made anew."""
        keyed = self._indexes.get((key_id, purpose))
        if keyed is None:
            keyed = hmac.HMAC(self.derived_key(key_id, f"index/{purpose}", 32), hashes.SM3())
            self._indexes[key_id, purpose] = keyed
        context = keyed.copy()
        context.update(plain)
        return context.finalize()


def cipher_of(suite: int, key: bytes):
    return algorithms.SM4(key) if suite == SM4 else algorithms.AES(key)


def read_head(envelope: bytes):
    """(suite, key id, the bytes of both) of an envelope."""
    if len(envelope) < 2 or envelope[0] not in KEY_SIZES or len(envelope) < 2 + envelope[1]:
        raise CannotOpen("this is no envelope")
    head = bytes(envelope[: 2 + envelope[1]])
    return head[0], head[2:].decode("utf-8", "replace"), head


@cache
def provider() -> Provider:
    return import_string(settings.CRYPTO_PROVIDER).from_settings()


def place(table: str, column: str, row) -> bytes:
    """Where an envelope belongs, as its associated data. No part may hold the separator, so no two places are one."""
    parts = [str(part) for part in (table, column, row)]
    if any("\x1f" in part for part in parts):
        raise ValueError("a place has no control characters")
    return "\x1f".join(parts).encode()


def encrypt_text(text: str, table: str, column: str, row="") -> str:
    """For text columns that are not ours, such as the secrets of the sign-in library."""
    envelope = provider().encrypt(text.encode(), place(table, column, row))
    return base64.urlsafe_b64encode(envelope).decode()


def decrypt_text(token: str, table: str, column: str, row="") -> str:
    try:
        envelope = base64.urlsafe_b64decode(token.encode())
    except (binascii.Error, UnicodeEncodeError):
        raise CannotOpen("this is no envelope") from None
    return provider().decrypt(envelope, place(table, column, row)).decode()
