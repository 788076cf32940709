"""Calls to the services of one platform, with a token that is fetched, kept and renewed."""

from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from datetime import datetime
from typing import Any, Protocol, Self

from lti.errors import printable
from lti.hosts import host_of
from lti.http import (
    AddressError,
    Answer,
    AnswerTooLarge,
    GuardedClient,
    GuardedSession,
    HttpError,
    Limits,
    RedirectRefused,
    Streamed,
)
from lti.ports import KeyPair, Platform
from lti.services.errors import ServiceError
from lti.services.places import serves
from lti.services.tokens import busy, read_token, retry_after, token_request

_FORM = "application/x-www-form-urlencoded"
_PEEK = 4096


class TokenStore(Protocol):
    """Keeps access tokens per platform and set of scopes; encrypted where it is on disk."""

    def get(self, platform: Platform, scopes: frozenset[str], now: datetime) -> str | None:
        """The token, unless its `expires_at` has come."""

    def put(
        self, platform: Platform, scopes: frozenset[str], token: str, expires_at: datetime
    ) -> None:
        """Keep a token, in place of an older one. `expires_at` has its margin already."""

    def forget(self, platform: Platform, scopes: frozenset[str]) -> None:
        """The platform did not take it."""


class Connector:
    """One platform, one signing key; cheap to make. For one thread.

    Used as a context manager it keeps its connection from call to call, for whoever has many
    scores to tell.

    :param client: `lti.http.GuardedClient`.
    :param key: our signing key of the moment.
    :param now: aware UTC time.
    """

    def __init__(
        self,
        client: GuardedClient,
        platform: Platform,
        key: KeyPair,
        tokens: TokenStore,
        now: Callable[[], datetime],
    ) -> None:
        self._client = client
        self._platform = platform
        self._key = key
        self._tokens = tokens
        self._now = now
        self._kept: GuardedSession | None = None

    def __enter__(self) -> Self:
        self._kept = self._client.session()
        return self

    def __exit__(self, *_: object) -> None:
        kept, self._kept = self._kept, None
        if kept is not None:
            kept.__exit__()

    def session(self) -> GuardedSession:
        """For several calls one after another over kept connections; a context manager."""
        return self._client.session()

    def call(
        self,
        method: str,
        url: str,
        *,
        scopes: Collection[str],
        accept: str,
        body: bytes | None = None,
        content_type: str = "",
        limits: Limits | None = None,
    ) -> Answer:
        """One call and its whole answer; a token that is refused is replaced once.

        :param accept: the service's own media type: Moodle refuses any other.
        :raises ServiceError: see `lti.services.errors`; `status` tells the refusal.
        """
        with (
            nullcontext(self._kept) if self._kept else self.session() as session,
            self.stream(
                session,
                method,
                url,
                scopes=scopes,
                accept=accept,
                body=body,
                content_type=content_type,
                limits=limits,
            ) as answer,
        ):
            return Answer(answer.status, answer.headers, answer.read(), answer.url)

    @contextmanager
    def stream(
        self,
        session: GuardedSession,
        method: str,
        url: str,
        *,
        scopes: Collection[str],
        accept: str,
        body: bytes | None = None,
        content_type: str = "",
        limits: Limits | None = None,
    ) -> Iterator[Streamed]:
        """As `call`, with the body read inside the block. A failure while it is read is a
        `ServiceError`, too. No token leaves for a host that is not the platform's."""
        if not serves(self._platform, url):
            raise ServiceError("SERVICE_FOREIGN", printable(host_of(url)))
        wanted = frozenset(scopes)
        token = self._tokens.get(self._platform, wanted, self._now()) or self._new_token(wanted)
        headers = {"Accept": accept} | ({"Content-Type": content_type} if content_type else {})
        with as_service_error():
            for last in (False, True):
                headers["Authorization"] = f"Bearer {token}"
                with session.stream(
                    method, url, headers=headers, body=body, limits=limits
                ) as answer:
                    if answer.status == 401 and not last:
                        self._tokens.forget(self._platform, wanted)
                    elif 200 <= answer.status < 300:
                        yield answer
                        return
                    else:
                        if answer.status == 401:
                            self._tokens.forget(self._platform, wanted)
                        raise self._refusal(answer)
                token = self._new_token(wanted)

    def _new_token(self, scopes: frozenset[str]) -> str:
        now = self._now()
        form = token_request(self._platform, self._key, scopes, now)
        with as_service_error():
            answer = self._client.post(
                self._platform.token_url, form, _FORM, headers={"Accept": "application/json"}
            )
        token = read_token(answer, scopes, now)
        self._tokens.put(self._platform, scopes, token.value, token.expires_at)
        return token.value

    def _refusal(self, answer: Streamed) -> ServiceError:
        """The answer's body is looked at for words that decide, and then forgotten."""
        status, text = answer.status, _beginning(answer)
        detail = f"status {status}"
        if busy(status) or (status == 403 and b"rate limit" in text):
            # Canvas says 403 to whoever calls too often.
            wait = retry_after(answer.headers.get("retry-after", ""), self._now())
            return ServiceError("SERVICE_BUSY", detail, retry_after=wait, status=status)
        if status == 401:
            return ServiceError("TOKEN_REFUSED", "a fresh token was refused", status=status)
        if status == 403:
            told = answer.headers.get("www-authenticate", "").lower().encode("latin-1", "ignore")
            named = b"insufficient_scope" in told + text
            return ServiceError("SCOPE_REFUSED", detail, status=status, about_scope=named)
        about_time = b"timestamp" in text
        return ServiceError("SERVICE_REFUSED", detail, status=status, about_time=about_time)


def json_object(answer: Answer) -> Mapping[str, Any]:
    """:raises ServiceError: SERVICE_ANSWER_INVALID: not a JSON object."""
    try:
        found = answer.json()
    except HttpError:
        found = None
    if not isinstance(found, dict):
        raise ServiceError("SERVICE_ANSWER_INVALID", "not a JSON object")
    return found


@contextmanager
def as_service_error() -> Iterator[None]:
    """A call that failed on its way, in the words of this package."""
    try:
        yield
    except (AddressError, RedirectRefused) as refused:
        raise ServiceError("SERVICE_REFUSED", refused.reason) from None
    except AnswerTooLarge as failure:
        raise ServiceError("SERVICE_ANSWER_INVALID", failure.reason) from None
    except HttpError as failure:
        raise ServiceError("SERVICE_UNREACHABLE", failure.reason) from None


def _beginning(answer: Streamed) -> bytes:
    found = b""
    try:
        for piece in answer.pieces():
            found += piece
            if len(found) >= _PEEK:
                break
    except HttpError:
        pass  # the status alone says enough
    return found[:_PEEK].lower()
