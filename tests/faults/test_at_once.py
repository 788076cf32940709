"""Several people, or several tabs, at the same moment: counts hold, one decision wins, and nobody
is turned away by a deadlock. The same on SQLite and on PostgreSQL."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from plugin import db
from plugin.actor import Actor, Role, system
from plugin.errors import Conflict, LimitReached
from plugin.portfolio.models import Decision, Outcome, OutcomeState, SelectionItem
from plugin.portfolio.operations import certification, drafts, outcomes, selection
from plugin.portfolio.operations.found import hold_student
from plugin.school import operations as school_operations
from plugin.school.models import CourseTeacher, RoleGrant, TeachingKind
from plugin.trail import chain
from plugin.trail.notify import notify
from plugin.vault.operations import ledger
from tests.factories import actor_of, make_rule, make_staff, make_teacher
from tests.plugin.portfolio.world import World, make_world


def at_once(app: Flask, *jobs: Callable[[], object]) -> list[object]:
    """Run each in a thread of its own, begun together; what each returned or raised."""
    db._close_reads()  # afterwards the test sees the new state
    start = threading.Barrier(len(jobs))
    results: list[Any] = [None] * len(jobs)

    def run(place: int, job: Callable[[], object]) -> None:
        with app.app_context():
            start.wait()
            try:
                results[place] = job()
            except Exception as error:
                results[place] = error

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(jobs)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def kinds(results: list[object]) -> Counter[str]:
    return Counter(type(one).__name__ if isinstance(one, Exception) else "done" for one in results)


@pytest.fixture
def world(app: Flask) -> World:
    return make_world()


def co_teacher(world: World) -> Actor:
    other = make_teacher(world.school)
    with db.writing() as session:
        session.add(
            CourseTeacher(course_id=world.course.id, person_id=other.id, kind=TeachingKind.CO)
        )
    return actor_of(other, Role.TEACHER)


def test_two_teachers_decide_at_once(app: Flask, world: World) -> None:
    outcome = world.sent()
    first, second = world.master, co_teacher(world)
    results = at_once(
        app,
        lambda: certification.certify(first, outcome.id),
        lambda: certification.return_(second, outcome.id, "請改選正確的課程。"),
    )
    assert kinds(results) == {"done": 1, Conflict.__name__: 1}
    assert db.reading().scalar(sa.select(sa.func.count()).select_from(Decision)) == 1


def test_more_than_a_terms_places_at_once(app: Flask, world: World) -> None:
    make_rule(world.school, outcomes.PER_TERM, 2)
    waiting = [world.draft(title=f"第 {n} 件") for n in range(5)]
    pupil = world.pupil
    results = at_once(app, *(lambda one=one: outcomes.send(pupil, one.id) for one in waiting))
    assert kinds(results) == {"done": 2, LimitReached.__name__: 3}


def test_one_draft_sent_twice_at_once(app: Flask, world: World) -> None:
    draft, pupil = world.draft(), world.pupil
    results = at_once(app, *(lambda: outcomes.send(pupil, draft.id) for _ in range(3)))
    assert kinds(results) == {"done": 1, Conflict.__name__: 2}


def test_a_seventh_selection_by_two_tabs_at_once(app: Flask, world: World) -> None:
    make_rule(world.school, outcomes.PER_TERM, 9)
    certified = [world.certified(title=f"第 {n} 件") for n in range(8)]
    pupil = world.pupil
    for one in certified[:5]:
        selection.select(pupil, one.id)
    results = at_once(
        app, *(lambda one=one: selection.select(pupil, one.id) for one in certified[5:])
    )
    assert kinds(results) == {"done": 1, LimitReached.__name__: 2}
    assert db.reading().scalar(sa.select(sa.func.count(SelectionItem.id))) == 6


def test_withdrawn_and_certified_at_once(app: Flask, world: World) -> None:
    outcome = world.sent()
    pupil, master = world.pupil, world.master
    results = at_once(
        app,
        lambda: outcomes.withdraw(pupil, outcome.id),
        lambda: certification.certify(master, outcome.id),
    )
    assert kinds(results) == {"done": 1, Conflict.__name__: 1}


def test_the_last_two_administrators_revoke_each_other_at_once(app: Flask, world: World) -> None:
    first = make_staff(world.school, Role.ADMINISTRATOR)
    second = make_staff(world.school, Role.ADMINISTRATOR)
    grants = {
        grant.person_id: grant.id
        for grant in db.reading().scalars(
            sa.select(RoleGrant).where(RoleGrant.role == Role.ADMINISTRATOR)
        )
    }
    actors = {one.id: actor_of(one) for one in (first, second)}
    results = at_once(
        app,
        lambda: school_operations.revoke_role(actors[first.id], grants[second.id]),
        lambda: school_operations.revoke_role(actors[second.id], grants[first.id]),
    )
    assert kinds(results) == {"done": 1, Conflict.__name__: 1}


def test_one_role_granted_twice_at_once(app: Flask, world: World) -> None:
    holder = make_staff(world.school)
    boss = actor_of(make_staff(world.school, Role.ADMINISTRATOR))
    results = at_once(
        app,
        *(lambda: school_operations.grant_role(boss, holder.id, Role.COUNSELLOR) for _ in range(3)),
    )
    assert kinds(results) == {"done": 1, Conflict.__name__: 2}


def test_a_crowd_does_unlike_things_to_the_same_student_at_once(app: Flask, world: World) -> None:
    """Uploads, sends, throws away, selects and is certified: each ends well or is refused with
    a reason. A deadlock would be neither."""
    make_rule(world.school, outcomes.PER_TERM, 9)
    for _round in range(3):
        assert [one for one in crowd(app, world) if isinstance(one, Exception)] == []
        with db.writing() as session:  # places for the next round
            session.execute(sa.delete(SelectionItem))
            session.execute(sa.update(Outcome).values(state=OutcomeState.RETURNED))
    assert list(chain.verify()) == []
    assert list(ledger.breaks()) == []


def crowd(app: Flask, world: World) -> list[object]:
    pupil, master = world.pupil, world.master
    first, second, certified = world.sent(), world.sent(), world.certified()
    draft, thrown = world.draft(), world.draft()
    return at_once(
        app,
        lambda: certification.certify(master, first.id),
        lambda: certification.return_(master, second.id, "請修改。"),
        lambda: outcomes.send(pupil, draft.id),
        lambda: drafts.discard(pupil, thrown.id),
        lambda: selection.select(pupil, certified.id),
        world.file,
        world.file,
    )


def test_whoever_records_first_waits_for_nobody_afterwards(app: Flask, world: World) -> None:
    """The chain's head is a lock of the whole school; it is taken last. One records, then writes
    to a student; another holds the student, then records."""
    recorded, held = threading.Event(), threading.Event()

    def teacher() -> None:
        with db.writing():
            chain.record(system(world.school.id), "test.first", "thing", 1)
            recorded.set()
            held.wait(5)
            notify([world.student.id], "通知", "內容", school_id=world.school.id, mail=False)

    def student() -> None:
        with db.writing() as session:
            if db.engine().name != "sqlite":  # SQLite has one writer: nobody can be in between
                recorded.wait(5)
            hold_student(session, world.student.id)
            held.set()
            chain.record(world.pupil, "test.second", "thing", 2)

    if db.engine().name == "sqlite":
        held.set()
    assert at_once(app, teacher, student) == [None, None]
    assert list(chain.verify()) == []


def test_whoever_throws_away_and_whoever_uploads(app: Flask, world: World) -> None:
    """A draft is thrown away: audit, then vault. An upload: vault, then audit."""
    pupil = world.pupil
    waiting = [world.draft() for _ in range(4)]
    results = at_once(
        app,
        *(lambda one=one: drafts.discard(pupil, one.id) for one in waiting),
        *(world.file for _ in range(4)),
    )
    assert [one for one in results if isinstance(one, Exception)] == []
