"""A year's windows: laid out at once, copied, previewed, warned about, undone."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from hypothesis import given, settings
from hypothesis import strategies as st

from forms.definition import describe
from plugin import db
from plugin.actor import Actor, Role
from plugin.clock import TAIPEI
from plugin.errors import Conflict, InvalidInput, NotAllowed, NotFound, WindowClosed
from plugin.school import calendar_queries, concerns, operations, windows, year_plan
from plugin.school.calendar_forms import ExtendForm, RevokeExtensionForm, keys_of_year, year_form
from plugin.school.models import School, Window, WindowKind
from plugin.school.terms import LAST_YEAR
from plugin.school.year_plan import Planned
from plugin.trail.models import AuditEvent
from tests.factories import (
    YEAR,
    FrozenClock,
    actor_of,
    at,
    make_school,
    make_staff,
    make_student,
    make_window,
)

UPLOAD, CERTIFY = WindowKind.OUTCOME_UPLOAD, WindowKind.CERTIFICATION


@pytest.fixture
def school(app: Any) -> School:
    return make_school()


@pytest.fixture
def clerk(school: School, act_as: Callable[[Any], Any]) -> Actor:
    found: Actor = act_as(actor_of(make_staff(school, Role.REGISTRY)))
    return found


def typed(client: FlaskClient, address: str) -> dict[str, str]:
    """What the form of a page would post as it stands."""
    page = client.get(address)
    assert page.status_code == 200
    found = re.findall(r'<input[^>]*name="([^"]+)"[^>]*value="([^"]*)"', page.text)
    return {name: value for name, value in found if name not in {"confirmed", "next", "locale"}}


def lay_out(clerk: Actor, year: int = YEAR) -> None:
    plan = year_plan.template(year)
    rows = {key: (one.opens_at, one.closes_at) for key, one in plan.items()}
    operations.lay_out(clerk, year, rows, confirmed=False)


class TestTheTemplate:
    @pytest.mark.parametrize("year", [108, 115, 117, LAST_YEAR])
    def test_needs_no_second_look(self, school: School, year: int) -> None:
        plan = year_plan.template(year)
        assert [one.text for one in concerns.of(school.id, year, plan, plan)] == []
        needed = {
            (kind, term)
            for kind in WindowKind
            for term in ((0,) if kind in windows.YEARLY else (1, 2))
        }
        assert needed <= {(kind, term) for kind, term, _grade in plan}

    def test_fills_the_form_and_is_saved_from_it(
        self, client: FlaskClient, clerk: Actor, school: School
    ) -> None:
        address = f"/school/calendar/{YEAR}?start=template"
        answer = client.post(address, data=typed(client, address) | {"act": "save"})
        assert answer.status_code == 302
        assert year_plan.current(school.id, YEAR) == year_plan.template(YEAR)
        assert client.get("/school/calendar").text.count("<rect") > len(year_plan.template(YEAR))

    def test_the_other_work_is_added_once(self, client: FlaskClient, clerk: Actor) -> None:
        values = typed(client, "/school/plan")
        for _time in range(2):
            assert client.post("/school/plan", data=values).status_code == 302
        items = calendar_queries.plan_items(clerk.school_id or 0, YEAR)
        assert len(items) == len(year_plan.template_items(YEAR))


class TestLastYear:
    def test_same_dates_and_same_days_of_the_week(self, school: School, clerk: Actor) -> None:
        lay_out(clerk, YEAR - 1)
        before = year_plan.current(school.id, YEAR - 1)
        dates = year_plan.shifted(school.id, YEAR - 1, YEAR, same_weekday=False)
        weekdays = year_plan.shifted(school.id, YEAR - 1, YEAR, same_weekday=True)
        for key, old in before.items():
            was = old.opens_at.astimezone(TAIPEI)
            moved = dates[key].opens_at.astimezone(TAIPEI)
            assert (moved.year, moved.month, moved.day) == (was.year + 1, was.month, was.day)
            again = weekdays[key].opens_at.astimezone(TAIPEI)
            assert (again.weekday(), again.time()) == (was.weekday(), was.time())

    def test_the_29th_of_february_becomes_the_28th(self, school: School) -> None:
        make_window(
            school, UPLOAD, academic_year=112, term=2,
            opens_at=at(2024, 2, 29, 8), closes_at=at(2024, 3, 9),
        )  # fmt: skip
        moved = year_plan.shifted(school.id, 112, 113, same_weekday=False)[UPLOAD, 2, 0]
        assert moved.opens_at == at(2025, 2, 28, 8)

    def test_by_the_page(self, client: FlaskClient, clerk: Actor, school: School) -> None:
        lay_out(clerk, YEAR - 1)
        assert "複製去年" in client.get("/school/calendar").text
        address = f"/school/calendar/{YEAR}?start=weekdays"
        assert client.post(address, data=typed(client, address)).status_code == 302
        expected = year_plan.shifted(school.id, YEAR - 1, YEAR, same_weekday=True)
        assert year_plan.current(school.id, YEAR) == expected


class TestThePreview:
    def test_draws_what_was_typed_and_saves_nothing(
        self, client: FlaskClient, clerk: Actor, school: School
    ) -> None:
        lay_out(clerk)
        before = year_plan.current(school.id, YEAR)
        address = f"/school/calendar/{YEAR}"
        values = typed(client, address) | {"certification_1_0_closes": "116/1/5 12:30"}
        page = client.post(address, data=values | {"act": "preview"})
        assert page.status_code == 200
        assert "10/1–1/5" in page.text, "the bar's dates"
        assert "來不及認證" in page.text
        assert 'name="confirmed"' in page.text
        assert 'value="116/1/5 12:30"' in page.text, "as it was typed"
        db._close_reads()
        assert year_plan.current(school.id, YEAR) == before

    def test_what_should_be_looked_at_is_saved_only_with_a_word(
        self, client: FlaskClient, clerk: Actor, school: School
    ) -> None:
        lay_out(clerk)
        address = f"/school/calendar/{YEAR}"
        values = typed(client, address) | {"certification_1_0_closes": "116/1/5"}
        page = client.post(address, data=values)
        assert page.status_code == 422
        assert "請先看過提醒" in page.text
        assert client.post(address, data=values | {"confirmed": "y"}).status_code == 302
        found = windows.exact(school.id, CERTIFY, YEAR, 1, 0)
        assert found is not None
        assert found.closes_at == at(2027, 1, 5, 17), "a day alone is until its evening"

    def test_what_cannot_be_read_is_said_at_its_field(
        self, client: FlaskClient, clerk: Actor, school: School
    ) -> None:
        address = f"/school/calendar/{YEAR}"
        values = typed(client, address) | {
            "posts_1_0_opens": "明年再說",
            "posts_1_0_closes": "116/1/5",
            "posts_2_0_opens": "116/3/1",
            "receipt_0_0_opens": "116/10/20 08:00",
            "receipt_0_0_closes": "116/10/20 07:00",
        }
        page = client.post(address, data=values | {"confirmed": "y"})
        assert page.status_code == 422
        for words in ("看不懂這個時間", "要一起填", "截止時間要晚於開放時間"):
            assert words in page.text
        assert year_plan.current(school.id, YEAR) == {}

    def test_an_empty_pair_takes_a_window_away(
        self, client: FlaskClient, clerk: Actor, school: School
    ) -> None:
        lay_out(clerk)
        address = f"/school/calendar/{YEAR}"
        gone = {"posts_1_0_opens": "", "posts_1_0_closes": ""}
        assert client.post(address, data=typed(client, address) | gone).status_code == 302
        with pytest.raises(WindowClosed, match="尚未設定"):
            windows.require_open(school.id, WindowKind.POSTS, YEAR, 1)


class TestUndo:
    def test_each_change_back_to_the_beginning(self, school: School, clerk: Actor) -> None:
        states = [year_plan.current(school.id, YEAR)]
        lay_out(clerk)
        states.append(year_plan.current(school.id, YEAR))
        operations.set_window(clerk, UPLOAD, YEAR, at(2026, 9, 1), at(2027, 2, 15), term=1)
        states.append(year_plan.current(school.id, YEAR))
        operations.remove_window(clerk, CERTIFY, YEAR, term=1)
        while states:
            expected = states.pop()
            last = calendar_queries.last_change(school.id, YEAR)
            assert last is not None
            operations.undo(clerk, last.id)
            db._close_reads()
            assert year_plan.current(school.id, YEAR) == expected
        assert calendar_queries.last_change(school.id, YEAR) is None
        verbs = set(db.reading().scalars(sa.select(AuditEvent.verb)))
        assert {"window.set", "window.remove", "calendar.undo"} <= verbs

    def test_only_the_last_and_only_once(self, school: School, clerk: Actor) -> None:
        operations.set_window(clerk, UPLOAD, YEAR, at(2026, 9, 1), at(2027, 2, 15), term=1)
        first = calendar_queries.last_change(school.id, YEAR)
        operations.set_window(clerk, CERTIFY, YEAR, at(2026, 9, 1), at(2027, 2, 25), term=1)
        second = calendar_queries.last_change(school.id, YEAR)
        assert first is not None
        assert second is not None
        with pytest.raises(Conflict):
            operations.undo(clerk, first.id)
        operations.undo(clerk, second.id)
        with pytest.raises(Conflict):
            operations.undo(clerk, second.id)

    def test_what_stays_as_it_is_is_no_change(self, school: School, clerk: Actor) -> None:
        lay_out(clerk)
        first = calendar_queries.last_change(school.id, YEAR)
        lay_out(clerk)
        assert calendar_queries.last_change(school.id, YEAR) == first

    def test_by_the_page(self, client: FlaskClient, clerk: Actor, school: School) -> None:
        lay_out(clerk)
        last = calendar_queries.last_change(school.id, YEAR)
        assert last is not None
        address = f"/school/calendar/changes/{last.id}"
        assert address in client.get("/school/calendar").text
        assert "未設定" in client.get(address).text
        assert client.post(address, data=typed(client, address)).status_code == 302
        assert year_plan.current(school.id, YEAR) == {}

    def test_another_schools_and_by_a_student(self, school: School, clerk: Actor) -> None:
        lay_out(clerk)
        last = calendar_queries.last_change(school.id, YEAR)
        assert last is not None
        elsewhere = make_school()
        with pytest.raises(NotFound):
            operations.undo(actor_of(make_staff(elsewhere, Role.REGISTRY)), last.id)
        with pytest.raises(NotAllowed):
            operations.undo(actor_of(make_student(school)), last.id)


class TestOne:
    ADDRESS = f"/school/calendar/{YEAR}/1/outcome_upload/0"

    def test_the_preview_of_one(self, client: FlaskClient, clerk: Actor, school: School) -> None:
        values = typed(client, self.ADDRESS) | {
            "opens_on": "115/10/01", "closes_on": "116/02/10", "act": "preview",
        }  # fmt: skip
        page = client.post(self.ADDRESS, data=values)
        assert page.status_code == 200
        assert "10/1–2/10" in page.text
        assert windows.exact(school.id, UPLOAD, YEAR, 1, 0) is None

    def test_is_taken_away(self, client: FlaskClient, clerk: Actor, school: School) -> None:
        make_window(school, UPLOAD)
        answer = client.post(self.ADDRESS, data=typed(client, self.ADDRESS) | {"act": "remove"})
        assert answer.status_code == 302
        assert windows.find(school.id, UPLOAD, YEAR, 1) is None

    def test_a_batch_has_its_own(self, client: FlaskClient, clerk: Actor, school: School) -> None:
        make_window(school, WindowKind.SELECTION)
        address = f"/school/calendar/{YEAR}/1/selection/3"
        values = typed(client, address) | {"opens_on": "116/01/10", "closes_on": "116/01/20"}
        assert client.post(address, data=values).status_code == 302
        own = windows.find(school.id, WindowKind.SELECTION, YEAR, grade=3, batch=1)
        other = windows.find(school.id, WindowKind.SELECTION, YEAR, grade=3, batch=2)
        assert own is not None
        assert other is not None
        assert (own.opens_at, other.grade) == (at(2027, 1, 10, 8), 0)
        assert "三年級第 1 梯次" in windows.title(own)
        assert client.get(f"/school/calendar/{YEAR}/1/receipt/2").status_code == 404


class TestConcerns:
    def test_a_window_in_the_wrong_year(self, school: School, clerk: Actor) -> None:
        _window, found = operations.set_window(
            clerk, WindowKind.POSTS, YEAR, at(2025, 9, 1), at(2026, 1, 31), term=1
        )
        assert [one.code for one in found] == ["NOT_IN_TERM"]
        with pytest.raises(operations.Unconfirmed):
            operations.set_window(
                clerk, WindowKind.POSTS, YEAR, at(2025, 9, 1), at(2026, 1, 30), term=1,
                confirmed=False,
            )  # fmt: skip

    @settings(max_examples=60, deadline=None)
    @given(
        opens=st.integers(-200, 600), length=st.integers(1, 90), term=st.integers(1, 2),
        kind=st.sampled_from([WindowKind.POSTS, WindowKind.COUNSELLING]),
    )  # fmt: skip
    def test_never_in_the_term_means_never(
        self, opens: int, length: int, term: int, kind: WindowKind
    ) -> None:
        """Said exactly when no moment of the window lies in the term."""
        begin = at(2026, 8, 1) + timedelta(days=opens)
        one = Planned(kind, term, 0, begin, begin + timedelta(days=length))
        first = at(2026, 8, 1) if term == 1 else at(2027, 2, 1)
        last = at(2027, 2, 1) if term == 1 else at(2027, 8, 1)
        inside = max(begin, first) < min(one.closes_at, last)
        assert (concerns._never_in_its_term(YEAR, one) == []) is inside

    def test_terms_that_do_not_fit(self, clerk: Actor) -> None:
        for key in (
            (UPLOAD, 0, 0),
            (UPLOAD, 1, 9),
            (WindowKind.SELECTION, 1, 2),
            (WindowKind.RECEIPT, 1, 2),
            (WindowKind.RECEIPT, 3, 3),
        ):
            with pytest.raises(InvalidInput):
                operations.lay_out(
                    clerk, YEAR, {key: (at(2026, 9, 1), at(2026, 9, 2))}, confirmed=True
                )


class TestExtending:
    def test_by_the_page(
        self, client: FlaskClient, clerk: Actor, school: School, clock: FrozenClock
    ) -> None:
        make_window(school, UPLOAD)
        make_window(school, CERTIFY)
        student = make_student(school, number="1150101", name="林同學")
        address = f"/school/calendar/extensions/new?year={YEAR}"
        values = typed(client, address) | {
            "window": "outcome_upload-1", "holder_kind": "student", "holder": "1150101",
            "until": "115/12/05 12:00", "reason": "公假",
        }  # fmt: skip
        warned = client.post(address, data=values)
        assert warned.status_code == 422
        assert "來不及認證" in warned.text
        assert client.post(address, data=values | {"confirmed": "y"}).status_code == 302
        found = windows.find(school.id, UPLOAD, YEAR, 1, student_id=student.id)
        assert found is not None
        assert found.closes_at == at(2026, 12, 5, 12)
        shown = client.get("/school/calendar").text
        assert "林同學" in shown
        (revoke,) = re.findall(r'href="([^"]*/revoke)"', shown)
        answer = client.post(revoke, data=typed(client, revoke) | {"reason": "填錯"})
        assert answer.status_code == 302
        assert "已撤銷" in client.get("/school/calendar").text

    @pytest.mark.parametrize("holder_kind", ["student", "class", "course"])
    def test_nobody_of_that_number(
        self, client: FlaskClient, clerk: Actor, school: School, holder_kind: str
    ) -> None:
        make_window(school, CERTIFY)
        address = f"/school/calendar/extensions/new?year={YEAR}"
        values = typed(client, address) | {
            "window": "certification-1", "holder_kind": holder_kind, "holder": "沒有",
            "until": "115/12/05 12:00", "reason": "公假",
        }  # fmt: skip
        page = client.post(address, data=values)
        assert page.status_code == 422
        assert "「沒有」" in page.text

    def test_the_student_reads_the_own_deadline_and_others_do_not(
        self, client: FlaskClient, clerk: Actor, school: School, act_as: Callable[[Any], Any]
    ) -> None:
        make_window(school, UPLOAD)
        one, other = make_student(school), make_student(school)
        operations.extend_window(
            clerk, UPLOAD, YEAR, at(2026, 12, 5, 12), "公假", term=1, student_id=one.id
        )
        act_as(actor_of(one))
        page = client.get("/outcomes").text
        assert "您的期限延到" in page
        assert "民國115年12月5日（星期六）12:00" in page
        assert "公假" not in client.get("/school/calendar").text, (
            "whose and why is not for students"
        )
        act_as(actor_of(other))
        assert "您的期限延到" not in client.get("/outcomes").text


def test_every_form_can_be_asked_at_every_door(app: Any) -> None:
    with app.test_request_context():
        forms = [year_form(keys_of_year(()), {}), ExtendForm(), RevokeExtensionForm()]
        for form in forms:
            described = describe(form)
            assert described.title
            assert all(field.prompt for field in described.fields)


def test_the_windows_of_a_year_are_one_statement(school: School, clerk: Actor) -> None:
    lay_out(clerk)
    db._close_reads()
    seen: list[str] = []

    @sa.event.listens_for(db.engine(), "before_cursor_execute")
    def note(_c: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if statement.startswith("SELECT"):
            seen.append(statement)

    for kind in WindowKind:
        windows.find(school.id, kind, YEAR, 1, 2, student_id=1)
    assert len(seen) == 2, "windows, extensions"
    assert db.reading().scalar(sa.select(sa.func.count()).select_from(Window)) == 20
