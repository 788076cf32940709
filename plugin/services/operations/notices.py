"""Notices of platforms: believed by their signature, written down once, and what follows."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from flask import current_app

from lti import vocabulary as v
from lti.errors import LaunchError
from lti.keyset import KeySetCache
from lti.ports import Platform
from lti.services.notices import Notice, check_notice
from plugin import clock, db
from plugin.actor import system
from plugin.entrance.models import Deployment, DeploymentState
from plugin.entrance.operations.stores import Registrations
from plugin.inserting import insert_new
from plugin.retention import Row
from plugin.services.models import PlatformNotice
from plugin.trail.chain import record

MOST_PER_DAY = 2000
"""Notices of one registration in a day: a platform that runs wild does not fill our disk."""
_MOST_ORIGINS = 50


def receive(token: str, named: tuple[str, str]) -> bool:
    """Take one signed notice; False when it was known already.

    A copied course is not bound to what its original stood for: the copy is made for a new term
    or a parallel class, and outcomes of its students would go to last year's course and teacher.
    It becomes a to-do that names the original's courses; a person chooses.

    :param named: issuer and client id that the token, not believed yet, says it is from.
    :raises LaunchError: not from a platform of ours, or not a notice.
    """
    platform = _platform(*named)
    notice = check_notice(token, platform, _key_sets(), clock.now())
    with db.writing() as session:
        deployment = session.execute(
            sa.select(Deployment.school_id, Deployment.state).where(
                Deployment.registration_id == platform.id,
                Deployment.deployment_id == notice.deployment_id,
            )
        ).first()
        active = deployment is not None and deployment.state is DeploymentState.ACTIVE
        if deployment is None or not active or deployment.school_id is None:
            raise LaunchError("DEPLOYMENT_INACTIVE")
        if len(notice.id) > 255:
            raise LaunchError("CLAIM_MALFORMED", "notice")
        known = sa.select(PlatformNotice.id).where(
            PlatformNotice.registration_id == platform.id, PlatformNotice.notice_id == notice.id
        )
        if session.scalar(known) is not None or _too_many(platform.id):
            return False
        now = clock.now()
        insert_new(
            session,
            PlatformNotice,
            [
                {
                    "registration_id": platform.id,
                    "school_id": deployment.school_id,
                    "notice_id": notice.id,
                    "kind": notice.kind,
                    "data": _data(notice),
                    "at": now,
                    "done_at": now if notice.kind == v.NOTICE_HELLO else None,
                }
            ],
        )
        row = session.scalar(known)
        record(
            system(deployment.school_id, "LTI"), "notice.receive", "platform_notice", row,
            kind=notice.kind,
        )  # fmt: skip
        return True


def purge(row: Row) -> int:
    """Forget old notices; a copied course is a to-do until then. Returns how many."""
    with db.writing() as session:
        gone = session.execute(
            sa.delete(PlatformNotice).where(PlatformNotice.at < row.before(clock.now()))
        )
        return int(gone.rowcount)  # type: ignore[attr-defined]


def _platform(issuer: str, client_id: str) -> Platform:
    found = Registrations().platforms(issuer, client_id) if issuer and client_id else []
    if not found:
        raise LaunchError("ISSUER_UNKNOWN")
    if not found[0].active:
        raise LaunchError("REGISTRATION_DISABLED")
    return found[0]


def _too_many(registration_id: int) -> bool:
    query = sa.select(sa.func.count()).where(
        PlatformNotice.registration_id == registration_id,
        PlatformNotice.at > clock.now() - timedelta(days=1),
    )
    return (db.reading().scalar(query) or 0) >= MOST_PER_DAY


def _data(notice: Notice) -> dict[str, Any]:
    """Ids only."""
    if notice.kind != v.NOTICE_CONTEXT_COPY:
        return {}
    return {
        "context": notice.context_id[:255],
        "origins": [one[:255] for one in notice.origin_contexts[:_MOST_ORIGINS]],
    }


def _key_sets() -> KeySetCache:
    found: KeySetCache = current_app.extensions["licheng.key_sets"]
    return found
