"""Groups within an LMS course: their names by the groups service, their members by the roster."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lti.services.groups import Group
from plugin import db
from plugin.inserting import insert_new
from plugin.services.models import CourseGroup, CourseGroupMember
from plugin.services.operations.rosters import Run, held

MOST = 2000
"""Groups of one course that are remembered: no course has so many, a broken platform may."""


def take_groups(run: Run, groups: Iterable[Group]) -> None:
    """Remember the groups of a course by name; those not named any more rest.

    :raises Overtaken: another worker synchronises this course now.
    """
    named = {one.id[:255]: one for one in groups}
    with db.writing() as session:
        held(session, run)
        known = _known(session, run.context_id, None)
        insert_new(session, CourseGroup, [_row(run.context_id, i) for i in named.keys() - known])
        for group_id, row in _known(session, run.context_id, None).items():
            row.active = group_id in named
            if group_id in named:
                row.name, row.set_name = named[group_id].name[:255], named[group_id].set_name[:255]


def take_memberships(
    session: Session, context_id: int, groups_of: Mapping[int, Iterable[str]]
) -> None:
    """Who is in which group, of a page of members; within the transaction of that page. A group
    that only the roster knows has a number and no name.

    :param groups_of: launch person → ids of groups.
    """
    wanted = {
        (group_id[:255], person)
        for person, ids in groups_of.items()
        for group_id in ids
        if group_id
    }
    ids = {group_id for group_id, _person in wanted}
    known = _known(session, context_id, ids) if ids else {}
    missing = [_row(context_id, group_id) for group_id in sorted(ids - known.keys())]
    if missing:
        insert_new(session, CourseGroup, missing)
        known = _known(session, context_id, ids)
    rows = {(known[group_id].id, person) for group_id, person in wanted}
    present = {
        (row[0], row[1])
        for row in session.execute(
            sa.select(CourseGroupMember.course_group_id, CourseGroupMember.launch_person_id)
            .join(CourseGroup, CourseGroup.id == CourseGroupMember.course_group_id)
            .where(
                CourseGroup.launch_context_id == context_id,
                CourseGroupMember.launch_person_id.in_(list(groups_of)),
            )
        )
    }
    for group, person in present - rows:
        session.execute(
            sa.delete(CourseGroupMember).where(
                CourseGroupMember.course_group_id == group,
                CourseGroupMember.launch_person_id == person,
            )
        )
    insert_new(
        session,
        CourseGroupMember,
        [
            {"course_group_id": group, "launch_person_id": person}
            for group, person in sorted(rows - present)
        ],
    )


def _known(session: Session, context_id: int, ids: set[str] | None) -> dict[str, CourseGroup]:
    query = sa.select(CourseGroup).where(CourseGroup.launch_context_id == context_id)
    if ids is not None:
        query = query.where(CourseGroup.group_id.in_(ids))
    return {one.group_id: one for one in session.scalars(query)}


def _row(context_id: int, group_id: str) -> dict[str, object]:
    return {
        "launch_context_id": context_id,
        "group_id": group_id,
        "name": "",
        "set_name": "",
        "active": True,
    }
