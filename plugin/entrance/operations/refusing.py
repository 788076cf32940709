"""A login or launch that is refused leaves its lines: one in the audit chain, one in the log.

Anybody can have refusals made, as fast as they like. So of each platform and code only so many a
minute are written down; the rest is counted, and told in one line.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lti import vocabulary as v
from lti.errors import LaunchError, LtiError, printable
from lti.jws import peek
from lti.launch import Seen, seconds_of
from lti.window import Anew
from plugin import clock, db
from plugin.actor import Actor
from plugin.entrance.models import Deployment, LaunchLog, RefusalTally, Registration
from plugin.inserting import insert_new
from plugin.retention import Row
from plugin.trail.chain import record

LINES = 10
"""Refusals of one platform and code that are written down within a minute."""
WINDOW = timedelta(minutes=1)

_MOST_NAMES = 40
_MOST_ROLES = 10
_SAID_OFTEN = ("https://purl.imsglobal.org/spec/", "http://purl.imsglobal.org/vocab/")


class Refused(Exception):
    """A launch that was refused, and what its page can offer.

    :ivar return_url: where the platform wants to be told, with the error in its query; it holds a
        session key of the LMS and is never logged. "" where the token did not prove itself.
    :ivar anew: how to begin again in a window; None where that would not help.
    """

    def __init__(self, error: LaunchError, return_url: str = "", anew: Anew | None = None) -> None:
        super().__init__(error.code)
        self.error = error
        self.return_url = return_url
        self.anew = anew


@dataclass(frozen=True)
class Case:
    """What is known of a refused login or launch. `deployment_id` only from a signed token."""

    registration_id: int | None = None
    deployment_id: str = ""
    message_type: str = ""
    cookie: bool = False
    proof: str = ""
    claims: dict[str, Any] = field(default_factory=dict)
    skew: int | None = None


def case_of(form: Mapping[str, str], seen: Seen, *, cookie: bool, now: datetime) -> Case:
    """Everything that could be read of a refused launch, without personal data.

    `claims["verified"]` says whether it is the platform's word; else anybody may have written it.
    """
    header, read = peek(form.get("id_token", ""))
    claims = seen.claims if seen.claims is not None else read
    registration_id = seen.transaction.platform.id if seen.transaction else None
    if not header and not claims:
        return Case(registration_id, cookie=cookie, proof=seen.proof or "")
    deployment_id = claims.get(v.CLAIM_DEPLOYMENT_ID)
    return Case(
        registration_id,
        deployment_id=deployment_id if seen.signed and isinstance(deployment_id, str) else "",
        message_type=_said(claims.get(v.CLAIM_MESSAGE_TYPE), 40),
        cookie=cookie,
        proof=seen.proof or "",
        claims=_without_people(header, claims, seen.signed),
        skew=skew_of(seconds_of(claims, "iat"), now),
    )


def skew_of(issued_at: float | None, now: datetime) -> int | None:
    """Seconds from the platform's clock to ours, as far as a database keeps them."""
    if issued_at is None:
        return None
    return max(-(2**31), min(2**31 - 1, round(now.timestamp() - issued_at)))


def _without_people(
    header: Mapping[str, Any], claims: Mapping[str, Any], verified: bool
) -> dict[str, Any]:
    """Names of claims, never what they say of somebody."""
    roles = claims.get(v.CLAIM_ROLES)
    return {
        "verified": verified,
        "alg": _said(header.get("alg"), 20),
        "kid": _said(header.get("kid"), 80),
        "deployment": _said(claims.get(v.CLAIM_DEPLOYMENT_ID), 80),
        "names": sorted(_short(name) for name in list(claims)[:_MOST_NAMES]),
        "roles": [_short(one) for one in (roles if isinstance(roles, list) else [])[:_MOST_ROLES]],
    }


def _said(value: object, longest: int) -> str:
    return "" if value is None else printable(value, longest)


def _short(name: object) -> str:
    text = printable(name, 120)
    for beginning in _SAID_OFTEN:
        text = text.removeprefix(beginning)
    return text[:80]


