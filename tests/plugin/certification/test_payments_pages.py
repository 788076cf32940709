"""The pages of payments: a fee claimed and confirmed, a bank file brought in, a period exported."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from typing import Any

import openpyxl
import pytest
from flask import Flask
from flask.testing import FlaskClient

from plugin import db, jobs
from plugin.actor import Actor
from plugin.certification.models import BankMapping, CaseState
from plugin.certification.operations import bank_files
from plugin.school.models import School
from plugin.trail.models import AuditEvent
from tests.factories.certification import make_clerk, make_office
from tests.plugin.certification.payments_world import (
    applicant_of,
    fee_due,
    in_csv,
    notice_of,
    now,
    payments_of,
)

BANK = "/certification/payments/bank"


@pytest.fixture
def office(app: Flask, monkeypatch: pytest.MonkeyPatch) -> School:
    def wake(job_id: int) -> None:
        if db.reading().get_one(jobs.Job, job_id).kind == bank_files.TAKE:
            jobs.run(job_id)

    monkeypatch.setitem(app.extensions, "licheng.wake", wake)
    return make_office()


@pytest.fixture
def clerk(office: School) -> Actor:
    return make_clerk(office)


def post(client: FlaskClient, address: str, page: str = "", **values: Any) -> Any:
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', client.get(page or address).text)
    assert found, f"no form on {page or address}"
    return client.post(address, data={"csrf_token": found[1], **values})


def test_claimed_taken_back_doubted_confirmed(
    client: FlaskClient, office: School, clerk: Actor, act_as: Callable[[Any], Any]
) -> None:
    case = fee_due(office, clerk)
    mine, desk = f"/certification/cases/{case.id}/fee", f"/certification/office/{case.id}"
    claim = {"paid_on": "115/11/20", "last_five": "01234"}
    act_as(applicant_of(case))
    page = client.get(mine).text
    assert notice_of(case).reference in page
    assert "1,045" in page
    assert "民國115年12月7日（星期一）" in page
    assert "中午 12 時" in page
    assert post(client, f"{mine}/claim", paid_on="115/11/20").status_code == 422
    assert post(client, f"{mine}/claim", **claim).status_code == 302
    assert "01234" in client.get(mine).text
    assert post(client, f"{mine}/drop").status_code == 302
    assert now(case).state is CaseState.FEE_DUE
    post(client, f"{mine}/claim", **claim)
    act_as(clerk)
    assert "01234" in client.get(f"{desk}/payment").text
    assert post(client, f"{desk}/doubt", words="查無此筆").status_code == 302
    assert now(case).state is CaseState.FEE_DUE
    answer = post(client, f"{desk}/payment", paid_on="115/11/20", amount="1,045", way="bank")
    assert answer.status_code == 302
    assert now(case).state is CaseState.REVIEW
    act_as(applicant_of(case))
    assert "已於" in client.get(mine).text


def test_a_bank_file_from_upload_to_workbook(
    client: FlaskClient, office: School, clerk: Actor, act_as: Callable[[Any], Any]
) -> None:
    case = fee_due(office, clerk)
    act_as(clerk)
    rows = [
        ["115/11/20", "1045", notice_of(case).reference, "王小明", "", "1"],
        ["115/11/20", "45", "", "=1+1", "", "2"],
    ]
    upload = (io.BytesIO(in_csv(rows)), "十一月.csv")
    at = post(client, f"{BANK}/new", file=upload).headers["Location"]
    page = client.get(at).text
    assert '<select class="govuk-select" id="day"' in page
    assert "開始匯入" not in page  # columns are guessed, but nobody has looked yet
    chosen = {
        "bank": "測試銀行", "header": "1", "style": "roc", "sign": "positive",
        "day": "入帳日期", "amount": "存入金額", "reference": "銷帳編號", "payer": "繳款人",
    }  # fmt: skip
    assert post(client, at, **chosen | {"day": ""}).status_code == 422
    assert post(client, at, **chosen).status_code == 302
    assert db.reading().query(BankMapping).one().name == "測試銀行"
    assert "開始匯入" in client.get(at).text
    assert post(client, f"{at}/start", at).status_code == 302
    page = client.get(at).text
    assert "依銷帳編號相符" in page
    assert "找不到案件" in page
    assert now(case).state is CaseState.REVIEW
    (found, odd) = payments_of(office)
    assert "=1+1" in client.get("/certification/payments").text
    one = f"/certification/payments/{odd.id}"
    page = client.get(one).text
    assert "人工對應案件" in page
    assert f'<a class="govuk-link" href="{at}">' in page
    paid = client.get(f"/certification/payments/{found.id}").text
    assert f'href="/certification/office/{case.id}">{case.number}</a>' in paid
    assert post(client, f"{one}/assign", whose="EE0").status_code == 422
    assert post(client, f"{one}/refund", amount="45", words="退回").status_code == 302
    assert "待退費" in client.get(f"{one}").text
    period = {"since": "115/11/1", "until": "115/11/30"}
    assert post(client, "/certification/payments/export", since="115/12/1", until="115/11/1"
                ).status_code == 422  # fmt: skip
    answer = post(client, "/certification/payments/export", **period)
    book = openpyxl.load_workbook(io.BytesIO(answer.data))
    sheet, totals = book.worksheets
    assert [(row[1].value, row[3].value) for row in sheet.iter_rows(min_row=3)] == [
        (1045, "王小明"), (45, "=1+1"),
    ]  # fmt: skip
    assert sheet["D4"].data_type == "s"
    sums = {row[0].value: (row[1].value, row[2].value) for row in totals.iter_rows(min_row=3)}
    assert sums["總計"] == (2, 1090)
    assert sums["待退費"] == (1, 45)
    verbs = [one.verb for one in db.reading().query(AuditEvent)]
    assert "certification.payment.export" in verbs
    assert "十一月.csv" in client.get(BANK).text
