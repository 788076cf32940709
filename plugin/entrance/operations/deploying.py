"""A deployment of a shared registration finds its school.

Blackboard is registered once for the whole installation; each school then has a deployment of its
own, and no launch says which school it is. So an unseen deployment waits, belonging to nobody, and
whoever teaches or administers there enters a code that the school's administrator made. The page
that asks for it is reached from the refusal of a signed launch: a ticket in its address names the
deployment, for a few minutes, and says nothing of the person.
"""

from __future__ import annotations

import base64
import json
from binascii import Error as NotBase64
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from lti.launch import Checked
from lti.roles import Role as LmsRole
from lti.roles import Widening, launch_roles
from plugin import clock, db, secrets
from plugin.actor import Actor
from plugin.entrance.models import (
    ClaimCode,
    CodePurpose,
    Deployment,
    DeploymentState,
    Registration,
    RegistrationState,
)
from plugin.entrance.operations import claiming
from plugin.entrance.tokens import code_digest
from plugin.errors import Conflict, NotFound, Refusal
from plugin.school.models import School
from plugin.trail.chain import record
from plugin.trail.models import AuditEvent

TICKET_LIFETIME = timedelta(minutes=15)
TRIES = 10
"""Wrong codes for one deployment within an hour, whoever enters them."""
_PURPOSE = "deployment-claim"
_ACCOUNTS = Widening(institution_administrator=True, system_administrator=True)
"""Nothing is granted by it here: whoever administers the platform may carry the code to it."""


class TicketUnusable(Refusal):
    """The page was not opened from a refused launch, or too long ago."""

    code = "TICKET_UNUSABLE"
    status = 403


@dataclass(frozen=True)
class Claimable:
    """What a good ticket names. `deployment_id` is as the platform writes it."""

    row: int
    deployment_id: str
    platform: str


def ticket_for(checked: Checked) -> str | None:
    """A ticket for the launch that was just refused because nobody claimed its deployment yet.

    :param checked: a launch whose signature is good.
    :returns: None where there is nothing to claim, or the person neither teaches nor administers.
    """
    launch, platform = checked.launch, checked.transaction.platform
    roles = launch_roles(launch.roles, _ACCOUNTS)
    if roles.is_test_user or not roles.roles & {LmsRole.INSTRUCTOR, LmsRole.ADMINISTRATOR}:
        return None
    found = db.reading().execute(
        _waiting(Deployment.id, Registration.id).where(
            Deployment.registration_id == platform.id,
            Deployment.deployment_id == launch.deployment_id,
        )
    )
    row = found.first()
    if row is None:
        return None
    until = clock.now() + TICKET_LIFETIME
    subject = launch.person.sub if launch.person else ""
    # Who it is goes in as a digest only: a ticket is of one person, and addresses name nobody.
    return _pack(
        {
            "deployment": row[0],
            "registration": row[1],
            "subject": secrets.digest(_PURPOSE, f"{row[1]} {subject}")[:32],
            "until": int(until.timestamp()),
        }
    )


def claimable(ticket: str) -> Claimable:
    """What the page of a ticket shows.

    :raises TicketUnusable: forged or too old. :raises Conflict: claimed in the meantime.
    """
    _registration, deployment_row, _subject = _unpack(ticket)
    row = (
        db.reading()
        .execute(
            _waiting(Deployment.id, Deployment.deployment_id, Registration.issuer).where(
                Deployment.id == deployment_row
            )
        )
        .first()
    )
    if row is None:
        raise _taken()
    return Claimable(row[0], row[1], row[2])


def claim(ticket: str, code: str) -> School:
    """Bind a waiting deployment to the school whose administrator made `code`, and let it in.

    :raises TicketUnusable: the ticket. :raises Conflict: somebody was faster.
    :raises claiming.CodeUnusable: not a deployment code, used, or expired; leaves an audit line.
    :raises claiming.TooManyTries: `TRIES` wrong codes for this deployment in an hour.
    """
    registration_id, deployment_row, subject = _unpack(ticket)
    if _wrong_tries(deployment_row) >= TRIES:
        raise claiming.TooManyTries(
            _("這個部署輸入錯誤代碼的次數太多，暫時不能再試。"),
            remedy=_("請一小時後再試，或向學校的歷程管理員索取新的代碼。"),
        )
    try:
        return _claim(registration_id, deployment_row, code, subject)
    except claiming.CodeUnusable:
        with db.writing():
            record(
                Actor(school_id=None, name="LTI"), "deployment.refused", "deployment",
                deployment_row, by=subject,
            )  # fmt: skip
        raise


