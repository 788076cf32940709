"""The cap of selected experiences: whatever a student does in whatever order, never an eleventh.

The school's own numbers are used, not small ones of the test: what is promised is ten.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from flask import Flask
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from plugin import clock, db
from plugin.actor import Actor
from plugin.errors import Refusal
from plugin.portfolio.models import (
    Experience,
    ExperienceState,
    SelectedExperience,
    Selection,
    SelectionKind,
)
from plugin.portfolio.operations import experiences, selection
from plugin.school.models import Window, WindowKind
from tests.factories import YEAR, actor_of, make_rule, make_student, make_window
from tests.plugin.portfolio.experience_world import sent
from tests.plugin.portfolio.world import World, make_world

MOST, THERE_ARE = 10, 13
KIND = SelectionKind.EXPERIENCE
SOME = st.sets(st.integers(0, THERE_ARE - 1), max_size=THERE_ARE)
MANY = st.sets(st.integers(0, THERE_ARE - 1), min_size=MOST - 1, max_size=MOST + 1)
ONE = st.integers(0, THERE_ARE - 1)


def twins(world: World, pattern: Experience) -> tuple[Actor, list[int]]:
    """A new student with as many sent experiences as the pattern is copied."""
    student = make_student(world.school, world.school_class)
    columns = {one.key for one in sa.inspect(Experience).column_attrs} - {"id", "page_key"}
    values = {key: getattr(pattern, key) for key in columns} | {"student_id": student.id}
    with db.writing() as session:
        rows = [Experience(**values) for _ in range(THERE_ARE)]
        session.add_all(rows)
        session.flush()
        return actor_of(student), [one.id for one in rows]


def test_the_tenth_is_the_last_in_whatever_order(app: Flask) -> None:
    """Each act succeeds exactly when it may, and changes exactly what it says; so the count of a
    year never exceeds the limit, and a confirmed selection never changes."""
    world = make_world()
    make_window(world.school, WindowKind.EXPERIENCE_UPLOAD)
    make_rule(world.school, "experience.per_year.max", 200)
    pattern = sent(world, document_file_id=None, link="https://example.org/work")

    class Choosing(RuleBasedStateMachine):
        def __init__(self) -> None:
            super().__init__()
            self.actor, self.ids = twins(world, pattern)
            self.sent = set(self.ids)
            self.chosen: set[int] = set()
            self.locked = False
            self.turn(open_=True)

        @rule(one=ONE)
        def select(self, one: int) -> None:
            wanted = self.chosen | {self.ids[one]}
            self.change(
                lambda: selection.select(self.actor, self.ids[one], KIND),
                wanted,
                fits=len(wanted) <= MOST and wanted - self.chosen <= self.sent,
            )

        @rule(one=ONE)
        def unselect(self, one: int) -> None:
            wanted = self.chosen - {self.ids[one]}
            self.change(
                lambda: selection.unselect(self.actor, self.ids[one], KIND), wanted, fits=True
            )

        @rule(some=SOME | MANY)
        def choose(self, some: set[int]) -> None:
            wanted = {self.ids[one] for one in some}
            self.change(
                lambda: selection.choose(self.actor, YEAR, wanted, KIND),
                wanted,
                fits=len(wanted) <= MOST and wanted - self.chosen <= self.sent,
            )

        @rule()
        def lock(self) -> None:
            may = self.open and not self.locked and bool(self.chosen)
            assert self.did(lambda: selection.lock(self.actor, YEAR, KIND)) == may
            self.locked = self.locked or may

        @rule()
        def reopen(self) -> None:
            may = self.open and self.locked
            assert self.did(lambda: selection.reopen(self.actor, YEAR, KIND)) == may
            self.locked = self.locked and not may

        @rule(one=ONE)
        def withdraw(self, one: int) -> None:
            own = self.ids[one]
            may = own in self.sent - self.chosen
            assert self.did(lambda: experiences.withdraw(self.actor, own)) == may
            self.sent -= {own} if may else set()

        @rule(one=ONE)
        def send(self, one: int) -> None:
            own = self.ids[one]
            may = own not in self.sent
            assert self.did(lambda: experiences.send(self.actor, own)) == may
            self.sent.add(own)

        @rule()
        def close_or_open(self) -> None:
            self.turn(open_=not self.open)

        def change(self, act: Callable[[], Any], wanted: set[int], *, fits: bool) -> None:
            may = fits and self.open and not self.locked
            assert self.did(act) == may
            self.chosen = wanted if may else self.chosen

        def turn(self, *, open_: bool) -> None:
            with db.writing() as session:
                window = session.scalars(
                    sa.select(Window).where(
                        Window.school_id == world.school.id, Window.kind == WindowKind.SELECTION
                    )
                ).one()
                window.closes_at = clock.now() + timedelta(hours=1 if open_ else -1)
            self.open = open_

        def did(self, act: Callable[[], Any]) -> bool:
            db._close_reads()
            try:
                act()
            except Refusal:
                return False
            return True

        @invariant()
        def never_an_eleventh(self) -> None:
            db._close_reads()
            query = (
                sa.select(SelectedExperience.experience_id, Experience.state)
                .join(Selection, Selection.id == SelectedExperience.selection_id)
                .join(Experience, Experience.id == SelectedExperience.experience_id)
                .where(Selection.student_id == self.actor.person_id)
            )
            found = db.reading().execute(query).all()
            assert len(found) <= MOST
            assert {one for one, _state in found} == self.chosen
            assert {state for _one, state in found} <= {ExperienceState.SENT}

    run_state_machine_as_test(
        Choosing,
        settings=settings(
            max_examples=10,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
