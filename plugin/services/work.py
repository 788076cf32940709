"""Background work: rosters, grades, single messages, and the rounds that miss nothing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from flask import current_app

from lti import vocabulary as v
from lti.services import eula, notices
from lti.services.errors import ServiceError
from plugin import clock, retention, schedule, tenancy
from plugin.jobs import Run, handles
from plugin.services import gateway, queries, syncing, telling
from plugin.services.models import Errand, ErrandKind
from plugin.services.operations import errands, planning, rosters, tokens
from plugin.services.operations import notices as notice_operations
from plugin.settings import Settings

NOTICES = (v.NOTICE_HELLO, v.NOTICE_CONTEXT_COPY)
"""What we ask platforms to tell us."""
ERRANDS = 200
"""Messages of one run; the next minutes bring the next."""
SHARES = 24
"""The hourly round looks at one share of the gradebooks each time: all of them in a day."""


@handles(rosters.JOB)
def roster(run: Run) -> dict[str, Any]:
    """Read in the roster of one LMS course, or of one link in it."""
    return syncing.synchronise(
        int(run.args["context_id"]),
        f"job {run.job_id}",
        lambda done: run.progress(done, 0, "members"),
        link=str(run.args.get("link", "")),
    )


@schedule.recurring("services.rosters", every=timedelta(minutes=10))
@tenancy.across("the night comes to rosters of every school; each is read by a job of its own")
def due_rosters(run: Run) -> dict[str, Any]:
    """Queue the rosters whose night or next try has come."""
    return {"queued": rosters.enqueue_due(clock.now())}


@handles(planning.JOB)
def grades(run: Run) -> dict[str, Any]:
    """What changed is compared with what gradebooks were told, and told."""
    assert run.school_id is not None
    due = planning.plan(
        run.school_id,
        course_ids=run.args.get("courses", ()),
        person_ids=run.args.get("people", ()),
        context_ids=run.args.get("contexts", ()),
    )
    asked = {int(one) for one in run.args.get("tell", ())}
    return {"told": _tell(run, run.school_id, sorted(asked.union(due)))}


@schedule.recurring("services.grades_due", every=timedelta(minutes=1))
def due_grades(run: Run) -> dict[str, Any]:
    """Tell what waited for its next try."""
    with tenancy.across("scores of every school wait for their next try"):
        due = queries.due_gradebooks(clock.now())
    return {"told": sum(_tell(run, school_id, [context]) for school_id, context in due)}


@schedule.recurring(
    "services.round", every=timedelta(hours=1), ends=("service_token", "platform_notice")
)
def look_round(run: Run) -> dict[str, Any]:
    """What an event that a killed process lost should have led to; and what is old goes."""
    told = 0
    with tenancy.across("the round goes through the gradebooks of every school"):
        shares = planning.gradebooks_of(_share(run.args), SHARES)
        gone = {
            "tokens": tokens.purge(retention.row("service_token")),
            "notices": notice_operations.purge(retention.row("platform_notice")),
        }
    for school_id, contexts in shares:
        with tenancy.within(school_id):
            due = planning.plan(school_id, context_ids=contexts)
        told += _tell(run, school_id, due)
    return {"told": told, **gone}


@schedule.recurring("services.errands_due", every=timedelta(minutes=5))
def due_errands(run: Run) -> dict[str, Any]:
    """Ask new deployments for notices; tell what waits."""
    with tenancy.across("deployments of every school may offer notices"):
        errands.subscribe_new()
    return {"told": _run_errands(run)}


@handles(errands.JOB)
def errand(run: Run) -> dict[str, Any]:
    """Tell what waits, now."""
    return {"told": _run_errands(run)}


def _tell(run: Run, school_id: int, contexts: list[int]) -> int:
    told = 0
    with tenancy.within(school_id):
        for done, context_id in enumerate(contexts, 1):
            told += telling.tell(context_id, f"job {run.job_id}")["told"]
            run.progress(done, len(contexts))
    return told


def _run_errands(run: Run) -> int:
    told = 0
    for done in range(ERRANDS):
        with tenancy.across("messages of every school wait for their next try"):
            one = errands.claim(clock.now())
        if one is None:
            break
        with tenancy.within(one.school_id):
            try:
                _say(one)
            except ServiceError as error:
                errands.refused(one.id, error)
            else:
                errands.told(one.id)
                told += 1
        run.progress(done + 1, 0)
    return told


def _say(one: Errand) -> None:
    """:raises ServiceError: the platform did not take it."""
    connector = gateway.connect(one.registration_id)
    if one.kind is ErrandKind.SUBSCRIBE:
        settings: Settings = current_app.extensions["licheng.settings"]
        for kind in NOTICES:
            notices.subscribe(connector, one.url, kind, f"{settings.public_url}/lti/notices")
        return
    terms = errands.terms_of(one)
    if terms is not None:
        eula.tell_answer(connector, one.url, terms.user_id, terms.accepted, terms.at)


def _share(args: dict[str, Any]) -> int:
    """Whose turn it is: the hour of the slot, so that a repeated slot looks at the same."""
    slot = args.get("slot")
    at = datetime.fromisoformat(slot) if slot else clock.now()
    return at.astimezone(UTC).hour % SHARES
