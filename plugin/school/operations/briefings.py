"""Briefings 教育訓練: who is expected, who came."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from forms.text import normalise
from plugin import clock, db
from plugin.actor import Actor
from plugin.errors import InvalidInput
from plugin.school import calendar_queries, policy, queries
from plugin.school.calendar_models import Briefing, BriefingGuest
from plugin.school.models import ClassSeat, SchoolClass
from plugin.school.terms import term_of
from plugin.trail.chain import record

MOST_NUMBERS = 5000
"""Numbers that one paste may hold; a school's staff and a grade's students are fewer."""

CHUNK = 500


@dataclass(frozen=True)
class Added:
    """How many were added, and which lines nobody of the school has for number or class."""

    count: int
    unknown: tuple[str, ...]


def save(actor: Actor, values: Mapping[str, Any], *, briefing_id: int | None = None) -> Briefing:
    """Announce a briefing, or change what was announced.

    :param values: `audience`, `title`, `held_on`, `hours`, `place`, `unit`.
    :raises InvalidInput: no title. :raises NotFound: no such briefing.
    """
    school_id = policy.require_keeper(actor)
    title = normalise(values["title"] or "")
    if not 1 <= len(title) <= 100:
        words = _("請填名稱（1 到 100 字）。")
        raise InvalidInput(words, fields={"title": words})
    with db.writing() as session:
        if briefing_id is None:
            briefing = Briefing(school_id=school_id, made_at=clock.now())
            session.add(briefing)
        else:
            briefing = calendar_queries.own(Briefing, school_id, briefing_id)
        briefing.audience, briefing.title = values["audience"], title
        briefing.held_on = values["held_on"]
        briefing.hours = normalise(values.get("hours") or "")[:40]
        briefing.place = normalise(values.get("place") or "")[:60]
        briefing.unit = normalise(values.get("unit") or "")[:60]
        session.flush()
        record(actor, "briefing.set", "briefing", briefing.id, held_on=briefing.held_on.isoformat())
        return briefing


def expect(actor: Actor, briefing_id: int, lines: str) -> Added:
    """Put people on the list: numbers, or codes of classes, one on each line.

    Who is on it already stays as they are.

    :raises InvalidInput: nothing, or too many lines at once.
    """
    school_id = policy.require_keeper(actor)
    wanted = list(dict.fromkeys(one for one in re.split(r"[\s,，、;；]+", normalise(lines)) if one))
    if not 1 <= len(wanted) <= MOST_NUMBERS:
        words = _("請填學號、教職員編號或班級代碼，每行一個，一次最多 %(n)s 個。", n=MOST_NUMBERS)
        raise InvalidInput(words, fields={"numbers": words})
    with db.writing() as session:
        briefing = calendar_queries.own(Briefing, school_id, briefing_id)
        people = queries.people_by_number(school_id, wanted)
        found = {one.id for one in people.values() if one.active}
        rest = [one for one in wanted if one not in people]
        year = term_of(briefing.held_on).academic_year
        classes = {one.code: one for one in queries.classes(school_id, year)}
        found |= _seated(session, [classes[one] for one in rest if one in classes])
        there = set(
            session.scalars(
                sa.select(BriefingGuest.person_id).where(BriefingGuest.briefing_id == briefing.id)
            )
        )
        new = sorted(found - there)
        for start in range(0, len(new), CHUNK):
            session.add_all(
                BriefingGuest(briefing_id=briefing.id, person_id=one, came=False)
                for one in new[start : start + CHUNK]
            )
            session.flush()
        record(actor, "briefing.expect", "briefing", briefing.id, added=len(new))
        return Added(len(new), tuple(one for one in rest if one not in classes))


def mark(
    actor: Actor, briefing_id: int, shown: Collection[int], came: Collection[int]
) -> tuple[int, int]:
    """Say who of the people on a page came; returns how many are expected and came in all.

    :param shown: ids of the persons on the page; the others stay as they are.
    """
    school_id = policy.require_keeper(actor)
    with db.writing() as session:
        briefing = calendar_queries.own(Briefing, school_id, briefing_id)
        for value, people in ((True, set(shown) & set(came)), (False, set(shown) - set(came))):
            session.execute(
                sa.update(BriefingGuest)
                .where(
                    BriefingGuest.briefing_id == briefing.id, BriefingGuest.person_id.in_(people)
                )
                .values(came=value)
                .execution_options(synchronize_session=False)
            )
        counts = calendar_queries.attendance(briefing.id)
        record(actor, "briefing.mark", "briefing", briefing.id, expected=counts[0], came=counts[1])
        return counts


def _seated(session: Session, classes: Collection[SchoolClass]) -> set[int]:
    query = sa.select(ClassSeat.student_id).where(
        ClassSeat.class_id.in_([one.id for one in classes])
    )
    return set(session.scalars(query))
