"""The columns of basic data in files, and what a row of them says without saying it.

They are the fields of the one form of basic data, whose labels are the headings of the official
學生資料名冊: its sheets and our template are read alike. 學號 (or 身分證號) says who; name and
birthday are compared with the school's, never written.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, replace

import sqlalchemy as sa
from flask_babel import lazy_gettext as _l

from plugin import db
from plugin.portfolio.forms.academic import BasicForm
from plugin.portfolio.models import ChangeKind
from plugin.portfolio.operations.academic.bringing import TERM_COLUMNS, student_column
from plugin.portfolio.record_kinds import Code, code_table
from plugin.portfolio.record_values import value_of
from plugin.school.importing import Column, Context, Sheet, Value, columns_of
from plugin.school.importing.rows import StudentRow
from plugin.school.models import SchoolClass

KEY = ("number", "year", "term")
LENT = (
    "home_school", "lent_school", "lent_cluster", "lent_department", "lent_kind", "lent_from",
    "lent_until",
)  # fmt: skip
"""The columns of the sheet 學生借讀資料."""

CODED = ("sex", "class_kind")
"""Columns with a code table: the code, its words or both are understood."""

ALSO = {"lent_cluster": ("群別",), "class_code": ("班級代號",)}

_CHECKED = _l("核對用，可不填；與名單上的不同就不匯入。")

CHANGE_WORDS = {
    "轉入": ChangeKind.TRANSFER_IN,
    "轉出": ChangeKind.TRANSFER_OUT,
    "轉科": ChangeKind.DEPARTMENT,
    "休學": ChangeKind.SUSPEND,
    "復學": ChangeKind.RESUME,
    "延修": ChangeKind.EXTEND,
    "跨部": ChangeKind.DIVISION,
}
"""What the text of 學籍狀態 says of 學籍異動, which the official sheet has no column for."""


@dataclass(frozen=True)
class _Class:
    code: str
    name: str
    grade: int


def derive(context: Context, values: Mapping[str, Value]) -> Mapping[str, Value]:
    """The class that a code or a name means, its grade, and the change that a status tells."""
    found: dict[str, Value] = {}
    asked = {one: values.get(one) for one in ("class_code", "class_name")}
    place = _class_of(context, int(str(values["year"])), asked["class_code"], asked["class_name"])
    if place is not None:
        found |= {"class_code": place.code, "class_name": place.name, "grade": place.grade}
    if "changed_on" in values and "change" not in values:
        status = str(values.get("status") or "")
        told = [kind for words, kind in CHANGE_WORDS.items() if words in status]
        if len(told) == 1:
            found["change"] = told[0].value
    return found


def _class_of(context: Context, year: int, code: Value, name: Value) -> _Class | None:
    """The one class of that code, or of that name where it has no code."""
    if code is None and name is None:
        return None
    known: dict[int, list[_Class]] = context.scratch.setdefault("basics.classes", {})
    if year not in known:
        query = sa.select(SchoolClass.code, SchoolClass.name, SchoolClass.grade).where(
            SchoolClass.school_id == context.school_id, SchoolClass.academic_year == year
        )
        known[year] = [_Class(*row) for row in db.reading().execute(query)]
    named = [
        one for one in known[year] if (code or one.code, name or one.name) == (one.code, one.name)
    ]
    return named[0] if len(named) == 1 else None


def _coded(column: Column, codes: Code) -> Column:
    """The column with its code table: what is offered, and how words are understood."""
    words = {
        _plain(one): code
        for code, text in codes.values.items()
        for one in (code, text, code + text)
    }

    def read(text: str) -> tuple[Value, str]:
        known = words.get(_plain(text))
        return (known, "") if known is not None else value_of("code", column.key, text, codes)

    said = "、".join(codes.said(one) for one in codes.values)
    # an open table takes other codes as well, so a spreadsheet's list would refuse too much
    return replace(column, read=read, help=said, choices=() if codes.open else column.choices)


def _plain(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).casefold().split())


def _asked() -> tuple[Column, ...]:
    """The form's fields; a file may leave out any, so what is needed is asked of the whole row."""
    found = []
    for one in columns_of(BasicForm, also=ALSO):
        column = replace(one, required=False)
        found.append(_coded(column, code_table(one.key)) if one.key in CODED else column)
    return tuple(found)


def _who() -> tuple[Column, ...]:
    own = {one.key: one for one in columns_of(StudentRow, secret=("birthday",))}
    return (
        student_column(),
        replace(own["name"], required=False, help=_CHECKED, also=("學生姓名",)),
        replace(own["birthday"], required=False, help=_CHECKED, also=("生日", "出生年月日")),
        *TERM_COLUMNS,
    )


def sheet() -> Sheet:
    """The template 基本資料, and the official sheet 學生資料."""
    plain = {"grade", "class_code", "class_name", "seat"}
    asked = _asked()
    return Sheet(
        title="基本資料",
        columns=(*_who(), *asked),
        key=KEY,
        shown=("name",),
        also=("學生資料",),
        told_by=frozenset(one.key for one in asked if one.key not in plain),
    )


def lent_sheet() -> Sheet:
    """The official sheet 學生借讀資料."""
    asked = {one.key: one for one in _asked()}
    lent = [replace(asked[key], required=key == "lent_school") for key in LENT]
    return Sheet(title="學生借讀資料", columns=(*_who(), *lent), key=KEY, shown=("name",))
