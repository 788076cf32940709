"""Packages between schools: out, in, known, faulty, undone."""

from __future__ import annotations

import hashlib
import io
import json
import re
import zipfile
from pathlib import Path
from typing import Any

import pytest
import pyzipper
import sqlalchemy as sa

from plugin import db, jobs
from plugin.errors import Conflict, InvalidInput, NotFound
from plugin.portfolio import exchange_work
from plugin.portfolio.models import (
    Decision,
    ExchangeArrival,
    ExchangeIn,
    ExchangeOut,
    ExchangeSetting,
    Experience,
    InState,
    Outcome,
    OutcomeState,
    OutState,
    Submission,
    SubmissionState,
)
from plugin.portfolio.operations import selection
from plugin.portfolio.operations.exchange import incoming, outgoing, taking
from plugin.portfolio.queries import teaching
from plugin.school.models import Course, Person
from plugin.trail import holdings
from plugin.trail.holdings import About
from plugin.trail.models import AuditEvent, Message
from plugin.vault.errors import FileDamaged
from plugin.vault.models import FileState, StoredFile
from reports.exchange import layout
from tests.factories import actor_of, make_student
from tests.plugin.portfolio import consultations
from tests.plugin.portfolio.exchange.between import ID, PASSWORD, Two, fresh, plain, records
from tests.plugin.portfolio.receipts.handed_in import YEAR, submit

FOLDER = f"{ID}/課程學習成果"


def outcomes_of(student: Person) -> list[Outcome]:
    query = sa.select(Outcome).where(Outcome.student_id == student.id).order_by(Outcome.id)
    return list(db.reading().scalars(query.execution_options(populate_existing=True)))


def experiences_of(student: Person) -> list[Experience]:
    query = sa.select(Experience).where(Experience.student_id == student.id)
    return list(db.reading().scalars(query.order_by(Experience.id)))


def sums(file_id: int | None) -> tuple[str, str] | None:
    file = db.reading().get(StoredFile, file_id) if file_id else None
    return (file.name, file.sha256) if file else None


def test_a_package_is_named_and_laid_out_as_the_source_says(two: Two) -> None:
    two.work()
    made = two.build()
    assert made.state is OutState.DONE, made.failure
    assert re.fullmatch(rf"{two.old.school.code}_2026_11_20_09_30_\d\d", made.base_name)
    content = two.content(made)
    with pyzipper.AESZipFile(io.BytesIO(content)) as package:
        names = package.namelist()
        assert all(one.flag_bits & 1 for one in package.infolist())
        package.setpassword(PASSWORD.encode())
        (student,) = json.loads(package.read(f"{made.base_name}.json"))
        assert names[0] == f"{made.base_name}.json"
        mapping = json.loads(package.read(f"{FOLDER}/filename_mapping.json"))
        assert "樂譜 𤧟.pdf" in mapping.values()
        assert list(student) == ["基本資料", "課程學習成果紀錄", "多元表現"]
        assert student["基本資料"]["ID"] == ID
        assert student["基本資料"]["學生出生年月日"] == "2010/03/04"
        assert student["基本資料"]["就讀單位代碼"] == "000000000"
        assert len(student["多元表現"]) == 10
        outcomes = student["課程學習成果紀錄"]
        assert [one["認證狀態"] for one in outcomes] == ["1", "1", "2"]
        for one in outcomes:
            for slot in ("文件", "影音"):
                link, md5 = one[f"課程學習成果{slot}檔案連結"], one[f"{slot}檔案MD5"]
                content = package.read(link) if link else b""
                assert md5 == hashlib.md5(content, usedforsecurity=False).hexdigest()
        (work,) = student["多元表現"]["作品成果紀錄"]
        assert work["作品成果連結"].startswith(f"{ID}/多元表現/M0")
        own = json.loads(package.read("licheng.json"))
        for name, sha256 in own["sha256"].items():
            assert hashlib.sha256(package.read(name)).hexdigest() == sha256
        assert {*own["sha256"], "licheng.json"} == set(names)


