"""Walks the pages that a person can reach from the first one, by the links on them."""

from __future__ import annotations

import re
from collections import Counter, deque
from collections.abc import Iterator
from urllib.parse import urldefrag, urlsplit

from playwright.sync_api import Frame

from tests.journeys.browser import SESSION

ALIKE = 2
"""Pages of one pattern (`/outcomes/N`) that are looked at."""
NOT_PAGES = re.compile(r"^/(files?|static)/|/page/\d+$|download|\.(csv|ics|pdf|xlsx|zip)$")
"""Links to bytes of a file, not to a page."""


def pattern(url: str) -> str:
    """What kind of page: numbers, tokens, names of rules and windows, values do not count."""
    parts = urlsplit(SESSION.sub("", url))
    names = sorted(re.findall(r"([a-z_]+)=[^&]", parts.query))
    path = re.sub(r"[A-Za-z0-9_-]{32,}", "T", re.sub(r"\d+", "N", parts.path))
    path = re.sub(r"(?<=/rules/)[a-z_.]+", "RULE", re.sub(r"/N/[a-z_]+/N", "/N/WINDOW/N", path))
    return path + ("?" + "&".join(names) if names else "")


def walk(frame: Frame, most: int = 60) -> Iterator[str]:
    """Open page after page in the frame; yields the pattern of each.

    Patterns that were not seen yet come first, however many there are, breadth first.

    Args:
        most: pages after which no pattern is looked at a second time.
    """
    begun = SESSION.search(frame.url)
    assert begun, frame.url
    root = frame.url[: begun.end()]
    seen, waiting, counted = {frame.url}, deque([frame.url]), Counter[str]()
    opened = 0
    while waiting:
        url = next((one for one in waiting if not counted[pattern(one)]), waiting[0])
        waiting.remove(url)
        kind = pattern(url)
        if counted[kind] >= (ALIKE if opened < most else 1):
            continue
        counted[kind] += 1
        opened += 1
        frame.goto(url)
        yield kind
        for link in _links(frame):
            if link.startswith(root) and link not in seen:
                seen.add(link)
                waiting.append(link)


def _links(frame: Frame) -> list[str]:
    found = frame.evaluate(
        """[...document.querySelectorAll("a[href]:not([download])")].map((one) => one.href)"""
    )
    plain = [urldefrag(one).url for one in found]
    return [one for one in plain if not NOT_PAGES.search(urlsplit(SESSION.sub("", one)).path)]
