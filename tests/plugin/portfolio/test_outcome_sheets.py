"""Each outcome on the sheet of its kind: the official workbook read back, sheet by sheet."""

from __future__ import annotations

import io
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import openpyxl
import pytest
from flask import Flask

from plugin import db
from plugin.portfolio.bundle import Bundle
from plugin.portfolio.models import Outcome, SubmissionFileKind
from plugin.portfolio.operations import selection
from plugin.portfolio.operations.academic import records
from plugin.portfolio.outcome_sheets import Told, attended, flags, matching
from plugin.portfolio.queries import changes, snapshot, submissions
from plugin.school.batches import Batch
from plugin.school.models import School, SchoolKind
from plugin.vault import queries as vault_queries
from reports.roster import book
from tests.factories import make_course
from tests.plugin.portfolio.academic.school import TERM, Records, make_records, typed
from tests.plugin.portfolio.submission_world import YEAR, build, frozen
from tests.plugin.portfolio.year import table

SHEETS = {one.key: one.name for one in book("outcomes").sheets}
KINDS = ("supplementary", "retake", "repeat", "transfer", "borrowed")


@pytest.fixture
def school(app: Flask) -> Records:
    return make_records()


def code_of(school: School, place: int) -> str:
    return f"115{school.code}H111010101010{place}"


def take(school: Records, place: int, name: str, **more: Any) -> Outcome:
    """A course of the student's with a certified, selected outcome; its summary is the name."""
    world = school.world
    given = {"code": code_of(world.school, place), "name": name, "credits": place + 1} | more
    world.course = make_course(
        world.school, teacher=world.teacher, students=[world.student], **given
    )
    made = world.certified(title=name, summary=name)
    selection.select(world.pupil, made.id)
    return made


def enter(school: Records, kind: str, place: int, name: str, **more: Any) -> Any:
    """The registry's course record of that course, in words that differ from the course's."""
    return school.enter(
        kind, subject=name, code=code_of(school.world.school, place), credits="9", **more
    )


def workbook(school: Records, folder: Path) -> bytes:
    made = frozen(school.world)
    house = db.reading().get_one(School, made.school_id)
    return Bundle(made, house, folder, "https://example.org/verify").workbook().read_bytes()


