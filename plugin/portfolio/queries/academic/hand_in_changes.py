"""Two versions of a term's hand-in side by side: lines added, removed, changed, cell by cell."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import aliased, defer

from plugin import db
from plugin.ids import row_id
from plugin.paging import PAGE_SIZE, Page
from plugin.portfolio.models import SubmissionState, TermWorkbook, TermWorkbookRow
from plugin.portfolio.queries.academic.hand_ins import CHUNK, PERSONAL
from plugin.portfolio.queries.changes import Difference, What
from reports.roster import RosterBook


@dataclass(frozen=True)
class Change:
    """One line that differs; `row` is the newer where there are two.

    :ivar sheet: the name of its sheet.
    :ivar title: what the line is about: the subject, the post, the state of enrolment.
    """

    what: What
    row: TermWorkbookRow
    sheet: str
    title: str
    fields: tuple[Difference, ...] = ()


def before(made: TermWorkbook) -> list[TermWorkbook]:
    """The versions that this one can be compared with, newest first."""
    query = sa.select(TermWorkbook).where(
        TermWorkbook.school_id == made.school_id,
        TermWorkbook.academic_year == made.academic_year,
        TermWorkbook.term == made.term,
        TermWorkbook.book == made.book,
        TermWorkbook.batch == made.batch,
        TermWorkbook.version < made.version,
        TermWorkbook.state == SubmissionState.FROZEN,
        TermWorkbook.rows_sha256 != "",  # older ones were made without rows
    )
    return list(db.reading().scalars(query.order_by(TermWorkbook.version.desc())))


def counts(new_id: int, old_id: int) -> dict[What, int]:
    """How many lines were added, removed, changed."""
    session = db.reading()
    return {
        what: session.scalar(
            sa.select(sa.func.count()).select_from(
                _rows(what, new_id, old_id).order_by(None).subquery()
            )
        )
        or 0
        for what in What
    }


def changes(
    roster: RosterBook,
    what: What,
    new_id: int,
    old_id: int,
    *,
    after: str | None = None,
    limit: int = PAGE_SIZE,
) -> Page[Change]:
    """One part of the differences, sheet by sheet, by student number."""
    query = _rows(what, new_id, old_id)
    if (begin := row_id(after)) is not None:
        query = query.where(TermWorkbookRow.sequence > begin)
    found = db.reading().scalars(query.limit(limit + 1)).all()
    page = Page.cut(found, limit, lambda row: row.sequence)
    olds = _partners(page.items, old_id) if what is What.CHANGED else {}
    made = tuple(
        _change(roster, what, row, olds.get((row.sheet, row.record_id))) for row in page.items
    )
    return Page(made, page.next)


def all_changes(roster: RosterBook, new_id: int, old_id: int) -> Iterator[Change]:
    """Every difference: added, removed, changed; a chunk at a time."""
    for what in What:
        after: str | None = None
        while True:
            page = changes(roster, what, new_id, old_id, after=after, limit=CHUNK)
            yield from page.items
            if page.next is None:
                break
            after = page.next


def _rows(what: What, new_id: int, old_id: int) -> sa.Select[TermWorkbookRow]:
    """The rows of the version they stand in: of the old one what was removed."""
    mine, other = (old_id, new_id) if what is What.REMOVED else (new_id, old_id)
    twin = aliased(TermWorkbookRow)
    same = sa.exists().where(
        twin.workbook_id == other,
        twin.sheet == TermWorkbookRow.sheet,
        twin.record_id == TermWorkbookRow.record_id,
    )
    if what is What.CHANGED:
        same = same.where(
            sa.or_(twin.digest != TermWorkbookRow.digest, twin.identity != TermWorkbookRow.identity)
        )
    query = sa.select(TermWorkbookRow).where(
        TermWorkbookRow.workbook_id == mine, same if what is What.CHANGED else ~same
    )
    hidden = (defer(one, raiseload=True) for one in PERSONAL)
    return query.order_by(TermWorkbookRow.sequence).options(*hidden)


def _partners(rows: tuple[TermWorkbookRow, ...], old_id: int) -> dict[Any, TermWorkbookRow]:
    query = (
        sa.select(TermWorkbookRow)
        .where(
            TermWorkbookRow.workbook_id == old_id,
            TermWorkbookRow.record_id.in_({row.record_id for row in rows}),
        )
        .options(*(defer(one, raiseload=True) for one in PERSONAL))
    )
    return {(row.sheet, row.record_id): row for row in db.reading().scalars(query)}


def _change(
    roster: RosterBook, what: What, row: TermWorkbookRow, old: TermWorkbookRow | None
) -> Change:
    sheet = next(one for one in roster.sheets if one.key == row.sheet)
    title = next(
        (
            row.cells[key]
            for key in ("subject", "duty", "status", "lent_school")
            if key in row.cells
        ),
        "",
    )
    if old is None:
        return Change(what, row, sheet.name, title)
    fields = [
        Difference(one.title, old.cells.get(one.key, ""), row.cells.get(one.key, ""))
        for one in sheet.columns
        if old.cells.get(one.key, "") != row.cells.get(one.key, "")
    ]
    if old.identity != row.identity:
        fields.append(
            Difference(_("身分證號、出生日期"), _("（不顯示）"), _("（已更動，不顯示內容）"))
        )
    return Change(what, row, sheet.name, title, tuple(fields))
