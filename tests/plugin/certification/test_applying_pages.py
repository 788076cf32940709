"""The applicant's and the school's pages over HTTP."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from lxml import html

from plugin import db
from plugin.actor import Actor, Role
from plugin.certification.models import CaseFile, CaseState, CertificationCase
from plugin.certification.operations import school_side
from plugin.drafts.models import FormDraft
from plugin.school.models import School
from plugin.vault.models import FileState, StoredFile
from tests.factories import actor_of, make_school, make_staff
from tests.factories.certification import make_applicant, make_clerk, make_office
from tests.plugin.certification.applying_world import (
    BASICS,
    CONSENT,
    ESSAYS,
    PAPERS,
    confirmed,
    list_schools,
    opened,
    pdf,
)
from tests.plugin.certification.test_applying import ask

ActAs = Callable[[Actor | None], Actor | None]


@pytest.fixture
def office(app: Flask) -> School:
    made = make_office()
    list_schools(made)
    return made


@pytest.fixture
def applicant(office: School, act_as: ActAs) -> Actor:
    made = make_applicant(office)
    act_as(made)
    return made


def token(page: Any) -> str:
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page.text)
    assert found, page.text[:2000]
    return found[1]


def post(client: FlaskClient, address: str, *, page: str = "", **values: Any) -> Any:
    headers = values.pop("headers", None)
    data = {"csrf_token": token(client.get(page or address)), **values}
    return client.post(address, data=data, headers=headers)


def errors(page: Any) -> list[str]:
    found = html.fromstring(page.text).cssselect(".govuk-error-summary a")
    return [one.text_content().strip() for one in found]


def only_case() -> CertificationCase:
    return db.reading().scalars(sa.select(CertificationCase)).one()


def test_the_whole_way_by_pages(client: FlaskClient, applicant: Actor) -> None:
    begun = post(client, "/certification/apply", page="/certification/cases")
    assert begun.location.endswith("/certification/apply/consent")
    consent = client.get(begun.location)
    assert "環境教育認證核發機關必要時可送請有關機關查證" in consent.text
    refused = post(client, "/certification/apply/consent", truthful="y")
    assert refused.status_code == 422
    assert errors(refused) == [
        "請選擇「資訊公開」。",
        "請先勾選「我已詳細閱讀並同意上述說明」再繼續。",
    ]
    assert post(client, "/certification/apply/consent", **CONSENT).location.endswith("basics")
    basics = client.get("/certification/apply/basics")
    assert 'value="A123456789"' in basics.text  # prefilled
    opened_at = post(client, "/certification/apply/basics", **BASICS).location
    case = only_case()
    assert opened_at == f"/certification/cases/{case.id}/edit/essays"
    assert "您的案件編號是 EE115-00001" in client.get(opened_at).text
    base = f"/certification/cases/{case.id}/edit"
    assert post(client, f"{base}/essays", **ESSAYS).location == f"{base}/papers"
    checked = client.get(f"{base}/check")
    assert "還有 4 項資料需要補齊" in checked.text
    assert f'href="{base}/papers?change=1#plan"' in checked.text
    files = {name: (io.BytesIO(pdf(name)), f"{name}.pdf") for name in PAPERS}
    assert post(client, f"{base}/papers", **files).location == f"{base}/check"
    ready = client.get(f"{base}/check")
    assert "資料都填齊了" in ready.text
    assert "送出後資料就會鎖定" in ready.text
    sent = post(client, f"{base}/check")
    assert sent.location == f"/certification/cases/{case.id}"
    assert only_case().state is CaseState.RECEIVED
    shown = client.get(sent.location).text
    for words in (
        "EE115-00001",
        "申請已送出",
        "已受理",
        "程序審查期限",
        "收件回條",
        "24小時研習證明",
    ):
        assert words in shown
    assert "A123456789" not in shown
    assert "A123•••789" in shown
    # sent twice: nothing happens twice; changed afterwards: refused
    again = client.post(
        f"{base}/check", data={"csrf_token": token(client.get("/certification/cases"))}
    )
    assert again.location == sent.location
    late = client.post(
        f"{base}/basics",
        data={**BASICS, "name": "別人", "csrf_token": token(client.get("/certification/cases"))},
    )
    assert late.status_code == 409
    assert only_case().name == "王小明"


def test_every_answer_is_kept_while_writing(client: FlaskClient, applicant: Actor) -> None:
    case = opened(applicant)
    address = f"/certification/cases/{case.id}/edit/essays"
    kept = post(client, address, headers={"X-Licheng-Autosave": "1"}, essay1="寫到一半")
    assert kept.status_code == 204
    assert "寫到一半" in client.get(address).text  # on another device
    assert "上次儲存" in client.get(address).text


def test_a_file_is_kept_as_soon_as_it_is_chosen(client: FlaskClient, applicant: Actor) -> None:
    case = opened(applicant, path="training", category="teaching")
    address = f"/certification/cases/{case.id}/edit/papers"
    sent = post(client, address, stay="training", training=(io.BytesIO(pdf("一")), "訓練.pdf"))
    assert sent.status_code == 302
    assert sent.location.endswith("#training")
    assert "訓練.pdf" in client.get(address).text
    first = newest_file()
    ref = {"training-ref": str(first.id)}  # as the page carries it
    gif = (io.BytesIO(b"GIF89a"), "訓練.pdf")
    wrong = post(client, address, stay="training", training=gif, **ref)
    assert wrong.status_code == 422
    assert len(errors(wrong)) == 1
    kept = re.search(r'name="training-ref" value="(\d+)"', client.get(address).text)
    assert kept
    assert int(kept[1]) == first.id
    post(client, address, stay="training", training=(io.BytesIO(pdf("二")), "新.pdf"), **ref)
    assert db.reading().get_one(StoredFile, first.id).state is FileState.PURGED
    assert newest_file().state is FileState.DRAFT


def newest_file() -> StoredFile:
    return db.reading().scalars(sa.select(StoredFile).order_by(StoredFile.id.desc())).first()  # type: ignore[return-value]


def test_too_large_a_file_is_told_at_its_field(client: FlaskClient, applicant: Actor) -> None:
    case = opened(applicant)
    address = f"/certification/cases/{case.id}/edit/papers"
    large = pdf() + b"\n%" + b"x" * 2**20
    head = 'Content-Disposition: form-data; name="{}"'
    lines = [
        b"--edge", head.format("csrf_token").encode(), b"", token(client.get(address)).encode(),
        b"--edge", (head.format("hours") + '; filename="大.pdf"').encode(), b"", large,
        b"--edge--", b"",
    ]  # fmt: skip
    answer = client.post(
        address, data=b"\r\n".join(lines), content_type="multipart/form-data; boundary=edge"
    )
    assert answer.status_code == 422
    assert "上限是 1.0 MB" in " ".join(errors(answer))


def test_the_school_is_found_while_one_writes(client: FlaskClient, applicant: Actor) -> None:
    def found(words: str) -> list[str]:
        answer = client.get("/certification/schools.json", query_string={"q": words})
        return [one["code"] for one in answer.json["found"]]

    assert found("北一女") == ["353301"]
    assert found("台北 測試高中") == ["353301"]
    assert found("歷程") == ["193301", "0199"]
    assert found("1933") == ["193301"]
    assert found("北一女測試") == ["353301"]
    assert found("%") == found("") == found("校學") == []


def test_without_script_the_matches_are_offered(client: FlaskClient, applicant: Actor) -> None:
    post(client, "/certification/apply", page="/certification/cases")
    post(client, "/certification/apply/consent", **CONSENT)
    several = post(client, "/certification/apply/basics", **{**BASICS, "organisation": "測試"})
    assert several.status_code == 422
    choices = html.fromstring(several.text).xpath('//input[@name="organisation-pick"]/@value')
    assert len(choices) == 3
    picked = {**BASICS, "organisation": "測試", "organisation-pick": choices[0]}
    assert post(client, "/certification/apply/basics", **picked).status_code == 302
    assert only_case().organisation_code
    post(client, "/certification/apply", page="/certification/cases")
    post(client, "/certification/apply/consent", **CONSENT)
    free = {**BASICS, "organisation": "自辦實驗學校"}
    assert "清單中沒有我的學校" in post(client, "/certification/apply/basics", **free).text
    assert post(client, "/certification/apply/basics", **free, unlisted="y").status_code == 302
    last = db.reading().scalars(
        sa.select(CertificationCase).order_by(CertificationCase.id.desc())
    ).first()  # fmt: skip
    assert last is not None
    assert (last.organisation_code, last.organisation) == ("", "自辦實驗學校")


def test_a_correction_by_pages(client: FlaskClient, office: School, applicant: Actor) -> None:
    case = confirmed(applicant)
    ask(office, case, "title", "plan")
    page = client.get(f"/certification/cases/{case.id}")
    assert "請補正 plan" in page.text
    base = f"/certification/cases/{case.id}/correction"
    assert client.get(f"{base}/begin").location == f"{base}/basics"
    basics = client.get(f"{base}/basics")
    assert html.fromstring(basics.text).xpath('//main//input[@type="text"]/@name') == ["title"]
    assert "略過這一步" not in basics.text
    forged = post(client, f"{base}/basics", title="學務主任", name="別人", national_id="B123456780")
    assert forged.location == f"{base}/papers"
    kept = {
        f"{one.slot}-ref": str(one.file_id) for one in db.reading().scalars(sa.select(CaseFile))
    }
    answer = post(
        client, f"{base}/papers", plan=(io.BytesIO(pdf("補正")), "計畫.pdf"),
        **{"plan-ref": kept["plan-ref"], "results-ref": "1"},
    )  # fmt: skip
    assert answer.location == f"{base}/check"
    assert post(client, f"{base}/check").location == f"/certification/cases/{case.id}"
    assert only_case().state is CaseState.PROCEDURAL
    assert only_case().name == "王小明"
    compared = client.get(f"/certification/cases/{case.id}/versions/2").text
    assert "<del>衛生組長</del>" in compared
    assert "<ins>學務主任</ins>" in compared
    assert "別人" not in compared
    assert db.reading().scalars(sa.select(FormDraft)).all() == []
    assert client.get(f"{base}/basics").status_code == 302  # nothing is open any more


def test_withdrawing_asks_first(client: FlaskClient, applicant: Actor) -> None:
    case = opened(applicant)
    address = f"/certification/cases/{case.id}/withdraw"
    assert "不能復原" in client.get(address).text
    assert only_case().state is CaseState.DRAFT
    post(client, address)
    assert only_case().state is CaseState.WITHDRAWN
    assert "申請已撤回" in client.get(f"/certification/cases/{case.id}").text


def test_a_step_that_there_is_not(client: FlaskClient, applicant: Actor) -> None:
    case = opened(applicant)
    assert client.get(f"/certification/cases/{case.id}/edit/nonsense").status_code == 404
    assert client.get(f"/certification/cases/{case.id}/edit/resume").status_code == 302
    assert client.get("/certification/apply/nonsense").status_code == 302


def test_others_find_nothing(client: FlaskClient, office: School, act_as: ActAs) -> None:
    case = opened(make_applicant(office))
    for other in (make_applicant(office, national_id="B123456780"), make_clerk(office)):
        act_as(other)
        for part in ("", "/edit/basics", "/withdraw", "/set.zip", "/correction/begin"):
            answer = client.get(f"/certification/cases/{case.id}{part}")
            assert answer.status_code in {403, 404}, part


def test_the_school_side(client: FlaskClient, app: Flask, act_as: ActAs) -> None:
    school = make_school()
    list_schools(school)
    applicant = make_applicant(school)
    desk = actor_of(make_staff(school, Role.ADMINISTRATOR))
    case = confirmed(applicant)
    act_as(desk)
    assert case.number in client.get("/certification/school").text
    address = f"/certification/cases/{case.id}"
    archive = client.get(f"{address}/set.zip", buffered=True)
    names = zipfile.ZipFile(io.BytesIO(archive.data)).namelist()
    assert names == [
        f"00-申請書-{case.number}.pdf",
        "01-環境教育推動經歷證明文件.pdf",
        "02-24小時研習證明.pdf",
        "03-環境教育計畫.pdf",
        "04-環境教育計畫相關成果資料.pdf",
    ]
    assert post(client, f"{address}/filed", filed_on="115/11/20").location == address
    assert post(client, f"{address}/outcome", passed="no", note="請補件").location == address
    shown = client.get(address).text
    assert "駁回" in shown
    assert "請補件" in shown
    act_as(applicant)
    taken = client.post(
        f"{address}/take-back", data={"csrf_token": token(client.get("/certification/cases"))}
    )
    assert taken.location == address  # too late


def test_taking_back_opens_the_draft(client: FlaskClient, app: Flask, act_as: ActAs) -> None:
    school = make_school()
    list_schools(school)
    applicant = make_applicant(school)
    act_as(applicant)
    case = confirmed(applicant)
    school_side.take_back(applicant, case.id)
    page = client.get(f"/certification/cases/{case.id}/edit/check")
    assert "資料都填齊了" in page.text
    assert "可以由案件頁面取回修改" in page.text
    assert post(client, f"/certification/cases/{case.id}/edit/check").status_code == 302
    assert only_case().state is CaseState.PREPARED
