"""A term's hand-in: what keeps it back, what stays when records change, its files, its versions."""

from __future__ import annotations

import csv
import hashlib
import subprocess
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import bagit
import pikepdf
import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from python_calamine import CalamineWorkbook

from plugin import db, jobs
from plugin.errors import Conflict
from plugin.portfolio import academic_work
from plugin.portfolio.models import (
    CourseRecord,
    OfficerPost,
    RecordIsFinal,
    SubmissionFileKind,
    SubmissionState,
    TermWorkbook,
    TermWorkbookRow,
)
from plugin.portfolio.operations.academic import basics, freezing, handing_in, posts, workbooks
from plugin.portfolio.operations.academic.basics import BasicInput
from plugin.portfolio.operations.academic.handing_in import NotFrozen
from plugin.portfolio.operations.submission_rows import NothingToSubmit
from plugin.portfolio.queries.academic import hand_ins
from plugin.school.models import Person
from plugin.settings import Settings
from plugin.trail.models import AuditEvent
from plugin.vault import queries as vault_queries
from tests.factories import COURSE_CODE
from tests.plugin.portfolio.academic.school import TERM, Records
from tests.plugin.portfolio.academic.test_pages import ActAs, main, post

Kind = SubmissionFileKind


def begin(school: Records, key: str = "posts", **more: Any) -> TermWorkbook:
    number = "24" if key == "posts" else "97"
    made = workbooks.begin(school.clerk, key, TERM, "ordinary", number, **more)
    return fresh(made)


def fresh(made: TermWorkbook) -> TermWorkbook:
    db._close_reads()
    return db.reading().get_one(TermWorkbook, made.id)


def file_of(made: TermWorkbook, kind: Kind) -> Path:
    file_id = hand_ins.files(made.id)[kind].file_id
    return vault_queries.objects_for_package([file_id])[file_id].path


def change(model: type, row_id: int, **values: Any) -> None:
    with db.writing() as session:
        found = session.get_one(model, row_id)
        for key, value in values.items():
            setattr(found, key, value)


