"""Launch people become school people, LMS courses stand for roster courses; audited, reversible."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from plugin import clock, db
from plugin.actor import Actor, Role
from plugin.entrance.models import BindingHow, CourseBinding, LaunchContext, LaunchPerson
from plugin.errors import Conflict, NotAllowed, NotFound, Refusal
from plugin.school import policy
from plugin.school import queries as school
from plugin.school.models import Course, Person, PersonKind
from plugin.trail import events
from plugin.trail.chain import record

HAS_COURSE = sa.exists().where(CourseBinding.launch_context_id == LaunchContext.id)


def bind_by_claims(
    session: Session, person: LaunchPerson, settings: Mapping[str, Any], now: datetime
) -> None:
    """Bind by number, then by e-mail; nobody when it is not exactly one person.

    E-mail counts if the LMS says it is verified, or if the school trusts its LMS's addresses
    (`settings["trust_lms_email"]`): Moodle never says. A test user is nobody.
    """
    if person.person_id is not None or person.hold or person.is_test_user:
        return
    how, found = BindingHow.NUMBER, _one(session, person, Person.number, person.number)
    trusted = person.email_verified is True or bool(settings.get("trust_lms_email"))
    if found is None and trusted:
        how, found = BindingHow.EMAIL, _one(session, person, Person.email, person.email)
    if found is None:
        return
    _bind(session, person, found, how, None, now)


def bind_course_by_number(session: Session, context: LaunchContext, now: datetime) -> bool:
    """Let an LMS course stand for the roster course of the same number, unless somebody chose."""
    bound = session.scalar(
        sa.select(CourseBinding.id).where(CourseBinding.launch_context_id == context.id).limit(1)
    )
    if bound is not None:
        return True
    if context.hold or not context.number:
        return False
    courses = session.scalars(
        sa.select(Course.id).where(
            Course.school_id == context.school_id, Course.number == context.number
        )
    ).all()
    for course_id in courses:
        session.add(CourseBinding(launch_context_id=context.id, course_id=course_id, bound_at=now))
        record(
            _machine(context.school_id), "course.bind", "launch_context", context.id,
            course=course_id, how="number",
        )  # fmt: skip
    session.flush()
    if courses:
        events.announce(
            events.course_bound, school_id=context.school_id, launch_context_id=context.id
        )
    return bool(courses)


def bind_person(actor: Actor, launch_person_id: int, person_id: int) -> None:
    """The registry says who a launch person is.

    :raises NotFound: not of this school. :raises Conflict: bound already.
    :raises NotAllowed: the person is an administrator, the actor is none.
    """
    with db.writing() as session:
        launch_person = _launch_person(session, actor, launch_person_id)
        person = school.person(launch_person.school_id, person_id)
        if person is None or not person.active or person.kind is PersonKind.APPLICANT:
            raise NotFound(_("找不到這個人。"))
        policy.require_may_identify(actor, person.id)
        if launch_person.person_id is not None:
            raise Conflict(_("這個帳號已經配對過了。"), remedy=_("請先解除原來的配對。"))
        _bind(session, launch_person, person, BindingHow.REGISTRY, actor, clock.now())


class LastAdministrator(Refusal):
    """After this nobody could come in as administrator any more: it takes saying so twice."""

    code = "LAST_ADMINISTRATOR"
    status = 409


def unbind_person(actor: Actor, launch_person_id: int, *, sure: bool = False) -> None:
    """Undo a binding; the account waits in the queue and is not bound by itself again.

    :param sure: also if no account of any administrator is left.
    :raises NotFound: not of this school. :raises Conflict: not bound.
    :raises NotAllowed: the person is an administrator, the actor is none.
    :raises LastAdministrator: no other account leads to an administrator, and nobody is `sure`.
    """
    with db.writing() as session:
        launch_person = _launch_person(session, actor, launch_person_id)
        if launch_person.person_id is None:
            raise Conflict(_("這個帳號目前沒有配對。"))
        policy.require_may_identify(actor, launch_person.person_id)
        if not sure and _is_last_way_in(session, launch_person):
            raise LastAdministrator(
                _("這是貴校最後一個能以系統管理者身分進入的帳號。"),
                remedy=_("請先為另一位系統管理者配對帳號，再解除這一個。"),
            )
        record(
            actor, "person.unbind", "launch_person", launch_person.id,
            person=launch_person.person_id, how=launch_person.bound_how,
        )  # fmt: skip
        launch_person.person_id = launch_person.bound_how = None
        launch_person.bound_by_id = launch_person.bound_at = None
        launch_person.hold = True


def bind_by_code(
    session: Session, launch_person: LaunchPerson, person: Person, now: datetime
) -> None:
    """A code that was given to `person` says so."""
    _bind(session, launch_person, person, BindingHow.CODE, None, now)


def choose_courses(actor: Actor, context_id: int, course_ids: Collection[int]) -> None:
    """Say which roster courses an LMS course stands for; the registry any, a teacher own ones.

    :raises NotAllowed: a course that the teacher does not teach. :raises NotFound: not of this
        school.
    """
    with db.writing() as session:
        context = session.get(LaunchContext, context_id)
        if context is None or context.school_id != actor.school_id:
            raise NotFound(_("找不到這門平臺課程。"))
        now = clock.now()
        registry = actor.has(Role.REGISTRY, Role.ADMINISTRATOR)
        before = {
            row.course_id: row
            for row in session.scalars(
                sa.select(CourseBinding).where(CourseBinding.launch_context_id == context.id)
            )
        }
        for course_id in before.keys() ^ set(course_ids):
            if school.course(context.school_id, course_id) is None:
                raise NotFound(_("找不到這門課。"))
            if not registry and not _teaches(actor, course_id):
                raise NotAllowed(
                    _("您不是這門課的任課教師，不能更動對應。"), remedy=_("請洽註冊組。")
                )
        for course_id in set(course_ids) - before.keys():
            session.add(
                CourseBinding(
                    launch_context_id=context.id,
                    course_id=course_id,
                    bound_by_id=actor.person_id,
                    bound_at=now,
                )
            )
            record(actor, "course.bind", "launch_context", context.id, course=course_id, how="hand")
        for course_id in before.keys() - set(course_ids):
            session.delete(before[course_id])
            record(actor, "course.unbind", "launch_context", context.id, course=course_id)
        context.hold = True
        if set(course_ids) - before.keys():
            events.announce(
                events.course_bound, school_id=context.school_id, launch_context_id=context.id
            )


def _bind(
    session: Session,
    launch_person: LaunchPerson,
    person: Person,
    how: BindingHow,
    actor: Actor | None,
    now: datetime,
) -> None:
    launch_person.person_id = person.id
    launch_person.bound_how = how
    launch_person.bound_by_id = actor.person_id if actor else None
    launch_person.bound_at = now
    launch_person.hold = False
    session.flush()
    record(
        actor or _machine(launch_person.school_id), "person.bind", "launch_person",
        launch_person.id, person=person.id, how=how,
    )  # fmt: skip
    events.announce(events.person_bound, school_id=launch_person.school_id, person_id=person.id)


def _one(session: Session, person: LaunchPerson, column: Any, value: str) -> Person | None:
    """The one active person of the roster with this value; None for nobody and for several.

    Applicants who came by mail are not on it: a launch must not become one of them because both
    have the same address.
    """
    if not value:
        return None
    query = sa.select(Person).where(
        Person.school_id == person.school_id,
        column == value,
        Person.active,
        Person.kind != PersonKind.APPLICANT,
    )
    found = session.scalars(query.limit(2)).all()
    return found[0] if len(found) == 1 else None


def _is_last_way_in(session: Session, launch_person: LaunchPerson) -> bool:
    """Whether this account leads to an administrator, and no other one does."""
    school_id = launch_person.school_id
    bosses = [one.id for one in school.people_holding(school_id, Role.ADMINISTRATOR, clock.today())]
    if launch_person.person_id not in bosses:
        return False
    others = sa.select(LaunchPerson.id).where(
        LaunchPerson.school_id == school_id,
        LaunchPerson.person_id.in_(bosses),
        LaunchPerson.id != launch_person.id,
    )
    return session.scalar(others.limit(1)) is None


def _launch_person(session: Session, actor: Actor, launch_person_id: int) -> LaunchPerson:
    found = session.get(LaunchPerson, launch_person_id, with_for_update=db.HELD)
    if found is None or found.school_id != actor.school_id:
        raise NotFound(_("找不到這個平臺帳號。"))
    return found


def _teaches(actor: Actor, course_id: int) -> bool:
    return actor.person_id is not None and school.may_certify(
        actor.person_id, course_id, clock.today()
    )


def _machine(school_id: int) -> Actor:
    return Actor(school_id=school_id, name="LTI")
