"""A school of its own for each dialogue: people by the part they play, and what happened before."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

import sqlalchemy as sa

from plugin import clock, db
from plugin.actor import Actor, Role
from plugin.portfolio.models import Outcome
from plugin.portfolio.operations import certification, selection
from plugin.portfolio.operations.counselling import assigning
from plugin.school.models import Course, Person, School, SchoolClass, Window, WindowKind
from tests.factories import (
    YEAR,
    actor_of,
    enrol,
    make_class,
    make_course,
    make_parent,
    make_school,
    make_staff,
    make_student,
    make_teacher,
    make_window,
)
from tests.plugin.portfolio import experience_world
from tests.plugin.portfolio.receipts.handed_in import submit
from tests.plugin.portfolio.world import World

TEACHING = {
    "國文": ("國語文（一）", "陳怡君"),
    "數學": ("數學（一）", "林家豪"),
    "英文": ("英語文（一）", "王雅婷"),
    "化學": ("化學（一）", "黃柏翰"),
}
OPEN = (
    WindowKind.OUTCOME_UPLOAD,
    WindowKind.EXPERIENCE_UPLOAD,
    WindowKind.CERTIFICATION,
    WindowKind.SELECTION,
    WindowKind.SUBMISSION,
    WindowKind.COUNSELLING,
)
_codes = itertools.count(1)


@dataclass
class Cast:
    """:param people: part → person; :param courses: short name → course."""

    school: School
    school_class: SchoolClass
    people: dict[str, Person]
    courses: dict[str, Course]
    last: Outcome | None = field(default=None)

    def actor(self, part: str) -> Actor:
        person = self.people[part]
        if part == "parent":
            return replace(actor_of(person), child_ids=(self.people["pupil"].id,))
        return actor_of(person)

    def world(self, short: str = "國文") -> World:
        """What the makers of outcomes want, for one course."""
        people = self.people
        return World(
            self.school, self.school_class, people["pupil"], people[short],
            self.courses[short], people["clerk"],
        )  # fmt: skip


def make_cast() -> Cast:
    """A class with its pupil and a mate, four courses, the staff; the windows are open."""
    with db.writing():
        school = make_school(code=f"{next(_codes):06d}")
        people = {
            short: make_teacher(school, name=name) for short, (_course, name) in TEACHING.items()
        }
        people["teacher"] = people["國文"]
        people["homeroom"] = make_teacher(school, name="周美玲")
        room = make_class(school, code="101", name="一年一班", homeroom=people["homeroom"])
        people["pupil"] = make_student(school, room, 1, name="張小安", number="115001")
        people["mate"] = make_student(school, room, 2, name="李大同", number="115002")
        people["parent"] = make_parent(school, people["pupil"], name="張大年")
        for part, role, name in (
            ("clerk", Role.REGISTRY, "吳佩珊"),
            ("admin", Role.ADMINISTRATOR, "許文龍"),
            ("affairs", Role.STUDENT_AFFAIRS, "蔡淑芬"),
            ("counsellor", Role.COUNSELLOR, "張雅文"),
            ("reviewer", Role.REVIEWER, "何俊賢"),
        ):
            people[part] = make_staff(school, role, name=name)
        courses = {
            short: make_course(
                school,
                teacher=people[short],
                students=[people["pupil"], people["mate"]],
                name=name,
                code=f"115{school.code}H11101010101" + "01",
            )
            for short, (name, _teacher) in TEACHING.items()
        }
        for kind in OPEN:
            make_window(school, kind)
    return Cast(school, room, people, courses)


def happen(cast: Cast, told: str) -> None:
    """One thing that happened before, as a dialogue's `given` names it."""
    verb, *rest = told.split()
    _PAST[verb](cast, rest)


def _draft(cast: Cast, rest: Sequence[str]) -> None:
    cast.last = cast.world(*rest[1:]).draft(title=rest[0])


def _sent(cast: Cast, rest: Sequence[str]) -> None:
    cast.last = cast.world(*rest[1:]).sent(title=rest[0])


def _certified(cast: Cast, rest: Sequence[str]) -> None:
    cast.last = cast.world(*rest[1:]).certified(title=rest[0])


def _returned(cast: Cast, rest: Sequence[str]) -> None:
    _sent(cast, rest)
    world = cast.world(*rest[1:])
    assert cast.last is not None
    certification.return_(world.master, cast.last.id, "請補上參考資料。")


def _experience(cast: Cast, rest: Sequence[str]) -> None:
    experience_world.sent(cast.world(), *rest)


def _chosen(cast: Cast, rest: Sequence[str]) -> None:
    """These titles are selected, and the selection is confirmed."""
    ids = db.reading().scalars(sa.select(Outcome.id).where(Outcome.title.in_(rest)))
    mine = set(ids) & {
        one.id for one in db.reading().scalars(
            sa.select(Outcome).where(Outcome.student_id == cast.people["pupil"].id)
        )
    }  # fmt: skip
    selection.choose(cast.actor("pupil"), YEAR, mine)
    selection.lock(cast.actor("pupil"), YEAR)


def _course(cast: Cast, rest: Sequence[str]) -> None:
    """The pupil has one more course: its name, its teacher."""
    teacher = make_teacher(cast.school, name=rest[1] if len(rest) > 1 else "宋明哲")
    enrol(cast.people["pupil"], make_course(cast.school, name=rest[0], teacher=teacher))


def _foreign(cast: Cast, rest: Sequence[str]) -> None:
    """The school has one more course, which is not the pupil's."""
    make_course(cast.school, name=rest[0], teacher=make_teacher(cast.school))


def _closed(cast: Cast, rest: Sequence[str]) -> None:
    with db.writing() as session:
        for window in session.scalars(sa.select(Window).where(Window.school_id == cast.school.id)):
            if window.kind in rest:
                window.closes_at = clock.now() - timedelta(hours=1)


def _unset(cast: Cast, rest: Sequence[str]) -> None:
    with db.writing() as session:
        session.execute(
            sa.delete(Window).where(Window.school_id == cast.school.id, Window.kind.in_(rest))
        )


def _assigned(cast: Cast, _rest: Sequence[str]) -> None:
    """The counsellor looks after the class."""
    assigning.assign(
        cast.actor("clerk"), cast.people["counsellor"].id, class_ids=[cast.school_class.id]
    )


def _handed(cast: Cast, rest: Sequence[str]) -> None:
    """The school has handed in these certified outcomes, and receipts may be confirmed."""
    mine = Outcome.student_id == cast.people["pupil"].id
    found = list(db.reading().scalars(sa.select(Outcome).where(mine, Outcome.title.in_(rest))))
    with db.writing():
        make_window(cast.school, WindowKind.RECEIPT)
    submit(cast.world(), sorted(found, key=lambda one: rest.index(one.title)), [])


def _staff(cast: Cast, rest: Sequence[str]) -> None:
    """One more member of staff: the name, and a role that is granted."""
    make_staff(cast.school, *(Role(one) for one in rest[1:]), name=rest[0])


_PAST: dict[str, Callable[[Cast, Sequence[str]], None]] = {
    "draft": _draft,
    "sent": _sent,
    "certified": _certified,
    "returned": _returned,
    "experience": _experience,
    "chosen": _chosen,
    "course": _course,
    "foreign": _foreign,
    "closed": _closed,
    "unset": _unset,
    "assigned": _assigned,
    "staff": _staff,
    "handed": _handed,
}
