"""Reads for the entrance's pages."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from flask_babel import gettext as _

from plugin import clock, db
from plugin.entrance.models import (
    CourseBinding,
    Deployment,
    DeploymentState,
    Invitation,
    LaunchContext,
    LaunchLog,
    LaunchPerson,
    Registration,
    TermsAnswer,
)
from plugin.errors import NotFound
from plugin.ids import row_id
from plugin.paging import PAGE_SIZE, Page
from plugin.school import queries as school
from plugin.school.models import Course, Person, PersonKind
from plugin.school.terms import term_of


@dataclass(frozen=True)
class Waiting:
    """An unbound account and the people it could be."""

    account: LaunchPerson
    candidates: tuple[Person, ...]


def connections(school_id: int) -> list[tuple[Registration, list[Deployment]]]:
    """The school's platforms with its deployments there, newest first. A shared platform
    (`school_id` None) is among them once a deployment there is this school's."""
    shared = sa.exists().where(
        Deployment.registration_id == Registration.id, Deployment.school_id == school_id
    )
    registrations = list(
        db.reading().scalars(
            sa.select(Registration)
            .where(
                sa.or_(
                    Registration.school_id == school_id,
                    sa.and_(Registration.school_id.is_(None), shared),
                )
            )
            .order_by(Registration.id.desc())
            .limit(PAGE_SIZE)
        )
    )
    deployments: dict[int, list[Deployment]] = {one.id: [] for one in registrations}
    query = sa.select(Deployment).where(
        Deployment.school_id == school_id, Deployment.registration_id.in_(deployments)
    )
    for one in db.reading().scalars(query.order_by(Deployment.id).limit(500)):
        deployments[one.registration_id].append(one)
    return [(one, deployments[one.id]) for one in registrations]


def registrations() -> list[Registration]:
    """Every registration of the installation, for the command line."""
    return list(db.reading().scalars(sa.select(Registration).order_by(Registration.id)))


def own_registration(school_id: int, registration_id: int) -> Registration:
    """A platform that the school itself may change.

    :raises NotFound: none of this school; a shared one is the installation's.
    """
    found = db.reading().get(Registration, registration_id)
    if found is None or found.school_id != school_id:
        raise NotFound(_("找不到這個平臺。"))
    return found


def last_launch(school_id: int, registration_id: int) -> datetime | None:
    """When somebody of the school last came in by a platform."""
    query = (
        sa.select(LaunchLog.at)
        .where(
            LaunchLog.school_id == school_id,
            LaunchLog.registration_id == registration_id,
            LaunchLog.code == "OK",
        )
        .order_by(LaunchLog.id.desc())
        .limit(1)
    )
    return db.reading().scalar(query)


def waiting_deployments(school_id: int | None = None) -> list[Deployment]:
    """Deployments that nobody has approved yet."""
    query = sa.select(Deployment).where(Deployment.state == DeploymentState.WAITING)
    if school_id is not None:
        query = query.where(Deployment.school_id == school_id)
    return list(db.reading().scalars(query.order_by(Deployment.id).limit(500)))


def invitations(school_id: int) -> list[Invitation]:
    """The newest installation links, used and unused."""
    query = sa.select(Invitation).where(Invitation.school_id == school_id)
    return list(db.reading().scalars(query.order_by(Invitation.id.desc()).limit(20)))


def waiting_people(school_id: int, after: str | None = None) -> Page[Waiting]:
    """Accounts that wait for the registry, each with everybody of the same number, e-mail or
    name. Test users are nobody and do not wait."""
    query = sa.select(LaunchPerson).where(
        LaunchPerson.school_id == school_id,
        LaunchPerson.person_id.is_(None),
        LaunchPerson.is_test_user.is_(False),
    )
    if (begin := row_id(after)) is not None:
        query = query.where(LaunchPerson.id > begin)
    accounts = db.reading().scalars(query.order_by(LaunchPerson.id).limit(PAGE_SIZE + 1)).all()
    people = _candidates(school_id, accounts)
    rows = [
        Waiting(account, tuple(p for p in people if _alike(account, p))) for account in accounts
    ]
    return Page.cut(rows, PAGE_SIZE, lambda one: one.account.id)


def waiting_count(school_id: int) -> int:
    """How many accounts wait for the registry."""
    query = sa.select(sa.func.count()).where(
        LaunchPerson.school_id == school_id,
        LaunchPerson.person_id.is_(None),
        LaunchPerson.is_test_user.is_(False),
    )
    return db.reading().scalar(query) or 0


def account(school_id: int, launch_person_id: int) -> LaunchPerson:
    """:raises NotFound: no account of this school."""
    found = db.reading().get(LaunchPerson, launch_person_id)
    if found is None or found.school_id != school_id:
        raise NotFound(_("找不到這個平臺帳號。"))
    return found


