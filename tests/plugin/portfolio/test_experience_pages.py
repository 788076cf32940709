"""The pages of experiences over HTTP: what people see, what is kept when something is wrong."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from flask_babel import force_locale

from plugin import db
from plugin.actor import Actor, Role
from plugin.desk import destinations
from plugin.portfolio import kinds
from plugin.portfolio.forms.experiences import form_class
from plugin.portfolio.models import (
    Experience,
    ExperienceState,
    SelectedExperience,
    Selection,
    SelectionKind,
)
from plugin.portfolio.operations import experiences, selection
from plugin.school.models import WindowKind
from plugin.vault.models import StoredFile
from tests.factories import (
    YEAR,
    FrozenClock,
    actor_of,
    make_class,
    make_parent,
    make_rule,
    make_student,
    make_window,
)
from tests.plugin.portfolio.experience_world import close, draft, officer, sent, typed
from tests.plugin.portfolio.test_pages import post, upload
from tests.plugin.portfolio.world import World, make_world, mp3, pdf

ActAs = Callable[[Actor | None], Actor | None]
FILES = {"title": "", "document": "", "summary": ""}
"""What the helper of outcomes sends by itself, taken out."""


@pytest.fixture
def world(app: Flask) -> World:
    made = make_world()
    make_window(made.school, WindowKind.EXPERIENCE_UPLOAD)
    return made


@pytest.fixture
def pupil(world: World, act_as: ActAs) -> Actor:
    return act_as(world.pupil)  # type: ignore[return-value]


def hand_in(client: FlaskClient, of_kind: str, /, **changes: Any) -> Any:
    """Send the form of a kind the way a browser does."""
    given: dict[str, Any] = {**FILES, **typed(of_kind), "document": (io.BytesIO(pdf()), "獎狀.pdf")}
    return upload(client, f"/experiences/new/{of_kind}", **(given | changes))


def all_of_them() -> list[Experience]:
    return list(db.reading().scalars(sa.select(Experience).order_by(Experience.id)))


class TestFilling:
    @pytest.mark.parametrize("name", kinds.names())
    def test_each_kind_from_its_card_to_its_receipt(
        self, client: FlaskClient, pupil: Actor, name: str
    ) -> None:
        cards = client.get("/experiences/new").text
        assert f'href="/experiences/new/{name}"' in cards
        answer = hand_in(client, name, media=(io.BytesIO(mp3()), "錄音.mp3"), summary="很有收穫")
        assert answer.status_code == 302, answer.text[:3000]
        page = client.get(answer.location)
        (one,) = all_of_them()
        assert (one.state, one.kind, one.summary) == (ExperienceState.SENT, name, "很有收穫")
        for sha256 in db.reading().scalars(sa.select(StoredFile.sha256)):
            assert sha256 in page.text
        assert page.text.count("收件回條") >= 2
        for said in typed(name).values():
            assert said in page.text or "/" in said or len(said) < 3

    def test_ten_cards_each_with_a_word_of_help(self, client: FlaskClient, pupil: Actor) -> None:
        page = client.get("/experiences/new").text
        for one in kinds.kinds(YEAR):
            assert one.name.zh in page
            assert one.help.zh in page

    @pytest.mark.parametrize("name", kinds.names())
    def test_a_form_shows_its_fields_and_only_its_own(
        self, client: FlaskClient, pupil: Actor, name: str
    ) -> None:
        page = client.get(f"/experiences/new/{name}").text
        asked = set(re.findall(r'name="(\w+)"', page))
        assert {one.key for one in kinds.kind(name, YEAR).fields} <= asked
        assert {"summary", "document", "media", "link", "ai_note"} <= asked
        assert 'data-count="100"' in page

    def test_year_and_term_stand_there_already(self, client: FlaskClient, pupil: Actor) -> None:
        page = client.get("/experiences/new/flexible").text
        assert re.search(r'name="year"[^>]*value="115"', page)
        assert re.search(r'name="term"[^>]*value="1"[^>]*checked', page)

    def test_a_kind_that_does_not_exist(self, client: FlaskClient, pupil: Actor) -> None:
        assert client.get("/experiences/new/nothing").status_code == 404

    @pytest.mark.parametrize(
        ("changes", "said"),
        [
            ({"contest": ""}, "請填寫「競賽名稱」"),
            ({"announced_on": "上星期"}, "看不懂這個日期"),
            ({"level": "7"}, "沒有這個選項"),
            ({"summary": "字" * 101}, "最多 100 字"),
            ({"document": ""}, "請上傳「證明文件」"),
        ],
    )
    def test_a_failed_form_loses_neither_words_nor_files(
        self, client: FlaskClient, pupil: Actor, changes: dict[str, str], said: str
    ) -> None:
        answer = hand_in(client, "contest", **changes)
        assert answer.status_code == 422
        assert said in answer.text
        assert "史地類" in answer.text
        (one,) = all_of_them()
        assert one.state is ExperienceState.DRAFT
        again = client.get(f"/experiences/{one.id}/edit").text
        for name, text in changes.items():
            if text and name != "level":  # a list shows what it has
                assert text in again
        if "document" not in changes:
            assert "獎狀.pdf" in again

    def test_what_nobody_can_read_is_told_also_when_only_saved(
        self, client: FlaskClient, pupil: Actor
    ) -> None:
        answer = hand_in(client, "service", start_on="開學那天", act="save")
        assert answer.status_code == 422
        assert "看不懂這個日期" in answer.text
        (one,) = all_of_them()
        assert one.details["start_on"] == "開學那天"
        assert "開學那天" in client.get(f"/experiences/{one.id}/edit").text

    def test_a_draft_is_saved_continued_and_sent(self, client: FlaskClient, pupil: Actor) -> None:
        saved = hand_in(client, "work", name="", made_on="", act="save")
        assert saved.status_code == 302
        (one,) = all_of_them()
        answer = upload(
            client,
            f"/experiences/{one.id}/edit",
            **FILES | typed("work") | {"document-ref": str(one.document_file_id)},
            version=one.version,
        )
        assert answer.status_code == 302, answer.text[:2000]
        db._close_reads()
        assert all_of_them()[0].state is ExperienceState.SENT

    def test_a_page_sent_twice_is_one_experience(self, client: FlaskClient, pupil: Actor) -> None:
        key = "0123456789abcdef0123456789abcdef"
        answers = [hand_in(client, "work", page_key=key) for _ in range(2)]
        assert answers[0].location == answers[1].location
        assert len(all_of_them()) == 1

    def test_an_empty_form_begins_nothing(self, client: FlaskClient, pupil: Actor) -> None:
        answer = upload(client, "/experiences/new/work", **FILES)
        assert answer.status_code == 422
        assert all_of_them() == []

    def test_a_file_that_is_not_what_it_says(self, client: FlaskClient, pupil: Actor) -> None:
        answer = hand_in(client, "work", document=(io.BytesIO(b"MZ" * 99), "獎狀.pdf"))
        assert answer.status_code == 422
        assert "沒有收下" in answer.text or "只收" in answer.text
        assert db.reading().scalar(sa.select(sa.func.count(StoredFile.id))) == 0

    def test_outside_of_the_window_the_draft_is_kept(
        self, client: FlaskClient, world: World, pupil: Actor
    ) -> None:
        close(world, hours=-1)
        answer = hand_in(client, "work")
        assert answer.status_code == 422
        assert "已截止" in answer.text
        assert [one.state for one in all_of_them()] == [ExperienceState.DRAFT]

    def test_the_years_maximum_is_told_before_and_when_it_refuses(
        self, client: FlaskClient, world: World, pupil: Actor
    ) -> None:
        make_rule(world.school, "experience.per_year.max", 1)
        sent(world)
        assert "1 / 1" in client.get("/experiences/new/work").text
        answer = hand_in(client, "work")
        assert answer.status_code == 422
        assert "上限是 1 件" in answer.text
        assert "experience.per_year.max" in answer.text


class TestList:
    def test_nothing_yet(self, client: FlaskClient, pupil: Actor) -> None:
        page = client.get("/experiences").text
        assert "還沒有多元表現" in page
        assert "0 / 20" in page

    def test_of_the_year_that_is_asked_for(
        self, client: FlaskClient, world: World, pupil: Actor
    ) -> None:
        sent(world)
        assert "微電影" in client.get("/experiences").text
        old = client.get("/experiences?year=114").text
        assert "微電影" not in old
        assert "0 / 20" in old

    def test_acts(self, client: FlaskClient, world: World, pupil: Actor) -> None:
        one = draft(world)
        door = f"/experiences/{one.id}"
        assert post(client, f"{door}/send", door).location == door
        assert "已收到並送出" in client.get(door).text
        post(client, f"{door}/withdraw", door)
        db._close_reads()
        assert all_of_them()[0].state is ExperienceState.DRAFT
        other = draft(world)
        gone = post(client, f"/experiences/{other.id}/discard", f"/experiences/{other.id}")
        assert gone.location == "/experiences"
        assert client.get(f"/experiences/{other.id}").status_code == 404

    def test_what_is_missing_leads_to_the_form(
        self, client: FlaskClient, world: World, pupil: Actor
    ) -> None:
        one = draft(world, details={})
        door = f"/experiences/{one.id}"
        assert post(client, f"{door}/send", door).location == f"{door}/edit"

    def test_no_query_in_a_loop(
        self, client: FlaskClient, world: World, pupil: Actor, act_as: ActAs
    ) -> None:
        statements: list[str] = []

        @sa.event.listens_for(db.engine(), "before_cursor_execute")
        def seen(_c: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
            statements.append(statement)

        def cost(door: str) -> int:
            client.get(door)
            statements.clear()
            assert client.get(door).status_code == 200
            return len(statements)

        affairs = officer(world)
        doors = {
            "/experiences": world.pupil,
            "/selection/experiences": world.pupil,
            f"/experiences/check?class={world.school_class.id}": affairs,
            "/experiences/check": affairs,
        }
        sent(world)
        few = {}
        for door, who in doors.items():
            act_as(who)
            few[door] = cost(door)
        for name in ("post", "contest", "other"):
            make_class(world.school)
            one = sent(world, name)
            selection.select(world.pupil, one.id, SelectionKind.EXPERIENCE)
        for door, who in doors.items():
            act_as(who)
            assert cost(door) <= few[door], door


class TestSelecting:
    door = "/selection/experiences"

    def test_chosen_confirmed_reopened(
        self, client: FlaskClient, world: World, pupil: Actor
    ) -> None:
        ones = [sent(world).id, sent(world, "service").id]
        page = client.get(self.door).text
        assert "0 / 10" in page
        assert "還沒有勾選任何多元表現" in page
        post(client, self.door, self.door, experience=[str(one) for one in ones], act="save")
        assert "2 / 10" in client.get(self.door).text
        post(client, self.door, self.door, experience=[str(ones[0])], act="lock")
        locked = client.get(self.door).text
        assert "1 / 10" in locked
        assert 'type="checkbox"' not in locked
        assert "已勾選" in client.get("/experiences").text
        post(client, self.door, self.door, act="reopen")
        db._close_reads()
        assert db.reading().scalars(sa.select(Selection.locked_at)).all() == [None]

    def test_one_too_many_changes_nothing(
        self, client: FlaskClient, world: World, pupil: Actor
    ) -> None:
        make_rule(world.school, "selection.experiences.max", 1)
        ones = [str(sent(world).id) for _ in range(2)]
        post(client, self.door, self.door, experience=ones, act="save")
        assert "每學年最多勾選 1 件" in client.get(self.door).text
        assert db.reading().scalars(sa.select(SelectedExperience.id)).all() == []

    def test_the_two_lead_to_each_other_and_are_counted_apart(
        self, client: FlaskClient, world: World, pupil: Actor
    ) -> None:
        one = sent(world)
        selection.select(world.pupil, one.id, SelectionKind.EXPERIENCE)
        outcomes = client.get("/selection").text
        assert 'href="/selection/experiences?year=115"' in outcomes
        assert "0 / 6" in outcomes
        assert 'href="/selection?year=115"' in client.get(self.door).text

    def test_what_was_returned_after_it_was_chosen_is_pointed_out(
        self, client: FlaskClient, world: World, pupil: Actor
    ) -> None:
        one = sent(world)
        selection.select(world.pupil, one.id, SelectionKind.EXPERIENCE)
        experiences.return_(officer(world), one.id, "日期有誤")
        page = client.get(self.door).text
        assert "勾選後被退回" in page
        assert f"/experiences/{one.id}/edit" in page

    def test_when_it_is_closed_nothing_can_be_ticked(
        self, client: FlaskClient, world: World, pupil: Actor, clock: FrozenClock
    ) -> None:
        sent(world)
        window = close(world, WindowKind.SELECTION, days=1)
        clock.set(window.closes_at + timedelta(minutes=1))
        assert 'type="checkbox"' not in client.get(self.door).text


class TestAffairs:
    def test_from_the_classes_to_one_that_is_returned(
        self, client: FlaskClient, world: World, act_as: ActAs
    ) -> None:
        one = sent(world, "contest")
        act_as(officer(world))
        classes = client.get("/experiences/check").text
        place = f"/experiences/check?year={YEAR}&amp;class={world.school_class.id}"
        assert place in classes
        listed = client.get(place.replace("&amp;", "&")).text
        assert world.student.name in listed
        assert "小論文" in listed
        door = f"/experiences/check/{one.id}"
        page = client.get(door).text
        assert "3 全國" not in page
        assert "1 校級" in page
        answer = post(
            client, f"{door}/return", door, reason="日期與獎狀不同", until="115/12/31",
            version=one.version,
        )  # fmt: skip
        assert answer.status_code == 302
        db._close_reads()
        (now,) = all_of_them()
        assert now.state is ExperienceState.RETURNED
        assert now.correct_until is not None
        act_as(world.pupil)
        mine = client.get(f"/experiences/{one.id}").text
        assert "日期與獎狀不同" in mine
        assert "民國115年12月31日" in mine
        assert "日期與獎狀不同" in client.get(f"/experiences/{one.id}/edit").text

    @pytest.mark.parametrize(
        ("given", "said"),
        [
            ({"reason": ""}, "請填寫「退回原因」"),
            ({"reason": "更正", "until": "115/11/01"}, "今天或以後"),
        ],
    )
    def test_what_is_wrong_stands_at_its_field(
        self, client: FlaskClient, world: World, act_as: ActAs, given: dict[str, str], said: str
    ) -> None:
        door = f"/experiences/check/{sent(world).id}"
        act_as(officer(world))
        answer = post(client, f"{door}/return", door, **given)
        assert answer.status_code == 422
        assert said in answer.text

    def test_filters(self, client: FlaskClient, world: World, act_as: ActAs) -> None:
        sent(world, "contest")
        back = sent(world, "work")
        experiences.return_(officer(world), back.id, "更正")
        act_as(officer(world))
        door = f"/experiences/check?class={world.school_class.id}"
        assert "小論文" not in client.get(f"{door}&kind=work").text
        assert "微電影" in client.get(f"{door}&state=returned").text
        assert "小論文" not in client.get(f"{door}&state=returned").text
        assert "沒有符合" in client.get(f"{door}&kind=post").text

    def test_a_long_class_is_paged_by_seat(
        self, client: FlaskClient, world: World, act_as: ActAs
    ) -> None:
        made = []
        for number in range(2, 54):
            actor = actor_of(make_student(world.school, world.school_class, number))
            made.append(
                sent(world, actor=actor, document_file_id=None, link="https://example.org/v").id
            )
        act_as(officer(world))
        door = f"/experiences/check?class={world.school_class.id}"
        first = client.get(door).text
        following = re.search(r'rel="next" href="([^"]+)"', first)
        assert following
        second = client.get(following[1].replace("&amp;", "&")).text
        found = [re.findall(r"/experiences/check/(\d+)", page) for page in (first, second)]
        assert [len(page) for page in found] == [50, 2]
        assert {int(one) for page in found for one in page} == set(made)

    def test_another_schools_class_is_none(
        self, client: FlaskClient, world: World, act_as: ActAs
    ) -> None:
        other = make_world()
        make_window(other.school, WindowKind.EXPERIENCE_UPLOAD)
        sent(other)
        act_as(officer(world))
        page = client.get(f"/experiences/check?class={other.school_class.id}").text
        assert "微電影" not in page
        assert "各班的多元表現" in page


class TestCompanions:
    def test_a_parent_sees_the_childs_and_can_do_nothing(
        self, client: FlaskClient, world: World, act_as: ActAs
    ) -> None:
        one = sent(world)
        parent = actor_of(make_parent(world.school, world.student))
        act_as(replace(parent, child_ids=(world.student.id,)))
        page = client.get("/experiences/children").text
        assert f"/experiences/of/{world.student.id}" in page
        assert "1 件" in page
        assert "微電影" in client.get(f"/experiences/of/{world.student.id}").text
        whole = client.get(f"/experiences/of/{world.student.id}/{one.id}").text
        assert "完成後在校慶放映" in whole
        assert "<form" not in whole.partition("<main")[2].partition("</main")[0]

    def test_a_parent_whose_child_nobody_has_entered(
        self, client: FlaskClient, world: World, act_as: ActAs
    ) -> None:
        act_as(actor_of(make_parent(world.school), Role.PARENT))
        assert "目前沒有可以檢視的學生" in client.get("/experiences/children").text

    def test_the_homeroom_teacher_gets_there_from_the_matrix(
        self, client: FlaskClient, world: World, act_as: ActAs
    ) -> None:
        from tests.plugin.portfolio.test_experience_access import homeroom_of

        sent(world)
        act_as(homeroom_of(world))
        assert f"/experiences/of/{world.student.id}" in client.get("/homeroom").text


class TestDesk:
    def test_what_a_student_has_to_do(
        self, client: FlaskClient, world: World, pupil: Actor
    ) -> None:
        assert "登錄本學年的多元表現" in client.get("/").text
        one = sent(world)
        draft(world)
        page = client.get("/").text
        assert "1 / 20" in page
        assert "完成 1 件多元表現草稿並送出" in page
        assert "勾選並確認要提交的多元表現" in page
        experiences.return_(officer(world), one.id, "更正")
        assert "更正被退回的 1 件多元表現" in client.get("/").text

    def test_figures_of_student_affairs_and_parents(
        self, client: FlaskClient, world: World, act_as: ActAs
    ) -> None:
        sent(world)
        act_as(officer(world))
        assert "/experiences/check" in client.get("/").text
        parent = actor_of(make_parent(world.school, world.student))
        act_as(replace(parent, child_ids=(world.student.id,)))
        assert "/experiences/children" in client.get("/").text


class TestLinks:
    @pytest.mark.parametrize("name", kinds.names())
    def test_a_link_of_a_kind_opens_its_form(
        self, app: Flask, client: FlaskClient, world: World, pupil: Actor, name: str
    ) -> None:
        found = destinations.find(f"experience-{name}")
        assert found is not None
        assert found.choosable
        way = found.way(pupil)
        assert way is not None
        with app.test_request_context():
            from flask import url_for

            door = url_for(way.endpoint, **way.params(pupil))
        assert door == f"/experiences/new/{name}"
        assert client.get(door).status_code == 200

    def test_they_are_not_for_teachers_who_do_nothing_there(self, world: World) -> None:
        found = destinations.find("experience-work")
        assert found is not None
        assert found.way(world.master) is None
        staff = found.way(officer(world))
        assert staff is not None
        assert staff.endpoint == "portfolio.experience_check"


def test_english_pages_speak_english(
    app: Flask, client: FlaskClient, world: World, pupil: Actor
) -> None:
    with app.test_request_context(), force_locale("en"):
        form = form_class("contest", YEAR)(None, meta={"csrf": False})
        assert str(form["announced_on"].label.text) == "Day of the result"
        assert form["level"].plain_choices()[0] == ("1", "School")
