"""A year's windows before they are saved: from the template, from last year, as they were typed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from plugin.clock import TAIPEI
from plugin.school import windows
from plugin.school.calendar_models import PlanPart
from plugin.school.models import Window, WindowKind
from plugin.school.terms import ROC

WEEKS = timedelta(weeks=52)
"""A year later on the same day of the week."""

Key = tuple[WindowKind, int, int]
"""Kind, term, grade."""


@dataclass(frozen=True)
class Planned:
    """A window as it is planned; nothing is saved of it."""

    kind: WindowKind
    term: int
    grade: int
    opens_at: datetime
    closes_at: datetime

    @property
    def key(self) -> Key:
        return self.kind, self.term, self.grade


Plan = Mapping[Key, Planned]


@dataclass(frozen=True)
class PlannedItem:
    """A piece of work of the template that is no window."""

    part: PlanPart
    title: str
    unit: str
    starts_on: date
    ends_on: date


def current(school_id: int, academic_year: int) -> dict[Key, Planned]:
    """The windows that are set."""
    return {one.key: one for one in map(_planned, windows.of_year(school_id, academic_year))}


def template(academic_year: int) -> dict[Key, Planned]:
    """The windows of the sample plan in an academic year."""
    rows = [
        Planned(
            WindowKind(one["kind"]),
            one["term"],
            one.get("grade", 0),
            _moment(academic_year, one["opens"]),
            _moment(academic_year, one["closes"]),
        )
        for one in _data()["windows"]
    ]
    return {one.key: one for one in rows}


def template_items(academic_year: int) -> list[PlannedItem]:
    """The work around the windows in the sample plan."""
    return [
        PlannedItem(
            PlanPart(one["part"]),
            one["title"],
            one["unit"],
            _moment(academic_year, one["starts"] + " 00:00").date(),
            _moment(academic_year, one["ends"] + " 00:00").date(),
        )
        for one in _data()["items"]
    ]


def template_seats() -> list[tuple[str, str]]:
    """The seats of a working group: post, note (seed 002, 工作小組成員)."""
    return [(one["post"], one.get("note", "")) for one in _data()["seats"]]


def template_source() -> str:
    """Where the template comes from."""
    return str(_data()["source"])


def shifted(
    school_id: int, from_year: int, academic_year: int, *, same_weekday: bool
) -> dict[Key, Planned]:
    """Another year's windows, moved to this one: to the same dates, or the same days of the week.

    The time of day stays as it is.
    """
    years = academic_year - from_year

    def move(moment: datetime) -> datetime:
        local = moment.astimezone(TAIPEI)
        if same_weekday:
            return local + WEEKS * years
        return _in_year(local, local.year + years)

    return {
        one.key: Planned(one.kind, one.term, one.grade, move(one.opens_at), move(one.closes_at))
        for one in current(school_id, from_year).values()
    }


def _in_year(moment: datetime, year: int) -> datetime:
    """The same day of another year; 29 February becomes the 28th where there is none."""
    try:
        return moment.replace(year=year)
    except ValueError:
        return moment.replace(year=year, day=28)


def _planned(window: Window) -> Planned:
    return Planned(window.kind, window.term, window.grade, window.opens_at, window.closes_at)


_MOMENT = re.compile(r"(\d\d)-(\d\d) (\d\d):(\d\d)( \+)?")


def _moment(academic_year: int, text: str) -> datetime:
    """`02-10 23:00` in an academic year; with ` +` in the one after."""
    found = _MOMENT.fullmatch(text)
    if found is None:
        raise ValueError(f"year_plan.yaml: {text}")
    month, day, hour, minute = (int(one) for one in found.groups()[:4])
    year = academic_year + ROC + (month < 8) + (found[5] is not None)
    return datetime(year, month, day, hour, minute, tzinfo=TAIPEI)


@lru_cache
def _data() -> dict[str, Any]:
    path = Path(__file__).parent / "year_plan.yaml"
    found: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return found
