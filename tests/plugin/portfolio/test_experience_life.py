"""The life of experiences under any sequence of acts, in open and closed windows."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    invariant,
    rule,
    run_state_machine_as_test,
)

from plugin import clock as app_clock
from plugin import db
from plugin.errors import Refusal, WindowClosed
from plugin.portfolio.models import (
    Experience,
    ExperienceState,
    SelectedExperience,
    Selection,
    SelectionKind,
)
from plugin.portfolio.operations import experience_drafts as drafts
from plugin.portfolio.operations import experiences, selection
from plugin.portfolio.states import ExperienceLife
from plugin.school.models import Window, WindowKind
from plugin.trail.states import diagram
from tests.factories import YEAR, FrozenClock, make_rule, make_window
from tests.plugin.portfolio.experience_world import draft, officer, values
from tests.plugin.portfolio.world import World, make_world

PER_YEAR, SELECTED = 3, 2
KIND = SelectionKind.EXPERIENCE
VERBS = {
    "send": lambda world, one: experiences.send(world.pupil, one),
    "withdraw": lambda world, one: experiences.withdraw(world.pupil, one),
    "discard": lambda world, one: drafts.discard(world.pupil, one),
    "return": lambda world, one: experiences.return_(officer(world), one, "請更正"),
    "return with time": lambda world, one: experiences.return_(
        officer(world), one, "請更正", until=app_clock.now() + timedelta(days=1)
    ),
    "select": lambda world, one: selection.select(world.pupil, one, KIND),
    "unselect": lambda world, one: selection.unselect(world.pupil, one, KIND),
    "lock": lambda world, _one: selection.lock(world.pupil, YEAR, KIND),
    "reopen": lambda world, _one: selection.reopen(world.pupil, YEAR, KIND),
}


def test_no_sequence_breaks_the_rules(app: Flask) -> None:
    """Places and choices never exceed their limits; nothing is sent, withdrawn or chosen while
    the calendar forbids it; a confirmed selection does not change."""

    class Life(RuleBasedStateMachine):
        items = Bundle("items")

        def __init__(self) -> None:
            super().__init__()
            self.world: World = make_world()
            make_window(self.world.school, WindowKind.EXPERIENCE_UPLOAD)
            make_rule(self.world.school, "experience.per_year.max", PER_YEAR)
            make_rule(self.world.school, "selection.experiences.max", SELECTED)

        @rule(target=items, name=st.sampled_from(["work", "service", "post"]))
        def begin(self, name: str) -> Any:
            return draft(self.world, name).id

        @rule(one=items)
        def save(self, one: int) -> None:
            given_ = values(self.world, "work")
            self.try_it(lambda: drafts.save(self.world.pupil, one, given_, begun_at=self.long_ago))

        @rule(one=items, verb=st.sampled_from(sorted(VERBS)))
        def act(self, one: int, verb: str) -> None:
            before, chosen = self.find(one), self.chosen()
            locked = self.locked()
            uploading, choosing = self.open("EXPERIENCE_UPLOAD"), self.open("SELECTION")
            if not self.try_it(lambda: VERBS[verb](self.world, one)):
                assert self.chosen() == chosen
                return
            if verb == "send":
                corrected = before is not None and before.correct_until is not None
                assert uploading or corrected
            if verb == "withdraw":
                assert uploading
                assert one not in chosen
            if verb in {"select", "unselect", "lock", "reopen"}:
                assert choosing
            if locked:
                assert self.chosen() == chosen

        @rule(kind=st.sampled_from([WindowKind.EXPERIENCE_UPLOAD, WindowKind.SELECTION]))
        def close_or_open(self, kind: WindowKind) -> None:
            with db.writing() as session:
                window = session.scalars(self.window(kind)).one()
                now = app_clock.now()
                # beyond the grace, so that closed is closed for whatever was begun before
                shut = window.closes_at > now
                window.closes_at = now - timedelta(hours=1) if shut else now + timedelta(days=9)

        @property
        def long_ago(self) -> Any:
            return app_clock.now() - timedelta(minutes=30)

        def window(self, kind: WindowKind) -> Any:
            return sa.select(Window).where(
                Window.school_id == self.world.school.id, Window.kind == kind
            )

        def open(self, kind: str) -> bool:
            db._close_reads()
            window = db.reading().scalars(self.window(WindowKind[kind])).one()
            return window.closes_at > app_clock.now()

        def try_it(self, act: Any) -> bool:
            try:
                act()
            except Refusal:
                return False
            return True

        def find(self, one: int) -> Experience | None:
            db._close_reads()
            return db.reading().get(Experience, one)

        def chosen(self) -> set[int]:
            db._close_reads()
            query = (
                sa.select(SelectedExperience.experience_id)
                .join(Selection, Selection.id == SelectedExperience.selection_id)
                .where(Selection.school_id == self.world.school.id)
            )
            return set(db.reading().scalars(query))

        def locked(self) -> bool:
            query = sa.select(Selection.locked_at).where(
                Selection.school_id == self.world.school.id, Selection.kind == KIND
            )
            return db.reading().scalar(query) is not None

        @invariant()
        def counts_hold(self) -> None:
            db._close_reads()
            query = sa.select(Experience).where(Experience.school_id == self.world.school.id)
            found = {one.id: one for one in db.reading().scalars(query)}
            sent = [one for one in found.values() if one.state is ExperienceState.SENT]
            assert len(sent) <= PER_YEAR
            assert all(one.sent_at is not None for one in sent)
            chosen = self.chosen()
            assert len(chosen) <= SELECTED
            assert all(found[one].state is not ExperienceState.DRAFT for one in chosen)

    run_state_machine_as_test(
        Life,
        settings=settings(
            max_examples=12,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_an_upload_counts_exactly_when_it_began_in_time_and_ended_in_the_grace(
    app: Flask, clock: FrozenClock
) -> None:
    """Whatever the minute: begun while the window was open, finished within 15 minutes of its
    closing."""
    world = make_world()
    window = make_window(world.school, WindowKind.EXPERIENCE_UPLOAD)
    make_rule(world.school, "experience.per_year.max", 200)

    @settings(
        max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
    )
    @given(begun=st.integers(-3600, 1800), took=st.integers(0, 1800))
    def counts(begun: int, took: int) -> None:
        clock.set(window.closes_at + timedelta(seconds=begun))
        db._close_reads()
        one = drafts.start(
            world.pupil,
            "work",
            values(world, document_file_id=None, link="https://example.org/v"),
            begun_at=clock(),
        )
        clock.advance(seconds=took)
        db._close_reads()
        in_time = begun < 0 and begun + took <= 15 * 60
        try:
            experiences.send(world.pupil, one.id)
        except WindowClosed:
            assert not in_time
        else:
            assert in_time

    counts()


def test_the_guide_shows_the_machine_as_it_is() -> None:
    guide = Path(__file__).resolve().parents[3] / "docs" / "guides" / "portfolio-experiences.md"
    assert diagram(ExperienceLife) in guide.read_text(encoding="utf-8")
