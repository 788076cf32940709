"""The platforms' public keys, fetched when needed and kept as ready key objects.

A platform may change its keys at any time (Brightspace does so hourly). A key id that is not
known is therefore looked for once more, but not more often than every `COOLDOWN` seconds, so that
nobody can make us hammer an LMS by sending made-up key ids. A failed fetch leaves what was known
untouched and is never remembered as an answer.
"""

import threading
from base64 import urlsafe_b64decode
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey, RSAPublicNumbers

from lti.errors import LaunchError
from lti.http import AddressError, Answer, HttpError

COOLDOWN = 30.0
"""Seconds between two fetches of the same key set because of an unknown key id."""
FRESH = 3600.0
"""Seconds after which a key set is fetched again even though the key is known, so that a key the
platform has withdrawn stops being believed."""
MIN_KEY_BITS = 2048
_MAX_KEYS = 50


class Getter(Protocol):
    """The part of `lti.http.GuardedClient` that is needed here."""

    def get(self, url: str) -> Answer:
        """:raises HttpError: no complete answer."""


@dataclass
class _KeySet:
    keys: dict[str, RSAPublicKey] = field(default_factory=dict)
    fetched_at: float | None = None
    failed_at: float | None = None
    lock: threading.Lock = field(default_factory=threading.Lock)

    def just_failed(self, now: float) -> bool:
        """A platform that is down is not asked again at every launch with a known key."""
        return _within(self.failed_at, now, COOLDOWN)


class KeySetCache:
    """One per process.

    :param now: monotonic seconds.
    """

    def __init__(self, client: Getter, now: Callable[[], float]) -> None:
        self._client = client
        self._now = now
        self._sets: dict[str, _KeySet] = {}

    def known(self, url: str, key_id: str) -> RSAPublicKey | None:
        """The key, if it can be told without asking the platform."""
        kept = self._sets.get(url)
        if kept is None or not _within(kept.fetched_at, self._now(), FRESH):
            return None
        return kept.keys.get(key_id)

    def key(self, url: str, key_id: str) -> RSAPublicKey:
        """The platform's key.

        :raises LaunchError: KEY_UNKNOWN, or KEY_SET_UNREACHABLE when nothing is known yet.
        """
        known = self._sets.setdefault(url, _KeySet())
        now = self._now()
        found = known.keys.get(key_id)
        if found is not None and (_within(known.fetched_at, now, FRESH) or known.just_failed(now)):
            return found
        if found is None and _within(known.fetched_at, now, COOLDOWN):
            raise LaunchError("KEY_UNKNOWN", "looked a moment ago")
        with known.lock:
            if known.fetched_at is None or known.fetched_at <= now:
                try:
                    known.keys = _fetch(self._client, url)
                    known.fetched_at = self._now()
                except HttpError as failure:
                    known.failed_at = self._now()
                    if found is not None:
                        return found  # the platform is down, the key was good an hour ago
                    raise LaunchError("KEY_SET_UNREACHABLE", failure.reason) from None
        found = known.keys.get(key_id)
        if found is None:
            raise LaunchError("KEY_UNKNOWN")
        return found


def _within(moment: float | None, now: float, seconds: float) -> bool:
    return moment is not None and now - moment < seconds


def _fetch(client: Getter, url: str) -> dict[str, RSAPublicKey]:
    try:
        answer = client.get(url)
    except AddressError as refused:
        raise LaunchError("ADDRESS_REFUSED", refused.reason) from None
    if answer.status != 200:
        raise HttpError(f"status {answer.status}")
    return parse_key_set(answer.json())


def parse_key_set(document: Any) -> dict[str, RSAPublicKey]:
    """RSA signing keys of a JSON Web Key Set by key id; other keys are passed over.

    :raises HttpError: not a key set.
    """
    entries = document.get("keys") if isinstance(document, dict) else None
    if not isinstance(entries, list):
        raise HttpError("not a key set")
    keys: dict[str, RSAPublicKey] = {}
    for entry in entries[:_MAX_KEYS]:
        if not isinstance(entry, dict) or entry.get("kty") != "RSA":
            continue
        # `alg` and `use` are optional: Brightspace and some Moodles leave them out.
        if entry.get("use", "sig") != "sig" or entry.get("alg", "RS256") != "RS256":
            continue
        key_id = entry.get("kid")
        if not isinstance(key_id, str):
            continue
        try:
            key = RSAPublicNumbers(_number(entry["e"]), _number(entry["n"])).public_key()
        except (KeyError, ValueError, TypeError, AttributeError):
            continue
        if key.key_size >= MIN_KEY_BITS:
            keys.setdefault(key_id, key)
    return keys


def _number(text: str) -> int:
    return int.from_bytes(urlsafe_b64decode(text + "=" * (-len(text) % 4)), "big")
