"""A launch comes in: used up, its person and course remembered, a session opened. One commit."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from flask import current_app
from sqlalchemy.orm import Session

from lti import vocabulary as v
from lti.claims import Person as PersonClaims
from lti.claims import VerifiedLaunch
from lti.errors import LaunchError, LtiError
from lti.keyset import KeySetCache
from lti.launch import Browser, Checked, inspect_launch, use_up
from lti.roles import LaunchRoles, Role, Widening, launch_roles
from plugin import clock, db
from plugin.actor import Actor
from plugin.entrance.models import (
    Deployment,
    LaunchContext,
    LaunchLog,
    LaunchPerson,
    LaunchSession,
    LoginTransaction,
    Registration,
)
from plugin.entrance.operations import binding
from plugin.entrance.operations.stores import Registrations, Transactions
from plugin.entrance.tokens import digest, new_token
from plugin.school.models import School
from plugin.settings import Settings
from plugin.trail.chain import record

LANDING = "/"
"""Path of the desk, without the session."""


@dataclass(frozen=True)
class Entered:
    """A launch that is in: `token` goes into the path, once; it is stored nowhere else."""

    token: str
    launch: VerifiedLaunch
    roles: LaunchRoles
    bound: bool
    course_bound: bool


@dataclass
class _Known:
    """What the database knows already about who launches from where."""

    school_id: int
    widening: Widening
    person: dict[str, Any] = field(default_factory=dict)
    context: dict[str, Any] = field(default_factory=dict)


def enter(form: Mapping[str, str], browser: Browser) -> Entered:
    """Verify a launch and open its session.

    :param browser: the binding cookie as digest, and the Origin header.
    :raises LaunchError: refused; an audit line and a line of the launch log say so, nothing else
        is stored.
    """
    transactions = Transactions()
    now = clock.now()
    checked: Checked | None = None
    try:
        checked = inspect_launch(
            form, browser, transactions=transactions, key_sets=_key_sets(), now=now
        )
        refused: LaunchError | None = None
        with db.writing() as session:
            try:
                use_up(checked, registrations=Registrations(), transactions=transactions, now=now)
            except LaunchError as error:
                refused = error  # raised after the commit: the deployment stays recorded
            else:
                return _open(session, checked, browser, now)
        raise refused  # type: ignore[misc]
    except LaunchError as error:
        platform = checked.transaction.platform.id if checked else _platform_of(form)
        refuse(error, platform, cookie=browser.cookie is not None)
        raise


def refuse(error: LtiError, registration_id: int | None, *, cookie: bool = False) -> None:
    """Leave the lines that tell of a refused login or launch; no personal data."""
    with db.writing() as session:
        school_id = None
        if registration_id is not None:
            school_id = session.scalar(
                sa.select(Registration.school_id).where(Registration.id == registration_id)
            )
        session.add(
            LaunchLog(
                at=clock.now(),
                school_id=school_id,
                registration_id=registration_id,
                code=error.code,
                cookie=cookie,
                detail=error.detail[:120],
            )
        )
        actor = Actor(school_id=school_id, name="LTI")
        record(actor, "launch.refused", "registration", registration_id, code=error.code)


def purge(now: datetime) -> int:
    """Forget logins and sessions that are over, and launch lines older than 90 days."""
    day = timedelta(days=1)
    with db.writing() as session:
        gone = 0
        for statement in (
            sa.delete(LoginTransaction).where(LoginTransaction.expires_at < now - day),
            sa.delete(LaunchSession).where(LaunchSession.expires_at < now - day),
            sa.delete(LaunchLog).where(LaunchLog.at < now - 90 * day),
        ):
            gone += session.execute(statement).rowcount  # type: ignore[attr-defined]
        return gone


_KNOWN = (
    sa.select(
        Deployment.school_id,
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
_SESSION = sa.insert(LaunchSession)
_LOG = sa.insert(LaunchLog)


def _open(session: Session, checked: Checked, browser: Browser, now: datetime) -> Entered:
    launch, platform = checked.launch, checked.transaction.platform
    connection = session.connection()
    known = connection.execute(
        _KNOWN,
        {
            "registration": platform.id,
            "deployment": launch.deployment_id,
            "subject": launch.person.sub if launch.person else "",
            "context": launch.context.id if launch.context else "",
        },
    ).one()
    roles = launch_roles(launch.roles, widening(known.settings))
    person_row, person_id = _remember_person(session, launch.person, roles, known, platform.id, now)
    context_row, course_bound = _remember_context(session, launch, known, platform.id, now)
    token = new_token()
    settings: Settings = current_app.extensions["licheng.settings"]
    connection.execute(
        _SESSION,
        {
            "token_digest": digest(token),
            "school_id": known.school_id,
            "registration_id": platform.id,
            "launch_person_id": person_row,
            "launch_context_id": context_row,
            "browser": browser.cookie,
            "roles": sorted(roles.roles),
            "data": _first_data(launch),
            "created_at": now,
            "seen_at": now,
            "expires_at": now + timedelta(hours=settings.session_hours),
        },
    )
    connection.execute(
        _LOG,
        {
            "at": now,
            "school_id": known.school_id,
            "registration_id": platform.id,
            "code": "OK",
            "message_type": launch.message_type,
            "cookie": browser.cookie is not None,
            "detail": "",
        },
    )
    return Entered(token, launch, roles, person_id is not None, course_bound)


def _first_data(launch: VerifiedLaunch) -> dict[str, Any]:
    """What the session knows from the start. The CSRF secret is among it, so that showing a form
    writes nothing."""
    data: dict[str, Any] = {"csrf_token": secrets.token_hex(20)}
    if launch.locale:
        data["launch_locale"] = "en" if launch.locale.startswith("en") else "zh_Hant_TW"
    if launch.deep_linking is not None:
        data["deep_linking"] = {
            "return_url": launch.deep_linking.return_url,
            "accept_types": list(launch.deep_linking.accept_types),
            "data": launch.deep_linking.data,
            "deployment_id": launch.deployment_id,
        }
    if launch.message_type == v.SUBMISSION_REVIEW and Role.INSTRUCTOR in launch_roles(launch.roles):
        # A Moodle student can have this message signed for anybody, as Learner.
        data["for_user"] = launch.for_user_id
    return data


def widening(school_settings: Mapping[str, Any]) -> Widening:
    """Which account roles the school lets count; none unless it said so."""
    switches = school_settings.get("lms_roles") or {}
    return Widening(
        institution_administrator=bool(switches.get("institution_administrator")),
        system_administrator=bool(switches.get("system_administrator")),
        mentor_advisor=bool(switches.get("mentor_advisor")),
    )


def _remember_person(
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
    said = {
        "name": claims.name[:120],
        "email": claims.email[:254],
        "email_verified": claims.email_verified,
        "number": claims.sourcedid[:64],
        "taught": Role.INSTRUCTOR in roles,
        "is_test_user": roles.is_test_user,
    }
    row: int | None = known.person_row
    if row is not None and known.person_id is not None:
        if any(getattr(known, name) != value for name, value in said.items()):
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
        for name, value in said.items():
            setattr(person, name, value)
        person.changed_at = now
    session.flush()
    binding.bind_by_claims(session, person, known.settings, now)
    return person.id, person.person_id


def _remember_context(
    session: Session, launch: VerifiedLaunch, known: Any, registration_id: int, now: datetime
) -> tuple[int | None, bool]:
    """(LMS course, whether it stands for a roster course)."""
    if launch.context is None:
        return None, False
    said = {
        "label": launch.context.label[:255],
        "title": launch.context.title[:255],
        "number": launch.context.sourcedid[:255],
        "memberships_url": launch.services.memberships_url[:512],
        "line_items_url": launch.services.line_items_url[:512],
    }
    if known.context_row is not None:
        before = {
            "label": known.label,
            "title": known.title,
            "number": known.course_number,
            "memberships_url": known.memberships_url,
            "line_items_url": known.line_items_url,
        }
        # A deep-linking launch in a course without our activity lacks the roster address.
        said["memberships_url"] = said["memberships_url"] or known.memberships_url
        if said == before and (known.course_bound or known.context_hold or not said["number"]):
            return known.context_row, known.course_bound
        context = session.get_one(LaunchContext, known.context_row)
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


def _platform_of(form: Mapping[str, str]) -> int | None:
    state = form.get("state", "")
    transaction = Transactions().find(state) if 0 < len(state) <= 128 else None
    return transaction.platform.id if transaction else None


def _key_sets() -> KeySetCache:
    found: KeySetCache = current_app.extensions["licheng.key_sets"]
    return found
