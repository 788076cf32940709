"""Lists that a platform gives in pages: following the `Link` header without being led astray."""

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any
from urllib.parse import SplitResult, quote, urljoin, urlsplit, urlunsplit

from lti.http import Limits
from lti.login import origin_of
from lti.services.connector import Connector
from lti.services.errors import ServiceError
from lti.services.reading import elements

MAX_PAGES = 1000
MAX_ELEMENTS = 200_000
MAX_WAIT = 900.0
"""Seconds of waiting for the platform over all pages."""
LIMITS = Limits(size=32 * 1024 * 1024, seconds=180.0, pause=60.0)
"""Of one page. Moodle gives a course in one answer, about 300 bytes a member, and takes its time
before the first of them; as the answer is read piece by piece, its length costs no memory."""

_LONGEST_HEADER = 16 * 1024
_LONGEST_URL = 4096
_LINK = re.compile(r"<([^<>]*)>")
_PARAMETER = re.compile(r'\s*;\s*([!#$&+.^_`|~\w-]+)\s*=\s*(?:"([^"]*)"|([^\s",;]*))', re.ASCII)
_BARE_PARAMETER = re.compile(r"\s*;[^=;,<\"]*(?=[;,]|$)")


def paged(
    connector: Connector,
    url: str,
    *,
    scopes: Collection[str],
    accept: str,
    name: str = "",
    follow: bool = True,
) -> Iterator[dict[str, Any]]:
    """The elements of all pages, as they arrive. Connections are kept from page to page.

    The end of the iterator means that everything was read; if it raises, what came before it is
    part of the truth only.

    :param name: as for `reading.elements`.
    :param follow: False: only the first page (Moodle's link to the next line items is broken).
    :raises ServiceError: PAGES_ENDLESS when pages repeat or do not end; SERVICE_ANSWER_INVALID for
        a page that cannot be read or lies at another origin; and those of `Connector.call`.
    """
    origin, seen, count = origin_of(url), set[int](), 0
    if not origin:
        # Nothing read must never pass for nobody there.
        raise ServiceError("SERVICE_REFUSED", "not an address")
    with connector.session() as session:
        while url:
            if hash(url) in seen:
                raise ServiceError("PAGES_ENDLESS", f"page {len(seen) + 1} was read before")
            if len(seen) >= MAX_PAGES or session.waited > MAX_WAIT:
                raise ServiceError("PAGES_ENDLESS", f"stopped after {len(seen)} pages")
            seen.add(hash(url))
            with connector.stream(
                session, "GET", url, scopes=scopes, accept=accept, limits=LIMITS
            ) as answer:
                for element in elements(answer.pieces(), name):
                    count += 1
                    if count > MAX_ELEMENTS:
                        raise ServiceError("PAGES_ENDLESS", f"stopped after {MAX_ELEMENTS} entries")
                    yield element
                url = next_page(answer.headers, answer.url) if follow else ""
            if url and origin_of(url) != origin:
                raise ServiceError("SERVICE_ANSWER_INVALID", "the next page is at another host")


def next_page(headers: Mapping[str, str], base: str) -> str:
    """Address of the next page (RFC 8288), in exactly the case it was written in; "" on the last.

    :raises ServiceError: SERVICE_ANSWER_INVALID: a next page without a usable address.
    """
    header = headers.get("link", "")
    if len(header) > _LONGEST_HEADER:
        raise ServiceError("SERVICE_ANSWER_INVALID", "the Link header is too long")
    at = 0
    while link := _LINK.search(header, at):
        at = link.end()
        relations: list[str] | None = None
        while parameter := _PARAMETER.match(header, at) or _BARE_PARAMETER.match(header, at):
            at = parameter.end()
            if parameter.re is _PARAMETER and parameter[1].lower() == "rel" and relations is None:
                # Only the first `rel` of a link counts; its words know no case.
                relations = (parameter[2] or parameter[3] or "").lower().split()
        if relations and "next" in relations:
            return _absolute(base, link[1].strip())
    return ""


def with_query(url: str, values: Mapping[str, str]) -> str:
    """`url` with these parameters added, and nothing else about it changed. One that is there
    already stays as the platform wrote it; values that are "" are left out.

    :raises ServiceError: SERVICE_REFUSED: `url`, which came from the platform, is no address.
    """
    parts = _parts(url)
    there = {pair.partition("=")[0] for pair in parts.query.split("&")}
    added = [
        f"{name}={quote(value, safe='')}"
        for name, value in values.items()
        if value and name not in there
    ]
    query = "&".join([*([parts.query] if parts.query else []), *added])
    return urlunsplit(parts._replace(query=query, fragment=""))


def with_path(url: str, end: str) -> str:
    """`url` with something put behind its path, before its query: Moodle's addresses end in
    `?type_id=1`. Raises as `with_query`."""
    parts = _parts(url)
    return urlunsplit(parts._replace(path=parts.path.rstrip("/") + end, fragment=""))


def _parts(url: str) -> SplitResult:
    try:
        return urlsplit(url)
    except ValueError:
        raise ServiceError("SERVICE_REFUSED", "not an address") from None


def _absolute(base: str, target: str) -> str:
    try:
        url = urljoin(base, target)
        parts = urlsplit(url)
    except ValueError:
        raise ServiceError("SERVICE_ANSWER_INVALID", "the next page has no address") from None
    if not target or len(url) > _LONGEST_URL:
        raise ServiceError("SERVICE_ANSWER_INVALID", "the next page has no address")
    return urlunsplit(parts._replace(fragment=""))
