"""Other schools' records as rows of ours: what is readable, what is already here, what it becomes.

Nothing here writes; `incoming` does, with what `judge` found right.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _

from forms.text import normalise
from plugin import clock, db
from plugin.clock import TAIPEI
from plugin.portfolio.kinds import Kind, UnknownKind, kind
from plugin.portfolio.models import (
    ExchangeArrival,
    Experience,
    Outcome,
)
from plugin.portfolio.operations.experience_drafts import DETAIL_POINTS, TITLE_POINTS
from plugin.portfolio.outcome_sheets import FLAGS, YES
from plugin.portfolio.queries.shared import files_of
from plugin.school.terms import FIRST_YEAR, LAST_YEAR
from reports.exchange import layout
from reports.exchange_read import FoundItem

TEXT_POINTS = 5000
NUMBERS = {"credits": 99, "grade": 9}


@dataclass(frozen=True)
class CellFault:
    """A value that cannot be taken, and why in plain words."""

    place: str
    cell: str
    value: str
    message: str


@dataclass(frozen=True)
class CourseOfOrigin:
    """A course of the other school, as an arrived outcome needs it."""

    origin_code: str
    academic_year: int
    term: int
    code: str
    name: str
    grade: int
    credits: int
    periods: int


@dataclass(frozen=True)
class Taken:
    """A record of the package in our own terms."""

    item: FoundItem
    key: str
    academic_year: int
    term: int
    title: str
    summary: str
    link: str
    ai_note: str
    origin_code: str
    details: Mapping[str, str] = field(default_factory=dict)
    course: CourseOfOrigin | None = None
    certified: bool = False
    certified_by: str = ""
    certified_note: str = ""
    certified_at: datetime | None = None
    sent_at: datetime | None = None


Say = Callable[[str, str, str], None]
"""(cell, value, why): notes a fault."""


def judge(item: FoundItem, origin_code: str) -> tuple[Taken | None, list[CellFault]]:
    """A record of the package in our terms, or every cell that stands in the way."""
    faults: list[CellFault] = []

    def say(cell: str, value: str, why: str) -> None:
        faults.append(CellFault(item.place, cell, value[:60], why))

    made = (_experience if item.kind else _outcome)(item, origin_code, say)
    return (None if faults else made), faults


def _outcome(item: FoundItem, origin_code: str, say: Say) -> Taken:
    said = item.record
    names = {cell.key: cell.title for cell in layout().outcomes}
    year = number(said["year"], names["year"], FIRST_YEAR, LAST_YEAR, say)
    term = number(said["term"], names["term"], 1, 2, say)
    numbers = {
        key: number(said[key] or "0", names[key], 0, most, say) for key, most in NUMBERS.items()
    }
    code, name = said["code"].upper(), normalise(said["subject"])
    if len(code) > 23 or (code and not (code.isascii() and code.isalnum())):
        say(names["code"], code, _("課程代碼最多 23 碼英文字母與數字。"))
    if not name or len(name) > 100:
        say(names["subject"], name, _("科目名稱不能空白，最多 100 字。"))
    origin = school_code(said["school"] or origin_code, names["school"], say)
    year, term = _attended_in(said) or (year, term)
    periods = item.extra.get("periods")
    summary = text_of(said["summary"], names["summary"], TEXT_POINTS, say)
    title = normalise(str(item.extra.get("title") or ""))[:TITLE_POINTS]
    course = CourseOfOrigin(
        origin, year, term, code, name, numbers["grade"], numbers["credits"],
        periods if isinstance(periods, int) and 0 <= periods < 100 else 0,
    )  # fmt: skip
    return Taken(
        item=item,
        key=_key(item),
        academic_year=year,
        term=term,
        title=title or _("%(subject)s學習成果", subject=name)[:TITLE_POINTS],
        summary=summary,
        link="",
        ai_note=normalise(str(item.extra.get("ai_note") or ""))[:TEXT_POINTS],
        origin_code=origin,
        course=course,
        certified=said["status"] == layout().certified,
        certified_by=normalise(said["certified_by"])[:60],
        certified_note=normalise(said["certified_note"])[:TEXT_POINTS],
        certified_at=moment(said["certified_at"]),
        sent_at=moment(said["sent_at"]) or moment(said["made_at"]),
    )


def _experience(item: FoundItem, origin_code: str, say: Say) -> Taken:
    said = item.record
    known = layout().kinds[item.kind]
    names = {cell.key: cell.title for cell in (*known.head, *known.tail)}
    year = number(said["year"], names["year"], FIRST_YEAR, LAST_YEAR, say)
    term = number(said["term"], names["term"], 1, 2, say)
    try:
        form = kind(item.kind, year or FIRST_YEAR)
    except UnknownKind:
        say(known.titles[0], item.kind, _("這一學年度沒有這種多元表現。"))
        form = kind(item.kind, LAST_YEAR)
    titles = {cell.key: cell.title for cell in known.own}
    details = dict(_details(form, item, titles, say))
    return Taken(
        item=item,
        key=_key(item),
        academic_year=year,
        term=term,
        title=form.title_of(details)[:TITLE_POINTS],
        summary=text_of(item.own["summary"], titles["summary"], TEXT_POINTS, say),
        link=text_of(said["link"], names["link"], TEXT_POINTS, say),
        ai_note=normalise(str(item.extra.get("ai_note") or ""))[:TEXT_POINTS],
        origin_code=school_code(said["school"] or origin_code, names["school"], say),
        details=details,
        sent_at=moment(said["made_at"]),
    )


def _details(
    form: Kind, item: FoundItem, titles: Mapping[str, str], say: Say
) -> Iterator[tuple[str, str]]:
    more = item.extra.get("details")
    beside = more if isinstance(more, Mapping) else {}
    for one in form.fields:
        text = normalise(str(item.own.get(one.key) or beside.get(one.key) or ""))
        if not text:
            continue
        cell = titles.get(one.key, str(one.label))
        if len(text) > (one.most or DETAIL_POINTS):
            say(cell, text, _("最多 %(n)s 字。", n=one.most or DETAIL_POINTS))
        elif one.codes is not None and not one.codes.open and text not in one.codes.values:
            say(cell, text, _("代碼表裡沒有這個代碼。"))
        elif one.read(text) is None:
            say(cell, text, _("日期或數字看不懂。"))
        else:
            yield one.key, text


def number(text: str, cell: str, low: int, high: int, say: Say) -> int:
    found = int(text) if text.isascii() and text.isdigit() and len(text) < 6 else None
    if found is None:
        try:
            found = int(Decimal(text)) if text and len(text) < 12 else None
        except (ArithmeticError, ValueError):
            found = None
    if found is None or not low <= found <= high:
        say(cell, text, _("應為 %(low)s 到 %(high)s 的數字。", low=low, high=high))
        return 0
    return found


def text_of(text: str, cell: str, most: int, say: Say) -> str:
    found = normalise(text)
    if len(found) > most:
        say(cell, found, _("最多 %(n)s 字。", n=most))
    return found


def school_code(text: str, cell: str, say: Say) -> str:
    code = text.strip().upper()
    if not (code.isascii() and code.isalnum() and len(code) <= 16):
        say(cell, text, _("學校代碼只有英文字母與數字。"))
    return code


def moment(text: str) -> datetime | None:
    for form in ("%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%d"):
        try:
            found = datetime.strptime(text.replace("/", "-"), form).replace(tzinfo=TAIPEI)
        except ValueError:
            continue
        return found if date(2000, 1, 1) <= found.date() <= clock.today() else None
    return None


def _attended_in(said: Mapping[str, str]) -> tuple[int, int] | None:
    """When a course was retaken, made up or repeated; the record's own year and term are those in
    which it belongs."""
    for flag in FLAGS.values():
        found = re.fullmatch(r"([0-9]{2,3})([12])", said[f"{flag}_term"])
        if said[flag] == YES and found and FIRST_YEAR <= int(found[1]) <= LAST_YEAR:
            return int(found[1]), int(found[2])
    return None


def told_of(item: FoundItem) -> dict[str, str]:
    """What is kept of a record's cells beside the row that it becomes."""
    said = item.record
    names = ["status", "submitted", "uploaded_term", "certified_at", "certified_by"]
    if not item.kind:
        names += [name for name in ("borrowed", "transferred") if said[name] == YES]
        for flag in FLAGS.values():
            if said[flag] == YES:
                names += ["year", "term", flag, f"{flag}_term", f"{flag}_way"]
    return {name: said[name] for name in names if said.get(name)}


