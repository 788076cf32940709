"""What a student says of the 收訖明細, and what the registry answers (SPEC §1, Receipt).

Statements and answers are written once; a new one follows. Confirming takes back what the student
disputed and nobody has answered yet.
"""

from __future__ import annotations

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from forms.text import count_points, normalise
from plugin import clock, db
from plugin.actor import Actor, Role
from plugin.errors import Conflict, InvalidInput
from plugin.portfolio import policy, receipt_notices
from plugin.portfolio.models import (
    AnswerVerdict,
    ReceiptAnswer,
    ReceiptSheet,
    ReceiptStatement,
    SheetState,
    StatementKind,
    SubmissionRow,
)
from plugin.portfolio.operations.found import ForeignRecord, audited, missing, nowhere
from plugin.portfolio.queries import receipts as queries
from plugin.portfolio.queries.receipts import season
from plugin.portfolio.receipt_words import ITEM_REASONS, REASONS
from plugin.school import windows
from plugin.school.models import WindowKind
from plugin.trail.chain import record

TEXT_POINTS = 500
MOST_OPEN = 20
"""Open disputes of one sheet; more are said in one text."""


@audited
def confirm(actor: Actor, sheet_id: int) -> ReceiptSheet:
    """The student has looked at it and it is right. Confirmed twice is confirmed once.

    :raises WindowClosed: not in the announced window.
    :raises Conflict: a newer version of the sheet is there.
    :raises NotFound: none, or somebody else's.
    """
    with db.writing() as session:
        sheet = _own(session, actor, sheet_id)
        _require_open(sheet)
        if sheet.state is SheetState.CONFIRMED:
            return sheet
        _say(session, actor, sheet, StatementKind.CONFIRM)
        sheet.confirmed_at = clock.now()
        sheet.state = _state(session, sheet)
        record(actor, "receipt.confirm", "receipt_sheet", sheet.id, digest=sheet.digest)
        return sheet


@audited
def dispute(
    actor: Actor, sheet_id: int, *, row_id: int | None, reason: str, text: str
) -> ReceiptStatement:
    """Something is wrong: with an item of the sheet, or (without `row_id`) with the whole.

    :raises InvalidInput: no reason of the list, no text, too long, an item of another sheet.
    :raises Conflict: the same item is disputed already; too many; a newer version is there.
    :raises WindowClosed: not in the announced window.
    :raises NotFound: none, or somebody else's.
    """
    with db.writing() as session:
        sheet = _own(session, actor, sheet_id)
        _require_open(sheet)
        words = _checked(sheet, row_id, reason, text)
        open_ones = queries.open_of_sheets([sheet.id])
        if any(one.row_id == row_id for one in open_ones):
            raise Conflict(_("這一項已經提出異議，請等註冊組回覆。"))
        if len(open_ones) >= MOST_OPEN:
            raise Conflict(_("已有 %(n)s 項異議等待回覆，請等註冊組回覆後再提出。", n=MOST_OPEN))
        made = _say(session, actor, sheet, StatementKind.DISPUTE, row_id, reason, words)
        sheet.confirmed_at = None
        sheet.state = _state(session, sheet)
        record(
            actor, "receipt.dispute", "receipt_sheet", sheet.id,
            statement=made.id, row=row_id, reason=reason,
        )  # fmt: skip
        return made


@audited
def answer(actor: Actor, statement_id: int, verdict: AnswerVerdict, text: str) -> ReceiptAnswer:
    """The registry answers a dispute, once; the student is told.

    :raises InvalidInput: no words, or too many.
    :raises Conflict: answered, or taken back by its student.
    :raises NotFound: none, another school's, no registry.
    """
    words = normalise(text)
    if not words or count_points(words) > TEXT_POINTS:
        message = _("請填寫說明，最多 %(n)s 字。", n=TEXT_POINTS)
        raise InvalidInput(message, fields={"text": message})
    with db.writing() as session:
        statement, sheet = seen_dispute(actor, statement_id)
        session.get_one(ReceiptSheet, sheet.id, with_for_update=db.HELD, populate_existing=True)
        if statement.id not in {one.id for one in queries.open_of_sheets([sheet.id])}:
            raise Conflict(_("這項異議已經回覆，或學生已經撤回。"))
        made = ReceiptAnswer(
            statement_id=statement.id,
            verdict=verdict,
            text=words,
            by_id=actor.person_id,
            by_name=actor.name,
            at=clock.now(),
        )
        session.add(made)
        session.flush()
        sheet.state = _state(session, sheet)
        record(
            actor, "receipt.answer", "receipt_sheet", sheet.id,
            statement=statement.id, verdict=verdict.value,
        )  # fmt: skip
        receipt_notices.answered(sheet, made)
        return made