def assign(actor: Actor, deployment_row: int) -> None:
    """The installation itself gives a waiting deployment to the actor's school (command line).

    :raises NotFound: no such deployment waits.
    """
    assert actor.school_id is not None
    with db.writing() as session:
        found = _held(session, deployment_row)
        if found is None:
            raise NotFound(_("找不到這個部署。"))
        _give(found, actor.school_id)
        record(actor, "deployment.claim", "deployment", found.id)


def _claim(registration_id: int, deployment_row: int, code: str, subject: str) -> School:
    now = clock.now()
    with db.writing() as session:
        deployment = _held(session, deployment_row)
        if deployment is None or deployment.registration_id != registration_id:
            raise _taken()
        found = session.scalar(
            sa.select(ClaimCode)
            .where(ClaimCode.code_digest == code_digest(code))
            .with_for_update(**db.HELD)
        )
        good = (
            found is not None
            and found.purpose is CodePurpose.DEPLOYMENT
            and found.used_at is None
            and now < found.expires_at
        )
        if not good or found is None:
            raise claiming.unusable()
        found.used_at = now
        _give(deployment, found.school_id)
        actor = Actor(school_id=found.school_id, name="LTI")
        record(
            actor, "deployment.claim", "deployment", deployment.id,
            code=found.id, registration=registration_id, by=subject,
        )  # fmt: skip
        return session.get_one(School, found.school_id)


def _give(deployment: Deployment, school_id: int) -> None:
    deployment.school_id = school_id
    deployment.state, deployment.decided_at = DeploymentState.ACTIVE, clock.now()


def _held(session: Session, deployment_row: int) -> Deployment | None:
    """The deployment, held, if it still belongs to nobody."""
    return session.scalar(
        _waiting(Deployment)
        .where(Deployment.id == deployment_row)
        .with_for_update(of=Deployment, **db.HELD)
    )


def _waiting(*columns: Any) -> sa.Select[Any]:
    """Deployments of shared registrations in use that no school has claimed."""
    return (
        sa.select(*columns)
        .select_from(Deployment)
        .join(Registration, Registration.id == Deployment.registration_id)
        .where(
            Registration.school_id.is_(None),
            Registration.state == RegistrationState.ACTIVE,
            Deployment.school_id.is_(None),
            Deployment.state == DeploymentState.WAITING,
        )
    )


def _taken() -> Conflict:
    return Conflict(
        _("這個部署已經認領過了。"),
        remedy=_("請回到學習平臺重新開啟歷程；若仍不能進入，請洽學校的歷程管理員。"),
    )


def _wrong_tries(deployment_row: int) -> int:
    query = (
        sa.select(sa.func.count())
        .select_from(AuditEvent)
        .where(
            AuditEvent.subject_kind == "deployment",
            AuditEvent.subject_id == deployment_row,
            AuditEvent.verb == "deployment.refused",
            AuditEvent.at > clock.now() - timedelta(hours=1),
        )
    )
    return db.reading().scalar(query) or 0


def _pack(what: dict[str, Any]) -> str:
    body = base64.urlsafe_b64encode(json.dumps(what).encode()).rstrip(b"=").decode()
    return f"{body}.{secrets.sign(_PURPOSE, body.encode())}"


def _unpack(ticket: str) -> tuple[int, int, str]:
    body, _dot, signature = ticket.partition(".")
    try:
        if len(ticket) > 600 or not secrets.verify(_PURPOSE, body.encode(), signature):
            raise ValueError("signature")
        what = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
        if clock.now().timestamp() >= what["until"]:
            raise ValueError("too old")
        return what["registration"], what["deployment"], what["subject"]
    except (ValueError, KeyError, TypeError, NotBase64):
        raise TicketUnusable(
            _("這個認領頁面已經失效。"),
            remedy=_("請回到學習平臺重新開啟歷程，再按一次「輸入部署代碼」。"),
        ) from None