def _key(item: FoundItem) -> str:
    """What makes it the same item when it comes again."""
    said = item.record
    names = ("year", "term", "code", "subject", "summary", "status", "link")
    files = [one.md5 if one is not None else "" for one in (item.document, item.media)]
    text = json.dumps(
        [item.kind, {name: said.get(name, "") for name in names}, dict(item.own), files],
        ensure_ascii=False,
        sort_keys=True,
    )
    return hashlib.sha256(text.encode()).hexdigest()


Signature = tuple[Any, ...]


class Here:
    """What a student has in this school already, whether it arrived earlier or was made here."""

    def __init__(self, student_id: int) -> None:
        session = db.reading()
        self.keys = set(
            session.scalars(
                sa.select(ExchangeArrival.item_key).where(ExchangeArrival.student_id == student_id)
            )
        )
        outcomes = session.scalars(sa.select(Outcome).where(Outcome.student_id == student_id)).all()
        experiences = session.scalars(
            sa.select(Experience).where(Experience.student_id == student_id)
        ).all()
        files = files_of([*outcomes, *experiences])

        def sums(one: Outcome | Experience) -> tuple[str, str]:
            found = (files.get(one.document_file_id or 0), files.get(one.media_file_id or 0))
            document, media = (file.sha256 if file is not None else "" for file in found)
            return document, media

        self.signatures: set[Signature] = {
            ("", one.academic_year, one.term, one.summary, *sums(one)) for one in outcomes
        } | {
            (one.kind, one.academic_year, one.term, one.title, one.summary, *sums(one))
            for one in experiences
        }

    def knows(self, one: Taken) -> bool:
        """Whether it need not be taken again; from now on it is known."""
        files = (one.item.document, one.item.media)
        sums = tuple(file.sha256 if file is not None else "" for file in files)
        named = (one.title,) if one.item.kind else ()
        signature = (one.item.kind, one.academic_year, one.term, *named, one.summary, *sums)
        known = one.key in self.keys or (any(sums) and signature in self.signatures)
        self.keys.add(one.key)
        return known
