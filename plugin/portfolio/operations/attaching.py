"""The files of a record (outcome, experience): put in, exchanged, let go, measured again."""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from forms.sizes import file_size
from plugin.actor import Actor
from plugin.errors import InvalidInput
from plugin.portfolio.models import Counselling, Experience, Outcome
from plugin.portfolio.operations.found import ForeignRecord
from plugin.portfolio.operations.intake import Slot
from plugin.portfolio.queries import shared
from plugin.school import rules
from plugin.vault import operations as vault
from plugin.vault.models import FileState, StoredFile

Record = Outcome | Experience


def exchange(
    session: Session, actor: Actor, record: Record | Counselling, slots: Mapping[str, Slot],
    name: str,
    file_id: int | None,
) -> None:  # fmt: skip
    """Let the slot `name` hold this file, or none; a draft file that it held before goes.

    :raises InvalidInput: the file has expired, or was handed in for another slot.
    :raises ForeignRecord: somebody else's file.
    """
    column = f"{name}_file_id"
    before: int | None = getattr(record, column)
    if file_id == before:
        return
    if file_id is not None:
        _require_own(session, actor, file_id, name, slots[name].stored_as)
    setattr(record, column, file_id)
    session.flush()
    let_go(session, actor, before)


def let_go(session: Session, actor: Actor, file_id: int | None) -> None:
    """A draft file that nothing needs any more; an accepted one stays for good."""
    file = session.get(StoredFile, file_id) if file_id is not None else None
    if file is not None and file.state is FileState.DRAFT:
        vault.discard(actor, file.id)


def ids_of(record: Record) -> list[int]:
    """The ids of the files there are."""
    files = (record.document_file_id, record.media_file_id)
    return [file_id for file_id in files if file_id is not None]


def told(record: Record) -> dict[str, int | None]:
    """The files as an audit line names them."""
    return {"document": record.document_file_id, "media": record.media_file_id}


def oversized(record: Record, slots: Mapping[str, Slot]) -> dict[str, str]:
    """Files beyond the limit of the record's own year, which may differ from today's."""
    files = shared.files_of([record])
    faults = {}
    for name, slot in slots.items():
        file = files.get(getattr(record, f"{name}_file_id") or 0)
        limit = rules.number(record.school_id, slot.rule, record.academic_year)
        if file is not None and file.size > limit:
            faults[name] = _(
                "「%(name)s」是 %(size)s，%(year)s 學年度的上限是 %(limit)s，請縮小後重新上傳。",
                name=file.name,
                size=file_size(file.size),
                year=record.academic_year,
                limit=file_size(limit),
            )
    return faults


def _require_own(session: Session, actor: Actor, file_id: int, name: str, stored_as: str) -> None:
    """The actor's own, and handed in for this slot: each slot takes its own types and sizes."""
    file = session.get(StoredFile, file_id)
    if file is None or file.state is FileState.PURGED:
        raise InvalidInput(
            _("先前上傳的檔案已經過期，請重新上傳。"),
            fields={name: _("檔案已經過期，請重新上傳。")},
        )
    if (file.owner_id, file.school_id) != (actor.person_id, actor.school_id):
        raise ForeignRecord("file", file_id)
    if file.slot != stored_as:
        words = _("這個檔案是為另一個欄位上傳的，請在這裡重新上傳。")
        raise InvalidInput(words, fields={name: words})
