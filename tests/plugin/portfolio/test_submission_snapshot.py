"""The rows of a submission: read at one moment, written little by little, whole or none."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any
from unittest import mock

import pytest
import sqlalchemy as sa
from flask import Flask

from plugin import db, jobs, tenancy
from plugin.portfolio.models import Outcome, Submission, SubmissionRow
from plugin.portfolio.operations import selection, submission_rows
from plugin.portfolio.operations import submission as operations
from plugin.portfolio.operations.submission_rows import NothingToSubmit, TakenOver
from plugin.school.models import Course, Person, SchoolClass
from tests.factories import make_class
from tests.plugin.portfolio.submission_world import YEAR, another, being
from tests.plugin.portfolio.world import World


@pytest.fixture
def begun(world: World, monkeypatch: pytest.MonkeyPatch) -> Submission:
    """Two classes with two outcomes each, a submission that is begun and not built; every row is
    a write transaction of its own."""
    monkeypatch.setattr(submission_rows, "BATCH", 1)
    second = make_class(world.school, grade=2)
    for student in (world.student, another(world, second, seat=1)):
        with being(world, student):
            chosen = [world.certified(title=f"{student.name}{n}").id for n in (1, 2)]
            selection.choose(world.pupil, YEAR, chosen)
            selection.lock(world.pupil, YEAR)
    with mock.patch.object(jobs, "_wake"):
        return operations.begin(world.clerk, YEAR)


def rows(made: Submission) -> list[SubmissionRow]:
    db._close_reads()
    query = sa.select(SubmissionRow).where(SubmissionRow.submission_id == made.id)
    return list(db.reading().scalars(query.order_by(SubmissionRow.sequence)))


def between_rows(monkeypatch: pytest.MonkeyPatch, hook: Callable[[], None]) -> None:
    """Have something done after each row that is prepared, before it is written."""
    whole = submission_rows.cells_of

    def cells_of(one: Any) -> dict[str, Any]:
        hook()
        return whole(one)

    monkeypatch.setattr(submission_rows, "cells_of", cells_of)


@pytest.fixture
def elsewhere(app: Flask, world: World) -> Iterator[Callable[[Callable[[], None]], None]]:
    """Do something in another thread, on another connection, that waits for nobody."""

    def impatient(connection: Any, *_more: Any) -> None:
        if db.engine().dialect.name == "sqlite":
            connection.execute("PRAGMA busy_timeout=50")

    sa.event.listen(db.engine(), "checkout", impatient)

    def do(what: Callable[[], None]) -> None:
        failed: list[BaseException] = []

        def body() -> None:
            try:
                with app.app_context(), tenancy.within(world.school.id):
                    what()
            except BaseException as error:
                failed.append(error)

        thread = threading.Thread(target=body)
        thread.start()
        thread.join()
        if failed:
            raise failed[0]

    yield do
    sa.event.remove(db.engine(), "checkout", impatient)


def test_students_save_while_it_is_made(
    world: World, begun: Submission, elsewhere: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    saved: list[int] = []
    between_rows(monkeypatch, lambda: elsewhere(lambda: saved.append(world.draft().id)))
    assert operations.snapshot(begun.id) == 4
    assert len(set(saved)) == 4
    query = sa.select(sa.func.count()).select_from(Outcome).where(Outcome.id.in_(saved))
    assert db.reading().scalar(query) == 4


def test_it_is_as_it_was_at_one_moment(
    world: World, begun: Submission, elsewhere: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What changes after the first row is in none of the rows, also not in those read later."""

    def change() -> None:
        with db.writing() as session:
            session.execute(sa.update(Course).values(name="改過的課名"))
            session.execute(sa.update(SchoolClass).values(name="改過的班名"))
            for one in session.scalars(sa.select(Person)):
                one.national_id = "C123456781"

    between_rows(monkeypatch, lambda: elsewhere(change))
    operations.snapshot(begun.id)
    made = rows(begun)
    assert [row.sequence for row in made] == [1, 2, 3, 4]
    assert {row.cells["course_name"] for row in made} == {world.course.name}
    assert "改過的班名" not in {row.cells["class_name"] for row in made}
    assert len({row.national_id for row in made}) == 2
    assert "C123456781" not in {row.national_id for row in made}


class Killed(BaseException):
    """The worker dies: nothing of ours may catch it."""


def at_row(number: int, then: Callable[[], None]) -> Callable[[], None]:
    seen = 0

    def hook() -> None:
        nonlocal seen
        seen += 1
        if seen == number:
            then()

    return hook


def die() -> None:
    raise Killed


def test_what_a_killed_one_left_is_no_part_of_the_next(
    world: World, begun: Submission, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        between_rows(patch, at_row(4, die))
        with pytest.raises(Killed):
            operations.snapshot(begun.id)
    assert [row.sequence for row in rows(begun)] == [1, 2, 3]
    assert db.reading().get_one(Submission, begun.id).totals == {}
    with db.writing() as session:
        session.execute(sa.update(Course).values(name="後來的課名"))
    assert operations.snapshot(begun.id) == operations.snapshot(begun.id) == 4
    made = rows(begun)
    assert [row.sequence for row in made] == [1, 2, 3, 4]
    assert {row.cells["course_name"] for row in made} == {"後來的課名"}


def test_one_that_was_thought_dead_gives_way(
    world: World, begun: Submission, elsewhere: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A second worker goes through the whole while the first is at its third row."""
    hook = at_row(3, lambda: elsewhere(lambda: operations.snapshot(begun.id)))
    between_rows(monkeypatch, hook)
    with pytest.raises(TakenOver):
        operations.snapshot(begun.id)
    assert [row.sequence for row in rows(begun)] == [1, 2, 3, 4]
    done = db.reading().get_one(Submission, begun.id)
    assert (done.totals["rows"], len(done.rows_sha256)) == (4, 64)


def test_what_blocks_leaves_no_row(
    world: World, begun: Submission, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second class has a fault that came after the 預檢; the first is written by then."""
    written: list[int] = []
    whole = submission_rows._forget_rows

    def forget(submission_id: int, writer: str) -> None:
        written.append(len(rows(begun)))
        whole(submission_id, writer)

    monkeypatch.setattr(submission_rows, "_forget_rows", forget)
    with db.writing() as session:
        last = session.scalars(sa.select(Outcome).order_by(Outcome.id.desc())).first()
        assert last is not None
        last.summary = ""
    with pytest.raises(NothingToSubmit):
        operations.snapshot(begun.id)
    assert written == [0, 2]
    assert rows(begun) == []


def test_what_the_other_batch_hands_in_meanwhile_is_left_out(
    world: World, begun: Submission, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is read anew when what must be left out is another thing at the end."""
    asked = iter([1, 2, 2, 2])
    monkeypatch.setattr(submission_rows.batches, "left_out", lambda *_where: next(asked))
    assert operations.snapshot(begun.id) == 4
    assert next(asked, None) is None
    assert [row.sequence for row in rows(begun)] == [1, 2, 3, 4]


def test_a_moment_is_not_begun_within_a_write_transaction(app: Flask) -> None:
    with pytest.raises(RuntimeError), db.writing(), db.one_moment():
        pass
    with pytest.raises(RuntimeError), db.one_moment(), db.one_moment():
        pass
