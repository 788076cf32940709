"""The printed slip of a student's 收訖明細: made when asked for, kept for a week."""

from __future__ import annotations

from flask import current_app
from flask_babel import gettext as _

from plugin import clock, retention
from plugin.actor import Actor
from plugin.portfolio.models import SelectionKind, SheetState, StatementKind
from plugin.portfolio.operations.receipts.stating import seen_own
from plugin.portfolio.queries.receipts import sheets
from plugin.portfolio.queries.receipts.sheets import Line, Said, Sheet
from plugin.portfolio.receipt_words import ANSWER_LABELS, REASONS, SHEET_LABELS
from plugin.school import queries as school_queries
from plugin.settings import Settings
from plugin.uploads import staging
from plugin.vault import operations as vault
from plugin.vault.models import StoredFile
from reports.manifest.words import roc_moment
from reports.receipt_slip import ReceiptSlip, SlipDispute, SlipFile, SlipLine, receipt_slip_pdf


def make(actor: Actor, sheet_id: int) -> StoredFile:
    """The slip of the actor's own sheet as it stands now.

    :raises NotFound: none, or somebody else's.
    """
    one = sheets.whole(seen_own(actor, sheet_id))
    content = receipt_slip_pdf(_slip(one))
    path = staging() / f"slip-{one.sheet.id}-{clock.now().timestamp()}.part"
    path.write_bytes(content)
    try:
        return vault.deposit(
            actor,
            path,
            slot="receipt.slip",
            name=f"{one.submission.number}-{_('收訖明細')}.pdf",
            media_type="application/pdf",
            kind="pdf",
            expires_at=clock.now() + retention.row("download").period,
        )
    finally:
        path.unlink(missing_ok=True)


def _slip(one: Sheet) -> ReceiptSlip:
    school = school_queries.school(one.sheet.school_id)
    student = school_queries.person(school.id, one.sheet.student_id)
    assert student is not None
    assert one.submission.frozen_at is not None
    settings: Settings = current_app.extensions["licheng.settings"]
    state = str(SHEET_LABELS[one.sheet.state].text)
    if one.sheet.state is SheetState.CONFIRMED and one.sheet.confirmed_at is not None:
        state = _("%(state)s（%(at)s）", state=state, at=roc_moment(one.sheet.confirmed_at))
    return ReceiptSlip(
        number=one.submission.number,
        school_name=school.name,
        academic_year=one.submission.academic_year,
        version=one.submission.version,
        class_name=one.sheet.class_name,
        seat=str(one.sheet.seat or ""),
        student_number=student.number,
        student_name=student.name,
        frozen_at=one.submission.frozen_at,
        made_at=clock.now(),
        state=state,
        verify_url=f"{settings.public_url}/verify/{one.submission.token}",
        lines=tuple(_line(line) for line in one.lines),
        disputes=tuple(
            _dispute(said)
            for said in reversed(one.said)
            if said.statement.kind is StatementKind.DISPUTE
        ),
        central=_central(one),
    )


def _central(one: Sheet) -> str:
    if one.central is None:
        return ""
    return _(
        "提交 %(items)s 件，收訖 %(received)s 件",
        items=len(one.lines),
        received=len(one.lines) - len(one.missing),
    )


def _line(line: Line) -> SlipLine:
    outcome = line.row.record_kind is SelectionKind.OUTCOME
    received = {True: _("已收訖"), False: _("缺這一件"), None: ""}[line.received]
    if line.lacking:
        received = _("缺檔案")
    return SlipLine(
        section=_("課程學習成果") if outcome else _("多元表現"),
        group=line.group,
        title=line.row.cells["title"],
        files=tuple(SlipFile(file["name"], file["size"], file["sha256"]) for file in line.files),
        received=received,
    )


def _dispute(said: Said) -> SlipDispute:
    answer = said.answer
    return SlipDispute(
        item=said.item or _("整份明細"),
        reason=str(REASONS.get(said.statement.reason, said.statement.reason)),
        text=said.statement.text,
        at=said.statement.at,
        answer=f"{ANSWER_LABELS[answer.verdict].text}：{answer.text}" if answer else "",
        answered_by=answer.by_name if answer else "",
        answered_at=answer.at if answer else None,
    )
