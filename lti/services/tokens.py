"""Access tokens: asked for with a signed assertion, never with a shared secret.

RFC 7523 §2.2 (private_key_jwt) as the 1EdTech security framework §4.1 wants it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from secrets import token_urlsafe
from urllib.parse import urlencode

import jwt

from lti.http import Answer, HttpError
from lti.ports import KeyPair, Platform
from lti.services.errors import ServiceError

BACKDATE = 30
"""Seconds: Moodle accepts no clock that runs even a little ahead of its own."""
_LIFETIME = 300
_ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_DEFAULT_LIFE = 3600.0
_MARGIN = 60.0
"""Seconds before its end from which a token is no longer used: a call takes time."""
_LONGEST_TOKEN = 8 * 1024
_LONGEST_WAIT = 86_400.0
_OAUTH_ERRORS = frozenset(
    {
        "invalid_request",
        "invalid_client",
        "invalid_grant",
        "unauthorized_client",
        "unsupported_grant_type",
        "invalid_scope",
    }
)
"""RFC 6749 §5.2. Anything else that a platform writes there is its own prose."""


@dataclass(frozen=True, slots=True)
class AccessToken:
    """`expires_at` is when to stop using it, a little before the platform does."""

    value: str
    expires_at: datetime


def token_request(platform: Platform, key: KeyPair, scopes: Iterable[str], now: datetime) -> bytes:
    """The form that asks for a token of these scopes."""
    issued = int(now.timestamp()) - BACKDATE
    assertion = jwt.encode(
        {
            "iss": platform.client_id,
            "sub": platform.client_id,
            # Brightspace wants one fixed audience for all its customers, the others their own
            # token address.
            "aud": platform.token_audience or platform.token_url,
            "iat": issued,
            "exp": issued + _LIFETIME,
            "jti": token_urlsafe(24),
        },
        key.private_key,
        algorithm="RS256",
        headers={"kid": key.kid},  # Moodle refuses an assertion without
    )
    form = {
        "grant_type": "client_credentials",
        "client_assertion_type": _ASSERTION,
        "client_assertion": assertion,
        "scope": " ".join(sorted(scopes)),
    }
    return urlencode(form).encode("ascii")


def read_token(answer: Answer, scopes: frozenset[str], now: datetime) -> AccessToken:
    """:raises ServiceError: TOKEN_REFUSED, SCOPE_REFUSED, SERVICE_BUSY, SERVICE_ANSWER_INVALID."""
    if busy(answer.status):
        raise ServiceError(
            "SERVICE_BUSY",
            f"token request: status {answer.status}",
            retry_after=retry_after(answer.headers.get("retry-after", ""), now),
            status=answer.status,
        )
    found = _object(answer)
    if answer.status not in (200, 201):
        # Moodle answers an HTML page with status 404 when it cannot fetch our key set.
        error = found.get("error") if found else None
        word = error if isinstance(error, str) and error in _OAUTH_ERRORS else "no reason given"
        code = "SCOPE_REFUSED" if word == "invalid_scope" else "TOKEN_REFUSED"
        raise ServiceError(code, f"status {answer.status}, {word}", status=answer.status)
    value = found.get("access_token") if found else None
    if not isinstance(value, str) or not 0 < len(value) <= _LONGEST_TOKEN or not _visible(value):
        raise ServiceError("SERVICE_ANSWER_INVALID", "no access token in the answer")
    assert found is not None
    kind = found.get("token_type", "Bearer")
    if not isinstance(kind, str) or kind.lower() != "bearer":
        raise ServiceError("SERVICE_ANSWER_INVALID", "not a bearer token")
    granted = found.get("scope")
    if isinstance(granted, str) and granted and scopes.isdisjoint(granted.split()):
        # Scopes that it does not offer to this tool a platform may drop without a word.
        raise ServiceError("SCOPE_REFUSED", "none of the scopes was granted")
    return AccessToken(value, now + timedelta(seconds=_life(found.get("expires_in"))))


def busy(status: int) -> bool:
    """Whether a status says "not now" rather than "no"."""
    return status in (408, 425, 429) or status >= 500


def retry_after(text: str, now: datetime) -> float | None:
    """Seconds of a `Retry-After` header (RFC 9110 §10.2.3): a number or a date."""
    text = text.strip()
    if text.isascii() and text.isdigit() and len(text) < 10:
        return min(float(text), _LONGEST_WAIT)
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    if moment.tzinfo is None:
        return None
    return min(max((moment - now).total_seconds(), 0.0), _LONGEST_WAIT)


def _object(answer: Answer) -> dict[str, object] | None:
    try:
        found = answer.json()
    except HttpError:
        return None
    return found if isinstance(found, dict) else None


def _visible(value: str) -> bool:
    """Nothing that would end or split the header it goes into."""
    return all("!" <= character <= "~" for character in value)


def _life(told: object) -> float:
    """Seconds a token may be used. Some platforms write the number as text."""
    if isinstance(told, str) and told.isascii() and told.isdigit() and len(told) < 10:
        told = int(told)
    if isinstance(told, bool) or not isinstance(told, int | float) or not 0 < told < 1e9:
        told = _DEFAULT_LIFE
    told = min(float(told), _LONGEST_WAIT)
    return max(told - _MARGIN, told / 2)
