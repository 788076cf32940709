"""Remind with one press: those who must act, once a day, by inbox and mail, on record."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from plugin import db, jobs
from plugin.actor import Actor, Role
from plugin.errors import NotAllowed, NotFound
from plugin.portfolio.models import Reminder
from plugin.portfolio.operations import reminding
from plugin.portfolio.operations.reminding import Reminded
from plugin.trail.models import AuditEvent, Message, OutboundMail
from tests.factories import actor_of, make_class, make_staff, make_student
from tests.plugin.portfolio.test_experience_access import homeroom_of
from tests.plugin.portfolio.world import World


def inboxes() -> list[int]:
    db._close_reads()
    query = sa.select(Message.person_id).where(Message.subject.startswith("提醒"))
    return sorted(db.reading().scalars(query))


def lines(verb: str) -> list[dict]:
    query = sa.select(AuditEvent.detail).where(AuditEvent.verb == verb)
    return list(db.reading().scalars(query))


class TestAClass:
    def test_just_those_who_must_act(self, world: World) -> None:
        lazy = make_student(world.school, world.school_class, name="還沒送")
        gone = make_student(world.school, world.school_class, active=False)
        world.sent()  # nothing is left for the first
        done = reminding.remind_class(homeroom_of(world), world.school_class.id)
        assert done.told == 2  # the one who left has no inbox, and no mail
        assert inboxes() == [lazy.id]
        mail = db.reading().scalars(sa.select(OutboundMail)).one()
        assert mail.recipient == lazy.email
        assert lazy.name not in mail.subject
        assert "送出本學期的課程學習成果" in mail.body
        assert gone.id not in inboxes()

    def test_nobody_twice_in_a_day_whoever_presses(self, world: World, clock: Any) -> None:
        teacher = homeroom_of(world)
        assert reminding.remind_class(teacher, world.school_class.id) == Reminded(1, 0)
        assert reminding.remind_class(teacher, world.school_class.id) == Reminded(0, 1)
        reminding.remind_school(world.clerk, reminding.STUDENTS)
        assert inboxes() == [world.student.id]
        clock.advance(hours=15)  # the next day in Taipei
        assert reminding.remind_class(teacher, world.school_class.id) == Reminded(1, 0)
        assert len(inboxes()) == 2

    def test_audited_without_names(self, world: World) -> None:
        reminding.remind_class(homeroom_of(world), world.school_class.id)
        assert lines("reminder.class") == [{"told": 1, "already": 0}]
        assert db.reading().scalars(sa.select(Reminder)).one().duties == ["send"]

    def test_only_ones_own_class(self, world: World) -> None:
        teacher = homeroom_of(world)
        other = make_class(world.school)
        make_student(world.school, other)
        with pytest.raises(NotFound):
            reminding.remind_class(teacher, other.id)
        assert inboxes() == []
        assert len(lines("access.foreign")) == 1


class TestTheSchool:
    def test_students_of_every_class_in_slices(
        self, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(reminding, "CHUNK", 2)
        classes = [make_class(world.school) for _ in range(3)]
        others = [make_student(world.school, one) for one in classes for _ in range(2)]
        world.sent()
        job = reminding.remind_school(world.clerk, reminding.STUDENTS)
        assert inboxes() == sorted(one.id for one in others)
        found = db.reading().get_one(jobs.Job, job)
        assert found.result == {"told": 6, "already": 0}
        assert (found.done, found.total) == (7, 7)
        assert lines("reminder.school") == [{"whom": "students", "told": 6, "already": 0}]

    def test_teachers_with_something_to_certify(self, world: World) -> None:
        world.sent()
        idle = make_staff(world.school)
        reminding.remind_school(world.clerk, reminding.TEACHERS)
        assert inboxes() == [world.teacher.id]
        assert idle.id not in inboxes()

    def test_taken_over_after_a_kill_tells_nobody_again(
        self, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(reminding, "CHUNK", 1)
        for _ in range(3):
            make_student(world.school, world.school_class)
        told = reminding.tell
        with monkeypatch.context() as patched:
            calls = []

            def dies(actor: Actor, people: Any) -> Reminded:
                calls.append(people)
                if len(calls) == 3:
                    raise RuntimeError("the worker is gone")
                return told(actor, people)

            patched.setattr(reminding, "tell", dies)
            patched.setattr(jobs, "_wake", lambda *_more, **_rest: None)
            job = reminding.remind_school(world.clerk, reminding.STUDENTS)
            jobs.run(job)
        assert len(inboxes()) == 2
        jobs.run(job)
        assert len(inboxes()) == len(set(inboxes())) == 4

    def test_student_affairs_remind_students_only(self, world: World) -> None:
        affairs = actor_of(make_staff(world.school, Role.STUDENT_AFFAIRS))
        reminding.remind_school(affairs, reminding.STUDENTS)
        with pytest.raises(NotAllowed):
            reminding.remind_school(affairs, reminding.TEACHERS)
        with pytest.raises(NotAllowed):
            reminding.remind_school(replace(affairs, roles=frozenset()), reminding.STUDENTS)
        with pytest.raises(NotFound):
            reminding.remind_school(world.clerk, "everybody")
        assert inboxes() == [world.student.id]

    def test_another_schools_people_hear_nothing(self, world: World) -> None:
        from tests.plugin.portfolio.world import make_world

        other = make_world()
        reminding.remind_school(world.clerk, reminding.STUDENTS)
        assert other.student.id not in inboxes()


def test_the_press_tells_how_many(
    client: FlaskClient, world: World, act_as: Callable[[Any], Any]
) -> None:
    import re

    act_as(homeroom_of(world))
    page = client.get("/homeroom").text
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)[1]
    form = {"csrf_token": token, "class": str(world.school_class.id)}
    first = client.post("/homeroom/remind", data=form, follow_redirects=True).text
    assert "已提醒 1 人" in first
    again = client.post("/homeroom/remind", data=form, follow_redirects=True).text
    assert "1 人今天已經提醒過" in again
