"""Who acts: a plain value that operations and policies can ask."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field


class Role(enum.StrEnum):
    """School-side roles (SPEC, Roles and people). The LMS itself sends only the first two."""

    STUDENT = "student"
    TEACHER = "teacher"
    ADMINISTRATOR = "administrator"
    REGISTRY = "registry"
    STUDENT_AFFAIRS = "student_affairs"
    COUNSELLOR = "counsellor"
    HOMEROOM = "homeroom"
    SUBSTITUTE = "substitute"
    PARENT = "parent"
    EXCHANGE = "exchange"
    ISSUING_OFFICE = "issuing_office"
    REVIEWER = "reviewer"
    APPLICANT = "applicant"
    TRAINING_UNIT = "training_unit"
    PROGRAMME_OFFICE = "programme_office"
    IR_OFFICER = "ir_officer"
    UNIT_STAFF = "unit_staff"


@dataclass(frozen=True, kw_only=True)
class Actor:
    """The person behind a request, a sentence, a command or a job.

    :param person_id: the school person; `None` while the launch person is not bound, and for
        the system itself.
    :param roles: roles held now in `school_id`; relation (whose course, whose class) is asked
        in queries, never read from here.
    :param course_ids: roster courses bound to the LMS course that was launched from.
    :param child_ids: students that a parent may see in this session; empty lets nobody be seen.
    """

    school_id: int | None
    person_id: int | None = None
    name: str = ""
    roles: frozenset[Role] = field(default_factory=frozenset)
    course_ids: tuple[int, ...] = ()
    child_ids: tuple[int, ...] = ()
    launch_person_id: int | None = None
    launch_session_id: int | None = None
    locale: str = "zh_Hant_TW"

    def has(self, *roles: Role) -> bool:
        """Whether any of `roles` is held."""
        return not self.roles.isdisjoint(roles)


def system(school_id: int | None, name: str = "系統") -> Actor:
    """The installation itself: commands and scheduled work."""
    return Actor(school_id=school_id, name=name)
