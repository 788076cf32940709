"""What the central side received, beside what was handed in."""

from __future__ import annotations

import hashlib
import tempfile
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from plugin import clock as clocks
from plugin import db, jobs
from plugin.errors import Conflict, InvalidInput, NotFound
from plugin.portfolio import receipts_work
from plugin.portfolio.models import (
    CentralImport,
    CentralItem,
    CentralMatch,
    CentralState,
    SubmissionRow,
)
from plugin.portfolio.operations.receipts import central, comparing, entering
from plugin.portfolio.queries.receipts import sheets as reads
from plugin.trail.models import Message
from plugin.vault.models import FileState, StoredFile
from reports.lockedzip import LockedZip
from reports.received import Received, default_mapping, read_zip, verify
from tests.plugin.portfolio.receipts.handed_in import Handed
from tests.plugin.portfolio.receipts.packing import PASSWORD, as_json, listed, packed, zipcrypto


def records_of(content: bytes) -> list[Received]:
    with tempfile.NamedTemporaryFile(suffix=".zip") as file:
        file.write(content)
        file.flush()
        with LockedZip(Path(file.name), PASSWORD) as package:
            return list(read_zip(package, verify(package), default_mapping()))


def everything(one: Handed, **changes: Any) -> list[dict[str, Any]]:
    return [one.central_record(row, **changes) for row in [*one.rows(), *one.rows(one.other)]]


def package(records: Any, **more: Any) -> bytes:
    return packed({"115.json": as_json(records, bom=True)}, **more)


def found_of(one: Handed) -> reads.Sheet:
    return reads.of_student(one.world.student.id, school_id=one.world.school.id)[0]


@pytest.mark.parametrize("pack", [package, lambda said: zipcrypto({"a.json": as_json(said)})])
def test_all_is_there(one: Handed, pack: Any) -> None:
    made = one.bring(pack(everything(one)))
    assert (made.state, made.failure, made.verified) == (CentralState.DONE, "", True)
    assert (made.totals["matched"], made.totals["missing"]) == (4, 0)
    assert one.sheet().received == one.sheet().items == 3
    assert found_of(one).missing == []
    file = db.reading().get_one(StoredFile, made.file_id)
    assert file.state is FileState.ACCEPTED


def test_which_one_is_missing_is_told(one: Handed) -> None:
    records = [said for said in everything(one) if said["成果簡述"] != "專題摘要"]
    made = one.bring(package(records))
    assert (made.totals["matched"], made.totals["missing"]) == (3, 1)
    sheet = one.sheet()
    assert (sheet.items, sheet.received) == (3, 2)
    assert [line.row.cells["title"] for line in found_of(one).missing] == ["專題"]
    told = db.reading().scalars(sa.select(Message.person_id).where(Message.path == "/handed-in"))
    assert set(told) == {one.world.student.id}


def test_a_refused_record_is_no_receipt(one: Handed) -> None:
    records = everything(one)
    records[0] |= {"收訖狀態": "失敗", "說明": "檔案無法下載"}
    one.bring(package(records))
    (line,) = found_of(one).missing
    assert (line.row.cells["title"], line.note) == ("讀書心得", "失敗 檔案無法下載")


@pytest.mark.parametrize("kind", ["md5", "sha256"])
def test_a_record_for_each_file_tells_which_file_is_missing(one: Handed, kind: str) -> None:
    row = one.rows()[0]
    sums = {
        slot: one.md5(row, slot) if kind == "md5" else row.cells[slot]["sha256"]
        for slot in ("document", "media")
    }
    who = {"身分證號": "A123456789"}
    one.bring(package([who | {"雜湊值": sums["document"].upper()}]))
    line = found_of(one).lines[0]
    assert (line.received, line.lacking) == (False, ("朗讀.mp3",))
    one.bring(package([who | {"雜湊值": sums[slot]} for slot in sums]))
    assert found_of(one).lines[0].received is True


def test_files_are_known_by_name_too(one: Handed) -> None:
    path = one.rows()[0].cells["media"]["path"]
    records = [{"學號": one.world.student.number, "檔案名稱": name} for name in ("心得.pdf", path)]
    one.bring(package(records))
    assert found_of(one).lines[0].received is True


def test_a_hash_that_fits_nothing_is_not_explained_away(one: Handed) -> None:
    wrong = hashlib.sha256(b"another file").hexdigest()
    records = [one.central_record(one.rows()[0], 雜湊值=wrong)]
    made = one.bring(package(records))
    assert made.totals["unknown_items"] == 1
    assert found_of(one).lines[0].received is False
    assert [item.label for item in found_of(one).strays]


