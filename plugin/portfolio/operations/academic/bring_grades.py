"""Grades by the plain template, or of an LMS's OneRoster results: student, course, score."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from plugin import clock, db
from plugin.errors import WindowClosed
from plugin.portfolio import scoring
from plugin.portfolio.models import CaseArea, CourseRecord
from plugin.portfolio.operations.academic import doors, grids
from plugin.portfolio.operations.academic.bring_records import frozen_in
from plugin.portfolio.operations.academic.bringing import TERM_COLUMNS, student_column, term_of_row
from plugin.portfolio.record_values import score_of, value_of
from plugin.school import queries as school_queries
from plugin.school.importing import (
    Change,
    Column,
    Context,
    Current,
    Fault,
    Importable,
    Key,
    Row,
    Sheet,
    Value,
    index,
)
from plugin.school.models import Course, Enrolment
from plugin.school.terms import Term

KEY = ("student_number", "year", "term", "course_number")


def _load(context: Context, rows: Sequence[Row]) -> Mapping[Key, Current]:
    wanted = {pair: row for row in rows if None not in (pair := _pair(context, row.values))}
    query = sa.select(CourseRecord).where(
        CourseRecord.school_id == context.school_id,
        CourseRecord.course_id.in_({pair[1] for pair in wanted}),
        CourseRecord.student_id.in_({pair[0] for pair in wanted}),
        CourseRecord.kind.in_(grids.COLUMNS),
        CourseRecord.removed_at.is_(None),
    )
    found: dict[Key, Current] = {}
    for one in db.reading().scalars(query.execution_options(populate_existing=True)):
        row = wanted.get((one.student_id, one.course_id))
        if row is None:
            continue
        values: dict[str, Value] = {key: row.values[key] for key in KEY}
        values |= {
            "score": one.score, "makeup_score": one.makeup_score, "note": one.note or None,
        }  # fmt: skip
        found[tuple(values[key] for key in KEY)] = Current(values, {"course_record": one.id})
    return found


def _check(context: Context, rows: Sequence[Row], found: Mapping[Key, Current]) -> Iterator[Fault]:
    courses = _courses(context, rows)
    taking = _taking(context, rows)
    frozen = frozen_in(context, {term_of_row(row.values) for row in rows})
    for row in rows:
        who, course_id = _pair(context, row.values)
        course = courses.get(course_id or 0)
        if who is None:
            yield Fault(row.number, "student_number", _("找不到這位學生。"), "")
        elif course is None:
            yield Fault(row.number, "course_number", _("這個學期沒有這個課程編號。"), "")
        elif (who, course.id) not in taking:
            yield Fault(row.number, "student_number", _("這位學生沒有修這門課。"), "")
        elif not school_queries.course_carries_credit(course):
            yield Fault(row.number, "course_number", _("這門課沒有採計學分，不登錄成績。"), "")
        else:
            term = Term(course.academic_year, course.term)
            if (term, None) in frozen or (term, course.id) in frozen:
                yield Fault(row.number, "", _("這些修課紀錄已經凍結。"), _("請先解除凍結再匯入。"))
            elif words := _closed(context, course, term):
                yield Fault(row.number, "", words, _("請先調整作業期程。"))


def _apply(context: Context, changes: Sequence[Change]) -> None:
    rows = [Row(one.row, one.values) for one in changes]
    courses = _courses(context, rows)
    found = _load(context, rows)
    with db.writing() as session:
        doors.hold_records(context.school_id)
        ids = [one.ids["course_record"] for one in found.values()]
        stored = {
            one.id: one
            for one in session.scalars(sa.select(CourseRecord).where(CourseRecord.id.in_(ids)))
        }
        for change in changes:
            who, course_id = _pair(context, change.values)
            assert who is not None
            assert course_id is not None
            known = found.get(tuple(change.values.get(key) for key in KEY))
            if known is None:
                course = courses[course_id]
                record = grids.new_record(course, grids.kind_of(course), who)
                session.add(record)
            else:
                record = stored[known.ids["course_record"]]
            _fill(record, change.after)
            record.set_by_id, record.set_at = context.actor_id, clock.now()
        session.flush()


def _fill(record: CourseRecord, after: Mapping[str, Value]) -> None:
    if "score" in after:
        score = after["score"]
        record.score = score if isinstance(score, Decimal) else None
        record.passed = None
    if "makeup_score" in after:
        makeup = after["makeup_score"]
        record.makeup_score = makeup if isinstance(makeup, Decimal) else None
        record.makeup_passed = None
    if "note" in after:
        record.note = str(after["note"] or "")
    record.counted = record.counted or scoring.COUNTED


def _pair(context: Context, values: Mapping[str, Value]) -> tuple[int | None, int | None]:
    who = index.students(context)(str(values["student_number"]))
    term = term_of_row(values)
    key = (term.academic_year, term.term, str(values["course_number"]))
    return who, index.courses(context).get(key)


def _courses(context: Context, rows: Sequence[Row]) -> dict[int, Course]:
    ids = {pair[1] for row in rows if (pair := _pair(context, row.values))[1] is not None}
    query = sa.select(Course).where(Course.school_id == context.school_id, Course.id.in_(ids))
    return {one.id: one for one in db.reading().scalars(query)}


def _taking(context: Context, rows: Sequence[Row]) -> set[tuple[int, int]]:
    pairs = [_pair(context, row.values) for row in rows]
    query = sa.select(Enrolment.student_id, Enrolment.course_id).where(
        Enrolment.course_id.in_({pair[1] for pair in pairs if pair[1]}),
        Enrolment.student_id.in_({pair[0] for pair in pairs if pair[0]}),
        Enrolment.active,
    )
    return {(who, course_id) for who, course_id in db.reading().execute(query)}


def _closed(context: Context, course: Course, term: Term) -> str:
    known: dict[Any, str] = context.scratch.setdefault("grades.closed", {})
    if course.id not in known:
        known[course.id] = ""
        try:
            doors.require_open(
                context.school_id, CaseArea.COURSES, term, grade=course.grade, course_id=course.id
            )
        except WindowClosed as refusal:
            known[course.id] = refusal.message
    return known[course.id]


def _student() -> Column:
    one = student_column()
    return Column(
        "student_number", one.title, one.read, required=True, secret=True, help=one.help,
        examples=one.examples, also=one.also,
    )  # fmt: skip


IMPORTABLE = Importable(
    kind="grades",
    sheet=Sheet(
        title="成績",
        columns=(
            _student(),
            *TERM_COLUMNS,
            Column("course_number", "課程編號", lambda text: (text.strip(), ""), required=True,
                   examples=("115-1-CHI-101",)),
            Column("score", "學期學業成績", score_of, examples=("87.5",), also=("成績", "分數"),
                   help=_l("0 到 100，小數照登；沒有成績請留白。")),
            Column("makeup_score", "補考成績", score_of, examples=("60",)),
            Column("note", "質性文字描述", lambda text: value_of("text", "note", text, None)),
        ),
        key=KEY,
        also=("grades", "成績匯入"),
    ),
    order=75,
    load=_load,
    check=_check,
    apply=_apply,
    defaults=lambda context: {"year": context.academic_year, "term": context.term},
)  # fmt: skip
