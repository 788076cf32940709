"""A teacher decides by talking: what waits, one or all certified, returned with a reason."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from plugin import db
from plugin.actor import Actor, Role
from plugin.assistant import hearing
from plugin.portfolio.models import Decision, Outcome, OutcomeState
from plugin.portfolio.operations import certification
from plugin.skills.replies import Table
from tests.factories import actor_of, make_teacher
from tests.plugin.assistant.hearing import Hears
from tests.plugin.assistant.talker import Talker
from tests.plugin.portfolio.world import World, make_world

ActAs = Callable[[Actor | None], Actor | None]


@pytest.fixture
def world(app: Flask) -> World:
    return make_world()


@pytest.fixture
def hears(monkeypatch: pytest.MonkeyPatch) -> Hears:
    known = Hears()
    known["還有幾件沒認證"] = ("certify.pending", {})
    known["認證水質調查"] = ("certify.approve", {"title": "水質調查"})
    known["全部認證"] = ("certify.approve", {})
    known["退回水質調查，因為檔案打不開"] = (
        "certify.return", {"title": "水質調查", "reason": "檔案打不開"},
    )  # fmt: skip
    monkeypatch.setattr(hearing, "_read", known.read)
    return known


@pytest.fixture
def teacher(client: FlaskClient, world: World, hears: Hears, act_as: ActAs) -> Talker:
    world.sent(title="水質調查")
    world.sent(title="赤壁賦心得")
    act_as(world.master)
    return Talker(client, world.master)


def states() -> dict[str, OutcomeState]:
    return {one.title: one.state for one in db.reading().scalars(sa.select(Outcome))}


def test_what_waits_is_a_table(teacher: Talker) -> None:
    teacher.say("還有幾件沒認證")
    assert "共有 2 件等您認證" in teacher.words
    (table,) = [one for one in teacher.last if isinstance(one, Table)]
    assert [str(row[0].label) for row in table.rows] == ["水質調查", "赤壁賦心得"]


def test_one_is_certified(teacher: Talker) -> None:
    teacher.say("認證水質調查")
    assert states()["水質調查"] is OutcomeState.SENT  # not before it is confirmed
    teacher.press("認證")
    assert states() == {"水質調查": OutcomeState.CERTIFIED, "赤壁賦心得": OutcomeState.SENT}
    assert "已認證 1 件" in teacher.words


def test_all_are_certified(teacher: Talker) -> None:
    teacher.say("全部認證")
    teacher.say("好")
    assert set(states().values()) == {OutcomeState.CERTIFIED}


def test_one_is_returned_with_its_reason(teacher: Talker) -> None:
    teacher.say("退回水質調查，因為檔案打不開")
    teacher.press("退回")
    (decision,) = db.reading().scalars(sa.select(Decision))
    assert decision.reason == "檔案打不開"
    assert states()["水質調查"] is OutcomeState.RETURNED


def test_no_reason_no_return(teacher: Talker, hears: Hears) -> None:
    hears["退回赤壁賦心得"] = ("certify.return", {"title": "赤壁賦心得"})
    teacher.say("退回赤壁賦心得")
    assert "為什麼退回" in teacher.words
    teacher.say("請補上引用的出處")
    teacher.press("退回")
    assert states()["赤壁賦心得"] is OutcomeState.RETURNED


def test_what_another_decided_meanwhile_is_no_choice_any_more(
    teacher: Talker, world: World
) -> None:
    teacher.say("認證水質調查")
    token = teacher.button("認證").token
    (outcome,) = db.reading().scalars(sa.select(Outcome).where(Outcome.title == "水質調查"))
    certification.return_(world.master, outcome.id, "請修改。")
    teacher.say("確認", token=token)
    assert states()["水質調查"] is OutcomeState.RETURNED
    assert db.reading().scalar(sa.select(sa.func.count()).select_from(Decision)) == 1


def test_another_teachers_outcomes_are_no_choice(
    client: FlaskClient, world: World, teacher: Talker, act_as: ActAs
) -> None:
    roles = frozenset({Role.TEACHER})
    other = replace(actor_of(make_teacher(world.school)), roles=roles)
    act_as(other)
    stranger = Talker(client, other)
    stranger.say("全部認證")
    assert "目前沒有可以選的項目" in stranger.words
    assert set(states().values()) == {OutcomeState.SENT}


def test_a_student_is_told_who_can(
    client: FlaskClient, world: World, teacher: Talker, act_as: ActAs
) -> None:
    act_as(world.pupil)
    pupil = Talker(client, world.pupil)
    pupil.say("全部認證")
    assert "由任課教師與代理人辦理" in pupil.words
