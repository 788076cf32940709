"""Who may do what with portfolios.

The route policies look at roles only; the relation (whose outcome, whose course, whose school) is
asked by operations and queries with the functions below. What is not allowed is denied.
"""

from __future__ import annotations

from plugin.actor import Actor, Role
from plugin.portfolio.models import (
    Counselling,
    Experience,
    Outcome,
    ReceiptSheet,
    SelectionKind,
    Submission,
    SubmissionCheck,
)
from plugin.web import holding, public

students = holding(Role.STUDENT)
teachers = holding(Role.TEACHER, Role.SUBSTITUTE)
reason_keepers = holding(Role.TEACHER, Role.SUBSTITUTE, Role.REGISTRY, Role.ADMINISTRATOR)
"""Keep words for returning: teachers their own, the registry the school's."""
registry = holding(Role.REGISTRY)
checkers = holding(Role.REGISTRY, Role.STUDENT_AFFAIRS)
"""Look what keeps the selected from being handed in: student affairs of experiences alone."""
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
earlier_readers = holding(Role.REGISTRY, Role.STUDENT_AFFAIRS)
"""See what an earlier system handed in; student affairs the experiences."""
parents = holding(Role.PARENT)
companions = holding(Role.PARENT, Role.HOMEROOM, Role.COUNSELLOR)
"""See what their own students have sent, and change nothing."""
exporters = holding(Role.STUDENT, Role.PARENT)
"""Take a copy home: students their own, parents where the school's rule allows."""
dashboards = holding(Role.REGISTRY, Role.ADMINISTRATOR, Role.STUDENT_AFFAIRS)
"""See how far the school is, in figures."""
reminders = holding(Role.REGISTRY, Role.STUDENT_AFFAIRS)
"""Remind those of the school who still must act."""
exchangers = holding(Role.EXCHANGE, Role.REGISTRY)
"""Make packages for other schools and take theirs."""
sheet_watchers = holding(Role.REGISTRY, Role.HOMEROOM)
"""See who has confirmed the 收訖明細: the whole school, or the own class."""
sheet_companions = holding(Role.PARENT, Role.HOMEROOM, Role.REGISTRY)
"""Read a student's 收訖明細 and change nothing."""
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


def keeps(actor: Actor, record: Outcome | Submission | SubmissionCheck) -> bool:
    """The registry of the school that the record belongs to."""
    return actor.has(Role.REGISTRY) and record.school_id == actor.school_id


def looked_at(actor: Actor, check: SubmissionCheck) -> frozenset[SelectionKind]:
    """Of which records a 預檢 of the own school is shown: everything to the registry, experiences
    to student affairs, who hand them in (SPEC §1); nothing to anybody else."""
    if check.school_id != actor.school_id:
        return frozenset()
    if actor.has(Role.REGISTRY):
        return frozenset(SelectionKind)
    shown = {SelectionKind.EXPERIENCE} if actor.has(Role.STUDENT_AFFAIRS) else ()
    return frozenset(shown)


def exchanges(actor: Actor) -> bool:
    """Whoever makes and takes exchange packages; of which school asks the caller."""
    return actor.person_id is not None and actor.has(Role.EXCHANGE, Role.REGISTRY)


def signs(actor: Actor, sheet: ReceiptSheet) -> bool:
    """The student whose 收訖明細 it is."""
    return (
        actor.has(Role.STUDENT)
        and actor.person_id is not None
        and sheet.student_id == actor.person_id
        and sheet.school_id == actor.school_id
    )


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
