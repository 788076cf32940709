"""What a person may be called because the LMS says so.

Context roles (`membership`) decide. Institution and system roles describe the account, not this
course, and count only where the school switched that on (`Widening`): Moodle sends
`institution/person#Administrator` to every site administrator and Canvas sends
`system/person#User` to everybody, so reading them as rights would be wrong.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

_LIS = "http://purl.imsglobal.org/vocab/lis/v2/"
_TEST_USER = "http://purl.imsglobal.org/vocab/lti/system/person#TestUser"


class Role(StrEnum):
    """What the launch says a person is in this course."""

    LEARNER = "learner"
    INSTRUCTOR = "instructor"
    ASSISTANT = "assistant"
    DESIGNER = "designer"
    MENTOR = "mentor"
    ADVISOR = "advisor"
    ADMINISTRATOR = "administrator"


@dataclass(frozen=True)
class Widening:
    """Which account-level roles a school lets count. All off unless the school said so."""

    institution_administrator: bool = False
    system_administrator: bool = False
    mentor_advisor: bool = False


@dataclass(frozen=True)
class LaunchRoles:
    """`roles` granted, and whether the platform marked this as a test account (Canvas
    "student view"), which is never a person of the school.

    :ivar by_account: Administrator of the account itself, by a switch of the school; not only of
        this course, where a teacher may call somebody so.
    """

    roles: frozenset[Role]
    is_test_user: bool = False
    by_account: bool = False

    def __contains__(self, role: Role) -> bool:
        return role in self.roles


_CONTEXT = {
    "Learner": Role.LEARNER,
    "Instructor": Role.INSTRUCTOR,
    "ContentDeveloper": Role.DESIGNER,
    "Mentor": Role.MENTOR,
    "Administrator": Role.ADMINISTRATOR,
}


def launch_roles(uris: Iterable[object], widening: Widening = Widening()) -> LaunchRoles:
    """Read the `roles` claim (LTI 1.3 core §A.2); entries that are not strings are ignored.

    A bare name such as `Learner` counts as a context role, as the specification allows and as
    Moodle's roster service writes it.
    """
    found: set[Role] = set()
    instructor_outright = assistant = test_user = by_account = False
    for uri in uris:
        if not isinstance(uri, str):
            continue
        kind, main, sub = _split(uri)
        if uri == _TEST_USER:
            test_user = True
        elif kind != "membership":
            by_account |= _counts(kind, main, widening)
        elif main == "Instructor" and sub.startswith("TeachingAssistant"):
            assistant = True
        elif main == "Mentor" and sub == "Advisor" and widening.mentor_advisor:
            found |= {Role.MENTOR, Role.ADVISOR}
        elif main in _CONTEXT:
            found.add(_CONTEXT[main])
            instructor_outright |= main == "Instructor" and bool(sub)
    if assistant:
        # Canvas sends a teaching assistant `#Instructor` as well as the sub-role: the narrower
        # one is the truth, unless another sub-role says that they teach here.
        found.add(Role.ASSISTANT)
        if not instructor_outright:
            found.discard(Role.INSTRUCTOR)
    widened = {Role.ADMINISTRATOR} if by_account else set()
    return LaunchRoles(frozenset(found | widened), test_user, by_account)


def _counts(kind: str, main: str, widening: Widening) -> bool:
    """Whether an institution or system role makes an administrator: never unless the school said
    so."""
    return (
        kind == "institution" and main == "Administrator" and widening.institution_administrator
    ) or (
        kind == "system" and main in ("Administrator", "SysAdmin") and widening.system_administrator
    )


def _split(uri: str) -> tuple[str, str, str]:
    """`…/membership/Instructor#TeachingAssistant` → ("membership", "Instructor",
    "TeachingAssistant"); unknown → ("", "", "")."""
    if not uri.startswith(_LIS):
        return ("membership", uri, "") if uri.isalpha() else ("", "", "")
    path, _, name = uri[len(_LIS) :].partition("#")
    if path == "membership":
        return "membership", name, ""
    if path.startswith("membership/"):
        return "membership", path.removeprefix("membership/"), name
    if path == "institution/person":
        return "institution", name, ""
    if path == "system/person":
        return "system", name, ""
    return "", "", ""
