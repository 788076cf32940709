"""Keys derived from the installation's one secret, each for one purpose."""

from __future__ import annotations

import base64
import hashlib
import hmac
from functools import lru_cache

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_secret = b""


class SecretKeyChanged(Exception):
    """Encrypted data cannot be read: `LICHENG_SECRET_KEY` is not the one that wrote it."""

    code = "SECRET_KEY_CHANGED"


def configure(secret_key: str) -> None:
    """Set the installation's secret; called once by `create_app`."""
    global _secret
    _secret = secret_key.encode()
    derive.cache_clear()
    _fernet.cache_clear()


@lru_cache
def derive(purpose: str) -> bytes:
    """32 bytes for one purpose (`"receipt"`, `"file-link"`, …), HKDF-SHA256 of the secret."""
    if not _secret:
        raise RuntimeError("secrets.configure was not called")
    return HKDF(SHA256(), 32, salt=None, info=b"licheng:" + purpose.encode()).derive(_secret)


def sign(purpose: str, message: bytes) -> str:
    """HMAC-SHA256 of `message`, hexadecimal."""
    return hmac.new(derive(purpose), message, hashlib.sha256).hexdigest()


def verify(purpose: str, message: bytes, signature: str) -> bool:
    """Whether `signature` was made by `sign` for the same purpose and message."""
    return hmac.compare_digest(sign(purpose, message), signature)


def digest(purpose: str, value: str) -> str:
    """A keyed digest by which an encrypted or secret value can still be looked up."""
    return sign(f"digest:{purpose}", value.encode())


def encrypt(value: str) -> str:
    """Encrypt text for storage (Fernet: AES-128-CBC with HMAC-SHA256)."""
    return _fernet().encrypt(value.encode()).decode()


def decrypt(value: str) -> str:
    """Undo `encrypt`.

    :raises SecretKeyChanged: the value was written under another secret.
    """
    try:
        return _fernet().decrypt(value.encode()).decode()
    except InvalidToken as error:
        raise SecretKeyChanged from error


@lru_cache
def _fernet() -> Fernet:
    return Fernet(base64.urlsafe_b64encode(derive("at-rest")))
