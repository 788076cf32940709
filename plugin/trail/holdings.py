"""What the house keeps about one person: each room says what is its own (個資法 §8, §10).

A room says so once, when it is imported::

    @holdings.kept
    def _outcomes(about: About) -> list[Holding]: ...

Counts and reasons only: whoever reads the page learns what is there and whom to ask for it, and
the page itself gives nothing away to somebody who looks over a shoulder.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class About:
    """Whom it is about: a person of the school, an account of an LMS, or both."""

    school_id: int
    person_id: int | None = None
    launch_person_id: int | None = None


@dataclass(frozen=True)
class Holding:
    """One kind of record.

    :param what: what is recorded.
    :param count: how many; None where there is nothing to count.
    :param why: what for.
    :param until: how long it is kept.
    """

    what: Any
    count: int | None
    why: Any
    until: Any
    order: int = 50


Maker = Callable[[About], "list[Holding]"]

_makers: list[Maker] = []


def kept(maker: Maker) -> Maker:
    """Register what a room keeps."""
    _makers.append(maker)
    return maker


def of(about: About) -> list[Holding]:
    """Everything that any room keeps about somebody, in order; kinds with nothing in are left
    out."""
    found = [one for maker in _makers for one in maker(about)]
    return sorted((one for one in found if one.count != 0), key=lambda one: one.order)
