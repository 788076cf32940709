"""What students (and parents, where they read) do with the portfolio by talking."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeVar

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from plugin import db
from plugin.actor import Actor, Role
from plugin.assistant import hearing
from plugin.portfolio import kinds
from plugin.portfolio.models import (
    Experience,
    ExperienceState,
    PortfolioExport,
    ReceiptStatement,
    RecordCase,
    SheetState,
    StatementKind,
)
from plugin.portfolio.operations import experiences
from plugin.portfolio.operations.academic import basics
from plugin.school.models import WindowKind
from plugin.skills.replies import Bars, Facts, Progress, Table
from plugin.trail.models import AuditEvent
from tests.factories import actor_of, make_parent, make_rule, make_student, make_window
from tests.plugin.assistant.hearing import Hears
from tests.plugin.assistant.talker import Talker
from tests.plugin.portfolio import experience_world
from tests.plugin.portfolio.academic.school import TERM, Records, make_records
from tests.plugin.portfolio.consultations import Rooms, make_rooms
from tests.plugin.portfolio.receipts.handed_in import Handed, handed
from tests.plugin.portfolio.receipts.packing import as_json, packed
from tests.plugin.portfolio.world import World, make_world, pdf

As = Callable[[Actor], Talker]


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


P = TypeVar("P")


def part(talker: Talker, kind: type[P]) -> P:
    (found,) = [one for one in talker.last if isinstance(one, kind)]
    return found


def family(world: World, *students: Any) -> Actor:
    who = students or (world.student,)
    parent = make_parent(world.school, *who)
    return replace(actor_of(parent), child_ids=tuple(one.id for one in who))


class TestReceipts:
    @pytest.fixture
    def one(self, app: Flask) -> Handed:
        return handed()

    @pytest.fixture
    def pupil(self, one: Handed, as_: As) -> Talker:
        return as_(one.pupil)

    @pytest.fixture(autouse=True)
    def words(self, hears: Hears) -> None:
        hears["收訖明細"] = ("receipt.show", {})
        hears["多表收訖幾件"] = ("receipt.show", {"item_kind": "多表"})
        hears["簽收"] = ("receipt.confirm", {})
        hears["收訖有問題"] = ("receipt.dispute", {})
        hears["專題沒有收到"] = ("receipt.dispute", {"title": "專題"})
        hears["收訖明細少一件"] = ("receipt.dispute", {})

    def test_what_was_handed_in_and_what_may_be_done_with_it(self, pupil: Talker) -> None:
        pupil.say("收訖明細")
        assert "學校提交 3 件，還沒有收到中央的收訖檔案" in pupil.words
        assert [row[0] for row in part(pupil, Table).rows] == [
            "讀書心得",
            "專題",
            "微電影《回家的路》",
        ]
        assert [str(one.label) for one in pupil.buttons] == ["確認收訖明細", "提出異議"]

    def test_only_the_kind_that_is_asked_for(self, pupil: Talker) -> None:
        pupil.say("多表收訖幾件")
        assert part(pupil, Table).total == 1

    def test_what_the_central_side_lacks_is_seen(self, one: Handed, pupil: Talker) -> None:
        first, *_rest = one.rows()
        one.bring(packed({"a.json": as_json([one.central_record(first)])}))
        pupil.say("收訖明細")
        assert "學校提交 3 件，中央收訖 1 件" in pupil.words
        assert [tuple(bar) for bar in part(pupil, Bars).bars] == [("中央收訖", 1, 3)]
        assert {row[0]: row[2] for row in part(pupil, Table).rows}["專題"] == "缺這一件"

    def test_confirmed_by_talking(self, one: Handed, pupil: Talker) -> None:
        pupil.say("收訖明細")
        pupil.press("確認收訖明細")
        assert "共 3 件：「讀書心得」、「專題」、「微電影《回家的路》」" in pupil.words
        assert one.sheet().state is SheetState.WAITING
        pupil.press("確認無誤")
        assert one.sheet().state is SheetState.CONFIRMED
        pupil.say("簽收")
        assert "目前沒有要確認的收訖明細" in pupil.words

    def test_confirming_tells_that_disputes_are_taken_back(self, pupil: Talker) -> None:
        pupil.say("收訖明細少一件")
        pupil.say("少了志工服務那一件。")
        pupil.press("送出異議")
        pupil.say("簽收")
        assert "這些異議就視為撤回" in pupil.words

    def test_not_in_the_window(self, one: Handed, pupil: Talker) -> None:
        one.window(hours=-1)
        for words in ("簽收", "收訖有問題"):
            pupil.say(words)
            assert [say for say in pupil.says if say.tone == "error"]
            assert pupil.buttons == []
        assert one.sheet().state is SheetState.WAITING

    def test_disputed_in_one_go(self, one: Handed, pupil: Talker) -> None:
        pupil.say("專題沒有收到")
        assert "哪一項：專題（國語文（一））" in pupil.words
        assert "原因：中央資料庫沒有收到這一件" in pupil.words
        pupil.say("中央的清單裡沒有我的專題。")
        pupil.press("送出異議")
        (said,) = db.reading().scalars(sa.select(ReceiptStatement))
        assert (said.kind, said.reason) == (StatementKind.DISPUTE, "not_received")
        assert said.row_id == one.rows()[1].id
        assert one.sheet().state is SheetState.DISPUTED
        pupil.say("收訖明細")
        assert "異議處理中" in part(pupil, Table).rows[1][2]

    def test_what_is_missing_is_of_the_whole(self, pupil: Talker) -> None:
        pupil.say("收訖明細少一件")
        pupil.say("少了志工服務那一件。")
        pupil.press("送出異議")
        (said,) = db.reading().scalars(sa.select(ReceiptStatement))
        assert (said.row_id, said.reason) == (None, "missing")

    def test_disputed_question_by_question(self, one: Handed, pupil: Talker) -> None:
        pupil.say("收訖有問題")
        pupil.press("讀書心得")
        pupil.press("檔案不是我上傳的那一個")
        pupil.say("檔案應該是第二版。")
        pupil.press("送出異議")
        (said,) = db.reading().scalars(sa.select(ReceiptStatement))
        assert (said.row_id, said.reason) == (one.rows()[0].id, "wrong_file")

    def test_a_parent_looks_and_confirms_nothing(self, one: Handed, as_: As) -> None:
        parent = as_(family(one.world))
        parent.say("收訖明細")
        assert f"{one.world.student.name}：115 學年度收訖明細" in parent.words
        assert parent.buttons == []
        parent.say("簽收")
        assert "由學生辦理" in parent.words

    def test_somebody_elses_child_is_not_found(self, one: Handed, as_: As, hears: Hears) -> None:
        hears["看隔壁同學的收訖明細"] = ("receipt.show", {"student": one.other.name})
        parent = as_(family(one.world))
        parent.say("看隔壁同學的收訖明細")
        assert "找不到這位學生" in parent.words

    def test_the_registry_sees_how_far_the_classes_are(self, one: Handed, as_: As) -> None:
        clerk = as_(one.clerk)
        clerk.say("收訖明細")
        assert "2 位學生，已確認 0 位" in clerk.words
        assert [bar[1:] for bar in map(tuple, part(clerk, Bars).bars)] == [(0, 2)]

    def test_nothing_handed_in_yet(self, as_: As, one: Handed) -> None:
        fresh = make_student(one.world.school, one.world.school_class, 9)
        pupil = as_(actor_of(fresh))
        pupil.say("收訖明細")
        assert "學校還沒有提交您的項目" in pupil.words


class TestExperiences:
    @pytest.fixture
    def world(self, app: Flask) -> World:
        made = make_world()
        make_window(made.school, WindowKind.EXPERIENCE_UPLOAD)
        return made

    @pytest.fixture
    def pupil(self, world: World, as_: As) -> Talker:
        return as_(world.pupil)

    @pytest.fixture(autouse=True)
    def words(self, hears: Hears) -> None:
        hears["上傳多元表現"] = ("experience.upload", {})
        hears["我做了20小時的志工服務，9/5到11/14"] = (
            "experience.upload",
            {
                "category": "志工服務",
                "count": 20,
                "date_from": "2026-09-05",
                "date_to": "2026-11-14",
            },
        )
        hears["全國科展佳作，我要上傳"] = ("experience.upload", {})
        hears["上傳社團幹部證明"] = ("experience.upload", {"category": "社團幹部"})
        hears["退回的那件我改好了"] = ("experience.upload", {})

    def all(self) -> list[Experience]:
        query = sa.select(Experience).order_by(Experience.id)
        return list(db.reading().scalars(query.execution_options(populate_existing=True)))

    def test_a_bare_wish_asks_the_kind(self, pupil: Talker) -> None:
        pupil.say("上傳多元表現")
        labels = [str(one.label) for one in pupil.buttons]
        assert len(labels) == len(set(labels)) == len(kinds.names()) + 1
        pupil.press("上傳作品成果")
        assert "「作品名稱」是什麼？" in pupil.words

    def test_a_sentence_fills_the_form_of_its_kind_and_it_is_sent(self, pupil: Talker) -> None:
        pupil.say("我做了20小時的志工服務，9/5到11/14")
        assert "開始「上傳服務學習」" in pupil.words
        assert "時數：20" in pupil.words
        pupil.say("圖書館說故事志工")
        pupil.say("青田圖書館")
        pupil.say("每週帶小朋友共讀。")
        pupil.say("", ("證明.pdf", pdf()))
        while not _confirms(pupil):
            pupil.say("跳過")
        pupil.press("送出")
        (one,) = self.all()
        assert (one.kind, one.state) == ("service", ExperienceState.SENT)
        assert one.details["hours"] == "20"
        assert (one.details["start_on"], one.details["end_on"]) == ("2026-09-05", "2026-11-14")
        assert part(pupil, Facts).rows[0][0] == "收件回條"

    def test_what_it_is_follows_from_the_words(self, pupil: Talker) -> None:
        pupil.say("全國科展佳作，我要上傳")
        assert "開始「上傳競賽參與」" in pupil.words

    def test_what_may_be_two_kinds_is_asked(self, pupil: Talker) -> None:
        pupil.say("上傳社團幹部證明")
        assert {str(one.label) for one in pupil.buttons} == {
            "上傳幹部經歷暨事蹟",
            "上傳團體活動時間",
        }

    def test_year_and_term_are_those_of_now(self, pupil: Talker, hears: Hears) -> None:
        hears["自主學習"] = ("experience.upload", {"category": "自主學習"})
        pupil.say("自主學習")
        assert "開設學年度：115" in pupil.words
        assert "開設學期：" in pupil.words

    def test_a_window_that_closed_keeps_what_was_said(self, pupil: Talker, world: World) -> None:
        self.filled(pupil)
        experience_world.close(world, hours=-1)
        pupil.say("好")
        assert "填過的內容都還在" in pupil.words
        assert [one.state for one in self.all()] == [ExperienceState.DRAFT]

    def test_pressed_twice_is_sent_once(self, pupil: Talker) -> None:
        token = self.filled(pupil).button("送出").token
        pupil.say("確認", token=token)
        pupil.say("確認", token=token)
        assert len(self.all()) == 1

    def test_a_returned_one_is_mended(self, pupil: Talker, world: World) -> None:
        one = experience_world.sent(world)
        experiences.return_(experience_world.officer(world), one.id, "日期不對，請更正。")
        pupil.say("退回的那件我改好了")
        pupil.say("完成日期改成115/11/5")
        while not _confirms(pupil):
            pupil.say("跳過")
        pupil.press("送出")
        (sent,) = self.all()
        assert (sent.id, sent.state) == (one.id, ExperienceState.SENT)
        assert sent.details["made_on"] == "2026-11-05"

    def test_nothing_was_returned(self, pupil: Talker) -> None:
        pupil.say("退回的那件我改好了")
        assert "目前沒有被退回的多元表現" in pupil.words

    def test_a_teacher_uploads_none(self, world: World, as_: As) -> None:
        teacher = as_(world.master)
        teacher.say("上傳多元表現")
        assert "由學生辦理" in teacher.words

    def filled(self, pupil: Talker) -> Talker:
        pupil.say("上傳多元表現")
        pupil.press("上傳作品成果")
        pupil.say("微電影")
        pupil.say("115/11/1")
        pupil.say("校慶放映。")
        pupil.say("", ("劇本.pdf", pdf()))
        while not _confirms(pupil):
            pupil.say("跳過")
        return pupil


def _confirms(talker: Talker) -> bool:
    """Whether the summary stands."""
    return any(one.token for one in talker.buttons)


class TestRecords:
    @pytest.fixture
    def school(self, app: Flask) -> Records:
        made = make_records()
        make_window(made.world.school, WindowKind.EXPERIENCE_UPLOAD)
        return made

    @pytest.fixture
    def pupil(self, school: Records, as_: As) -> Talker:
        return as_(school.pupil)

    @pytest.fixture(autouse=True)
    def words(self, hears: Hears) -> None:
        hears["看我的修課紀錄"] = ("record.show", {"item_kind": "修課紀錄"})
        hears["數學幾分"] = ("record.show", {"course": "數學"})
        hears["我的學籍資料"] = ("record.show", {"item_kind": "學籍資料"})
        hears["學校有沒有幫我登幹部"] = ("record.show", {"item_kind": "幹部"})
        hears["我上傳過哪些多元表現"] = ("record.show", {"item_kind": "多元表現"})
        hears["我的紀錄"] = ("record.show", {})
        hears["我的幹部紀錄有誤"] = ("record.show", {"item_kind": "幹部紀錄"})

    def test_courses_with_credits_and_score(self, school: Records, pupil: Talker) -> None:
        school.grade("85", "50")
        school.enter("retake", score="72", subject="英文")
        pupil.say("看我的修課紀錄")
        assert "共 2 科" in pupil.words
        rows = {row[0].label: row[2:] for row in part(pupil, Table).rows}
        assert rows["國語文（一）"] == ["85", "及格"]

    def test_one_course_by_name(self, school: Records, pupil: Talker) -> None:
        school.enter(score="72.5")
        pupil.say("數學幾分")
        assert "「數學」成績 72.5，及格，取得 4 學分" in pupil.words

    def test_none_yet(self, pupil: Talker) -> None:
        pupil.say("看我的修課紀錄")
        assert "還沒有修課紀錄" in pupil.words

    def test_basic_data_without_what_identifies(self, school: Records, pupil: Talker) -> None:
        basics.begin_fill(school.clerk, TERM)
        pupil.say("我的學籍資料")
        facts = {row[0]: row[1] for row in part(pupil, Facts).rows}
        assert facts["學籍狀態"] == "在學"
        assert school.world.student.national_id is not None
        assert school.world.student.national_id[:4] not in str(pupil.last)

    def test_posts(self, school: Records, pupil: Talker) -> None:
        school.post()
        pupil.say("學校有沒有幫我登幹部")
        assert "共 1 筆" in pupil.words
        assert part(pupil, Table).rows[0][:2] == ["班長", "一年一班"]

    def test_experiences_with_hours_of_service(self, school: Records, pupil: Talker) -> None:
        experience_world.sent(school.world, "service")
        experience_world.draft(school.world, "work")
        pupil.say("我上傳過哪些多元表現")
        assert "已送出 1 件" in pupil.words
        assert part(pupil, Facts).rows[0][:2] == ["服務學習時數", "24.5 小時"]
        assert part(pupil, Table).total == 1

    def test_everything_in_figures(self, school: Records, pupil: Talker) -> None:
        school.post()
        pupil.say("我的紀錄")
        facts = {row[0]: row[1] for row in part(pupil, Facts).rows}
        assert facts["幹部紀錄"] == "1 筆"
        assert pupil.links[0].endpoint == "portfolio.timeline"

    def test_an_error_is_reported(self, school: Records, pupil: Talker) -> None:
        pupil.say("我的幹部紀錄有誤")
        assert "哪一項資料：幹部紀錄" in pupil.words
        pupil.say("上學期擔任學藝股長，沒有列出。")
        pupil.press("送出回報")
        (case,) = db.reading().scalars(sa.select(RecordCase))
        assert (case.area, case.text) == ("posts", "上學期擔任學藝股長，沒有列出。")
        assert "1 件回報等待答覆" in pupil.words

    def test_the_button_under_records_reports_too(self, pupil: Talker) -> None:
        pupil.say("我的紀錄")
        pupil.press("資料有誤")
        assert "哪一項資料有錯？" in pupil.words

    def test_a_parent_of_two_sees_both_or_the_one_named(
        self, school: Records, as_: As, hears: Hears
    ) -> None:
        school.grade("85", "50")
        parent = as_(family(school.world, school.world.student, school.mate))
        parent.say("看我的修課紀錄")
        assert school.world.student.number in parent.words
        assert school.mate.number in parent.words
        assert "有 1 科不及格" in parent.words
        assert parent.buttons == []
        hears["看他的成績"] = ("record.show", {"student": school.world.student.name})
        parent.say("看他的成績")
        assert school.mate.number not in parent.words

    def test_a_parent_reports_nothing(self, school: Records, as_: As) -> None:
        parent = as_(family(school.world))
        parent.say("回報資料錯誤")
        parent.say("我的幹部紀錄有誤")
        assert "還沒有學校登錄的幹部紀錄" in parent.words

    @pytest.mark.parametrize("who", ["homeroom", "counsellor"])
    def test_those_who_look_after_a_student_name_them(
        self, who: str, school: Records, as_: As, hears: Hears
    ) -> None:
        school.grade("85", "50")
        actor: Actor = getattr(school, who)()
        teacher = as_(actor)
        teacher.say("看我的修課紀錄")
        assert "請說出學生的姓名" in teacher.words
        hears["看這位的成績"] = ("record.show", {"student": school.world.student.name})
        teacher.say("看這位的成績")
        assert school.world.student.number in teacher.words
        (link,) = [row[0] for row in part(teacher, Table).rows]
        assert link.endpoint == "portfolio.record_of"

    def test_a_counsellor_of_others_finds_nobody(
        self, school: Records, as_: As, hears: Hears
    ) -> None:
        hears["看那位的成績"] = ("record.show", {"student": school.mate.name})
        teacher = as_(school.counsellor())
        teacher.say("看那位的成績")
        assert "找不到這位學生" in teacher.words

    def test_a_subject_teacher_has_no_records_of_pupils(self, school: Records, as_: As) -> None:
        teacher = as_(school.master)
        teacher.say("看我的修課紀錄")
        assert "由學生、家長、導師與課程諮詢教師辦理" in teacher.words


class TestCounselling:
    @pytest.fixture
    def rooms(self, app: Flask) -> Rooms:
        made = make_rooms()
        made.kept()
        return made

    @pytest.fixture(autouse=True)
    def words(self, hears: Hears) -> None:
        hears["諮詢紀錄"] = ("counselling.show", {})
        hears["上學期的諮詢紀錄"] = ("counselling.show", {"term": "2"})
        hears["看周以安的諮詢紀錄"] = ("counselling.show", {"student": "周以安"})
        hears["看馬若望的諮詢紀錄"] = ("counselling.show", {"student": "馬若望"})

    def test_ones_own_with_what_was_advised(self, rooms: Rooms, as_: As) -> None:
        pupil = as_(rooms.world.pupil)
        pupil.say("諮詢紀錄")
        assert "共 1 次諮詢" in pupil.words
        facts = {row[0]: row[1] for row in part(pupil, Facts).rows}
        assert facts["建議"] == "先修完物理基礎，再選工程探索。"
        pupil.say("上學期的諮詢紀錄")
        assert "還沒有諮詢紀錄" in pupil.words

    def test_a_parent_only_where_the_school_allows(self, rooms: Rooms, as_: As) -> None:
        parent = as_(rooms.family)
        parent.say("諮詢紀錄")
        assert "沒有開放家長查看課程諮詢紀錄" in parent.words
        make_rule(rooms.world.school, "counselling.shown_to_parent", True)
        parent.say("諮詢紀錄")
        assert "共 1 次諮詢" in parent.words
        assert "先修完物理基礎" not in str(parent.last)
        read = sa.select(AuditEvent).where(AuditEvent.verb == "counselling.read")
        assert len(db.reading().scalars(read).all()) == 1

    def test_a_counsellor_sees_how_far_and_one_by_name(self, rooms: Rooms, as_: As) -> None:
        rooms.kept(rooms.mates[1], topic="升學進路")
        counsellor = as_(rooms.me)
        counsellor.say("諮詢紀錄")
        assert "您的學生 3 位，本學期已諮詢 2 位" in counsellor.words
        assert [tuple(bar)[1:] for bar in part(counsellor, Bars).bars] == [(2, 3)]
        counsellor.say("看周以安的諮詢紀錄")
        assert "周以安：共 1 次諮詢" in counsellor.words
        assert part(counsellor, Table).rows[0][1] == "升學進路"

    def test_another_counsellors_student_is_not_there(self, rooms: Rooms, as_: As) -> None:
        rooms.kept(rooms.stranger, actor=rooms.colleague)
        counsellor = as_(rooms.me)
        counsellor.say("看馬若望的諮詢紀錄")
        assert "您的學生裡沒有「馬若望」" in counsellor.words
        assert not any(isinstance(one, Table) for one in counsellor.last)

    def test_the_registry_reads_none(self, rooms: Rooms, as_: As) -> None:
        clerk = as_(rooms.world.clerk)
        clerk.say("諮詢紀錄")
        assert "您的身分不能使用" in clerk.words


class TestExport:
    @pytest.fixture
    def world(self, app: Flask) -> World:
        return make_world()

    @pytest.fixture(autouse=True)
    def words(self, hears: Hears) -> None:
        hears["匯出學習歷程"] = ("portfolio.export", {})
        hears["連諮詢紀錄一起打包下載"] = ("portfolio.export", {})
        hears["產生備審資料"] = ("portfolio.export", {})

    def exports(self) -> list[PortfolioExport]:
        return list(db.reading().scalars(sa.select(PortfolioExport)))

    def test_asked_confirmed_and_begun(self, world: World, as_: As) -> None:
        pupil = as_(world.pupil)
        pupil.say("匯出學習歷程")
        assert "要把課程諮詢紀錄也放進匯出檔嗎？" in pupil.words
        pupil.press("否")
        pupil.say("復原")
        assert "要把課程諮詢紀錄也放進匯出檔嗎？" in pupil.words
        pupil.press("否")
        assert self.exports() == []
        pupil.press("開始匯出")
        (made,) = self.exports()
        progress = part(pupil, Progress)
        assert (made.job_id, made.counselling) == (progress.job_id, False)
        assert progress.link is not None
        assert progress.link.args == {"export_id": made.id}

    def test_the_folder_that_is_named_is_ticked(self, world: World, as_: As) -> None:
        pupil = as_(world.pupil)
        pupil.say("連諮詢紀錄一起打包下載")
        pupil.press("開始匯出")
        assert [one.counselling for one in self.exports()] == [True]

    def test_a_parent_only_where_the_school_allows(self, world: World, as_: As) -> None:
        parent = as_(family(world))
        parent.say("匯出學習歷程")
        assert "沒有開放家長匯出" in parent.words
        make_rule(world.school, "export.by_parent", True)
        parent.say("匯出學習歷程")
        parent.press("開始匯出")
        (made,) = self.exports()
        assert (made.student_id, made.counselling) == (world.student.id, False)

    def test_a_parent_of_two_says_whose(self, world: World, as_: As, hears: Hears) -> None:
        make_rule(world.school, "export.by_parent", True)
        mate = make_student(world.school, world.school_class, 2, name="周以安")
        parent = as_(family(world, world.student, mate))
        parent.say("匯出學習歷程")
        assert "請說出要匯出哪一位子女" in parent.words
        hears["匯出以安的學習歷程"] = ("portfolio.export", {"student": "以安"})
        parent.say("匯出以安的學習歷程")
        parent.press("開始匯出")
        assert [one.student_id for one in self.exports()] == [mate.id]

    def test_the_admission_preview_is_its_own_page(self, world: World, as_: As) -> None:
        pupil = as_(world.pupil)
        pupil.say("產生備審資料")
        assert [one.endpoint for one in pupil.links] == ["portfolio.admission"]

    def test_a_teacher_exports_nobodys(self, world: World, as_: As) -> None:
        teacher = as_(world.master)
        teacher.say("匯出學習歷程")
        assert "由學生與家長辦理" in teacher.words
        assert Role.TEACHER in world.master.roles
