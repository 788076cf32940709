"""The school's desk by talking: progress, reminders, 預檢, submission and its manifest."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from plugin import clock, db
from plugin.actor import Actor, Role
from plugin.assistant import hearing
from plugin.portfolio.models import (
    Reminder,
    Submission,
    SubmissionCheck,
    SubmissionState,
)
from plugin.portfolio.operations import selection
from plugin.school.models import Window, WindowKind
from plugin.skills.replies import Bars, Progress, Table
from tests.factories import actor_of, make_class, make_staff, make_student, make_teacher
from tests.plugin.assistant.hearing import Hears
from tests.plugin.assistant.talker import Talker
from tests.plugin.portfolio.submission_world import build
from tests.plugin.portfolio.world import World, make_world

As = Callable[[Actor], Talker]
YEAR = 115


@pytest.fixture
def world(app: Flask) -> World:
    return make_world()


@pytest.fixture
def chosen(world: World) -> World:
    """One certified outcome is selected and confirmed."""
    outcome = world.certified()
    selection.choose(world.pupil, YEAR, [outcome.id])
    selection.lock(world.pupil, YEAR)
    return world


@pytest.fixture(autouse=True)
def hears(monkeypatch: pytest.MonkeyPatch) -> Hears:
    known = Hears()
    known["班上進度"] = ("progress.show", {})
    known["全校進度"] = ("progress.show", {})
    known["提交到中央"] = ("submission.create", {})
    known["一二年級提交到中央，高一"] = ("submission.create", {})
    known["先預檢高一"] = ("submission.create", {})
    known["提交名冊在哪"] = ("manifest.generate", {})
    known["提醒還沒完成的學生"] = ("reminder.send", {"audience": "還沒完成的學生"})
    known["催老師"] = ("reminder.send", {"audience": "還沒認證的老師"})
    known["催繳"] = ("reminder.send", {})
    monkeypatch.setattr(hearing, "_read", known.read)
    return known


@pytest.fixture
def as_(client: FlaskClient, act_as: Callable[[Actor | None], Actor | None]) -> As:
    def become(actor: Actor) -> Talker:
        act_as(actor)
        return Talker(client, actor)

    return become


@pytest.fixture
def clerk(world: World, as_: As) -> Talker:
    return as_(world.clerk)


@pytest.fixture
def homeroom(world: World, as_: As) -> Talker:
    """The homeroom teacher of a class of two; the first has sent something."""
    teacher = make_teacher(world.school)
    own = make_class(world.school, homeroom=teacher, name="一年孝班")
    world.sent()
    make_student(world.school, own, 1, name="林沒傳")
    make_student(world.school, own, 2, name="王小明")
    return as_(actor_of(teacher))


def table(talker: Talker) -> Table:
    (found,) = [one for one in talker.last if isinstance(one, Table)]
    return found


def submitted() -> list[Submission]:
    return list(db.reading().scalars(sa.select(Submission).order_by(Submission.id)))


class TestProgress:
    def test_a_class_with_those_who_still_must_act(self, homeroom: Talker) -> None:
        homeroom.say("班上進度")
        assert "一年孝班共 2 人，已送出成果的有 0 人" in homeroom.words
        assert [row[1] for row in table(homeroom).rows] == ["林沒傳", "王小明"]
        assert "未送出成果" in table(homeroom).rows[0][3]
        (bars,) = [one for one in homeroom.last if isinstance(one, Bars)]
        assert bars.bars[0][1:] == [0, 2]

    def test_a_student_who_is_named(self, homeroom: Talker, hears: Hears) -> None:
        hears["王小明交了沒"] = ("progress.show", {"student": "王小明"})
        homeroom.say("王小明交了沒")
        assert [row[1] for row in table(homeroom).rows] == ["王小明"]

    def test_a_student_of_another_class_is_not_found(
        self, homeroom: Talker, world: World, hears: Hears
    ) -> None:
        hears["他交了沒"] = ("progress.show", {"student": world.student.name})
        homeroom.say("他交了沒")
        assert f"沒有「{world.student.name}」這位學生" in homeroom.words

    def test_only_what_is_asked_for(self, homeroom: Talker, hears: Hears) -> None:
        hears["誰收訖還沒確認"] = ("progress.show", {})
        homeroom.say("誰收訖還沒確認")
        assert "目前沒有學生有未完成的事項" in homeroom.words

    def test_the_school_by_class(self, world: World, clerk: Talker) -> None:
        world.sent()
        clerk.say("全校進度")
        assert "全校 1 人，已送出成果的有 1 人" in clerk.words
        assert table(clerk).rows[0][:3] == [world.school_class.name, 1, 1]
        assert table(clerk).more is not None

    def test_one_class_of_the_school(self, world: World, clerk: Talker, hears: Hears) -> None:
        make_class(world.school, name="二年三班", grade=2)
        hears["二年三班進度"] = ("progress.show", {"class_name": "二年三班"})
        clerk.say("二年三班進度")
        assert clerk.words.startswith("二年三班共 0 人")

    def test_the_teachers_for_whom_work_waits(
        self, world: World, clerk: Talker, hears: Hears
    ) -> None:
        world.sent()
        hears["哪些老師還沒認證"] = ("progress.show", {})
        clerk.say("哪些老師還沒認證")
        assert table(clerk).rows[0][:2] == [world.teacher.name, 1]

    def test_a_student_is_told_who_can(self, world: World, as_: As) -> None:
        pupil = as_(world.pupil)
        pupil.say("全校進度")
        assert "由導師、註冊組、學務處與系統管理者辦理" in pupil.words


class TestReminders:
    def test_the_students_of_the_school(self, world: World, clerk: Talker) -> None:
        clerk.say("提醒還沒完成的學生")
        clerk.press("送出提醒")
        assert [one for one in clerk.last if isinstance(one, Progress)]
        told = db.reading().scalars(sa.select(Reminder.person_id))
        assert list(told) == [world.student.id]

    def test_teachers(self, world: World, clerk: Talker) -> None:
        world.sent()
        clerk.say("催老師")
        clerk.press("送出提醒")
        told = db.reading().scalars(sa.select(Reminder.person_id))
        assert list(told) == [world.teacher.id]

    def test_nobody_named_is_asked(self, clerk: Talker) -> None:
        clerk.say("催繳")
        assert "要提醒誰" in clerk.words
        assert len(clerk.buttons) >= 2

    def test_student_affairs_remind_no_teachers(self, world: World, as_: As) -> None:
        affairs = as_(actor_of(make_staff(world.school, Role.STUDENT_AFFAIRS)))
        affairs.say("催老師")
        assert [str(one.label) for one in affairs.buttons] == ["還有事項沒完成的學生"]

    def test_a_homeroom_teacher_reminds_the_own_class(self, homeroom: Talker) -> None:
        homeroom.say("催繳")
        homeroom.press("送出提醒")
        assert "已提醒 2 人" in homeroom.words
        homeroom.say("催繳")
        homeroom.press("送出提醒")
        assert "今天已經提醒過" in homeroom.words

    def test_a_student_is_told_who_can(self, world: World, as_: As) -> None:
        pupil = as_(world.pupil)
        pupil.say("催繳")
        assert "由註冊組、學務處與導師辦理" in pupil.words


class TestSubmitting:
    def test_the_next_version_is_begun(self, chosen: World, clerk: Talker) -> None:
        clerk.say("一二年級提交到中央，高一")
        assert "課程學習成果 1 件" in clerk.words
        assert "建立第 1 版" in clerk.words
        clerk.press("開始製作")
        (made,) = submitted()
        assert (made.academic_year, made.version) == (YEAR, 1)
        (shown,) = [one for one in clerk.last if isinstance(one, Progress)]
        assert shown.job_id == made.job_id
        assert shown.link is not None
        assert shown.link.args == {"submission_id": made.id}

    def test_which_batch_is_asked(self, chosen: World, clerk: Talker) -> None:
        clerk.say("提交到中央")
        clerk.press("一、二年級")
        clerk.press("開始製作")
        assert len(submitted()) == 1

    def test_nothing_selected_is_refused_and_the_form_kept(self, clerk: Talker) -> None:
        clerk.say("一二年級提交到中央，高一")
        clerk.press("開始製作")
        assert not submitted()
        assert "沒有" in clerk.words
        clerk.say("還有幾題")
        assert "建立提交" in clerk.words or "年級與梯次" in clerk.words

    def test_a_closed_window_is_told(self, chosen: World, clerk: Talker) -> None:
        with db.writing() as session:
            window = session.scalars(
                sa.select(Window).where(Window.kind == WindowKind.SUBMISSION)
            ).one()
            window.closes_at = clock.now()
        clerk.say("一二年級提交到中央，高一")
        clerk.press("開始製作")
        assert "已截止" in clerk.words
        assert not submitted()

    def test_a_check_comes_first(self, chosen: World, clerk: Talker) -> None:
        clerk.say("先預檢高一")
        clerk.press("開始預檢")
        assert "0 項必須處理" in clerk.words
        assert db.reading().scalars(sa.select(SubmissionCheck)).one().ready
        clerk.press("建立提交")
        assert "是哪個年級、哪個梯次" in clerk.words

    def test_student_affairs_check_and_hand_nothing_in(self, chosen: World, as_: As) -> None:
        affairs = as_(actor_of(make_staff(chosen.school, Role.STUDENT_AFFAIRS)))
        affairs.say("提交到中央")
        assert "提交由註冊組辦理" in affairs.words
        affairs.say("先預檢高一")
        affairs.press("開始預檢")
        assert affairs.links[0].endpoint == "portfolio.check"
        assert not submitted()

    def test_a_teacher_is_told_who_can(self, world: World, as_: As) -> None:
        teacher = as_(world.master)
        teacher.say("提交到中央")
        assert "由註冊組辦理" in teacher.words


class TestManifest:
    def test_nothing_yet_tells_how_to_begin(self, clerk: Talker) -> None:
        clerk.say("提交名冊在哪")
        assert "還沒有提交名冊" in clerk.words
        assert {str(one.label) for one in clerk.buttons} == {"執行預檢", "建立提交"}

    def test_the_newest_that_is_frozen(self, chosen: World, clerk: Talker) -> None:
        made = build(chosen)
        assert made.state is SubmissionState.FROZEN
        clerk.say("提交名冊在哪")
        assert made.number in clerk.words
        assert clerk.links[0].args == {"submission_id": made.id}

    def test_a_student_is_told_who_can(self, world: World, as_: As) -> None:
        pupil = as_(world.pupil)
        pupil.say("提交名冊在哪")
        assert "由註冊組辦理" in pupil.words
