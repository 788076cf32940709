"""Loading a record for a change: the row is locked, the relation is asked, strangers find nothing.

What belongs to somebody else looks exactly like what does not exist; only the audit chain tells
the two apart.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import ParamSpec, TypeVar

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from plugin import db, tenancy
from plugin.actor import Actor
from plugin.errors import NotFound
from plugin.portfolio import policy
from plugin.portfolio.models import Experience, Outcome
from plugin.school.models import Person
from plugin.trail.chain import record

P = ParamSpec("P")
T = TypeVar("T")


class ForeignRecord(NotFound):
    """The record exists, and is another person's or another school's."""

    def __init__(self, kind: str, record_id: int) -> None:
        super().__init__(missing().message, remedy=missing().remedy)
        self.kind = kind
        self.record_id = record_id


def missing() -> NotFound:
    """There is no such record, as everybody is told."""
    return NotFound(_("找不到這筆資料，或它不屬於您。"), remedy=_("請由清單重新選擇。"))


def nowhere(model: type[db.Base], record_id: int) -> NotFound:
    """What is raised for a record that the actor's school does not have: nothing is shown of
    another school's, but reaching for it is a foreign record all the same (see `audited`)."""
    with tenancy.across("whether another school has it, for the audit line alone"):
        key = model.id  # type: ignore[attr-defined]
        known = db.reading().scalar(sa.select(key).where(key == record_id))
    return missing() if known is None else ForeignRecord(model.__tablename__, record_id)


def audited(operation: Callable[P, T]) -> Callable[P, T]:
    """Leave an audit line when somebody reached for a foreign record (first argument: actor)."""

    @functools.wraps(operation)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return operation(*args, **kwargs)
        except ForeignRecord as refusal:
            actor = args[0]
            assert isinstance(actor, Actor)
            with db.writing():
                record(
                    actor,
                    "access.foreign",
                    refusal.kind,
                    refusal.record_id,
                    operation=operation.__name__,
                )
            raise

    return guarded


def locked(session: Session, outcome_id: int) -> Outcome | None:
    """The outcome, its row held until the transaction ends."""
    return session.get(Outcome, outcome_id, with_for_update=db.HELD, populate_existing=True)


def own(session: Session, actor: Actor, outcome_id: int) -> Outcome:
    """The actor's own outcome.

    :raises NotFound: none, or somebody else's (with an audit line, see `audited`).
    """
    outcome = locked(session, outcome_id)
    if outcome is None:
        raise nowhere(Outcome, outcome_id)
    if not policy.owns(actor, outcome):
        raise ForeignRecord("outcome", outcome_id)
    return outcome


def own_experience(session: Session, actor: Actor, experience_id: int) -> Experience:
    """The actor's own experience, its row held until the transaction ends; raises as `own`."""
    found = session.get(Experience, experience_id, with_for_update=db.HELD, populate_existing=True)
    return _mine(actor, found, experience_id)


@audited
def seen_experience(actor: Actor, experience_id: int) -> Experience:
    """The actor's own experience, to look at; raises as `seen_by_owner`."""
    return _mine(actor, db.reading().get(Experience, experience_id), experience_id)


def _mine(actor: Actor, found: Experience | None, experience_id: int) -> Experience:
    if found is None:
        raise nowhere(Experience, experience_id)
    if not policy.owns(actor, found):
        raise ForeignRecord("experience", experience_id)
    return found


def hold_student(session: Session, student_id: int) -> None:
    """Let no second transaction count this student's places or choices meanwhile.

    SQLite writes one at a time anyway; PostgreSQL needs the row lock.
    """
    session.execute(sa.select(Person.id).where(Person.id == student_id).with_for_update(**db.HELD))


@audited
def seen_by_owner(actor: Actor, outcome_id: int) -> Outcome:
    """The actor's own outcome, to look at.

    :raises NotFound: none, or somebody else's; reaching for that leaves an audit line.
    """
    outcome = db.reading().get(Outcome, outcome_id)
    if outcome is None:
        raise nowhere(Outcome, outcome_id)
    if not policy.owns(actor, outcome):
        raise ForeignRecord("outcome", outcome_id)
    return outcome
