"""Copying a course: the activities and their columns, the staff, and no students."""

from __future__ import annotations

from dataclasses import asdict

from lti.platform.core import Lms
from lti.platform.notices import tell_of_copy
from lti.platform.world import STAFF_ROLES, Course


def _free_number(here: Lms) -> str:
    while (number := str(here.state.next_id())) in here.world.courses:
        pass
    return number


def copy_course(here: Lms, source: Course) -> Course:
    """The copy. Its id is new, and so are those of its activities; tools that listen are told."""
    staff = {person: role for person, role in source.members.items() if role in STAFF_ROLES}
    number = _free_number(here)
    made = Course(
        id=number,
        shortname=f"{source.shortname}-{number}",
        fullname=f"{source.fullname}（複製）",
        members=staff,
        origins=[source.id, *source.origins],
    )
    with here.state.change() as state:
        state.copies.append(asdict(made))
    here.world.add(made)
    for activity in here.state.activities_of(source.id):
        columns = [i for i in here.state.line_items.values() if i.link_id == activity.id]
        column = columns[0] if columns else None
        here.state.add_activity(
            here.state.tools[activity.tool_id],
            made.id,
            activity.title,
            text=activity.text,
            url=activity.url,
            custom=activity.custom,
            line_item={
                "scoreMaximum": column.maximum,
                "resourceId": column.resource_id,
                "tag": column.tag,
            }
            if column
            else None,
            graded=column is not None,
        )
    tell_of_copy(here, made)
    return made
