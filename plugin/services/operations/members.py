"""People of a roster become launch people and members of the LMS course, a page at a time.

What the roster says refreshes what is known, and empties nothing: a platform that may not send
e-mail leaves it out. Its roles grant nothing and take nothing away: Moodle's roster calls a
non-editing teacher a Learner, whom the launch calls Instructor. Nobody is ever deleted.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lti.names import display_name
from lti.roles import Role, launch_roles
from lti.services.roster import Member
from plugin import clock, db
from plugin.entrance.models import LaunchPerson
from plugin.entrance.operations import binding
from plugin.inserting import insert_new
from plugin.school.models import Person, School
from plugin.services.models import CourseMember, GradePush, PushState
from plugin.services.operations.groups import take_memberships
from plugin.services.operations.rosters import Run, held

BATCH = 200
"""People of one transaction: everybody else can write in between."""


@dataclass(frozen=True)
class _Said:
    """What the roster says of somebody, in our own words."""

    subject: str
    name: str
    email: str
    number: str
    roles: tuple[str, ...]
    active: bool
    group_ids: tuple[str, ...]


def take(run: Run, members: Iterable[Member]) -> int:
    """Remember a page of members; returns how many are in the course.

    :raises Overtaken: another worker synchronises this course now.
    """
    said = {one.subject: one for one in map(_read, members) if one is not None}
    with db.writing() as session:
        held(session, run)
        now = clock.now()
        people = _people(session, run, said, now)
        _bind(session, run, people, now)
        returned = _memberships(session, run, said, people, now)
        take_memberships(
            session,
            run.context_id,
            {people[one.subject].id: one.group_ids for one in said.values() if one.active
             and one.subject in people},
        )  # fmt: skip
        _try_again(session, run, returned, now)
        return sum(one.active for one in said.values())


def _read(member: Member) -> _Said | None:
    """None for nobody: a test user (Canvas's "student view"), an id that no launch could have."""
    roles = launch_roles(member.roles)
    subject = member.user_id
    if roles.is_test_user or not 1 <= len(subject) <= 255 or not subject.isascii():
        return None
    return _Said(
        subject=subject,
        name=display_name(member.name, member.given_name, member.family_name)[:120],
        email=member.email.strip().lower()[:254],
        number=member.sourcedid.strip()[:64],
        roles=tuple(sorted(roles.roles)),
        active=member.active,
        group_ids=member.group_ids,
    )


def _people(
    session: Session, run: Run, said: Mapping[str, _Said], now: datetime
) -> dict[str, LaunchPerson]:
    """Their accounts here, made or refreshed. Somebody who is named only to say that they are gone
    gets none."""
    insert_new(
        session,
        LaunchPerson,
        [
            {
                "registration_id": run.registration_id,
                "school_id": run.school_id,
                "subject": subject,
                "name": "",
                "email": "",
                "number": "",
                "taught": Role.INSTRUCTOR in said[subject].roles,
                "is_test_user": False,
                "hold": False,
                "first_seen_at": now,
                "changed_at": now,
            }
            for subject in sorted(_unknown(session, run, said))
        ],
    )
    query = (
        _of(run, said)
        .with_only_columns(LaunchPerson)
        .order_by(LaunchPerson.id)
        .with_for_update(**db.HELD)
    )
    found = {one.subject: one for one in session.scalars(query)}
    for subject, person in found.items():
        _refresh(person, said[subject], now)
    session.flush()
    return found


def _unknown(session: Session, run: Run, said: Mapping[str, _Said]) -> set[str]:
    present = {subject for subject, one in said.items() if one.active}
    return present - set(session.scalars(_of(run, said)))


def _of(run: Run, said: Mapping[str, _Said]) -> sa.Select[Any]:
    return sa.select(LaunchPerson.subject).where(
        LaunchPerson.registration_id == run.registration_id,
        LaunchPerson.school_id == run.school_id,
        LaunchPerson.subject.in_(said),
    )


def _refresh(person: LaunchPerson, said: _Said, now: datetime) -> None:
    """Take over what the roster says; what it leaves out stays as it was."""
    news = {
        name: value
        for name, value in (("name", said.name), ("email", said.email), ("number", said.number))
        if value and value != getattr(person, name)
    }
    if not news:
        return
    if "email" in news:
        person.email_verified = None  # that was said of another address
    for name, value in news.items():
        setattr(person, name, value)
    person.changed_at = now


def _bind(session: Session, run: Run, people: Mapping[str, LaunchPerson], now: datetime) -> None:
    """Bind by the rules of the launch. Asked once for all whose number or address anybody at
    school has; the rules themselves then look at those few."""
    free = [
        one
        for one in people.values()
        if one.person_id is None and not one.hold and not one.is_test_user
    ]
    numbers = {one.number for one in free} - {""}
    emails = {one.email for one in free} - {""}
    if not numbers and not emails:
        return
    known = session.execute(
        sa.select(Person.number, Person.email).where(
            Person.school_id == run.school_id,
            Person.active,
            sa.or_(Person.number.in_(numbers), Person.email.in_(emails)),
        )
    ).all()
    known_numbers, known_emails = {row.number for row in known}, {row.email for row in known}
    settings = session.get_one(School, run.school_id).settings
    for one in free:
        if one.number in known_numbers or (one.email and one.email in known_emails):
            binding.bind_by_claims(session, one, settings, now)


def _memberships(
    session: Session,
    run: Run,
    said: Mapping[str, _Said],
    people: Mapping[str, LaunchPerson],
    now: datetime,
) -> list[int]:
    """Who of them is in the course; returns the accounts that are new in it or have come back."""
    ids = [one.id for one in people.values()]
    known = {
        one.launch_person_id: one
        for one in session.scalars(
            sa.select(CourseMember).where(
                CourseMember.launch_context_id == run.context_id,
                CourseMember.launch_person_id.in_(ids),
            )
        )
    }
    arrived, new = [], []
    for subject, person in people.items():
        one, before = said[subject], known.get(person.id)
        if before is None:
            if one.active:
                new.append(_new_member(run, person.id, one.roles, now))
                arrived.append(person.id)
            continue
        if one.active and not before.active:
            arrived.append(person.id)
            before.gone_at = None
        elif before.active and not one.active:
            before.gone_at = now
        before.active, before.run = one.active, run.number
        if tuple(before.roles) != one.roles:
            before.roles = list(one.roles)
    insert_new(session, CourseMember, new)
    session.flush()
    return arrived


def _new_member(
    run: Run, launch_person_id: int, roles: Sequence[str], now: datetime
) -> dict[str, Any]:
    return {
        "launch_context_id": run.context_id,
        "launch_person_id": launch_person_id,
        "roles": list(roles),
        "active": True,
        "run": run.number,
        "first_seen_at": now,
        "gone_at": None,
    }


def _try_again(session: Session, run: Run, launch_person_ids: list[int], now: datetime) -> None:
    """Grades that the LMS would not take because it did not know them there: now it does."""
    session.execute(
        sa.update(GradePush)
        .where(
            GradePush.launch_context_id == run.context_id,
            GradePush.launch_person_id.in_(launch_person_ids),
            GradePush.state == PushState.FAILED,
            GradePush.code == "MEMBER_UNKNOWN",
        )
        .values(state=PushState.WAITING, attempts=0, next_at=now)
    )
