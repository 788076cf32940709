"""A session without a launch: for whoever proved an address by a code mailed to it.

Whoever asks for one has checked the code (`plugin.certification`); here is only what every session
has: an unguessable token, a browser it is bound to, an end.
"""

from __future__ import annotations

import secrets
from datetime import timedelta

import sqlalchemy as sa
from flask import current_app

from plugin import clock, db
from plugin.actor import Actor
from plugin.entrance.models import LaunchSession
from plugin.entrance.tokens import digest, new_token
from plugin.errors import NotFound
from plugin.school import queries as school
from plugin.settings import Settings
from plugin.trail.chain import record


def begin(school_id: int, person_id: int, browser: str) -> str:
    """Open a session of `Role.APPLICANT`, within the current write transaction if there is one.

    :param browser: digest of the binding cookie (`session.VISITOR`). The page is framed by nobody,
        so every browser that could post the code keeps it.
    :returns: the token of the path; it is stored nowhere else.
    :raises NotFound: no active person of this school.
    """
    settings: Settings = current_app.extensions["licheng.settings"]
    token, now = new_token(), clock.now()
    with db.writing() as session:
        person = school.person(school_id, person_id)
        if person is None or not person.active:
            raise NotFound("")
        row = LaunchSession(
            token_digest=digest(token),
            school_id=school_id,
            registration_id=None,
            person_id=person_id,
            browser=browser,
            roles=[],
            data={"csrf_token": secrets.token_hex(20)},
            created_at=now,
            seen_at=now,
            expires_at=now + timedelta(hours=settings.session_hours),
        )
        session.add(row)
        session.flush()
        visitor = Actor(school_id=school_id, person_id=person_id, name=person.name)
        record(visitor, "visit.begin", "launch_session", row.id)
    return token


def end_all(school_id: int, person_id: int) -> None:
    """End every visit of a person: the address by which they came in is theirs no more."""
    with db.writing() as session:
        session.execute(
            sa.update(LaunchSession)
            .where(
                LaunchSession.school_id == school_id,
                LaunchSession.person_id == person_id,
                LaunchSession.ended_at.is_(None),
            )
            .values(ended_at=clock.now())
        )
