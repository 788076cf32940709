"""Legal periods by 行政程序法 §48, and the table of office days that a school brings in."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Collection
from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from plugin import db
from plugin.actor import Actor, Role
from plugin.errors import Conflict, NotAllowed, NotFound
from plugin.school import office_calendar, office_calendar_file
from plugin.school.calendar_models import OfficeCalendar
from plugin.school.models import School
from plugin.school.office_calendar_file import BadCalendar
from plugin.school.office_days import Ends, Table, after_days, after_months, moved
from plugin.school.operations.office_calendar import (
    end_office_calendar,
    propose_office_calendar,
    take_office_calendar,
)
from plugin.trail.models import AuditEvent
from tests.factories import actor_of, make_school, make_staff

LAW = Table()
EVERY_DAY = Table(years=range(2000, 2100))
"""Nobody ever rests: what a period is before it is moved."""


def d(text: str) -> date:
    return date.fromisoformat(text)


NEW_YEAR_2026 = Table(years={2026}, rests=[date(2026, 2, day) for day in range(14, 23)])
"""Lunar New Year 2026 alone: Saturday 14 to Sunday 22 February."""
MAKE_UP_2024 = Table(years={2024}, rests=[d("2024-02-18")])
"""Saturday 2024-02-17 was worked for a bridge day before Lunar New Year."""


class TestDays:
    @pytest.mark.parametrize(
        ("fact", "days", "ends"),
        [
            ("2026-11-20", 7, Ends(d("2026-11-27"))),  # §48 II: the 20th is not counted
            ("2026-11-20", 10, Ends(d("2026-11-30"))),  # a month ends within it
            ("2024-02-22", 7, Ends(d("2024-02-29"))),  # a leap day is a day
            ("2026-12-10", 15, Ends(d("2026-12-28"), noon=False)),  # 12/25 is a holiday since 114
            ("2026-11-15", 7, Ends(d("2026-11-23"))),  # Sunday → Monday, the whole day
            ("2026-11-14", 7, Ends(d("2026-11-23"), noon=True)),  # Saturday → Monday morning
            ("2026-10-02", 7, Ends(d("2026-10-12"))),  # Friday, observed holiday → Monday
            ("2026-10-03", 7, Ends(d("2026-10-12"), noon=True)),  # National Day on a Saturday
            ("2027-02-21", 7, Ends(d("2027-03-02"))),  # Sunday and its observed Monday → Tuesday
            ("2027-02-20", 7, Ends(d("2027-03-02"))),  # Saturday before that: no morning is left
        ],
    )
    def test_examples(self, fact: str, days: int, ends: Ends) -> None:
        assert after_days(d(fact), days, LAW) == ends

    def test_over_lunar_new_year(self) -> None:
        for last in range(14, 23):
            found = after_days(date(2026, 2, last) - timedelta(days=15), 15, NEW_YEAR_2026)
            # Only the last Saturday has its Monday at once, and so its morning.
            assert found == Ends(d("2026-02-23"), noon=last == 21), last

    def test_a_worked_saturday_is_a_last_day_like_any_other(self) -> None:
        assert after_days(d("2024-02-10"), 7, MAKE_UP_2024) == Ends(d("2024-02-17"))
        assert after_days(d("2024-02-11"), 7, MAKE_UP_2024) == Ends(d("2024-02-19"))


class TestMonths:
    @pytest.mark.parametrize(
        ("fact", "months", "ends"),
        [
            # §48 III: from the day after the fact to the day before the corresponding day
            ("2026-08-19", 3, "2026-11-19"),
            ("2026-11-30", 3, "2027-02-28"),  # begins on the first: the month's own end
            ("2026-11-29", 3, "2027-02-28"),  # 11/30 has no corresponding day in February
            ("2026-01-30", 1, "2026-02-28"),  # begins 1/31
            ("2024-01-30", 1, "2024-02-29"),  # … of a leap year
            ("2024-02-28", 12, "2025-02-28"),  # begins on the leap day
            ("2023-11-29", 3, "2024-02-29"),
            ("2026-09-30", 3, "2026-12-31"),
            ("2026-12-31", 12, "2027-12-31"),
        ],
    )
    def test_examples(self, fact: str, months: int, ends: str) -> None:
        assert after_months(d(fact), months, EVERY_DAY) == Ends(d(ends))

    def test_the_end_is_moved_like_that_of_days(self) -> None:
        assert after_months(d("2026-08-21"), 3, LAW) == Ends(d("2026-11-23"), noon=True)
        assert after_months(d("2026-08-22"), 3, LAW) == Ends(d("2026-11-23"))


patient = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
"""The machine may be busy."""
days = st.dates(date(2015, 1, 1), date(2035, 12, 31))
tables = st.builds(
    lambda years, rests: Table(years, frozenset(rests)),
    st.frozensets(st.integers(2015, 2036)),
    st.frozensets(st.dates(date(2015, 1, 1), date(2036, 12, 31)), max_size=40),
)


class TestProperties:
    @patient
    @given(days, st.integers(1, 90), tables)
    def test_a_period_ends_on_the_first_office_day_that_is_not_before_its_last(
        self, fact: date, count: int, table: Table
    ) -> None:
        last = fact + timedelta(days=count)
        found = after_days(fact, count, table)
        assert found.on >= last
        assert not table.rest(found.on)
        between = [last + timedelta(days=one) for one in range((found.on - last).days)]
        assert all(table.rest(one) for one in between)

    @patient
    @given(days, tables)
    def test_noon_is_of_saturdays_alone(self, last: date, table: Table) -> None:
        found = moved(last, table)
        if found.noon:
            assert (last.weekday(), found.on.weekday()) == (5, 0)
            assert table.rest(last)
        assert moved(found.on, table).on == found.on

    @patient
    @given(days, st.integers(1, 24))
    def test_months_end_on_the_day_of_the_fact_or_at_the_end_of_the_month(
        self, fact: date, months: int
    ) -> None:
        found = after_months(fact, months, EVERY_DAY).on
        following = found + timedelta(days=1)
        begins = fact + timedelta(days=1)
        assert (following.year * 12 + following.month) - (begins.year * 12 + begins.month) in {
            months,
            months + 1,
        }
        assert following.day == begins.day or (following.day == 1 and begins.day > 28)

    @patient
    @given(days, days, st.integers(1, 24), tables)
    def test_who_began_later_never_ends_earlier(
        self, one: date, other: date, months: int, table: Table
    ) -> None:
        first, second = sorted((one, other))
        assert after_months(first, months, table).on <= after_months(second, months, table).on

    def test_a_table_without_any_office_day_is_no_table(self) -> None:
        with pytest.raises(ValueError, match="no office day"):
            moved(
                d("2026-01-01"), Table({2026}, [d("2026-01-01") + timedelta(n) for n in range(90)])
            )


def calendar(
    year: int,
    *,
    rests: Collection[date] = (),
    works: Collection[date] = (),
    quoted: bool = False,
    slashes: bool = False,
) -> str:
    """A year as the government's file says it: weekends and 1 January, and what is asked for."""
    out = io.StringIO()
    writer = csv.writer(out, quoting=csv.QUOTE_ALL if quoted else csv.QUOTE_MINIMAL)
    writer.writerow(["西元日期", "星期", "是否放假", "備註"])
    day = date(year, 1, 1)
    while day.year == year:
        rest = day in rests or (
            day not in works and (day.weekday() >= 5 or day.day == day.month == 1)
        )
        remark = "補行上班" if day in works else "開國紀念日" if day.day == day.month == 1 else ""
        text = f"{day:%Y/%m/%d}" if slashes else f"{day:%Y%m%d}"
        writer.writerow([text, "一二三四五六日"[day.weekday()], 2 if rest else 0, remark])
        day += timedelta(days=1)
    return out.getvalue()


