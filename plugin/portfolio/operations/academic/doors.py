"""When records may be changed: in their window, or to put right what a student reported."""

from __future__ import annotations

from collections.abc import Collection

import sqlalchemy as sa
from flask_babel import gettext as _

from forms.jinja import roc_date
from plugin import db
from plugin.errors import Refusal, WindowClosed
from plugin.portfolio.models import CaseArea, CaseState, CourseFreeze, RecordCase
from plugin.school import windows
from plugin.school.models import School, WindowKind
from plugin.school.terms import Term

WINDOWS = {
    CaseArea.BASIC: WindowKind.BASIC_DATA,
    CaseArea.POSTS: WindowKind.POSTS,
    CaseArea.COURSES: WindowKind.COURSE_RECORDS,
}


class Frozen(Refusal):
    """The registry has frozen these course records."""

    code = "RECORDS_FROZEN"
    status = 409


def require_open(
    school_id: int,
    area: CaseArea,
    term: Term,
    *,
    grade: int = 0,
    student_ids: Collection[int] = (),
    course_id: int | None = None,
) -> None:
    """The window of that kind of record, or an open report of each of these students.

    :param course_id: whose extension of the window counts; a single student's counts as well.
    :raises WindowClosed: neither; says when it was or will be open.
    """
    try:
        windows.require_open(
            school_id,
            WINDOWS[area],
            term.academic_year,
            term.term,
            grade,
            student_id=next(iter(student_ids)) if len(student_ids) == 1 else None,
            course_id=course_id,
        )
    except WindowClosed as refusal:
        if student_ids and reported(area, student_ids) == set(student_ids):
            return
        raise WindowClosed(
            refusal.message,
            remedy=_(
                "期間外只能更正學生已回報錯誤、尚未答覆的資料；其他情形請先由註冊組調整作業期程。"
            ),
        ) from refusal


def may_enter(
    school_id: int,
    area: CaseArea,
    term: Term,
    grade: int = 0,
    *,
    student_id: int | None = None,
    course_id: int | None = None,
) -> bool:
    """Whether the window is open now, for pages."""
    return windows.is_open(
        school_id,
        WINDOWS[area],
        term.academic_year,
        term.term,
        grade,
        student_id=student_id,
        course_id=course_id,
    )


def reported(area: CaseArea, student_ids: Collection[int]) -> set[int]:
    """Those of the students with an open report about that kind of record."""
    found: set[int] = set()
    ids = sorted(set(student_ids))
    for begin in range(0, len(ids), 500):
        found |= set(
            db.reading().scalars(
                sa.select(RecordCase.student_id).where(
                    RecordCase.student_id.in_(ids[begin : begin + 500]),
                    RecordCase.area == area,
                    RecordCase.state == CaseState.OPEN,
                )
            )
        )
    return found


def hold_records(school_id: int) -> None:
    """Let nobody freeze records of the school until what is written now is committed."""
    db.reading().get_one(School, school_id, with_for_update={"read": True})


def freeze_of(school_id: int, term: Term, course_id: int | None) -> CourseFreeze | None:
    """The freeze that holds for the records of a course, or of the whole term."""
    whole = CourseFreeze.course_id.is_(None)
    return db.reading().scalar(
        sa.select(CourseFreeze)
        .where(
            CourseFreeze.school_id == school_id,
            CourseFreeze.academic_year == term.academic_year,
            CourseFreeze.term == term.term,
            CourseFreeze.thawed_at.is_(None),
            whole if course_id is None else sa.or_(whole, CourseFreeze.course_id == course_id),
        )
        .order_by(CourseFreeze.id)
        .limit(1)
    )


def require_thawed(school_id: int, term: Term, course_id: int | None) -> None:
    """:raises Frozen: says since when and by whom."""
    found = freeze_of(school_id, term, course_id)
    if found is None:
        return
    raise Frozen(
        _(
            "%(term)s的修課紀錄已於 %(at)s 由 %(who)s 凍結，不能再修改。",
            term=term.label,
            at=roc_date(found.frozen_at),
            who=found.frozen_by_name,
        ),
        remedy=_("如需更正，請洽註冊組說明原因並解除凍結。"),
    )
