"""Who takes which course: the longest list of a school, so the leanest of the kinds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import sqlalchemy as sa
from flask_babel import gettext as _

from plugin import db
from plugin.school.importing import index
from plugin.school.importing.definition import (
    Action,
    Change,
    Context,
    Current,
    Fault,
    Gone,
    Importable,
    Key,
    Row,
    Sheet,
    Value,
    columns_of,
)
from plugin.school.importing.operations.kinds._terms import coming_key, course_of, defaults
from plugin.school.importing.rows import EnrolmentRow
from plugin.school.models import Course, Enrolment, Person, PersonKind

KEY = ("year", "term", "course", "student")


def _load(context: Context, rows: Sequence[Row]) -> Mapping[Key, Current]:
    courses, people = index.courses(context), index.people(context)
    pairs: dict[tuple[int, int], Key] = {}
    for row in rows:
        course, student = courses.get(course_of(row.values)), people.get(str(row.values["student"]))
        if course is not None and student is not None:
            pairs[course, student.id] = tuple(row.values[name] for name in KEY)
    query = sa.select(
        Enrolment.course_id, Enrolment.student_id, Enrolment.id, Enrolment.active
    ).where(
        Enrolment.course_id.in_({course for course, _student in pairs}),
        Enrolment.student_id.in_({student for _course, student in pairs}),
    )
    return {
        pairs[course, student]: _current(pairs[course, student], number, active)
        for course, student, number, active in db.reading().execute(query)
        if (course, student) in pairs
    }


def _current(key: Key, number: int, active: bool) -> Current:
    return Current({**dict(zip(KEY, key, strict=True)), "active": active}, {"enrolment": number})


def _check(context: Context, rows: Sequence[Row], found: Mapping[Key, Current]) -> Iterator[Fault]:
    courses, people = index.courses(context), index.people(context)
    for row in rows:
        values = row.values
        if course_of(values) not in courses and not context.coming("courses", coming_key(values)):
            yield Fault(
                row.number,
                "course",
                _("這個學期沒有這個課程編號。"),
                _("請先匯入課程，或更正課程編號、學年度與學期。"),
            )
        who = people.get(str(values["student"]))
        here = who is not None and who.kind is PersonKind.STUDENT
        coming = context.coming("students", (values["student"],)) is not None
        if not here and not coming:
            yield Fault(
                row.number,
                "student",
                _("沒有這個學號的學生。"),
                _("請先匯入學生，或更正學號。"),
            )
        elif who is not None and not who.active and not coming and values.get("active"):
            yield Fault(
                row.number,
                "student",
                _("這個學生已停用。"),
                _("復學的學生請先重新匯入學生資料；離校的學生請刪除這一列。"),
            )


def _apply(context: Context, changes: Sequence[Change]) -> None:
    courses, people = index.courses(context), index.people(context)
    fresh, switched = [], {True: set(), False: set()}  # type: ignore[var-annotated]
    for one in changes:
        pair = (courses[course_of(one.values)], people[str(one.values["student"])].id)
        active = bool(one.after.get("active", True))
        if one.action is Action.NEW:
            fresh.append({"course_id": pair[0], "student_id": pair[1], "active": active})
        else:
            switched[active].add(pair)
    with db.writing() as session:
        for active, pairs in switched.items():
            if not pairs:
                continue
            query = sa.select(Enrolment.id, Enrolment.course_id, Enrolment.student_id).where(
                Enrolment.course_id.in_({course for course, _student in pairs}),
                Enrolment.student_id.in_({student for _course, student in pairs}),
            )
            ids = [row[0] for row in session.execute(query) if (row[1], row[2]) in pairs]
            session.execute(
                sa.update(Enrolment)
                .where(Enrolment.id.in_(ids))
                .values(active=active)
                .execution_options(synchronize_session=False)
            )
        if fresh:
            session.execute(sa.insert(Enrolment), fresh)


def _others(context: Context) -> Iterator[Gone]:
    """Active enrolments in courses of this term."""
    query = (
        sa.select(Course.academic_year, Course.term, Course.number, Person.number, Enrolment.id)
        .join(Course, Course.id == Enrolment.course_id)
        .join(Person, Person.id == Enrolment.student_id)
        .where(
            Course.school_id == context.school_id,
            Course.academic_year == context.academic_year,
            Course.term == context.term,
            Enrolment.active,
        )
        .order_by(Enrolment.id)
    )
    for year, term, course, student, number in db.reading().execute(query):
        key: tuple[Value, ...] = (year, str(term), course, student)
        current = _current(key, number, True)
        yield Gone(current.values, current, {"active": False})


IMPORTABLE = Importable(
    kind="enrolments",
    sheet=Sheet(
        title="修課",
        columns=columns_of(EnrolmentRow, also={"student": ("學生學號",)}),
        key=KEY,
        also=("選課", "修課名單", "enrolments", "enrollments"),
    ),
    order=60,
    load=_load,
    check=_check,
    apply=_apply,
    defaults=lambda context: {**defaults(context), "active": True},
    others=_others,
)
