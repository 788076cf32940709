"""The pages of receipts, as students, parents and the registry use them."""

from __future__ import annotations

import io
import re
import subprocess
from collections.abc import Callable
from typing import Any

import pikepdf
import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from plugin import db
from plugin.portfolio.models import (
    AnswerVerdict,
    CentralImport,
    CentralState,
    ReceiptAnswer,
    ReceiptStatement,
    SheetState,
)
from plugin.portfolio.operations import checks, selection
from plugin.portfolio.operations import submission as submissions
from plugin.portfolio.operations.receipts import holding, stating
from plugin.portfolio.receipts_desk import _confirm, _confirmed, _disputes
from plugin.school.models import WindowKind
from tests.factories import make_window
from tests.plugin.portfolio.receipts.handed_in import YEAR, Handed
from tests.plugin.portfolio.receipts.packing import PASSWORD, as_json, packed

ActAs = Callable[[Any], Any]


def post(client: FlaskClient, path: str, **data: Any) -> Any:
    token = re.search(r'name="csrf-token" content="([^"]+)"', client.get("/").text)[1]
    kind = "multipart/form-data" if "package" in data else None
    return client.post(path, data=data | {"csrf_token": token}, content_type=kind)


def test_a_student_reads_disputes_and_confirms(
    client: FlaskClient, one: Handed, act_as: ActAs
) -> None:
    act_as(one.pupil)
    page = client.get("/handed-in").text
    for text in ("讀書心得", "專題", "心得.pdf", "朗讀.mp3", "這一項有誤", "確認無誤"):
        assert text in page
    row = one.rows()[1]
    form = client.get(f"/handed-in/{one.sheet().id}/dispute?row={row.id}").text
    assert re.search(rf'value="{row.id}"[^>]*checked', form)
    wrong = post(client, f"/handed-in/{one.sheet().id}/dispute", item=str(row.id),
                 reason="missing", text="沒有")  # fmt: skip
    assert wrong.status_code == 422
    sent = post(client, f"/handed-in/{one.sheet().id}/dispute", item=str(row.id),
                reason="wrong_file", text="應該是第二版。")  # fmt: skip
    assert sent.status_code == 302
    page = client.get("/handed-in").text
    assert "異議處理中" in page
    assert "應該是第二版。" in page
    assert post(client, f"/handed-in/{one.sheet().id}/confirm").status_code == 302
    assert one.sheet().state is SheetState.CONFIRMED
    assert "已由學生撤回" in client.get("/handed-in").text


def test_the_registry_answers_from_its_list(
    client: FlaskClient, one: Handed, act_as: ActAs
) -> None:
    made = stating.dispute(
        one.pupil, one.sheet().id, row_id=None, reason="missing", text="少了一件。"
    )
    act_as(one.clerk)
    assert "少了一件。" in client.get("/handed-in/disputes").text
    assert "少了一件。" in client.get(f"/handed-in/disputes/{made.id}").text
    answer = post(
        client, f"/handed-in/disputes/{made.id}", verdict="dismissed", text="您沒有勾選。"
    )
    assert answer.status_code == 302
    assert "少了一件。" not in client.get("/handed-in/disputes").text
    assert "您沒有勾選。" not in client.get("/handed-in/disputes").text
    assert "少了一件。" in client.get("/handed-in/disputes?show=all").text
    again = post(client, f"/handed-in/disputes/{made.id}", verdict="upheld", text="改判")
    assert again.status_code == 422
    assert db.reading().scalars(sa.select(ReceiptAnswer.verdict)).all() == [AnswerVerdict.DISMISSED]
    act_as(one.pupil)
    assert "您沒有勾選。" in client.get("/handed-in").text


def test_a_package_is_brought_and_each_student_told(
    client: FlaskClient, one: Handed, act_as: ActAs
) -> None:
    rows = [*one.rows(), *one.rows(one.other)]
    records = [one.central_record(row) for row in rows if row.cells["title"] != "專題"]
    content = packed({"115.json": as_json([*records, {"身分證號": "Z199999999", "名稱": "別人"}])})
    act_as(one.clerk)
    upload = {"submission": str(one.submission.id), "password": PASSWORD}
    sent = post(client, "/handed-in/central/new",
                package=(io.BytesIO(content), "receipt.zip"), **upload)  # fmt: skip
    assert sent.status_code == 302
    page = client.get(sent.location).text
    assert one.world.student.name in page
    assert "Z1•••••999" in page
    assert "Z199999999" not in page
    again = post(client, "/handed-in/central/new",
                 package=(io.BytesIO(content), "receipt.zip"), **upload)  # fmt: skip
    assert again.location == sent.location
    assert db.reading().scalars(sa.select(CentralImport.state)).all() == [CentralState.DONE]
    act_as(one.pupil)
    told = client.get("/handed-in").text
    assert "提交 3 件，收訖 2 件" in told
    assert "「專題」" in told
    act_as(one.mate)
    assert "缺：" not in client.get("/handed-in").text


