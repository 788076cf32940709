"""One form by talking: every answer, every way out, and nothing done that was not confirmed."""

from __future__ import annotations

import io
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from flask_babel import force_locale

from plugin import db, retention, uploads
from plugin.actor import Actor, Role
from plugin.assistant import hearing, operations
from plugin.assistant.dialogue import commands, phrases
from plugin.assistant.models import Conversation, Turn
from plugin.portfolio.forms import OutcomeForm
from plugin.portfolio.models import Outcome, OutcomeState
from plugin.school.models import Enrolment, Window
from plugin.skills.replies import Facts
from tests.factories import FrozenClock, actor_of, enrol, make_course, make_student, make_teacher
from tests.plugin.assistant.hearing import Hears
from tests.plugin.assistant.talker import Talker
from tests.plugin.portfolio.world import World, make_world, mp3, pdf

ActAs = Callable[[Actor | None], Actor | None]
UPLOAD = "幫我上傳國文課的成果，標題是赤壁賦心得"


@pytest.fixture
def world(app: Flask) -> World:
    return make_world()


@pytest.fixture(autouse=True)
def hears(monkeypatch: pytest.MonkeyPatch) -> Hears:
    known = Hears()
    known[UPLOAD] = ("outcome.upload", {"course": "國文", "title": "赤壁賦心得"})
    known["我的成果怎麼樣了"] = ("outcome.status", {})
    known["我要交作業"] = ("outcome.upload", {})
    monkeypatch.setattr(hearing, "_read", known.read)
    return known


@pytest.fixture
def pupil(client: FlaskClient, world: World, act_as: ActAs) -> Talker:
    act_as(world.pupil)
    return Talker(client, world.pupil)


def outcomes() -> list[Outcome]:
    return list(db.reading().scalars(sa.select(Outcome).order_by(Outcome.id)))


def waiting_files() -> list[Path]:
    """Uploads on their way that nobody has taken yet."""
    return list(uploads.staging().glob("*.part"))


def ready(pupil: Talker) -> Talker:
    """Everything answered; the summary stands."""
    pupil.say(UPLOAD)
    pupil.say("比較前後赤壁賦的心境轉折。")
    pupil.say("", ("心得.pdf", pdf()))
    pupil.say("跳過")
    pupil.say("跳過")
    assert pupil.button("送出認證").token
    return pupil


class TestAnswering:
    def test_a_sentence_fills_what_it_holds_and_the_rest_is_asked(self, pupil: Talker) -> None:
        pupil.say(UPLOAD)
        assert "國語文（一）" in pupil.words
        assert "赤壁賦心得" in pupil.words
        assert pupil.words.count("請用幾句話簡述這件成果。") == 1

    def test_the_whole_of_it_hands_an_outcome_in(self, pupil: Talker) -> None:
        ready(pupil).press("送出認證")
        (sent,) = outcomes()
        assert sent.state is OutcomeState.SENT
        assert (sent.title, sent.summary) == ("赤壁賦心得", "比較前後赤壁賦的心境轉折。")
        (facts,) = [one for one in pupil.last if isinstance(one, Facts)]
        assert facts.rows[0][1].startswith("20261120-")
        assert pupil.links[0].endpoint == "portfolio.outcome"

    def test_a_typed_yes_confirms_what_stands(self, pupil: Talker) -> None:
        ready(pupil).say("好")
        assert [one.state for one in outcomes()] == [OutcomeState.SENT]

    def test_too_long_a_summary_is_told_and_not_taken(self, pupil: Talker) -> None:
        pupil.say(UPLOAD)
        pupil.say("長" * 101)
        assert "100" in pupil.words
        assert "請用幾句話簡述這件成果。" in pupil.words

    def test_a_slot_is_validated_like_an_answer(self, pupil: Talker, hears: Hears) -> None:
        """A pre-filled value must not slip past the rules of its field."""
        hears["交一件"] = ("outcome.upload", {"course": "國文", "title": "題" * 61})
        pupil.say("交一件")
        assert "60" in pupil.words
        pupil.say("短的題目")
        assert "短的題目" in pupil.words

    def test_a_course_that_is_not_ones_own_is_no_choice(
        self, pupil: Talker, world: World, hears: Hears
    ) -> None:
        make_course(world.school, name="進階化學")
        hears["化學"] = ("outcome.upload", {"course": "進階化學"})
        pupil.say("化學")
        assert "找不到符合「進階化學」的課程" in pupil.words
        assert "進階化學" not in {str(one.label) for one in pupil.buttons}

    def test_two_courses_that_fit_are_asked_back(
        self, pupil: Talker, world: World, hears: Hears
    ) -> None:
        other = make_course(world.school, name="國語文閱讀", teacher=make_teacher(world.school))
        enrol(world.student, other)
        pupil.say(UPLOAD)
        assert "是指哪一個" in pupil.words
        pupil.press("國語文閱讀")
        assert "國語文閱讀" in pupil.words
        assert "請用幾句話簡述這件成果。" in pupil.words

    def test_a_place_in_the_list_is_an_answer(self, pupil: Talker) -> None:
        pupil.say("我要交作業")
        pupil.say("第一個")
        assert "課程：國語文（一）" in pupil.words


