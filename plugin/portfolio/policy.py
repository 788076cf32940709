"""Who may do what with portfolios.

The route policies look at roles only; the relation (whose outcome, whose course, whose school) is
asked by operations and queries with the functions below. What is not allowed is denied.
"""

from __future__ import annotations

from plugin.actor import Actor, Role
from plugin.portfolio.models import Counselling, Experience, Outcome, Submission
from plugin.web import holding, public

students = holding(Role.STUDENT)
teachers = holding(Role.TEACHER, Role.SUBSTITUTE)
registry = holding(Role.REGISTRY)
overseers = holding(Role.REGISTRY, Role.ADMINISTRATOR)
"""See the figures of the whole school."""
homeroom = holding(Role.HOMEROOM)
counsellors = holding(Role.COUNSELLOR)
assigners = holding(Role.REGISTRY, Role.ADMINISTRATOR)
"""Say whose counsellor is who; they read no record."""
topic_keepers = holding(Role.COUNSELLOR, Role.REGISTRY, Role.ADMINISTRATOR)
counselled = holding(Role.STUDENT, Role.PARENT)
"""Read what concerns themselves or their child; parents only where the school's rule allows."""
affairs = holding(Role.STUDENT_AFFAIRS)
"""Look after experiences and return what is wrong."""
parents = holding(Role.PARENT)
companions = holding(Role.PARENT, Role.HOMEROOM, Role.COUNSELLOR)
"""See what their own students have sent, and change nothing."""
anybody = public
"""The verification page of a submission: whoever holds the printed manifest may check it."""


def owns(actor: Actor, outcome: Outcome | Experience) -> bool:
    """The student whose record it is, in their own school."""
    return (
        actor.has(Role.STUDENT)
        and actor.person_id is not None
        and outcome.student_id == actor.person_id
        and outcome.school_id == actor.school_id
    )


def keeps(actor: Actor, record: Outcome | Submission) -> bool:
    """The registry of the school that the record belongs to."""
    return actor.has(Role.REGISTRY) and record.school_id == actor.school_id


def wrote(actor: Actor, record: Counselling) -> bool:
    """The counsellor who held the consultation, as long as they are one."""
    return (
        actor.has(Role.COUNSELLOR)
        and actor.person_id is not None
        and record.counsellor_id == actor.person_id
        and record.school_id == actor.school_id
    )


def looks_after(actor: Actor, experience: Experience) -> bool:
    """Student affairs of the school that the experience belongs to; a draft is its student's."""
    return (
        actor.has(Role.STUDENT_AFFAIRS)
        and experience.school_id == actor.school_id
        and experience.sent_at is not None
    )
