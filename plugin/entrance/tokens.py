"""Secrets that are given out once and recognised later by their digest only."""

from __future__ import annotations

import hashlib
import secrets

_ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Without 0 O, 1 I L, U: read aloud or copied from paper."""


def new_token() -> str:
    """192 random bits, base64url, 32 characters."""
    return secrets.token_urlsafe(24)


def digest(token: str) -> str:
    """How a token is stored. It is long and random, so a plain SHA-256 is enough."""
    return hashlib.sha256(token.encode()).hexdigest()


def new_code() -> str:
    """A code for people: `XXXX-XXXX-XXXX`, 58 random bits."""
    letters = [secrets.choice(_ALPHABET) for _ in range(12)]
    return "-".join("".join(letters[i : i + 4]) for i in (0, 4, 8))


def code_digest(code: str) -> str:
    """Digest of a code however it was typed: case, spaces and hyphens do not count."""
    return digest("claim-code:" + "".join(c for c in code.upper() if c.isalnum()))
