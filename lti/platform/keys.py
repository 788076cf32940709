"""The platform's signing keys: RS256, named by kid, rotated on demand."""

from __future__ import annotations

import json
import secrets
from typing import Any

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from lti.platform.state import State

KEPT_AFTER_ROTATION = 2
"""Public keys that stay in the key set: the one in use and the one before it."""


def new_key(made_at: float = 0) -> dict[str, str]:
    """A fresh RSA 2048 key as {kid, pem, made_at}; all of them text."""
    private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = private.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return {"kid": secrets.token_hex(10), "pem": pem.decode(), "made_at": str(int(made_at))}


def public_jwk(key: dict[str, str]) -> dict[str, Any]:
    """The public half as a JWK with kid, alg and use."""
    private = serialization.load_pem_private_key(key["pem"].encode(), None)
    if not isinstance(private, rsa.RSAPrivateKey):
        raise TypeError("the platform signs with RSA keys only")
    jwk: dict[str, Any] = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(private.public_key()))
    jwk.pop("key_ops", None)
    return jwk | {"kid": key["kid"], "alg": "RS256", "use": "sig"}


class KeyRing:
    """Keys kept in the platform's state, newest first; the newest signs."""

    def __init__(self, state: State, now: float = 0) -> None:
        self._state = state
        if not state.keys:
            self.rotate(now)

    @property
    def current(self) -> dict[str, str]:
        return self._state.keys[0]

    def age(self, now: float) -> float:
        """Seconds for which the current key has been in use."""
        return now - float(self.current.get("made_at", "0"))

    def rotate(self, now: float = 0, *, forget_old: bool = False) -> str:
        """Sign with a new key from now on; returns its kid. The old one stays published."""
        with self._state.change():
            kept = [] if forget_old else self._state.keys[: KEPT_AFTER_ROTATION - 1]
            self._state.keys = [new_key(now), *kept]
            return self.current["kid"]

    def jwks(self, *, with_alg: bool = True) -> dict[str, Any]:
        """The public keys, newest first; ``with_alg``: each says its ``alg``."""
        found = [public_jwk(key) for key in self._state.keys]
        if not with_alg:
            for key in found:
                del key["alg"]
        return {"keys": found}

    def sign(self, claims: dict[str, Any], **headers: Any) -> str:
        """A compact RS256 JWT of ``claims`` under the current key."""
        return jwt.encode(
            claims,
            self.current["pem"],
            algorithm="RS256",
            headers={"kid": self.current["kid"], **headers},
        )

    def verify_own(self, token: str) -> dict[str, Any]:
        """Claims of a token this platform signed itself (registration tokens).

        Raises:
            jwt.InvalidTokenError: not ours, altered or expired.
        """
        kid = jwt.get_unverified_header(token).get("kid")
        for key in self._state.keys:
            if key["kid"] == kid:
                public = jwt.PyJWK(public_jwk(key))
                claims: dict[str, Any] = jwt.decode(token, public, algorithms=["RS256"])
                return claims
        raise jwt.InvalidTokenError("unknown kid")
