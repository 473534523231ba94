"""A password hasher with a national algorithm: PBKDF2 over HMAC-SM3, for deployments that ask for one."""

import base64

from cryptography.hazmat.primitives.hashes import SM3
from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC
from django.contrib.auth.hashers import PBKDF2PasswordHasher


class PBKDF2SM3PasswordHasher(PBKDF2PasswordHasher):
    """hashlib knows SM3 only where the system's OpenSSL does; `cryptography` brings its own."""

    algorithm = "pbkdf2_sm3"
    iterations = 600_000

    def encode(self, password, salt, iterations=None):
        self._check_encode_args(password, salt)
        iterations = iterations or self.iterations
        key = PBKDF2HMAC(SM3(), 32, salt.encode(), iterations).derive(password.encode())
        return f"{self.algorithm}${iterations}${salt}${base64.b64encode(key).decode()}"
