"""The public pass list: what is shown of whom, found how, at what size; checking a certificate."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from plugin import db, jobs
from plugin.certification import human
from plugin.certification.certificates import Standing
from plugin.certification.models import (
    CaseState,
    Category,
    Certificate,
    CertificateState,
    Consent,
    Path,
)
from plugin.certification.operations import certifying, letters, publishing
from plugin.certification.operations.door_counts import Visitor
from plugin.certification.queries import passed
from plugin.certification.queries.passed import Filter
from plugin.errors import LimitReached, NotFound
from plugin.school.models import School
from tests.factories import FrozenClock, at
from tests.factories.certification import (
    make_applicant,
    make_case,
    make_certificate,
    make_clerk,
    make_office,
)
from tests.factories.school import make_school

SECRET = "不願公開的人"
VISITOR = Visitor("b" * 64, "n" * 64)


@pytest.fixture(autouse=True)
def _no_paper(monkeypatch: pytest.MonkeyPatch) -> None:
    for kind in (certifying.PRINT, letters.BUILD):
        monkeypatch.setitem(jobs._handlers, kind, lambda run: None)


def issued(
    office: School,
    number: str,
    *,
    publish: bool = True,
    on: date | None = None,
    category: Category = Category.ADMINISTRATIVE,
    name: str | None = None,
    state: CertificateState = CertificateState.VALID,
    years: int | None = 5,
) -> Certificate:
    applicant = make_applicant(office)
    case = make_case(applicant, CaseState.CERTIFIED, publish=publish, category=category)
    with db.writing() as session:
        case = session.merge(case)
        case.name = name or case.name
    return make_certificate(case, number=number, issued_on=on, state=state, years=years)


def numbers(office: School, asked: Filter | None = None) -> list[str]:
    return [one.number for one in passed.listed(office.id, asked or Filter()).items]


def at_list(office: School, query: str = "") -> str:
    return f"/office/{office.code}/certification/list{query}"


def test_only_what_was_consented_to_is_shown(app: Flask, client: FlaskClient) -> None:
    office = make_office()
    issued(office, "(115)環教字第0001號", name="陳公開")
    issued(office, "(115)環教字第0002號", name=SECRET, publish=False)
    shown, hidden = sorted(passed.listed(office.id, Filter()).items, key=lambda one: one.number)
    assert (shown.name, shown.has_email) == ("陳公開", True)
    assert shown.expires_on is not None
    assert (hidden.name, hidden.field, hidden.expires_on, hidden.has_email) == ("", "", None, False)
    assert hidden.standing is Standing.VALID
    page = client.get(at_list(office)).text
    assert "陳公開" in page
    assert "(115)環教字第0002號" in page
    assert SECRET not in page
    assert "applicant@example.org" not in page
    one = client.get(at_list(office, f"/{hidden.id}"))
    assert SECRET not in one.text
    assert "顯示電子信箱" not in one.text


def test_the_table_holds_no_address_and_nothing_of_those_who_refused(
    app: Flask, client: FlaskClient
) -> None:
    office = make_office()
    issued(office, "(115)環教字第0001號", name="=cmd()")
    issued(office, "(115)環教字第0002號", name=SECRET, publish=False, years=None)
    with client.get(at_list(office, "/table")) as answer:
        assert answer.headers["Content-Disposition"].startswith("attachment")
        text = answer.get_data().decode("utf-8-sig")
    assert SECRET not in text
    assert "example.org" not in text
    header, *rows = csv.reader(io.StringIO(text))
    by_number = {row[0]: dict(zip(header, row, strict=True)) for row in rows}
    assert by_number["(115)環教字第0001號"]["姓名"] == "'=cmd()"
    assert by_number["(115)環教字第0002號"]["姓名"] == ""
    assert by_number["(115)環教字第0002號"]["有效至"] == ""
    assert len(rows) == 2


def test_every_kind_of_end_is_listed_with_its_day(app: Flask, client: FlaskClient) -> None:
    office = make_office()
    clerk, applicant = make_clerk(office), make_applicant(office)
    made = [
        certifying.certify(clerk, make_case(applicant, CaseState.REVIEW, publish=False).id)
        for _ in range(4)
    ]
    certifying.revoke(clerk, made[1].id, "檢附文件不實，內部紀錄")
    certifying.annul(clerk, made[2].id, "離開教育崗位")
    new = certifying.reissue(clerk, made[3].id, "陳新名", "", "戶籍更名")
    old = issued(office, "(110)環教字第0001號", on=date(2021, 5, 3))
    with db.writing() as session:
        session.merge(old).expires_on = date(2026, 5, 2)
    found = {one.number: one for one in passed.listed(office.id, Filter()).items}
    standings = {number: one.standing for number, one in found.items()}
    assert standings == {
        "(115)環教字第0001號": Standing.VALID,
        "(115)環教字第0002號": Standing.REVOKED,
        "(115)環教字第0003號": Standing.ANNULLED,
        "(115)環教字第0004號": Standing.REPLACED,
        new.number: Standing.VALID,
        "(110)環教字第0001號": Standing.EXPIRED,
    }
    assert found["(110)環教字第0001號"].since == date(2026, 5, 3)
    assert found["(115)環教字第0002號"].since == date(2026, 11, 20)
    page = client.get(at_list(office)).text
    assert "內部紀錄" not in page
    for standing in Standing:
        asked = numbers(office, Filter(standing=standing))
        assert asked == [n for n in numbers(office) if standings[n] is standing]
        assert passed.count(office.id, Filter(standing=standing)) == len(asked)


def test_search_by_number_and_by_the_beginning_of_a_published_name(
    app: Flask, client: FlaskClient
) -> None:
    office = make_office()
    issued(office, "(115)環教字第0001號", name="陳怡君")
    issued(office, "(115)環教字第0002號", name="陳怡", publish=False)
    issued(office, "(114)環教字第0017號", name="林陳", on=date(2025, 3, 4))
    issued(office, "(115)環教字第0003號", name="100%_陳", category=Category.TEACHING)
    assert numbers(office, Filter("陳")) == ["(115)環教字第0001號"]
    assert numbers(office, Filter("0017")) == ["(114)環教字第0017號"]
    assert len(numbers(office, Filter("（115）環教"))) == 3
    assert numbers(office, Filter("100%_")) == ["(115)環教字第0003號"]
    assert numbers(office, Filter("%")) == []
    assert numbers(office, Filter(year=114)) == ["(114)環教字第0017號"]
    assert numbers(office, Filter("環教", category=Category.TEACHING)) == ["(115)環教字第0003號"]
    page = client.get(at_list(office, "?q=沒有這個人")).text
    assert "找不到符合的證書" in page
    for odd in (
        "?year=abc&category=x&standing=y",
        "?year=99999999",
        "?after=x",
        "?after=2026-13-40.1",
    ):
        assert client.get(at_list(office, odd)).status_code == 200, odd


def test_the_list_of_another_office_is_another_list(app: Flask, client: FlaskClient) -> None:
    office, other = make_office(), make_office()
    mine = issued(office, "(115)環教字第0001號", name="陳公開")
    issued(other, "(115)環教字第0001號", name="林別處")
    assert "林別處" not in client.get(at_list(office)).text
    assert client.get(at_list(other, f"/{mine.id}")).status_code == 404
    assert client.get(at_list(make_school())).status_code == 404
    assert client.get("/office/none/certification/list").status_code == 404


def test_pages_by_key_tell_every_line_once(app: Flask) -> None:
    office = make_office()
    days = [date(2026, 1, 5), date(2026, 1, 5), date(2025, 6, 1), date(2026, 3, 1)]
    for n, day in enumerate(days * 3):
        issued(office, f"{n:03}", on=day)
    seen: list[tuple[date, int]] = []
    after = None
    while True:
        page = passed.listed(office.id, Filter(), after=after, limit=5)
        seen += [(one.issued_on, one.id) for one in page.items]
        after = page.next
        if after is None:
            break
    assert seen == sorted(seen, reverse=True)
    assert len(set(seen)) == 12


def test_consent_is_changed_by_the_holder_alone_at_once_with_its_history(
    app: Flask, client: FlaskClient, act_as: Callable[[Any], Any]
) -> None:
    office = make_office()
    applicant, clerk = make_applicant(office), make_clerk(office)
    one = certifying.certify(clerk, make_case(applicant, CaseState.REVIEW).id)
    for other in (clerk, make_applicant(office), make_clerk(make_office())):
        with pytest.raises(NotFound):
            publishing.consent(other, one.id, False)
    act_as(applicant)
    where = f"/certification/my-certificates/{one.id}/publication"
    assert client.post(where, data=_form(client, where, publish="no")).status_code == 302
    assert applicant.name not in client.get(at_list(office)).text
    assert numbers(office, Filter(applicant.name)) == []
    row = db.reading().get_one(Certificate, one.id)
    assert (row.publish, row.public_name) == (False, None)
    assert client.post(where, data=_form(client, where, publish="yes")).status_code == 302
    assert numbers(office, Filter(applicant.name)) == [one.number]
    said = db.reading().scalars(
        sa.select(Consent.publish).where(Consent.case_id == one.case_id).order_by(Consent.id)
    )
    assert list(said) == [False, True]


def test_an_address_is_told_for_an_answer_one_at_a_time(app: Flask, client: FlaskClient) -> None:
    office = make_office()
    one = issued(office, "(115)環教字第0001號")
    where = at_list(office, f"/{one.id}")
    page = client.get(where).text
    assert "applicant@example.org" not in page
    wrong = client.post(where, data=_form(client, where, answer="這不是答案"))
    assert wrong.status_code == 422
    assert "applicant@example.org" not in wrong.text
    data = _form(client, where)
    ticket = human.read(office.id, data["question"])
    assert ticket is not None
    data["answer"] = _answer_of(ticket, wrong.text, client.get(where).text, data)
    told = client.post(where, data=data)
    assert "applicant@example.org" in told.text
    again = client.post(where, data=data)
    assert "applicant@example.org" not in again.text


def test_who_asks_for_many_addresses_is_stopped(app: Flask) -> None:
    office = make_office()
    one = issued(office, "(115)環教字第0001號")
    hidden = issued(office, "(115)環教字第0002號", publish=False)
    with pytest.raises(NotFound):
        publishing.tell_email(office.id, hidden.id, VISITOR)
    for _ in range(publishing.EMAILS["list.email.browser"]):
        assert publishing.tell_email(office.id, one.id, VISITOR) == "applicant@example.org"
    with pytest.raises(LimitReached):
        publishing.tell_email(office.id, one.id, VISITOR)
    other = Visitor("c" * 64, "m" * 64)
    assert publishing.tell_email(office.id, one.id, other) == "applicant@example.org"


def test_a_certificate_is_checked_by_its_code(
    app: Flask, client: FlaskClient, clock: FrozenClock
) -> None:
    office = make_office()
    clerk, applicant = make_clerk(office), make_applicant(office)
    open_, closed = (
        certifying.certify(clerk, make_case(applicant, CaseState.REVIEW, publish=publish).id)
        for publish in (True, False)
    )

    def check(one: Certificate) -> str:
        where = f"/office/{office.code}/certification/verify/{one.verification}"
        answer = client.get(where)
        assert answer.status_code == 200
        return answer.text

    assert "現在有效" in check(open_)
    assert applicant.name in check(open_)
    assert "現在有效" in check(closed)
    assert applicant.name not in check(closed)
    assert closed.number in check(closed)
    certifying.revoke(clerk, closed.id, "檢附文件不實")
    assert "已於 民國115年11月20日（星期五） 撤銷" in check(closed)
    assert "檢附文件不實" not in check(closed)
    new = certifying.reissue(clerk, open_.id, "陳新名", "", "戶籍更名")
    assert new.number in check(open_)
    assert applicant.name not in check(open_)
    clock.set(at(2031, 11, 20, 0, 5))
    assert "自 民國120年11月20日（星期四） 起已逾有效期限" in check(new)


def test_codes_cannot_be_tried(app: Flask, client: FlaskClient) -> None:
    office, other = make_office(), make_office()
    one = issued(office, "(115)環教字第0001號")
    base = f"/office/{other.code}/certification/verify/"
    assert client.get(base + one.verification).status_code == 404
    assert client.get(base + str(one.id)).status_code == 404
    for _ in range(publishing.MISSES["verify.browser"]):
        assert publishing.verify(office.id, "no such code", VISITOR) is None
    with pytest.raises(LimitReached):
        publishing.verify(office.id, "no such code", VISITOR)
    with pytest.raises(LimitReached):
        publishing.verify(office.id, one.verification, VISITOR)


def test_a_list_of_a_hundred_thousand_is_asked_by_its_indexes(app: Flask) -> None:
    """How the statements are planned, not how long they take on this machine."""
    office = make_office()
    template = issued(office, "(115)環教字第0001號")
    with db.writing() as session:
        table = Certificate.__table__
        row = dict(session.execute(sa.select(table)).mappings().one())
        del row["id"]
        rows = [
            row | {
                "number": f"({100 + n % 15})環教字第{n:06}號",
                "verification": f"v{n}",
                "public_name": f"陳{n:06}" if n % 2 else None,
                "publish": bool(n % 2),
                "issued_on": date(2011, 6, 5) + timedelta(days=n % 5000),
            }
            for n in range(3000)
        ]  # fmt: skip
        session.execute(sa.insert(Certificate), rows)
    assert template.number in numbers(office, Filter("第0001號"))
    assert passed.count(office.id, Filter()) == 3001
    assert numbers(office, Filter("陳000001")) == ["(101)環教字第000001號"]
    if db.engine().dialect.name != "sqlite":
        return
    plans = {
        "all": passed._query(office.id, Filter(), date(2026, 11, 20), None),
        "later": passed._query(office.id, Filter(), date(2026, 11, 20), "2020-01-01.50"),
        "year": passed._query(office.id, Filter(year=110), date(2026, 11, 20), None),
        "revoked": passed._query(
            office.id, Filter(standing=Standing.REVOKED), date(2026, 11, 20), None
        ),
    }
    for name, query in plans.items():
        plan = _plan(query)
        assert "SCAN certificate\n" not in plan, (name, plan)
        assert "TEMP B-TREE" not in plan, (name, plan)
    found = _plan(passed._found(office.id, "陳0000"))
    assert "ix_certificate_name" in found
    assert "SCAN certificate\n" not in found


def _plan(query: Any) -> str:
    compiled = query.compile(db.engine(), compile_kwargs={"literal_binds": True})
    rows = db.reading().connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {compiled}")
    return "".join(f"{row[-1]}\n" for row in rows)


def _form(client: FlaskClient, where: str, **values: str) -> dict[str, str]:
    """What the page's form would post."""
    page = client.get(where).text
    hidden = dict(re.findall(r'<input[^>]*?name="([^"]+)"[^>]*?value="([^"]*)"', page))
    return {
        name: value for name, value in hidden.items() if name in {"csrf_token", "question"}
    } | values


def _answer_of(ticket: human.Ticket, *_pages: Any) -> str:
    """The right answer, by trying all words that questions are made of."""
    words = human._all()
    every = [str(n) for n in range(40)]
    for said in words.values():
        every += [one for kind in said["kinds"] for one in kind]
    return next(one for one in every if ticket.takes(one))


def test_a_recommended_person_has_no_expiry(app: Flask, client: FlaskClient) -> None:
    office = make_office()
    case = make_case(make_applicant(office), CaseState.REVIEW, path=Path.RECOMMENDED)
    one = certifying.certify(make_clerk(office), case.id)
    assert passed.listed(office.id, Filter()).items[0].endless
    assert "無期限" in client.get(at_list(office, f"/{one.id}")).text
