"""Staff by talking: a counsellor logs, a teacher decides on exactly what was meant; and parents
see how their children's outcomes stand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any, TypeVar

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from forms.definition import FieldDefinition
from plugin import clock, db
from plugin.actor import Actor
from plugin.assistant import hearing
from plugin.assistant.dialogue import answers
from plugin.portfolio.forms import REASONS
from plugin.portfolio.models import (
    Counselling,
    CounsellingKind,
    CounsellingState,
    Decision,
    Outcome,
)
from plugin.portfolio.operations import certification, drafts, outcomes
from plugin.portfolio.operations.counselling import phrases
from plugin.portfolio.queries import counselling as reads
from plugin.school.models import Window, WindowKind
from plugin.skills.replies import Bars, Button, Facts, Table
from plugin.vault.models import StoredFile
from tests.factories import actor_of, enrol, make_parent, make_student
from tests.plugin.assistant.hearing import Hears
from tests.plugin.assistant.talker import Talker
from tests.plugin.portfolio.consultations import TODAY, Rooms, make_rooms
from tests.plugin.portfolio.world import World, make_world, pdf

As = Callable[[Actor], Talker]
P = TypeVar("P")


@pytest.fixture(autouse=True)
def hears(monkeypatch: pytest.MonkeyPatch) -> Hears:
    known = Hears()
    monkeypatch.setattr(hearing, "_read", known.read)
    return known


@pytest.fixture
def as_(client: FlaskClient, act_as: Callable[[Actor | None], Actor | None]) -> As:
    def become(actor: Actor) -> Talker:
        act_as(actor)
        return Talker(client, actor)

    return become


def part(talker: Talker, kind: type[P]) -> P:
    (found,) = [one for one in talker.last if isinstance(one, kind)]
    return found


def records() -> list[Counselling]:
    db._close_reads()
    return list(db.reading().scalars(sa.select(Counselling).order_by(Counselling.id)))


def close(kind: WindowKind, in_days: int = -1) -> None:
    with db.writing() as session:
        window = session.scalars(sa.select(Window).where(Window.kind == kind)).one()
        window.closes_at = clock.now() + timedelta(days=in_days)


ONE = "今天在輔導室跟周以安談選修物理，登一筆"


class TestConsultation:
    @pytest.fixture
    def rooms(self, app: Flask) -> Rooms:
        return make_rooms()

    @pytest.fixture
    def counsellor(self, rooms: Rooms, as_: As) -> Talker:
        return as_(rooms.me)

    @pytest.fixture(autouse=True)
    def words(self, hears: Hears) -> None:
        hears[ONE] = ("counselling.log", {
            "student": "周以安", "date": TODAY.isoformat(), "place": "輔導室",
            "summary": "選修物理",
        })  # fmt: skip

    def skip_rest(self, talker: Talker) -> None:
        """Pass over what need not be said, up to the summary."""
        while any(str(one.label) == "跳過" for one in talker.buttons):
            talker.say("跳過")

    def test_a_sentence_a_topic_and_it_is_registered(
        self, rooms: Rooms, counsellor: Talker
    ) -> None:
        counsellor.say(ONE)
        assert "主題是什麼" in counsellor.words
        counsellor.press("選課輔導")
        self.skip_rest(counsellor)
        assert "登錄後學生看得到自己的紀錄" in counsellor.words
        assert records() == []
        counsellor.press("登錄")
        (one,) = records()
        assert (one.state, one.kind) == (CounsellingState.KEPT, CounsellingKind.INDIVIDUAL)
        assert (one.held_on, one.place, one.topic) == (TODAY, "輔導室", "選課輔導")
        assert reads.participants(one.id) == [rooms.mates[1].id]
        assert [link.args for link in counsellor.links] == [{"counselling_id": one.id}]

    def test_a_document_goes_with_it(self, counsellor: Talker) -> None:
        counsellor.say(ONE, ("選課單.pdf", pdf()))
        assert "已收到「選課單.pdf」" in counsellor.words
        counsellor.press("選課輔導")
        self.skip_rest(counsellor)
        counsellor.press("登錄")
        (one,) = records()
        file = db.reading().get_one(StoredFile, one.document_file_id or 0)
        assert file.slot == "counselling.document"
        assert [row[0] for row in part(counsellor, Facts).rows] == ["收件回條"]

    def test_words_of_advice_that_are_kept_are_pressed(
        self, rooms: Rooms, counsellor: Talker
    ) -> None:
        body = "先修完物理基礎，好嗎？\n再看工程探索。"
        phrases.keep_template(rooms.me, "選修物理前的準備", body)
        counsellor.say(ONE)
        counsellor.press("選課輔導")
        while "您給學生什麼建議" not in counsellor.words:
            counsellor.say("跳過")
        counsellor.press("選修物理前的準備")
        counsellor.press("登錄")
        assert [one.advice for one in records()] == [body]

    def test_two_who_are_named_are_a_group(
        self, rooms: Rooms, counsellor: Talker, hears: Hears
    ) -> None:
        words = "周以安和吳若彤一起來談選課，登錄"
        hears[words] = ("counselling.log", {"student": "周以安"})
        counsellor.say(words)
        assert "諮詢方式：團體" in counsellor.words
        for answer in ("今天", "輔導室", "選課輔導", "跳過", "談選修的順序"):
            counsellor.say(answer)
        self.skip_rest(counsellor)
        counsellor.press("登錄")
        (one,) = records()
        assert one.kind is CounsellingKind.GROUP
        assert set(reads.participants(one.id)) == {mate.id for mate in rooms.mates[1:]}

    def test_a_class_as_far_as_the_number_fits(
        self, rooms: Rooms, counsellor: Talker, hears: Hears
    ) -> None:
        name = rooms.world.school_class.name
        hears["團諮三人"] = ("counselling.log", {"class_name": name, "count": 3})
        hears["團諮兩人"] = ("counselling.log", {"class_name": name, "count": 2})
        counsellor.say("團諮三人")
        assert all(mate.name in counsellor.words for mate in rooms.mates)
        counsellor.say("重新開始")
        counsellor.say("取消")
        counsellor.say("團諮兩人")
        assert "諮詢方式：團體" in counsellor.words
        assert not any(mate.name in counsellor.words for mate in rooms.mates)

    def test_a_group_may_not_name_its_students(
        self, rooms: Rooms, counsellor: Talker, hears: Hears
    ) -> None:
        words = "周以安和吳若彤一起來談選課，登錄"
        hears[words] = ("counselling.log", {"student": "周以安"})
        counsellor.say(words)
        for answer in ("今天", "輔導室", "選課輔導", "跳過", "周以安想讀物理"):
            counsellor.say(answer)
        self.skip_rest(counsellor)
        counsellor.press("登錄")
        assert "請不要寫出學生姓名" in counsellor.words
        counsellor.say("談選修物理")
        counsellor.press("登錄")
        assert [(one.state, one.summary) for one in records()] == [
            (CounsellingState.KEPT, "談選修物理")
        ]

    def test_another_counsellors_student_is_no_choice(
        self, rooms: Rooms, counsellor: Talker, hears: Hears
    ) -> None:
        hears["馬若望諮詢登錄"] = ("counselling.log", {"student": "馬若望"})
        counsellor.say("馬若望諮詢登錄")
        assert "找不到符合「馬若望」的學生" in counsellor.words

    def test_a_closed_window_is_told_and_nothing_is_lost(self, counsellor: Talker) -> None:
        close(WindowKind.COUNSELLING)
        counsellor.say(ONE)
        counsellor.press("選課輔導")
        self.skip_rest(counsellor)
        counsellor.press("登錄")
        assert "填過的內容都還在" in counsellor.words
        (one,) = records()
        assert (one.state, one.summary) == (CounsellingState.DRAFT, "選修物理")
        close(WindowKind.COUNSELLING, in_days=1)
        counsellor.press("登錄")
        assert [one.state for one in records()] == [CounsellingState.KEPT]

    def test_what_stands_is_changed_on_its_page(
        self, rooms: Rooms, counsellor: Talker, hears: Hears
    ) -> None:
        rooms.kept()
        mine = rooms.kept(rooms.mates[1])
        rooms.kept(rooms.stranger, actor=rooms.colleague)
        hears["更正周以安的諮詢"] = ("counselling.log", {"student": "周以安"})
        counsellor.say("更正周以安的諮詢")
        (row,) = part(counsellor, Table).rows
        assert (row[0].args, row[1]) == ({"counselling_id": mine.id}, "周以安")
        hears["更正馬若望的諮詢"] = ("counselling.log", {"student": "馬若望"})
        counsellor.say("更正馬若望的諮詢")
        assert "沒有找到符合的紀錄" in counsellor.words
        assert len(part(counsellor, Table).rows) == 2

    def test_nothing_to_change_yet(self, counsellor: Talker, hears: Hears) -> None:
        hears["諮詢打錯要改"] = ("counselling.log", {})
        counsellor.say("諮詢打錯要改")
        assert [str(one.say) for one in counsellor.last if isinstance(one, Button)] == ["登錄諮詢"]

    def test_a_teacher_is_told_who_can(self, rooms: Rooms, as_: As) -> None:
        teacher = as_(rooms.world.master)
        teacher.say(ONE)
        assert "由課程諮詢教師辦理" in teacher.words
        assert records() == []


def test_a_number_points_at_a_place_whatever_the_names_hold() -> None:
    choices = (("a", "水質調查 · 一年一班 1"), ("b", "心得 · 一年一班 3"), ("c", "便利商店 2"))
    field = FieldDefinition("which", "choices", "成果", "哪幾件？", True, choices=choices)
    assert answers.from_slot(field, [2, 3], TODAY).words == ("b", "c")
    assert answers.from_slot(field, ["心得"], TODAY).words == ("b",)
    assert answers.from_slot(field, [4], TODAY).words is None


TITLES = ("水質調查", "赤壁賦心得", "便利商店")


class TestDeciding:
    """What a sentence means among several that wait; the rest is in test_deciding."""

    @pytest.fixture
    def world(self, app: Flask) -> World:
        return make_world()

    @pytest.fixture
    def teacher(self, world: World, as_: As) -> Talker:
        """Three wait: two of the first student, the oldest of them first, and one of a mate."""
        mate = make_student(world.school, world.school_class, 2, name="周以安")
        enrol(mate, world.course)
        world.sent(title="水質調查")
        world.sent(title="赤壁賦心得")
        pupil = actor_of(mate)
        values = world.values(title="便利商店", document_file_id=world.file(actor=pupil))
        draft = drafts.start(pupil, values, begun_at=clock.now())
        outcomes.send(pupil, draft.id)
        return as_(world.master)

    def states(self) -> dict[str, str]:
        db._close_reads()
        rows = db.reading().scalars(sa.select(Outcome))
        return {one.title: one.state.value for one in rows}

    def certified(self) -> set[str]:
        return {title for title, state in self.states().items() if state == "certified"}

    @pytest.mark.parametrize(
        ("words", "slots", "meant"),
        [
            ("周以安的通過", {"student": "周以安"}, {"便利商店"}),
            ("水質調查和便利商店通過", {"title": "水質調查"}, {"水質調查", "便利商店"}),
            ("前兩件通過", {"count": 2}, {"水質調查", "赤壁賦心得"}),
            ("第一件和第3件通過", {}, {"水質調查", "便利商店"}),
            ("周以安的第一件通過", {"student": "周以安"}, {"便利商店"}),
            ("今天把全部通過", {"date": "2026-11-22"}, set(TITLES)),
            ("全部通過", {}, set(TITLES)),
        ],
    )
    def test_what_is_meant_is_certified_and_nothing_else(
        self, teacher: Talker, hears: Hears, words: str, slots: dict[str, Any], meant: set[str]
    ) -> None:
        hears[words] = ("certify.approve", slots)
        teacher.say(words)
        teacher.press("認證")
        assert self.certified() == meant
        assert f"已認證 {len(meant)} 件" in teacher.words

    def test_a_place_is_one_of_the_course(
        self, world: World, teacher: Talker, hears: Hears
    ) -> None:
        slots = {"course": world.course.name}
        hears["這門課第二件通過"] = hears["這門課第九件通過"] = ("certify.approve", slots)
        teacher.say("這門課第九件通過")
        assert "要處理哪幾件" in teacher.words
        teacher.say("取消")
        teacher.say("這門課第二件通過")
        teacher.press("認證")
        assert self.certified() == {"赤壁賦心得"}

    def test_the_day_on_which_they_were_sent(self, teacher: Talker, hears: Hears) -> None:
        with db.writing() as session:
            one = session.scalars(sa.select(Outcome).where(Outcome.title == "水質調查")).one()
            assert one.sent_at is not None
            one.sent_at -= timedelta(days=2)
            day = one.sent_at.astimezone(clock.TAIPEI).date()
        hears["前天送的全部通過"] = ("certify.approve", {"date": day.isoformat()})
        teacher.say("前天送的全部通過")
        teacher.press("認證")
        assert self.certified() == {"水質調查"}

    def test_a_number_that_does_not_fit_is_asked(
        self, world: World, teacher: Talker, hears: Hears
    ) -> None:
        hears["這門課兩件通過"] = ("certify.approve", {"course": world.course.name, "count": 2})
        teacher.say("這門課兩件通過")
        assert "要處理哪幾件" in teacher.words
        teacher.say("水質調查")
        teacher.press("認證")
        assert self.certified() == {"水質調查"}

    def test_the_reasons_of_the_school_are_pressed(self, teacher: Talker, hears: Hears) -> None:
        hears["退回周以安的"] = ("certify.return", {"student": "周以安"})
        teacher.say("退回周以安的")
        for reason in REASONS:
            teacher.press(str(reason))
            assert {str(row[1]) for row in part(teacher, Facts).rows} >= {str(reason)}
            teacher.say("修改退回原因")
        teacher.press(str(REASONS[1]))
        teacher.press("退回")
        assert self.states()["便利商店"] == "returned"
        (decision,) = db.reading().scalars(sa.select(Decision))
        assert decision.reason == str(REASONS[1])

    def test_a_closed_window_is_told_and_nothing_decided(
        self, teacher: Talker, hears: Hears
    ) -> None:
        close(WindowKind.CERTIFICATION)
        hears["全部通過"] = ("certify.approve", {})
        teacher.say("全部通過")
        teacher.press("認證")
        assert set(self.states().values()) == {"sent"}
        table = part(teacher, Table)
        assert len(table.rows) == 3

    def test_the_queue_of_one_student(self, teacher: Talker, hears: Hears) -> None:
        hears["周以安有幾件沒認證"] = ("certify.pending", {"student": "周以安"})
        teacher.say("周以安有幾件沒認證")
        assert "共有 3 件等您認證，符合的有 1 件" in teacher.words
        hears["林小明有幾件沒認證"] = ("certify.pending", {"student": "林小明"})
        teacher.say("林小明有幾件沒認證")
        assert "沒有符合的；共有 3 件等您認證" in teacher.words
        assert part(teacher, Table).total == 3


class TestChildren:
    @pytest.fixture
    def world(self, app: Flask) -> World:
        return make_world()

    @pytest.fixture(autouse=True)
    def words(self, hears: Hears) -> None:
        hears["孩子的成果過了嗎"] = ("outcome.status", {})
        hears["水質調查過了沒"] = ("outcome.status", {"title": "水質調查"})
        hears["周以安的成果"] = ("outcome.status", {"student": "周以安"})

    def family(self, world: World, *students: Any) -> Actor:
        who = (world.student, *students)
        parent = make_parent(world.school, *who)
        return replace(actor_of(parent), child_ids=tuple(one.id for one in who))

    def test_what_was_sent_and_no_draft(self, world: World, as_: As) -> None:
        back = world.sent(title="水質調查")
        certification.return_(world.master, back.id, "請補上出處。")
        world.certified(title="赤壁賦心得")
        world.draft(title="還沒想好")
        parent = as_(self.family(world))
        parent.say("孩子的成果過了嗎")
        assert f"{world.student.name}：共 2 件，已退回 1 件、已認證 1 件" in parent.words
        assert [row[0] for row in part(parent, Table).rows] == ["水質調查", "赤壁賦心得"]
        assert len(part(parent, Bars).bars) == 2
        assert "還沒想好" not in str(parent.last)

    def test_one_by_its_title(self, world: World, as_: As) -> None:
        parent = as_(self.family(world))
        parent.say("水質調查過了沒")
        assert "還沒有送出課程學習成果" in parent.words
        world.sent(title="水質調查")
        world.sent(title="赤壁賦心得")
        parent.say("水質調查過了沒")
        assert [row[0] for row in part(parent, Table).rows] == ["水質調查"]

    def test_of_two_children_the_one_who_is_named(self, world: World, as_: As) -> None:
        mate = make_student(world.school, world.school_class, 2, name="周以安")
        world.sent(title="水質調查")
        parent = as_(self.family(world, mate))
        parent.say("孩子的成果過了嗎")
        assert world.student.name in parent.words
        assert "周以安：115 學年度還沒有送出課程學習成果" in parent.words
        parent.say("周以安的成果")
        assert world.student.name not in parent.words

    def test_somebody_elses_child_is_not_found(self, world: World, as_: As) -> None:
        make_student(world.school, world.school_class, 2, name="周以安")
        parent = as_(self.family(world))
        parent.say("周以安的成果")
        assert "找不到這位學生" in parent.words
