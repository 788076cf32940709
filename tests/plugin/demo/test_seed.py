"""The demo school as rows: real files, real operations, nothing twice."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from plugin import clock, db
from plugin.demo import consultations, history, plan, roster, works
from plugin.portfolio.models import (
    Counselling,
    CounsellingState,
    Decision,
    Experience,
    ExperienceState,
    Outcome,
    OutcomeState,
    Selection,
    SelectionKind,
)
from plugin.school.models import Course, Enrolment, Person
from plugin.school.terms import term_of
from plugin.trail.models import AuditEvent
from plugin.vault import check
from plugin.vault.models import StoredFile
from tests.factories import at

ONE_OF_EACH = ("chi-essay", "phy-photo", "mat-fractal", "chi-speech", "phy-pendulum")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """One real file of each of the five kinds, by kind."""
    folder = tmp_path_factory.mktemp("pool")
    return {
        work.kind: works.make(work, folder) for work in works.works() if work.key in ONE_OF_EACH
    }


def test_every_work_can_be_handed_in_as_it_is_described() -> None:
    pool = works.works()
    assert {work.kind for work in pool} == {"pdf", "jpg", "png", "mp3", "mp4"}
    assert {work.subject for work in pool} == set(plan.SUBJECTS)
    assert len({work.key for work in pool}) == len(pool) >= 24
    assert all(1 <= len(work.summary) <= 100 and len(work.title) <= 60 for work in pool)


@pytest.mark.parametrize("kind", ["pdf", "jpg", "png", "mp3", "mp4"])
def test_made_files_are_what_they_say(app: Flask, made: dict[str, Path], kind: str) -> None:
    path = made[kind]
    found = check.inspect(path, path.stat().st_size, max_bytes=2 * 1024 * 1024, kinds=[kind])
    assert found.kind == kind


def _count(table: type[Any], *where: Any) -> int:
    query = sa.select(sa.func.count()).select_from(table).where(*where)
    return db.reading().scalar(query) or 0


def test_the_roster_is_put_in_once(app: Flask, cli: Any, tmp_path: Path) -> None:
    people = tmp_path / "people.json"
    for _ in range(2):
        done = cli.invoke(args=["demo", "seed", "--roster-only", "--people", str(people)])
        assert done.exit_code == 0, done.output
        counts = [_count(table) for table in (Person, Course, Enrolment, Outcome)]
        assert counts == [166, 51, 42 * 20 + 9 * 20, 0]
    assert len(json.loads(people.read_text())["people"]) == 166


def test_work_in_every_state_comes_of_operations_in_order(
    app: Flask, made: dict[str, Path]
) -> None:
    now = clock.now()
    school = plan.make_plan(term_of(clock.today()))
    with history.time_is(now.replace(month=6)):
        rows = roster.put_in(school, now)
    pool = works.works()
    files = {work.key: made[work.kind] for work in pool}
    history.History(school, rows, pool, files, small=True).play(now, lambda _done, _total: None)

    query = sa.select(Outcome.state, sa.func.count()).group_by(Outcome.state)
    states = {row[0]: row[1] for row in db.reading().execute(query)}
    assert set(states) >= {OutcomeState.SENT, OutcomeState.CERTIFIED, OutcomeState.RETURNED}
    assert _count(Decision) >= states[OutcomeState.CERTIFIED]
    assert _count(Selection, Selection.locked_at.is_not(None)) >= 1
    assert {kind for (kind,) in db.reading().execute(sa.select(StoredFile.kind))} == set(made)
    first = rows.people["1150101"]
    certified = (Outcome.student_id == first, Outcome.state == OutcomeState.CERTIFIED)
    assert _count(Outcome, *certified) == 7
    assert {CounsellingState.KEPT, CounsellingState.DRAFT} == set(
        db.reading().scalars(sa.select(Counselling.state).distinct())
    )
    experiences = set(db.reading().scalars(sa.select(Experience.state).distinct()))
    assert experiences >= {ExperienceState.SENT}
    assert _count(Experience, Experience.student_id == first) == 4
    confirmed = (Selection.kind == SelectionKind.EXPERIENCE, Selection.locked_at.is_not(None))
    assert _count(Selection, *confirmed) >= 1
    times = db.reading().scalars(sa.select(AuditEvent.at).order_by(AuditEvent.id)).all()
    assert list(times) == sorted(times)
    assert not list(app.extensions["licheng.settings"].staging.glob("*"))


@pytest.mark.parametrize("today", [at(2026, 8, 3, 9), at(2027, 2, 3, 9)])
def test_a_young_term_has_no_consultation_of_the_term_before(
    app: Flask, clock: Any, today: Any
) -> None:
    clock.set(today)
    school = plan.make_plan(term_of(today.date()))
    with history.time_is(today - timedelta(days=170)):
        rows = roster.put_in(school, today)
    planned = consultations.happenings(school, rows, today)
    for moment, act in sorted(planned, key=lambda one: one[0]):
        with history.time_is(moment):
            act()
    assert set(db.reading().scalars(sa.select(Counselling.state))) == {CounsellingState.DRAFT}
