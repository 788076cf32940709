"""Officer posts of another school as a package brings them: what is readable, what is known.

They stay apart from the school's own posts (`ExchangePost`): nobody here enters, corrects or hands
them in. Nothing here writes; `taking` does, with what `judge_post` found right.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa
from flask_babel import gettext as _

from forms.text import normalise
from plugin import db
from plugin.portfolio.models import OfficerPost, PostLevel
from plugin.portfolio.models.exchange import ExchangePost
from plugin.portfolio.operations.exchange.arrivals import (
    CellFault,
    Say,
    moment,
    number,
    school_code,
)
from plugin.school.terms import FIRST_YEAR, LAST_YEAR
from reports.exchange import layout

WORDS_POINTS = 100


@dataclass(frozen=True)
class TakenPost:
    """A post of the package in our own terms."""

    origin_code: str
    academic_year: int
    term: int
    level: PostLevel
    unit: str
    duty: str
    starts_on: date
    ends_on: date
    made_at: datetime | None

    @property
    def said(self) -> tuple[int, int, str, str, date, date]:
        """What makes two of a student's posts the same one, wherever it is written down."""
        return (
            self.academic_year, self.term, self.unit, self.duty, self.starts_on, self.ends_on,
        )  # fmt: skip

    @property
    def key(self) -> str:
        """The same, short."""
        text = json.dumps([str(one) for one in self.said], ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()


def judge_post(
    said: Mapping[str, str], place: str, origin_code: str
) -> tuple[TakenPost | None, list[CellFault]]:
    """A post of the package in our terms, or every cell that stands in the way.

    :param place: of the post in the package, in words.
    :param origin_code: of the school that made the package, where the post names none.
    """
    faults: list[CellFault] = []
    names = {cell.key: cell.title for cell in layout().posts}

    def say(cell: str, value: str, why: str) -> None:
        faults.append(CellFault(place, cell, value[:60], why))

    year = number(said["year"], names["year"], FIRST_YEAR, LAST_YEAR, say)
    term = number(said["term"], names["term"], 1, 2, say)
    starts_on, ends_on = (_day(said[key], names[key], say) for key in ("starts_on", "ends_on"))
    if starts_on and ends_on and ends_on < starts_on:
        say(names["ends_on"], said["ends_on"], _("結束日期早於開始日期。"))
    unit, duty = normalise(said["place"]), normalise(said["duty"])
    for key, text in (("place", unit), ("duty", duty)):
        if len(text) > WORDS_POINTS:
            say(names[key], text, _("最多 %(n)s 字。", n=WORDS_POINTS))
    if not duty:
        say(names["duty"], duty, _("請填寫「%(label)s」。", label=names["duty"]))
    if said["level"] not in set(PostLevel):
        say(names["level"], said["level"], _("代碼表裡沒有這個代碼。"))
    origin = school_code(said["school"] or origin_code, names["school"], say)
    if faults or starts_on is None or ends_on is None:
        return None, faults
    made_at = moment(said["made_at"])
    level = PostLevel(said["level"])
    return TakenPost(origin, year, term, level, unit, duty, starts_on, ends_on, made_at), []


class PostsHere:
    """The posts that a student has in this school already, its own and arrived ones."""

    def __init__(self, student_id: int) -> None:
        self.known = set()
        for model in (OfficerPost, ExchangePost):
            query = sa.select(
                model.academic_year, model.term, model.unit, model.duty, model.starts_on,
                model.ends_on,
            ).where(model.student_id == student_id)  # fmt: skip
            if model is OfficerPost:
                query = query.where(OfficerPost.removed_at.is_(None))
            self.known |= {tuple(row) for row in db.reading().execute(query)}

    def knows(self, one: TakenPost) -> bool:
        """Whether it need not be taken again; from now on it is known."""
        known = one.said in self.known
        self.known.add(one.said)
        return known


def _day(text: str, cell: str, say: Say) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        say(cell, text, _("日期或數字看不懂。"))
        return None