def refuse(error: LtiError, case: Case = Case()) -> None:
    """Write down that somebody was refused, unless that was said often enough this minute."""
    now = clock.now()
    with db.writing() as session:
        school_id, deployment_row = _whose(session, case)
        tally = _tally(session, case.registration_id or 0, deployment_row, error.code, now)
        if now - tally.begun_at >= WINDOW:
            flooded = tally.count > LINES
            if flooded:
                _tell_rest(session, tally, school_id, now)
            # After a flood this line is the one of its minute.
            tally.begun_at, tally.count = now, LINES if flooded else 1
        else:
            tally.count += 1
            if tally.count > LINES:
                return
        session.add(
            LaunchLog(
                at=now,
                school_id=school_id,
                registration_id=case.registration_id,
                code=error.code,
                message_type=case.message_type,
                cookie=case.cookie,
                proof=case.proof,
                detail=error.detail[:120],
                claims=case.claims,
                skew=case.skew,
            )
        )
        actor = Actor(school_id=school_id, name="LTI")
        record(actor, "launch.refused", "registration", case.registration_id, code=error.code)


def refuse_login(error: LtiError, form: Mapping[str, str], *, cookie: bool) -> None:
    """The same for a login, of the platform that it names, if there is exactly one."""
    issuer, client_id = form.get("iss", ""), form.get("client_id", "")
    found: list[int] = []
    if issuer and not {"\0"} & set(issuer + client_id):
        query = sa.select(Registration.id).where(Registration.issuer == issuer)
        if client_id:
            query = query.where(Registration.client_id == client_id)
        found = list(db.reading().scalars(query.limit(2)))
    refuse(error, Case(found[0] if len(found) == 1 else None, cookie=cookie))


def tell_floods(now: datetime, row: Row) -> None:
    """Write the lines of floods that are over, and forget old tallies.

    :param row: of the retention table; a tally counts for `WINDOW` at least.
    """
    with db.writing() as session:
        over = sa.select(RefusalTally).where(
            RefusalTally.begun_at <= min(row.before(now), now - WINDOW)
        )
        for tally in session.scalars(over):
            if tally.count > LINES:
                _tell_rest(session, tally, _school_of(session, tally), now)
            session.delete(tally)


def _tell_rest(session: Session, tally: RefusalTally, school_id: int | None, now: datetime) -> None:
    """One line for all that were only counted."""
    more, registration_id = tally.count - LINES, tally.registration_id or None
    session.add(
        LaunchLog(
            at=now,
            school_id=school_id,
            registration_id=registration_id,
            code=tally.code,
            claims={"more": more, "since": tally.begun_at.isoformat(timespec="seconds")},
        )
    )
    actor = Actor(school_id=school_id, name="LTI")
    record(actor, "launch.refused", "registration", registration_id, code=tally.code, more=more)


def _tally(
    session: Session, registration_id: int, deployment_row: int, code: str, now: datetime
) -> RefusalTally:
    """The row, locked until the transaction ends; begun when there is none."""
    key = {"registration_id": registration_id, "deployment_row": deployment_row, "code": code}
    found = session.get(RefusalTally, key, with_for_update=db.HELD)
    if found is None:
        insert_new(session, RefusalTally, [key | {"begun_at": now, "count": 0}])
        found = session.get_one(RefusalTally, key, with_for_update=db.HELD)
    return found


def _whose(session: Session, case: Case) -> tuple[int | None, int]:
    """(school, deployment to count by): whose administrators should see it — the deployment's
    school, else that of the platform; and the deployment's row where the platform is shared."""
    if case.registration_id is None:
        return None, 0
    owner = session.scalar(
        sa.select(Registration.school_id).where(Registration.id == case.registration_id)
    )
    query = sa.select(Deployment.id, Deployment.school_id).where(
        Deployment.registration_id == case.registration_id,
        Deployment.deployment_id == case.deployment_id,
    )
    found = session.execute(query).first() if case.deployment_id else None
    if found is None:
        return owner, 0
    return found.school_id or owner, found.id if owner is None else 0


def _school_of(session: Session, tally: RefusalTally) -> int | None:
    """Whose a tally is."""
    if tally.deployment_row:
        query = sa.select(Deployment.school_id).where(Deployment.id == tally.deployment_row)
    else:
        query = sa.select(Registration.school_id).where(Registration.id == tally.registration_id)
    return session.scalar(query)
