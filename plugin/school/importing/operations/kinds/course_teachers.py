"""Who teaches, co-teaches or stands in for a course: who may certify in it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _

from plugin import clock, db
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
from plugin.school.importing.rows import CourseTeacherRow
from plugin.school.models import Course, CourseTeacher, Person, PersonKind, TeachingKind


def _load(context: Context, rows: Sequence[Row]) -> Mapping[Key, Current]:
    courses = index.courses(context)
    ids = {courses.get(course_of(row.values)) for row in rows} - {None}
    query = _parts().where(
        CourseTeacher.course_id.in_(ids),
        Person.number.in_({str(row.values["teacher"]) for row in rows}),
    )
    return dict(_read(query))


def _parts() -> Any:
    return (
        sa.select(CourseTeacher, Course.academic_year, Course.term, Course.number, Person.number)
        .join(Course, Course.id == CourseTeacher.course_id)
        .join(Person, Person.id == CourseTeacher.person_id)
    )


def _read(query: Any) -> Iterator[tuple[Key, Current]]:
    for part, year, term, course, teacher in db.reading().execute(query):
        key: Key = (year, str(term), course, teacher, part.kind.value)
        values: dict[str, Value] = dict(
            zip(("year", "term", "course", "teacher", "kind"), key, strict=True)
        )
        values |= {"starts_on": part.starts_on, "ends_on": part.ends_on}
        yield key, Current(values, {"course_teacher": part.id})


def _check(context: Context, rows: Sequence[Row], found: Mapping[Key, Current]) -> Iterator[Fault]:
    people, courses = index.people(context), index.courses(context)
    for row in rows:
        values = row.values
        if course_of(values) not in courses and not context.coming("courses", coming_key(values)):
            yield Fault(
                row.number,
                "course",
                _("這個學期沒有這個課程編號。"),
                _("請先匯入課程，或更正課程編號、學年度與學期。"),
            )
        who = people.get(str(values["teacher"]))
        here = who is not None and who.kind is PersonKind.STAFF and who.active
        if not here and context.coming("teachers", (values["teacher"],)) is None:
            yield Fault(
                row.number,
                "teacher",
                _("沒有這個編號的在職教職員。"),
                _("請先匯入教師，或更正教職員編號。"),
            )
        current = found.get((*course_of(values)[:1], values["term"], *_tail(values)))
        now = current.values if current else {}
        starts_on = values.get("starts_on") or now.get("starts_on")
        ends_on = values.get("ends_on") or now.get("ends_on")
        if isinstance(starts_on, date) and isinstance(ends_on, date) and ends_on < starts_on:
            yield Fault(
                row.number, "ends_on", _("結束日期早於開始日期。"), _("請更正其中一個日期。")
            )
        if values["kind"] == TeachingKind.SUBSTITUTE.value and ends_on is None:
            yield Fault(row.number, "ends_on", _("代理人需要有結束日期。"), _("請填代理到哪一天。"))


def _tail(values: Mapping[str, Value]) -> tuple[Value, ...]:
    return values["course"], values["teacher"], values["kind"]


def _apply(context: Context, changes: Sequence[Change]) -> None:
    people, courses = index.people(context), index.courses(context)
    wanted = {
        (
            courses[course_of(one.values)],
            people[str(one.values["teacher"])].id,
            TeachingKind(str(one.values["kind"])),
        ): one
        for one in changes
    }
    with db.writing() as session:
        fresh = [
            {
                "course_id": course,
                "person_id": person,
                "kind": kind,
                "starts_on": one.after.get("starts_on"),
                "ends_on": one.after.get("ends_on"),
            }
            for (course, person, kind), one in wanted.items()
            if one.action is Action.NEW
        ]
        changed = {key for key, one in wanted.items() if one.action is not Action.NEW}
        query = sa.select(CourseTeacher).where(
            CourseTeacher.course_id.in_({key[0] for key in changed}),
            CourseTeacher.person_id.in_({key[1] for key in changed}),
        )
        for row in session.scalars(query):
            key = (row.course_id, row.person_id, row.kind)
            if key in changed:
                for name in ("starts_on", "ends_on"):
                    if name in wanted[key].after:
                        setattr(row, name, wanted[key].after[name])
        session.flush()
        if fresh:
            session.execute(sa.insert(CourseTeacher), fresh)


def _others(context: Context) -> Iterator[Gone]:
    """Parts in courses of this term that have not ended: they end yesterday, as by hand."""
    today = clock.today()
    query = _parts().where(
        Course.school_id == context.school_id,
        Course.academic_year == context.academic_year,
        Course.term == context.term,
        sa.or_(CourseTeacher.ends_on.is_(None), CourseTeacher.ends_on >= today),
    )
    yesterday = today - timedelta(days=1)
    for _key, current in _read(query.order_by(CourseTeacher.id)):
        starts_on = current.values["starts_on"]
        after: dict[str, Value] = {"ends_on": yesterday}
        if isinstance(starts_on, date) and starts_on > yesterday:
            after["starts_on"] = yesterday
        yield Gone(current.values, current, after)


IMPORTABLE = Importable(
    kind="course_teachers",
    sheet=Sheet(
        title="授課",
        columns=columns_of(CourseTeacherRow, also={"teacher": ("教師編號",), "kind": ("身分",)}),
        key=("year", "term", "course", "teacher", "kind"),
        also=("授課教師", "course_teachers"),
    ),
    order=55,
    load=_load,
    check=_check,
    apply=_apply,
    defaults=lambda context: {**defaults(context), "kind": TeachingKind.RECORD.value},
    others=_others,
)