def test_unknown_students_and_items_are_listed(one: Handed) -> None:
    records = [
        *everything(one),
        {"身分證號": "Z199999999", "名稱": "別人的"},
        {"身分證號": "A123456789", "名稱": "沒有提交的", "成果簡述": "不在這裡"},
    ]
    made = one.bring(package(records))
    assert (made.totals["unknown_students"], made.totals["unknown_items"]) == (1, 1)
    odd = (
        db.reading()
        .scalars(sa.select(CentralItem).where(CentralItem.match != CentralMatch.MATCHED))
        .all()
    )
    assert {item.stranger for item in odd} == {"Z199999999", None}
    raw = db.reading().connection().exec_driver_sql("SELECT stranger FROM central_item").all()
    assert not any("Z199999999" in (row[0] or "") for row in raw)


def test_the_same_package_again_is_the_same_import(one: Handed) -> None:
    content = package(everything(one))
    first = one.bring(content)
    assert one.bring(content).id == first.id
    assert db.reading().scalar(sa.select(sa.func.count()).select_from(CentralImport)) == 1


def test_a_new_one_supersedes_and_the_old_one_stays(one: Handed) -> None:
    old = one.bring(package(everything(one)[:2]))
    assert one.sheet().received == 2
    new = one.bring(package(everything(one)))
    assert one.sheet().received == 3
    old = db.reading().get_one(CentralImport, old.id, populate_existing=True)
    assert (old.state, old.superseded_at is not None) == (CentralState.DONE, True)
    assert new.superseded_at is None
    kept = sa.select(sa.func.count()).where(CentralItem.import_id == old.id)
    assert db.reading().scalar(kept) == 2
    assert found_of(one).central.id == new.id


def test_one_wrong_byte_is_refused_by_name_and_nothing_is_taken(one: Handed) -> None:
    files = {"115.json": as_json(everything(one)), "more.csv": "身分證號,名稱\n".encode()}
    wrong = files | {"115.json": files["115.json"].replace("收訖".encode(), "收迄".encode(), 1)}
    made = one.bring(packed(wrong, sha=listed(files)))
    assert made.state is CentralState.REFUSED
    assert "115.json" in made.failure
    assert one.sheet().received is None
    assert db.reading().scalars(sa.select(CentralItem)).all() == []
    # with the right bytes it may come again
    assert one.bring(packed(files)).state is CentralState.DONE


@pytest.mark.parametrize("password", ["", "wrong"])
def test_a_bad_password_is_told_plainly(one: Handed, password: str) -> None:
    made = one.bring(package(everything(one)), password=password)
    assert made.state is CentralState.REFUSED
    assert "密碼" in made.failure


def test_a_bare_csv_is_taken_and_marked_as_not_verified(one: Handed) -> None:
    row: SubmissionRow = one.rows()[0]
    text = f"身分證號,課程代碼\nA123456789,{row.cells['course_code']}\n"
    made = one.bring(text.encode("utf-8-sig"), "receipt.csv", "")
    assert (made.state, made.verified, made.totals["matched"]) == (CentralState.DONE, False, 1)


def test_a_school_maps_other_names(one: Handed) -> None:
    said = [{"PID": "A123456789", "ITEM": "專題", "RESULT": "R"}]
    assert one.bring(package(said)).state is CentralState.REFUSED
    central.set_mapping(
        one.clerk, {"student": ["PID", " PID "], "title": ["ITEM"], "status": ["RESULT"]}, ["R"]
    )
    made = one.bring(package(said))
    assert (made.totals["matched"], made.totals["missing"]) == (1, 3)
    assert made.mapping["names"]["student"] == ["PID"]
    with pytest.raises(InvalidInput):
        central.set_mapping(one.clerk, {"title": ["ITEM"]}, [])
    with pytest.raises(NotFound):
        central.set_mapping(one.pupil, {"student": ["PID"], "title": ["ITEM"]}, [])


class Killed(BaseException):
    """The worker dies: nothing of ours may catch it."""


@pytest.mark.parametrize("after", [False, True])
def test_a_killed_reading_is_taken_over(
    one: Handed, monkeypatch: pytest.MonkeyPatch, clock: Any, after: bool
) -> None:
    whole = central.finish

    def die(*args: Any, **more: Any) -> None:
        if after:
            whole(*args, **more)
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(receipts_work.central, "finish", die)
        with pytest.raises(Killed):
            one.bring(package(everything(one)))
    clock.advance(minutes=1)
    made = (
        db.reading()
        .scalars(sa.select(CentralImport).execution_options(populate_existing=True))
        .one()
    )
    jobs.run(made.job_id)
    made = db.reading().get_one(CentralImport, made.id, populate_existing=True)
    assert (made.state, made.totals["records"]) == (CentralState.DONE, 4)
    assert db.reading().scalar(sa.select(sa.func.count()).select_from(CentralItem)) == 4


