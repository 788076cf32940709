"""The office's statistics: counted by the database, whatever there is of it."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import openpyxl
import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from plugin import db, tenancy
from plugin.actor import Actor, Role
from plugin.certification.models import (
    CaseKind,
    CaseState,
    Category,
    CertificationCase,
    Mode,
    Path,
)
from plugin.certification.queries import figures
from plugin.certification.queries.figures import Figures
from plugin.school.models import School
from tests.factories import actor_of, at, make_staff
from tests.factories.certification import make_applicant, make_clerk, make_office

S = CaseState
PAGE = "/certification/statistics"


@pytest.fixture
def office(app: Flask) -> School:
    return make_office()


@pytest.fixture
def clerk(office: School, act_as: Callable[[Any], Any]) -> Actor:
    return act_as(make_clerk(office))


def fill(office: School, rows: list[dict[str, Any]]) -> None:
    """Cases by the hundred, past the operations."""
    applicant = make_applicant(office)
    plain = {
        "school_id": office.id, "mode": Mode.OFFICE, "kind": CaseKind.NEW,
        "applicant_id": applicant.person_id, "name": "王小明", "national_id_digest": "x",
        "email": "a@example.org", "organisation_code": "", "organisation": "",
        "designated": False, "publish": False, "fee_lapsed": False, "refusal": "",
        "category": Category.ADMINISTRATIVE, "path": Path.EXPERIENCE, "decided_at": None,
    }  # fmt: skip
    with db.writing() as session, tenancy.across("the test fills its own office"):
        for begin in range(0, len(rows), 5000):
            session.execute(
                sa.insert(CertificationCase),
                [
                    plain | {"number": f"X{n:06d}", "created_at": row["confirmed_at"]} | row
                    for n, row in enumerate(rows[begin : begin + 5000], begin)
                ],
            )


def decided(state: CaseState, days: int, month: int = 3, **more: Any) -> dict[str, Any]:
    begun = at(2026, month, 10, 23, 30)
    # Late in the evening of Taipei: another day in UTC.
    return {
        "state": state,
        "confirmed_at": begun,
        "decided_at": begun + timedelta(days=days),
    } | more


def test_nothing_yet(client: FlaskClient, clerk: Actor) -> None:
    found = figures.of_year(clerk, 115)
    assert (found.received, found.median, found.within(90)) == (0, None, None)
    assert "這一年沒有收件" in client.get(PAGE).text
    assert client.get(f"{PAGE}.xlsx").status_code == 200


def test_one(client: FlaskClient, office: School, clerk: Actor) -> None:
    fill(office, [decided(S.CERTIFIED, 42)])
    found = figures.of_year(clerk, 115)
    assert (found.received, found.median, found.within(90)) == (1, 42, 42)
    assert found.by_month[3] == {"passed": 1, "refused": 0, "withdrawn": 0, "open": 0}
    assert client.get(PAGE).text.count("<svg") == 4


def test_each_case_stands_in_its_month_and_outcome(office: School, clerk: Actor) -> None:
    begun = at(2026, 1, 1, 0, 0)  # the first minute of the year in Taipei
    rows = [
        {"state": S.REVIEW, "confirmed_at": begun},
        {"state": S.REVIEW, "confirmed_at": begun - timedelta(minutes=1)},  # last year's
        {"state": S.DRAFT, "confirmed_at": None, "created_at": begun},
        decided(S.REFUSED, 8, month=12, category=Category.TEACHING, path=Path.EDUCATION),
        decided(S.REVOKED, 900),
        decided(S.ANNULLED, 900),
        decided(S.WITHDRAWN, 2),
        {"state": S.FEE_DUE, "confirmed_at": at(2026, 12, 31, 23, 59)},
    ]
    fill(office, rows)
    found = figures.of_year(clerk, 115)
    assert found.received == 6
    assert found.by_month[1]["open"] == 1
    assert found.by_month[12] == {"passed": 0, "refused": 1, "withdrawn": 0, "open": 1}
    assert found.by_month[3] == {"passed": 2, "refused": 0, "withdrawn": 1, "open": 0}
    assert found.by_category[Category.TEACHING]["refused"] == 1
    assert found.by_path[Path.EDUCATION]["refused"] == 1
    assert found.days == {8: 1}  # those revoked later say nothing of how long it took
    assert figures.of_year(clerk, 114).received == 1
    assert figures.years(clerk) == [115, 114]
    assert figures.of_year(make_clerk(make_office()), 115).received == 0


@pytest.mark.parametrize("count", [500, 5000])
def test_two_statements_however_many(office: School, clerk: Actor, count: int) -> None:
    fill(office, [decided(S.CERTIFIED, n % 100 + 1, month=n % 11 + 1) for n in range(count)])
    seen: list[str] = []

    def note(*args: Any) -> None:
        seen.append(args[2])

    sa.event.listen(db.engine(), "before_cursor_execute", note)
    found = figures.of_year(clerk, 115)
    sa.event.remove(db.engine(), "before_cursor_execute", note)
    assert len([one for one in seen if one.startswith("SELECT")]) == 2
    assert found.received == found.decided == count
    assert (found.median, found.within(90), found.within(100)) == (50, 90, 100)
    assert found.spans == [
        (30, count * 30 // 100), (60, count * 30 // 100), (90, count * 30 // 100),
        (120, count * 10 // 100), (None, 0),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("days", "median", "ninety"),
    [({5: 1}, 5, 5), ({1: 1, 9: 1}, 1, 9), ({1: 9, 50: 1}, 1, 1), ({1: 8, 50: 2}, 1, 50)],
)
def test_percentiles(days: dict[int, int], median: int, ninety: int) -> None:
    found = Figures(115, {}, {}, {}, {}, days)
    assert (found.median, found.within(90)) == (median, ninety)


def test_the_workbook_says_the_same(client: FlaskClient, office: School, clerk: Actor) -> None:
    fill(office, [decided(S.CERTIFIED, 10), decided(S.REFUSED, 130), decided(S.WITHDRAWN, 1)])
    answer = client.get(f"{PAGE}.xlsx?year=115")
    assert answer.headers["Content-Disposition"].startswith("attachment")
    book = openpyxl.load_workbook(io.BytesIO(answer.data))
    assert book.sheetnames == ["合計", "各月收件", "申請類別", "申請資格", "辦理天數"]
    total = list(book["合計"].iter_rows(values_only=True))
    assert total[1:] == [
        ("項目", "收件", "通過", "駁回", "撤回", "辦理中"),
        ("全年", 3, 1, 1, 1, 0),
    ]
    days = {row[0]: row[1] for row in book["辦理天數"].iter_rows(min_row=3, values_only=True)}
    assert (days["0–30 天"], days["超過 120 天"], days["中位數（天）"]) == (1, 1, 10)


def test_keepers_of_a_school_see_their_own(
    client: FlaskClient, office: School, act_as: Callable[[Any], Any]
) -> None:
    act_as(actor_of(make_staff(office, Role.ADMINISTRATOR)))
    assert client.get(PAGE).status_code == 200
    act_as(actor_of(make_staff(office, Role.REVIEWER)))
    assert client.get(PAGE).status_code == 403
