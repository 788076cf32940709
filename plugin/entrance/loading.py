"""What the rest of the house asks about a request: who acts, in which language, framed by whom."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from flask import g, has_request_context, request, session

from lti.login import origin_of
from lti.roles import Role as LmsRole
from plugin import clock, db, tenancy
from plugin.actor import Actor, Role
from plugin.entrance import mentoring
from plugin.entrance.models import CourseBinding, LaunchPerson, LaunchSession, Registration
from plugin.entrance.operations.launching import widening
from plugin.entrance.session import Launched, PathSession, launched_of
from plugin.school import queries as school
from plugin.school.models import PersonKind
from plugin.school.roles import BY_MAIL


def launched() -> Launched | None:
    """The launch behind this request, if its session is good."""
    if not has_request_context():
        return None
    found = session._get_current_object()  # type: ignore[attr-defined]
    return found.launched if isinstance(found, PathSession) else None


def load_actor() -> Actor | None:
    """Who makes this request; None without a good session.

    The LMS can make a member of staff a teacher of this course, and, where the school switched
    that on, an administrator or a counsellor. It never makes anybody a student: that takes a
    student record.
    """
    found = launched()
    if found is None:
        return None
    with tenancy.within(found.school_id):
        return _load_actor(found, session)


def link_reader(school_id: int, session_id: int) -> Actor | None:
    """Whom a running session belongs to now: a link to a file is worth what its session is worth,
    though it carries none (`plugin.vault.links`)."""
    query = sa.select(LaunchSession).where(
        LaunchSession.id == session_id,
        LaunchSession.school_id == school_id,
        LaunchSession.ended_at.is_(None),
        LaunchSession.expires_at > clock.now(),
    )
    with tenancy.within(school_id):
        row = db.reading().scalar(query)
        if row is None:
            return None
        return _load_actor(launched_of(row), row.data)


def _load_actor(found: Launched, said: Mapping[str, Any]) -> Actor | None:
    """:param said: what `flask.session` holds in that session."""
    if found.person_id is not None:
        return _visitor(found, found.person_id, said)
    person_id, name = None, ""
    if found.launch_person_id is not None:
        row = (
            db.reading()
            .execute(
                sa.select(LaunchPerson.person_id, LaunchPerson.name).where(
                    LaunchPerson.id == found.launch_person_id
                )
            )
            .one()
        )
        person_id, name = row.person_id, row.name
    roles: frozenset[Role] = frozenset()
    child_ids: tuple[int, ...] = ()
    person = school.person(found.school_id, person_id) if person_id is not None else None
    if person is None or not person.active:
        person_id = None
    else:
        name = person.name
        roles = school.roles_of(found.school_id, person.id, clock.today())
        if person.kind is PersonKind.STAFF:
            roles |= _by_launch(found, said)
        child_ids = mentoring.children(found, person, said.get("mentored") or ())
        if child_ids and person.kind is not PersonKind.STUDENT:
            roles |= {Role.PARENT}
        else:
            roles -= {Role.PARENT}
    return Actor(
        school_id=found.school_id,
        person_id=person_id,
        name=name,
        roles=roles,
        course_ids=_courses(found.launch_context_id),
        child_ids=child_ids,
        launch_person_id=found.launch_person_id,
        launch_session_id=found.id,
        locale=_locale(said),
    )


def _visitor(found: Launched, person_id: int, said: Mapping[str, Any]) -> Actor | None:
    """Who came by a code mailed to them: an applicant and nothing else, whatever they hold here
    otherwise. What an office granted is for launches, which prove more than a mailbox."""
    person = school.person(found.school_id, person_id)
    if person is None or not person.active:
        return None
    return Actor(
        school_id=found.school_id,
        person_id=person.id,
        name=person.name,
        roles=BY_MAIL,
        launch_session_id=found.id,
        locale=_locale(said),
    )


def _locale(said: Mapping[str, Any]) -> str:
    return str(said.get("locale") or said.get("launch_locale") or "zh_Hant_TW")


def launch_locale() -> str | None:
    """The language that the LMS page had."""
    return session.get("launch_locale") if launched() is not None else None


def frame_ancestors() -> str:
    """Which sites may frame this page: the platform of the launch, and nobody else; a visit
    without a launch is framed by nobody but our own pages.

    Pages before and after a session (login, refusal, "please come in again") say nothing of
    anybody and are shown inside an LMS that cannot be known then.
    """
    found = launched()
    if found is None:
        in_a_frame = request.path.startswith("/lti/") or "/s/" in request.script_root
        return "*" if in_a_frame else "'self'"
    if found.registration_id is None:
        return "'self'"
    if "frame_ancestors" not in g:
        query = sa.select(
            Registration.issuer, Registration.auth_login_url, Registration.launch_origins
        ).where(Registration.id == found.registration_id)
        with tenancy.within(found.school_id):
            row = db.reading().execute(query).one()
        origins = {origin_of(row.issuer), origin_of(row.auth_login_url), *row.launch_origins}
        g.frame_ancestors = " ".join(["'self'", *sorted(origins - {""})])
    text: str = g.frame_ancestors
    return text


def _by_launch(found: Launched, said: Mapping[str, Any]) -> frozenset[Role]:
    roles = set()
    if LmsRole.INSTRUCTOR in found.roles:
        roles.add(Role.TEACHER)
    switches = widening(school.school(found.school_id).settings)
    by_account = switches.institution_administrator or switches.system_administrator
    if said.get("administers") and by_account:  # the account, not only this course
        roles.add(Role.ADMINISTRATOR)
    if LmsRole.ADVISOR in found.roles:
        roles.add(Role.COUNSELLOR)
    return frozenset(roles)


def _courses(context_id: int | None) -> tuple[int, ...]:
    if context_id is None:
        return ()
    query = sa.select(CourseBinding.course_id).where(CourseBinding.launch_context_id == context_id)
    return tuple(db.reading().scalars(query.order_by(CourseBinding.course_id)))
