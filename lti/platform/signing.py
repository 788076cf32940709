"""Signing id_tokens: well, or in one of the ways that a tool must refuse."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from typing import Any

import jwt
from cryptography.hazmat.primitives import serialization

from lti.platform.core import Lms
from lti.platform.keys import new_key, public_jwk


def sign_id_token(here: Lms, claims: dict[str, Any]) -> str:
    """The id_token of a launch; what the faults ask for is done to it."""
    faults = here.faults
    if faults.replay and here.last_id_token is not None:
        return here.last_id_token
    _rotate_in_time(here)
    kid = here.keys.current["kid"] if faults.kid is None else faults.kid
    here.last_id_token = _signed(here, claims, {"kid": kid} if kid else {})
    return here.last_id_token


def _rotate_in_time(here: Lms) -> None:
    """Replace a key that is past its hours, or as often as the faults say."""
    now, hours = here.clock().timestamp(), here.mode.key_hours
    here.launched += 1
    if here.faults.rotate_every and here.launched % here.faults.rotate_every == 0:
        here.keys.rotate(now, forget_old=True)
    elif hours and here.keys.age(now) >= hours * 3600:
        here.keys.rotate(now)


def _signed(here: Lms, claims: dict[str, Any], headers: dict[str, str]) -> str:
    faults, key = here.faults, here.keys.current
    if faults.algorithm == "none":
        return jwt.encode(claims, "", algorithm="none", headers=headers)
    if faults.algorithm == "HS256":
        return _with_public_key_as_secret(claims, headers, public_jwk(key))
    pem = new_key()["pem"] if faults.foreign_key else key["pem"]
    return jwt.encode(claims, pem, algorithm=faults.algorithm, headers=headers)


def _with_public_key_as_secret(
    claims: dict[str, Any], headers: dict[str, str], jwk: dict[str, Any]
) -> str:
    """The classic forgery: a verifier that believes ``alg`` takes the public key as a secret."""
    public = jwt.PyJWK(jwk, algorithm="RS256").key
    secret = public.public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    head = {"alg": "HS256", "typ": "JWT", **headers}
    signed = b".".join(_base64(json.dumps(part).encode()) for part in (head, claims))
    return (signed + b"." + _base64(hmac.digest(secret, signed, hashlib.sha256))).decode()


def _base64(data: bytes) -> bytes:
    return base64.urlsafe_b64encode(data).rstrip(b"=")