def account_of_subject(
    school_id: int, registration_id: int | None, subject: str
) -> LaunchPerson | None:
    """How a platform's `sub` is known in this school; None: never seen here. The same account in
    another school, or the same `sub` of another platform, is somebody else; no platform knows
    nobody."""
    return db.reading().scalar(
        sa.select(LaunchPerson).where(
            LaunchPerson.school_id == school_id,
            LaunchPerson.registration_id == registration_id,
            LaunchPerson.subject == subject,
        )
    )


def terms_answer(school_id: int, launch_person_id: int) -> TermsAnswer | None:
    """What somebody answered last to the terms of use; None: nothing yet."""
    return db.reading().scalar(
        sa.select(TermsAnswer)
        .where(TermsAnswer.school_id == school_id, TermsAnswer.launch_person_id == launch_person_id)
        .order_by(TermsAnswer.id.desc())
        .limit(1)
    )


def bound_people(
    school_id: int, after: str | None = None
) -> Page[tuple[LaunchPerson, Person, datetime | None]]:
    """Bound accounts, the latest first, to look over and undo."""
    query = (
        sa.select(LaunchPerson, Person)
        .join(Person, Person.id == LaunchPerson.person_id)
        .where(LaunchPerson.school_id == school_id)
    )
    if (begin := row_id(after)) is not None:
        query = query.where(LaunchPerson.id < begin)
    rows = db.reading().execute(query.order_by(LaunchPerson.id.desc()).limit(PAGE_SIZE + 1)).all()
    return Page.cut(
        [(row[0], row[1], row[0].bound_at) for row in rows], PAGE_SIZE, lambda one: one[0].id
    )


def context(school_id: int, context_id: int) -> LaunchContext:
    """:raises NotFound: no LMS course of this school."""
    found = db.reading().get(LaunchContext, context_id)
    if found is None or found.school_id != school_id:
        raise NotFound(_("找不到這門平臺課程。"))
    return found


def contexts(school_id: int, after: str | None = None) -> Page[tuple[LaunchContext, list[Course]]]:
    """LMS courses and what they stand for, the newest first."""
    query = sa.select(LaunchContext).where(LaunchContext.school_id == school_id)
    if (begin := row_id(after)) is not None:
        query = query.where(LaunchContext.id < begin)
    found = db.reading().scalars(query.order_by(LaunchContext.id.desc()).limit(PAGE_SIZE + 1)).all()
    courses: dict[int, list[Course]] = {one.id: [] for one in found}
    bindings = (
        sa.select(CourseBinding.launch_context_id, Course)
        .join(Course, Course.id == CourseBinding.course_id)
        .where(CourseBinding.launch_context_id.in_(courses))
        .order_by(Course.number)
    )
    for context_id, course in db.reading().execute(bindings):
        courses[context_id].append(course)
    return Page.cut([(one, courses[one.id]) for one in found], PAGE_SIZE, lambda one: one[0].id)


def courses_of_context(context_id: int) -> list[Course]:
    """The roster courses that an LMS course stands for."""
    query = (
        sa.select(Course)
        .join(CourseBinding, CourseBinding.course_id == Course.id)
        .where(CourseBinding.launch_context_id == context_id)
    )
    return list(db.reading().scalars(query.order_by(Course.number)))


def choosable_courses(
    school_id: int, teacher_id: int | None, bound: list[Course], text: str
) -> list[Course]:
    """Courses of this term to choose from: a teacher's own (`teacher_id`), or a search over all;
    those that are bound already are always among them."""
    now = term_of(clock.today())
    if teacher_id is not None:
        offered = school.courses_of_teacher(teacher_id, now.academic_year, now.term)
    else:
        offered = list(school.courses(school_id, now.academic_year, now.term, text=text).items)
    known = {one.id for one in bound}
    return bound + [one for one in offered if one.id not in known]


def _candidates(school_id: int, accounts: object) -> list[Person]:
    rows: list[LaunchPerson] = list(accounts)  # type: ignore[call-overload]
    numbers = {one.number for one in rows} - {""}
    emails = {one.email for one in rows} - {""}
    names = {one.name for one in rows} - {""}
    if not (numbers or emails or names):
        return []
    query = sa.select(Person).where(
        Person.school_id == school_id,
        Person.active,
        Person.kind != PersonKind.APPLICANT,
        sa.or_(Person.number.in_(numbers), Person.email.in_(emails), Person.name.in_(names)),
    )
    return list(db.reading().scalars(query.order_by(Person.number).limit(500)))


def _alike(account: LaunchPerson, person: Person) -> bool:
    return (
        (bool(account.number) and account.number == person.number)
        or (bool(account.email) and account.email == person.email)
        or (bool(account.name) and account.name == person.name)
    )
