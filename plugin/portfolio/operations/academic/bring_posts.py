"""Officer posts from files: the official workbook's sheet 幹部經歷紀錄, or the plain template."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _

from plugin import clock, db
from plugin.errors import WindowClosed
from plugin.portfolio.forms.academic import PostForm
from plugin.portfolio.models import CaseArea, OfficerPost, PostLevel
from plugin.portfolio.operations.academic import doors
from plugin.portfolio.operations.academic.bringing import TERM_COLUMNS, student_column, term_of_row
from plugin.portfolio.operations.academic.posts import PostInput, fault
from plugin.school.importing import (
    Action,
    Change,
    Context,
    Current,
    Fault,
    Importable,
    Key,
    Row,
    Sheet,
    Value,
    columns_of,
    index,
)

KEY = ("number", "year", "term", "unit", "duty", "starts_on")


def load(context: Context, rows: Sequence[Row]) -> Mapping[Key, Current]:
    """The posts that stand, by who, when and what."""
    find = index.students(context)
    texts: dict[int, list[str]] = {}
    for row in rows:
        text = str(row.values["number"])
        if (who := find(text)) is not None and text not in texts.setdefault(who, []):
            texts[who].append(text)
    query = sa.select(OfficerPost).where(
        OfficerPost.school_id == context.school_id,
        OfficerPost.student_id.in_(list(texts)),
        OfficerPost.removed_at.is_(None),
    )
    found: dict[Key, Current] = {}
    for post in db.reading().scalars(query.execution_options(populate_existing=True)):
        for text in texts[post.student_id]:
            values = _values(text, post)
            found[tuple(values[one] for one in KEY)] = Current(values, {"officer_post": post.id})
    return found


def check(context: Context, rows: Sequence[Row], found: Mapping[Key, Current]) -> Iterator[Fault]:
    """Unknown students, days in wrong order or outside the term, a window that is closed."""
    find = index.students(context)
    closed: dict[Any, str] = {}
    for row in rows:
        who = find(str(row.values["number"]))
        if who is None:
            yield Fault(row.number, "number", _("找不到這位學生。"), _("請先匯入學生名單。"))
            continue
        term = term_of_row(row.values)
        known = found.get(tuple(row.values.get(one) for one in KEY))
        whole = {**(known.values if known else {}), **row.values}
        if words := fault(_input(who, whole)):
            yield Fault(row.number, "", words)
        if term not in closed:
            closed[term] = ""
            try:
                doors.require_open(context.school_id, CaseArea.POSTS, term)
            except WindowClosed as refusal:
                closed[term] = refusal.message
        if closed[term]:
            yield Fault(row.number, "", closed[term], _("請先由註冊組調整作業期程。"))


def apply(context: Context, changes: Sequence[Change]) -> None:
    """Write new posts at once, and put others right."""
    find = index.students(context)
    rows = [Row(one.row, one.values) for one in changes]
    found = load(context, rows)
    now = clock.now()
    with db.writing() as session:
        fresh = []
        for one in changes:
            who = find(str(one.values["number"]))
            assert who is not None
            known = found.get(tuple(one.values.get(key) for key in KEY))
            values = _input(who, {**(known.values if known else {}), **one.values, **one.after})
            if one.action is Action.NEW and known is None:
                fresh.append(
                    {
                        "school_id": context.school_id,
                        "student_id": who,
                        "academic_year": values.term.academic_year,
                        "term": values.term.term,
                        "level": values.level,
                        "unit": values.unit,
                        "duty": values.duty,
                        "starts_on": values.starts_on,
                        "ends_on": values.ends_on,
                        "made_by_id": context.actor_id,
                        "made_at": now,
                        "removed_reason": "",
                        "version": 1,
                    }
                )
            elif known is not None:
                post = session.get_one(OfficerPost, known.ids["officer_post"])
                post.level, post.ends_on, post.changed_at = values.level, values.ends_on, now
        if fresh:
            session.execute(sa.insert(OfficerPost), fresh)
        session.flush()


def _values(text: str, post: OfficerPost) -> dict[str, Value]:
    return {
        "number": text,
        "year": post.academic_year,
        "term": post.term,
        "level": post.level.value,
        "unit": post.unit,
        "duty": post.duty,
        "starts_on": post.starts_on,
        "ends_on": post.ends_on,
    }


def _input(who: int, values: Mapping[str, Value]) -> PostInput:
    start, end = values["starts_on"], values["ends_on"]
    assert isinstance(start, date)
    assert isinstance(end, date)
    return PostInput(
        student_id=who,
        term=term_of_row(values),
        level=PostLevel(str(values["level"])),
        unit=str(values["unit"]),
        duty=str(values["duty"]),
        starts_on=start,
        ends_on=end,
    )


def _columns() -> tuple[Any, ...]:
    asked = [one for one in columns_of(PostForm) if one.key not in {"number", "term"}]
    return (student_column(), *TERM_COLUMNS, *(replace(one) for one in asked))


IMPORTABLE = Importable(
    kind="posts",
    sheet=Sheet(
        title="幹部經歷紀錄",
        columns=_columns(),
        key=KEY,
        shown=("unit", "duty"),
        also=("幹部紀錄", "幹部"),
    ),
    order=70,
    load=load,
    check=check,
    apply=apply,
    defaults=lambda context: {"year": context.academic_year, "term": context.term},
)