def test_only_what_was_handed_in_is_told_as_such_and_in_which_year(two: Two) -> None:
    first, second = two.old.certified(title="甲"), two.old.certified(title="乙")
    with db.writing() as session:  # handed in a year after its own
        session.get_one(Outcome, first.id).academic_year = YEAR - 1
    submit(two.old, [first], [], changes={"academic_year": YEAR - 1})
    failed = submit(two.old, [first, second], [], version=2)
    with db.writing() as session:
        session.get_one(Submission, failed.id).state = SubmissionState.FAILED
    _name, said = records(plain(two.content(two.build())))
    told = [one["提交紀錄(學年度及學期)"] for one in said[0]["課程學習成果紀錄"]]
    assert told == [f"{YEAR}0", layout().no_term]


def test_the_password_is_kept_encrypted_and_an_old_package_keeps_its_own(two: Two) -> None:
    two.work()
    made = two.build()
    outgoing.set_password(two.sender, "another password")
    for table, column in (("exchange_setting", "password"), ("exchange_out", "password")):
        stored = db.reading().connection().exec_driver_sql(f"SELECT {column} FROM {table}").all()
        assert all(PASSWORD not in row[0] and "another" not in row[0] for row in stored)
    assert db.reading().get_one(ExchangeOut, made.id).password == PASSWORD
    assert outgoing.setting(two.old.school.id).password == "another password"
    assert db.reading().scalar(sa.select(sa.func.count()).select_from(ExchangeSetting)) == 2
    with pytest.raises(InvalidInput):
        outgoing.set_password(two.sender, "short")


def test_counselling_is_never_inside(two: Two) -> None:
    two.work()
    mark = "諮詢祕密"
    rooms = consultations.make_rooms(two.old)
    rooms.kept(place=mark, summary=mark, advice=mark, document_file_id=rooms.file(name=mark))
    content = two.content(two.build())
    with pyzipper.AESZipFile(io.BytesIO(content)) as package:
        package.setpassword(PASSWORD.encode())
        texts = [package.read(one) for one in package.namelist()]
    assert not any(mark.encode() in one or "諮詢".encode() in one for one in texts)


def test_out_and_in_again_is_the_same(two: Two, tmp_path: Path) -> None:
    two.work()
    found = two.bring(two.content(two.build()), tmp_path)
    assert (found.state, found.failure) == (InState.READY, "")
    assert found.origin_code == two.old.school.code
    totals = {key: found.totals[key] for key in ("students", "unknown", "new", "known", "faults")}
    assert totals == {"students": 1, "unknown": 0, "new": 7, "known": 0, "faults": 0}
    assert outcomes_of(two.moved) == []
    assert two.take(found).state is InState.TAKEN
    old, new = outcomes_of(two.old.student), outcomes_of(two.moved)
    old = [one for one in old if one.state is not OutcomeState.DRAFT]
    assert len(new) == len(old) == 3
    for before, after in zip(old, new, strict=True):
        for name in ("title", "summary", "ai_note", "academic_year", "term"):
            assert getattr(after, name) == getattr(before, name)
        assert sums(after.document_file_id) == sums(before.document_file_id)
        assert sums(after.media_file_id) == sums(before.media_file_id)
        course = db.reading().get_one(Course, after.course_id)
        origin = db.reading().get_one(Course, before.course_id)
        assert (course.code, course.name, course.credits) == (
            origin.code, origin.name, origin.credits,
        )  # fmt: skip
        assert course.school_id == two.new.school.id
    states = [one.state for one in new]
    assert states == [OutcomeState.CERTIFIED, OutcomeState.CERTIFIED, OutcomeState.OVERDUE]
    decision = (
        db.reading().scalars(sa.select(Decision).where(Decision.outcome_id == new[0].id)).one()
    )
    assert decision.by_name == two.old.teacher.name
    before_those, after_those = experiences_of(two.old.student), experiences_of(two.moved)
    kept = [one for one in before_those if one.sent_at is not None]
    by_kind = {one.kind: one for one in after_those}
    assert len(by_kind) == len(kept) == 4
    for one in kept:
        same = by_kind[one.kind]
        assert (same.details, same.summary, same.link, same.title) == (
            one.details, one.summary, one.link, one.title,
        )  # fmt: skip
        assert sums(same.document_file_id) == sums(one.document_file_id)
    arrived = db.reading().scalars(sa.select(ExchangeArrival)).all()
    assert {one.origin_code for one in arrived} == {two.old.school.code}
    owners = db.reading().scalars(
        sa.select(StoredFile).where(StoredFile.id.in_([new[1].document_file_id]))
    )
    for file in owners:
        assert (file.owner_id, file.school_id) == (two.moved.id, two.new.school.id)
        assert file.state is FileState.ACCEPTED
    assert db.reading().scalar(
        sa.select(Message.id).where(Message.person_id == two.moved.id, Message.path == "/outcomes")
    )


