"""Invitations, registrations, deployments: who may install, what was installed, what is allowed."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta

import sqlalchemy as sa
from flask import current_app
from flask_babel import gettext as _

from lti import keys
from lti import registration as lti_registration
from lti.discovery import discover
from lti.http import GuardedClient
from lti.ports import KeyPair
from lti.products import Product, product
from lti.registration import Registered
from plugin import clock, db
from plugin.actor import Actor, Role
from plugin.entrance.models import (
    Deployment,
    DeploymentState,
    Invitation,
    Registration,
    RegistrationState,
)
from plugin.entrance.operations import claiming, registering, sessions
from plugin.entrance.operations.stores import Keys
from plugin.entrance.tokens import digest, new_token
from plugin.errors import Conflict, InvalidInput, NotFound, Refusal
from plugin.school import policy
from plugin.school import queries as school
from plugin.settings import Settings
from plugin.trail.chain import record

MAX_DAYS = 90


class InvitationUnusable(Refusal):
    """The installation link is unknown, used, revoked or expired."""

    code = "INVITATION_UNUSABLE"
    status = 403


@dataclass(frozen=True)
class Installed:
    """What the success page shows. `claim_code` is shown once and only while the school has no
    administrator; `origins` are those that the window which waits for us may have; `stopped`: the
    school had stopped it, and it stays so."""

    registration_id: int
    product: Product
    origins: tuple[str, ...]
    deployment_id: str
    updated: bool
    claim_code: str | None
    stopped: bool = False


def invite(actor: Actor, days: int, trusted_hosts: Collection[str] = ()) -> str:
    """Make an installation link for the actor's school.

    :param days: 1 to 90.
    :param trusted_hosts: hosts that may stand in the platform's configuration though it lies
        elsewhere: the administrator's explicit exception.
    :returns: the address, once; only its digest is kept.
    """
    school_id = policy.require_administrator(actor)
    if not 1 <= days <= MAX_DAYS:
        text = _("請填 1 到 %(most)s 天。", most=MAX_DAYS)
        raise InvalidInput(text, fields={"days": text})
    token, now = new_token(), clock.now()
    with db.writing() as session:
        made = Invitation(
            school_id=school_id,
            token_digest=digest(token),
            trusted_hosts=sorted(trusted_hosts),
            created_by_id=actor.person_id,
            created_at=now,
            expires_at=now + timedelta(days=days),
        )
        session.add(made)
        session.flush()
        record(
            actor, "invitation.make", "invitation", made.id,
            days=days, trusted_hosts=made.trusted_hosts,
        )  # fmt: skip
    settings: Settings = current_app.extensions["licheng.settings"]
    return f"{settings.public_url}/lti/register/{token}"


def revoke_invitation(actor: Actor, invitation_id: int) -> None:
    """Make an unused link worthless."""
    school_id = policy.require_administrator(actor)
    with db.writing() as session:
        found = session.get(Invitation, invitation_id, with_for_update=db.HELD)
        if found is None or found.school_id != school_id:
            raise NotFound(_("找不到這個安裝連結。"))
        if found.used_at is not None or found.revoked_at is not None:
            raise Conflict(_("這個安裝連結已經用過或已撤銷。"))
        found.revoked_at = clock.now()
        record(actor, "invitation.revoke", "invitation", found.id)


def usable_invitation(token: str) -> Invitation:
    """:raises InvitationUnusable: with the reason that helps."""
    found = db.reading().scalar(
        sa.select(Invitation).where(Invitation.token_digest == digest(token))
    )
    remedy = _("請向學校的歷程管理員索取新的安裝連結。")
    if found is None:
        raise InvitationUnusable(_("這個安裝連結不存在。"), remedy=remedy)
    if found.used_at is not None:
        raise InvitationUnusable(_("這個安裝連結已經用過了。"), remedy=remedy)
    if found.revoked_at is not None:
        raise InvitationUnusable(_("這個安裝連結已被撤銷。"), remedy=remedy)
    if clock.now() >= found.expires_at:
        raise InvitationUnusable(_("這個安裝連結已過期。"), remedy=remedy)
    return found


def install(
    token: str, configuration_url: str, registration_token: str | None, client: GuardedClient
) -> Installed:
    """Perform the exchange with the LMS and keep its answer.

    The link is taken before the LMS is asked, so two clicks make one registration, and given back
    when the LMS refuses, so that it can be tried again.

    :raises InvitationUnusable: the link. :raises lti.errors.RegistrationError: the LMS.
    """
    invitation = usable_invitation(token)
    row, school_id, trusted = invitation.id, invitation.school_id, invitation.trusted_hosts
    ensure_keys()  # some platforms look at our key set before they answer
    _take(row)
    try:
        platform = discover(client, configuration_url, registration_token, trusted_hosts=trusted)
        request = lti_registration.build_request(registering.tool(), platform)
        answer = lti_registration.register(client, platform, request, registration_token)
        return _keep(row, school_id, answer)
    except BaseException as failure:
        _give_back(row, school_id, getattr(failure, "code", "UNEXPECTED"))
        raise


def decide_deployment(actor: Actor, deployment_row: int, active: bool) -> None:
    """Approve or stop a deployment of the actor's school. Stopped, whoever came in by its platform
    is out at once, and comes in again where another deployment lets them."""
    school_id = policy.require_administrator(actor)
    with db.writing() as session:
        found = session.get(Deployment, deployment_row, with_for_update=db.HELD)
        if found is None or found.school_id != school_id:
            raise NotFound(_("找不到這個部署。"))
        found.state = DeploymentState.ACTIVE if active else DeploymentState.DISABLED
        found.decided_by_id, found.decided_at = actor.person_id, clock.now()
        if not active:
            sessions.end_all(found.registration_id, school_id)
        record(actor, "deployment.decide", "deployment", found.id, state=found.state)


def switch_registration(actor: Actor, registration_id: int, active: bool) -> None:
    """Stop all launches of a registration and end its sessions, or let them in again."""
    school_id = policy.require_administrator(actor)
    with db.writing() as session:
        found = session.get(Registration, registration_id, with_for_update=db.HELD)
        if found is None or found.school_id != school_id:
            raise NotFound(_("找不到這個平臺。"))
        found.state = RegistrationState.ACTIVE if active else RegistrationState.DISABLED
        found.updated_at = clock.now()
        if not active:
            sessions.end_all(found.id)
        record(actor, "registration.switch", "registration", found.id, state=found.state)


def ensure_keys() -> list[KeyPair]:
    """Our key pairs; makes the first one when there is none."""
    store = Keys()
    found = list(store.all())
    if not found:
        with db.writing():
            if not store.all():
                keys.rotate(store, clock.now())
            found = list(store.all())
    return found


def rotate_keys() -> None:
    """Daily: publish the next key in time, forget the one whose window is over."""
    with db.writing():
        keys.rotate(Keys(), clock.now())


def renew_keys(*, at_once: bool = False) -> KeyPair:
    """Make the next key now (command line); see `lti.keys.renew`."""
    with db.writing():
        ensure_keys()
        made = keys.renew(Keys(), clock.now(), at_once=at_once)
        actor = Actor(school_id=None, name="flask lti keys rotate")
        record(actor, "keys.renew", "tool_key", None, kid=made.kid, at_once=at_once)
        return made


def _take(invitation_id: int) -> None:
    with db.writing() as session:
        taken = session.execute(
            sa.update(Invitation)
            .where(Invitation.id == invitation_id, Invitation.used_at.is_(None))
            .values(used_at=clock.now())
        )
        if taken.rowcount != 1:  # type: ignore[attr-defined]
            raise InvitationUnusable(_("這個安裝連結已經用過了。"))


def _give_back(invitation_id: int, school_id: int, code: str) -> None:
    with db.writing() as session:
        session.execute(
            sa.update(Invitation).where(Invitation.id == invitation_id).values(used_at=None)
        )
        actor = Actor(school_id=school_id, name="LTI")
        record(actor, "registration.fail", "invitation", invitation_id, code=code)


def _keep(invitation_id: int, school_id: int, answer: Registered) -> Installed:
    """An upsert by issuer and client: Moodle's "update" keeps both."""
    with db.writing() as session:
        found, updated = registering.upsert(
            session, school_id, registering.described(answer), answer.deployment_id
        )
        actor = Actor(school_id=school_id, name="LTI")
        record(
            actor, "registration.keep", "registration", found.id,
            updated=updated, product=found.product, invitation=invitation_id,
        )  # fmt: skip
        return Installed(
            registration_id=found.id,
            product=product(found.product),
            origins=answer.platform.origins,
            deployment_id=answer.deployment_id,
            updated=updated,
            claim_code=_first_code(school_id),
            stopped=registering.stopped(session, found, answer.deployment_id),
        )


def _first_code(school_id: int) -> str | None:
    if school.people_holding(school_id, Role.ADMINISTRATOR, clock.today()):
        return None
    return claiming.administrator_code(Actor(school_id=school_id, name="系統"))