def test_every_kind_of_course_record_leads_to_its_own_sheet(school: Records) -> None:
    house = school.world.school
    take(school, 0, "國語文")
    take(school, 1, "補修物理")
    take(school, 2, "重修數學")
    take(school, 3, "重讀英文")
    take(school, 4, "轉科前製圖")
    take(school, 5, "借讀日語")
    enter(school, "regular", 0, "國語文")
    enter(school, "supplementary", 1, "補修物理")
    # found by subject and grade: its code is that of the term in which it was first taken
    school.enter("retake", subject="重修數學", code=f"114{code_of(house, 8)[3:]}", credits="4")
    enter(school, "repeat", 3, "重讀英文")
    enter(school, "transfer", 4, "轉科前製圖", due_year=str(YEAR), due_term="1")
    enter(school, "borrowed", 5, "借讀日語", due_year=str(YEAR), due_term="1")
    made = build(school.world)
    assert made.failure == ""
    file = submissions.files(made.id)[SubmissionFileKind.WORKBOOK]
    content = vault_queries.path(file.sha256, file.size).read_bytes()
    sheets = openpyxl.load_workbook(io.BytesIO(content)).sheetnames
    assert sheets == ["封面", *SHEETS.values()]
    found = {}
    for key, name in SHEETS.items():
        (row,) = table(content, name)
        assert (row.pop("身分證號"), row.pop("出生日期")) == ("A123456789", "0990304")
        assert row.pop("文件連結").endswith("-document.pdf")
        assert not row.pop("影音連結")
        found[key] = row
    assert found == {
        "regular": {
            "實際修課學期": "1", "課程代碼": code_of(house, 0), "科目名稱": "國語文",
            "開課年級": "1", "修課學分": "1", "成果簡述": "國語文",
        },
        "supplementary": {
            "應修課學年度": "114", "應修課學期": "2", "實際修課學期": "1",
            "課程代碼": code_of(house, 1), "科目名稱": "補修物理", "開課年級": "1",
            "修課學分": "9", "補修方式": "3", "成果簡述": "補修物理",
        },
        "retake": {
            "原修課學年度": "114", "原修課學期": "2", "實際修課學期": "1",
            "原修課課程代碼": f"114{code_of(house, 8)[3:]}", "原修課科目名稱": "重修數學",
            "原修課開課年級": "1", "原修課修課學分": "4", "重修方式": "3", "成果簡述": "重修數學",
        },
        "repeat": {
            "實際修課學期": "1", "課程代碼": code_of(house, 3), "科目名稱": "重讀英文",
            "開課年級": "1", "修課學分": "9", "成果簡述": "重讀英文",
        },
        "transfer": {  # as it was then: not what it counts for now
            "原修課學校代碼": house.code, "原修課學年度": "115", "原修課學期": "1",
            "原修課課程代碼": code_of(house, 4), "原修課科目名稱": "轉科前製圖",
            "原修課開課年級": "1", "原修課修課學分": "5", "成果簡述": "轉科前製圖",
        },
        "borrowed": {
            "借讀學校代碼": "990002", "借讀修課學年度": "115", "借讀修課學期": "1",
            "借讀校課程代碼": code_of(house, 5), "借讀校科目名稱": "借讀日語",
            "借讀校開課年級": "1", "借讀校修課學分": "9", "成果簡述": "借讀日語",
        },
    }  # fmt: skip
    # the manifest and the 預檢 read the same words
    said = {row.cells["summary"]: row for row in submissions.all_rows(made.id)}
    assert said["重修數學"].cells["course_code"].startswith("114")
    assert said["重修數學"].cells["sheet_name"] == SHEETS["retake"]
    chosen = snapshot.chosen(house.id, YEAR, Batch.ORDINARY, personal=False)
    for one in chosen:
        assert one.attended is not None
        assert one.attended.sheet == (said[one.outcome.summary].kind or "regular")


def test_what_the_record_says_later_is_a_difference_of_the_next_version(school: Records) -> None:
    take(school, 1, "物理")
    first = frozen(school.world)
    record = enter(school, "retake", 1, "物理")
    second = frozen(school.world)
    (change,) = changes.changes(changes.What.CHANGED, second.id, first.id).items
    assert ("", SHEETS["retake"]) in {(one.before, one.after) for one in change.fields}
    records.remove(school.clerk, record.id, "登錄錯誤")
    third = frozen(school.world)
    (change,) = changes.changes(changes.What.CHANGED, third.id, second.id).items
    assert (SHEETS["retake"], "") in {(one.before, one.after) for one in change.fields}
    assert changes.counts(third.id, first.id)[changes.What.CHANGED] == 0


def test_a_book_without_the_sheet_keeps_the_outcome_among_the_regular_ones(
    school: Records, tmp_path: Path
) -> None:
    world = school.world
    with db.writing() as session:
        session.get_one(School, world.school.id).kind = SchoolKind.NIGHT
    take(school, 1, "重修", periods=3)
    take(school, 2, "轉學前", periods=4)
    enter(school, "retake", 1, "重修")
    enter(school, "night_transfer", 2, "轉學前", due_year=str(YEAR), due_term="1")
    content = workbook(school, tmp_path)
    (regular,) = table(content, "學期課程學習成果")
    assert (regular["成果簡述"], regular["修課節數"]) == ("重修", "9")
    (moved,) = table(content, "轉學轉科課程學習成果")
    assert (moved["成果簡述"], moved["原修課修課節數"]) == ("轉學前", "4")
    assert table(content, "借讀課程學習成果") == []


