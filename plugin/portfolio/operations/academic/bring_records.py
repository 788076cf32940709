"""Course records from files: the sheets of the official grade books, one importable for each title.

Books of day school and night division have sheets of the same name; which kind a row becomes is
the school's kind (`Sheets.kind_of`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _

from plugin import clock, db
from plugin.errors import WindowClosed
from plugin.portfolio import record_kinds
from plugin.portfolio.models import CaseArea, CourseFreeze, CourseRecord
from plugin.portfolio.operations.academic import doors, records
from plugin.portfolio.operations.academic.bringing import TERM_COLUMNS, student_column, term_of_row
from plugin.portfolio.record_kinds import RecordKind
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
from plugin.school.models import Course, Enrolment, School, SchoolKind
from plugin.school.terms import Term

SAME = {
    "credits": ("修課節數", "修課學分"),
    "counted": ("是否採計學時", "是否採計學分"),
}
"""Headings that differ between day school and night division."""


@dataclass(frozen=True)
class Sheets:
    """One title of a sheet and the kinds whose rows stand under it.

    :param night: the kind in a night division, if it is another one.
    """

    key: str
    title: str
    day: str
    night: str = ""

    def kind_of(self, context: Context) -> RecordKind:
        """The kind that a row of this school becomes."""
        school = db.reading().get_one(School, context.school_id)
        night = self.night and school.kind is SchoolKind.NIGHT
        return record_kinds.kind(self.night if night else self.day)

    @property
    def names(self) -> list[str]:
        """The keys of the columns of both kinds, in order."""
        return list(dict.fromkeys(one.key for kind in self.kinds for one in kind.columns))

    @property
    def kinds(self) -> list[RecordKind]:
        return [record_kinds.kind(one) for one in (self.day, self.night) if one]

    @property
    def row_key(self) -> tuple[str, ...]:
        """Who, when, and which course: the same as `record_kinds.subject_key`."""
        due = [one for one in ("due_year", "due_term") if one in self.names]
        return ("number", "year", "term", "code", "grade", *due)


SHEETS = (
    Sheets("records.regular", "學期成績", "regular", "night_regular"),
    Sheets("records.supplementary", "補修成績", "supplementary"),
    Sheets("records.transfer", "轉學轉科成績", "transfer", "night_transfer"),
    Sheets("records.retake", "重修成績", "retake"),
    Sheets("records.repeat", "重讀成績", "repeat"),
    Sheets("records.makeup", "補考成績", "night_makeup"),
    Sheets("records.borrowed", "借讀成績", "borrowed"),
)


def importables() -> tuple[Importable, ...]:
    """One importable for each sheet."""
    return tuple(_importable(one) for one in SHEETS)


def _importable(of: Sheets) -> Importable:
    return Importable(
        kind=of.key,
        sheet=Sheet(
            title=of.title,
            columns=(student_column("身分證號" if of.day != "borrowed" else "學號"),
                     *TERM_COLUMNS, *(_column(of, key) for key in of.names)),
            key=of.row_key,
            shown=("subject",),
        ),
        order=80,
        load=lambda context, rows: _load(of, context, rows),
        check=lambda context, rows, found: _check(of, context, rows, found),
        apply=lambda context, changes: _apply(of, context, changes),
        defaults=lambda context: {"year": context.academic_year, "term": context.term},
    )  # fmt: skip


def _column(of: Sheets, key: str) -> Column:
    column = next(found for kind in of.kinds if (found := kind.column(key)))
    also = tuple(one for one in SAME.get(key, ()) if one != column.title)
    required = key == "code" or (column.required and all(one.column(key) for one in of.kinds))
    choices = tuple(column.codes.values.items()) if column.codes and not column.codes.open else ()
    return Column(key, column.title, column.read, required=required, choices=choices, also=also)


def _load(of: Sheets, context: Context, rows: Sequence[Row]) -> Mapping[Key, Current]:
    texts = _texts(context, rows)
    found: dict[Key, Current] = {}
    for record in _stored(of, context, list(texts)):
        cells = record_kinds.cells(record)
        for text in texts[record.student_id]:
            values: dict[str, Value] = {
                "number": text, "year": record.academic_year, "term": record.term, **cells,
            }  # fmt: skip
            values = {
                key: value or None if key == "note" else value for key, value in values.items()
            }
            key = tuple(values.get(one) for one in of.row_key)
            found[key] = Current(values, {"course_record": record.id})
    return found


def _check(
    of: Sheets, context: Context, rows: Sequence[Row], found: Mapping[Key, Current]
) -> Iterator[Fault]:
    kind, find = of.kind_of(context), index.students(context)
    courses = _courses(context, _ids(context, rows))
    frozen = frozen_in(context, {term_of_row(row.values) for row in rows})
    for row in rows:
        who = find(str(row.values["number"]))
        if who is None:
            yield Fault(row.number, "number", _("找不到這位學生。"), _("請先匯入學生名單。"))
            continue
        term = term_of_row(row.values)
        known = found.get(tuple(row.values.get(one) for one in of.row_key))
        whole = {**(known.values if known else {}), **row.values}
        faults = _faults(kind, whole, term)
        for key, words in faults.items():
            yield Fault(row.number, key, words)
        course_id = courses.get(_of_course(who, term, whole))
        if (term, None) in frozen or (term, course_id) in frozen:
            yield Fault(row.number, "", _("這些修課紀錄已經凍結。"), _("請先解除凍結再匯入。"))
        elif not faults and (words := _closed(context, term, int(str(whole["grade"])))):
            yield Fault(row.number, "", words, _("請先調整作業期程。"))


def _apply(of: Sheets, context: Context, changes: Sequence[Change]) -> None:
    kind, find = of.kind_of(context), index.students(context)
    rows = [Row(one.row, one.values) for one in changes]
    found = _load(of, context, rows)
    courses = _courses(context, _ids(context, rows))
    with db.writing() as session:
        doors.hold_records(context.school_id)
        stored = {one.id: one for one in _stored(of, context, list(_texts(context, rows)))}
        for change in changes:
            who = find(str(change.values["number"]))
            assert who is not None
            term = term_of_row(change.values)
            known = found.get(tuple(change.values.get(one) for one in of.row_key))
            whole = {**(known.values if known else {}), **change.values, **change.after}
            if known is None:
                record = CourseRecord(
                    school_id=context.school_id,
                    student_id=who,
                    academic_year=term.academic_year,
                    term=term.term,
                    kind=kind.key,
                )
                session.add(record)
            else:
                record = stored[known.ids["course_record"]]
                kind = record_kinds.kind(record.kind)
            records.fill(record, kind, whole)
            if kind.key in record_kinds.REGULAR.values():
                record.course_id = courses.get(_of_course(who, term, whole), record.course_id)
            record.set_by_id, record.set_at = context.actor_id, clock.now()
        session.flush()


def _faults(kind: RecordKind, whole: Mapping[str, Value], term: Term) -> dict[str, str]:
    found = {
        one.key: _("請填寫「%(label)s」。", label=one.title)
        for one in kind.columns
        if one.required and whole.get(one.key) is None
    }
    if not found:
        found = records.between_faults(kind, whole, term) | records.code_faults(whole.get("code"))
    return found


def _closed(context: Context, term: Term, grade: int) -> str:
    known: dict[Any, str] = context.scratch.setdefault("records.closed", {})
    if (term, grade) not in known:
        known[term, grade] = ""
        try:
            doors.require_open(context.school_id, CaseArea.COURSES, term, grade=grade)
        except WindowClosed as refusal:
            known[term, grade] = refusal.message
    return known[term, grade]


def _texts(context: Context, rows: Sequence[Row]) -> dict[int, list[str]]:
    """How the rows call each student."""
    find = index.students(context)
    found: dict[int, list[str]] = {}
    for row in rows:
        text = str(row.values["number"])
        if (who := find(text)) is not None and text not in found.setdefault(who, []):
            found[who].append(text)
    return found


def _ids(context: Context, rows: Sequence[Row]) -> list[int]:
    return list(_texts(context, rows))


def _stored(of: Sheets, context: Context, ids: Sequence[int]) -> list[CourseRecord]:
    query = sa.select(CourseRecord).where(
        CourseRecord.school_id == context.school_id,
        CourseRecord.student_id.in_(ids),
        CourseRecord.kind.in_([one.key for one in of.kinds]),
        CourseRecord.removed_at.is_(None),
    )
    return list(db.reading().scalars(query.execution_options(populate_existing=True)))


def _of_course(who: int, term: Term, values: Mapping[str, Value]) -> tuple[Any, ...]:
    return (who, term, values.get("code"), values.get("subject"))


def _courses(context: Context, ids: Sequence[int]) -> dict[tuple[Any, ...], int]:
    """The roster course of (student, term, code, name), where there is exactly one."""
    query = (
        sa.select(
            Enrolment.student_id, Course.academic_year, Course.term, Course.code, Course.name,
            Course.id,
        )
        .join(Course, Course.id == Enrolment.course_id)
        .where(Course.school_id == context.school_id, Enrolment.student_id.in_(ids))
    )  # fmt: skip
    found: dict[tuple[Any, ...], int] = {}
    twice = set()
    for who, year, term, code, name, course_id in db.reading().execute(query):
        key = (who, Term(year, term), code, name)
        if found.setdefault(key, course_id) != course_id:
            twice.add(key)
    return {key: course_id for key, course_id in found.items() if key not in twice}


def frozen_in(context: Context, terms: set[Term]) -> set[tuple[Term, int | None]]:
    query = sa.select(CourseFreeze).where(
        CourseFreeze.school_id == context.school_id,
        CourseFreeze.academic_year.in_({one.academic_year for one in terms}),
        CourseFreeze.thawed_at.is_(None),
    )
    return {
        (Term(one.academic_year, one.term), one.course_id) for one in db.reading().scalars(query)
    }
