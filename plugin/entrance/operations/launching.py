"""A launch comes in: used up, its person and course remembered, a session opened. One commit."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from flask import current_app

from lti import vocabulary as v
from lti.claims import VerifiedLaunch
from lti.errors import LaunchError, LtiError
from lti.keyset import KeySetCache
from lti.launch import Browser, Checked, inspect_launch, use_up
from lti.roles import LaunchRoles, Role, Widening, launch_roles
from plugin import clock, db
from plugin.actor import Actor
from plugin.entrance.models import LaunchLog, LaunchSession, LoginTransaction, Registration
from plugin.entrance.operations.prepared import Line
from plugin.entrance.operations.remembering import (
    known_now,
    known_of,
    remember_context,
    remember_person,
    settled,
)
from plugin.entrance.operations.stores import Registrations, Transactions
from plugin.entrance.tokens import digest, new_token
from plugin.settings import Settings
from plugin.trail.chain import record


@dataclass(frozen=True)
class Entered:
    """A launch that is in: `token` goes into the path, once; it is stored nowhere else."""

    token: str
    launch: VerifiedLaunch
    roles: LaunchRoles
    bound: bool
    course_bound: bool


def enter(form: Mapping[str, str], browser: Browser) -> Entered:
    """Verify a launch and open its session.

    :param browser: the binding cookie as digest, and the Origin header.
    :raises LaunchError: refused; an audit line and a line of the launch log say so, nothing else
        is stored.
    """
    now = clock.now()
    checked: Checked | None = None
    try:
        with Line(db.engine()) as line:
            checked = inspect_launch(
                form, browser, transactions=Transactions(line), key_sets=_key_sets(), now=now
            )
            launch, platform = checked.launch, checked.transaction.platform
            known = known_of(line, platform.id, launch)
            if known is not None:
                roles = launch_roles(launch.roles, widening(known.settings))
                if settled(known, launch, roles):
                    return _enter_settled(line, checked, browser, known, roles, now)
        return _enter_anew(checked, browser, now)
    except LaunchError as error:
        registration_id = checked.transaction.platform.id if checked else _platform_of(form)
        refuse(error, registration_id, cookie=browser.cookie is not None)
        raise


def _enter_settled(
    line: Line,
    checked: Checked,
    browser: Browser,
    known: Any,
    roles: LaunchRoles,
    now: datetime,
) -> Entered:
    """The way of nearly every launch: three statements in one short transaction."""
    session_row, token = _session(
        checked, browser, known.school_id, known.person_row, known.context_row, roles, now
    )
    log_row = _log(checked, browser, known.school_id, now)
    with line.writing():
        if not Transactions(line).consume(checked.transaction, now):
            raise LaunchError("REPLAYED")
        line.run(_SESSION, session_row, insert=True)
        line.run(_LOG, log_row, insert=True)
    bound = known.person_id is not None
    return Entered(token, checked.launch, roles, bound, bool(known.course_bound))


def _enter_anew(checked: Checked, browser: Browser, now: datetime) -> Entered:
    """Somebody or something is new, changed or not bound yet."""
    launch, platform = checked.launch, checked.transaction.platform
    refused: LaunchError | None = None
    with db.writing() as session:
        try:
            use_up(checked, registrations=Registrations(), transactions=Transactions(), now=now)
        except LaunchError as error:
            refused = error  # raised after the commit: an unseen deployment stays recorded
        else:
            known = known_now(session, platform.id, launch)
            roles = launch_roles(launch.roles, widening(known.settings))
            person_row, person_id = remember_person(
                session, launch.person, roles, known, platform.id, now
            )
            context_row, course_bound = remember_context(session, launch, known, platform.id, now)
            session_row, token = _session(
                checked, browser, known.school_id, person_row, context_row, roles, now
            )
            session.execute(_SESSION, session_row)
            session.execute(_LOG, _log(checked, browser, known.school_id, now))
            return Entered(token, launch, roles, person_id is not None, course_bound)
    assert refused is not None
    raise refused


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
        for table, time, kept_from in (
            (LoginTransaction, LoginTransaction.expires_at, now - day),
            (LaunchSession, LaunchSession.expires_at, now - day),
            (LaunchLog, LaunchLog.at, now - 90 * day),
        ):
            # Ids grow with time: everything before the first row that is kept.
            first = sa.select(table.id).where(time >= kept_from).order_by(table.id).limit(1)
            kept = session.scalar(first)
            statement = sa.delete(table)
            if kept is not None:
                statement = statement.where(table.id < kept)
            gone += session.execute(statement).rowcount  # type: ignore[attr-defined]
        return gone


_SESSION = sa.insert(LaunchSession).inline()
_LOG = sa.insert(LaunchLog).inline()


def _session(
    checked: Checked,
    browser: Browser,
    school_id: int,
    person_row: int | None,
    context_row: int | None,
    roles: LaunchRoles,
    now: datetime,
) -> tuple[dict[str, Any], str]:
    """The row of the new session, and its token, which is stored nowhere."""
    token = new_token()
    settings: Settings = current_app.extensions["licheng.settings"]
    row = {
        "token_digest": digest(token),
        "school_id": school_id,
        "registration_id": checked.transaction.platform.id,
        "launch_person_id": person_row,
        "launch_context_id": context_row,
        "browser": browser.cookie,
        "roles": sorted(roles.roles),
        "data": _first_data(checked.launch),
        "created_at": now,
        "seen_at": now,
        "expires_at": now + timedelta(hours=settings.session_hours),
    }
    return row, token


def _log(checked: Checked, browser: Browser, school_id: int, now: datetime) -> dict[str, Any]:
    return {
        "at": now,
        "school_id": school_id,
        "registration_id": checked.transaction.platform.id,
        "code": "OK",
        "message_type": checked.launch.message_type,
        "cookie": browser.cookie is not None,
        "detail": "",
        "claims": {},
        "skew": None,
    }


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


def _platform_of(form: Mapping[str, str]) -> int | None:
    state = form.get("state", "")
    transaction = Transactions().find(state) if 0 < len(state) <= 128 else None
    return transaction.platform.id if transaction else None


def _key_sets() -> KeySetCache:
    found: KeySetCache = current_app.extensions["licheng.key_sets"]
    return found
