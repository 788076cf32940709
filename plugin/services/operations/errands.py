"""Single messages to a platform: kept until it took them, tried ever more patiently."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from lti import vocabulary as v
from lti.services.errors import ServiceError
from plugin import clock, db, jobs
from plugin.actor import Actor, system
from plugin.entrance.models import (
    Deployment,
    DeploymentState,
    LaunchPerson,
    Registration,
    RegistrationState,
    TermsAnswer,
)
from plugin.errors import NotFound
from plugin.inserting import insert_new
from plugin.school import policy as school_policy
from plugin.services import patience
from plugin.services.models import Errand, ErrandKind, PushState
from plugin.trail.chain import record

JOB = "services.errands"
LEASE = timedelta(minutes=5)


@dataclass(frozen=True)
class Terms:
    """Somebody's answer, as their platform is told."""

    user_id: str
    accepted: bool
    at: datetime


def tell_terms(school_id: int, registration_id: int, answer_id: int, url: str) -> None:
    """Have the platform's EULA service told what somebody answered."""
    with db.writing() as session:
        _new(session, school_id, registration_id, ErrandKind.TERMS, answer_id, url)
        jobs.enqueue(
            system(school_id, "服務通知"), JOB, {}, key=f"{JOB}:terms:{answer_id}"
        )  # fmt: skip


def subscribe_new() -> int:
    """Ask platforms for their notices where a launch told us that they have any; how many."""
    with db.writing() as session:
        rows = session.execute(
            sa.select(Deployment.id, Deployment.school_id, Deployment.registration_id,
                      Deployment.notices_url, Registration.scopes, Errand.id.label("errand"))
            .join(Registration, Registration.id == Deployment.registration_id)
            .outerjoin(
                Errand,
                sa.and_(Errand.kind == ErrandKind.SUBSCRIBE, Errand.subject_id == Deployment.id),
            )
            .where(
                Deployment.notices_url != "",
                Deployment.state == DeploymentState.ACTIVE,
                Deployment.school_id.is_not(None),
                Registration.state == RegistrationState.ACTIVE,
                sa.or_(Errand.id.is_(None), Errand.url != Deployment.notices_url),
            )
            .order_by(Deployment.id)
            .limit(200)
        ).all()  # fmt: skip
        asked = 0
        for row in rows:
            if row.scopes and v.SCOPE_NOTICES not in row.scopes:
                continue
            asked += 1
            if row.errand is None:
                _new(
                    session, row.school_id, row.registration_id, ErrandKind.SUBSCRIBE, row.id,
                    row.notices_url,
                )  # fmt: skip
            else:  # the platform moved its service
                session.execute(
                    sa.update(Errand)
                    .where(Errand.id == row.errand)
                    .values(url=row.notices_url, state=PushState.WAITING, attempts=0,
                            next_at=clock.now(), code="", detail="")
                )  # fmt: skip
        return asked


def claim(now: datetime) -> Errand | None:
    """Take one that is due; None when there is none."""
    with db.writing() as session:
        found = session.scalar(
            sa.select(Errand)
            .where(Errand.state == PushState.WAITING, Errand.next_at <= now)
            .order_by(Errand.next_at, Errand.id)
            .limit(1)
            .with_for_update(skip_locked=True, **db.HELD)
        )
        if found is not None:
            found.attempts += 1
            found.next_at = now + LEASE
        return found


def told(errand_id: int) -> None:
    """The platform has taken it."""
    with db.writing() as session:
        errand = session.get_one(Errand, errand_id, with_for_update=db.HELD)
        now = clock.now()
        errand.state, errand.told_at, errand.next_at = PushState.SENT, now, None
        errand.attempts, errand.code, errand.detail = 0, "", ""
        if errand.kind is ErrandKind.TERMS:
            session.execute(
                sa.update(TermsAnswer)
                .where(TermsAnswer.id == errand.subject_id)
                .values(told_at=now)
            )
        record(
            system(errand.school_id, "服務通知"), "errand.told", errand.kind, errand.subject_id
        )  # fmt: skip


def refused(errand_id: int, error: ServiceError) -> None:
    """The platform did not take it; tried again later unless that is hopeless."""
    with db.writing() as session:
        errand = session.get_one(Errand, errand_id, with_for_update=db.HELD)
        errand.code, errand.detail = error.code, error.detail[:120]
        if patience.spent(errand.attempts, retry=error.retry):
            errand.state, errand.next_at = PushState.FAILED, None
            record(
                system(errand.school_id, "服務通知"), "errand.failed", errand.kind,
                errand.subject_id, code=error.code,
            )  # fmt: skip
        else:
            wait = patience.wait_after(errand.attempts, error.retry_after)
            errand.next_at = clock.now() + wait


def try_again(actor: Actor, errand_id: int) -> None:
    """An administrator wants a message told once more.

    :raises NotFound: none of this school that has failed. :raises NotAllowed: no administrator.
    """
    school_id = school_policy.require_administrator(actor)
    with db.writing() as session:
        errand = session.get(Errand, errand_id, with_for_update=db.HELD)
        failed = errand is not None and errand.state is PushState.FAILED
        if errand is None or errand.school_id != school_id or not failed:
            raise NotFound(_("找不到這則未送出的訊息，可能已經送出。"))
        errand.state, errand.attempts, errand.next_at = PushState.WAITING, 0, clock.now()
        record(actor, "errand.retry", errand.kind, errand.subject_id)
        jobs.enqueue(actor, JOB, {})


def terms_of(errand: Errand) -> Terms | None:
    """What an errand of this kind has to say; None when the answer is not there (any more)."""
    row = (
        db.reading()
        .execute(
            sa.select(TermsAnswer.accepted, TermsAnswer.at, LaunchPerson.subject)
            .join(LaunchPerson, LaunchPerson.id == TermsAnswer.launch_person_id)
            .where(
                TermsAnswer.id == errand.subject_id,
                TermsAnswer.school_id == errand.school_id,
                LaunchPerson.registration_id == errand.registration_id,
            )
        )
        .first()
    )
    return Terms(row.subject, row.accepted, row.at) if row else None


def _new(
    session: Session,
    school_id: int,
    registration_id: int,
    kind: ErrandKind,
    subject_id: int,
    url: str,
) -> None:
    insert_new(
        session,
        Errand,
        [
            {
                "school_id": school_id,
                "registration_id": registration_id,
                "kind": kind,
                "subject_id": subject_id,
                "url": url[:512],
                "state": PushState.WAITING,
                "attempts": 0,
                "code": "",
                "detail": "",
                "next_at": clock.now(),
                "told_at": None,
            }
        ],
    )
