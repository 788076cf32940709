"""What the registry asks for: keep a file, check it, apply it, take it back, let go of it."""

from __future__ import annotations

from pathlib import Path

from flask_babel import get_locale
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from plugin import clock, db, jobs, retention
from plugin.actor import Actor
from plugin.errors import Conflict, NotFound
from plugin.school.importing import files, rights
from plugin.school.importing.models import WORKING, ImportState, SchoolImport
from plugin.school.importing.operations._own import clear, last_applied, numbers
from plugin.school.terms import Term
from plugin.trail.chain import record
from plugin.uploads import Staged
from plugin.vault import operations as vault
from plugin.vault.models import StoredFile

CHECK, APPLY, UNDO = "school.import.check", "school.import.apply", "school.import.undo"
SLOT = "school-import"
ARGS = "import_id"
KINDS = "kinds"
"""Of a check's arguments: the kinds that may be brought in; left out, all."""


def receive(actor: Actor, staged: Staged) -> StoredFile:
    """Keep an uploaded file until it is said what to do with it.

    :raises FileUnreadable: not a kind of file that rows can be read from; nothing is kept.
    """
    rights.require(actor)
    if staged.failed:
        raise vault.intake.unavailable()
    what = files.format_of(staged.path, staged.file_name)
    return vault.deposit(
        actor,
        staged.path,
        slot=SLOT,
        name=staged.file_name,
        media_type=files.MEDIA_TYPES[what],
        kind=Path(staged.file_name).suffix.lstrip(".").lower()[:8] or what.value[:8],
        expires_at=clock.now() + retention.row("import_file").period,
    )


def start(
    actor: Actor,
    file_id: int,
    term: Term,
    *,
    kind: str = "",
    complete: bool = False,
) -> SchoolImport:
    """Begin with an uploaded file: it is checked in the queue.

    :raises NotFound: no such file of this person's.
    :raises NotAllowed: not of a kind that they may bring in.
    """
    school_id = rights.require(actor)
    if kind:
        rights.require_kinds(actor, [kind])
    with db.writing() as session:
        file = session.get(StoredFile, file_id)
        if file is None or (file.school_id, file.owner_id, file.slot) != (
            school_id,
            actor.person_id,
            SLOT,
        ):
            raise NotFound(_("找不到這個檔案，可能已逾期刪除。"), remedy=_("請重新上傳檔案。"))
        made = SchoolImport(
            school_id=school_id,
            file_id=file.id,
            kind=kind,
            academic_year=term.academic_year,
            term=term.term,
            complete=complete,
            state=ImportState.CHECKING,
            counts={},
            locale=str(get_locale() or "zh_Hant_TW"),
            made_by_id=actor.person_id,
            made_by_name=actor.name,
            made_at=clock.now(),
        )
        session.add(made)
        session.flush()
        record(actor, "import.start", "import", made.id, sha256=file.sha256, complete=complete)
        made.job_id = jobs.enqueue(actor, CHECK, _check_args(actor, made))
        return made


def check_again(actor: Actor, import_id: int) -> SchoolImport:
    """Compare the file with what the school knows now."""
    with db.writing() as session:
        one = _own(session, actor, import_id)
        _require(one, ImportState.READY, ImportState.FAULTY, ImportState.UNCHANGED,
                 ImportState.REFUSED, ImportState.UNDONE)  # fmt: skip
        one.state, one.message = ImportState.CHECKING, ""
        record(actor, "import.check", "import", one.id)
        one.job_id = jobs.enqueue(actor, CHECK, _check_args(actor, one))
        return one


def apply(actor: Actor, import_id: int) -> SchoolImport:
    """Have what the preview shows written, in the queue.

    :raises Conflict: it has bad rows, is at work, or was applied already.
    """
    with db.writing() as session:
        one = _own(session, actor, import_id)
        _require(one, ImportState.READY)
        one.state, one.message, one.applied_by_name = ImportState.APPLYING, "", actor.name
        record(actor, "import.apply", "import", one.id, counts=numbers(one))
        one.job_id = jobs.enqueue(actor, APPLY, {ARGS: one.id})
        return one


def undo(actor: Actor, import_id: int) -> SchoolImport:
    """Have the last import taken back, in the queue.

    :raises Conflict: it is not the last one that was applied.
    """
    with db.writing() as session:
        one = _own(session, actor, import_id)
        _require(one, ImportState.APPLIED)
        if last_applied(session, one.school_id) != one.id:
            raise Conflict(
                _("只能復原最近一次套用的匯入。"), remedy=_("請先復原之後的匯入，再復原這一次。")
            )
        one.state, one.message, one.undone_by_name = ImportState.UNDOING, "", actor.name
        record(actor, "import.undo", "import", one.id)
        one.job_id = jobs.enqueue(actor, UNDO, {ARGS: one.id})
        return one


def cancel(actor: Actor, import_id: int) -> SchoolImport:
    """Let go of an import that was not applied; its preview is removed."""
    with db.writing() as session:
        one = _own(session, actor, import_id)
        _require(one, ImportState.READY, ImportState.FAULTY, ImportState.UNCHANGED,
                 ImportState.REFUSED)  # fmt: skip
        one.state = ImportState.CANCELLED
        clear(session, one.id)
        record(actor, "import.cancel", "import", one.id)
        return one


def give_up(actor: Actor, import_id: int) -> SchoolImport:
    """The queue lost it (five times): back to where something can be done."""
    with db.writing() as session:
        one = _own(session, actor, import_id)
        job = session.get(jobs.Job, one.job_id) if one.job_id else None
        if one.state not in WORKING or job is None or job.state is not jobs.JobState.FAILED:
            raise Conflict(_("這項工作還在進行中。"))
        before = one.state
        one.state = {
            ImportState.CHECKING: ImportState.REFUSED,
            ImportState.APPLYING: ImportState.READY,
            ImportState.UNDOING: ImportState.APPLIED,
        }[before]
        one.message = _("處理時發生系統錯誤，沒有任何資料被變更。")
        record(actor, "import.give_up", "import", one.id, before=before)
        return one


def _own(session: Session, actor: Actor, import_id: int) -> SchoolImport:
    rights.require(actor)
    one = session.get(SchoolImport, import_id, with_for_update=db.HELD)
    if one is None or not rights.sees(actor, one):
        raise NotFound(_("找不到這次匯入。"), remedy=_("請由匯入紀錄重新選擇。"))
    rights.require_kinds(actor, one.counts)
    return one


def _check_args(actor: Actor, one: SchoolImport) -> dict[str, object]:
    """What the queue is told: a worker knows a person, but not what roles they came in with."""
    if rights.keeps(actor):
        return {ARGS: one.id}
    return {ARGS: one.id, KINDS: [known.kind for known in rights.kinds(actor)]}


def _require(one: SchoolImport, *states: ImportState) -> None:
    if one.state in states:
        return
    if one.state in WORKING:
        raise Conflict(_("這次匯入正在處理中，請等它完成。"))
    if one.state is ImportState.FAULTY:
        raise Conflict(
            _("還有不能匯入的列，所以整份都不能套用。"),
            remedy=_("請依清單更正檔案，再重新上傳。"),
        )
    raise Conflict(_("這次匯入的狀態已經改變。"), remedy=_("請重新整理頁面後再試。"))
