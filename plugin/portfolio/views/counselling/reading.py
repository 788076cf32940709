"""What a counsellor looks at: own students, a student's history, own records, one record."""

from __future__ import annotations

from collections.abc import Iterable

from flask import render_template, request, url_for

from plugin import clock, web
from plugin.actor import Actor
from plugin.ids import row_id
from plugin.portfolio import policy
from plugin.portfolio.forms.counselling import KINDS
from plugin.portfolio.models import Counselling, CounsellingState
from plugin.portfolio.operations.counselling import found
from plugin.portfolio.queries import counselling as reads
from plugin.portfolio.queries import counsellors
from plugin.portfolio.states import COUNSELLING_LABELS
from plugin.portfolio.views._shared import Shown, deadline, shown
from plugin.school import queries as school_queries
from plugin.school import windows
from plugin.school.models import WindowKind
from plugin.school.terms import term_of
from plugin.vault import queries as vault
from plugin.vault import receipts


def counselling_students() -> str:
    """My students: search, class, last consultation, open follow-ups."""
    actor = web.current_actor()
    wanted = counsellors.Wanted(
        text=request.args.get("q", ""),
        class_id=row_id(request.args.get("class")),
        open_only=request.args.get("open") == "1",
    )
    listed = counsellors.own_students(actor, wanted, after=request.args.get("after"))
    term = term_of(clock.today())
    seen, total = counsellors.reached(actor, term)
    return render_template(
        "portfolio/counselling/students.html",
        found=listed,
        wanted=wanted,
        classes=counsellors.own_classes(actor),
        seen=seen,
        total=total,
        waiting=reads.waiting(actor)[0],
        banner=deadline(actor, WindowKind.COUNSELLING, term.academic_year, term.term),
        filtered=wanted != counsellors.Wanted(),
    )


def counselling_history(person_id: int) -> str:
    """Everything that was recorded of one of my students."""
    actor = web.current_actor()
    student, sheets = found.history(actor, person_id, after=request.args.get("after"))
    year = term_of(clock.today()).academic_year
    return render_template(
        "portfolio/counselling/history.html",
        student=student,
        placed=school_queries.class_of([student.id], year).get(student.id),
        sheets=sheets,
        kinds=KINDS,
        me=actor.person_id,
    )


def counselling_history_print(person_id: int) -> str:
    """All records of one of my students on paper; noted in the audit."""
    actor = web.current_actor()
    student, sheets = found.history(actor, person_id, printed=True)
    return _print(
        actor, list(sheets.items), url_for("portfolio.counselling_history", person_id=student.id)
    )


def counselling_records() -> str:
    """What I have written, drafts too."""
    actor = web.current_actor()
    asked = request.args.get("state", "")
    state = CounsellingState(asked) if asked in set(CounsellingState) else None
    return render_template(
        "portfolio/counselling/records.html",
        found=reads.records(
            actor, state, open_only=asked == "open", after=request.args.get("after")
        ),
        state=asked if state or asked == "open" else "",
        labels=COUNSELLING_LABELS,
        kinds=KINDS,
        today=clock.today(),
    )


def counselling_record(counselling_id: int) -> str:
    """One record, with what may be done with it."""
    actor = web.current_actor()
    record = found.opened(actor, counselling_id)
    sheet = reads.sheet(actor, record)
    mine = policy.wrote(actor, record)
    return render_template(
        "portfolio/counselling/record.html",
        sheet=sheet,
        record=record,
        kinds=KINDS,
        document=shown(sheet.document, actor),
        earlier_files=earlier_files([sheet], actor),
        receipt=_receipt(sheet) if mine else None,
        mine=mine,
        States=CounsellingState,
        changeable=mine and _changeable(record, [one.student.id for one in sheet.people]),
        own=counsellors.own_ids(actor, [one.student.id for one in sheet.people]),
        today=clock.today(),
    )


def counselling_print(counselling_id: int) -> str:
    """One record on paper; noted in the audit."""
    actor = web.current_actor()
    record = found.opened(actor, counselling_id, verb="counselling.print")
    back = url_for("portfolio.counselling_record", counselling_id=counselling_id)
    return _print(actor, [reads.sheet(actor, record)], back)


def earlier_files(sheets: Iterable[reads.Sheet], actor: Actor) -> dict[int, Shown]:
    """Documents of earlier versions, by version, where the record has another one (or none) now."""
    return {
        one.record.id: file
        for sheet in sheets
        for one in sheet.earlier
        if one.record.document_file_id != sheet.record.document_file_id
        and (file := shown(one.document, actor)) is not None
    }


def _print(actor: Actor, sheets: list[reads.Sheet], back: str) -> str:
    assert actor.school_id is not None
    return render_template(
        "portfolio/counselling/print.html",
        sheets=sheets,
        school=school_queries.school(actor.school_id),
        kinds=KINDS,
        back=back,
        now=clock.now(),
        printed_by=actor.name,
    )


def _changeable(record: Counselling, student_ids: list[int]) -> bool:
    """Whether a draft can still be gone on with, or a registered record be changed now."""
    if record.state is CounsellingState.DRAFT:
        return True
    if record.state is CounsellingState.VOID or record.held_on is None:
        return False
    term = term_of(record.held_on)
    placed = school_queries.class_of(student_ids, term.academic_year)
    grades = {placed[one].grade if one in placed else 0 for one in student_ids}
    return all(
        windows.is_open(
            record.school_id, WindowKind.COUNSELLING, term.academic_year, term.term, grade
        )
        for grade in grades or {0}
    )


def _receipt(sheet: reads.Sheet) -> tuple[dict[str, object], str] | None:
    """The document's newest receipt as its card shows it, and where anybody may verify it."""
    file = sheet.document
    receipt = vault.receipts([file.id]).get(file.id) if file is not None else None
    if file is None or receipt is None:
        return None
    shown_receipt = {
        "number": receipt.number,
        "at": receipt.issued_at,
        "name": file.name,
        "size": receipt.size,
        "sha256": receipt.sha256,
        "copies": receipt.copies,
        "expires_at": receipt.expires_at,
    }
    return shown_receipt, f"/receipts/{receipt.number}?code={receipts.code(receipt)}"