class TestSteering:
    def test_why_do_you_ask(self, pupil: Talker) -> None:
        pupil.say(UPLOAD)
        pupil.say("為什麼要問")
        assert "必填" in pupil.words
        assert "請用幾句話簡述這件成果。" in pupil.words

    def test_what_must_be_answered_is_not_skipped(self, pupil: Talker) -> None:
        pupil.say(UPLOAD)
        pupil.say("跳過")
        assert "不能跳過" in pupil.words

    def test_undo_takes_the_last_answer_back(self, pupil: Talker) -> None:
        pupil.say(UPLOAD)
        pupil.say("第一個想法")
        pupil.say("復原")
        assert "已收回「成果簡述」的答案" in pupil.words
        assert "請用幾句話簡述這件成果。" in pupil.words

    def test_back_shows_the_answer_that_stands(self, pupil: Talker) -> None:
        pupil.say(UPLOAD)
        pupil.say("第一個想法")
        pupil.say("上一步")
        assert "目前的答案：第一個想法" in pupil.words

    def test_progress_tells_what_is_left(self, pupil: Talker) -> None:
        pupil.say(UPLOAD)
        pupil.say("還有幾題")
        assert "2／6" in pupil.words
        assert "成果簡述" in pupil.words

    def test_cancel_keeps_what_was_answered(self, pupil: Talker) -> None:
        pupil.say(UPLOAD)
        pupil.say("取消")
        assert "什麼都沒有送出" in pupil.words
        pupil.say("我要交作業")
        assert "答案都還在" in pupil.words
        assert "請用幾句話簡述這件成果。" in pupil.words

    def test_start_over_forgets_it(self, pupil: Talker) -> None:
        pupil.say(UPLOAD)
        pupil.say("重新開始")
        assert "這是哪一門課的學習成果？" in pupil.words

    def test_the_day_after_it_goes_on(self, pupil: Talker, clock: FrozenClock) -> None:
        pupil.say(UPLOAD)
        clock.advance(days=1)
        pupil.say("繼續")
        assert "請用幾句話簡述這件成果。" in pupil.words

    def test_a_question_in_between_is_answered_and_the_form_goes_on(self, pupil: Talker) -> None:
        pupil.say(UPLOAD)
        pupil.say("我的成果怎麼樣了")
        assert "還沒有課程學習成果" in pupil.words
        assert pupil.words.endswith("例如：比較前後〈赤壁賦〉的心境轉折，並以心智圖整理論點。")


