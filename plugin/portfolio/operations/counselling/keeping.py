"""What happens to a registered record: it is added to, followed up, made void; never deleted."""

from __future__ import annotations

import sqlalchemy as sa
from flask_babel import gettext as _

from forms.text import normalise
from plugin import clock, db
from plugin.actor import Actor, system
from plugin.errors import Conflict, InvalidInput
from plugin.portfolio import notices
from plugin.portfolio.models import (
    Counselling,
    CounsellingAddendum,
    CounsellingState,
)
from plugin.portfolio.operations.counselling.complete import TEXT_POINTS, require_nameless
from plugin.portfolio.operations.counselling.found import KIND, readable, written
from plugin.portfolio.operations.found import audited
from plugin.portfolio.queries.counsellors import waiting_for_follow_up
from plugin.portfolio.states import COUNSELLING_LABELS, move_counselling
from plugin.trail.chain import record

REASON_POINTS = 500
CHUNK = 500


@audited
def add(actor: Actor, record_id: int, text: str) -> CounsellingAddendum:
    """Add something to a registered record, at any time; it is never changed afterwards.

    :raises InvalidInput: nothing, too much, or a student's name in a group's record.
    :raises Conflict: a draft, or void.
    """
    said = _text(text, "text", _("請填寫「補充說明」。"), TEXT_POINTS)
    with db.writing() as session:
        found = readable(session, actor, record_id)
        _require_kept(found)
        require_nameless(found, said, "text")
        assert actor.person_id is not None
        made = CounsellingAddendum(
            counselling_id=found.id,
            text=said,
            by_id=actor.person_id,
            by_name=actor.name,
            at=clock.now(),
        )
        session.add(made)
        session.flush()
        record(actor, "counselling.add", KIND, found.id, addendum=made.id)
        return made


@audited
def follow_up(actor: Actor, record_id: int) -> Counselling:
    """Mark a follow-up as done, by whoever is the student's counsellor now.

    :raises Conflict: there is none, it is done already, or the record is void.
    """
    with db.writing() as session:
        found = readable(session, actor, record_id)
        _require_kept(found)
        if found.follow_up_on is None or found.followed_up_at is not None:
            raise Conflict(_("這筆紀錄沒有待追蹤的事項。"), remedy=_("請重新整理頁面。"))
        found.followed_up_at = clock.now()
        record(actor, "counselling.follow_up", KIND, found.id)
        return found


@audited
def make_void(actor: Actor, record_id: int, reason: str) -> Counselling:
    """Make a registered record void: it stays, with the reason, and students see it no more.

    :raises InvalidInput: no reason. :raises Conflict: a draft, or void already.
    """
    said = _text(reason, "reason", _("請填寫「作廢原因」。"), REASON_POINTS)
    with db.writing() as session:
        found = written(session, actor, record_id)
        move_counselling(found, "make_void")
        found.voided_at, found.void_reason = clock.now(), said
        record(actor, "counselling.void", KIND, found.id)
        return found


def remind() -> int:
    """Tell counsellors which follow-ups are due today, each once; returns how many.

    Safe to run at any time and twice; what was due while the house stood still is told now.
    """
    told = 0
    for school_id in _schools_with_due():
        while some := _remind_some(school_id):
            told += some
    return told


def _due() -> tuple[sa.ColumnElement[bool], ...]:
    return (
        *waiting_for_follow_up(),
        Counselling.follow_up_on <= clock.today(),
        Counselling.reminded_at.is_(None),
    )


def _schools_with_due() -> list[int]:
    return list(db.reading().scalars(sa.select(Counselling.school_id).where(*_due()).distinct()))


def _remind_some(school_id: int) -> int:
    with db.writing() as session:
        rows = session.scalars(
            sa.select(Counselling)
            .where(Counselling.school_id == school_id, *_due())
            .order_by(Counselling.id)
            .limit(CHUNK)
            .with_for_update(**db.HELD)
        ).all()
        due: dict[int, int] = {}
        for row in rows:
            row.reminded_at = clock.now()
            due[row.counsellor_id] = due.get(row.counsellor_id, 0) + 1
            record(system(school_id), "counselling.remind", KIND, row.id)
        for counsellor_id, count in due.items():
            notices.follow_up_due(school_id, counsellor_id, count)
        return len(rows)


def _require_kept(found: Counselling) -> None:
    if found.state is not CounsellingState.KEPT:
        raise Conflict(
            _("這筆紀錄目前是「%(state)s」。", state=COUNSELLING_LABELS[found.state].text),
            remedy=_("只有已登錄的紀錄可以補充或追蹤。"),
        )


def _text(text: str, field: str, missing: str, most: int) -> str:
    said = normalise(text)
    if not said:
        raise InvalidInput(missing, fields={field: missing})
    if len(said) > most:
        words = _("最多 %(most)s 字，請刪減。", most=most)
        raise InvalidInput(words, fields={field: words})
    return said
