"""One roster: asked of the platform page by page, taken in batches; nothing is held in between."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Any

import sqlalchemy as sa

from lti import vocabulary as v
from lti.products import product
from lti.services.connector import Connector
from lti.services.errors import ServiceError
from lti.services.groups import groups
from lti.services.roster import Member, members
from plugin import db
from plugin.entrance.models import (
    Deployment,
    DeploymentState,
    LaunchContext,
    Registration,
    RegistrationState,
)
from plugin.services import gateway, listening
from plugin.services.operations import groups as group_operations
from plugin.services.operations import members as member_operations
from plugin.services.operations import planning, rosters


def synchronise(
    context_id: int,
    holder: str,
    progress: Callable[[int], None] = lambda _done: None,
    *,
    link: str = "",
) -> dict[str, Any]:
    """Read in the roster of an LMS course, or leave the reason why not in its state.

    :param holder: who does it; two at once are one.
    :param progress: told after each batch how many there were so far.
    :param link: read only who can reach this resource link; that takes nobody out of the course.
    """
    source = _source(context_id)
    if source is None:
        if not link:
            rosters.drop(context_id)
        return {"skipped": True}
    run = rosters.begin(context_id, holder, link)
    if run is None:
        return {"running": True}
    context, registration = source
    try:
        with listening.gathered():
            count, note = _read(run, context, registration, progress)
            gone = rosters.finish(run, count, note)
        # Accounts that were bound before, in a course that is told of only now.
        planning.ask(run.school_id, context_ids=[context_id])
    except ServiceError as error:
        rosters.fail(run, error)
        return {"code": error.code}
    except rosters.Overtaken:
        return {"running": True}
    return {"members": count, "gone": gone}


def _read(
    run: rosters.Run,
    context: LaunchContext,
    registration: Registration,
    progress: Callable[[int], None],
) -> tuple[int, str]:
    """(members, what failed beside them).

    :raises ServiceError: not everybody was told. :raises Overtaken: somebody else is at it.
    """
    if _denied(registration, v.SCOPE_ROSTER):
        raise ServiceError("SCOPE_REFUSED", "not among the scopes of the registration")
    connector = gateway.connect(registration.id)
    note = "" if run.link else _groups(run, connector, context, registration)
    everybody = members(
        connector,
        context.memberships_url,
        page_limit=product(registration.product).page_limit,
        rlid=run.link,
    )
    count = 0
    for batch in _batches(everybody, member_operations.BATCH):
        count += member_operations.take(run, batch)
        progress(count)
    return count, note


def _groups(
    run: rosters.Run, connector: Connector, context: LaunchContext, registration: Registration
) -> str:
    """Names of groups, where the platform has them. Without them the roster is as good."""
    if not context.groups_url or _denied(registration, v.SCOPE_GROUPS):
        return ""
    try:
        named = groups(connector, context.groups_url, sets_url=context.group_sets_url)
        found = list(islice(named, group_operations.MOST))
    except ServiceError as error:
        return f"groups: {error.code}"
    group_operations.take_groups(run, found)
    return ""


def _source(context_id: int) -> tuple[LaunchContext, Registration] | None:
    """The LMS course and its platform, if its school may (still) ask there: a token is good for
    every course of the site, so this check is ours."""
    allowed = sa.exists().where(
        Deployment.registration_id == LaunchContext.registration_id,
        Deployment.school_id == LaunchContext.school_id,
        Deployment.state == DeploymentState.ACTIVE,
    )
    query = (
        sa.select(LaunchContext, Registration)
        .join(Registration, Registration.id == LaunchContext.registration_id)
        .where(
            LaunchContext.id == context_id,
            LaunchContext.memberships_url != "",
            Registration.state == RegistrationState.ACTIVE,
            allowed,
        )
    )
    row = db.reading().execute(query).first()
    return (row[0], row[1]) if row else None


def _denied(registration: Registration, scope: str) -> bool:
    """The platform said which services we may use, and this is not among them."""
    return bool(registration.scopes) and scope not in registration.scopes


def _batches(everybody: Iterable[Member], size: int) -> Iterator[list[Member]]:
    rest = iter(everybody)
    while batch := list(islice(rest, size)):
        yield batch