class TestCorrecting:
    def test_not_so_but(self, pupil: Talker) -> None:
        pupil.say(UPLOAD)
        pupil.say("第一個想法")
        pupil.say("不對，是另一個想法")
        assert "成果簡述：另一個想法" in pupil.words

    def test_a_named_field_is_changed(self, pupil: Talker) -> None:
        ready(pupil).say("標題改成水質調查")
        assert "成果名稱：水質調查" in pupil.words
        pupil.press("送出認證")
        assert [one.title for one in outcomes()] == ["水質調查"]

    def test_no_asks_which_to_change(self, pupil: Talker) -> None:
        ready(pupil).say("不對")
        assert "要修改哪一項？" in pupil.words
        pupil.press("修改成果名稱")
        pupil.say("新名稱")
        assert "成果名稱：新名稱" in pupil.words
        assert pupil.button("送出認證").token


class TestFiles:
    def test_a_file_goes_to_the_question_that_takes_it(self, pupil: Talker) -> None:
        pupil.say(UPLOAD)
        pupil.say("", ("朗讀.mp3", mp3()))
        assert "放在「影音檔」" in pupil.words
        pupil.say("", ("心得.pdf", pdf()))
        assert "放在「文件檔」" in pupil.words

    def test_several_files_at_once(self, pupil: Talker) -> None:
        pupil.say(UPLOAD)
        pupil.say("", ("心得.pdf", pdf()), ("朗讀.mp3", mp3()))
        assert "放在「文件檔」" in pupil.words
        assert "放在「影音檔」" in pupil.words

    def test_a_file_and_not_a_word_is_asked_where_it_belongs(self, pupil: Talker) -> None:
        pupil.say("", ("心得.pdf", pdf()))
        assert "這個檔案要用在哪裡？" in pupil.words
        assert outcomes() == []
        pupil.press("上傳課程學習成果")
        assert "已收到「心得.pdf」，放在「文件檔」" in pupil.words
        assert waiting_files() == []

    def test_it_waits_for_a_sentence_as_well(self, pupil: Talker) -> None:
        pupil.say("", ("心得.pdf", pdf()))
        pupil.say(UPLOAD)
        assert "放在「文件檔」" in pupil.words
        pupil.say("比較前後赤壁賦的心境轉折。")
        pupil.say("跳過")
        pupil.say("跳過")
        pupil.press("送出認證")
        (sent,) = outcomes()
        assert sent.document_file_id is not None

    def test_what_it_is_is_judged_when_it_finds_its_place(self, pupil: Talker) -> None:
        pupil.say("", ("心得.pdf", b"MZ not a document"))
        pupil.press("上傳課程學習成果")
        assert "已收到" not in pupil.words
        assert [one for one in pupil.says if one.tone == "warning"]
        assert waiting_files() == []

    def test_it_waits_no_longer_than_an_upload_that_was_cut_off(self, pupil: Talker) -> None:
        pupil.say("", ("心得.pdf", pdf()))
        (waits,) = waiting_files()
        os.utime(waits, (0, 0))
        assert uploads.sweep(waits.parent, retention.row("staging")) == 1
        pupil.press("上傳課程學習成果")
        assert "先前放進來的「心得.pdf」已經過期" in pupil.words
        assert "這是哪一門課" in pupil.words

    def test_forgetting_forgets_it(self, pupil: Talker, client: FlaskClient) -> None:
        pupil.say("", ("心得.pdf", pdf()))
        operations.forget(pupil.actor)
        assert waiting_files() == []

    def test_giving_up_lets_go_of_it(self, pupil: Talker) -> None:
        pupil.say("", ("心得.pdf", pdf()))
        pupil.say("取消")
        assert "「心得.pdf」沒有收下" in pupil.words
        assert waiting_files() == []

    def test_what_is_not_understood_loses_no_file(self, pupil: Talker) -> None:
        pupil.say("喵喵喵", ("心得.pdf", pdf()))
        assert "「心得.pdf」先替您留著" in pupil.words
        assert len(waiting_files()) == 1

    def test_a_file_with_a_yes_is_read_back_first(self, pupil: Talker) -> None:
        """What is confirmed is what was shown, and this file was not."""
        token = ready(pupil).button("送出認證").token
        pupil.say("好", ("第二版.pdf", pdf()), token=token)
        assert outcomes() == []
        assert "第二版.pdf" in str(pupil.last)
        assert pupil.button("送出認證").token != token

    def test_what_only_calls_itself_a_pdf_is_refused(self, pupil: Talker) -> None:
        pupil.say(UPLOAD)
        pupil.say("", ("心得.pdf", b"MZ not a document"))
        assert "已收到" not in pupil.words
        assert [one for one in pupil.says if one.tone == "warning"]

    def test_a_file_may_replace_another(self, pupil: Talker) -> None:
        ready(pupil).say("修改文件檔")
        pupil.say("", ("第二版.pdf", pdf()))
        assert "先前的「心得.pdf」已換掉" in pupil.words


