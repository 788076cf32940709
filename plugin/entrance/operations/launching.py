"""A launch comes in: used up, its person and course remembered, a session opened. One commit."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from flask import current_app
from flask_babel import gettext
from sqlalchemy.exc import IntegrityError

from lti import vocabulary as v
from lti.browser import Browser, Proof, StorageUnasked, belongs
from lti.claims import VerifiedLaunch
from lti.errors import LaunchError
from lti.keyset import KeySetCache
from lti.launch import Checked, Seen, inspect_launch, use_up
from lti.names import reads_chinese
from lti.roles import LaunchRoles, Widening, launch_roles
from lti.window import Anew, anew, error_address
from plugin import clock, db
from plugin.entrance import asked
from plugin.entrance.models import LaunchLog, LaunchSession, LoginTransaction, Registration
from plugin.entrance.operations.prepared import Line
from plugin.entrance.operations.refusing import (
    Refused,
    case_of,
    refuse,
    skew_of,
    tell_floods,
)
from plugin.entrance.operations.remembering import (
    known_now,
    known_of,
    remember_context,
    remember_deployment,
    remember_person,
    settled,
)
from plugin.entrance.operations.stores import Registrations, Transactions
from plugin.entrance.tokens import digest, new_token
from plugin.retention import Row
from plugin.settings import Settings


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
    :raises Refused: an audit line and a line of the launch log say so, nothing else is stored.
    :raises StorageUnasked: nothing is stored; the browser asks the platform's storage and comes
        again.
    """
    now, seen = clock.now(), Seen()
    try:
        with Line(db.engine()) as line:
            checked = inspect_launch(
                form,
                browser,
                transactions=Transactions(line),
                key_sets=_key_sets(),
                now=now,
                seen=seen,
            )
            entered = _if_settled(line, checked, browser, now)
        if entered is not None:
            return entered
        try:
            return _enter_anew(checked, browser, now)
        except IntegrityError:
            # A class opens its new course at once, and somebody else's launch was the first to
            # remember the course. Nothing of this one is stored yet, and now the course is there.
            return _enter_anew(checked, browser, now)
    except LaunchError as error:
        refuse(error, case_of(form, seen, cookie=browser.cookie is not None, now=now))
        raise Refused(error, _told_to_platform(error, seen), _anew(error, seen)) from error


def enter_at_once(form: Mapping[str, str], browser: Browser) -> Entered | None:
    """The same for a launch without fault that says nothing new, from a browser that showed its
    cookie; of any other nothing is changed nor noted, and `enter` is to be asked.

    :returns: None for any other. The platform is not asked for its keys here.
    """
    now = clock.now()
    with Line(db.engine()) as line:
        try:
            checked = inspect_launch(
                form, browser, transactions=Transactions(line), key_sets=_KnownKeys(), now=now
            )
            if checked.proof is Proof.COOKIE and checked.launch.message_type == v.RESOURCE_LINK:
                return _if_settled(line, checked, browser, now)
        except (LaunchError, StorageUnasked):
            pass
    return None


class _KnownKeys:
    """The platforms' keys as far as they are known: what must be fetched is fetched once, by the
    ordinary way."""

    def key(self, url: str, key_id: str) -> RSAPublicKey:
        found = _key_sets().known(url, key_id)
        if found is None:
            raise LaunchError("KEY_UNKNOWN")
        return found


def _if_settled(line: Line, checked: Checked, browser: Browser, now: datetime) -> Entered | None:
    """In, if everybody is known and bound and nothing has changed; otherwise nothing is done."""
    launch = checked.launch
    known = known_of(line, checked.transaction.platform.id, launch)
    if known is None:
        return None
    roles = launch_roles(launch.roles, widening(known.settings))
    if not settled(known, launch, roles):
        return None
    return _enter_settled(line, checked, browser, known, roles, now)


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
    log_row = _log(checked, browser, known.school_id, session_row["roles"], now)
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
            remember_deployment(session, launch, known, platform.id)
            session.execute(
                _LOG, _log(checked, browser, known.school_id, session_row["roles"], now)
            )
            return Entered(token, launch, roles, person_id is not None, course_bound)
    assert refused is not None
    raise refused


def purge(now: datetime, row: Callable[[str], Row]) -> int:
    """Forget logins and sessions that are over, and old launch lines.

    :param row: the retention table (`plugin.retention.row`).
    """
    with db.writing() as session:
        tell_floods(now, row("refusal_tally"))
        gone = 0
        for table, time, kept_from in (
            # Anybody may begin a login: what is never launched is not kept long.
            (LoginTransaction, LoginTransaction.expires_at, row("login").before(now)),
            (LaunchSession, LaunchSession.expires_at, row("session").before(now)),
            (LaunchLog, LaunchLog.at, row("launch_log").before(now)),
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
        "data": _first_data(checked.launch, roles),
        "created_at": now,
        "seen_at": now,
        "expires_at": now + timedelta(hours=settings.session_hours),
    }
    return row, token


def _log(
    checked: Checked, browser: Browser, school_id: int, roles: list[str], now: datetime
) -> dict[str, Any]:
    return {
        "at": now,
        "school_id": school_id,
        "registration_id": checked.transaction.platform.id,
        "code": "OK",
        "message_type": checked.launch.message_type,
        "cookie": browser.cookie is not None,
        "proof": checked.proof,
        "detail": "",
        "claims": {"roles": roles},
        "skew": skew_of(checked.issued_at, now),
    }


def _first_data(launch: VerifiedLaunch, roles: LaunchRoles) -> dict[str, Any]:
    """What the session knows from the start. The CSRF secret is among it, so that showing a form
    writes nothing."""
    data: dict[str, Any] = {"csrf_token": secrets.token_hex(20)}
    if launch.locale:
        data["launch_locale"] = "zh_Hant_TW" if reads_chinese(launch.locale) else "en"
    data |= asked.kept(launch)
    if roles.by_account:
        data["administers"] = True
    if launch.message_type == v.SUBMISSION_REVIEW:  # learners' are refused: `lti.launch`
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


_NOT_THIS_BROWSER = {"BROWSER_MISMATCH", "ORIGIN_FOREIGN", "ORIGIN_HIDDEN"}
"""What a window of its own, where cookies are first-party, would have avoided."""


def _anew(error: LaunchError, seen: Seen) -> Anew | None:
    if error.code not in _NOT_THIS_BROWSER or seen.transaction is None:
        return None
    family = db.reading().scalar(
        sa.select(Registration.product).where(Registration.id == seen.transaction.platform.id)
    )
    return anew(seen.transaction, Transactions().hints(seen.transaction.state), family or "")


def _told_to_platform(error: LaunchError, seen: Seen) -> str:
    """The return address of a launch that answers this login, if it is the platform's own."""
    if not seen.answered or seen.transaction is None or seen.claims is None:
        return ""
    presentation = seen.claims.get(v.CLAIM_PRESENTATION)
    url = presentation.get("return_url") if isinstance(presentation, dict) else None
    if not isinstance(url, str) or not belongs(seen.transaction.platform, url):
        return ""
    return error_address(url, gettext(error.explanation.title), error.code)


def _key_sets() -> KeySetCache:
    found: KeySetCache = current_app.extensions["licheng.key_sets"]
    return found