class TestFile:
    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp950"])
    @pytest.mark.parametrize("shape", [{}, {"quoted": True}, {"slashes": True}])
    def test_every_way_it_is_published(self, app: Flask, encoding: str, shape: dict) -> None:
        text = calendar(2027, works={d("2027-02-20")}, **shape)
        found = office_calendar_file.read(text.encode(encoding))
        assert found.year == 2027
        assert d("2027-01-01") in found.rests
        assert d("2027-02-20") not in found.rests
        assert found.remarks[d("2027-02-20")] == "補行上班"
        assert len(found.rests) == 104 + 1 - 1  # 52 weekends, a holiday, a worked Saturday

    @pytest.mark.parametrize(
        ("spoil", "words"),
        [
            (lambda text: text.replace("20270301,一,0,", "20270301,二,0,"), "第 61 行：星期與日期"),
            (
                lambda text: text.replace("20270301,一,0,", "20270301,一,7,"),
                "第 61 行：「是否放假」",
            ),
            (lambda text: text.replace("20270301,", "20270230,"), "第 61 行：西元日期"),
            (lambda text: text.replace("20270301,一,0,\r\n", ""), "缺少 3/1"),
            (lambda text: text.replace("20270302,二,", "20270301,一,"), "已經出現過"),
            (lambda text: text.replace("西元日期", "日期"), "欄名"),
            (lambda text: text + "20280101,六,2,\r\n", "好幾個年度"),
            (lambda text: text.replace(",0,", ",2,"), "連續放假"),
            (lambda text: text.splitlines()[0], "沒有任何日期"),
            (lambda text: "", "欄名"),
            (lambda text: text + " " * 300_000, "太大"),
        ],
    )
    def test_what_is_no_table_is_refused_with_the_line(
        self, app: Flask, spoil: Callable[[str], str], words: str
    ) -> None:
        with pytest.raises(BadCalendar) as refused:
            office_calendar_file.read(spoil(calendar(2027)).encode())
        assert words in refused.value.message
        assert "人事行政總處" in refused.value.remedy

    @patient
    @given(st.binary(max_size=400))
    def test_no_bytes_break_it(self, data: bytes) -> None:
        app = Flask(__name__)
        from flask_babel import Babel

        Babel(app)
        with app.app_context(), pytest.raises(BadCalendar):
            office_calendar_file.read(data)


