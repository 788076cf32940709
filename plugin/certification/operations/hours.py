"""The ledger of hours: a person notes trainings with their proofs, mends them, takes them away."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from forms.text import normalise
from plugin import clock, db
from plugin.actor import Actor
from plugin.certification import hours, policy
from plugin.certification.models import HourEntry
from plugin.certification.queries.hours import MOST
from plugin.errors import InvalidInput, LimitReached, NotFound
from plugin.school import rules, terms
from plugin.trail import chain
from plugin.uploads import Staged
from plugin.vault import operations as vault
from plugin.vault.models import FileState, StoredFile

SLOT = "certification.hour_proof"
KINDS = ("pdf", "jpg", "png")
LIMIT = "case.hours.proof.max_bytes"
SHORTEST, LONGEST = 30, 100 * hours.HOUR
"""Minutes of one training."""
TITLE, PROVIDER, APPROVAL = 120, 120, 40


@dataclass(frozen=True)
class HourInput:
    """What a person says of a training; `file_id` is the proof, a draft file in the vault."""

    topic: str
    title: str
    provider: str
    provider_kind: str
    approval_number: str
    held_on: date
    minutes: int
    digital: bool
    file_id: int | None


def limit(actor: Actor) -> int:
    """Bytes that a proof may have today."""
    year = terms.term_of(clock.today()).academic_year
    return rules.number(actor.school_id or 0, LIMIT, year)


def receive(actor: Actor, staged: Staged) -> StoredFile:
    """Keep an uploaded proof as a draft file, with a draft receipt.

    :raises FileRefused: a subclass that says why; nothing is stored.
    """
    if actor.school_id is None or actor.person_id is None:
        raise NotFound(_("找不到這個欄位。"))
    year = terms.term_of(clock.today()).academic_year
    days = rules.number(actor.school_id, "draft.keep_days", year)
    return vault.accept(
        actor,
        staged,
        owner_id=actor.person_id,
        slot=SLOT,
        max_bytes=limit(actor),
        kinds=KINDS,
        expires_at=clock.now() + timedelta(days=days),
    )


def add(actor: Actor, values: HourInput) -> HourEntry:
    """Note a training; its proof is accepted, so it stays for good.

    :raises InvalidInput: `fields` says where. :raises LimitReached: the ledger is full.
    """
    _require_applicant(actor)
    _check(values)
    with db.writing() as session:
        mine = sa.select(sa.func.count(HourEntry.id)).where(
            HourEntry.person_id == actor.person_id, HourEntry.ended_at.is_(None)
        )
        if (session.scalar(mine) or 0) >= MOST:
            raise LimitReached(
                _("研習紀錄最多 %(n)s 筆。", n=MOST), remedy=_("請先刪除不需要的紀錄。")
            )
        row = HourEntry(school_id=actor.school_id, person_id=actor.person_id, made_at=clock.now())
        _fill(session, actor, row, values)
        session.add(row)
        session.flush()
        chain.record(
            actor, "certification.hours.add", "hour_entry", row.id,
            topic=row.topic, minutes=row.minutes, file=row.file_id,
        )  # fmt: skip
        return row


def change(actor: Actor, entry_id: int, values: HourInput) -> HourEntry:
    """Mend an entry. What was printed before stays as it was printed.

    :raises NotFound: somebody else's, or taken away. :raises InvalidInput: as `add`.
    """
    _check(values)
    with db.writing() as session:
        row = _own(session, actor, entry_id)
        _fill(session, actor, row, values)
        session.flush()
        chain.record(
            actor, "certification.hours.change", "hour_entry", row.id,
            topic=row.topic, minutes=row.minutes, file=row.file_id,
        )  # fmt: skip
        return row


def take_away(actor: Actor, entry_id: int) -> None:
    """End an entry; its proof was accepted and stays on record.

    :raises NotFound: somebody else's, or taken away before.
    """
    with db.writing() as session:
        row = _own(session, actor, entry_id)
        row.ended_at = clock.now()
        chain.record(actor, "certification.hours.end", "hour_entry", row.id, file=row.file_id)


def _fill(session: Session, actor: Actor, row: HourEntry, values: HourInput) -> None:
    if values.file_id != row.file_id and values.file_id is not None:
        _require_own(session, actor, values.file_id)
        vault.keep(actor, [values.file_id])
    row.topic, row.title = values.topic, normalise(values.title)
    row.provider, row.provider_kind = normalise(values.provider), values.provider_kind
    row.approval_number = normalise(values.approval_number)
    row.held_on, row.minutes = values.held_on, values.minutes
    row.digital, row.file_id = values.digital, values.file_id


def _check(values: HourInput) -> None:
    """:raises InvalidInput: something that no form would let through."""
    book = hours.book()
    faults = {
        "topic": values.topic not in book.topics,
        "provider_kind": values.provider_kind not in book.providers,
        "title": not 0 < len(normalise(values.title)) <= TITLE,
        "provider": not 0 < len(normalise(values.provider)) <= PROVIDER,
        "approval_number": len(normalise(values.approval_number)) > APPROVAL,
        "hours": not SHORTEST <= values.minutes <= LONGEST,
        "held_on": values.held_on > clock.today(),
        "proof": values.file_id is None,
    }
    if wrong := {name: _("請再確認這一項。") for name, fault in faults.items() if fault}:
        raise InvalidInput(_("有欄位需要修正。"), fields=wrong)


def _require_own(session: Session, actor: Actor, file_id: int) -> None:
    file = session.get(StoredFile, file_id)
    mine = file is not None and (file.owner_id, file.school_id) == (
        actor.person_id, actor.school_id,
    )  # fmt: skip
    if file is None or not mine or file.slot != SLOT or file.state is FileState.PURGED:
        words = _("先前上傳的檔案已經過期，請重新上傳。")
        raise InvalidInput(words, fields={"proof": words})


def _own(session: Session, actor: Actor, entry_id: int) -> HourEntry:
    found = session.scalar(
        sa.select(HourEntry).where(HourEntry.id == entry_id).with_for_update(**db.HELD)
    )
    if found is None or found.person_id != actor.person_id or found.ended_at is not None:
        raise NotFound(_("找不到這筆研習紀錄。"))
    return found


def _require_applicant(actor: Actor) -> None:
    policy.require(actor.person_id is not None and policy.applicants(actor), _("找不到這個頁面。"))
