"""Rows of past years that are kept: what must be right, and how they are stored."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date

import sqlalchemy as sa
from flask_babel import gettext as _

from forms.text import count_points
from plugin import clock, db
from plugin.portfolio import kinds
from plugin.portfolio.models import EarlierRecord, SelectionKind
from plugin.portfolio.operations.handed_in.found import load
from plugin.portfolio.operations.handed_in.sheets import PERSON, BookSheet, unreadable
from plugin.school import course_code, rules
from plugin.school.importing import Action, Change, Context, Row, Value, index
from plugin.school.models import Course
from plugin.school.terms import term_of

SUMMARY = {
    SelectionKind.OUTCOME: "outcome.summary.max_points",
    SelectionKind.EXPERIENCE: "experience.summary.max_points",
}
DEMANDED = ("course_code", "subject", "grade", "summary")
"""Of an outcome: without these it is none (SPEC §1; central-rosters §3.6)."""
FORMS: Mapping[str, tuple[str, str]] = {
    "taken_term": ("[12]", "1、2"),
    "due_term": ("[12]", "1、2"),
    "first_term": ("[12]", "1、2"),
    "term": ("[12]", "1、2"),
    "grade": ("[1-3]", "1、2、3"),
    "due_year": ("[0-9]{2,3}", "114"),
    "first_year": ("[0-9]{2,3}", "114"),
    "year": ("[0-9]{2,3}", "114"),
    "first_school": ("[0-9A-Za-z]{6}", "190406"),
}
"""Key of a column → its form, and what may stand there (central-rosters §1, §3.6, §6)."""


def past(context: Context) -> bool:
    """Whether the book is of a year that is over: the running one is this system's own work."""
    return context.academic_year < term_of(clock.today()).academic_year


def faults(of: BookSheet, context: Context, row: Row) -> Iterator[tuple[str, str]]:
    """(column, what is wrong) of a row that is to be kept."""
    values = row.values
    for one in of.roster.columns:
        if words := unreadable(one.format, values.get(one.key)):
            yield one.key, words
    for key, (form, said) in FORMS.items():
        text = values.get(key)
        if text is not None and key in of.compared and not re.fullmatch(form, str(text)):
            yield key, _("請填 %(said)s。", said=said)
    most = rules.number(context.school_id, SUMMARY[of.record_kind], context.academic_year)
    if count_points(str(values.get("summary") or "")) > most:
        yield "summary", _("超過 %(most)s 字。", most=most)
    if of.record_kind is SelectionKind.OUTCOME:
        yield from _outcome(of, values)
    else:
        yield from _experience(of, context, values)


def _outcome(of: BookSheet, values: Mapping[str, Value]) -> Iterator[tuple[str, str]]:
    for key in DEMANDED:
        if values.get(key) is None:
            title = of.sheet.by_key[key].title
            yield key, _("「%(title)s」沒有填。", title=title)
    code = values.get("course_code")
    if code is not None and (words := course_code.wrong(str(code))):
        yield "course_code", words


def _experience(
    of: BookSheet, context: Context, values: Mapping[str, Value]
) -> Iterator[tuple[str, str]]:
    kind = kinds.kind(of.roster.key, context.academic_year)
    if not any(values.get(key) is not None for key in kind.title):
        title = of.sheet.by_key[kind.title[0]].title
        yield kind.title[0], _("「%(title)s」沒有填。", title=title)
    for one in kind.fields:
        value = values.get(one.key)
        if value is None:
            continue
        if one.codes is not None:
            text = str(value)
            fits = text in one.codes.values or (
                one.codes.open and bool(re.fullmatch(one.codes.form, text))
            )
            if not fits:
                listed = _("、").join(f"{key} {words}" for key, words in one.codes.values.items())
                said = listed or one.codes.form
                yield (
                    one.key,
                    _("沒有代碼「%(code)s」，請填：%(listed)s。", code=text[:20], listed=said),
                )
        begin = values.get(one.not_before)
        if isinstance(begin, date) and isinstance(value, date) and value < begin:
            yield one.key, _("結束日期早於開始日期。")


def write(of: BookSheet, context: Context, changes: Sequence[Change]) -> None:
    """New rows at once; others as the later book has them."""
    find = index.students(context)
    rows = [Row(one.row, one.values) for one in changes]
    found = load(of, context, rows)
    courses = _courses(of, context, changes)
    now = clock.now()
    with db.writing() as session:
        fresh = []
        for one in changes:
            key = of.sheet.key_of(one.values)
            cells = of.cells(one.values)
            if one.action is Action.NEW and key not in found:
                who = find(str(one.values["national_id"]))
                fresh.append(
                    {
                        "school_id": context.school_id,
                        "student_id": who,
                        "academic_year": context.academic_year,
                        "record_kind": of.record_kind,
                        "sheet": of.roster.key,
                        "item_key": _item_key(of, context, one.values),
                        "cells": cells,
                        "course_id": courses.get(_course(context, one.values)),
                        "brought_by_id": context.actor_id,
                        "brought_at": now,
                    }
                )
            elif key in found:
                record = session.get_one(EarlierRecord, found[key].ids["earlier_record"])
                record.cells = cells
        if fresh:
            session.execute(sa.insert(EarlierRecord), fresh)
        session.flush()


def _item_key(of: BookSheet, context: Context, values: Mapping[str, Value]) -> str:
    said = [values.get(one) for one in of.sheet.key if one not in PERSON]
    text = json.dumps([context.academic_year, of.kind, *said], ensure_ascii=False, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def _course(context: Context, values: Mapping[str, Value]) -> tuple[str, str, str]:
    """(year, term, code) of the course that a row of this school's is of."""
    taken = values.get("taken_term")
    year, term = (
        (context.academic_year, taken)
        if taken is not None
        else (values.get("first_year"), values.get("first_term"))
    )
    return str(year), str(term), str(values.get("course_code"))


def _courses(
    of: BookSheet, context: Context, changes: Sequence[Change]
) -> dict[tuple[str, str, str], int]:
    """The school's courses of those codes, where there is exactly one in the term."""
    if of.record_kind is not SelectionKind.OUTCOME or of.roster.key == "borrowed":
        return {}
    codes = {str(one.values.get("course_code")) for one in changes}
    query = sa.select(Course.academic_year, Course.term, Course.code, Course.id).where(
        Course.school_id == context.school_id, Course.code.in_(codes)
    )
    found: dict[tuple[str, str, str], int] = {}
    twice = set()
    for year, term, code, course_id in db.reading().execute(query):
        key = (str(year), str(term), code)
        if found.setdefault(key, course_id) != course_id:
            twice.add(key)
    return {key: course_id for key, course_id in found.items() if key not in twice}