@pytest.fixture
def school(app: Flask) -> School:
    return make_school()


@pytest.fixture
def keeper(school: School) -> Actor:
    return actor_of(make_staff(school, Role.ADMINISTRATOR))


def brought(keeper: Actor, **more: Any) -> OfficeCalendar:
    row = propose_office_calendar(keeper, "117年辦公日曆表.csv", calendar(2028, **more).encode())
    return take_office_calendar(keeper, row.id)


class TestTaking:
    def test_a_proposal_holds_once_it_is_taken(self, school: School, keeper: Actor) -> None:
        assert not office_calendar.table_of(school.id).rest(d("2028-06-01"))
        data = calendar(2028, rests={d("2028-06-01")}).encode()
        row = propose_office_calendar(keeper, "a.csv", data)
        assert not office_calendar.table_of(school.id).rest(d("2028-06-01"))
        take_office_calendar(keeper, row.id)
        table = office_calendar.table_of(school.id)
        assert table.rest(d("2028-06-01"))
        assert not table.rest(d("2028-02-28"))  # the law would rest; the table says every day
        assert table.rest(d("2027-02-28"))  # of other years the law says
        with pytest.raises(Conflict):
            take_office_calendar(keeper, row.id)
        lines = db.reading().query(AuditEvent).filter_by(verb="office_calendar.take").all()
        assert [line.detail["year"] for line in lines] == [2028]

    def test_taken_back_the_one_before_holds_again(self, school: School, keeper: Actor) -> None:
        first = brought(keeper, rests={d("2028-06-01")})
        second = brought(keeper, rests={d("2028-06-02")})
        assert second.id != first.id
        assert not office_calendar.table_of(school.id).rest(d("2028-06-01"))
        end_office_calendar(keeper, second.id)
        assert office_calendar.table_of(school.id).rest(d("2028-06-01"))
        end_office_calendar(keeper, first.id)
        assert office_calendar.table_of(school.id) == Table(frozenset(), frozenset())
        with pytest.raises(Conflict):
            end_office_calendar(keeper, first.id)
        found = office_calendar.history(school.id)
        assert [(one.calendar.id, one.holds) for one in found.items] == [
            (second.id, False),
            (first.id, False),
        ]

    def test_a_write_sees_the_table_it_has_just_taken(self, school: School, keeper: Actor) -> None:
        row = propose_office_calendar(
            keeper, "a.csv", calendar(2028, rests={d("2028-06-01")}).encode()
        )
        with db.writing():
            assert not office_calendar.table_of(school.id).rest(d("2028-06-01"))
            take_office_calendar(keeper, row.id)
            assert office_calendar.table_of(school.id).rest(d("2028-06-01"))

    def test_one_proposal_a_person_and_nobody_elses(self, school: School, keeper: Actor) -> None:
        first = propose_office_calendar(keeper, "a.csv", calendar(2027).encode())
        again = propose_office_calendar(keeper, "b.csv", calendar(2028).encode())
        assert (again.id, again.year) == (first.id, 2028)
        colleague = actor_of(make_staff(school, Role.ISSUING_OFFICE))
        for stranger in (colleague, actor_of(make_staff(make_school(), Role.ADMINISTRATOR))):
            with pytest.raises(NotFound):
                take_office_calendar(stranger, first.id)
            with pytest.raises(NotFound):
                end_office_calendar(stranger, first.id)
        with pytest.raises(NotAllowed):
            propose_office_calendar(
                actor_of(make_staff(school, Role.COUNSELLOR)), "a.csv", calendar(2027).encode()
            )

    def test_another_schools_table_is_not_ours(self, school: School, keeper: Actor) -> None:
        brought(keeper, rests={d("2028-06-01")})
        assert not office_calendar.table_of(make_school().id).rest(d("2028-06-01"))

    def test_differences(self, school: School, keeper: Actor) -> None:
        row = brought(keeper, rests={d("2028-06-01")}, works={d("2028-06-03")})
        found = {one.day: one for one in office_calendar.differences(row, Table())}
        assert found[d("2028-06-01")].rests
        assert not found[d("2028-06-03")].rests
        assert found[d("2028-06-03")].remark == "補行上班"
        assert d("2028-06-04") not in found
        assert office_calendar.differences(row, office_calendar.table_of(school.id)) == []


