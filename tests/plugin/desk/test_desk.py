"""The first page of each role: never empty, and it says what to do next."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from plugin import db
from plugin.actor import Actor, Role
from plugin.desk import registry, words
from plugin.desk.registry import Card, Todo
from plugin.school.models import SchoolKind, WindowKind
from plugin.trail.notify import notify
from tests.factories import (
    actor_of,
    at,
    make_class,
    make_course,
    make_parent,
    make_school,
    make_staff,
    make_student,
    make_teacher,
    make_window,
)


@pytest.fixture
def school(app: Flask) -> Any:
    return make_school(name="歷程高中")


@pytest.fixture
def house(app: Flask) -> Iterator[None]:
    """Only what the house itself puts on desks; what a test adds is taken out again."""
    tables = (registry._cards, registry._todos, registry._nav)
    kept = [{role: list(rows) for role, rows in table.items()} for table in tables]
    for table in (registry._cards, registry._todos):
        for role, rows in table.items():
            table[role] = [row for row in rows if row.__module__.startswith("plugin.desk")]
    for role, entries in registry._nav.items():
        registry._nav[role] = [
            one for one in entries if one.endpoint.startswith(("school.", "trail."))
        ]
    yield
    for table, rows in zip(tables, kept, strict=True):
        table.clear()
        table.update(rows)


def as_role(school: Any, role: Role) -> Actor:
    """A person who holds exactly that role, as the roster or a grant makes it."""
    if role is Role.STUDENT:
        return actor_of(make_student(school))
    if role is Role.PARENT:
        return actor_of(make_parent(school, make_student(school)))
    if role is Role.HOMEROOM:
        teacher = make_teacher(school)
        make_class(school, homeroom=teacher)
        return actor_of(teacher)
    if role is Role.SUBSTITUTE:
        return actor_of(make_teacher(school), Role.SUBSTITUTE)
    return actor_of(make_staff(school, role))


@pytest.mark.parametrize("role", list(Role))
def test_every_role_finds_something_to_read(
    client: FlaskClient, school: Any, act_as: Callable[[Any], Any], role: Role
) -> None:
    act_as(as_role(school, role))
    page = client.get("/")
    assert page.status_code == 200
    assert f'id="role-{role}"' in page.text
    section = page.text.split(f'id="role-{role}"')[1].split("</section>")[0]
    assert str(words.EMPTY[role]) in section or "<li" in section or "目前沒有待辦事項" in section
    assert "截止時間" in page.text
    assert "目前沒有通知" in page.text
    assert "歷程高中" in page.text


def test_every_role_has_words_and_a_place() -> None:
    assert set(words.ORDER) == set(words.EMPTY) == set(Role)


@pytest.mark.usefixtures("house")
def test_a_person_with_several_roles_sees_a_section_for_each(
    client: FlaskClient, school: Any, act_as: Callable[[Any], Any]
) -> None:
    teacher = make_staff(school, Role.COUNSELLOR)
    make_course(school, teacher=teacher)
    make_class(school, homeroom=teacher)
    act_as(actor_of(teacher))
    page = client.get("/").text
    order = [page.index(f'id="role-{role}"') for role in ("teacher", "homeroom", "counsellor")]
    assert order == sorted(order)


def test_somebody_without_any_role_is_told_whom_to_ask(
    client: FlaskClient, school: Any, act_as: Callable[[Any], Any]
) -> None:
    act_as(actor_of(make_teacher(school)))
    assert "您還沒有校務角色" in client.get("/").text


def test_a_launch_person_who_is_not_bound_is_sent_to_the_entrance(
    app: Flask, client: FlaskClient, school: Any, act_as: Callable[[Any], Any]
) -> None:
    app.extensions["licheng.unbound_endpoint"] = "trail.inbox"
    act_as(Actor(school_id=school.id, launch_person_id=1, name="訪客"))
    answer = client.get("/")
    assert answer.status_code == 302
    assert answer.location.endswith("/inbox")


def test_without_a_launch_nobody_is_let_in(
    client: FlaskClient, act_as: Callable[[Any], Any]
) -> None:
    act_as(None)
    assert client.get("/").status_code == 401


@pytest.mark.usefixtures("house")
def test_deadlines_carry_weekday_and_minute_the_nearest_first(
    client: FlaskClient, school: Any, act_as: Callable[[Any], Any]
) -> None:
    student = make_student(school, make_class(school, grade=1))
    make_window(
        school, WindowKind.SELECTION, opens_at=at(2026, 11, 1), closes_at=at(2027, 7, 9, 12)
    )
    make_window(
        school, WindowKind.OUTCOME_UPLOAD, opens_at=at(2026, 11, 1), closes_at=at(2026, 11, 30, 17)
    )
    make_window(school, WindowKind.CERTIFICATION)
    make_window(
        school, WindowKind.EXPERIENCE_UPLOAD, opens_at=at(2026, 9, 1), closes_at=at(2026, 10, 1)
    )
    act_as(actor_of(student))
    page = client.get("/").text
    assert "民國115年11月30日（星期一）17:00" in page
    assert page.index("11月30日") < page.index("民國116年7月9日（星期五）12:00")
    assert "課程學習成果認證" not in page, "certifying is not a student's work"
    assert "多元表現上傳" not in page, "what is over is over"


@pytest.mark.usefixtures("house")
def test_a_student_sees_the_window_of_their_own_grade(
    client: FlaskClient, school: Any, act_as: Callable[[Any], Any]
) -> None:
    for grade, day in ((0, 25), (3, 27)):
        make_window(
            school,
            WindowKind.OUTCOME_UPLOAD,
            grade=grade,
            opens_at=at(2026, 11, 1),
            closes_at=at(2026, 11, day, 17),
        )
    act_as(actor_of(make_student(school, make_class(school, grade=3))))
    page = client.get("/").text
    assert "11月27日" in page
    assert "11月25日" not in page
    act_as(actor_of(make_student(school, make_class(school, grade=1))))
    page = client.get("/").text
    assert "11月25日" in page
    assert "11月27日" not in page


@pytest.mark.usefixtures("house")
def test_the_last_hour_shows_the_servers_clock(
    client: FlaskClient, school: Any, act_as: Callable[[Any], Any]
) -> None:
    make_window(
        school, WindowKind.OUTCOME_UPLOAD, opens_at=at(2026, 11, 1), closes_at=at(2026, 11, 20, 10)
    )
    act_as(actor_of(make_student(school)))
    page = client.get("/").text
    assert "伺服器時間" in page
    assert "09:30" in page


def test_rooms_put_figures_tasks_and_lines_on_the_desk(
    client: FlaskClient, school: Any, act_as: Callable[[Any], Any], house: None
) -> None:
    @registry.cards(Role.STUDENT)
    def _cards(actor: Actor) -> list[Card]:
        return [
            Card("第二", 2, "件", order=20),
            Card("第一", 1, "件", "還沒有送出", "trail.inbox", order=10),
        ]

    @registry.todos(Role.STUDENT)
    def _todos(actor: Actor) -> list[Todo]:
        return [
            Todo("沒有期限的事", "trail.inbox"),
            Todo("後天的事", "trail.inbox", {"before": 5}, at(2026, 11, 22, 17)),
            Todo("明天的事", "trail.inbox", {}, at(2026, 11, 21, 17)),
        ]

    registry.nav(Role.STUDENT, "我的成果", "trail.inbox", 5)
    registry.nav(Role.STUDENT, "我的成果", "trail.inbox", 5)
    registry.nav(Role.STUDENT, "還沒有的房間", "nowhere.at_all", 6)
    act_as(actor_of(make_student(school)))
    page = client.get("/").text
    assert page.index("第一") < page.index("第二")
    assert page.index("明天的事") < page.index("後天的事") < page.index("沒有期限的事")
    assert "民國115年11月21日（星期六）17:00" in page
    assert "/inbox?before=5" in page
    assert page.count(">我的成果<") + page.count("我的成果\n") <= 2
    assert "我的成果" in page
    assert "還沒有的房間" not in page


def test_an_office_is_offered_nothing_of_a_school(
    client: FlaskClient, school: Any, act_as: Callable[[Any], Any]
) -> None:
    office = make_school(kind=SchoolKind.ISSUING_OFFICE, name="核發機關")
    of_schools = ("登錄成績", "班級", "作業期程", "教職員的認證案件", "課程名單")
    pages = {}
    for place in (school, office):
        act_as(actor_of(make_staff(place), Role.TEACHER, Role.ADMINISTRATOR, Role.ISSUING_OFFICE))
        pages[place.id] = client.get("/").text.partition("<nav")[2].partition("</nav>")[0]
    assert [word for word in of_schools if word not in pages[school.id]] == []
    assert [word for word in of_schools if word in pages[office.id]] == []
    assert "認證案件" in pages[office.id]


@pytest.mark.usefixtures("house")
def test_the_registry_is_asked_to_set_the_calendar(
    client: FlaskClient, school: Any, act_as: Callable[[Any], Any]
) -> None:
    act_as(actor_of(make_staff(school, Role.REGISTRY)))
    page = client.get("/").text
    assert "設定115 學年度第 1 學期的期間" in page
    for kind in (WindowKind.OUTCOME_UPLOAD, WindowKind.CERTIFICATION, WindowKind.SELECTION):
        make_window(school, kind)
    assert "設定115 學年度第 1 學期的期間" not in client.get("/").text


@pytest.mark.usefixtures("house")
def test_a_figure_of_two_roles_is_shown_once(
    client: FlaskClient, school: Any, act_as: Callable[[Any], Any]
) -> None:
    act_as(actor_of(make_staff(school, Role.ADMINISTRATOR, Role.REGISTRY)))
    page = client.get("/").text
    assert page.count("在學學生") == 1
    assert page.count("設定115 學年度第 1 學期的期間") == 1


@pytest.mark.usefixtures("house")
def test_newest_notices_and_the_count_in_the_header(
    client: FlaskClient, school: Any, act_as: Callable[[Any], Any]
) -> None:
    student = make_student(school)
    with db.writing():
        for number in range(4):
            notify([student.id], f"通知第{number}則", "內容", school_id=school.id, mail=False)
    act_as(actor_of(student))
    page = client.get("/").text
    assert "通知第3則" in page
    assert "通知第0則" not in page
    assert '<span class="lc-badge">4</span>' in page


class TestInboxPages:
    def test_opening_marks_as_read_and_leads_on(
        self, client: FlaskClient, school: Any, act_as: Callable[[Any], Any]
    ) -> None:
        from tests.plugin.school.test_pages import post

        student = make_student(school)
        with db.writing():
            for path in ("/school/calendar", "//evil.example/x", ""):
                notify([student.id], "通知", "內容", path, school_id=school.id, mail=False)
        act_as(actor_of(student))
        ids = sorted(
            int(part.split('"')[0])
            for part in client.get("/inbox").text.split('id="message-')[1:]
            if part.split('"')[0].isdigit()
        )
        places = [post(client, f"/inbox/{one}", "/inbox").location for one in ids]
        assert places == ["/school/calendar", "/inbox", "/inbox"]
        assert "未讀 0 則" in client.get("/inbox").text

    def test_marking_all(
        self, client: FlaskClient, school: Any, act_as: Callable[[Any], Any]
    ) -> None:
        from tests.plugin.school.test_pages import post

        student = make_student(school)
        with db.writing():
            notify([student.id], "通知", "內容", school_id=school.id, mail=False)
        act_as(actor_of(student))
        assert post(client, "/inbox/read", "/inbox").status_code == 302
        assert "未讀 0 則" in client.get("/inbox").text

    def test_reading_needs_csrf(
        self, client: FlaskClient, school: Any, act_as: Callable[[Any], Any]
    ) -> None:
        act_as(actor_of(make_student(school)))
        assert client.post("/inbox/read").status_code == 400


def test_the_audit_page_filters(
    client: FlaskClient, school: Any, act_as: Callable[[Any], Any]
) -> None:
    from plugin.school import operations

    administrator = act_as(actor_of(make_staff(school, Role.ADMINISTRATOR)))
    teacher = make_teacher(school)
    operations.grant_role(administrator, teacher.id, Role.REGISTRY)
    operations.set_rule(administrator, "selection.outcomes.max", 115, 5, "校務會議")
    page = client.get("/audit").text
    assert "role.grant<br>" in page
    assert "rule.set<br>" in page
    page = client.get("/audit?verb=role.grant").text
    assert "rule.set<br>" not in page
    assert "role.grant<br>" in page
    assert "沒有符合的紀錄" in client.get("/audit?person=999999").text
