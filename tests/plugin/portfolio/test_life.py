"""The life of outcomes under any sequence of acts, and its diagram."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from flask import Flask
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    invariant,
    rule,
    run_state_machine_as_test,
)

from plugin import clock, db
from plugin.errors import Refusal
from plugin.portfolio.models import (
    OCCUPYING,
    Decision,
    Outcome,
    OutcomeState,
    SelectionItem,
    Verdict,
)
from plugin.portfolio.operations import (
    certification,
    certification_correction,
    deadlines,
    drafts,
    outcomes,
    selection,
)
from plugin.portfolio.states import OutcomeLife
from plugin.school.models import Window, WindowKind
from plugin.trail.states import diagram
from tests.factories import make_rule
from tests.plugin.portfolio.world import World, make_world, pdf

PER_TERM, PER_YEAR = 3, 2
CONTENTS = [pdf(f"life {n}") for n in range(3)]
VERBS = {
    "send": lambda world, one: outcomes.send(world.pupil, one),
    "withdraw": lambda world, one: outcomes.withdraw(world.pupil, one),
    "reopen": lambda world, one: outcomes.reopen(world.pupil, one),
    "discard": lambda world, one: drafts.discard(world.pupil, one),
    "certify": lambda world, one: certification.certify(world.master, one),
    "return": lambda world, one: certification.return_(world.master, one, "請修改"),
    "correct-to-certified": lambda world, one: certification_correction.correct(
        world.master, one, Verdict.CERTIFIED
    ),
    "correct-to-returned": lambda world, one: certification_correction.correct(
        world.master, one, Verdict.RETURNED, "不是這門課的"
    ),
    "self-certify": lambda world, one: certification.certify(world.pupil, one),
    "select": lambda world, one: selection.select(world.pupil, one),
    "unselect": lambda world, one: selection.unselect(world.pupil, one),
}


def test_no_sequence_breaks_the_rules(app: Flask) -> None:
    """No outcome is certified without a teacher's decision about exactly its files and summary;
    places and choices never exceed their limits."""

    class Life(RuleBasedStateMachine):
        items = Bundle("items")

        def __init__(self) -> None:
            super().__init__()
            self.world: World = make_world()
            make_rule(self.world.school, "outcome.per_term.max", PER_TERM)
            make_rule(self.world.school, "selection.outcomes.max", PER_YEAR)

        @rule(target=items, content=st.sampled_from(CONTENTS), words=st.sampled_from("甲乙"))
        def begin(self, content: bytes, words: str) -> Any:
            file = self.world.file(content)
            return self.world.draft(document_file_id=file, summary=words).id

        @rule(one=items, content=st.sampled_from(CONTENTS), words=st.sampled_from("甲乙"))
        def save(self, one: int, content: bytes, words: str) -> None:
            values = self.world.values(document_file_id=self.world.file(content), summary=words)
            self.try_it(lambda: drafts.save(self.world.pupil, one, values, begun_at=clock.now()))

        @rule(one=items, verb=st.sampled_from(sorted(VERBS)))
        def act(self, one: int, verb: str) -> None:
            self.try_it(lambda: VERBS[verb](self.world, one))

        @rule(kind=st.sampled_from([WindowKind.CERTIFICATION, WindowKind.OUTCOME_UPLOAD]))
        def close_or_open(self, kind: WindowKind) -> None:
            with db.writing() as session:
                window = session.scalars(
                    sa.select(Window).where(
                        Window.school_id == self.world.school.id, Window.kind == kind
                    )
                ).one()
                now = clock.now()
                later = now + timedelta(days=9)
                # beyond the grace, so that closed is closed
                window.closes_at = now - timedelta(hours=1) if window.closes_at > now else later
            deadlines.mark_overdue()

        @rule(one=items)
        def extend(self, one: int) -> None:
            until = clock.now() + timedelta(days=1)
            self.try_it(lambda: deadlines.extend(self.world.clerk, [one], until))

        def try_it(self, act: Any) -> None:
            try:
                act()
            except Refusal:
                return

        def all(self) -> list[Outcome]:
            db._close_reads()
            query = sa.select(Outcome).where(Outcome.school_id == self.world.school.id)
            return list(db.reading().scalars(query))

        @invariant()
        def certified_only_by_a_teacher(self) -> None:
            for one in self.all():
                last = (
                    db.reading()
                    .scalars(
                        sa.select(Decision)
                        .where(Decision.outcome_id == one.id)
                        .order_by(Decision.id.desc())
                        .limit(1)
                    )
                    .first()
                )
                if one.state is not OutcomeState.CERTIFIED:
                    continue
                assert last is not None
                assert last.verdict is Verdict.CERTIFIED
                assert last.by_id == self.world.teacher.id
                from plugin.portfolio.queries.shared import hashes_of

                hashes = hashes_of(one)
                assert (last.document_sha256, last.media_sha256, last.summary) == (
                    hashes.document,
                    hashes.media,
                    one.summary,
                )

        @invariant()
        def counts_hold(self) -> None:
            found = self.all()
            assert sum(one.state in OCCUPYING for one in found) <= PER_TERM
            chosen = set(
                db.reading().scalars(
                    sa.select(SelectionItem.outcome_id).where(
                        SelectionItem.outcome_id.in_([one.id for one in found])
                    )
                )
            )
            assert len(chosen) <= PER_YEAR
            states = {one.id: one.state for one in found}
            assert all(states[one] is OutcomeState.CERTIFIED for one in chosen)

    run_state_machine_as_test(
        Life,
        settings=settings(
            max_examples=12,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_the_guide_shows_the_machine_as_it_is() -> None:
    guide = Path(__file__).resolve().parents[3] / "docs" / "guides" / "portfolio-outcomes.md"
    assert diagram(OutcomeLife) in guide.read_text(encoding="utf-8")
