"""Minutes 會議紀錄 of the committee: who was there, what was resolved on each case."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from reports.certification.words import long_date, ordinal
from reports.designed import set_pages


@dataclass(frozen=True)
class MinutesItem:
    """One case before the meeting; ``words`` go into the letter to its applicant.

    ``withdrawn`` are members who took no part in it 迴避; ``left`` says why the resolution could
    not be carried out.
    """

    case_number: str
    name: str
    category: str
    path: str
    resolution: str
    words: str = ""
    withdrawn: tuple[str, ...] = ()
    left: str = ""


@dataclass(frozen=True)
class Minutes:
    """The meeting. ``present`` and ``notes`` are one line each."""

    office: str
    name: str
    held_on: date
    place: str
    chair: str
    recorder: str
    present: tuple[str, ...]
    items: tuple[MinutesItem, ...]
    notes: tuple[str, ...] = ()
    time: str = ""
    """From when to when, as it is written."""
    draft: bool = False
    """Not closed yet: the title says so."""

    @property
    def counts(self) -> tuple[tuple[str, int], ...]:
        """How often each resolution was made, in the order in which they first come."""
        found: dict[str, int] = {}
        for one in self.items:
            found[one.resolution] = found.get(one.resolution, 0) + 1
        return tuple(found.items())


def minutes_pdf(minutes: Minutes) -> bytes:
    """The minutes as a tagged PDF of A4 pages.

    :raises FontMissing: a font of the house is not installed.
    """
    context = {
        "one": minutes,
        "title": f"{minutes.office} {minutes.name} 會議紀錄",
        "foot": f"{minutes.name}　會議紀錄{'（草稿）' if minutes.draft else ''}",
        "long_date": long_date,
        "ordinal": ordinal,
    }
    return set_pages("certification/minutes.html", context)
