"""A school's year in the life: from the list of its students to the second version of what it has
handed in, by the pages and the queue, as its people would go through it."""

from __future__ import annotations

import io
import re
import subprocess
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import bagit
import pikepdf
import pytest
from flask import Flask
from flask.testing import FlaskClient

from plugin.actor import Role
from tests.factories import YEAR, FrozenClock, at, make_school, make_staff
from tests.plugin.portfolio.experience_world import typed
from tests.plugin.portfolio.receipts.packing import PASSWORD, as_json, packed
from tests.plugin.portfolio.test_counselling_stays import found_in, hidden
from tests.plugin.portfolio.test_pages import upload
from tests.plugin.portfolio.world import mp3, pdf, png
from tests.plugin.portfolio.year import (
    CHEN,
    CHINESE,
    CODE,
    EXPERIENCES,
    FILM,
    GOOD_CODE,
    IDS,
    INSIDE,
    LI,
    MATHEMATICS,
    MEMBER,
    OUTCOMES,
    SECRET,
    SHEETS,
    WANG,
    Year,
    filled,
    flipped,
    found,
    plain,
    table,
)  # fmt: skip


@pytest.fixture
def year(app: Flask, client: FlaskClient, act_as: Callable[[Any], Any], clock: FrozenClock) -> Year:
    return Year(app, client, act_as, clock, make_school(code=CODE))


def test_a_schools_year(year: Year, cli: Any, tmp_path: Path) -> None:
    clerk = make_staff(year.school, Role.REGISTRY, number="R001")
    counsellor = make_staff(year.school, Role.COUNSELLOR, number="C001")
    affairs = make_staff(year.school, Role.STUDENT_AFFAIRS, number="A001")

    year.clock.set(at(2026, 9, 1, 9))
    year.be(clerk)
    the_school_is_imported(year)
    the_calendar_is_laid_out(year)
    year.post("/counselling/assignments/new", counsellor=counsellor.id, numbers=WANG,
              starts_on="115/09/01")  # fmt: skip

    year.clock.set(at(2026, 11, 20, 9, 30))
    outcomes = outcomes_are_sent(year)
    teachers_certify_and_return_one(year, outcomes)
    year.be(counsellor)
    a_consultation_is_written(year)
    experiences = experiences_are_sent(year)

    year.clock.set(at(2027, 8, 10, 20))
    everybody_selects(year, outcomes, experiences)

    year.clock.set(at(2027, 9, 1, 10))
    year.be(clerk)
    a_fault_is_found_and_mended(year)
    first = a_submission_is_built(year, version=1)
    before = year.files(first)
    the_files_hold_what_was_chosen(before, tmp_path / "first")

    year.clock.set(at(2027, 10, 4, 9))
    the_central_receipt_comes(year, first)
    sheets = the_students_look_at_it(year)
    year.be(clerk)
    a_dispute_is_answered(year)

    year.be(affairs)
    year.post(f"/experiences/check/{experiences[FILM]}/return",
              f"/experiences/check/{experiences[FILM]}",
              reason="證明文件無法開啟，請重新上傳。", until="116/10/12")  # fmt: skip
    year.be(WANG)
    proof = pdf("重新掃描的獎狀")
    the_student_mends_it(year, experiences[FILM], proof)

    year.clock.set(at(2027, 10, 8, 9))
    year.be(clerk)
    second = a_submission_is_built(year, version=2)
    the_difference_is_shown(year, second, proof)
    assert year.files(first) == before, "the first version stays as it was, byte for byte"
    the_second_sheets_ask_only_who_is_concerned(year, sheets)

    for command in ("trail", "vault"):
        said = cli.invoke(args=[command, "verify"])
        assert said.exit_code == 0, said.output


def the_school_is_imported(year: Year) -> None:
    """Template, upload, check, apply."""
    with year.client.get("/school/imports/template.xlsx") as template:
        content = filled(template.data, SHEETS)
    rows = sum(map(len, SHEETS.values()))
    year.bring(content, f"套用 {rows} 筆變更")
    year.page("/school/classes", "一年一班", "陳老師")


def the_calendar_is_laid_out(year: Year) -> None:
    """The form of the whole year as the sample plan fills it."""
    address = f"/school/calendar/{YEAR}?start=template"
    fields = re.findall(r'<input[^>]*name="(\w+_(?:opens|closes))"[^>]*value="([^"]*)"',
                        year.page(address))  # fmt: skip
    assert len(fields) >= 40
    year.post(address, **dict(fields), act="save")
    year.page(f"/school/calendar?year={YEAR}", "收訖")


