"""What stands here for the rows of a book: what this school has handed in, what was kept before."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa

from plugin import db
from plugin.portfolio.bundle_rows import experience_row, outcome_row
from plugin.portfolio.models import (
    EarlierRecord,
    SelectionKind,
    Submission,
    SubmissionRow,
    SubmissionState,
)
from plugin.portfolio.operations.handed_in.sheets import PLACE, BookSheet, batch_of
from plugin.school.importing import Context, Current, Key, Row, Value, index
from plugin.school.models import Person, School, SchoolKind


@dataclass(frozen=True)
class HandedIn(Current):
    """A row that this school has handed in: it can be compared, never changed."""

    row_id: int = 0
    number: str = ""
    """Of the submission."""


def submissions(context: Context) -> dict[int, Submission]:
    """The newest frozen submission of each batch of the year; of the cover's batch alone, where
    the cover tells one. Read once an import."""
    if "handed.submissions" not in context.scratch:
        query = sa.select(Submission).where(
            Submission.school_id == context.school_id,
            Submission.academic_year == context.academic_year,
            Submission.state == SubmissionState.FROZEN,
        )
        if batch := batch_of(context.number):
            query = query.where(Submission.batch == batch)
        newest = {
            one.batch: one for one in db.reading().scalars(query.order_by(Submission.version))
        }
        context.scratch["handed.submissions"] = {one.id: one for one in newest.values()}
    found: dict[int, Submission] = context.scratch["handed.submissions"]
    return found


def load(of: BookSheet, context: Context, rows: Sequence[Row]) -> dict[Key, Current]:
    """What stands here, by the rows' key."""
    texts = texts_of(context, rows)
    births = birthdays(texts)
    given = {str(row.values["national_id"]): row.values.get("birthday") for row in rows}
    found: dict[Key, Current] = {}
    for record in _earlier(of, context, texts):
        for text in texts[record.student_id]:
            values = of.values(record.cells) | {one: record.cells.get(one) for one in _sums(of)}
            # kept rows do not repeat the person: `check` has compared the birthday where known
            values |= {
                "national_id": text,
                "birthday": births.get(record.student_id) or given[text],
            }
            _put(of, found, Current(values, {"earlier_record": record.id}))
    handed: dict[int, list[HandedIn]] = {}
    for row, cells in _handed_in(of, context, texts):
        values = of.values(cells)
        for text in texts[row.student_id]:
            one = HandedIn(
                {**values, "national_id": text},
                row_id=row.id,
                number=submissions(context)[row.submission_id].number,
            )
            _put(of, found, one)
            handed.setdefault(row.student_id, []).append(one)
    context.scratch[f"{of.kind}.handed"] = handed
    return found


def texts_of(context: Context, rows: Iterable[Row]) -> dict[int, list[str]]:
    """How the rows call each student that is known."""
    find = index.students(context)
    found: dict[int, list[str]] = {}
    for row in rows:
        text = str(row.values["national_id"])
        if (who := find(text)) is not None and text not in found.setdefault(who, []):
            found[who].append(text)
    return found


def birthdays(ids: Iterable[int]) -> dict[int, date]:
    """The students' days of birth, where the school knows them."""
    query = sa.select(Person.id, Person.birthday).where(
        Person.id.in_(list(ids)), Person.birthday.is_not(None)
    )
    return {row[0]: date.fromisoformat(row[1] or "") for row in db.reading().execute(query)}


def _put(of: BookSheet, found: dict[Key, Current], one: Current) -> None:
    """Under its key; alike ones are counted, as those of the book are."""
    values: dict[str, Value] = dict(one.values)
    count = 1
    while (key := of.sheet.key_of(values)) in found:
        count += 1
        values[PLACE] = str(count)
    one.values[PLACE] = values.get(PLACE)  # type: ignore[index]
    found[key] = one


def _sums(of: BookSheet) -> list[str]:
    return [one.key for one in of.sheet.columns if one.key not in (*of.compared, PLACE)]


def _earlier(
    of: BookSheet, context: Context, ids: Mapping[int, list[str]]
) -> Iterable[EarlierRecord]:
    query = sa.select(EarlierRecord).where(
        EarlierRecord.school_id == context.school_id,
        EarlierRecord.student_id.in_(list(ids)),
        EarlierRecord.academic_year == context.academic_year,
        EarlierRecord.record_kind == of.record_kind,
        EarlierRecord.sheet == of.roster.key,
    )
    order = query.order_by(EarlierRecord.id).execution_options(populate_existing=True)
    return db.reading().scalars(order)


def _handed_in(
    of: BookSheet, context: Context, ids: Mapping[int, list[str]]
) -> Iterable[tuple[SubmissionRow, Mapping[str, object]]]:
    """Rows of the sheet as the book would have them; the person as it was then."""
    if not (known := submissions(context)):
        return
    night = db.reading().get_one(School, context.school_id).kind is SchoolKind.NIGHT
    query = sa.select(SubmissionRow).where(
        SubmissionRow.submission_id.in_(list(known)),
        SubmissionRow.student_id.in_(list(ids)),
        SubmissionRow.record_kind == of.record_kind,
        SubmissionRow.kind == of.row_kind,
    )
    for row in db.reading().scalars(query.order_by(SubmissionRow.sequence)):
        outcome = of.record_kind is SelectionKind.OUTCOME
        yield row, outcome_row(row, night) if outcome else experience_row(row)
