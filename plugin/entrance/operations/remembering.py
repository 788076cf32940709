"""Who launches from where: what is known of them, and what a launch says anew."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lti.claims import Person as PersonClaims
from lti.claims import VerifiedLaunch
from lti.roles import LaunchRoles, Role
from plugin.entrance.models import Deployment, DeploymentState, LaunchContext, LaunchPerson
from plugin.entrance.operations import binding
from plugin.entrance.operations.prepared import Line
from plugin.school.models import School

_KNOWN = (
    sa.select(
        Deployment.school_id,
        Deployment.state.label("deployment_state"),
        Deployment.notices_url,
        School.settings,
        LaunchPerson.id.label("person_row"),
        LaunchPerson.name,
        LaunchPerson.email,
        LaunchPerson.email_verified,
        LaunchPerson.number,
        LaunchPerson.taught,
        LaunchPerson.is_test_user,
        LaunchPerson.person_id,
        LaunchPerson.hold,
        LaunchContext.id.label("context_row"),
        LaunchContext.label,
        LaunchContext.title,
        LaunchContext.number.label("course_number"),
        LaunchContext.memberships_url,
        LaunchContext.line_items_url,
        LaunchContext.groups_url,
        LaunchContext.group_sets_url,
        LaunchContext.hold.label("context_hold"),
        binding.HAS_COURSE.label("course_bound"),
    )
    .select_from(Deployment)
    .join(School, School.id == Deployment.school_id)
    .outerjoin(
        LaunchPerson,
        sa.and_(
            LaunchPerson.registration_id == Deployment.registration_id,
            LaunchPerson.subject == sa.bindparam("subject"),
            LaunchPerson.school_id == Deployment.school_id,
        ),
    )
    .outerjoin(
        LaunchContext,
        sa.and_(
            LaunchContext.registration_id == Deployment.registration_id,
            LaunchContext.context_id == sa.bindparam("context"),
            LaunchContext.school_id == Deployment.school_id,
        ),
    )
    .where(
        Deployment.registration_id == sa.bindparam("registration"),
        Deployment.deployment_id == sa.bindparam("deployment"),
    )
)


def known_of(line: Line, registration_id: int, launch: VerifiedLaunch) -> Any:
    """One row: deployment, school, launch person and LMS course; None for an unseen deployment."""
    return line.first(_KNOWN, _asked(registration_id, launch))


def known_now(session: Session, registration_id: int, launch: VerifiedLaunch) -> Any:
    """The same within a write transaction, for a deployment that is there."""
    return session.execute(_KNOWN, _asked(registration_id, launch)).one()


def _asked(registration_id: int, launch: VerifiedLaunch) -> dict[str, Any]:
    return {
        "registration": registration_id,
        "deployment": launch.deployment_id,
        "subject": launch.person.sub if launch.person else "",
        "context": launch.context.id if launch.context else "",
    }


def settled(known: Any, launch: VerifiedLaunch, roles: LaunchRoles) -> bool:
    """Whether this launch says nothing new: everybody bound, nothing changed, nothing to decide."""
    if known is None or known.deployment_state is not DeploymentState.ACTIVE:
        return False
    if _notices_of(launch, known) != known.notices_url:
        return False
    if launch.person is not None and (
        known.person_id is None or _differs(known, _said_of_person(launch.person, roles))
    ):
        return False
    if launch.context is None:
        return True
    return known.context_row is not None and _context_settled(
        _said_of_context(launch, known), known
    )


def remember_person(
    session: Session,
    claims: PersonClaims | None,
    roles: LaunchRoles,
    known: Any,
    registration_id: int,
    now: datetime,
) -> tuple[int | None, int | None]:
    """(launch person, school person); a row is written only when something is new."""
    if claims is None:
        return None, None
    said = _said_of_person(claims, roles)
    row: int | None = known.person_row
    if row is not None and known.person_id is not None:
        if _differs(known, said):
            session.execute(
                sa.update(LaunchPerson).where(LaunchPerson.id == row).values(changed_at=now, **said)
            )
        return row, known.person_id
    if row is None:
        person = LaunchPerson(
            registration_id=registration_id,
            school_id=known.school_id,
            subject=claims.sub,
            first_seen_at=now,
            changed_at=now,
            **said,
        )
        session.add(person)
    else:
        person = session.get_one(LaunchPerson, row)
        if _differs(known, said):
            for name, value in said.items():
                setattr(person, name, value)
            person.changed_at = now
    session.flush()
    binding.bind_by_claims(session, person, known.settings, now)
    return person.id, person.person_id


def remember_deployment(
    session: Session, launch: VerifiedLaunch, known: Any, registration_id: int
) -> None:
    """Where the platform takes notice handlers, when it says so and that is new."""
    said = _notices_of(launch, known)
    if said == known.notices_url:
        return
    session.execute(
        sa.update(Deployment)
        .where(
            Deployment.registration_id == registration_id,
            Deployment.deployment_id == launch.deployment_id,
        )
        .values(notices_url=said)
    )


def remember_context(
    session: Session, launch: VerifiedLaunch, known: Any, registration_id: int, now: datetime
) -> tuple[int | None, bool]:
    """(LMS course, whether it stands for a roster course)."""
    if launch.context is None:
        return None, False
    said = _said_of_context(launch, known)
    if known.context_row is not None:
        if _context_settled(said, known):
            return known.context_row, known.course_bound
        context = session.get_one(LaunchContext, known.context_row)
        if said != _kept_of_context(known):
            for name, value in said.items():
                setattr(context, name, value)
            context.changed_at = now
    else:
        context = LaunchContext(
            registration_id=registration_id,
            school_id=known.school_id,
            context_id=launch.context.id,
            first_seen_at=now,
            changed_at=now,
            **said,
        )
        session.add(context)
    session.flush()
    return context.id, binding.bind_course_by_number(session, context, now)


def _said_of_person(claims: PersonClaims, roles: LaunchRoles) -> dict[str, Any]:
    return {
        "name": claims.name[:120],
        "email": claims.email[:254],
        "email_verified": claims.email_verified,
        "number": claims.sourcedid[:64],
        "taught": Role.INSTRUCTOR in roles,
        "is_test_user": roles.is_test_user,
    }


def _differs(known: Any, said: dict[str, Any]) -> bool:
    return any(getattr(known, name) != value for name, value in said.items())


def _said_of_context(launch: VerifiedLaunch, known: Any) -> dict[str, Any]:
    assert launch.context is not None
    # A deep-linking launch in a course without our activity lacks the roster address.
    roster = launch.services.memberships_url or known.memberships_url or ""
    return {
        "label": launch.context.label[:255],
        "title": launch.context.title[:255],
        "number": launch.context.sourcedid[:255],
        "memberships_url": roster[:512],
        "line_items_url": launch.services.line_items_url[:512],
        # Not every message carries the claim; what was offered once is asked until it refuses.
        "groups_url": (launch.services.groups_url or known.groups_url or "")[:512],
        "group_sets_url": (launch.services.group_sets_url or known.group_sets_url or "")[:512],
    }


def _notices_of(launch: VerifiedLaunch, known: Any) -> str:
    said: str = (launch.services.notices_url or known.notices_url)[:512]
    return said


def _kept_of_context(known: Any) -> dict[str, Any]:
    return {
        "label": known.label,
        "title": known.title,
        "number": known.course_number,
        "memberships_url": known.memberships_url,
        "line_items_url": known.line_items_url,
        "groups_url": known.groups_url,
        "group_sets_url": known.group_sets_url,
    }


def _context_settled(said: dict[str, Any], known: Any) -> bool:
    decided = known.course_bound or known.context_hold or not said["number"]
    return bool(decided) and said == _kept_of_context(known)