def test_group_by_group_it_comes_to_the_same(one: Handed, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each student a group of their own, each record a transaction of its own; records of both
    students and of strangers mixed over two files."""
    records = [
        *everything(one),
        {"身分證號": "Z199999999", "名稱": "別人的"},
        {"身分證號": "A123456789", "名稱": "沒有提交的", "成果簡述": "不在這裡"},
        {"身分證號": "B223456789", "雜湊值": "0" * 64},
    ]
    content = packed({"1.json": as_json(records[::2]), "2.json": as_json(records[1::2])})

    def entered(made: CentralImport) -> list[tuple[Any, ...]]:
        query = sa.select(CentralItem).where(CentralItem.import_id == made.id)
        return [
            (item.sequence, item.match, item.student_id, item.row_id, item.stranger, item.label)
            for item in db.reading().scalars(query.order_by(CentralItem.sequence))
        ]

    at_once = one.bring(content)
    expected, totals = entered(at_once), at_once.totals
    assert [row[0] for row in expected] == list(range(1, 8))
    with db.writing() as session:
        session.get_one(CentralImport, at_once.id).superseded_at = clocks.now()
    groups: list[set[int]] = []
    whole = entering._groups

    def noted(weights: dict[int, int]) -> list[set[int]]:
        groups.extend(whole(weights))
        return groups

    monkeypatch.setattr(entering, "_groups", noted)
    people = comparing.people(one.submission.id)
    heaviest = max(entering._count(people, lambda: iter(records_of(content))).weights.values())
    monkeypatch.setattr(entering, "GROUP_BYTES", heaviest)
    monkeypatch.setattr(entering, "BATCH", 1)
    again = one.bring(content)
    assert [len(group) for group in groups] == [1, 1]
    assert again.id != at_once.id
    assert (entered(again), again.totals) == (expected, totals)
    monkeypatch.setattr(entering, "GROUP_BYTES", heaviest - 1)
    with db.writing() as session:
        session.get_one(CentralImport, again.id).superseded_at = clocks.now()
    refused = one.bring(content)
    assert (refused.state, "太大" in refused.failure) == (CentralState.REFUSED, True)


def test_one_killed_half_way_is_gone_on_with(
    one: Handed, monkeypatch: pytest.MonkeyPatch, clock: Any
) -> None:
    monkeypatch.setattr(entering, "BATCH", 1)
    whole, kept = entering._keep, [0]

    def die_at_the_third(*args: Any) -> None:
        kept[0] += bool(args[1])
        if kept[0] == 3:
            raise Killed
        whole(*args)

    with monkeypatch.context() as patch:
        patch.setattr(entering, "_keep", die_at_the_third)
        with pytest.raises(Killed):
            one.bring(package(everything(one)))
    db._close_reads()
    items = db.reading().scalars(sa.select(CentralItem)).all()
    assert len(items) == 2
    made = db.reading().scalars(sa.select(CentralImport)).one()
    assert (made.state, one.sheet().received) == (CentralState.QUEUED, None)
    clock.advance(minutes=1)
    jobs.run(made.job_id)
    made = db.reading().get_one(CentralImport, made.id, populate_existing=True)
    assert (made.state, made.totals["matched"]) == (CentralState.DONE, 4)
    query = sa.select(CentralItem).order_by(CentralItem.sequence)
    after = db.reading().scalars(query).all()
    assert [item.sequence for item in after] == [1, 2, 3, 4]
    assert {item.id for item in items} <= {item.id for item in after}


def test_only_the_registry_of_the_school_brings_one(one: Handed) -> None:
    made = one.bring(package(everything(one)))
    for actor in (one.pupil, one.world.master):
        with pytest.raises(NotFound):
            central.begin(actor, one.submission.id, made.file_id, "")
        with pytest.raises(NotFound):
            central.seen(actor, made.id)
    with pytest.raises(InvalidInput):
        central.begin(one.clerk, one.submission.id, one.rows()[0].cells["document"]["id"], "")


def test_nothing_is_compared_with_what_is_not_frozen(one: Handed) -> None:
    from plugin.portfolio.models import Submission, SubmissionState

    with db.writing() as session:
        session.get_one(Submission, one.submission.id).state = SubmissionState.BUILDING
    with pytest.raises(Conflict):
        one.bring(package(everything(one)))


def test_a_package_the_queue_gave_up_can_be_brought_again(
    one: Handed, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks(*_args: Any, **_more: Any) -> None:
        raise OSError("no space left")

    content = package(everything(one))
    with monkeypatch.context() as patch:
        patch.setattr(receipts_work, "read_zip", breaks)
        left = one.bring(content)
        assert one.bring(content).id == left.id  # it is tried again
        for _attempt in range(jobs.MAX_ATTEMPTS):
            jobs.run(left.job_id)
    again = one.bring(content)
    assert (again.state, again.id != left.id) == (CentralState.DONE, True)
    left = db.reading().get_one(CentralImport, left.id, populate_existing=True)
    assert left.state is CentralState.REFUSED
