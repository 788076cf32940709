"""Printed slips of 收訖明細, made when asked for and kept for a week: a student's own, or those
of a class in one paper by the queue."""

from __future__ import annotations

from dataclasses import dataclass

from flask import current_app
from flask_babel import gettext as _

from plugin import clock, db, jobs
from plugin.actor import Actor, Role
from plugin.errors import Conflict
from plugin.portfolio.models import SelectionKind, SheetState, StatementKind
from plugin.portfolio.operations import downloads
from plugin.portfolio.operations.found import missing
from plugin.portfolio.operations.receipts.stating import seen_own
from plugin.portfolio.queries.receipts import sheets
from plugin.portfolio.queries.receipts.sheets import Line, Said, Sheet
from plugin.portfolio.receipt_words import ANSWER_LABELS, REASONS, SHEET_LABELS
from plugin.school import queries as school_queries
from plugin.school.models import Person, School
from plugin.settings import Settings
from plugin.trail.chain import record
from plugin.vault.models import StoredFile
from reports.manifest.words import roc_moment
from reports.receipt_slip import ReceiptSlip, SlipDispute, SlipFile, SlipLine, receipt_slips_pdf

PRINT = "receipt.slips"
SLOT = "receipt.slip"


@dataclass(frozen=True)
class Printed:
    """The paper of a class, and of how many students it is."""

    file: StoredFile
    students: int


def make(actor: Actor, sheet_id: int) -> StoredFile:
    """The slip of the actor's own sheet as it stands now.

    :raises NotFound: none, or somebody else's.
    """
    one = sheets.whole(seen_own(actor, sheet_id))
    school = school_queries.school(one.sheet.school_id)
    student = school_queries.person(school.id, one.sheet.student_id)
    assert student is not None
    content = receipt_slips_pdf([_slip(school, student, one)])
    return downloads.paper(
        actor, f"{one.submission.number}-{_('收訖明細')}.pdf", content, slot=SLOT
    )


def begin(actor: Actor, class_id: int) -> int:
    """Queue the slips of a class in one paper; returns the job's id.

    :raises NotFound: no class of the registry's school.
    """
    if not actor.has(Role.REGISTRY) or actor.school_id is None:
        raise missing()
    if school_queries.school_class(actor.school_id, class_id) is None:
        raise missing()
    with db.writing():
        return jobs.enqueue(actor, PRINT, {"class_id": class_id})


def print_class(actor: Actor, class_id: int) -> Printed:
    """The slips of everybody in a class whose items were handed in, as they stand now.

    The queue's actor is whoever was let in by `begin`, without roles: the school is asked again.

    :raises NotFound: not, or no longer, a class of the actor's school.
    :raises Conflict: nothing was handed in of anybody.
    """
    if actor.school_id is None:
        raise missing()
    school_class = school_queries.school_class(actor.school_id, class_id)
    if school_class is None:
        raise missing()
    found = sheets.of_whole_class(school_class)
    if not found:
        raise Conflict(_("這個班級還沒有收訖明細。"))
    school = school_queries.school(actor.school_id)
    people = school_queries.people(school.id, {one.sheet.student_id for one in found})
    with db.writing():
        record(
            actor, "receipt.slips", "school_class", school_class.id,
            year=school_class.academic_year, students=len(people),
        )  # fmt: skip
    content = receipt_slips_pdf([_slip(school, people[one.sheet.student_id], one) for one in found])
    name = f"{school_class.academic_year}-{school_class.code}-receipt-slips.pdf"
    return Printed(downloads.paper(actor, name, content, slot=SLOT), len(people))


def tell_printed(actor: Actor, job_id: int) -> None:
    """Whoever asked for a class's slips may fetch them."""
    downloads.tell_printed(actor, _("收訖單已經準備好"), f"/handed-in/slips/{job_id}")


def _slip(school: School, student: Person, one: Sheet) -> ReceiptSlip:
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
