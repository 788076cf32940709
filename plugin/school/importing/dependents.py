"""What depends on rows that an import made: whatever refers to them, in any room's table.

Foreign keys tell it, so a room need not say anything here. Of enrolments nothing refers to the row
itself; there, what a student has in that course depends on it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _

from plugin import db
from plugin.school.models import Enrolment

LIST = 500
"""Ids in one statement."""


def blocking(made: Mapping[str, set[int]]) -> dict[str, int]:
    """Rows that refer to `made`, counted by table; those that are of `made` themselves are not.

    :param made: ids by table.
    """
    found: dict[str, int] = {}
    for table, ids in made.items():
        for mapped, column in _referring(table):
            name = mapped.__tablename__
            own = made.get(name, set())
            for some in _parts(ids):
                key = sa.inspect(mapped).primary_key[0]
                query = sa.select(mapped.__mapper__.get_property_by_column(key).class_attribute)
                query = query.where(getattr(mapped, column).in_(some))
                count = sum(one not in own for one in db.reading().scalars(query))
                if count:
                    found[name] = found.get(name, 0) + count
    for name, count in _of_enrolments(made.get(Enrolment.__tablename__, set())).items():
        found[name] = found.get(name, 0) + count
    return found


def words(found: Mapping[str, int]) -> str:
    """What depends, for people: 學習成果 3 筆、登入帳號 1 筆."""
    names: dict[str, int] = {}
    for table, count in found.items():
        name = _words().get(table) or _("其他紀錄")
        names[name] = names.get(name, 0) + count
    return _("、").join(
        _("%(name)s %(count)s 筆", name=name, count=count) for name, count in names.items()
    )


def _of_enrolments(ids: set[int]) -> dict[str, int]:
    found: dict[str, int] = {}
    for some in _parts(ids):
        query = sa.select(Enrolment.course_id, Enrolment.student_id).where(Enrolment.id.in_(some))
        pairs = {(row[0], row[1]) for row in db.reading().execute(query)}
        for mapped in _of_a_student_in_a_course():
            rows = sa.select(mapped.course_id, mapped.student_id).where(
                mapped.course_id.in_({pair[0] for pair in pairs}),
                mapped.student_id.in_({pair[1] for pair in pairs}),
            )
            count = sum((row[0], row[1]) in pairs for row in db.reading().execute(rows))
            if count:
                name = mapped.__tablename__
                found[name] = found.get(name, 0) + count
    return found


@lru_cache(maxsize=64)
def _referring(table: str) -> tuple[tuple[Any, str], ...]:
    """(class, attribute) of every column that refers to a table."""
    return tuple(
        (mapper.class_, mapper.get_property_by_column(column).key)
        for mapper in _mappers()
        for column in mapper.columns
        if any(key.column.table.name == table for key in column.foreign_keys)
    )


@lru_cache(maxsize=1)
def _of_a_student_in_a_course() -> tuple[Any, ...]:
    return tuple(
        mapper.class_
        for mapper in _mappers()
        if {"course_id", "student_id"} <= set(mapper.columns.keys())
        and mapper.class_ is not Enrolment
    )


def _mappers() -> Iterator[Any]:
    return iter(sorted(db.Base.registry.mappers, key=lambda one: str(one.class_.__tablename__)))


def _parts(ids: Iterable[int]) -> Iterator[list[int]]:
    rest = sorted(ids)
    for begin in range(0, len(rest), LIST):
        yield rest[begin : begin + LIST]


def _words() -> dict[str, str]:
    return {
        "class_seat": _("班級座號"),
        "enrolment": _("修課"),
        "course_teacher": _("授課"),
        "guardian": _("家長關係"),
        "role_grant": _("校務角色"),
        "school_class": _("班級"),
        "launch_person": _("已配對的登入帳號"),
        "launch_session": _("登入階段"),
        "course_binding": _("已配對的平臺課程"),
        "outcome": _("課程學習成果"),
        "experience": _("多元表現"),
        "selection": _("勾選"),
        "course_record": _("修課紀錄"),
        "officer_post": _("幹部經歷"),
        "basic_record": _("基本資料"),
        "counselling": _("課程諮詢紀錄"),
        "counselling_student": _("課程諮詢紀錄"),
        "stored_file": _("檔案"),
        "message": _("通知"),
        "school_import": _("匯入紀錄"),
    }