def course(**more: Any) -> Any:
    given = {
        "id": 1, "academic_year": 115, "term": 1, "code": "X1", "name": "數學", "grade": 1,
        "credits": 4, "periods": 0,
    }  # fmt: skip
    return SimpleNamespace(**(given | more))


def record(kind: str, **more: Any) -> Any:
    given: dict[str, Any] = {
        "id": 1, "kind": kind, "course_id": None, "academic_year": 115, "term": 1, "code": "X1",
        "subject": "數學", "grade": 1, "credits": 4, "details": {},
    }  # fmt: skip
    return SimpleNamespace(**(given | more))


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({}, True),
        ({"term": 2}, False),
        ({"grade": 2}, False),
        ({"code": "X9"}, True),  # the same subject of the same grade
        ({"code": "X9", "subject": "物理"}, False),
        ({"course_id": 1, "code": "X9", "subject": "物理", "grade": 3, "term": 2}, True),
        ({"course_id": 2}, False),
    ],
)
def test_which_record_is_of_which_course(changes: dict[str, Any], found: bool) -> None:
    one = record("retake", **changes)
    assert matching([record("regular", course_id=1), one], course()) is (one if found else None)


def test_the_nearest_of_several_records_is_the_one() -> None:
    by_subject, by_code = record("retake", id=9, code="X9"), record("retake", id=8, subject="物理")
    by_both, named = record("supplementary", id=1), record("repeat", id=0, course_id=1)
    assert matching([by_subject, by_code], course()) is by_code
    assert matching([by_subject, by_code, by_both], course()) is by_both
    assert matching([by_subject, by_code, by_both, named], course()) is named


HOME = SimpleNamespace(code="990001", kind=SchoolKind.GENERAL)


def arrived(school: str = "990002", kind: str = "", **details: str) -> Any:
    found = record(kind) if kind else None
    return attended(HOME, course(), found, Told(school, details))  # type: ignore[arg-type]


def test_what_another_school_says_of_an_outcome() -> None:
    plain = arrived()
    assert plain.sheet == "transfer"
    assert (plain.cells["first_school"], plain.cells["first_year"]) == ("990002", "115")
    assert arrived(borrowed="1").sheet == arrived(kind="borrowed").sheet == "borrowed"
    retaken = arrived(retaken="1", retaken_way="3", year="114", term="2")
    assert retaken.sheet == "transfer"  # and still told as retaken to the next school
    told = flags(retaken, "0000")
    assert (told["retaken"], told["retaken_term"], told["retaken_way"]) == ("1", "1151", "3")
    assert (told["transferred"], told["school"], told["year"]) == ("1", "990002", "114")
    # who comes back brings what was this school's own: as it was here
    home = arrived("990001", retaken="1", retaken_way="3", year="114", term="2", transferred="1")
    assert (home.sheet, home.cells["first_year"], home.cells["method"]) == ("retake", "114", "3")
    assert arrived("990001").sheet == "regular"


@pytest.mark.parametrize("kind", KINDS)
def test_the_package_has_the_flag_of_the_sheet(kind: str) -> None:
    details = {key: typed(kind).get(key, "") for key in ("due_year", "due_term", "lent_school")}
    one = attended(HOME, course(), record(kind, details=details), None)  # type: ignore[arg-type]
    assert one.sheet == kind
    said = flags(one, "0000")
    mine = {
        "supplementary": "madeup", "retake": "retaken", "repeat": "repeated",
        "transfer": "transferred", "borrowed": "borrowed",
    }  # fmt: skip
    assert {key for key in mine.values() if said[key] == "1"} == {mine[kind]}
    assert {said[f"{key}_term"] for key in ("madeup", "retaken", "repeated")} - {"0000"} == (
        {f"{TERM.academic_year}{TERM.term}"}
        if kind in {"supplementary", "retake", "repeat"}
        else set()
    )
