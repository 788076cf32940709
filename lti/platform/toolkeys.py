"""Checking what the tool signed: its key set is fetched over HTTP and kept until it fails."""

from __future__ import annotations

from typing import Any

import jwt
import requests

from lti.platform.core import Lms
from lti.platform.state import Tool

TIMEOUT = 5.0
"""Seconds to wait for the tool's key set."""


class ToolKeyError(Exception):
    """The tool's signature could not be checked or does not hold."""


def _fetch(tool: Tool) -> dict[str, Any]:
    if tool.jwks is not None:
        return tool.jwks
    try:
        answer = requests.get(tool.jwks_uri, timeout=TIMEOUT, allow_redirects=False)
        answer.raise_for_status()
        found: dict[str, Any] = answer.json()
    except (requests.RequestException, ValueError) as error:
        raise ToolKeyError(f"could not read {tool.jwks_uri}") from error
    return found


def _find(keys: dict[str, Any], kid: str) -> dict[str, Any] | None:
    return next((key for key in keys.get("keys", []) if key.get("kid") == kid), None)


def verify(here: Lms, tool: Tool, token: str, **checks: Any) -> dict[str, Any]:
    """Claims of a JWT that the tool signed; the key set is fetched again once on failure.

    Raises:
        ToolKeyError: no kid, no such key, or a signature or claim that does not hold.
    """
    try:
        kid = jwt.get_unverified_header(token).get("kid")
    except jwt.InvalidTokenError as error:
        raise ToolKeyError("not a JWT") from error
    if not kid:
        raise ToolKeyError("error/Error: kid must be provided in JWT header.")
    known = here.tool_keys.get(tool.client_id, {})
    try:
        return _decode(known, kid, token, checks)
    except ToolKeyError:
        fresh = _fetch(tool)
        here.tool_keys[tool.client_id] = fresh
        return _decode(fresh, kid, token, checks)


def _decode(keys: dict[str, Any], kid: str, token: str, checks: dict[str, Any]) -> dict[str, Any]:
    jwk = _find(keys, kid)
    if jwk is None:
        raise ToolKeyError('"kid" invalid, unable to lookup correct key')
    try:
        key = jwt.PyJWK(jwk, algorithm="RS256")
        claims: dict[str, Any] = jwt.decode(token, key, algorithms=["RS256"], **checks)
    except (jwt.InvalidTokenError, jwt.PyJWKError) as error:
        raise ToolKeyError(str(error)) from error
    return claims