def outcomes_are_sent(year: Year) -> dict[str, str]:
    """Each student uploads and sends: a PDF, one by way of a draft, a picture, a sound."""
    files = ((pdf(), "心得.pdf"), (pdf(), "曲線.pdf"), (png(), "評論.png"), (mp3(), "朗讀.mp3"))
    ids = {}
    for (student, course, title, summary), (content, name) in zip(OUTCOMES, files, strict=True):
        year.be(student)
        slot = "media" if name.endswith("mp3") else "document"
        act = "save" if course == MATHEMATICS else "send"
        values = {"document": None, slot: (io.BytesIO(content), name)}
        sent = upload(year.client, course_id=year.course_id(course), title=title,
                      summary=summary, act=act, **values)  # fmt: skip
        assert sent.status_code == 302, plain(sent.text)
        ids[title] = sent.location.rpartition("/")[2]
        if act == "save":
            year.page(sent.location, "草稿")
            year.post(f"{sent.location}/send", sent.location)
        year.page(sent.location, "待認證", "收件回條")
    return ids


def teachers_certify_and_return_one(year: Year, ids: dict[str, str]) -> None:
    """One comes back with a reason, is revised with another file, and certified."""
    titles = {title: course for _student, course, title, _summary in OUTCOMES}
    for title, course in titles.items():
        year.be("T001" if course == CHINESE else "T002")
        address = f"/certification/{ids[title]}"
        if title == "小說評論":
            year.post(f"{address}/return", address, reason="圖片太模糊，請重新掃描。")
        else:
            year.post(f"{address}/certify", address)
    assert year.client.get(f"/certification/{ids['圓錐曲線的應用']}").status_code == 404
    year.be(LI)
    edit = f"/outcomes/{ids['小說評論']}/edit"
    year.page(edit, "圖片太模糊，請重新掃描。")
    sent = upload(year.client, edit, course_id=year.course_id(CHINESE), title="小說評論",
                  summary=OUTCOMES[2][3],
                  document=(io.BytesIO(png("blue")), "評論二.png"))  # fmt: skip
    assert sent.status_code == 302, plain(sent.text)
    year.be("T001")
    address = f"/certification/{ids['小說評論']}"
    year.post(f"{address}/certify", address)
    for student, _course, title, _summary in OUTCOMES:
        year.be(student)
        year.page(f"/outcomes/{ids[title]}", "已認證")


def a_consultation_is_written(year: Year) -> None:
    """What is said there must not be found in anything that leaves the school."""
    page = year.page("/counselling/new", "王小明")
    address = year.post(
        "/counselling/new", kind="individual", held_on="115/11/20", place=SECRET,
        students=found(r'name="students"[^>]*value="(\d+)"', page), topic="選課輔導",
        topic_note=SECRET, summary=SECRET, advice=SECRET, act="register",
        document=(io.BytesIO(pdf(INSIDE)), f"{SECRET}.pdf"),
    )  # fmt: skip
    year.page(address, "已登錄", SECRET)


def experiences_are_sent(year: Year) -> dict[str, str]:
    """Two kinds, each with its proof."""
    ids = {}
    for student, of_kind, title, summary in EXPERIENCES:
        year.be(student)
        sent = upload(year.client, f"/experiences/new/{of_kind}", title="",
                      document=(io.BytesIO(pdf()), "獎狀.pdf"),
                      **typed(of_kind) | {"summary": summary})  # fmt: skip
        assert sent.status_code == 302, plain(sent.text)
        ids[title] = sent.location.rpartition("/")[2]
    return ids


def everybody_selects(year: Year, outcomes: dict[str, str], experiences: dict[str, str]) -> None:
    """All of it, confirmed."""
    for student in IDS:
        year.be(student)
        mine = [outcomes[title] for who, _course, title, _summary in OUTCOMES if who == student]
        address = f"/selection?year={YEAR}"
        year.post(address, outcome=mine, act="lock")
        year.page(address, f"{len(mine)} / 6", "鎖定狀態")
        more = [experiences[title] for who, _kind, title, _summary in EXPERIENCES if who == student]
        if more:
            address = f"/selection/experiences?year={YEAR}"
            year.post(address, experience=more, act="lock")
            year.page(address, "1 / 10")


