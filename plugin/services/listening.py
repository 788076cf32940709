"""What makes the room act: events of other rooms, and somebody coming in from an LMS course.

Whatever happens during one request is gathered and becomes one job at its end: a teacher who
certifies two hundred outcomes at once makes one job, and one access token.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
import structlog
from flask import (
    Flask,
    Response,
    after_this_request,
    current_app,
    g,
    has_request_context,
    request,
    session,
)

from lti.roles import Role as LmsRole
from plugin import clock, db
from plugin.entrance import loading
from plugin.entrance.models import LaunchContext, LaunchPerson
from plugin.services.models import CourseMember, RosterState
from plugin.services.operations import errands, planning, rosters
from plugin.settings import Settings
from plugin.trail import events

log = structlog.get_logger(__name__)

_GATHERED = "licheng_services_gathered"
_LOOKED = "licheng.services_looked"
LOOK_AGAIN = timedelta(minutes=5)
"""How often one process looks whether the roster of a course is old, or lacks somebody."""
_REMEMBERED = 20_000


def init_app(app: Flask) -> None:
    """Listen."""
    app.extensions[_LOOKED] = {}
    app.after_request(_came_in)


@contextmanager
def gathered() -> Iterator[None]:
    """Hold back what events ask for until the block ends, then ask for it at once."""
    if _GATHERED in g:
        yield
        return
    setattr(g, _GATHERED, {})
    try:
        yield
    finally:
        _ask(g.pop(_GATHERED))


@events.outcome_sent.connect
@events.outcome_certified.connect
@events.outcome_returned.connect
def _outcome(_sender: object, *, school_id: int, **values: Any) -> None:
    """An outcome moved: its course's gradebooks may have to be told."""
    if values.get("course_id") is not None:
        _want(school_id, "course_ids", values["course_id"])


@events.person_bound.connect
def _person(_sender: object, *, school_id: int, person_id: int, **_more: Any) -> None:
    """An account is known now: what its person did before can be told."""
    _want(school_id, "person_ids", person_id)


@events.course_bound.connect
def _course(_sender: object, *, school_id: int, launch_context_id: int, **_more: Any) -> None:
    """An LMS course stands for a roster course now."""
    _want(school_id, "context_ids", launch_context_id)


@events.terms_answered.connect
def _terms(
    _sender: object,
    *,
    school_id: int,
    registration_id: int,
    answer_id: int,
    url: str,
    **_more: Any,
) -> None:
    """Somebody answered the terms of use: their platform is told, where it has a service for it."""
    if url:
        errands.tell_terms(school_id, registration_id, answer_id, url)


def _want(school_id: int, kind: str, identifier: int) -> None:
    held: dict[int, dict[str, set[int]]] | None = g.get(_GATHERED)
    if held is not None:
        held.setdefault(school_id, {}).setdefault(kind, set()).add(identifier)
    elif has_request_context():
        setattr(g, _GATHERED, {school_id: {kind: {identifier}}})
        after_this_request(_at_the_end)
    else:
        _ask({school_id: {kind: {identifier}}})


def _at_the_end(response: Response) -> Response:
    _ask(g.pop(_GATHERED, {}))
    return response


def _ask(wanted: dict[int, dict[str, set[int]]]) -> None:
    """What was done is done; that a gradebook cannot be told of it now must not undo a page."""
    for school_id, ids in wanted.items():
        try:
            planning.ask(school_id, **ids)
        except Exception:
            log.exception("grades_not_queued", school=school_id)


def _came_in(response: Response) -> Response:
    """On a page after a launch: if the roster of this LMS course is old, have it read. Not in the
    launch itself, which hundreds do in the same minute and which must stay quick."""
    try:
        if request.method == "GET" and response.status_code < 400:
            _look(clock.now())
    except Exception:
        log.exception("roster_not_looked_at")
    return response


def _look(now: datetime) -> None:
    found = loading.launched()
    if found is None or found.launch_context_id is None:
        return
    if _once(found.launch_context_id, now) and is_old(found.launch_context_id, now):
        rosters.want(found.launch_context_id, found.school_id)
        return
    link = session.get("link")
    if not link or found.launch_person_id is None or LmsRole.LEARNER not in found.roles:
        return  # staff of the whole site are in no roster, however often it is read
    if _once((found.launch_context_id, found.launch_person_id), now) and is_missing(
        found.launch_context_id, found.launch_person_id
    ):
        rosters.want_link(found.launch_context_id, found.school_id, link)


def _once(what: object, now: datetime) -> bool:
    """Whether this process has not looked at it for a while."""
    looked: dict[object, datetime] = current_app.extensions[_LOOKED]
    before = looked.get(what)
    if before is not None and now - before < LOOK_AGAIN:
        return False
    if len(looked) >= _REMEMBERED:
        looked.clear()
    looked[what] = now
    return True


def is_missing(context_id: int, launch_person_id: int) -> bool:
    """Whether a roster that was read does not name somebody who has come in: new since then. Test
    users are in none."""
    member = sa.exists().where(
        CourseMember.launch_context_id == context_id,
        CourseMember.launch_person_id == launch_person_id,
        CourseMember.active,
    )
    query = sa.select(LaunchPerson.id).where(
        LaunchPerson.id == launch_person_id,
        LaunchPerson.is_test_user.is_(False),
        sa.exists().where(
            RosterState.launch_context_id == context_id, RosterState.done_at.is_not(None)
        ),
        ~member,
    )
    return db.reading().scalar(query) is not None


def is_old(context_id: int, now: datetime) -> bool:
    """Whether the roster of an LMS course should be read: it is offered, and never was or not for
    a day (a setting)."""
    settings: Settings = current_app.extensions["licheng.settings"]
    row = (
        db.reading()
        .execute(
            sa.select(LaunchContext.memberships_url, RosterState.done_at)
            .outerjoin(RosterState, RosterState.launch_context_id == LaunchContext.id)
            .where(LaunchContext.id == context_id)
        )
        .first()
    )
    if row is None or not row.memberships_url:
        return False
    longest = timedelta(hours=settings.roster_hours)
    return row.done_at is None or now - row.done_at >= longest