def post(client: FlaskClient, address: str, **values: Any) -> Any:
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', client.get(address).text)
    assert found
    return client.post(address, data={"csrf_token": found[1], **values})


class TestPages:
    def test_upload_preview_take_and_undo(
        self, client: FlaskClient, keeper: Actor, act_as: Callable[[Any], Any]
    ) -> None:
        act_as(keeper)
        assert "還沒有上傳過辦公日曆表" in client.get("/school/office-days").text
        data = calendar(2027, rests={d("2027-06-01")}).encode("cp950")
        answer = post(
            client, "/school/office-days/new", file=(io.BytesIO(data), "116年辦公日曆表.csv")
        )
        assert answer.status_code == 302
        preview = client.get(answer.location)
        assert "116年辦公日曆表.csv" in preview.text
        assert "6月1日" in preview.text
        post(client, answer.location, act="take")
        assert "採用中" in client.get("/school/office-days").text
        assert "停用這份日曆表" in client.get(answer.location).text
        post(client, answer.location, act="end")
        assert "已停用" in client.get("/school/office-days").text

    def test_a_bad_file_is_explained_at_the_field(
        self, client: FlaskClient, keeper: Actor, act_as: Callable[[Any], Any]
    ) -> None:
        act_as(keeper)
        answer = post(client, "/school/office-days/new", file=(io.BytesIO(b"no table"), "a.csv"))
        assert answer.status_code == 422
        assert "欄名" in answer.text