def a_fault_is_found_and_mended(year: Year) -> None:
    """預檢 names the course that has no code; its link leads to where that is mended."""
    submissions = f"/submissions?year={YEAR}"
    check = year.post(f"/submissions/check?year={YEAR}", submissions)
    page = year.page(check, "課程代碼應為 23 碼，目前是 0 碼。", "圓錐曲線的應用")
    assert page.count("到這裡更正") == 1
    refused = year.post(f"/submissions/begin?year={YEAR}", submissions)
    year.page(refused, "預檢發現 1 項必須先處理的問題")
    course = year.page(found(r'href="(/school/courses/\d+)"[^>]*>到這裡更正', page), "課程代碼有誤")
    form = found(r'href="(/school/imports/new[^"]*)"', course.partition("課程代碼有誤")[2])
    with year.client.get("/school/imports/template.xlsx") as template:
        rows = [one | {"課程代碼": GOOD_CODE} for one in SHEETS["課程"][1:]]
        content = filled(template.data, {"課程": rows})
    year.page(form.replace("&amp;", "&"), "上傳要匯入的檔案")
    year.bring(content, "套用 1 筆變更")
    check = year.post(f"/submissions/check?year={YEAR}", submissions)
    year.page(check, "預檢通過")


def a_submission_is_built(year: Year, version: int) -> str:
    """Begun by the page, built by the worker; its address."""
    address = year.post(f"/submissions/begin?year={YEAR}", f"/submissions?year={YEAR}")
    year.page(address, "job-progress")
    year.work(failed=version - 1)  # the refused receipt package of October stays refused
    year.page(address, "已凍結", f"115-{CODE}-O-{version:02}", "4 件、2 件", "1 班、3 人")
    return address


def the_files_hold_what_was_chosen(files: dict[str, bytes], folder: Path) -> None:
    """Workbooks, manifest and package, read by tools that are not ours; nothing of counselling."""
    (workbook, experiences, manifest, package) = (
        next(content for title, content in files.items() if title.startswith(name))
        for name in ("學生課程學習成果名冊", "學生自填多元表現名冊", "提交名冊（PDF", "檔案包")
    )
    rows = table(workbook, "學期課程學習成果")
    assert [row["身分證號"] for row in rows] == [IDS[student] for student, *_more in OUTCOMES]
    assert [row["科目名稱"] for row in rows] == [course for _student, course, *_more in OUTCOMES]
    assert rows[1]["課程代碼"] == GOOD_CODE
    (service,) = table(experiences, "服務學習紀錄")
    assert (service["身分證號"], service["內容簡述"]) == (IDS[LI], "陪伴小學生閱讀。")

    with pikepdf.open(io.BytesIO(manifest)) as document:
        assert len(document.pages) >= 2  # the cover, and the class
    text = subprocess.run(["pdftotext", "-layout", "-", "-"], input=manifest, check=True,
                          capture_output=True).stdout.decode()  # fmt: skip
    text = re.sub(r"\s", "", text)
    for word in ("王小明", "李小華", "陳小美", f"115-{CODE}-O-01", *(one[2] for one in OUTCOMES)):
        assert word in text

    with zipfile.ZipFile(io.BytesIO(package)) as archive:
        archive.extractall(folder)
    (root,) = folder.iterdir()
    bag = bagit.Bag(str(root))
    bag.validate()
    payload = [name for name in bag.entries if name.startswith("data/files/")]
    assert len(payload) == len(OUTCOMES) + len(EXPERIENCES)
    assert found_in(files, *hidden(SECRET), *hidden(INSIDE)) == []


def the_central_receipt_comes(year: Year, submission: str) -> None:
    """With one bit turned it is refused by its file's name; whole, it lacks one item."""
    records = [
        {"身分證號": IDS[student], "科目名稱": course, "成果簡述": summary, "收訖狀態": "收訖"}
        for student, course, _title, summary in OUTCOMES
    ] + [
        {"身分證號": IDS[student], "名稱": title, "成果簡述": summary, "收訖狀態": "收訖"}
        for student, _kind, title, summary in EXPERIENCES
    ]
    records[len(OUTCOMES)] |= {"收訖狀態": "失敗", "說明": "檔案無法開啟"}
    whole = packed({MEMBER: as_json(records, bom=True)})
    address = bring_receipt(year, submission, flipped(whole, MEMBER))
    year.work(failed=1)
    year.page(address, "沒有匯入任何資料", MEMBER)
    address = bring_receipt(year, submission, whole)
    year.work(failed=1)
    assert "王小明" in year.page(address, "缺件的學生", "每一筆都和提交的項目相符")
    year.page(f"/handed-in/progress?year={YEAR}", "中央缺件的學生")


