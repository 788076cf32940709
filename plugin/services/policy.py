"""Who may see and use what an LMS offers."""

from __future__ import annotations

import sqlalchemy as sa
from flask_babel import gettext as _

from plugin import clock, db, web
from plugin.actor import Actor, Role
from plugin.entrance.models import CourseBinding, LaunchContext
from plugin.errors import NotFound
from plugin.school import queries as school

anybody = web.public
"""Notices of a platform: each carries its own signature."""

administrators = web.holding(Role.ADMINISTRATOR)
staff = web.holding(Role.TEACHER, Role.SUBSTITUTE, Role.REGISTRY, Role.ADMINISTRATOR)
"""Rosters: the registry's and administrators' of the whole school, a teacher's of own courses."""


def sees_all(actor: Actor) -> bool:
    """Whether every LMS course of the school is the actor's business."""
    return actor.person_id is not None and actor.has(Role.REGISTRY, Role.ADMINISTRATOR)


def seen_context(actor: Actor, context_id: int) -> LaunchContext:
    """An LMS course whose roster is the actor's business: all of the school, or one that stands
    for a course that the actor teaches today. Being Instructor in the LMS is not enough: Moodle
    calls a counsellor so, and a manager.

    :raises NotFound: none, or not theirs.
    """
    context = db.reading().get(LaunchContext, context_id)
    if context is not None and context.school_id == actor.school_id:
        if sees_all(actor):
            return context
        courses = sa.select(CourseBinding.course_id).where(
            CourseBinding.launch_context_id == context.id
        )
        today = clock.today()
        if actor.person_id is not None and any(
            school.may_certify(actor.person_id, course_id, today)
            for course_id in db.reading().scalars(courses)
        ):
            return context
    raise NotFound(_("找不到這門平臺課程。"))
