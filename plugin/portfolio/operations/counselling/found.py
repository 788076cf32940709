"""Loading a counselling record for a change or to read it; strangers find nothing."""

from __future__ import annotations

from sqlalchemy.orm import Session

from plugin import db
from plugin.actor import Actor
from plugin.paging import Page
from plugin.portfolio import policy
from plugin.portfolio.models import Counselling
from plugin.portfolio.operations.found import ForeignRecord, audited, nowhere
from plugin.portfolio.queries import counselling as reads
from plugin.portfolio.queries.counsellors import own_student
from plugin.school.models import Person
from plugin.trail.chain import record

KIND = "counselling"
PRINTED = 200
"""Records of one student on paper; nobody has had more."""


def held(session: Session, record_id: int) -> Counselling:
    """The record, its row held until the transaction ends.

    :raises NotFound: none in this school.
    """
    found = session.get(Counselling, record_id, with_for_update=db.HELD, populate_existing=True)
    if found is None:
        raise nowhere(Counselling, record_id)
    return found


def written(session: Session, actor: Actor, record_id: int) -> Counselling:
    """A record that the actor wrote.

    :raises NotFound: none, or somebody else's.
    """
    found = held(session, record_id)
    if not policy.wrote(actor, found):
        raise ForeignRecord(KIND, record_id)
    return found


def readable(session: Session, actor: Actor, record_id: int) -> Counselling:
    """A record that the actor may add to: the counsellor's, or of one of the actor's students.

    :raises NotFound: none, or not for this person.
    """
    found = held(session, record_id)
    if not reads.may_read(actor, found):
        raise ForeignRecord(KIND, record_id)
    return found


@audited
def seen_by_writer(actor: Actor, record_id: int) -> Counselling:
    """The actor's own record, to look at before it is changed.

    :raises NotFound: none, or somebody else's; reaching for that leaves an audit line.
    """
    found = db.reading().get(Counselling, record_id)
    if found is None:
        raise nowhere(Counselling, record_id)
    if not policy.wrote(actor, found):
        raise ForeignRecord(KIND, record_id)
    return found


@audited
def opened(actor: Actor, record_id: int, *, verb: str = "counselling.read") -> Counselling:
    """A record that a counsellor may read. Reading what another wrote, and printing anything,
    leaves an audit line.

    :raises NotFound: none, or not for this person; reaching for that leaves an audit line.
    """
    found = db.reading().get(Counselling, record_id)
    if found is None:
        raise nowhere(Counselling, record_id)
    if not reads.may_read(actor, found):
        raise ForeignRecord(KIND, record_id)
    if verb != "counselling.read" or not policy.wrote(actor, found):
        _told(actor, verb, KIND, record_id)
    return found


@audited
def history(
    actor: Actor, student_id: int, *, after: str | None = None, printed: bool = False
) -> tuple[Person, Page[reads.Sheet]]:
    """One of the actor's students with every record, newest first; a page, or all to print.

    Reading what others wrote, and printing, leaves an audit line.

    :raises NotFound: nobody, or not the actor's student; reaching for that leaves an audit line.
    """
    student = own_student(actor, student_id)
    if student is None:
        known = db.reading().get(Person, student_id)
        raise nowhere(Person, student_id) if known is None else ForeignRecord("person", student_id)
    limit = PRINTED if printed else reads.SHEETS
    found = reads.history(actor, student_id, after=after, limit=limit)
    if printed:
        _told(actor, "counselling.print", "person", student_id)
    elif any(not policy.wrote(actor, one.record) for one in found.items):
        _told(actor, "counselling.read", "person", student_id)
    return student, found


def of_family(actor: Actor, student_id: int, *, after: str | None = None) -> Page[reads.Sheet]:
    """What a student reads of oneself, or a parent of a child; a parent's reading leaves a line."""
    found = reads.of_student(actor, student_id, after=after)
    if found.items and student_id != actor.person_id:
        _told(actor, "counselling.read", "person", student_id)
    return found


def _told(actor: Actor, verb: str, kind: str, subject_id: int) -> None:
    with db.writing():
        record(actor, verb, kind, subject_id)
