"""The school by talking: deadlines, windows, roles, and where data is brought in."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from plugin import db
from plugin.actor import Actor, Role
from plugin.assistant import hearing
from plugin.clock import TAIPEI
from plugin.school import window_words
from plugin.school.models import Person, RoleGrant, School, Window, WindowKind
from plugin.skills.replies import Table
from tests.factories import (
    FrozenClock,
    actor_of,
    at,
    make_class,
    make_school,
    make_staff,
    make_student,
    make_teacher,
    make_window,
)
from tests.plugin.assistant.hearing import Hears
from tests.plugin.assistant.talker import Talker

ActAs = Callable[[Actor | None], Actor | None]


@pytest.fixture
def school(app: Flask) -> School:
    return make_school()


@pytest.fixture(autouse=True)
def hears(monkeypatch: pytest.MonkeyPatch) -> Hears:
    known = Hears()
    monkeypatch.setattr(hearing, "_read", known.read)
    return known


@pytest.fixture
def talk_as(client: FlaskClient, act_as: ActAs) -> Callable[[Person], Talker]:
    def begin(person: Person) -> Talker:
        actor = actor_of(person)
        act_as(actor)
        return Talker(client, actor)

    return begin


TalkAs = Callable[[Person], Talker]


def window(kind: WindowKind) -> Window:
    return db.reading().scalars(sa.select(Window).where(Window.kind == kind)).one()


def day(moment: Any) -> str:
    return f"{moment.astimezone(TAIPEI):%Y-%m-%d %H:%M}"


class TestDeadlines:
    @pytest.fixture
    def pupil(self, school: School, talk_as: TalkAs) -> Talker:
        make_window(school, WindowKind.OUTCOME_UPLOAD, closes_at=at(2026, 11, 30, 17))
        make_window(
            school, WindowKind.SELECTION, opens_at=at(2027, 7, 1), closes_at=at(2027, 7, 31)
        )
        make_window(school, WindowKind.COUNSELLING)
        return talk_as(make_student(school, make_class(school)))

    def test_the_named_window_comes_first_with_its_weekday(
        self, pupil: Talker, hears: Hears
    ) -> None:
        hears["勾選到幾號"] = ("deadline.show", {"window": "勾選"})
        pupil.say("勾選到幾號")
        assert pupil.words.startswith("「勾選」尚未開放")
        assert "民國116年7月31日（星期六）" in pupil.words

    def test_one_s_own_windows_are_listed_and_no_others(self, pupil: Talker, hears: Hears) -> None:
        hears["期限"] = ("deadline.show", {})
        pupil.say("期限")
        (table,) = [one for one in pupil.last if isinstance(one, Table)]
        assert [row[0] for row in table.rows] == ["課程學習成果上傳", "勾選"]
        assert table.rows[0][3] == "還有 10 天 7 小時"
        assert table.more is not None
        assert table.more.endpoint == "school.calendar"

    def test_what_is_over_is_said_to_be_over(
        self, pupil: Talker, hears: Hears, clock: FrozenClock
    ) -> None:
        clock.advance(days=11)
        hears["上傳截止了沒"] = ("deadline.show", {"window": "上傳"})
        pupil.say("上傳截止了沒")
        assert "已於民國115年11月30日（星期一）17:00截止" in pupil.words

    def test_what_nobody_has_set_is_told(self, pupil: Talker, hears: Hears) -> None:
        hears["下學期上傳"] = ("deadline.show", {"window": "上傳", "term": "2"})
        pupil.say("下學期上傳")
        assert "115 學年度第 2 學期的「課程學習成果上傳」期間尚未設定" in pupil.words

    def test_an_extension_of_a_grade_is_nobody_else_s(
        self, school: School, pupil: Talker, hears: Hears
    ) -> None:
        make_window(school, WindowKind.OUTCOME_UPLOAD, grade=3, closes_at=at(2026, 12, 25), term=1)
        hears["上傳到幾號"] = ("deadline.show", {"window": "上傳"})
        pupil.say("上傳到幾號")
        assert "11月30日" in pupil.words
        assert "12月25日" not in pupil.words


class TestWindows:
    @pytest.fixture
    def clerk(self, school: School, talk_as: TalkAs) -> Talker:
        make_window(
            school, WindowKind.OUTCOME_UPLOAD,
            opens_at=at(2026, 9, 1, 8), closes_at=at(2026, 11, 30, 12),
        )  # fmt: skip
        return talk_as(make_staff(school, Role.REGISTRY))

    def test_a_closing_is_moved_and_the_rest_stays(self, clerk: Talker, hears: Hears) -> None:
        said = "上傳延到12/15"
        hears[said] = ("window.set", {"window": "上傳", "date_to": "2026-12-15"})
        clerk.say(said)
        clerk.press("儲存期間")
        assert "12月15日（星期二）12:00" in clerk.words
        moved = window(WindowKind.OUTCOME_UPLOAD)
        assert (day(moved.opens_at), day(moved.closes_at)) == (
            "2026-09-01 08:00",
            "2026-12-15 12:00",
        )

    def test_a_window_of_a_grade_is_its_own(self, clerk: Talker, hears: Hears) -> None:
        said = "高三勾選開放5/1到5/7"
        hears[said] = (
            "window.set",
            {"window": "勾選", "date_from": "2027-05-01", "date_to": "2027-05-07"},
        )
        clerk.say(said)
        clerk.press("儲存期間")
        made = window(WindowKind.SELECTION)
        assert (made.grade, made.term, day(made.closes_at)) == (3, 0, "2027-05-07 17:00")

    def test_a_window_that_opens_in_spring_is_of_the_second_term(
        self, clerk: Talker, hears: Hears
    ) -> None:
        said = "多元表現3/1開放到7/15"
        hears[said] = (
            "window.set",
            {"window": "多元表現", "date_from": "2027-03-01", "date_to": "2027-07-15"},
        )
        clerk.say(said)
        clerk.press("儲存期間")
        assert window(WindowKind.EXPERIENCE_UPLOAD).term == 2

    def test_what_is_to_be_looked_at_again_is_told_before(
        self, clerk: Talker, hears: Hears
    ) -> None:
        said = "上傳2028/3/1到2028/3/5"
        hears[said] = (
            "window.set",
            {"window": "上傳", "date_from": "2028-03-01", "date_to": "2028-03-05"},
        )
        clerk.say(said)
        assert "完全不在115 學年度第 2 學期內" in clerk.words
        assert day(window(WindowKind.OUTCOME_UPLOAD).closes_at) == "2026-11-30 12:00"

    def test_it_closes_after_it_opens(self, clerk: Talker, hears: Hears) -> None:
        said = "上傳到8/1"
        hears[said] = ("window.set", {"window": "上傳", "date_to": "2026-08-01"})
        clerk.say(said)
        assert "截止時間要晚於開放時間" in clerk.words
        clerk.say("115/12/20")
        clerk.press("儲存期間")
        assert day(window(WindowKind.OUTCOME_UPLOAD).closes_at) == "2026-12-20 12:00"

    def test_no_window_named_is_asked_for(self, clerk: Talker, hears: Hears) -> None:
        hears["改期間"] = ("window.set", {})
        clerk.say("改期間")
        assert "要設定哪一個期間" in clerk.words
        clerk.say("收訖明細確認")
        clerk.say("115/12/01")
        clerk.say("115/12/10")
        clerk.press("儲存期間")
        assert day(window(WindowKind.RECEIPT).closes_at) == "2026-12-10 17:00"

    def test_closed_now(self, clerk: Talker, hears: Hears) -> None:
        hears["現在就關閉上傳"] = ("window.set", {"window": "上傳"})
        clerk.say("現在就關閉上傳")
        clerk.press("儲存期間")
        assert day(window(WindowKind.OUTCOME_UPLOAD).closes_at) == "2026-11-20 09:30"

    def test_numbers_of_files_are_a_rule(self, clerk: Talker, hears: Hears) -> None:
        said = "每學期最多三件"
        hears[said] = ("window.set", {"count": 3})
        clerk.say(said)
        assert "系統管理者變更" in clerk.words
        assert clerk.links[0].endpoint == "school.rules"

    def test_a_teacher_is_told_who_can(self, school: School, talk_as: TalkAs, hears: Hears) -> None:
        said = "上傳延到12/15"
        hears[said] = ("window.set", {"window": "上傳", "date_to": "2026-12-15"})
        talker = talk_as(make_staff(school, Role.TEACHER))
        talker.say(said)
        assert "由註冊組與系統管理者辦理" in talker.words


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        ("課程學習成果認證", WindowKind.CERTIFICATION),
        ("課程學習成果上傳", WindowKind.OUTCOME_UPLOAD),
        ("多元表現上傳", WindowKind.EXPERIENCE_UPLOAD),
        ("收訖明細", WindowKind.RECEIPT),
        ("selection", WindowKind.SELECTION),
        ("課程諮詢紀錄", WindowKind.COUNSELLING),
        ("午餐", None),
    ],
)
def test_a_window_is_known_by_its_words(words: str, kind: WindowKind | None) -> None:
    assert window_words.kind(words) is kind


def test_a_batch_is_of_the_third_grade() -> None:
    assert (window_words.batch("第二梯次勾選"), window_words.grade("第二梯次勾選")) == (2, 3)
    assert window_words.grade("高二勾選") == 2


class TestRoles:
    @pytest.fixture
    def head(self, school: School, talk_as: TalkAs) -> Talker:
        return talk_as(make_staff(school, Role.ADMINISTRATOR, name="管大山"))

    @pytest.fixture
    def chen(self, school: School) -> Person:
        return make_teacher(school, name="陳淑芬", number="T777")

    def grants(self, person: Person) -> list[RoleGrant]:
        found = sa.select(RoleGrant).where(RoleGrant.person_id == person.id)
        return list(db.reading().scalars(found))

    def test_a_role_is_given(self, head: Talker, chen: Person, hears: Hears) -> None:
        said = "把註冊組權限給陳淑芬到6/30"
        slots = {"teacher": "陳淑芬", "role": "註冊組", "date_to": "2027-06-30"}
        hears[said] = ("role.grant", slots)
        head.say(said)
        assert "理由" in head.words
        head.say("115 學年度註冊組長")
        assert any("陳淑芬（T777）" in str(one) for one in head.last)
        head.press("授予角色")
        (made,) = self.grants(chen)
        assert (made.role, made.ends_on, made.starts_on) == (
            Role.REGISTRY,
            date(2027, 6, 30),
            date(2026, 11, 20),
        )

    def test_the_day_that_is_said_is_when_it_begins(
        self, head: Talker, chen: Person, hears: Hears
    ) -> None:
        said = "12/1起陳淑芬當諮詢教師"
        slots = {"teacher": "陳淑芬", "role": "諮詢教師", "date_from": "2026-12-01"}
        hears[said] = ("role.grant", slots)
        head.say(said)
        head.say("跳過")
        head.say("115 學年度課程諮詢教師")
        head.press("授予角色")
        (made,) = self.grants(chen)
        assert (made.role, made.starts_on) == (Role.COUNSELLOR, date(2026, 12, 1))

    def test_what_is_held_already_is_refused_and_the_form_kept(
        self, head: Talker, school: School, hears: Hears
    ) -> None:
        held = make_staff(school, Role.REGISTRY, name="周小雨")
        hears["給周小雨註冊組"] = ("role.grant", {"teacher": "周小雨", "role": "註冊組"})
        head.say("給周小雨註冊組")
        head.say("跳過")
        head.say("理由充分")
        head.press("授予角色")
        assert "此人已有這個角色" in head.words
        head.say("角色改成學務處")
        head.press("授予角色")
        assert {one.role for one in self.grants(held)} == {Role.REGISTRY, Role.STUDENT_AFFAIRS}

    def test_several_of_that_name_are_told(
        self, head: Talker, school: School, chen: Person, hears: Hears
    ) -> None:
        make_teacher(school, name="陳大文", number="T778")
        hears["給陳老師管理員"] = ("role.grant", {"teacher": "陳", "role": "管理員"})
        head.say("給陳老師管理員")
        assert "陳淑芬（T777）、陳大文（T778）" in head.words

    def test_nobody_of_another_school(self, head: Talker, hears: Hears) -> None:
        make_teacher(make_school(), name="外校人")
        hears["給外校人管理員"] = ("role.grant", {"teacher": "外校人", "role": "管理員"})
        head.say("給外校人管理員")
        assert "找不到「外校人」" in head.words

    def test_a_role_is_taken_back(self, head: Talker, school: School, hears: Hears) -> None:
        held = make_staff(school, Role.REGISTRY, Role.STUDENT_AFFAIRS, name="周小雨")
        said = "取消周小雨的註冊組權限"
        hears[said] = ("role.grant", {"teacher": "周小雨", "role": "註冊組"})
        head.say(said)
        head.say("職務異動")
        head.press("撤銷")
        gone = {one.role for one in self.grants(held) if one.revoked_at is not None}
        assert gone == {Role.REGISTRY}

    def test_the_last_administrator_stays(self, head: Talker, hears: Hears) -> None:
        said = "撤銷管大山的管理員"
        hears[said] = ("role.grant", {"teacher": "管大山", "role": "管理員"})
        head.say(said)
        head.say("職務異動")
        head.press("撤銷")
        assert "最後一位系統管理者" in head.words

    def test_several_roles_are_asked_which(
        self, head: Talker, school: School, hears: Hears
    ) -> None:
        make_staff(school, Role.REGISTRY, Role.STUDENT_AFFAIRS, name="周小雨")
        hears["周小雨離職，收回角色"] = ("role.grant", {"teacher": "周小雨"})
        head.say("周小雨離職，收回角色")
        assert "要撤銷誰的哪一個角色" in head.words
        assert len([one for one in head.buttons if "周小雨" in str(one.label)]) == 2

    def test_homeroom_teachers_are_set_with_the_class(self, head: Talker, hears: Hears) -> None:
        hears["讓陳淑芬當導師"] = ("role.grant", {"teacher": "陳淑芬", "role": "導師"})
        head.say("讓陳淑芬當導師")
        assert [one.endpoint for one in head.links] == ["school.classes", "school.courses"]

    def test_the_registry_gives_no_role(
        self, school: School, talk_as: TalkAs, chen: Person, hears: Hears
    ) -> None:
        hears["給陳淑芬註冊組"] = ("role.grant", {"teacher": "陳淑芬", "role": "註冊組"})
        clerk = talk_as(make_staff(school, Role.REGISTRY))
        clerk.say("給陳淑芬註冊組")
        assert "系統管理者辦理" in clerk.words
        assert not self.grants(chen)


class TestBringingIn:
    def test_the_way_to_the_page(self, school: School, talk_as: TalkAs, hears: Hears) -> None:
        hears["匯入學生名單"] = ("roster.import", {"item_kind": "學生名單"})
        clerk = talk_as(make_staff(school, Role.REGISTRY))
        clerk.say("匯入學生名單")
        assert "例如：學生" in clerk.words
        assert "imports.upload" in [one.endpoint for one in clerk.links]

    def test_student_affairs_hear_of_what_is_theirs(
        self, school: School, talk_as: TalkAs, hears: Hears
    ) -> None:
        hears["匯入"] = ("roster.import", {})
        affairs = talk_as(make_staff(school, Role.STUDENT_AFFAIRS))
        affairs.say("匯入")
        offered = affairs.words.splitlines()[0]
        assert "幹部" in offered
        assert "班級" not in offered

    def test_a_student_is_told_who_can(self, school: School, talk_as: TalkAs, hears: Hears) -> None:
        hears["匯入"] = ("roster.import", {})
        pupil = talk_as(make_student(school))
        pupil.say("匯入")
        assert "由註冊組、學務處與系統管理者辦理" in pupil.words