@audited
def seen_own(actor: Actor, sheet_id: int) -> ReceiptSheet:
    """The student's own sheet, to look at.

    :raises NotFound: none, or somebody else's.
    """
    return _signed(actor, db.reading().get(ReceiptSheet, sheet_id), sheet_id)


@audited
def ready(actor: Actor, sheet_id: int) -> ReceiptSheet:
    """The student's own sheet, if something may be said of it now; raises as `confirm`."""
    sheet = _signed(actor, db.reading().get(ReceiptSheet, sheet_id), sheet_id)
    _require_open(sheet)
    return sheet


@audited
def seen_dispute(actor: Actor, statement_id: int) -> tuple[ReceiptStatement, ReceiptSheet]:
    """A dispute of the registry's own school, and its sheet.

    :raises NotFound: none, another school's, no registry.
    """
    statement = db.reading().get(ReceiptStatement, statement_id)
    if statement is None:
        raise nowhere(ReceiptStatement, statement_id)
    sheet = db.reading().get(ReceiptSheet, statement.sheet_id)
    if sheet is None or not actor.has(Role.REGISTRY) or sheet.school_id != actor.school_id:
        raise ForeignRecord("receipt_statement", statement_id)
    if statement.kind is not StatementKind.DISPUTE:
        raise missing()
    return statement, sheet


def _own(session: Session, actor: Actor, sheet_id: int) -> ReceiptSheet:
    found = session.get(ReceiptSheet, sheet_id, with_for_update=db.HELD, populate_existing=True)
    return _signed(actor, found, sheet_id)


def _signed(actor: Actor, found: ReceiptSheet | None, sheet_id: int) -> ReceiptSheet:
    if found is None:
        raise nowhere(ReceiptSheet, sheet_id)
    if not policy.signs(actor, found):
        raise ForeignRecord("receipt_sheet", sheet_id)
    return found


def _require_open(sheet: ReceiptSheet) -> None:
    if not sheet.current:
        raise Conflict(
            _("學校已經重新提交，這是先前的版本。"), remedy=_("請確認最新版本的收訖明細。")
        )
    windows.require_open(
        sheet.school_id,
        WindowKind.RECEIPT,
        sheet.academic_year,
        grade=sheet.grade,
        batch=season.batch_of(sheet).place,
        student_id=sheet.student_id,
    )


def _checked(sheet: ReceiptSheet, row_id: int | None, reason: str, text: str) -> str:
    faults = {}
    if reason not in REASONS or (row_id is not None and reason not in ITEM_REASONS):
        faults["reason"] = _("請選擇一個原因。")
    words = normalise(text)
    if not words:
        faults["text"] = _("請說明哪裡有錯、應該是什麼。")
    elif count_points(words) > TEXT_POINTS:
        faults["text"] = _("最多 %(n)s 字。", n=TEXT_POINTS)
    if row_id is not None:
        row = db.reading().get(SubmissionRow, row_id)
        if row is None or (row.submission_id, row.student_id) != (
            sheet.submission_id, sheet.student_id,
        ):  # fmt: skip
            faults["row"] = _("這個項目不在您的收訖明細裡，請由清單重新選擇。")
    if faults:
        raise InvalidInput(_("異議沒有送出。"), fields=faults)
    return words


def _say(
    session: Session,
    actor: Actor,
    sheet: ReceiptSheet,
    kind: StatementKind,
    row_id: int | None = None,
    reason: str = "",
    text: str = "",
) -> ReceiptStatement:
    assert actor.person_id is not None
    made = ReceiptStatement(
        sheet_id=sheet.id,
        row_id=row_id,
        kind=kind,
        reason=reason,
        text=text,
        by_id=actor.person_id,
        by_name=actor.name,
        at=clock.now(),
    )
    session.add(made)
    session.flush()
    return made


def _state(session: Session, sheet: ReceiptSheet) -> SheetState:
    """What follows from the statements and answers."""
    if queries.open_of_sheets([sheet.id]):
        return SheetState.DISPUTED
    last = session.scalar(
        sa.select(ReceiptStatement.kind)
        .where(ReceiptStatement.sheet_id == sheet.id)
        .order_by(ReceiptStatement.id.desc())
        .limit(1)
    )
    if last is None:
        return SheetState.WAITING
    return SheetState.CONFIRMED if last is StatementKind.CONFIRM else SheetState.ANSWERED
