"""Words for returning that are used again: a teacher's own, and the school's."""

from __future__ import annotations

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from plugin import clock, db
from plugin.actor import Actor, Role
from plugin.errors import Conflict, InvalidInput, NotAllowed
from plugin.portfolio.models import ReturnReason
from plugin.portfolio.operations.certification_bench import reason_of
from plugin.portfolio.operations.found import ForeignRecord, audited, nowhere
from plugin.trail.chain import record

KIND = "return_reason"
MOST = 30
"""Of one teacher, and of a school: a longer list is not read any more."""


@audited
def keep(
    actor: Actor, text: str, reason_id: int | None = None, *, schools: bool = False
) -> ReturnReason:
    """Save words under the teacher's own, or (`schools`) the school's; or change them.

    :raises InvalidInput: nothing, or too long. :raises Conflict: it is there, or there are many.
    :raises NotFound: somebody else's. :raises NotAllowed: the school's, and not its keeper.
    """
    try:
        said = reason_of(text)
    except InvalidInput as refusal:
        raise InvalidInput(
            _("常用原因沒有存成。"), fields={"text": next(iter(refusal.fields.values()))}
        ) from refusal
    with db.writing() as session:
        found = _mine(session, actor, reason_id) if reason_id is not None else None
        owner = found.owner_id if found is not None else _owner(actor, schools)
        others = [one for one in _all(session, actor, owner) if one is not found]
        if any(one.text == said for one in others):
            words = _("已經有一樣的常用原因。")
            raise Conflict(words, fields={"text": words})
        if found is None:
            if len(others) >= MOST:
                words = _("常用原因最多 %(most)s 則，請先刪除不用的。", most=MOST)
                raise Conflict(words, fields={"text": words})
            assert actor.school_id is not None
            place = max((one.place for one in others), default=0) + 1
            found = ReturnReason(school_id=actor.school_id, owner_id=owner, place=place)
            session.add(found)
        found.text, found.changed_at = said, clock.now()
        session.flush()
        record(actor, "certification.reason", KIND, found.id, schools=owner is None)
        return found


@audited
def drop(actor: Actor, reason_id: int) -> None:
    """Throw words away; decisions that used them keep them. Raises as `keep`."""
    with db.writing() as session:
        found = _mine(session, actor, reason_id)
        session.delete(found)
        record(actor, "certification.reason_drop", KIND, reason_id, schools=found.owner_id is None)


@audited
def move(actor: Actor, reason_id: int, *, up: bool) -> None:
    """One place up or down in its list; at the end it stays. Raises as `keep`."""
    with db.writing() as session:
        found = _mine(session, actor, reason_id)
        rows = _all(session, actor, found.owner_id)
        here = rows.index(found)
        there = here - 1 if up else here + 1
        if 0 <= there < len(rows):
            rows[here], rows[there] = rows[there], rows[here]
        for place, one in enumerate(rows, 1):
            one.place = place
        record(actor, "certification.reason_move", KIND, reason_id, up=up)


def _owner(actor: Actor, schools: bool) -> int | None:
    if schools:
        _require_keeper(actor)
        return None
    if not actor.has(Role.TEACHER, Role.SUBSTITUTE) or actor.person_id is None:
        raise NotAllowed(_("只有教師有自己的常用退回原因。"))
    return actor.person_id


def _require_keeper(actor: Actor) -> None:
    if not actor.has(Role.REGISTRY, Role.ADMINISTRATOR):
        raise NotAllowed(
            _("學校的常用退回原因由註冊組維護。"), remedy=_("您可以建立自己的常用原因。")
        )


def _mine(session: Session, actor: Actor, reason_id: int) -> ReturnReason:
    found = session.get(ReturnReason, reason_id, with_for_update=db.HELD)
    if found is None:
        raise nowhere(ReturnReason, reason_id)
    if found.school_id != actor.school_id:
        raise ForeignRecord(KIND, reason_id)
    if found.owner_id is None:
        _require_keeper(actor)
    elif found.owner_id != actor.person_id:
        raise ForeignRecord(KIND, reason_id)
    return found


def _all(session: Session, actor: Actor, owner_id: int | None) -> list[ReturnReason]:
    whose = (
        ReturnReason.owner_id.is_(None) if owner_id is None else ReturnReason.owner_id == owner_id
    )
    query = (
        sa.select(ReturnReason)
        .where(ReturnReason.school_id == actor.school_id, whose)
        .order_by(ReturnReason.place, ReturnReason.id)
        .with_for_update(**db.HELD)
    )
    return list(session.scalars(query))
