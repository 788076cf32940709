"""Writing a record: whatever was typed is kept as a draft; the rules are asked when it is
registered, and again at every later change."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from forms.text import normalise
from plugin import clock, db
from plugin.actor import Actor, Role
from plugin.errors import Conflict, InvalidInput
from plugin.portfolio.models import (
    Counselling,
    CounsellingKind,
    CounsellingState,
    CounsellingStudent,
    CounsellingVersion,
)
from plugin.portfolio.operations.counselling import files
from plugin.portfolio.operations.counselling.complete import require_complete, require_window
from plugin.portfolio.operations.counselling.found import KIND, written
from plugin.portfolio.operations.found import ForeignRecord, audited, missing
from plugin.portfolio.queries import counselling as reads
from plugin.portfolio.queries.counsellors import own_ids
from plugin.portfolio.states import COUNSELLING_LABELS, move_counselling
from plugin.trail.chain import record
from plugin.vault import operations as vault
from plugin.vault.models import Receipt

DRAFT_TEXT_POINTS = 5000
"""A draft may be longer than what can be registered, but not endless."""
SHORT = {"place": 100, "topic": 40, "topic_note": 200}
TEXTS = ("place", "topic", "topic_note", "summary", "advice", "follow_up")


@dataclass(frozen=True)
class CounsellingInput:
    """What a counsellor says of a consultation; the file is the id of one in the vault."""

    kind: CounsellingKind = CounsellingKind.INDIVIDUAL
    held_on: date | None = None
    place: str = ""
    student_ids: Sequence[int] = ()
    topic: str = ""
    topic_note: str = ""
    summary: str = ""
    advice: str = ""
    follow_up: str = ""
    follow_up_on: date | None = None
    document_file_id: int | None = None


@dataclass(frozen=True)
class Kept:
    """What registering led to: the final receipt of the document, if there is one."""

    record: Counselling
    receipts: list[Receipt]


@audited
def start(
    actor: Actor, values: CounsellingInput, *, begun_at: datetime, page_key: str | None = None
) -> Counselling:
    """Begin a draft.

    :param begun_at: when the request began.
    :param page_key: made anew for every page that is shown; a page that is sent twice gets what
        it began the first time.
    :raises InvalidInput: a text beyond all measure.
    :raises NotFound: a student who is not the actor's, or somebody else's file; no counsellor.
    """
    if actor.school_id is None or actor.person_id is None or not actor.has(Role.COUNSELLOR):
        raise missing()
    with db.writing() as session:
        if page_key:
            begun = session.scalar(
                sa.select(Counselling).where(
                    Counselling.counsellor_id == actor.person_id,
                    Counselling.page_key == page_key[:32],
                )
            )
            if begun is not None:
                if begun.state is CounsellingState.DRAFT:
                    _fill(session, actor, begun, values, begun_at)
                    session.flush()
                return begun
        found = Counselling(
            school_id=actor.school_id,
            counsellor_id=actor.person_id,
            counsellor_name=actor.name,
            kind=values.kind,
            state=CounsellingState.DRAFT,
            started_at=begun_at,
            page_key=page_key[:32] if page_key else None,
        )
        session.add(found)
        session.flush()
        _fill(session, actor, found, values, begun_at)
        session.flush()
        record(actor, "counselling.start", KIND, found.id)
        return found


@audited
def save(
    actor: Actor,
    record_id: int,
    values: CounsellingInput,
    *,
    begun_at: datetime,
    version: int | None = None,
) -> Counselling:
    """Keep what is typed in a draft.

    :param version: what the page showed; another one now means that another tab was faster.
    :raises Conflict: registered meanwhile, or changed in another tab.
    :raises NotFound: somebody else's.
    """
    with db.writing() as session:
        found = written(session, actor, record_id)
        if found.state is not CounsellingState.DRAFT:
            raise Conflict(
                _("這筆紀錄目前是「%(state)s」。", state=COUNSELLING_LABELS[found.state].text),
                remedy=_("請重新開啟這筆紀錄再修改。"),
            )
        _require_version(found, version)
        _fill(session, actor, found, values, begun_at)
        session.flush()
        record(actor, "counselling.save", KIND, found.id)
        return found


@audited
def register(actor: Actor, record_id: int) -> Kept:
    """Register a draft: from now on students see it, and it stays.

    :raises InvalidInput: something is missing, too long, or names a student in a group's text.
    :raises WindowClosed: the window of the consultation's term is not open.
    :raises Conflict: it was registered already.
    """
    with db.writing() as session:
        found = written(session, actor, record_id)
        student_ids = reads.participants(found.id)
        require_complete(found, student_ids)
        require_window(found, student_ids)
        move_counselling(found, "register")
        found.kept_at = clock.now()
        receipts = vault.keep(actor, files.ids_of(found))
        record(
            actor, "counselling.register", KIND, found.id,
            students=len(student_ids), receipts=[one.number for one in receipts],
        )  # fmt: skip
        session.flush()
        return Kept(found, receipts)


@audited
def revise(
    actor: Actor,
    record_id: int,
    values: CounsellingInput,
    *,
    begun_at: datetime,
    version: int | None = None,
) -> Kept:
    """Change a registered record while its window, and that of the new day, is open.

    How it read before stays beside it: students have read it.

    :raises WindowClosed: from then on only an addendum can be written.
    :raises InvalidInput: as for registering; the record stays as it was.
    :raises Conflict: void, or changed in another tab.
    """
    with db.writing() as session:
        found = written(session, actor, record_id)
        if found.state is not CounsellingState.KEPT:
            raise Conflict(
                _("這筆紀錄目前是「%(state)s」。", state=COUNSELLING_LABELS[found.state].text),
                remedy=_("請重新開啟這筆紀錄。"),
            )
        _require_version(found, version)
        took_part = reads.participants(found.id)
        require_window(found, took_part)
        before = {name: getattr(found, name) for name in _COMPARED}
        earlier = _as_it_stands(found, before, took_part)
        due = found.follow_up_on
        _fill(session, actor, found, values, begun_at)
        session.flush()
        student_ids = reads.participants(found.id)
        require_complete(found, student_ids)
        require_window(found, student_ids)
        if found.follow_up_on != due:
            found.followed_up_at = found.reminded_at = None
        changed = [name for name, old in before.items() if getattr(found, name) != old]
        if changed or student_ids != took_part:
            session.add(earlier)
        found.changed_at = earlier.replaced_at
        receipts = vault.keep(actor, files.ids_of(found))
        record(
            actor, "counselling.revise", KIND, found.id,
            changed=changed, students=len(student_ids),
            receipts=[one.number for one in receipts],
        )  # fmt: skip
        session.flush()
        return Kept(found, receipts)


@audited
def discard(actor: Actor, record_id: int) -> None:
    """Throw a draft away that was never registered; its draft file goes with it.

    :raises Conflict: a registered record stays; it can be made void.
    """
    with db.writing() as session:
        found = written(session, actor, record_id)
        if found.state is not CounsellingState.DRAFT:
            raise Conflict(
                _("已登錄的紀錄會保留，不能刪除。"), remedy=_("登錄錯誤的紀錄，請註明原因後作廢。")
            )
        record(actor, "counselling.discard", KIND, found.id)
        file_id = found.document_file_id
        session.execute(
            sa.delete(CounsellingStudent).where(CounsellingStudent.counselling_id == found.id)
        )
        session.delete(found)
        session.flush()
        files.let_go(session, actor, file_id)


_COMPARED = ("kind", "held_on", *TEXTS, "follow_up_on", "document_file_id")


def _as_it_stands(
    found: Counselling, values: dict[str, Any], student_ids: Sequence[int]
) -> CounsellingVersion:
    """A registered record as its readers see it now; not added to the session yet."""
    at = found.changed_at or found.kept_at
    assert at is not None
    return CounsellingVersion(
        counselling_id=found.id,
        student_ids=list(student_ids),
        followed_up_at=found.followed_up_at,
        counsellor_name=found.counsellor_name,
        at=at,
        replaced_at=clock.now(),
        **values,
    )


def _fill(
    session: Session,
    actor: Actor,
    found: Counselling,
    values: CounsellingInput,
    begun_at: datetime,
) -> None:
    for name in TEXTS:
        text = normalise(getattr(values, name))
        if len(text) > SHORT.get(name, DRAFT_TEXT_POINTS):
            words = _("文字太長，請刪減後再存。")
            raise InvalidInput(_("文字太長，無法存成草稿。"), fields={name: words})
        setattr(found, name, text)
    found.kind = values.kind
    found.held_on, found.follow_up_on = values.held_on, values.follow_up_on
    _let_take_part(session, actor, found, values.student_ids)
    files.exchange(session, actor, found, values.document_file_id)
    found.started_at = begun_at


def _let_take_part(
    session: Session, actor: Actor, found: Counselling, student_ids: Sequence[int]
) -> None:
    """Only own students, of today or of the day itself, and those who are in it already."""
    before = {
        row.student_id: row
        for row in session.scalars(
            sa.select(CounsellingStudent).where(CounsellingStudent.counselling_id == found.id)
        )
    }
    wanted = dict.fromkeys(student_ids)
    new = [one for one in wanted if one not in before]
    own = own_ids(actor, new)
    if found.held_on is not None and set(new) - own:
        own |= own_ids(actor, new, found.held_on)
    if strangers := set(new) - own:
        raise ForeignRecord("person", min(strangers))
    for student_id in new:
        session.add(CounsellingStudent(counselling_id=found.id, student_id=student_id))
    for student_id, row in before.items():
        if student_id not in wanted:
            session.delete(row)
    session.flush()


def _require_version(found: Counselling, version: int | None) -> None:
    if version is not None and found.version != version:
        raise Conflict(
            _("這筆紀錄剛才在另一個視窗存過，這次的修改沒有蓋過它。"),
            remedy=_("請比對另一個視窗的內容後，重新開啟再修改。"),
        )