def test_the_mapping_is_a_form(client: FlaskClient, one: Handed, act_as: ActAs) -> None:
    act_as(one.clerk)
    assert "收訖狀態" in client.get("/handed-in/central/mapping").text
    lacking = post(client, "/handed-in/central/mapping", student="", number="", title="名稱")
    assert lacking.status_code == 422
    saved = post(client, "/handed-in/central/mapping", student="PID\r\nID", title="ITEM")
    assert saved.status_code == 302
    assert re.search(r"PID\s+ID", client.get("/handed-in/central/mapping").text)


def test_the_slip_is_a_pdf_that_says_it_all(
    client: FlaskClient, one: Handed, act_as: ActAs, tmp_path: Any
) -> None:
    stating.dispute(
        one.pupil, one.sheet().id, row_id=one.rows()[0].id, reason="wrong_file", text="換錯檔案了"
    )
    act_as(one.pupil)
    sent = post(client, f"/handed-in/{one.sheet().id}/slip")
    assert sent.status_code == 302
    path = tmp_path / "slip.pdf"
    with client.get(sent.location) as answer:
        assert answer.headers["Content-Disposition"].startswith("attachment")
        path.write_bytes(answer.data)
    with pikepdf.open(path) as pdf:
        assert len(pdf.pages) == 1
    text = subprocess.run(
        ["pdftotext", "-layout", path, "-"], check=True, capture_output=True, text=True
    ).stdout.replace(" ", "")
    for wanted in (one.world.student.name, one.submission.number, "讀書心得", "換錯檔案了",
                   one.rows()[0].cells["document"]["sha256"][:16]):  # fmt: skip
        assert wanted in text


def test_desks_say_what_to_do(one: Handed) -> None:
    (todo,) = _confirm(one.pupil)
    assert (todo.endpoint, todo.due is not None) == ("portfolio.handed_in", True)
    assert _confirmed(one.clerk)[0].figure == "0 / 2"
    assert _disputes(one.clerk) == []
    stating.dispute(one.pupil, one.sheet().id, row_id=None, reason="other", text="x")
    assert _confirm(one.pupil) == []  # it waits for the registry now
    assert len(_disputes(one.clerk)) == 1
    stating.confirm(one.mate, one.sheet(one.other).id)
    assert _confirmed(one.clerk)[0].figure == "1 / 2"
    one.window(minutes=-1)
    assert _confirm(one.mate) == []


def test_a_resubmission_shows_and_asks_for_the_open_disputes(
    client: FlaskClient, one: Handed, act_as: ActAs
) -> None:
    selection.select(one.pupil, one.outcomes[0].id)
    selection.lock(one.pupil, YEAR)
    stating.dispute(one.pupil, one.sheet().id, row_id=None, reason="other", text="x")
    checks.begin(one.clerk, YEAR)
    act_as(one.clerk)
    page = client.get(f"/submissions?year={YEAR}").text
    assert "仍要先行提交的原因" in page
    assert one.world.student.name in page
    with pytest.raises(holding.OpenDisputes):
        submissions.begin(one.clerk, YEAR)
    made = submissions.begin(one.clerk, YEAR, override="主管機關要求")
    assert made.version == 2


def test_pages_without_anything_say_so(client: FlaskClient, world: Any, act_as: ActAs) -> None:
    make_window(world.school, WindowKind.RECEIPT)
    act_as(world.pupil)
    assert "學校還沒有提交您的項目" in client.get("/handed-in").text
    act_as(world.clerk)
    for path in ("progress", "disputes", "central", "disputes?show=all", "central/new"):
        assert client.get(f"/handed-in/{path}").status_code == 200
    assert db.reading().scalars(sa.select(ReceiptStatement)).all() == []
