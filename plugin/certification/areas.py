"""The public area's pages, and plain text as it is shown on them: paragraphs, lists, links."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml
from flask_babel import lazy_gettext as _l

AREAS = {
    "news": _l("最新消息"),
    "about": _l("專區說明"),
    "information": _l("認證申請資訊"),
    "courses": _l("研習資訊"),
    "questions": _l("常見問題"),
    "law": _l("法規"),
}
"""Area of an announcement → what its page is called (seed 000, 環教認證專區)."""
NEWEST_FIRST = frozenset({"news", "courses"})
"""The others are read from the first to the last, as they were written."""

_LINK = re.compile(r"https?://[^\s<>\"'「」『』（）()，。；、]+")
_POINT = re.compile(r"^\s*[-・•]\s*")


@dataclass(frozen=True)
class Piece:
    """A run of text; with `href` it is a link."""

    text: str
    href: str = ""


@dataclass(frozen=True)
class Block:
    """A paragraph of lines, or a list of points."""

    points: bool
    lines: tuple[tuple[Piece, ...], ...]


@dataclass(frozen=True)
class FirstText:
    """A page that a new office begins with."""

    area: str
    title: str
    body: str


def blocks(body: str) -> list[Block]:
    """Plain text as paragraphs: a blank line separates them, lines that begin with `-` or `・` are
    a list, an address becomes a link. There is no markup, so there is nothing to smuggle."""
    found: list[Block] = []
    for paragraph in re.split(r"\n\s*\n", body.strip()):
        run: list[str] = []
        points = False
        for line in paragraph.splitlines():
            point = _POINT.match(line) is not None
            if point != points and run:
                found.append(_block(points, run))
                run = []
            points = point
            run.append(_POINT.sub("", line) if point else line)
        if run:
            found.append(_block(points, run))
    return found


@cache
def first_texts() -> tuple[FirstText, ...]:
    """What the product offers an office to begin with, drawn from the ministry's manual of 2023."""
    said = yaml.safe_load(Path(__file__).with_name("first_texts.yaml").read_text("utf-8"))
    return tuple(
        FirstText(area, one["title"], one["body"].strip())
        for area, texts in said.items()
        for one in texts
    )


def _block(points: bool, lines: list[str]) -> Block:
    return Block(points, tuple(tuple(_pieces(line)) for line in lines))


def _pieces(line: str) -> Iterator[Piece]:
    at = 0
    for found in _LINK.finditer(line):
        href = found[0].rstrip(".,;:!?")
        if at < found.start():
            yield Piece(line[at : found.start()])
        yield Piece(href, href)
        at = found.start() + len(href)
    if at < len(line):
        yield Piece(line[at:])
