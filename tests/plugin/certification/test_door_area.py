"""The public area: texts that the office writes, and the status of a case by its number."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from plugin import clock as clocks
from plugin import db
from plugin.actor import Actor, Role, system
from plugin.certification.areas import AREAS, Piece, blocks
from plugin.certification.case_words import CATEGORIES, NEXT
from plugin.certification.models import Announcement, CaseState, Category
from plugin.certification.operations import kernel, pages
from plugin.certification.queries import area as queries
from plugin.errors import Conflict, InvalidInput, NotFound
from plugin.school.models import School, SchoolKind
from plugin.school.operations import create_school
from tests.factories import FrozenClock, make_school
from tests.factories.certification import make_applicant, make_case, make_clerk, make_office
from tests.factories.school import actor_of, make_staff
from tests.plugin.certification.door_world import ID, csrf


@pytest.fixture
def office(app: Flask) -> School:
    return make_office()


@pytest.fixture
def clerk(office: School) -> Actor:
    return make_clerk(office)


@pytest.fixture
def area(office: School) -> str:
    return f"/office/{office.code}/certification"


def add(clerk: Actor, title: str, where: str = "news", **more: Any) -> int:
    return pages.add(clerk, where, title, more.pop("body", "內容"), **more)


def test_plain_text_has_paragraphs_points_and_links_and_nothing_else() -> None:
    found = blocks(
        "第一段\n第二行\n\n請看：\n- 甲\n・乙，見https://a.example/x?y=1。\n\n"
        "<b>不是標記</b> javascript:alert(1)"
    )
    assert [(one.points, len(one.lines)) for one in found] == [
        (False, 2),
        (False, 1),
        (True, 2),
        (False, 1),
    ]
    assert found[2].lines[1] == (
        Piece("乙，見"),
        Piece("https://a.example/x?y=1", "https://a.example/x?y=1"),
        Piece("。"),
    )
    assert found[3].lines[0] == (Piece("<b>不是標記</b> javascript:alert(1)"),)


def test_every_page_answers_without_a_session_and_with_nothing_written(
    client: FlaskClient, area: str
) -> None:
    for path in ("", "/about", "/information", "/courses", "/questions", "/law"):
        page = client.get(area + path)
        assert page.status_code == 200
        assert "lc-empty" in page.text
        assert "Set-Cookie" not in page.headers, "who only reads is not marked"
    for path in ("/apply", "/renew", "/enter", "/status"):
        assert client.get(area + path).status_code == 200
    english = client.get(f"{area}/apply?lang=en")
    assert f'{area}/enter?lang=en"' in english.text, "the language goes along"


def test_texts_are_shown_from_their_day_until_they_are_taken_down(
    client: FlaskClient, area: str, clerk: Actor, clock: FrozenClock
) -> None:
    today = clocks.today()
    old = add(clerk, "舊消息", shown_on=today - timedelta(days=9))
    add(clerk, "今天的消息", body="<script>alert(1)</script> 請看 https://news.example/1 。")
    add(clerk, "明天的消息", shown_on=today + timedelta(days=1))
    add(clerk, "別頁的內容", "law")
    page = client.get(area).text
    assert page.index("今天的消息") < page.index("舊消息")
    assert "明天的消息" not in page
    assert "別頁的內容" not in page
    assert "<script>alert" not in page
    assert 'href="https://news.example/1"' in page
    assert "今天的消息" in client.get(area, query_string={"q": "消息"}).text
    assert "lc-empty" in client.get(area, query_string={"q": "%"}).text
    assert client.get(f"{area}/texts/{old}").status_code == 200
    pages.end(clerk, old)
    assert client.get(f"{area}/texts/{old}").status_code == 404
    with pytest.raises(Conflict):
        pages.change(clerk, old, "news", "再改", "內容")
    clock.advance(days=1)
    assert "明天的消息" in client.get(area).text


def test_long_lists_are_paged_in_their_order(app: Flask, clerk: Actor, office: School) -> None:
    today = clocks.today()
    for n in range(45):
        add(clerk, f"消息{n:02}", shown_on=today - timedelta(days=n // 3))
        add(clerk, f"問題{n:02}", "questions")
    for where, newest in (("news", True), ("questions", False)):
        seen: list[Announcement] = []
        after = None
        for _page in range(3):
            found = queries.shown(office.id, where, after=after)
            seen += found.items
            after = found.next
        assert after is None
        assert len({one.id for one in seen}) == 45
        if newest:
            key = [(one.shown_on, one.id) for one in seen]
            assert key == sorted(key, reverse=True)
        else:
            assert [one.id for one in seen] == sorted(one.id for one in seen)
    assert queries.shown(office.id, "news", after="nonsense").items


def test_a_new_office_begins_with_texts_and_another_school_with_none(app: Flask) -> None:
    made = create_school(system(None), "ENV001", "環境部", SchoolKind.ISSUING_OFFICE)
    create_school(system(None), "ENV002", "一所學校", SchoolKind.GENERAL)
    rows = list(db.reading().scalars(sa.select(Announcement)))
    assert {one.school_id for one in rows} == {made.id}
    assert {one.area for one in rows} == set(AREAS) - {"news"}
    for one in rows:
        assert blocks(one.body), one.title
    with pytest.raises(Conflict):
        pages.put_first_texts(make_clerk(made))


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"area": "nowhere"}, "area"),
        ({"title": ""}, "title"),
        ({"title": "長" * 121}, "title"),
        ({"body": " "}, "body"),
        ({"link": "javascript:alert(1)"}, "link"),
        ({"link": "https://"}, "link"),
    ],
)
def test_what_does_not_pass(app: Flask, clerk: Actor, change: dict[str, str], field: str) -> None:
    values = {"area": "news", "title": "標題", "body": "內容", "link": ""} | change
    link = values.pop("link")
    with pytest.raises(InvalidInput) as refused:
        pages.add(clerk, **values, link=link)
    assert set(refused.value.fields) == {field}


def test_only_the_keepers_of_this_office_write(app: Flask, office: School, clerk: Actor) -> None:
    one = add(clerk, "消息")
    boss = actor_of(make_staff(office, Role.ADMINISTRATOR))
    pages.change(boss, one, "about", "換一頁", "新的內容")
    strangers = [
        make_clerk(make_office()),
        actor_of(make_staff(make_school(), Role.ADMINISTRATOR)),
        make_applicant(office),
        actor_of(make_staff(office, Role.REVIEWER)),
    ]
    for actor in strangers:
        with pytest.raises(NotFound):
            pages.change(actor, one, "news", "別人", "內容")
        with pytest.raises(NotFound):
            pages.end(actor, one)
    with pytest.raises(NotFound):
        add(strangers[1], "一般學校沒有專區")


def test_writing_looking_before_and_taking_down_by_page(
    client: FlaskClient, clerk: Actor, act_as: Any, area: str
) -> None:
    act_as(clerk)
    empty = client.get("/certification/pages")
    assert "放入建議的說明" in empty.text
    first = {"csrf_token": csrf(empty.text)}
    client.post("/certification/pages/first", data=first)
    assert "顯示中" in client.get("/certification/pages").text
    new = client.get("/certification/pages/new")
    fields = {
        "csrf_token": csrf(new.text),
        "area": "news",
        "title": "審查會議改期",
        "body": "改到下週。\n\n- 甲\n- 乙",
    }
    looked = client.post("/certification/pages/new", data=fields | {"act": "preview"})
    assert "還沒有儲存" in looked.text
    assert "審查會議改期" not in client.get(area).text
    assert client.post("/certification/pages/new", data=fields).status_code == 303
    assert "審查會議改期" in client.get(area).text
    row = db.reading().query(Announcement).filter_by(title="審查會議改期").one()
    edited = client.post(
        f"/certification/pages/{row.id}", data=fields | {"title": "審查會議再改期"}
    )
    assert edited.status_code == 303
    assert "審查會議再改期" in client.get(area).text
    asked = client.get(f"/certification/pages/{row.id}/end")
    client.post(f"/certification/pages/{row.id}/end", data={"csrf_token": csrf(asked.text)})
    assert "審查會議再改期" not in client.get(area).text
    assert "已下架" in client.get("/certification/pages?area=news").text


def look(client: FlaskClient, area: str, number: str, national_id: str = ID) -> Any:
    page = client.get(f"{area}/status")
    data = {"csrf_token": csrf(page.text), "number": number, "national_id": national_id}
    return client.post(f"{area}/status", data=data, follow_redirects=True)


def test_the_status_tells_what_happened_and_what_to_do_and_not_who(
    client: FlaskClient, area: str, office: School, clerk: Actor, clock: FrozenClock
) -> None:
    applicant = make_applicant(office)
    case = make_case(applicant, CaseState.PROCEDURAL)
    with db.writing() as session:
        held = kernel.held(session, office.id, case.id)
        kernel.happen(session, clerk, held, "accept", words="文件齊備。\n請於期限內繳費。")
    shown = look(client, area, case.number.lower())
    assert shown.status_code == 200
    for words in (case.number, "待繳費", "文件齊備。", str(NEXT[CaseState.FEE_DUE]), "12月"):
        assert words in shown.text
    for personal in (applicant.name, ID, "applicant@example.org", case.organisation):
        assert personal not in shown.text
    assert case.number not in client.get(f"{area}/status").text
    clock.advance(minutes=11)
    assert client.get(f"{area}/status/shown").location == f"{area}/status"


def test_a_status_needs_both_and_is_not_guessed(
    app: Flask, client: FlaskClient, area: str, office: School
) -> None:
    case = make_case(make_applicant(office), CaseState.RECEIVED)
    other = make_office()
    elsewhere = f"/office/{other.code}/certification"
    unknown = look(client, area, "EE115-99999")
    mismatch = look(client, area, case.number, "B123456780")
    assert unknown.status_code == mismatch.status_code == 422
    assert "查不到" in unknown.text
    assert "查不到" in mismatch.text
    assert "查不到" in look(client, elsewhere, case.number).text
    look(client, area, case.number)
    assert client.get(f"{elsewhere}/status/shown").status_code == 302
    stranger = app.test_client()
    assert stranger.get(f"{area}/status/shown").status_code == 302, "another browser has not asked"
    for _time in range(8):
        look(client, area, case.number, "B123456780")
    assert "已達上限" in look(client, area, case.number).text


def test_every_state_and_category_has_its_words() -> None:
    assert set(NEXT) == set(CaseState)
    assert set(CATEGORIES) == set(Category)


def test_a_day_in_a_key_is_a_day(app: Flask, office: School, clerk: Actor) -> None:
    add(clerk, "消息", shown_on=date(2026, 11, 1))
    assert not queries.shown(office.id, "news", after="2026-10-31_5").items
    assert queries.shown(office.id, "news", after="2026-13-31_5").items
