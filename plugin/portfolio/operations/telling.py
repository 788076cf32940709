"""Those who can mend what a 預檢 found are told of it, by one press of the registry,
or of student affairs about experiences."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass

import sqlalchemy as sa
from flask_babel import gettext as _

from plugin import clock, db
from plugin.actor import Actor, Role
from plugin.errors import InvalidInput
from plugin.portfolio import policy
from plugin.portfolio.checking.table import FAULTS, Mender
from plugin.portfolio.models import (
    Outcome,
    SelectionKind,
    SubmissionCheck,
    SubmissionFault,
)
from plugin.portfolio.operations.found import missing
from plugin.school import queries as school_queries
from plugin.trail.chain import record
from plugin.trail.notify import notify

REGISTRY = frozenset({Mender.PERSON, Mender.PLACE, Mender.COURSE})
"""What the registry mends itself: there is nobody to tell."""
ADMINISTRATORS = frozenset({Mender.SCHOOL, Mender.VAULT})
AT_ONCE = 5000
PAGES = 50
"""Up to so many pages are named one by one; beyond, people are led to their list."""


@dataclass(frozen=True)
class Told:
    """How many were told of how many faults."""

    people: int
    faults: int


def tell(
    actor: Actor, check_id: int, fault_ids: Collection[int] = (), *, code: str | None = None
) -> Told:
    """Tell whoever can mend these faults, each person once, with the page where they do.

    :param fault_ids: faults of the check; or
    :param code: all of its faults of that code.
    :raises InvalidInput: none of them is for others to mend.
    :raises NotFound: no check of the actor's school.
    """
    with db.writing() as session:
        check = session.get(SubmissionCheck, check_id, with_for_update=db.HELD)
        kinds = policy.looked_at(actor, check) if check is not None else frozenset()
        if check is None or not kinds:
            raise missing()
        query = sa.select(SubmissionFault).where(
            SubmissionFault.check_id == check.id, SubmissionFault.record_kind.in_(kinds)
        )
        if code is not None:
            query = query.where(SubmissionFault.code == code)
        else:
            query = query.where(SubmissionFault.id.in_(sorted(fault_ids)[:AT_ONCE]))
        found = [
            one
            for one in session.scalars(query.limit(AT_ONCE))
            if FAULTS[one.code].mender not in REGISTRY
        ]
        if not found:
            raise InvalidInput(
                _("沒有選到需要通知別人的項目。"),
                remedy=_("請勾選由學生、教師或系統管理者處理的項目，再按通知。"),
            )
        by_page, said = _pages(check, found)
        intro = _("學校準備提交學習歷程檔案，預檢時發現有資料需要更正，請開啟後處理。")
        for path, people in sorted(by_page.items()):
            notify(
                sorted(people),
                _("提交預檢發現需要您處理的資料"),
                "\n\n".join([intro, *said.get(path, ())]),
                path,
                school_id=check.school_id,
                mail=True,
            )
        now = clock.now()
        for one in found:
            one.told_at = now
        people = set().union(*by_page.values())
        record(
            actor, "submission.check_tell", "submission_check", check.id,
            faults=len(found), people=len(people),
        )  # fmt: skip
        return Told(len(people), len(found))


def _pages(
    check: SubmissionCheck, faults: Collection[SubmissionFault]
) -> tuple[dict[str, set[int]], dict[str, list[str]]]:
    """Who is told, by the page where they mend it; what is wrong, by page."""
    courses = _courses(faults)
    teachers = school_queries.teachers_of({one for one in courses.values() if one is not None})
    office = {
        one.id
        for one in school_queries.people_holding(check.school_id, Role.ADMINISTRATOR, clock.today())
    }
    exact = len({(one.outcome_id, one.experience_id) for one in faults}) <= PAGES
    people: dict[str, set[int]] = defaultdict(set)
    said: dict[str, list[str]] = defaultdict(list)
    for fault in faults:
        kind = FAULTS[fault.code]
        told = {fault.student_id}
        record_id = f"/{fault.outcome_id or fault.experience_id}" if exact else ""
        if kind.mender is Mender.OUTCOME:
            path = f"/outcomes{record_id}"
        elif kind.mender is Mender.EXPERIENCE:
            path = f"/experiences{record_id}"
        elif kind.mender is Mender.SELECTION:
            path = _selection_page(fault, check.academic_year)
        elif kind.mender is Mender.TEACHER:
            path = f"/certification{record_id}"
            course_id = courses.get(fault.outcome_id or 0) or 0
            told = {part.person_id for part in teachers.get(course_id, ())}
        else:
            path, told = "/", office
        people[path] |= told
        if exact and kind.mender is not Mender.SELECTION:
            line = _(
                "%(cell)s：%(said)s", cell=kind.cell_of(fault.detail), said=kind.say(fault.detail)
            )
            if line not in said[path]:
                said[path].append(line)
    return people, said


def _selection_page(fault: SubmissionFault, year: int) -> str:
    more = "/experiences" if fault.record_kind is SelectionKind.EXPERIENCE else ""
    return f"/selection{more}?year={year}"


def _courses(faults: Collection[SubmissionFault]) -> dict[int, int | None]:
    ids = {one.outcome_id for one in faults if one.outcome_id is not None}
    query = sa.select(Outcome.id, Outcome.course_id).where(Outcome.id.in_(ids))
    rows = db.reading().execute(query)
    return {row.id: row.course_id for row in rows}