def test_what_arrived_certified_can_be_selected(two: Two, tmp_path: Path) -> None:
    two.work()
    two.take(two.bring(two.content(two.build()), tmp_path))
    certified, _also, overdue = outcomes_of(two.moved)
    selection.select(actor_of(two.moved), certified.id)
    with pytest.raises(Conflict):
        selection.select(actor_of(two.moved), overdue.id)


def test_who_brings_it_in_has_certified_nothing(two: Two, tmp_path: Path) -> None:
    two.old.certified()
    two.take(two.bring(two.content(two.build()), tmp_path))
    assert not teaching.decisions(two.taker).items
    about = About(two.new.school.id, two.taker.person_id)
    assert "您做過的認證或退回" not in [one.what for one in holdings.of(about)]
    two.new.certified()
    about = About(two.new.school.id, two.new.teacher.id)
    assert "您做過的認證或退回" in [one.what for one in holdings.of(about)]
    assert len(teaching.decisions(two.new.master).items) == 1


def test_the_same_package_again_is_known(two: Two, tmp_path: Path) -> None:
    two.work()
    content = two.content(two.build())
    first = two.take(two.bring(content, tmp_path))
    assert two.bring(content, tmp_path).id == first.id
    later = two.bring(two.content(two.build()), tmp_path)  # the same work, packed anew
    if later.id != first.id:
        assert (later.totals["new"], later.totals["known"]) == (0, 7)
        with pytest.raises(Conflict):
            incoming.take(two.taker, later.id)
    assert len(outcomes_of(two.moved)) == 3


def test_a_package_of_another_system_is_taken_too(two: Two, tmp_path: Path) -> None:
    """Without our own list, without mapping of names, with a BOM: what the source shows."""
    two.work()
    content = plain(two.content(two.build()), **{f"{FOLDER}/filename_mapping.json": None})
    name, said = records(content)
    given = b"\xef\xbb\xbf" + json.dumps(said, ensure_ascii=False).encode()
    content = plain_again(content, **{name: given})
    found = two.take(two.bring(content, tmp_path, password=""))
    assert found.state is InState.TAKEN, found.failure
    one = outcomes_of(two.moved)[1]
    assert one.title == "國語文（一）學習成果"
    assert sums(one.document_file_id)[0].startswith("C0")


