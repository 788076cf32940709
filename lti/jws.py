"""Compact JWS with RS256 and nothing else.

The algorithm is not negotiable (LTI security framework §5.1.1 asks RS256 of every platform), so
neither `none` nor an HMAC over the public key can ever be chosen by whoever sends the token.
"""

import json
from binascii import Error as Base64Error
from binascii import a2b_base64
from dataclasses import dataclass
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256

from lti.errors import LaunchError, printable

MAX_TOKEN_CHARS = 64 * 1024
"""A Moodle launch is about 5,000 characters; the largest seen anywhere stay below 20,000."""

_TO_BASE64 = str.maketrans({"-": "+", "_": "/", "+": None, "/": None, "=": None})
_PADDING = PKCS1v15()
_DIGEST = SHA256()


@dataclass(frozen=True, slots=True)
class UnverifiedToken:
    """A token taken apart. Nothing in `claims` is true before `check_signature`."""

    key_id: str
    claims: dict[str, Any]
    signed: bytes
    signature: bytes

    def check_signature(self, key: RSAPublicKey) -> None:
        """:raises LaunchError: SIGNATURE_INVALID."""
        try:
            key.verify(self.signature, self.signed, _PADDING, _DIGEST)
        except InvalidSignature:
            raise LaunchError("SIGNATURE_INVALID") from None


def take_apart(token: str) -> UnverifiedToken:
    """Split and decode a compact JWS.

    :raises LaunchError: TOKEN_MALFORMED, ALGORITHM_REFUSED or KEY_ID_MISSING.
    """
    if len(token) > MAX_TOKEN_CHARS:
        raise LaunchError("TOKEN_MALFORMED", "too long")
    parts = token.split(".")
    if len(parts) != 3:
        raise LaunchError("TOKEN_MALFORMED", f"{len(parts)} parts")
    header = _json_object(parts[0])
    if header.get("alg") != "RS256":
        raise LaunchError("ALGORITHM_REFUSED", printable(header.get("alg"), 20))
    if "crit" in header:
        # RFC 7515 §4.1.11: an extension that is not understood makes the token invalid.
        raise LaunchError("TOKEN_MALFORMED", "critical header extension")
    key_id = header.get("kid")
    if not isinstance(key_id, str) or not key_id:
        raise LaunchError("KEY_ID_MISSING")
    return UnverifiedToken(
        key_id=key_id,
        claims=_json_object(parts[1]),
        signed=f"{parts[0]}.{parts[1]}".encode("ascii"),
        signature=_decode(parts[2]),
    )


def _decode(part: str) -> bytes:
    plain = part.translate(_TO_BASE64)
    if not plain or len(plain) != len(part):
        raise LaunchError("TOKEN_MALFORMED", "not base64url")
    try:
        # Strict: a character outside the alphabet is an error, not something to skip.
        return a2b_base64(plain + "=" * (-len(plain) % 4), strict_mode=True)
    except (Base64Error, ValueError):
        raise LaunchError("TOKEN_MALFORMED", "not base64url") from None


def peek(token: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """(header, claims) of whatever was sent, as far as they can be read; nothing of it is true.

    For the log of refused launches: what was wrong is easier to see beside what came.
    """
    found = []
    for part in [*token[:MAX_TOKEN_CHARS].split(".", 2), "", ""][:2]:
        try:
            found.append(_json_object(part))
        except LaunchError:
            found.append({})
    return found[0], found[1]


def _json_object(part: str) -> dict[str, Any]:
    raw = _decode(part)
    try:
        value = json.loads(raw)
        if b"\\ud" in raw or b"\\uD" in raw:
            # Half a character (a lone surrogate) is JSON, but no text that could be stored.
            json.dumps(value, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        raise LaunchError("TOKEN_MALFORMED", "not JSON") from None
    if not isinstance(value, dict) or b"\\u0000" in raw:
        raise LaunchError("TOKEN_MALFORMED", "not a JSON object of texts")
    return value
