"""Whose children a parent sees in a launch (`role_scope_mentor`, LTI 1.3 core §5.4.9)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import sqlalchemy as sa

from lti.roles import Role as LmsRole
from plugin import db
from plugin.entrance.models import LaunchPerson
from plugin.entrance.session import Launched
from plugin.school import queries as school
from plugin.school.models import Person, PersonKind


def children(found: Launched, person: Person, mentored: Collection[str]) -> tuple[int, ...]:
    """The students that a parent may see in this session.

    Two may know whose parent somebody is: the school's register of guardians, and an LMS that
    calls somebody Mentor and lists whom of. Who is a child's guardian is for the school to say (it
    asks for the papers; in an LMS a teacher may have clicked it), so the claim narrows and never
    widens: a Mentor sees those of their children whom the claim lists, and without a claim nobody.
    A school whose LMS is kept by its registry may let the claim count by itself
    (`settings["lms_roles"]["mentor_children"]`); then it names students of this school whose
    account is bound, and nobody else.

    A launch that is not a Mentor's says nothing about children (Moodle sends parents as Learner and
    knows no such claim): the register alone decides. An advisor (課程諮詢教師) is a Mentor of
    another kind, and no parent by that.

    :param mentored: the subjects of the claim, on the platform of the launch.
    """
    of_register = {one.id for one in school.children_of(found.school_id, person.id)}
    if LmsRole.MENTOR not in found.roles or LmsRole.ADVISOR in found.roles:
        return tuple(sorted(of_register))
    listed = _students(found, mentored)
    if _claim_counts(school.school(found.school_id).settings) and person.kind is PersonKind.PARENT:
        return tuple(sorted(listed))
    return tuple(sorted(of_register & listed))


def _students(found: Launched, subjects: Collection[str]) -> set[int]:
    """The active students of this school behind some subjects of the launch's platform."""
    if not subjects:
        return set()
    query = (
        sa.select(Person.id)
        .join(LaunchPerson, LaunchPerson.person_id == Person.id)
        .where(
            LaunchPerson.registration_id == found.registration_id,
            LaunchPerson.school_id == found.school_id,
            # A parent of more children than this is a mistake or an attack.
            LaunchPerson.subject.in_(sorted(set(subjects))[:50]),
            Person.school_id == found.school_id,
            Person.kind == PersonKind.STUDENT,
            Person.active,
        )
    )
    return set(db.reading().scalars(query))


def _claim_counts(settings: Mapping[str, Any]) -> bool:
    return bool((settings.get("lms_roles") or {}).get("mentor_children"))
