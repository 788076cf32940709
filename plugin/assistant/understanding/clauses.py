"""Clauses of a sentence, and what each says: a reason without 因為 is a clause that asks nothing.

「那天要模擬考，12/20的課幫我取消」: the first clause names no act of this intent, so it
is the reason. The ideas of concepts.yaml tell the clauses apart.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from itertools import pairwise
from pathlib import Path

import yaml

from plugin.assistant.understanding.rules import Seen

_CUT = re.compile(r"[,.!?;:]+|(?<=[^ -~]) +| +(?=[^ -~])")
"""Signs, and spaces beside Chinese characters, which stand for signs in a hurry."""


@cache
def _ideas() -> tuple[tuple[str, re.Pattern[str]], ...]:
    path = Path(__file__).resolve().parent / "concepts.yaml"
    read = yaml.safe_load(path.read_text("utf-8"))
    return tuple((name, re.compile(str(words))) for name, words in read.items())


def clauses(plain: str, known: Sequence[Seen]) -> list[tuple[int, int]]:
    """Start and end of each clause of a normal form; signs within times and numbers cut nothing."""
    cuts = [
        sign.end()
        for sign in _CUT.finditer(plain)
        if not any(one.start < sign.end() and sign.start() < one.end for one in known)
    ]
    return [(a, b) for a, b in pairwise([0, *cuts, len(plain)]) if b > a]


def said(plain: str, known: Sequence[Seen]) -> list[list[str]]:
    """For each character the features of its clause; none in a sentence of one clause."""
    rows: list[list[str]] = [[] for _ in plain]
    parts = clauses(plain, known)
    if len(parts) < 2:
        return rows
    for number, (start, end) in enumerate(parts):
        words = plain[start:end].rstrip(",.!?;: ")
        found = [f"cl {name}" for name, idea in _ideas() if idea.search(words)] or ["cl none"]
        found += [f"cl^ {words[:2]}", f"cl$ {words[-2:]}", f"cl$ {words[-1:]}"]
        found.append(f"cln {min(number, 3)}/{min(len(parts), 4)}")
        rows[start:end] = [found] * (end - start)
    return rows
