"""Two versions of a submission side by side: rows added, removed, changed, field by field."""

from __future__ import annotations

import enum
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import aliased, defer

from plugin import db
from plugin.ids import row_id
from plugin.paging import PAGE_SIZE, Page
from plugin.portfolio.kinds import UnknownKind, kind
from plugin.portfolio.models import Submission, SubmissionRow, SubmissionState

CHUNK = 500


class What(enum.StrEnum):
    """How a row of one version stands to the other."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


LABELS = {What.ADDED: _l("增加"), What.REMOVED: _l("移除"), What.CHANGED: _l("更動")}

CELLS = {
    "class_name": _l("班級"),
    "seat": _l("座號"),
    "student_number": _l("學號"),
    "student_name": _l("姓名"),
    "sheet_name": _l("名冊"),
    "course_name": _l("科目名稱"),
    "course_code": _l("課程代碼"),
    "course_grade": _l("開課年級"),
    "credits": _l("修課學分"),
    "periods": _l("修課節數"),
    "academic_year": _l("學年度"),
    "term": _l("學期"),
    "kind_name": _l("類別"),
    "title": _l("名稱"),
    "summary": _l("簡述"),
    "link": _l("外部影音連結"),
    "ai_note": _l("AI 使用揭露"),
    "document": _l("文件檔"),
    "media": _l("影音檔"),
    "certified_by": _l("認證教師"),
    "certified_at": _l("認證時間"),
    "sent_at": _l("送出時間"),
}
"""What is compared, in the order in which it is shown; the rest of a row follows from these."""


@dataclass(frozen=True)
class Difference:
    """One field before and after."""

    label: str
    before: str
    after: str


@dataclass(frozen=True)
class Change:
    """One row that differs; `row` is the newer where there are two."""

    what: What
    row: SubmissionRow
    fields: tuple[Difference, ...] = ()


def before(submission: Submission) -> list[Submission]:
    """The frozen versions that this one can be compared with, newest first."""
    query = sa.select(Submission).where(
        Submission.school_id == submission.school_id,
        Submission.academic_year == submission.academic_year,
        Submission.batch == submission.batch,
        Submission.version < submission.version,
        Submission.state == SubmissionState.FROZEN,
    )
    return list(db.reading().scalars(query.order_by(Submission.version.desc())))


def counts(new_id: int, old_id: int) -> dict[What, int]:
    """How many rows were added, removed, changed."""
    found = {}
    for what in What:
        query = _rows(what, new_id, old_id).order_by(None)
        found[what] = (
            db.reading().scalar(sa.select(sa.func.count()).select_from(query.subquery())) or 0
        )
    return found


def changes(
    what: What, new_id: int, old_id: int, *, after: str | None = None, limit: int = PAGE_SIZE
) -> Page[Change]:
    """One part of the differences, by the sequence of the version they stand in."""
    query = _rows(what, new_id, old_id)
    if (begin := row_id(after)) is not None:
        query = query.where(SubmissionRow.sequence > begin)
    rows = db.reading().scalars(query.limit(limit + 1)).all()
    page = Page.cut(rows, limit, lambda row: row.sequence)
    olds = _partners(page.items, old_id) if what is What.CHANGED else {}
    made = tuple(
        Change(what, row, _differences(olds[row.record_kind, row.record_id], row))
        if what is What.CHANGED
        else Change(what, row)
        for row in page.items
    )
    return Page(made, page.next)


def all_changes(new_id: int, old_id: int) -> Iterator[Change]:
    """Every difference: added, removed, changed; a chunk at a time."""
    for what in What:
        after: str | None = None
        while True:
            page = changes(what, new_id, old_id, after=after, limit=CHUNK)
            yield from page.items
            if page.next is None:
                break
            after = page.next


def _rows(what: What, new_id: int, old_id: int) -> sa.Select[SubmissionRow]:
    """The rows of the version they stand in: of the old one what was removed."""
    mine, other = (old_id, new_id) if what is What.REMOVED else (new_id, old_id)
    twin = aliased(SubmissionRow)
    same = sa.exists().where(
        twin.submission_id == other,
        sa.or_(
            twin.outcome_id == SubmissionRow.outcome_id,
            twin.experience_id == SubmissionRow.experience_id,
        ),
    )
    if what is What.CHANGED:
        same = same.where(
            sa.or_(twin.digest != SubmissionRow.digest, twin.identity != SubmissionRow.identity)
        )
    query = sa.select(SubmissionRow).where(
        SubmissionRow.submission_id == mine, same if what is What.CHANGED else ~same
    )
    return query.order_by(SubmissionRow.sequence).options(*_hidden())


def _partners(rows: tuple[SubmissionRow, ...], old_id: int) -> dict[Any, SubmissionRow]:
    query = (
        sa.select(SubmissionRow)
        .where(
            SubmissionRow.submission_id == old_id,
            sa.or_(
                SubmissionRow.outcome_id.in_([row.outcome_id for row in rows if row.outcome_id]),
                SubmissionRow.experience_id.in_(
                    [row.experience_id for row in rows if row.experience_id]
                ),
            ),
        )
        .options(*_hidden())
    )
    return {(row.record_kind, row.record_id): row for row in db.reading().scalars(query)}


def _hidden() -> list[Any]:
    """National IDs and birthdays are never compared in the open."""
    return [
        defer(one, raiseload=True) for one in (SubmissionRow.national_id, SubmissionRow.birthday)
    ]


def _differences(old: SubmissionRow, new: SubmissionRow) -> tuple[Difference, ...]:
    found = [
        Difference(str(label), _shown(old.cells.get(key)), _shown(new.cells.get(key)))
        for key, label in CELLS.items()
        if _plain(old.cells.get(key)) != _plain(new.cells.get(key))
    ]
    mine, other = (row.cells.get("details") or {} for row in (old, new))
    labels = _labels(new.cells)
    found += [
        Difference(labels.get(key, key), mine.get(key, ""), other.get(key, ""))
        for key in {**mine, **other}
        if mine.get(key, "") != other.get(key, "")
    ]
    if old.identity != new.identity:
        found.append(
            Difference(_("身分證號、出生日期"), _("（不顯示）"), _("（已更動，不顯示內容）"))
        )
    return tuple(found)


def _labels(cells: dict[str, Any]) -> dict[str, str]:
    try:
        fields = kind(cells["kind"], cells["academic_year"]).fields
    except (KeyError, UnknownKind):
        return {}
    return {one.key: str(one.label) for one in fields}


def _plain(value: Any) -> Any:
    """Of a file its name and bytes: the same file under another number is no change."""
    return (value["name"], value["sha256"]) if isinstance(value, dict) else value


def _shown(value: Any) -> str:
    if isinstance(value, dict):
        return f"{value['name']} · {value['sha256'][:12]}"
    return "" if value is None else str(value)
