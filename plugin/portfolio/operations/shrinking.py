"""A document over the limit, made smaller for its student, who looks at it and takes or leaves it.

The refused bytes wait in the staging folder, never in the vault: they were not accepted. What the
student takes goes the way of every upload (`intake.receive`): checked, kept twice, receipted.
"""

from __future__ import annotations

import shutil
import uuid
from pathlib import Path

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from plugin import clock, db, jobs, uploads
from plugin.actor import Actor
from plugin.errors import Conflict, Refusal
from plugin.portfolio.models import Outcome, ShrinkOffer, ShrinkState
from plugin.portfolio.operations import attaching
from plugin.portfolio.operations.found import audited, hold_student, missing, own
from plugin.portfolio.operations.intake import SLOTS, receive
from plugin.portfolio.states import EDITABLE, LABELS
from plugin.retention import Row
from plugin.trail.chain import record
from plugin.trail.notify import notify
from plugin.uploads import Staged
from plugin.vault import names, shrinking
from plugin.vault.shrinking import Places

SHRINK = "outcome.shrink"
SLOT = "document"
ROW = "too_large"


def places(offer: ShrinkOffer) -> Places:
    """Where an offer's files lie."""
    folder = _folder() / offer.token
    return Places(folder / "source", folder / "target", folder / "before.png", folder / "after.png")


def offer(actor: Actor, staged: Staged, limit: int) -> int | None:
    """Keep a refused document for a while; None where it cannot be made smaller.

    An earlier one of the same student makes room.
    """
    if not staged.whole or actor.person_id is None or actor.school_id is None:
        return None
    kind = shrinking.kind_of(staged.path)
    if not kind:
        return None
    made = ShrinkOffer(
        school_id=actor.school_id,
        owner_id=actor.person_id,
        token=uuid.uuid4().hex,
        name=names.clean(staged.file_name),
        kind=kind,
        size=staged.size,
        sha256=staged.sha256,
        limit=limit,
        state=ShrinkState.OFFERED,
        made_at=clock.now(),
    )
    with db.writing() as session:
        hold_student(session, actor.person_id)
        _forget(session, ShrinkOffer.owner_id == actor.person_id)
        session.add(made)
        session.flush()
        source = places(made).source
        source.parent.mkdir(parents=True)
        staged.path.rename(source)
        staged.take()
        record(
            actor, "file.shrink_offer", "person", actor.person_id,
            sha256=staged.sha256, size=staged.size,
        )  # fmt: skip
        return made.id


@audited
def belongs(actor: Actor, offer_id: int, outcome_id: int) -> None:
    """Say for which draft it was brought."""
    with db.writing() as session:
        own(session, actor, outcome_id)
        found = session.get(ShrinkOffer, offer_id)
        if found is None or found.owner_id != actor.person_id:
            raise missing()
        found.outcome_id = outcome_id


@audited
def begin(actor: Actor, outcome_id: int) -> None:
    """Have it made smaller in the queue; a second press does nothing more.

    :raises NotFound: somebody else's outcome, or nothing waits (any more).
    """
    with db.writing() as session:
        found = _of(session, actor, outcome_id)
        if found.state in {ShrinkState.OFFERED, ShrinkState.FAILED}:
            found.state, found.failure = ShrinkState.MAKING, ""
            found.job_id = jobs.enqueue(actor, SHRINK, {"offer_id": found.id})


def make(actor: Actor, offer_id: int) -> None:
    """The queue's part: the smaller file and both pictures, or the reason why not."""
    found = db.reading().get(ShrinkOffer, offer_id)
    if found is None or found.state is not ShrinkState.MAKING:
        return
    where = places(found)
    try:
        told = shrinking.shrink(found.kind, where, found.limit)
        size, failure = where.target.stat().st_size, ""
    except (Refusal, FileNotFoundError) as error:
        refusal = error if isinstance(error, Refusal) else missing()
        told, size, failure = {}, None, f"{refusal.message}{refusal.remedy}"[:500]
    with db.writing() as session:
        again = session.get(ShrinkOffer, offer_id, with_for_update=db.HELD)
        if again is not None and again.state is ShrinkState.MAKING:
            again.told, again.small_size, again.failure = told, size, failure
            again.state = ShrinkState.FAILED if failure else ShrinkState.READY
            if again.outcome_id is not None:
                notify(
                    [again.owner_id],
                    _("縮小檔案的結果可以看了"),
                    failure or _("請比對縮小前後，再決定用不用。"),
                    f"/outcomes/{again.outcome_id}/smaller",
                    school_id=again.school_id,
                    mail=False,
                )


