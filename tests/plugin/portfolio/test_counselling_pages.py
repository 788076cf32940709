"""Pages of counselling: what is typed survives, what is shown is right, desks say what to do."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from forms.definition import describe
from plugin import db, retention
from plugin.portfolio.forms.counselling import CounsellingForm
from plugin.portfolio.models import Counselling, CounsellingState, CounsellorAssignment
from plugin.portfolio.operations.counselling import phrases
from plugin.portfolio.queries import counselling as reads
from plugin.school.models import Window, WindowKind
from plugin.vault.models import FileState, StoredFile
from tests.factories import actor_of, make_staff, make_student, seat
from tests.plugin.portfolio.consultations import TODAY, Rooms, make_rooms
from tests.plugin.portfolio.world import pdf


@pytest.fixture
def rooms(app: Flask) -> Rooms:
    return make_rooms()


def post(client: FlaskClient, path: str, data: dict[str, Any], page: str = "") -> TestResponse:
    """Send a form as its page would: with its token and what it carries hidden."""
    body = client.get(page or path).text
    hidden = dict(
        re.findall(r'<input type="hidden" name="(version|page_key)" value="([^"]*)"', body)
    )
    token = re.search(r'name="csrf-token" content="([^"]+)"', body)
    assert token
    sent = hidden | {"csrf_token": token[1]} | data
    answer = client.post(path, data=sent)
    answer.request.environ["wsgi.input"].close()  # a large body is a temporary file
    return answer


def typed(rooms: Rooms, **changes: Any) -> dict[str, Any]:
    """A whole form as the counsellor types it."""
    return {
        "kind": "individual",
        "held_on": "115/11/20",
        "place": "輔導室",
        "students": [str(rooms.mates[0].id)],
        "topic": "選課輔導",
        "summary": "討論二年級的選修科目。",
        "advice": "先修完物理基礎。",
        "act": "register",
    } | changes


def only() -> Counselling:
    db._close_reads()
    return db.reading().scalars(sa.select(Counselling)).one()


class TestForm:
    def test_a_consultation_is_registered_with_its_document(
        self, client: FlaskClient, rooms: Rooms, act_as: Callable[[Any], Any]
    ) -> None:
        act_as(rooms.me)
        sent = typed(rooms, document=(io.BytesIO(pdf()), "選課單.pdf"))
        answer = post(client, "/counselling/new", sent)
        assert answer.status_code == 302
        page = client.get(answer.location).text
        for words in ("已登錄", "選課單.pdf", "收件回條", rooms.mates[0].name, "先修完物理基礎"):
            assert words in page
        record = only()
        assert record.state is CounsellingState.KEPT
        file = db.reading().get_one(StoredFile, record.document_file_id or 0)
        assert (file.state, file.slot) == (FileState.ACCEPTED, "counselling.document")

    def test_how_it_read_before_is_shown_to_its_readers(
        self, client: FlaskClient, rooms: Rooms, act_as: Callable[[Any], Any]
    ) -> None:
        record = rooms.kept(summary="原來的簡述", document_file_id=rooms.file(pdf(), "原來.pdf"))
        act_as(rooms.me)
        page = f"/counselling/{record.id}"
        assert "先前的版本" not in client.get(page).text
        assert post(client, f"{page}/edit", typed(rooms, summary="改過的")).status_code == 302
        for who, path in (
            (rooms.me, page),
            (rooms.me, f"/counselling/students/{rooms.mates[0].id}"),
            (actor_of(rooms.mates[0]), "/counselling/mine"),
        ):
            act_as(who)
            answer = client.get(path)
            assert answer.status_code == 200, path
            for words in ("先前的版本", "原來的簡述", "改過的", rooms.counsellor.name):
                assert words in answer.text, (path, words)
            assert ("原來.pdf" in answer.text) is ("students" not in path)

    def test_an_error_keeps_every_word_and_the_file(
        self, client: FlaskClient, rooms: Rooms, act_as: Callable[[Any], Any]
    ) -> None:
        act_as(rooms.me)
        sent = typed(
            rooms, held_on="那天下午", summary="長" * 101, document=(io.BytesIO(pdf()), "單.pdf")
        )
        answer = post(client, "/counselling/new", sent)
        assert answer.status_code == 422
        assert "看不懂這個日期" in answer.text
        for words in ("那天下午", "長" * 101, "先修完物理基礎。", "單.pdf", "輔導室"):
            assert words in answer.text
        assert f'value="{rooms.mates[0].id}" checked' in answer.text
        draft = only()
        assert (draft.state, draft.summary) == (CounsellingState.DRAFT, "長" * 101)
        again = client.get(f"/counselling/{draft.id}/edit").text
        assert "單.pdf" in again
        assert "先修完物理基礎。" in again
        fixed = typed(rooms, **{"document-ref": str(draft.document_file_id)})
        answer = post(client, f"/counselling/{draft.id}/edit", fixed)
        assert answer.status_code == 302
        assert only().state is CounsellingState.KEPT

    def test_a_closed_window_keeps_the_draft_and_says_when_it_was_open(
        self, client: FlaskClient, rooms: Rooms, act_as: Callable[[Any], Any]
    ) -> None:
        _close(rooms)
        act_as(rooms.me)
        answer = post(client, "/counselling/new", typed(rooms))
        assert answer.status_code == 422
        assert "「課程諮詢紀錄登錄」已截止" in answer.text
        assert only().state is CounsellingState.DRAFT

    @pytest.mark.parametrize(
        ("content", "name", "words"),
        [
            (b"PK\x03\x04 no document", "報告.docx", "PDF"),
            (pdf("x") + b" " * (4 * 1024 * 1024), "大.pdf", "4.0 MB"),
        ],
    )
    def test_a_refused_file_costs_nothing_else(
        self, client: FlaskClient, rooms: Rooms, act_as: Callable[[Any], Any],
        content: bytes, name: str, words: str,
    ) -> None:  # fmt: skip
        act_as(rooms.me)
        sent = typed(rooms, document=(io.BytesIO(content), name))
        answer = post(client, "/counselling/new", sent)
        assert answer.status_code == 422
        assert words in answer.text
        assert "先修完物理基礎。" in answer.text
        assert only().advice == "先修完物理基礎。"
        assert db.reading().scalars(sa.select(StoredFile)).all() == []

    def test_an_empty_form_begins_nothing(
        self, client: FlaskClient, rooms: Rooms, act_as: Callable[[Any], Any]
    ) -> None:
        act_as(rooms.me)
        answer = post(client, "/counselling/new", {"kind": "individual", "act": "register"})
        assert answer.status_code == 422
        assert db.reading().scalar(sa.select(sa.func.count(Counselling.id))) == 0

    def test_a_stranger_in_the_form_is_no_choice(
        self, client: FlaskClient, rooms: Rooms, act_as: Callable[[Any], Any]
    ) -> None:
        act_as(rooms.me)
        assert rooms.stranger.name not in client.get("/counselling/new").text
        answer = post(client, "/counselling/new", typed(rooms, students=[str(rooms.stranger.id)]))
        assert answer.status_code == 422
        assert reads.participants(only().id) == []

    def test_ticked_students_make_a_group(
        self, client: FlaskClient, rooms: Rooms, act_as: Callable[[Any], Any]
    ) -> None:
        act_as(rooms.me)
        ids = [rooms.mates[0].id, rooms.mates[2].id]
        page = client.get("/counselling/new", query_string={"student": [*ids, rooms.stranger.id]})
        chosen = re.findall(r'name="students"[^>]*value="(\d+)"[^>]*checked', page.text)
        assert sorted(map(int, chosen)) == sorted(ids)
        assert re.search(r'value="group"[^>]*checked', page.text)

    def test_a_template_is_inserted_and_nothing_typed_is_lost(
        self, client: FlaskClient, rooms: Rooms, act_as: Callable[[Any], Any]
    ) -> None:
        template = phrases.keep_template(rooms.me, "物理", "多練習受力圖。")
        theirs = phrases.keep_template(rooms.colleague, "化學", "別人的話。")
        act_as(rooms.me)
        answer = post(
            client, "/counselling/new", typed(rooms, act="insert", template=str(template.id))
        )
        assert "先修完物理基礎。\n多練習受力圖。" in answer.text.replace("\r", "")
        assert only().advice == "先修完物理基礎。\n多練習受力圖。"
        path = f"/counselling/{only().id}/edit"
        answer = post(client, path, typed(rooms, act="insert", template=str(theirs.id)))
        assert "別人的話" not in answer.text

    def test_a_change_in_time_and_a_wrong_one(
        self, client: FlaskClient, rooms: Rooms, act_as: Callable[[Any], Any]
    ) -> None:
        record = rooms.kept()
        act_as(rooms.me)
        path = f"/counselling/{record.id}/edit"
        answer = post(client, path, typed(rooms, summary="", place="線上"))
        assert answer.status_code == 422
        assert "線上" in answer.text
        assert only().place == "輔導室"
        assert post(client, path, typed(rooms, place="線上")).status_code == 302
        assert only().place == "線上"
        _close(rooms)
        answer = post(client, path, typed(rooms, place="電話"))
        assert answer.status_code == 422
        assert "補充說明" in answer.text
        page = client.get(f"/counselling/{record.id}").text
        assert "登錄期間已結束" in page
        assert f'href="/counselling/{record.id}/edit"' not in page

    def test_every_door_can_ask_it(self, app: Flask) -> None:
        with app.test_request_context():
            told = describe(CounsellingForm)
        assert told.name == "counselling.log"
        assert told.field("students").pii
        assert [one.key for one in told.groups] == ["meeting", "content", "follow", "advice"]

    def test_more_students_than_a_dozen_are_searched(
        self, client: FlaskClient, rooms: Rooms, act_as: Callable[[Any], Any]
    ) -> None:
        act_as(rooms.me)
        assert 'data-module="lc-pick"' not in client.get("/counselling/new").text
        for number in range(11, 22):
            seat(make_student(rooms.world.school), rooms.world.school_class, number)
        assert 'data-module="lc-pick"' in client.get("/counselling/new").text


class TestRecords:
    def test_added_followed_and_void_by_their_pages(
        self, client: FlaskClient, rooms: Rooms, act_as: Callable[[Any], Any]
    ) -> None:
        record = rooms.kept(follow_up="確認選課", follow_up_on=TODAY)
        path = f"/counselling/{record.id}"
        act_as(rooms.me)
        assert "待追蹤，已到期" in client.get(path).text
        assert post(client, f"{path}/add", {"text": "已和家長聯絡。"}).status_code == 302
        assert post(client, f"{path}/followed", {}, path).status_code == 302
        page = client.get(path).text
        assert "已和家長聯絡。" in page
        assert "已追蹤" in page
        assert post(client, f"{path}/void", {"reason": ""}).status_code == 422
        assert post(client, f"{path}/void", {"reason": "重複登錄"}).status_code == 302
        page = client.get(path).text
        assert "這筆紀錄已作廢" in page
        assert "重複登錄" in page
        assert f"{path}/void" not in page

    def test_a_draft_is_thrown_away(
        self, client: FlaskClient, rooms: Rooms, act_as: Callable[[Any], Any]
    ) -> None:
        draft = rooms.draft()
        path = f"/counselling/{draft.id}"
        act_as(rooms.me)
        assert post(client, f"{path}/discard", {}, path).status_code == 302
        assert client.get(path).status_code == 404

    def test_the_printed_page_says_that_it_stays_in_the_school(
        self, client: FlaskClient, rooms: Rooms, act_as: Callable[[Any], Any]
    ) -> None:
        record = rooms.kept()
        act_as(rooms.me)
        for path in (
            f"/counselling/{record.id}/print",
            f"/counselling/students/{rooms.mates[0].id}/print",
        ):
            page = client.get(path).text
            assert "校內資料，不提交" in page
            assert "簽名" in page
            assert rooms.mates[0].name in page

    @pytest.mark.parametrize("state", ["", "open", "draft", "kept", "void", "x"])
    def test_the_list_by_state(
        self, client: FlaskClient, rooms: Rooms, act_as: Callable[[Any], Any], state: str
    ) -> None:
        rooms.kept(topic="甲主題", follow_up="確認", follow_up_on=TODAY)
        rooms.kept(topic="乙主題")
        rooms.draft(topic="丙主題")
        act_as(rooms.me)
        page = client.get(f"/counselling/records?state={state}").text
        shown = {one for one in "甲乙丙" if f"{one}主題" in page}
        expected = {"open": "甲", "draft": "丙", "kept": "甲乙", "void": ""}.get(state, "甲乙丙")
        assert shown == set(expected)


class TestOffice:
    def test_the_registry_assigns_by_class_and_number_and_ends_it(
        self, client: FlaskClient, rooms: Rooms, act_as: Callable[[Any], Any]
    ) -> None:
        act_as(rooms.world.clerk)
        sent = {
            "counsellor": str(rooms.other.id),
            "classes": [str(rooms.world.school_class.id)],
            "numbers": f"{rooms.mates[1].number}，{rooms.mates[2].number}\n0000",
            "starts_on": "115/11/20",
        }
        answer = post(client, "/counselling/assignments/new", sent)
        assert answer.status_code == 422
        assert "沒有這些學號的學生：0000" in answer.text
        sent["numbers"] = sent["numbers"].replace("0000", "")
        assert post(client, "/counselling/assignments/new", sent).status_code == 302
        page = client.get("/counselling/assignments").text
        assert page.count("結束指派") >= 5
        assert "已新增 3 項指派" in page
        row = db.reading().scalars(
            sa.select(CounsellorAssignment).where(
                CounsellorAssignment.counsellor_id == rooms.counsellor.id
            )
        ).one()  # fmt: skip
        path = f"/counselling/assignments/{row.id}/end"
        assert post(client, path, {}, "/counselling/assignments").status_code == 302
        act_as(rooms.me)
        assert "還沒有指派給您的學生" in client.get("/counselling").text
        act_as(rooms.world.clerk)
        assert "已結束" in client.get("/counselling/assignments?ended=1").text

    def test_topics_and_templates_by_their_pages(
        self, client: FlaskClient, rooms: Rooms, act_as: Callable[[Any], Any]
    ) -> None:
        act_as(rooms.me)
        assert "升學進路" in client.get("/counselling/new").text
        assert post(client, "/counselling/topics", {"topics": "甲\n乙"}).status_code == 302
        page = client.get("/counselling/new").text
        assert "升學進路" not in page
        sent = {"title": "開場", "body": "先說說你的興趣。"}
        assert post(client, "/counselling/templates", sent).status_code == 302
        assert post(client, "/counselling/templates", sent).status_code == 422
        (one,) = reads.templates(rooms.me)
        path = f"/counselling/templates/{one.id}"
        assert post(client, path, sent | {"body": "改過了"}).status_code == 302
        assert "改過了" in client.get("/counselling/templates").text
        assert post(client, f"{path}/drop", {}, "/counselling/templates").status_code == 302
        assert client.get(path).status_code == 404

    def test_a_school_without_counsellors_is_told_what_to_do(
        self, client: FlaskClient, app: Flask, act_as: Callable[[Any], Any]
    ) -> None:
        from plugin.actor import Role
        from tests.factories import make_school

        act_as(actor_of(make_staff(make_school(), Role.REGISTRY)))
        assert "學校還沒有課程諮詢教師" in client.get("/counselling/assignments").text


class TestDesks:
    def test_the_counsellors_desk_says_what_waits(
        self, client: FlaskClient, rooms: Rooms, act_as: Callable[[Any], Any]
    ) -> None:
        rooms.kept(follow_up="確認", follow_up_on=TODAY)
        rooms.draft()
        act_as(rooms.me)
        page = client.get("/").text
        assert "這個身分的功能尚未開放" not in page
        for words in (
            "我的諮詢學生", "1 / 3", "追蹤 1 筆到期的課程諮詢", "完成 1 筆課程諮詢紀錄草稿",
            "還有 2 位學生沒有紀錄",
        ):  # fmt: skip
            assert words in page, words
        assert not any(one.name in page for one in rooms.mates)

    def test_an_empty_desk_says_whom_it_waits_for(
        self, client: FlaskClient, rooms: Rooms, act_as: Callable[[Any], Any]
    ) -> None:
        from plugin.actor import Role

        act_as(actor_of(make_staff(rooms.world.school, Role.COUNSELLOR)))
        page = client.get("/").text
        assert "這個身分的功能尚未開放" not in page
        assert "我的諮詢學生" in page

    def test_the_registry_hears_of_students_without_a_counsellor(
        self, client: FlaskClient, rooms: Rooms, act_as: Callable[[Any], Any]
    ) -> None:
        act_as(rooms.world.clerk)
        assert "還沒有課程諮詢教師的學生" not in client.get("/").text
        make_student(rooms.world.school)
        assert "為 1 位還沒有課程諮詢教師的學生指派教師" in client.get("/").text


def test_what_is_kept_about_people_is_told(rooms: Rooms) -> None:
    from plugin.trail import holdings
    from plugin.trail.holdings import About

    def told(person_id: int) -> dict[str, int | None]:
        about = About(rooms.world.school.id, person_id)
        return {str(one.what): one.count for one in holdings.of(about)}

    rooms.kept(*rooms.mates)
    rooms.draft()
    assert told(rooms.mates[0].id)["課程諮詢紀錄"] == 1
    assert told(rooms.counsellor.id)["您登錄的課程諮詢紀錄"] == 2
    assert "課程諮詢紀錄" not in told(rooms.stranger.id)


def test_a_counsellors_expiring_draft_file_leads_to_the_drafts(rooms: Rooms, clock: Any) -> None:
    from plugin.trail.models import Message
    from plugin.vault import operations as vault

    rooms.draft(document_file_id=rooms.file())
    clock.advance(days=400)
    assert vault.warn_expiring(retention.of_files()) == 1
    mine = sa.select(Message.path).where(Message.person_id == rooms.counsellor.id)
    assert db.reading().scalars(mine).all() == ["/counselling/records?state=draft"]


def _close(rooms: Rooms) -> None:
    from plugin import clock

    with db.writing() as session:
        session.execute(
            sa.update(Window)
            .where(Window.kind == WindowKind.COUNSELLING)
            .values(closes_at=clock.now() - timedelta(hours=1))
        )