class TestConfirming:
    def test_nothing_is_sent_before(self, pupil: Talker) -> None:
        ready(pupil)
        assert outcomes() == []

    def test_an_old_button_confirms_nothing(self, pupil: Talker) -> None:
        old = ready(pupil).button("送出認證").token
        pupil.say("標題改成另一個")
        pupil.say("確認", token=old)
        assert outcomes() == []
        assert "不一樣了" in pupil.words

    def test_a_made_up_token_confirms_nothing(self, pupil: Talker) -> None:
        ready(pupil).say("確認", token="0" * 64)
        assert outcomes() == []

    def test_what_another_door_changed_must_be_seen_first(
        self, pupil: Talker, client: FlaskClient
    ) -> None:
        """The summary was shown; then the same draft was changed on its page."""
        token = ready(pupil).button("送出認證").token
        talk = operations.talk_of(pupil.actor)
        assert talk.state.task is not None
        talk.walk(talk.state.task).put({"title": ["偷換的標題"]})
        pupil.say("確認", token=token)
        assert outcomes() == []
        assert "不一樣了" in pupil.words
        pupil.press("送出認證")
        assert [one.title for one in outcomes()] == ["偷換的標題"]

    def test_pressed_twice_it_is_sent_once(self, pupil: Talker) -> None:
        token = ready(pupil).button("送出認證").token
        pupil.say("確認", token=token)
        pupil.say("確認", token=token)
        assert len(outcomes()) == 1

    def test_a_yes_to_a_digression_confirms_nothing(self, pupil: Talker) -> None:
        """After something else was said, only the summary that is shown anew counts."""
        old = ready(pupil).button("送出認證").token
        pupil.say("修改成果簡述")
        pupil.say("好", token=old)
        assert outcomes() == []

    def test_a_role_taken_away_meanwhile_confirms_nothing(
        self, pupil: Talker, world: World, act_as: ActAs
    ) -> None:
        token = ready(pupil).button("送出認證").token
        act_as(replace(world.pupil, roles=frozenset({Role.PARENT})))
        pupil.say("確認", token=token)
        assert outcomes() == []

    def test_somebody_elses_token_confirms_nothing(
        self, pupil: Talker, world: World, client: FlaskClient, act_as: ActAs
    ) -> None:
        token = ready(pupil).button("送出認證").token
        other = make_student(world.school, world.school_class, 2)
        act_as(actor_of(other))
        thief = Talker(client, actor_of(other))
        thief.say("確認", token=token)
        assert outcomes() == []

    def test_the_token_of_another_form_confirms_nothing(
        self, pupil: Talker, hears: Hears, world: World
    ) -> None:
        """Two forms stand; the paused one's proof is none for the current one."""
        world.sent(title="舊的心得")
        hears["撤回"] = ("outcome.withdraw", {"title": "舊的心得"})
        upload = ready(pupil).button("送出認證").token
        pupil.say("撤回")
        assert pupil.button("撤回").token not in {"", upload}
        pupil.say("確認", token=upload)
        assert [one.state for one in outcomes()] == [OutcomeState.SENT]
        assert "不一樣了" in pupil.words

    def test_the_token_of_an_earlier_run_of_the_same_form_confirms_nothing(
        self, pupil: Talker
    ) -> None:
        """The very same answers, begun anew: what was shown then is not what stands now."""
        old = ready(pupil).button("送出認證").token
        pupil.say("重新開始")
        pupil.say("取消")
        new = ready(pupil).button("送出認證").token
        assert new != old
        pupil.say("確認", token=old)
        assert outcomes() == []

    def test_after_a_cancel_its_button_confirms_nothing(self, pupil: Talker) -> None:
        old = ready(pupil).button("送出認證").token
        pupil.say("取消")
        pupil.say("確認", token=old)
        assert outcomes() == []

    def test_a_form_of_a_newer_version_must_be_seen_anew(
        self, pupil: Talker, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        token = ready(pupil).button("送出認證").token
        monkeypatch.setattr(OutcomeForm.Meta, "version", "99", raising=False)
        pupil.say("確認", token=token)
        assert outcomes() == []

    def test_a_course_left_meanwhile_confirms_nothing(self, pupil: Talker, world: World) -> None:
        """The form stands as it was shown, and its answer is no choice any more."""
        token = ready(pupil).button("送出認證").token
        with db.writing() as session:
            session.execute(sa.delete(Enrolment).where(Enrolment.student_id == world.student.id))
        pupil.say("確認", token=token)
        assert outcomes() == []

    def test_buttons_of_somebody_elses_conversation_are_words(
        self, pupil: Talker, world: World, client: FlaskClient, act_as: ActAs
    ) -> None:
        """Both have a form at its summary; each button carries out one's own or nothing."""
        mine = ready(pupil).button("送出認證")
        other = make_student(world.school, world.school_class, 2)
        enrol(other, world.course)
        act_as(actor_of(other))
        mate = ready(Talker(client, actor_of(other)))
        assert mate.button("送出認證").token != mine.token
        mate.say(pressed=str(mine.say), token=mine.token)
        assert outcomes() == []
        mate.press("送出認證")
        assert [one.student_id for one in outcomes()] == [other.id]

    def test_the_button_of_which_one_of_somebody_else_means_nothing(
        self, pupil: Talker, world: World, client: FlaskClient, act_as: ActAs
    ) -> None:
        other = make_course(world.school, name="國語文閱讀", teacher=make_teacher(world.school))
        enrol(world.student, other)
        pupil.say(UPLOAD)
        asked = pupil.button("國語文閱讀")
        mate = make_student(world.school, world.school_class, 2)
        act_as(actor_of(mate))
        stranger = Talker(client, actor_of(mate))
        stranger.say(pressed=str(asked.say), token=asked.token)
        assert "沒有聽懂" in stranger.words

    def test_a_closed_window_keeps_the_form(self, pupil: Talker, clock: FrozenClock) -> None:
        ready(pupil)
        with db.writing() as session:
            for window in session.scalars(sa.select(Window)):
                window.closes_at = clock()
        clock.advance(days=1)
        pupil.say("好")
        assert "填過的內容都還在" in pupil.words
        assert [one.state for one in outcomes()] == [OutcomeState.DRAFT]
        assert pupil.button("送出認證").token

    def test_a_worker_that_died_is_told(self, pupil: Talker) -> None:
        import json

        ready(pupil)
        with db.writing() as session:
            (kept,) = session.scalars(sa.select(Conversation))
            state = json.loads(kept.state)
            state["tasks"][0]["running"] = True
            kept.state = json.dumps(state)
        pupil.say("好")
        assert "可能已經完成" in pupil.words
        assert outcomes() == []


class TestPage:
    def test_the_form_as_a_page_has_the_same_answers(
        self, pupil: Talker, client: FlaskClient
    ) -> None:
        pupil.say(UPLOAD)
        pupil.say("用表單填")
        (link,) = pupil.links
        page = client.get(f"/assistant/forms/{link.args['key']}")
        assert "赤壁賦心得" in page.text
        import re

        token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page.text)
        course = re.search(r'name="course_id"[^>]*value="(\d+)"', page.text)
        assert token
        assert course
        answer = client.post(
            f"/assistant/forms/{link.args['key']}",
            data={
                "csrf_token": token[1], "course_id": course[1], "title": "在頁面改的",
                "summary": "在頁面寫的。", "document": (io.BytesIO(pdf()), "a.pdf"),
            },
            content_type="multipart/form-data",
        )  # fmt: skip
        assert answer.status_code == 302, answer.text[:3000]
        page = client.get("/assistant").text
        assert "在頁面改的" in page
        assert "送出認證" in page
        pupil.say("好")
        assert [one.title for one in outcomes()] == ["在頁面改的"]

    def test_somebody_elses_form_is_not_found(
        self, pupil: Talker, client: FlaskClient, world: World, act_as: ActAs
    ) -> None:
        pupil.say(UPLOAD)
        pupil.say("用表單填")
        key = pupil.links[0].args["key"]
        act_as(actor_of(make_student(world.school, world.school_class, 2)))
        assert client.get(f"/assistant/forms/{key}").status_code == 404

    def test_history_is_ones_own_and_encrypted(
        self, pupil: Talker, client: FlaskClient, world: World, act_as: ActAs
    ) -> None:
        pupil.say("這是我的祕密")
        raw = db.reading().execute(sa.text("SELECT content FROM conversation_turn")).scalars()
        assert not any("祕密" in one for one in raw)
        act_as(actor_of(make_student(world.school, world.school_class, 2)))
        assert "這是我的祕密" not in client.get("/assistant").text

    def test_history_is_cleared_and_drafts_stay(self, pupil: Talker, client: FlaskClient) -> None:
        import re

        pupil.say(UPLOAD)
        found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', client.get("/assistant").text)
        assert found
        client.post("/assistant/forget", data={"csrf_token": found[1]})
        assert db.reading().scalar(sa.select(sa.func.count()).select_from(Turn)) == 0
        pupil.say("我要交作業")
        assert "答案都還在" in pupil.words