def plain_again(content: bytes, **changes: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as given, zipfile.ZipFile(out, "w") as made:
        for name in given.namelist():
            made.writestr(name, changes.get(name, given.read(name)))
    return out.getvalue()


def test_faults_are_named_by_cell_and_nothing_is_taken(two: Two, tmp_path: Path) -> None:
    two.work()
    content = plain(two.content(two.build()))
    name, said = records(content)
    said[0]["課程學習成果紀錄"][0]["應修課學期"] = "3"
    said[0]["課程學習成果紀錄"][1]["文件檔案MD5"] = "0" * 32
    said[0]["課程學習成果紀錄"][2]["課程學習成果文件檔案連結"] = "../../etc/passwd"
    said[0]["多元表現"]["競賽參與紀錄"][0]["競賽等級代碼"] = "8"
    said[0]["多元表現"]["作品成果紀錄"][0]["作品日期"] = "昨天"
    content = plain_again(content, **{name: json.dumps(said).encode()})
    found = two.bring(content, tmp_path, password="")
    faults = exchange_work.preview_of(found)["students"][0]["faults"]
    assert {(one["place"], one["cell"]) for one in faults} == {
        ("課程學習成果紀錄 1", "應修課學期"),
        ("課程學習成果紀錄 2", "課程學習成果文件檔案連結"),
        ("課程學習成果紀錄 3", "課程學習成果文件檔案連結"),
        ("競賽參與紀錄 1", "競賽等級代碼"),
        ("作品成果紀錄 1", "作品日期"),
    }
    with pytest.raises(Conflict):
        incoming.take(two.taker, found.id)
    assert outcomes_of(two.moved) == []


def test_a_file_that_the_vault_would_refuse_is_a_fault(two: Two, tmp_path: Path) -> None:
    two.old.certified()
    content = plain(two.content(two.build()))
    name, said = records(content)
    bad = b"MZ this is a program"
    said[0]["課程學習成果紀錄"][0]["文件檔案MD5"] = hashlib.md5(bad).hexdigest()
    content = plain_again(content, **{name: json.dumps(said).encode(), f"{FOLDER}/C01.pdf": bad})
    found = two.bring(content, tmp_path, password="")
    (fault,) = exchange_work.preview_of(found)["students"][0]["faults"]
    assert fault["cell"] == "document"


def test_an_unknown_student_stops_the_whole_package(two: Two, tmp_path: Path) -> None:
    two.work()
    other = make_student(two.old.school, national_id="D122222222", birthday="2010-01-01")
    content = two.content(two.build(two.old.student, other))
    found = two.bring(content, tmp_path)
    assert (found.totals["students"], found.totals["unknown"]) == (2, 1)
    with pytest.raises(Conflict):
        incoming.take(two.taker, found.id)
    make_student(two.new.school, national_id="D122222222")
    incoming.check_again(two.taker, found.id)
    assert two.take(found).state is InState.TAKEN


def test_a_wrong_password_is_told_plainly(two: Two, tmp_path: Path) -> None:
    two.old.certified()
    content = two.content(two.build())
    for password in ("", "wrong", PASSWORD + " "):
        found = two.bring(content, tmp_path, password)
        assert found.state is InState.REFUSED
        assert "密碼" in found.failure
    assert two.bring(content, tmp_path).state is InState.READY  # with the right one


def test_undo_takes_everything_back_and_keeps_the_files(two: Two, tmp_path: Path) -> None:
    two.work()
    found = two.take(two.bring(two.content(two.build()), tmp_path))
    files = [one.document_file_id for one in outcomes_of(two.moved)]
    incoming.undo(two.taker, found.id)
    assert outcomes_of(two.moved) == experiences_of(two.moved) == []
    assert db.reading().scalars(sa.select(ExchangeArrival)).all() == []
    courses = sa.select(Course).where(Course.school_id == two.new.school.id)
    assert [one.id for one in db.reading().scalars(courses)] == [two.new.course.id]
    kept = db.reading().scalars(sa.select(StoredFile).where(StoredFile.id.in_(files))).all()
    assert {one.state for one in kept} == {FileState.ACCEPTED}
    with pytest.raises(Conflict):
        incoming.undo(two.taker, found.id)


def test_undo_is_refused_once_something_depends_on_it(two: Two, tmp_path: Path) -> None:
    two.work()
    found = two.take(two.bring(two.content(two.build()), tmp_path))
    selection.select(actor_of(two.moved), outcomes_of(two.moved)[0].id)
    with pytest.raises(Conflict):
        incoming.undo(two.taker, found.id)
    assert len(outcomes_of(two.moved)) == 3


class Killed(BaseException):
    """The worker dies: nothing of ours may catch it."""


@pytest.mark.parametrize("after", [False, True])
def test_a_killed_taking_is_taken_over_and_takes_once(
    two: Two, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, clock: Any, after: bool
) -> None:
    two.work()
    found = two.bring(two.content(two.build()), tmp_path)
    whole = taking.take_all

    def die(*args: Any) -> None:
        if after:
            whole(*args)
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(taking, "take_all", die)
        with pytest.raises(Killed):
            incoming.take(two.taker, found.id)
    clock.advance(minutes=1)
    jobs.run(db.reading().get_one(ExchangeIn, found.id, populate_existing=True).job_id)
    assert len(outcomes_of(two.moved)) == 3
    mine = sa.select(sa.func.count()).where(StoredFile.owner_id == two.moved.id)
    assert db.reading().scalar(mine) == 8  # every file once


def test_only_exchange_people_of_the_school(two: Two, tmp_path: Path) -> None:
    two.work()
    made = two.build()
    found = two.bring(two.content(made), tmp_path)
    for actor in (two.old.pupil, two.old.master):
        with pytest.raises(NotFound):
            outgoing.begin(actor, [two.old.student.id], target="", reason="x")
        with pytest.raises(NotFound):
            outgoing.set_password(actor, PASSWORD)
        with pytest.raises(NotFound):
            outgoing.seen(actor, made.id)
    with pytest.raises(NotFound):
        outgoing.seen(two.taker, made.id)
    with pytest.raises(NotFound):
        incoming.seen(two.sender, found.id)
    with pytest.raises(NotFound):
        incoming.take(two.sender, found.id)
    with pytest.raises(NotFound):
        outgoing.begin(two.sender, [two.moved.id], target="", reason="x")
    assert outgoing.seen(two.old.clerk, made.id).id == made.id
    lines = db.reading().scalars(sa.select(AuditEvent)).all()
    assert {"exchange.begin_out", "exchange.finish_out", "access.foreign"} <= {
        one.verb for one in lines
    }
    assert ID not in json.dumps([one.detail for one in lines])


def test_a_student_without_a_national_id_cannot_go(two: Two) -> None:
    nameless = make_student(two.old.school)
    with pytest.raises(InvalidInput) as refused:
        outgoing.begin(two.sender, [nameless.id], target="", reason="轉學")
    assert nameless.number in refused.value.fields["students"]


def breaks(*_args: Any, **_more: Any) -> None:
    raise OSError("no space left")


def worn_out(found: ExchangeIn) -> ExchangeIn:
    for _attempt in range(jobs.MAX_ATTEMPTS):
        jobs.run(found.job_id or 0)
    db._close_reads()
    return fresh(found)


def test_a_package_the_queue_gave_up_can_be_looked_at_again(
    two: Two, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    two.old.certified()
    content = two.content(two.build())
    with monkeypatch.context() as patch:
        patch.setattr(exchange_work, "read_package", breaks)
        left = worn_out(two.bring(content, tmp_path))
    assert left.state is InState.CHECKING
    again = two.bring(content, tmp_path)  # the same bytes
    assert (again.state, again.id != left.id) == (InState.READY, True)
    assert fresh(left).state is InState.REFUSED
    with monkeypatch.context() as patch:
        patch.setattr(taking, "take_all", breaks)
        worn_out(two.take(again))
    assert fresh(again).state is InState.TAKING
    incoming.check_again(two.taker, again.id)
    assert two.take(again).state is InState.TAKEN


def test_a_package_whose_file_cannot_be_read_now_is_not_stuck(
    two: Two, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def damaged(*_args: Any) -> None:
        raise FileDamaged("讀不到")

    two.old.certified()
    content = two.content(two.build())
    with monkeypatch.context() as patch:
        patch.setattr(exchange_work.vault_queries, "path", damaged)
        found = two.bring(content, tmp_path)
    assert (found.state, "讀不到" in found.failure) == (InState.REFUSED, True)
    incoming.check_again(two.taker, found.id)
    assert two.take(found).state is InState.TAKEN
