"""A book against what this school has handed in: each unlike cell, each row too few or too many."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import sqlalchemy as sa
from flask_babel import gettext as _

from plugin import db
from plugin.portfolio.models import SubmissionRow
from plugin.portfolio.operations.handed_in.found import HandedIn, submissions
from plugin.portfolio.operations.handed_in.sheets import (
    PERSON,
    PLACE,
    BookSheet,
    batch_of,
    book_sheets,
)
from plugin.portfolio.queries import submissions as submission_queries
from plugin.school.importing import Context, Fault, Row, index
from plugin.school.importing.values import shown

TOLD = 80
"""Characters of a cell that are repeated."""


def met(of: BookSheet, context: Context) -> set[int]:
    """Ids of the rows of submissions that the sheet has."""
    found: set[int] = context.scratch.setdefault(f"{of.kind}.met", set())
    return found


def unlike(of: BookSheet, row: Row, handed: HandedIn) -> Iterator[Fault]:
    """The cells in which a row differs from what was handed in."""
    for column in of.sheet.columns:
        if column.key in ("national_id", PLACE):
            continue
        mine, theirs = row.values.get(column.key), handed.values.get(column.key)
        if mine == theirs:
            continue
        if column.key not in of.compared:
            yield Fault(row.number, column.key, _("系統產生的名冊沒有這一欄，無法比對。"))
        elif column.secret:
            yield Fault(
                row.number,
                column.key,
                _("與提交 %(number)s 不同。", number=handed.number),
                _remedy(),
            )
        else:
            said = _("（空白）") if theirs is None else shown(column, theirs)[:TOLD]
            yield Fault(
                row.number,
                column.key,
                _(
                    "與提交 %(number)s 不同，提交時是「%(said)s」。",
                    number=handed.number,
                    said=said,
                ),
                _remedy(),
            )


def strangers(of: BookSheet, context: Context, rows: Sequence[Row]) -> Iterator[Fault]:
    """Rows that were not handed in like this: the cells that differ from the one most like it that
    the book has not otherwise, or that there is none."""
    find, seen = index.students(context), met(of, context)
    handed: dict[int, list[HandedIn]] = context.scratch.get(f"{of.kind}.handed", {})
    numbers = _("、").join(one.number for one in submissions(context).values())
    for row in rows:
        who = find(str(row.values["national_id"])) or 0
        left = [one for one in handed.get(who, ()) if one.row_id not in seen]
        near = max(left, key=lambda one: _alike(of, row, one), default=None)
        if near is not None and 2 * _alike(of, row, near) >= _filled(of, near):
            seen.add(near.row_id)
            yield from unlike(of, row, near)
        else:
            yield Fault(
                row.number,
                "",
                _("提交 %(number)s 沒有這一列。", number=numbers),
                _("已由本系統提交的學年度只能比對，不能加列；請確認名冊是哪一次提交的。"),
            )


def lacking(of: BookSheet, context: Context) -> Iterator[Fault]:
    """What was handed in and the book has not: rows of this sheet, and whole sheets."""
    told = bool(batch_of(context.number))
    for submission in submissions(context).values():
        if not told and not met(of, context):
            continue  # of which batch the book is nobody says, and no row of this one is in it
        rows = submission_queries.all_rows(
            submission.id, record_kind=of.record_kind, kind=of.row_kind
        )
        for row in rows:
            if row.id not in met(of, context):
                yield Fault(
                    0,
                    "",
                    _(
                        "提交 %(number)s 有「%(title)s」（%(who)s），名冊沒有這一列。",
                        number=submission.number,
                        title=row.cells["title"][:TOLD],
                        who=row.cells["student_number"],
                    ),
                    _remedy(),
                )
        if told:
            yield from _absent(of, context, submission.id, submission.number)


def _absent(of: BookSheet, context: Context, submission_id: int, number: str) -> Iterator[Fault]:
    """Sheets of the same book that the file has not at all; said once."""
    once = f"handed.absent.{of.record_kind}.{submission_id}"
    if context.scratch.setdefault(once, of.kind) != of.kind:
        return
    query = (
        sa.select(SubmissionRow.kind, sa.func.count(SubmissionRow.id))
        .where(
            SubmissionRow.submission_id == submission_id,
            SubmissionRow.record_kind == of.record_kind,
        )
        .group_by(SubmissionRow.kind)
    )
    counts = {row[0]: row[1] for row in db.reading().execute(query)}
    for one in book_sheets():
        if one.record_kind is not of.record_kind or one.kind in context.kinds:
            continue
        if n := counts.get(one.row_kind, 0):
            yield Fault(
                0,
                "",
                _(
                    "名冊缺少工作表「%(sheet)s」，提交 %(number)s 在這一張有 %(n)s 列。",
                    sheet=one.roster.name,
                    number=number,
                    n=n,
                ),
                _remedy(),
            )


def _alike(of: BookSheet, row: Row, one: HandedIn) -> int:
    keys = (key for key in of.compared if key not in PERSON)
    return sum(
        one.values.get(key) is not None and row.values.get(key) == one.values.get(key)
        for key in keys
    )


def _filled(of: BookSheet, one: HandedIn) -> int:
    return sum(one.values.get(key) is not None for key in of.compared if key not in PERSON)


def _remedy() -> str:
    return _("名冊如果被改過，請改用提交頁下載的名冊；要更正內容，請在系統更正後提交新版本。")