class TestRoles:
    def test_who_may_not_is_told_who_can(
        self, client: FlaskClient, world: World, act_as: ActAs
    ) -> None:
        act_as(world.clerk)
        clerk = Talker(client, world.clerk)
        clerk.say(UPLOAD)
        assert "由學生辦理" in clerk.words

    def test_what_no_room_does_is_said(self, pupil: Talker, hears: Hears) -> None:
        hears["找研習"] = ("training.search", {})
        pupil.say("找研習")
        assert "還沒有開放" in pupil.words

    def test_what_is_not_understood_is_said_and_three_things_offered(self, pupil: Talker) -> None:
        pupil.say("今天天氣如何")
        assert "沒有聽懂" in pupil.words
        assert len(pupil.buttons) == 3

    def test_without_script_and_without_a_launch(self, client: FlaskClient, act_as: ActAs) -> None:
        act_as(None)
        assert client.get("/assistant").status_code == 401


class TestInEnglish:
    @pytest.mark.parametrize(
        ("words", "command"),
        [
            (phrases.SKIP, "skip"),
            (phrases.CANCEL, "cancel"),
            (phrases.CHANGE, "deny"),
            (phrases.RESTART, "reset"),
            (phrases.HANDOFF, "handoff"),
            (phrases.YES, "confirm"),
            (phrases.NO, "deny"),
        ],
    )
    @pytest.mark.parametrize("locale", ["zh_Hant_TW", "en"])
    def test_what_a_button_says_is_understood(
        self, app: Flask, words: Any, command: str, locale: str
    ) -> None:
        with app.test_request_context(), force_locale(locale):
            assert commands.command(str(words)) == command
