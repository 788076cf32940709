"""The school's pages, as an administrator, a member of the registry and others meet them."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from forms.definition import describe
from plugin import db
from plugin.actor import Actor, Role
from plugin.school import forms as school_forms
from plugin.school import queries, rules, windows
from plugin.school.models import CourseTeacher, Person, RoleGrant, School, TeachingKind, WindowKind
from plugin.school.timeline import draw
from tests.factories import (
    YEAR,
    FrozenClock,
    actor_of,
    at,
    make_class,
    make_course,
    make_rule,
    make_school,
    make_staff,
    make_student,
    make_teacher,
    make_window,
)


@pytest.fixture
def school(app: Any) -> School:
    return make_school()


@pytest.fixture
def administrator(school: School, act_as: Callable[[Any], Any]) -> Actor:
    return act_as(actor_of(make_staff(school, Role.ADMINISTRATOR, Role.REGISTRY)))


def token(client: FlaskClient, address: str) -> str:
    """The CSRF token of a page."""
    page = client.get(address)
    assert page.status_code in {200, 422}, page.status_code
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page.text)
    assert found, f"no CSRF token on {address}"
    return found[1]


def post(client: FlaskClient, address: str, page: str = "", **values: Any) -> Any:
    return client.post(address, data={"csrf_token": token(client, page or address), **values})


LISTS = [
    "/school/calendar",
    "/school/rules",
    "/school/people",
    "/school/roles",
    "/school/classes",
    "/school/courses",
    "/audit",
    "/inbox",
    "/",
]


@pytest.mark.parametrize("address", LISTS)
def test_pages_of_an_empty_school_say_what_to_do(
    client: FlaskClient, administrator: Actor, address: str
) -> None:
    page = client.get(address)
    assert page.status_code == 200
    assert page.text.count("<h1") == 1
    assert "<table" in page.text or "lc-empty" in page.text or "設定115" in page.text


@pytest.mark.parametrize("address", LISTS)
def test_pages_in_english(client: FlaskClient, administrator: Actor, address: str) -> None:
    assert client.get(address, query_string={"lang": "en"}).status_code == 200


def test_pages_of_a_standing_school(
    client: FlaskClient, administrator: Actor, school: School
) -> None:
    teacher = make_teacher(school, name="陳老師")
    one = make_class(school, homeroom=teacher, name="一年忠班")
    student = make_student(school, one, 7, name="林同學")
    course = make_course(school, teacher=teacher, students=[student], name="國語文")
    make_window(school, WindowKind.OUTCOME_UPLOAD)
    make_window(school, WindowKind.SELECTION, grade=3)
    make_rule(school, "outcome.per_term.max", 5)
    for address, *words in (
        ("/school/calendar", "課程學習成果上傳", "3 年級", "<svg", "開放中"),
        ("/school/rules", "5 件", "本校補充規定", "固定"),
        ("/school/people", "林同學", "一年忠班", "7 號"),
        (f"/school/people/{student.id}", "林同學", "國語文", "產生認領代碼", "/school/imports/new"),
        (f"/school/people/{teacher.id}", "陳老師", "導師", "授予角色"),
        ("/school/classes", "一年忠班", "陳老師"),
        (f"/school/classes/{one.id}", "林同學", "/school/imports/new?year=115"),
        ("/school/courses", "國語文", "陳老師"),
        (f"/school/courses/{course.id}", "陳老師", "林同學", "任課教師"),
        ("/school/rules/outcome.per_term.max", "自 115 學年度起", "系統預設"),
    ):
        page = client.get(address)
        assert page.status_code == 200, address
        for word in words:
            assert word in page.text, f"{address}: {word}"


def test_a_window_is_set_with_its_warnings(
    client: FlaskClient, administrator: Actor, school: School
) -> None:
    address = f"/school/calendar/{YEAR}/1/outcome_upload/0"
    typed = {
        "opens_on": "115/11/01",
        "opens_time": "08:00",
        "closes_on": "民國116年1月15日",
        "closes_time": "17:00",
    }
    warned = post(client, address, **typed)
    assert warned.status_code == 422
    assert "不到休業式" in warned.text, "closing before the ceremony is pointed out"
    assert windows.find(school.id, WindowKind.OUTCOME_UPLOAD, YEAR, 1) is None
    answer = post(client, address, confirmed="y", **typed)
    assert answer.status_code == 302
    assert "民國116年1月15日（星期五）17:00" in client.get(answer.location).text
    found = windows.find(school.id, WindowKind.OUTCOME_UPLOAD, YEAR, 1)
    assert found is not None
    assert found.closes_at == at(2027, 1, 15, 17)


def test_a_window_that_closes_first_keeps_what_was_typed(
    client: FlaskClient, administrator: Actor
) -> None:
    answer = post(
        client,
        f"/school/calendar/{YEAR}/1/certification/0",
        opens_on="115/11/30",
        opens_time="08:00",
        closes_on="115/11/29",
        closes_time="17:00",
    )
    assert answer.status_code == 422
    assert "截止時間要晚於開放時間" in answer.text
    assert "115/11/29" in answer.text or "民國115年11月29日" in answer.text


@pytest.mark.parametrize(
    "address",
    [
        "/school/calendar/115/1/nothing/0",
        "/school/calendar/115/1/selection/0",
        "/school/calendar/115/0/outcome_upload/0",
        "/school/calendar/9999999/1/outcome_upload/0",
        "/school/calendar/107/1/outcome_upload/0",
    ],
)
def test_an_unknown_kind_of_window_is_not_found(
    client: FlaskClient, administrator: Actor, address: str
) -> None:
    assert client.get(address).status_code == 404


def test_a_rule_is_set_from_a_year_on(
    client: FlaskClient, administrator: Actor, school: School
) -> None:
    address = "/school/rules/outcome.document.max_bytes/edit"
    answer = post(client, address, value="2.5", from_year="115", source="本校補充規定第五點")
    assert answer.status_code == 302
    rule = rules.value(school.id, "outcome.document.max_bytes", 115)
    assert (rule.value, rule.own) == (2_621_440, True)
    assert rules.value(school.id, "outcome.document.max_bytes", 114).value == 4_194_304
    assert "本校補充規定第五點" in client.get(answer.location).text


@pytest.mark.parametrize(
    ("name", "value", "kept"),
    [
        ("reminder.days_before", "7, 3，1", [7, 3, 1]),
        ("calendar.ceremony.term1", "01-19", "01-19"),
        ("counselling.shown_to_parent", "yes", True),
        ("selection.outcomes.max", "5", 5),
    ],
)
def test_each_kind_of_rule_can_be_typed(
    client: FlaskClient,
    administrator: Actor,
    school: School,
    name: str,
    value: str,
    kept: Any,
) -> None:
    answer = post(
        client, f"/school/rules/{name}/edit", value=value, from_year="115", source="校務會議"
    )
    assert answer.status_code == 302
    assert rules.value(school.id, name, 115).value == kept


def test_a_rule_out_of_bounds_is_told_at_the_field(
    client: FlaskClient, administrator: Actor, school: School
) -> None:
    address = "/school/rules/selection.outcomes.max/edit"
    answer = post(client, address, value="0", from_year="115", source="校務會議")
    assert answer.status_code == 422
    assert "1 到 200" in answer.text
    assert "校務會議" in answer.text
    assert not rules.value(school.id, "selection.outcomes.max", 115).own


def test_a_fixed_rule_cannot_be_opened_for_editing(
    client: FlaskClient, administrator: Actor
) -> None:
    answer = client.get("/school/rules/counselling.leaves_school/edit")
    assert answer.status_code == 403
    assert "中央規定" in answer.text


def test_a_role_is_granted_and_revoked(
    client: FlaskClient, administrator: Actor, school: School, clock: FrozenClock
) -> None:
    person = make_teacher(school)
    answer = post(
        client,
        f"/school/people/{person.id}/roles/new",
        role="student_affairs",
        starts_on="115/11/20",
        reason="訓育組長",
    )
    assert answer.status_code == 302
    assert Role.STUDENT_AFFAIRS in queries.roles_of(school.id, person.id, date(2026, 11, 20))
    grant = db.reading().scalars(sa.select(RoleGrant).filter_by(person_id=person.id)).one()
    assert grant.reason == "訓育組長"
    clock.set(at(2026, 11, 21))
    assert post(client, f"/school/roles/{grant.id}/revoke", reason="異動").status_code == 302
    assert queries.roles_of(school.id, person.id, date(2026, 11, 21)) == frozenset()
    assert "異動" in client.get("/school/roles").text


def test_the_last_administrator_stays(
    client: FlaskClient, administrator: Actor, school: School
) -> None:
    grant = db.reading().scalars(sa.select(RoleGrant).filter_by(role=Role.ADMINISTRATOR)).one()
    answer = post(client, f"/school/roles/{grant.id}/revoke", reason="離職")
    assert answer.status_code == 422
    assert "最後一位系統管理者" in answer.text


def test_a_person_is_added_and_a_number_is_not_given_twice(
    client: FlaskClient, administrator: Actor, school: School
) -> None:
    values = {"kind": "staff", "number": "T900", "name": "王堃", "email": "T900@School.example"}
    assert post(client, "/school/people/new", **values).status_code == 302
    person = queries.person_by_number(school.id, "T900")
    assert person is not None
    assert (person.name, person.email) == ("王堃", "t900@school.example")
    again = post(client, "/school/people/new", **values)
    assert again.status_code == 422
    assert "T900 已經有人使用" in again.text


def test_a_substitute_is_set_and_ended(
    client: FlaskClient, administrator: Actor, school: School
) -> None:
    course, substitute = make_course(school), make_teacher(school, number="T777")
    address = f"/school/courses/{course.id}/teachers/new"
    without_end = post(client, address, number="T777", kind="substitute")
    assert without_end.status_code == 422
    assert "代理到哪一天" in without_end.text
    values = {"number": "T777", "kind": "substitute", "ends_on": "115/12/31"}
    assert post(client, address, **values).status_code == 302
    today = date(2026, 11, 20)
    assert queries.may_certify(substitute.id, course.id, today)
    row = db.reading().scalars(sa.select(CourseTeacher)).one()
    assert row.kind is TeachingKind.SUBSTITUTE
    ended = post(
        client,
        f"/school/courses/{course.id}/teachers/{row.id}/end",
        f"/school/courses/{course.id}",
    )
    assert ended.status_code == 302
    assert not queries.may_certify(substitute.id, course.id, today)


def test_a_homeroom_teacher_is_set_and_taken_away(
    client: FlaskClient, administrator: Actor, school: School
) -> None:
    one, teacher = make_class(school), make_teacher(school, number="T555")
    make_student(school, number="S555")
    address = f"/school/classes/{one.id}/homeroom"
    assert post(client, address, number="T000").status_code == 422
    assert post(client, address, number="S555").status_code == 422, "a student is nobody's teacher"
    assert post(client, address, number="T555").status_code == 302
    today = date(2026, 11, 20)
    assert queries.roles_of(school.id, teacher.id, today) == {Role.HOMEROOM}
    assert post(client, address, number="").status_code == 302
    assert queries.roles_of(school.id, teacher.id, today) == frozenset()


def test_people_are_paged_by_key(client: FlaskClient, administrator: Actor, school: School) -> None:
    with db.writing() as session:
        session.add_all(
            Person(
                school_id=school.id,
                kind="student",
                number=f"115{n:04d}",
                name=f"同學{n:04d}",
                active=True,
                created_at=at(2026, 8, 1),
            )
            for n in range(120)
        )
    seen: list[str] = []
    address = "/school/people?kind=student"
    for _page in range(4):
        page = client.get(address)
        seen += re.findall(r">(115\d{4})<", page.text)
        following = re.search(r'rel="next" href="([^"]+)"', page.text)
        if following is None:
            break
        address = following[1].replace("&amp;", "&")
    assert seen == [f"115{n:04d}" for n in range(120)]
    assert "同學0042" in client.get("/school/people?q=學0042").text
    assert "沒有符合的人員" in client.get("/school/people?q=%25").text


def test_another_school_is_not_there(
    client: FlaskClient, administrator: Actor, school: School
) -> None:
    other = make_school()
    person, course, one = make_teacher(other), make_course(other), make_class(other)
    staff = make_staff(other, Role.REGISTRY)
    grant = db.reading().scalars(sa.select(RoleGrant).filter_by(person_id=staff.id)).one()
    for address in (
        f"/school/people/{person.id}",
        f"/school/people/{person.id}/roles/new",
        f"/school/courses/{course.id}",
        f"/school/courses/{course.id}/teachers/new",
        f"/school/classes/{one.id}",
        f"/school/roles/{grant.id}/revoke",
    ):
        assert client.get(address).status_code == 404, address
    assert person.name not in client.get("/school/people").text


@pytest.mark.parametrize("address", ["/school/people", "/school/roles", "/audit"])
def test_students_and_teachers_keep_out(
    client: FlaskClient, school: School, act_as: Callable[[Any], Any], address: str
) -> None:
    for person in (make_student(school), make_staff(school, Role.TEACHER)):
        act_as(actor_of(person))
        assert client.get(address).status_code == 403
    act_as(None)
    assert client.get(address).status_code == 401


def test_a_student_reads_the_calendar_and_the_rules_but_changes_nothing(
    client: FlaskClient, school: School, act_as: Callable[[Any], Any]
) -> None:
    act_as(actor_of(make_student(school)))
    assert client.get("/school/rules/selection.outcomes.max").status_code == 200
    page = client.get("/school/calendar")
    assert page.status_code == 200
    assert "尚未設定的期間" not in page.text
    assert client.get(f"/school/calendar/{YEAR}/0/selection/0").status_code == 403
    assert client.get("/school/rules/selection.outcomes.max/edit").status_code == 403


def test_a_refusing_rule_explains_itself_to_templates(
    app: Any, administrator: Actor, school: School
) -> None:
    make_rule(school, "selection.outcomes.max", 4, source="補充規定第六點")
    why = app.jinja_env.globals["rule_why"]
    assert "補充規定第六點" in why("selection.outcomes.max")
    assert why("no.such.rule") == ""


def test_the_picture_of_the_year_places_its_bars(school: School) -> None:
    first = make_window(
        school, WindowKind.OUTCOME_UPLOAD, opens_at=at(2026, 8, 1), closes_at=at(2026, 8, 2)
    )
    last = make_window(
        school, WindowKind.SELECTION, opens_at=at(2027, 7, 1), closes_at=at(2027, 9, 1)
    )
    picture = draw(school.id, YEAR, [first, last], at(2026, 11, 20, 9, 30))
    (early,), (late,) = (row.bars for row in picture.rows)
    assert (early.x, early.width) == (0.0, 0.8), "never too thin to be seen"
    assert late.x + late.width == pytest.approx(100, abs=8), "it reaches as far as the last closing"
    months = [month.label for month in picture.months]
    assert months == [str(one) for one in (8, 9, 10, 11, 12, 1, 2, 3, 4, 5, 6, 7, 8, 9)]
    assert [term.label for term in picture.terms] == ["第 1 學期", "第 2 學期"]
    assert [day.label for day in picture.ceremonies] == ["休業式"] * 2
    assert picture.today == pytest.approx(111.4 / 426 * 100, abs=0.1)
    assert draw(school.id, YEAR + 1, [], at(2026, 11, 20)).today is None


FORMS = [
    school_forms.WindowForm,
    school_forms.NumberRuleForm,
    school_forms.SizeRuleForm,
    school_forms.YesNoRuleForm,
    school_forms.TextRuleForm,
    school_forms.GrantForm,
    school_forms.RevokeForm,
    school_forms.PersonForm,
    school_forms.TeachingForm,
    school_forms.HomeroomForm,
]


@pytest.mark.parametrize("form", FORMS)
def test_every_form_can_be_asked_at_every_door(app: Any, form: Any) -> None:
    with app.test_request_context():
        described = describe(form)
    assert described.name
    assert all(field.prompt for field in described.fields)