@audited
def accept(actor: Actor, outcome_id: int) -> Outcome:
    """Take the smaller file: it becomes the document of the draft, as if it had been uploaded.

    :raises Conflict: sent meanwhile; nothing that was accepted is ever replaced.
    :raises NotFound: nothing is ready.
    :raises FileRefused: as for every upload.
    """
    with db.writing() as session:
        found, outcome = _of(session, actor, outcome_id), own(session, actor, outcome_id)
        _require_editable(outcome)
        if found.state is not ShrinkState.READY:
            raise missing()
        source, name, kind = places(found).target, found.name, found.kind
        original, size = found.sha256, found.size
    with source.open("rb") as content:
        stem = name.rpartition(".")[0] or name
        staged = uploads.stage(content, f"{stem}.{'pdf' if kind == 'pdf' else 'jpg'}")
    try:
        file = receive(actor, staged, SLOT)  # copies bytes: before the transaction
    finally:
        staged.discard()
    with db.writing() as session:
        outcome = own(session, actor, outcome_id)
        _require_editable(outcome)
        attaching.exchange(session, actor, outcome, SLOTS, SLOT, file.id)
        record(
            actor, "outcome.shrink", "outcome", outcome.id,
            file=file.id, sha256=file.sha256, size=file.size,
            original_sha256=original, original_size=size,
        )  # fmt: skip
        _forget(session, ShrinkOffer.owner_id == actor.person_id)
        return outcome


@audited
def leave(actor: Actor, outcome_id: int) -> None:
    """Not wanted: the refused bytes go at once."""
    with db.writing() as session:
        found = _of(session, actor, outcome_id)
        _forget(session, ShrinkOffer.id == found.id)


def tidy(row: Row) -> int:
    """Forget what nobody took within the row's period, and folders that no offer knows."""
    with db.writing() as session:
        gone = _forget(session, ShrinkOffer.made_at < row.before(clock.now()))
        known = set(session.scalars(sa.select(ShrinkOffer.token)))
    limit = clock.system_clock().timestamp() - row.period.total_seconds()
    for one in _folder().iterdir() if _folder().is_dir() else ():
        if one.name not in known and one.stat().st_mtime < limit:
            shutil.rmtree(one, ignore_errors=True)
    return gone


def _of(session: Session, actor: Actor, outcome_id: int) -> ShrinkOffer:
    outcome = own(session, actor, outcome_id)
    found = session.scalar(
        sa.select(ShrinkOffer)
        .where(ShrinkOffer.outcome_id == outcome.id, ShrinkOffer.owner_id == actor.person_id)
        .with_for_update(**db.HELD)
        .execution_options(populate_existing=True)
    )
    if found is None:
        raise missing()
    return found


def _require_editable(outcome: Outcome) -> None:
    if outcome.state not in EDITABLE:
        raise Conflict(
            _("這件成果目前是「%(state)s」，不能修改。", state=LABELS[outcome.state].text),
            remedy=_("待認證的成果請先撤回；已認證的成果請先選「重新編輯」。"),
        )


def _forget(session: Session, condition: sa.ColumnElement[bool]) -> int:
    """Rows now, their bytes once that is committed."""
    some = session.scalars(sa.select(ShrinkOffer).where(condition)).all()
    folders = [places(one).source.parent for one in some]
    for one in some:
        session.delete(one)
    session.flush()

    def remove() -> None:
        for folder in folders:
            shutil.rmtree(folder, ignore_errors=True)

    if folders:
        db.after_commit(remove)
    return len(some)


def _folder() -> Path:
    return uploads.staging() / "too-large"
