"""What each platform makes of the LMS's own roles, in launches and in the roster.

The rows are measured (Moodle 4.5) or taken from the vendor's documentation (Canvas); for
Brightspace and Blackboard they are what their default role mappings send.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

LIS = "http://purl.imsglobal.org/vocab/lis/v2/"
LEARNER = f"{LIS}membership#Learner"
INSTRUCTOR = f"{LIS}membership#Instructor"
MENTOR = f"{LIS}membership#Mentor"
CONTEXT_ADMINISTRATOR = f"{LIS}membership#Administrator"
ASSISTANT = f"{LIS}membership/Instructor#TeachingAssistant"
INSTITUTION = f"{LIS}institution/person#"
SYSTEM_ADMINISTRATOR = f"{LIS}system/person#Administrator"
SYSTEM_USER = f"{LIS}system/person#User"
TEST_USER = "http://purl.imsglobal.org/vocab/lti/system/person#TestUser"

Table = Mapping[str, tuple[str, ...]]
"""LMS role (``world.ROLES``) to role names."""


@dataclass(frozen=True)
class Roles:
    """How one platform speaks of roles.

    :ivar launch: roles of a launch.
    :ivar roster: roles in the roster; Moodle's contradict its launches.
    :ivar institution: institution roles, sent beside those of ``launch``.
    :ivar institution_always: False: only where the administrator of the LMS ticked it.
    :ivar everybody: added to every launch.
    :ivar mentor_scope: parents come with ``role_scope_mentor``.
    """

    launch: Table
    roster: Table
    institution: Table
    institution_always: bool = False
    everybody: tuple[str, ...] = ()
    mentor_scope: bool = False

    def of_launch(self, role: str, *, institution: bool = False) -> list[str]:
        """Role URIs of a launch, sorted; ``institution``: the administrator ticked them."""
        found = [*self.launch[role], *self.everybody]
        if institution or self.institution_always:
            found += self.institution[role]
        return sorted(set(found))

    def of_roster(self, role: str) -> list[str]:
        return list(self.roster[role])


_NO_INSTITUTION: Table = dict.fromkeys(
    ("student", "teacher", "noneditingteacher", "manager", "admin", "parent"), ()
)
_INSTITUTION: Table = {
    "student": (f"{INSTITUTION}Student",),
    "teacher": (f"{INSTITUTION}Instructor",),
    "noneditingteacher": (f"{INSTITUTION}Instructor",),
    "manager": (f"{INSTITUTION}Administrator",),
    "admin": (f"{INSTITUTION}Administrator",),
    "parent": (f"{INSTITUTION}Observer",),
}

MOODLE = Roles(
    launch={
        "student": (LEARNER,),
        "teacher": (INSTRUCTOR,),
        "noneditingteacher": (INSTRUCTOR,),
        "manager": (INSTRUCTOR,),
        "admin": (f"{INSTITUTION}Administrator", INSTRUCTOR, SYSTEM_ADMINISTRATOR),
        "parent": (LEARNER,),
    },
    # Short names; a non-editing teacher is a Learner here and an Instructor above.
    roster={
        "student": ("Learner",),
        "teacher": ("Instructor",),
        "noneditingteacher": ("Learner",),
        "manager": ("Instructor",),
        "admin": ("Instructor", f"{LIS}person#Administrator"),
        "parent": ("Learner",),
    },
    institution=_NO_INSTITUTION,
)

_PLAIN: Table = {
    "student": (LEARNER,),
    "teacher": (INSTRUCTOR,),
    "noneditingteacher": (INSTRUCTOR, ASSISTANT),
    "manager": (CONTEXT_ADMINISTRATOR,),
    "admin": (CONTEXT_ADMINISTRATOR,),
    "parent": (MENTOR,),
}

CANVAS = Roles(
    # An administrator of the account has no role in the course at all.
    launch={**_PLAIN, "manager": (), "admin": ()},
    roster=_PLAIN,
    institution={**_INSTITUTION, "noneditingteacher": (), "parent": (f"{INSTITUTION}Observer",)},
    institution_always=True,
    everybody=(SYSTEM_USER,),
    mentor_scope=True,
)

BRIGHTSPACE = Roles(launch=_PLAIN, roster=_PLAIN, institution=_INSTITUTION)

BLACKBOARD = Roles(
    launch={**_PLAIN, "parent": (f"{LIS}membership#Observer",)},
    roster=_PLAIN,
    institution=_INSTITUTION,
    institution_always=True,
)

GENERIC = Roles(
    launch=_PLAIN,
    roster=_PLAIN,
    institution=_INSTITUTION,
    institution_always=True,
    mentor_scope=True,
)
