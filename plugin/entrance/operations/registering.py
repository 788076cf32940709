"""A platform is kept: one row by issuer and client, however it came to be known."""

from __future__ import annotations

from dataclasses import dataclass, field

import sqlalchemy as sa
from flask import current_app
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from lti.login import origin_of
from lti.products import product
from lti.registration import Registered, Tool
from plugin import clock, db, tenancy
from plugin.entrance import rules
from plugin.entrance.models import (
    Deployment,
    DeploymentState,
    Registration,
    RegistrationState,
)
from plugin.errors import Conflict
from plugin.settings import Settings


@dataclass(frozen=True)
class Described:
    """What is known of a platform, from its own registration or from an administrator."""

    issuer: str
    client_id: str
    auth_login_url: str
    token_url: str
    key_set_url: str
    authorization_server: str = ""
    product: str = ""
    version: str = ""
    account_name: str = ""
    scopes: tuple[str, ...] = field(default=())
    by_hand: bool = False
    home: str = ""
    """Origin where the LMS itself lives, when that is neither its issuer nor its sign-on host
    (a self-hosted Canvas keeps the cloud's issuer): launches are posted and framed from there."""


def described(answer: Registered) -> Described:
    """What a dynamic registration told."""
    platform = answer.platform
    return Described(
        issuer=platform.issuer,
        client_id=answer.client_id,
        auth_login_url=platform.auth_login_url,
        token_url=platform.token_url,
        key_set_url=platform.key_set_url,
        authorization_server=platform.authorization_server,
        product=platform.product,
        version=platform.version,
        account_name=platform.account_name,
        scopes=tuple(sorted(answer.scopes)),
        home=origin_of(platform.registration_url),
    )


def upsert(
    session: Session, school_id: int | None, what: Described, deployment_id: str = ""
) -> tuple[Registration, bool]:
    """Keep a platform; Moodle's "update" keeps issuer and client, and so does its row.

    What the school has stopped stays stopped, the platform and its deployments: whoever holds an
    installation link that nobody used yet must not start it again.

    :param school_id: None: for the whole installation, shared by its schools.
    :param deployment_id: the deployment that is approved with it; "" when none is known yet.
    :returns: the row, and whether it was there before.
    :raises Conflict: it, or its client, belongs to another school or to the installation.
    """
    now = clock.now()
    same = (Registration.issuer == what.issuer, Registration.client_id == what.client_id)
    with tenancy.across("one platform and client may be of another school, and is then refused"):
        owners = session.scalars(sa.select(Registration.school_id).where(*same)).all()
    updated = bool(owners)
    if updated and owners[0] != school_id:
        raise Conflict(
            _("這個平臺的這個安裝屬於另一所學校。"),
            remedy=_("請在平臺選擇「新增」而不是「更新」，再安裝一次。"),
        )
    rules.check_client(school_id, what.client_id)
    rules.check_place(school_id, what.client_id, what.key_set_url, what.token_url, what.product)
    found = session.scalar(sa.select(Registration).where(*same).with_for_update(**db.HELD))
    if found is None:
        found = Registration(
            school_id=school_id,
            issuer=what.issuer,
            client_id=what.client_id,
            launch_origins=_launch_origins(what),
            created_at=now,
        )
        session.add(found)
    _describe(found, what)
    found.state = _first_state(session, found, deployment_id)
    found.updated_at = now
    session.flush()
    if deployment_id:
        _deploy(session, found, deployment_id)
    return found, updated


def stopped(session: Session, registration: Registration, deployment_id: str = "") -> bool:
    """Whether the school has stopped a platform or this deployment of it."""
    if registration.state is RegistrationState.DISABLED:
        return True
    query = sa.select(Deployment.state).where(
        Deployment.registration_id == registration.id,
        Deployment.deployment_id == deployment_id,
    )
    return session.scalar(query) is DeploymentState.DISABLED


def tool() -> Tool:
    """How Licheng presents itself to platforms."""
    settings: Settings = current_app.extensions["licheng.settings"]
    return Tool(
        base_url=settings.public_url,
        name="歷程 Licheng",
        description=_("學習歷程檔案：上傳學習成果、認證、勾選與提交。"),
        link_title="歷程 Licheng",
        selection_title=_("繳交本課程學習成果"),
    )


def _launch_origins(what: Described) -> list[str]:
    """Origins beside issuer and sign-on that may post launches and frame us."""
    known = {origin_of(what.issuer), origin_of(what.auth_login_url), ""}
    return [*product(what.product).launch_origins, *({what.home} - known)]


def _describe(registration: Registration, what: Described) -> None:
    registration.auth_login_url = what.auth_login_url
    registration.token_url = what.token_url
    registration.key_set_url = what.key_set_url
    registration.authorization_server = what.authorization_server
    registration.product = what.product[:60]
    registration.version = what.version[:120]
    registration.account_name = what.account_name[:255]
    registration.scopes = list(what.scopes)
    registration.by_hand = what.by_hand


def _first_state(
    session: Session, registration: Registration, deployment_id: str
) -> RegistrationState:
    """Without a deployment the first signed launch names it (PENDING), but only where all that
    comes belongs to one school and none has been seen yet."""
    if registration.state is RegistrationState.DISABLED:
        return RegistrationState.DISABLED
    if deployment_id or registration.school_id is None:
        return RegistrationState.ACTIVE
    seen = registration.id is not None and session.scalar(
        sa.select(Deployment.id).where(Deployment.registration_id == registration.id).limit(1)
    )
    return RegistrationState.ACTIVE if seen else RegistrationState.PENDING


def _deploy(session: Session, registration: Registration, deployment_id: str) -> None:
    now = clock.now()
    found = session.scalar(
        sa.select(Deployment).where(
            Deployment.registration_id == registration.id,
            Deployment.deployment_id == deployment_id,
        )
    )
    if found is None:
        found = Deployment(
            registration_id=registration.id,
            deployment_id=deployment_id,
            school_id=registration.school_id,
            first_seen_at=now,
        )
        session.add(found)
    if found.state is not DeploymentState.DISABLED:
        found.state, found.decided_at = DeploymentState.ACTIVE, now