class TestMayItBe:
    def test_a_fault_blocks_until_it_is_mended(self, school: Records) -> None:
        basics.begin_fill(school.clerk, TERM)
        with pytest.raises(NothingToSubmit) as refusal:
            begin(school, "students")
        assert "2 項" in refusal.value.message
        values = BasicInput(grade=1, class_name="一年一班", seat=1, cluster="11", department="101")
        for student in (school.world.student, school.mate):
            basics.set_basic(school.clerk, student.id, TERM, values)
        made = begin(school, "students")
        assert (made.state, made.version, made.override) == (SubmissionState.FROZEN, 1, "")
        assert made.counts == {"students": 2, "borrowing": 0}

    def test_the_registry_may_say_why_all_the_same_and_the_trail_has_it(
        self, school: Records
    ) -> None:
        school.post()
        change(Person, school.world.student.id, birthday=None)
        with pytest.raises(NothingToSubmit):
            workbooks.begin(school.affairs, "posts", TERM, "ordinary", "24", override="急件")
        assert begin(school, override="國籍資料補件中").override == "國籍資料補件中"
        event = db.reading().scalars(
            sa.select(AuditEvent).where(AuditEvent.verb == "workbook.override")
        ).one()  # fmt: skip
        assert event.detail["faults"] == {"no_identity": 1}
        assert event.detail["reason"] == "國籍資料補件中"

    def test_a_reason_without_need_is_not_kept(self, school: Records) -> None:
        school.post()
        assert begin(school, override="不需要").override == ""

    def test_faults_of_another_book_do_not_count(self, school: Records) -> None:
        school.post()
        school.enter(score="")
        assert begin(school).state is SubmissionState.FROZEN

    def test_course_records_are_frozen_first(self, school: Records) -> None:
        school.grade("88", "91")
        retake = school.enter("retake", code=COURSE_CODE)
        with pytest.raises(NotFrozen):
            begin(school, "grades", override="急件")
        freezing.freeze(school.clerk, TERM, [school.world.course.id])
        assert begin(school, "grades").counts["regular"] == 2, "its course is frozen"
        with pytest.raises(NotFrozen):
            begin(school, "retakes")
        freezing.freeze_term(school.clerk, TERM)
        assert begin(school, "retakes").counts == {"retake": 1, "repeat": 0}
        assert retake.id in [
            row.record_id for row in db.reading().scalars(sa.select(TermWorkbookRow))
        ]

    def test_thawed_before_it_was_copied(
        self, school: Records, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        school.grade("88", "91")
        freezing.freeze_term(school.clerk, TERM)
        with monkeypatch.context() as patch:
            patch.setattr(jobs, "_wake", lambda *_a, **_k: None)
            made = begin(school, "grades")
        with pytest.raises(Conflict):
            begin(school, "grades")
        freezing.thaw(school.clerk, TERM, None, "更正")
        jobs.run(made.job_id or 0)
        assert fresh(made).state is SubmissionState.FAILED
        assert "沒有凍結" in fresh(made).failure
        assert db.reading().scalars(sa.select(TermWorkbookRow)).all() == []


class TestCopied:
    def test_what_was_copied_stays_while_records_change(
        self, school: Records, settings: Settings, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The worker breaks after the copy; the next one writes what was copied, not what is."""
        written = school.post(duty="班長")
        with monkeypatch.context() as patch:
            patch.setattr(academic_work.vault, "deposit", _broken)
            made = begin(school)
        assert made.state is SubmissionState.BUILDING
        assert list(settings.reports.iterdir()) == [], "no identity in clear is left"
        change(OfficerPost, written.id, duty="副班長")
        change(Person, school.world.student.id, national_id="C123456789")
        jobs.run(made.job_id or 0)
        made = fresh(made)
        assert made.state is SubmissionState.FROZEN
        book = CalamineWorkbook.from_path(str(file_of(made, Kind.WORKBOOK)))
        line = book.get_sheet_by_name("幹部經歷紀錄").to_python()[1]
        assert (line[0], line[5]) == ("A123456789", "班長")

    def test_a_copy_that_broke_off_is_begun_anew(
        self, school: Records, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        school.post(duty="班長")
        second = school.post(school.mate, duty="學藝股長")
        with monkeypatch.context() as patch:
            patch.setattr(handing_in, "BATCH", 1)
            patch.setattr(handing_in, "identity_of", _breaks_at(school.mate.id))
            made = begin(school)
        assert (made.state, made.rows_sha256) == (SubmissionState.BUILDING, "")
        posts.remove(school.affairs, second.id, "誤登")
        jobs.run(made.job_id or 0)
        assert fresh(made).state is SubmissionState.FROZEN
        assert [row.student_name for row in hand_ins.all_rows(made.id)] == [
            school.world.student.name
        ]

    def test_a_row_is_never_changed(self, school: Records) -> None:
        school.post()
        made = begin(school)
        with pytest.raises(RecordIsFinal):
            row = db.reading().scalars(sa.select(TermWorkbookRow)).one()
            change(TermWorkbookRow, row.id, cells={})
        assert len(made.rows_sha256) == 64

    def test_one_that_died_is_closed_and_begun_again(
        self, client: FlaskClient, school: Records, act_as: ActAs, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        school.post()
        with monkeypatch.context() as patch:
            patch.setattr(academic_work.vault, "deposit", _broken)
            made = begin(school)
        change(jobs.Job, made.job_id or 0, state=jobs.JobState.FAILED, error=jobs.LOST)
        act_as(school.clerk)
        assert "沒有完成" in client.get(f"/academic/workbooks/{made.id}").text
        again = begin(school)
        assert (again.version, again.state) == (2, SubmissionState.FROZEN)
        assert (fresh(made).state, fresh(made).failure) == (SubmissionState.FAILED, jobs.LOST)


def _breaks_at(student_id: int) -> Callable[[Person], str]:
    def digest(student: Person) -> str:
        if student.id == student_id:
            raise OSError("killed")
        return "digest"

    return digest


def _broken(*_args: Any, **_more: Any) -> None:
    raise OSError("no space left")


def test_the_files_say_the_same_and_name_each_others_hashes(
    client: FlaskClient, school: Records, act_as: ActAs, tmp_path: Path
) -> None:
    school.grade("88.25", "91", note="=1+1")
    freezing.freeze_term(school.clerk, TERM)
    made = begin(school, "grades")
    files = hand_ins.files(made.id)
    assert set(files) == {Kind.WORKBOOK, Kind.CSV, Kind.MANIFEST, Kind.PACKAGE}
    read = {kind: file_of(made, kind).read_bytes() for kind in files}
    for kind, data in read.items():
        assert files[kind].sha256 == hashlib.sha256(data).hexdigest()
    first, second = csv.DictReader(read[Kind.CSV].decode("utf-8-sig").splitlines())
    assert (first["學號"], first["學期學業成績"], first["質性文字描述"]) == (
        school.world.student.number, "88.25", "'=1+1",
    )  # fmt: skip
    assert second["姓名"] == school.mate.name
    assert "身分證號" not in first
    paper = _text(read[Kind.MANIFEST])
    for said in (
        school.world.student.name, school.mate.number, "學期學業成績88.25",
        files[Kind.WORKBOOK].sha256, files[Kind.CSV].sha256, made.rows_sha256, "第1頁，共2頁",
    ):  # fmt: skip
        assert said in paper, said
    assert "A123456789" not in paper
    with zipfile.ZipFile(file_of(made, Kind.PACKAGE)) as package:
        package.extractall(tmp_path / "bag")
    (folder,) = (tmp_path / "bag").iterdir()
    bag = bagit.Bag(str(folder))
    bag.validate()
    assert {sums["sha256"] for name, sums in bag.entries.items() if name.startswith("data/")} == {
        files[kind].sha256 for kind in (Kind.WORKBOOK, Kind.CSV, Kind.MANIFEST)
    }
    act_as(school.clerk)
    page = client.get(f"/academic/workbooks/{made.id}").text
    assert all(file.sha256 in page for file in files.values())


def _text(pdf: bytes) -> str:
    done = subprocess.run(["pdftotext", "-", "-"], input=pdf, capture_output=True, check=True)
    return "".join(done.stdout.decode().split())


def test_anybody_who_holds_the_list_may_check_it(
    client: FlaskClient, school: Records, act_as: ActAs, settings: Settings
) -> None:
    school.post(duty="班長")
    made = begin(school)
    address = f"/verify/term/{made.token}"
    assert f"{settings.public_url}{address}" in _text(file_of(made, Kind.MANIFEST).read_bytes())
    with pikepdf.open(file_of(made, Kind.MANIFEST)) as paper:
        assert "/StructTreeRoot" in paper.Root
    act_as(school.clerk)
    assert address in client.get(f"/academic/workbooks/{made.id}").text
    act_as(None)
    page = client.get(address).text
    files = hand_ins.files(made.id)
    for said in (school.world.school.name, files[Kind.MANIFEST].sha256, files[Kind.PACKAGE].sha256):
        assert said in page
    assert "1 列" in page
    assert "之後又建立了" not in page
    for person in (school.world.student, school.mate):
        assert person.name not in page
    begin(school)
    assert "之後又建立了第 2 版" in client.get(address).text
    assert client.get("/verify/term/x").status_code == 404
    change(TermWorkbook, made.id, state=SubmissionState.BUILDING)
    assert client.get(address).status_code == 404


def test_a_list_older_than_the_page_names_none(
    client: FlaskClient, school: Records, act_as: ActAs
) -> None:
    school.post(duty="班長")
    made = begin(school)
    change(TermWorkbook, made.id, token=None)
    act_as(school.clerk)
    assert "/verify/term/" not in client.get(f"/academic/workbooks/{made.id}").text
    assert client.get("/verify/term/None").status_code == 404


def test_versions_side_by_side(client: FlaskClient, school: Records, act_as: ActAs) -> None:
    stays = school.post(duty="班長")
    goes = school.post(school.mate, duty="學藝股長")
    old = begin(school)
    change(OfficerPost, stays.id, duty="副班長")
    change(Person, school.world.student.id, national_id="C123456789")
    posts.remove(school.affairs, goes.id, "誤登")
    school.post(school.mate, duty="風紀股長")
    new = begin(school)
    assert (old.version, new.version) == (1, 2)
    act_as(school.affairs)
    door = f"/academic/workbooks/{new.id}/changes"
    assert "與第 1 版的差異" in client.get(f"/academic/workbooks/{new.id}").text
    for what, said in (("added", "風紀股長"), ("removed", "學藝股長"), ("changed", "副班長")):
        page = main(client.get(f"{door}?what={what}").text)
        assert said in page
        assert {"風紀股長", "學藝股長", "副班長"} - {said} == {
            one for one in ("風紀股長", "學藝股長", "副班長") if one not in page
        }
    page = main(client.get(f"{door}?what=changed").text)
    assert "<del>班長</del> <ins>副班長</ins>" in page
    assert "身分證號、出生日期" in page
    assert "C123456789" not in page
    assert "沒有可以比較的版本" in client.get(f"/academic/workbooks/{old.id}/changes").text
    with client.get(post(client, f"{door}/table", against="1").location) as fetched:
        lines = list(csv.reader(fetched.data.decode("utf-8-sig").splitlines()))
    assert [(line[0], *line[7:]) for line in lines[1:]] == [
        ("增加", "", "", ""),
        ("移除", "", "", ""),
        ("更動", "擔任職務", "班長", "副班長"),
        ("更動", "身分證號、出生日期", "（不顯示）", "（已更動，不顯示內容）"),
    ]


def test_student_affairs_read_the_checks_of_posts_alone(
    client: FlaskClient, school: Records, act_as: ActAs
) -> None:
    school.enter(subject="奇怪", score="0", passed="1")
    school.post()
    twice = school.post(ends_on=TERM.last_day)
    act_as(school.affairs)
    page = main(client.get("/academic/checks?of=115-1").text)
    assert f"/academic/posts/{twice.id}" in page
    assert "同一幹部重複登錄" in page
    assert "0 分卻註記為及格" not in page
    assert "override" not in client.get("/academic/workbooks").text
    act_as(school.clerk)
    page = main(client.get("/academic/checks?of=115-1").text)
    assert f"/academic/posts/{twice.id}" not in page, "the registry has no door there"
    assert "0 分卻註記為及格" in page
    assert db.reading().scalar(sa.select(sa.func.count()).select_from(CourseRecord)) == 1