def bring_receipt(year: Year, submission: str, content: bytes) -> str:
    number = submission.rpartition("/")[2]
    return year.post(f"/handed-in/central/new?year={YEAR}", submission=number, password=PASSWORD,
                     package=(io.BytesIO(content), "收訖檔案.zip"))  # fmt: skip


def the_students_look_at_it(year: Year) -> dict[str, str]:
    """One is told what is missing and disputes it, the others confirm; their sheets."""
    sheets = {}
    for student in IDS:
        year.be(student)
        page = year.page("/handed-in", "第 1 版")
        sheets[student] = found(r'action="/handed-in/(\d+)/slip"', page)
        if student == WANG:
            assert "提交 3 件，收訖 2 件" in page
            assert f"「{FILM}」" in page
            year.page("/inbox", "收訖明細有缺件")
            form = found(rf'href="(/handed-in/\d+/dispute\?row=\d+)"[^>]*>這一項有誤'
                         rf'<span[^>]*>[^<]*{re.escape(FILM)}', page)  # fmt: skip
            year.post(form, item=form.rpartition("=")[2], reason="not_received",
                      text="中央沒有收到我的短片。")  # fmt: skip
            year.page("/handed-in", "異議處理中")
        else:
            assert "缺：" not in page
            assert "收訖明細有缺件" not in year.page("/inbox")
            year.post(f"/handed-in/{sheets[student]}/confirm", "/handed-in")
            year.page("/handed-in", "已確認")
    return sheets


def a_dispute_is_answered(year: Year) -> None:
    """Until then nothing is handed in again."""
    held = year.post(f"/submissions/begin?year={YEAR}", f"/submissions?year={YEAR}")
    year.page(held, "還有 1 項收訖明細的異議沒有回覆")
    listed = year.page(f"/handed-in/disputes?year={YEAR}", "中央沒有收到我的短片。")
    year.post(found(r'href="(/handed-in/disputes/\d+)"', listed), verdict="upheld",
              text="請重新上傳證明文件，將重新提交。")  # fmt: skip
    year.be(WANG)
    year.page("/handed-in", "異議已回覆", "請重新上傳證明文件，將重新提交。")


def the_student_mends_it(year: Year, experience: str, proof: bytes) -> None:
    """Another proof, although the window has closed: there is time to correct it."""
    _student, of_kind, _title, summary = EXPERIENCES[0]
    edit = f"/experiences/{experience}/edit"
    year.page(edit, "證明文件無法開啟，請重新上傳。")
    sent = upload(year.client, edit, title="", document=(io.BytesIO(proof), "獎狀二.pdf"),
                  **typed(of_kind) | {"summary": summary})  # fmt: skip
    assert sent.status_code == 302, plain(sent.text)
    year.page(sent.location, "獎狀二.pdf", "已送出")


def the_difference_is_shown(year: Year, submission: str, proof: bytes) -> None:
    """One row, its document and when it was sent; the new bytes lie in the new package."""
    page = year.page(f"{submission}/changes", "增加（0）", "移除（0）", "更動（1）", FILM)
    assert "獎狀.pdf" in found(r"<del>([^<]*獎狀[^<]*)</del>", page)
    assert "獎狀二.pdf" in found(r"<ins>([^<]*獎狀[^<]*)</ins>", page)
    package = next(one for title, one in year.files(submission).items() if "檔案包" in title)
    with zipfile.ZipFile(io.BytesIO(package)) as archive:
        assert proof in [archive.read(name) for name in archive.namelist()]


def the_second_sheets_ask_only_who_is_concerned(year: Year, sheets: dict[str, str]) -> None:
    """What was confirmed and has not changed stays confirmed; the first sheets stay to be read."""
    for student in (LI, CHEN):
        year.be(student)
        year.page("/handed-in", "第 2 版", "第 1 版", "確認仍然有效")
    year.be(WANG)
    page = year.page("/handed-in", "第 2 版", "先前的版本", "獎狀二.pdf")
    sheet = found(r'formaction="/handed-in/(\d+)/confirm"', page)
    assert sheet != sheets[WANG]
    year.post(f"/handed-in/{sheet}/confirm", "/handed-in")
    assert "formaction" not in year.page("/handed-in", "已確認")
