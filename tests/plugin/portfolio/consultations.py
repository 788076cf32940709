"""A world in which consultations are held: two counsellors, their students, open windows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from plugin import clock
from plugin.actor import Actor, Role
from plugin.portfolio.models import Counselling, CounsellingKind
from plugin.portfolio.operations import intake
from plugin.portfolio.operations.counselling import assigning, writing
from plugin.portfolio.operations.counselling.writing import CounsellingInput
from plugin.portfolio.operations.intake import COUNSELLING_SLOTS
from plugin.school.models import Person, WindowKind
from tests.factories import actor_of, make_class, make_parent, make_staff, make_student, make_window
from tests.plugin.portfolio.world import World, make_world, pdf, staged

TODAY = date(2026, 11, 20)


@dataclass
class Rooms:
    """One school: `counsellor` has the class of `world`, `other` has another class.

    :param mates: three students of the counsellor's class, `world.student` first.
    """

    world: World
    counsellor: Person
    other: Person
    mates: list[Person]
    stranger: Person
    parent: Person = field(init=False)

    def __post_init__(self) -> None:
        self.parent = make_parent(self.world.school, self.mates[0])

    @property
    def me(self) -> Actor:
        return actor_of(self.counsellor)

    @property
    def colleague(self) -> Actor:
        return actor_of(self.other)

    @property
    def family(self) -> Actor:
        """The parent of the first, as a launch makes them."""
        return replace(actor_of(self.parent), child_ids=(self.mates[0].id,))

    def file(self, content: bytes | None = None, name: str = "晤談紀錄.pdf") -> int:
        """A draft file of the counsellor's; its id."""
        return intake.receive(
            self.me, staged(content or pdf(), name), "document", COUNSELLING_SLOTS
        ).id

    def values(self, *students: Person, **changes: Any) -> CounsellingInput:
        """A whole record of some students (default: the first)."""
        who: Sequence[Person] = students or self.mates[:1]
        given: dict[str, Any] = {
            "kind": CounsellingKind.GROUP if len(who) > 1 else CounsellingKind.INDIVIDUAL,
            "held_on": TODAY,
            "place": "輔導室",
            "student_ids": [one.id for one in who],
            "topic": "選課輔導",
            "summary": "討論二年級的選修科目。",
            "advice": "先修完物理基礎，再選工程探索。",
        }
        return CounsellingInput(**(given | changes))

    def draft(self, *students: Person, **changes: Any) -> Counselling:
        actor = changes.pop("actor", self.me)
        return writing.start(actor, self.values(*students, **changes), begun_at=clock.now())

    def kept(self, *students: Person, **changes: Any) -> Counselling:
        actor = changes.get("actor", self.me)
        return writing.register(actor, self.draft(*students, **changes).id).record


def make_rooms(world: World | None = None) -> Rooms:
    """All windows open; each counsellor assigned to a class since the year began."""
    world = world or make_world()
    school = world.school
    counsellor = make_staff(school, Role.COUNSELLOR, name="廖心怡")
    other = make_staff(school, Role.COUNSELLOR, name="鄭心平")
    elsewhere = make_class(school, grade=2)
    mates = [world.student] + [
        make_student(school, world.school_class, seat, name=name)
        for seat, name in ((2, "周以安"), (3, "吳若彤"))
    ]
    stranger = make_student(school, elsewhere, 1, name="馬若望")
    make_window(school, WindowKind.COUNSELLING)
    for who, where in ((counsellor, world.school_class), (other, elsewhere)):
        assigning.assign(world.clerk, who.id, class_ids=[where.id], starts_on=date(2026, 8, 1))
    return Rooms(world, counsellor, other, mates, stranger)
