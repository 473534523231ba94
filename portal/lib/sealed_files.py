"""Files that are unreadable in the storage, read from any position without holding them whole.

A sealed file is: magic, suite (1), length (2), an envelope with the key of this one file, then pieces of 256 KiB, each
with its tag. The nonce of a piece is its number and whether it is the last, so pieces cannot be reordered, dropped or
cut off. Only the short head depends on the key ring: rotation rewrites it and copies the rest.
"""

import io
import os
import struct

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher, modes
from django.conf import settings

from portal.lib.encryption import KEY_SIZES, SUITES, TAG_SIZE, CannotOpen, cipher_of, provider

MAGIC = b"PSF1"
PIECE = 256 * 1024
_HEAD = struct.Struct(">4sBH")


def seal(source, target, context: bytes):
    """Copy an open file into another, sealed. `context` says which file it is; it opens under that name only."""
    suite = SUITES[settings.FIELD_CIPHER]
    key = os.urandom(KEY_SIZES[suite])
    envelope = provider().encrypt(key, context)
    target.write(_HEAD.pack(MAGIC, suite, len(envelope)) + envelope)
    algorithm, number, piece = cipher_of(suite, key), 0, source.read(PIECE)
    while True:
        following = source.read(PIECE)
        target.write(_seal_piece(algorithm, number, not following, piece))
        if not following:
            return
        number, piece = number + 1, following


def open_sealed(source, context: bytes) -> io.BufferedReader:
    """A sealed file as a readable, seekable one."""
    return io.BufferedReader(SealedReader(source, context), PIECE)


def is_current(source) -> bool:
    """Is the file's key sealed under the current key of the ring?"""
    return provider().is_current(_read_head(source)[1])


def rotate(source, target, context: bytes):
    """The same file with its key sealed anew."""
    suite, envelope, _length = _read_head(source)
    envelope = provider().encrypt(provider().decrypt(envelope, context), context)
    target.write(_HEAD.pack(MAGIC, suite, len(envelope)) + envelope)
    while piece := source.read(PIECE):
        target.write(piece)


class SealedReader(io.RawIOBase):
    """Opens the piece that is asked for, and keeps only that one."""

    def __init__(self, source, context):
        self._source = source
        suite, envelope, self._start = _read_head(source)
        self._algorithm = cipher_of(suite, provider().decrypt(envelope, context))
        body = source.seek(0, os.SEEK_END) - self._start
        self._last = max(0, (body - 1) // (PIECE + TAG_SIZE))
        self._size = body - (self._last + 1) * TAG_SIZE
        if self._size < 0:
            raise CannotOpen("the file is cut short")
        self._position, self._number, self._piece = 0, None, b""

    def readable(self):
        return True

    def seekable(self):
        return True

    @property
    def size(self):
        return self._size

    def seek(self, offset, whence=os.SEEK_SET):
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._position, os.SEEK_END: self._size}[whence]
        if base + offset < 0:
            raise ValueError("a position is not negative")
        self._position = base + offset
        return self._position

    def tell(self):
        return self._position

    def readinto(self, buffer):
        number, within = divmod(self._position, PIECE)
        # The last piece is opened even when it is empty: its tag says that nothing was cut off.
        if number > self._last or (self._position >= self._size and self._number is not None):
            return 0
        found = self._piece_at(number)[within : within + len(buffer)]
        buffer[: len(found)] = found
        self._position += len(found)
        return len(found)

    def close(self):
        self._source.close()
        super().close()

    def _piece_at(self, number):
        if number != self._number:
            self._source.seek(self._start + number * (PIECE + TAG_SIZE))
            sealed = self._source.read(PIECE + TAG_SIZE)
            self._piece = _open_piece(self._algorithm, number, number == self._last, sealed)
            self._number = number
        return self._piece


def _read_head(source):
    """(suite, envelope of the file's key, where the pieces begin); the source stands there afterwards."""
    source.seek(0)
    head = source.read(_HEAD.size)
    if len(head) < _HEAD.size:
        raise CannotOpen("this is no sealed file")
    magic, suite, length = _HEAD.unpack(head)
    if magic != MAGIC or suite not in KEY_SIZES:
        raise CannotOpen("this is no sealed file")
    return suite, source.read(length), _HEAD.size + length


def _nonce(number, is_last):
    return number.to_bytes(11, "big") + bytes([is_last])


def _seal_piece(algorithm, number, is_last, piece):
    encryptor = Cipher(algorithm, modes.GCM(_nonce(number, is_last))).encryptor()
    return encryptor.update(piece) + encryptor.finalize() + encryptor.tag


def _open_piece(algorithm, number, is_last, sealed):
    if len(sealed) < TAG_SIZE:
        raise CannotOpen("the file is cut short")
    decryptor = Cipher(algorithm, modes.GCM(_nonce(number, is_last), sealed[-TAG_SIZE:])).decryptor()
    try:
        return decryptor.update(sealed[:-TAG_SIZE]) + decryptor.finalize()
    except InvalidTag:
        raise CannotOpen("the file was changed, cut or belongs elsewhere") from None
