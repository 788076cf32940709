"""Submissions: copied, built, frozen once; and proven by tools that are not ours."""

from __future__ import annotations

import csv
import io
import os
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import bagit
import openpyxl
import pikepdf
import pytest
import sqlalchemy as sa
from flask import Flask

from plugin import db, jobs, schedule
from plugin.errors import Conflict, NotFound, WindowClosed
from plugin.portfolio import work
from plugin.portfolio.cells import cells_digest
from plugin.portfolio.models import (
    Outcome,
    RecordIsFinal,
    SelectionKind,
    Submission,
    SubmissionFile,
    SubmissionFileKind,
    SubmissionRow,
    SubmissionState,
)
from plugin.portfolio.operations import outcomes, selection
from plugin.portfolio.operations import submission as operations
from plugin.portfolio.queries import submissions
from plugin.school.models import Window, WindowKind
from plugin.settings import Settings
from plugin.trail.models import Message
from plugin.vault import queries as vault_queries
from plugin.vault import store
from plugin.vault.models import StoredFile, VaultObject
from tests.factories import actor_of, enrol, make_class, make_student, make_window
from tests.plugin.portfolio.experience_world import sent
from tests.plugin.portfolio.world import World, mp3

YEAR = 115


EXPERIENCE = SelectionKind.EXPERIENCE
LINK = "https://example.org/film"


@pytest.fixture
def chosen(world: World) -> list[Outcome]:
    """Two selected outcomes of one student, three files, and two experiences, one of them with a
    link alone; one outcome and one experience of a student of another class."""
    make_window(world.school, WindowKind.EXPERIENCE_UPLOAD)
    first = world.certified(
        title="=cmd|' /C calc'!A0",
        media_file_id=world.file(mp3(), "media"),
        document_file_id=world.file(),
    )
    second = world.certified(title="專題：犇𤧟堃")
    selection.choose(world.pupil, YEAR, [first.id, second.id])
    selection.lock(world.pupil, YEAR)
    mine = [
        sent(world, "service", summary="陪伴閱讀"),
        sent(world, "licence", document_file_id=None, link=LINK),
    ]
    selection.choose(world.pupil, YEAR, [one.id for one in mine], EXPERIENCE)
    selection.lock(world.pupil, YEAR, EXPERIENCE)
    pupil = world.student
    world.student = make_student(
        world.school,
        make_class(world.school, grade=2),
        7,
        name="喆峯",
        national_id="B223456782",
        birthday="2009-12-01",
    )
    enrol(world.student, world.course)
    third = world.certified()
    selection.select(world.pupil, third.id)
    selection.select(world.pupil, sent(world, "contest").id, EXPERIENCE)
    world.student = pupil
    return [first, second, third]


def build(world: World) -> Submission:
    made = operations.begin(world.clerk, YEAR)
    found = db.reading().get(Submission, made.id, populate_existing=True)
    assert found is not None
    return found


def path_of(submission: Submission, kind: SubmissionFileKind) -> Path:
    file = submissions.files(submission.id)[kind]
    return vault_queries.path(file.sha256, file.size)


def opened(submission: Submission, kind: SubmissionFileKind) -> openpyxl.Workbook:
    return openpyxl.load_workbook(io.BytesIO(path_of(submission, kind).read_bytes()))


def test_a_submission_is_frozen_with_all_its_files(world: World, chosen: list[Outcome]) -> None:
    made = build(world)
    assert made.failure == ""
    assert made.state is SubmissionState.FROZEN
    slots = StoredFile.slot.in_(["document", "media", "experience.document"])
    handed_in = db.reading().scalars(sa.select(StoredFile).where(slots)).all()
    assert made.totals == {
        "rows": 6,
        "outcomes": 3,
        "experiences": 3,
        "students": 2,
        "classes": 2,
        "files": 6,
        "lines": 7,
        "bytes": sum(file.size for file in handed_in),
    }
    assert set(submissions.files(made.id)) == set(SubmissionFileKind)
    assert made.number == f"115-{world.school.code}-O-01"


def test_the_package_is_a_valid_bag_with_every_file(
    world: World, chosen: list[Outcome], tmp_path: Path
) -> None:
    made = build(world)
    with zipfile.ZipFile(path_of(made, SubmissionFileKind.PACKAGE)) as package:
        package.extractall(tmp_path)
    (folder,) = (one for one in tmp_path.iterdir() if (one / "bagit.txt").exists())
    bag = bagit.Bag(str(folder))
    bag.validate()
    rows = list(submissions.all_rows(made.id))
    for row in rows:
        assert (row.outcome_id is None) != (row.experience_id is None)
        for slot in ("document", "media"):
            if cell := row.cells[slot]:
                assert bag.entries[f"data/{cell['path']}"]["sha256"] == cell["sha256"]


def test_the_manifest_and_its_tables_hold_every_row(world: World, chosen: list[Outcome]) -> None:
    made = build(world)
    hashes = sorted(
        [
            row.cells[slot]["sha256"]
            for row in submissions.all_rows(made.id)
            for slot in ("document", "media")
            if row.cells[slot]
        ]
        + [""]  # the experience with a link alone
    )
    text = path_of(made, SubmissionFileKind.CSV).read_text(encoding="utf-8-sig")
    table = list(csv.DictReader(io.StringIO(text)))
    assert sorted(line["SHA-256"] for line in table) == hashes
    assert {line["姓名"] for line in table} == {world.student.name, "喆峯"}
    assert table[0]["名稱"].startswith("'=")  # no formula runs in a spreadsheet program
    sheet = opened(made, SubmissionFileKind.SHEET).active
    column = [cell.value for cell in sheet[1]].index("SHA-256")
    found = [row[column] or "" for row in sheet.iter_rows(min_row=2, values_only=True)]
    assert sorted(found) == hashes
    kinds = [row[0] for row in sheet.iter_rows(min_row=2, values_only=True)]
    assert kinds == ["課程學習成果"] * 3 + ["多元表現"] * 2 + ["課程學習成果", "多元表現"]
    with pikepdf.open(path_of(made, SubmissionFileKind.MANIFEST)) as manifest:
        assert len(manifest.pages) >= 3  # the cover, and a page for each class


def test_the_manifest_prints_names_titles_and_hashes(world: World, chosen: list[Outcome]) -> None:
    import subprocess

    made = build(world)
    text = (
        subprocess.run(
            ["pdftotext", "-layout", path_of(made, SubmissionFileKind.MANIFEST), "-"],
            check=True,
            capture_output=True,
            text=True,
        )
        .stdout.replace("\n", "")
        .replace(" ", "")
    )
    for row in submissions.all_rows(made.id):
        assert row.cells["student_name"] in text
        if row.cells["document"]:
            assert row.cells["document"]["sha256"][:12] in text
    assert made.number in text
    assert "課程學習成果" in text
    assert "多元表現" in text
    assert "外部連結" in text


def test_the_official_workbook_keeps_text_cells(world: World, chosen: list[Outcome]) -> None:
    made = build(world)
    book = opened(made, SubmissionFileKind.WORKBOOK)
    assert book.sheetnames[:2] == ["封面", "學期課程學習成果"]
    cover = [cell.value for cell in book["封面"][2]]
    assert cover == [world.school.code, "115", "0", "26"]
    header = [cell.value for cell in book["學期課程學習成果"][1]]
    rows = [
        dict(zip(header, line, strict=True))
        for line in book["學期課程學習成果"].iter_rows(min_row=2, values_only=True)
    ]
    assert [row["身分證號"] for row in rows] == ["A123456789"] * 2 + ["B223456782"]
    assert rows[0]["出生日期"] == "0990304"
    assert rows[0]["文件連結"].startswith("files/")
    assert {type(value) for row in rows for value in row.values() if value} == {str}


def test_the_official_workbook_of_experiences(world: World, chosen: list[Outcome]) -> None:
    made = build(world)
    book = opened(made, SubmissionFileKind.EXPERIENCES)
    assert [cell.value for cell in book["封面"][2]] == [world.school.code, "115", "0", "25"]

    def lines(name: str) -> list[dict[str, str]]:
        header, *rows = book[name].iter_rows(values_only=True)
        return [dict(zip(header, row, strict=True)) for row in rows]

    (service,) = lines("服務學習紀錄")
    assert (service["身分證號"], service["出生日期"]) == ("A123456789", "0990304")
    assert service["內容簡述"] == "陪伴閱讀"
    assert service["證明文件連結"].endswith("-document.pdf")
    (licence,) = lines("檢定證照紀錄")
    # what is not there leaves its cell empty, and nothing shifts into it (domain facts, §1.4)
    assert (licence["證明文件連結"], licence["外部影音連結"]) == ("", LINK)
    (contest,) = lines("競賽參與紀錄")
    assert contest["身分證號"] == "B223456782"
    assert lines("職場學習紀錄") == []


def test_a_snapshot_does_not_follow_later_changes(world: World, chosen: list[Outcome]) -> None:
    made = build(world)
    before = [row.cells for row in submissions.all_rows(made.id)]
    selection.reopen(world.pupil, YEAR)
    selection.unselect(world.pupil, chosen[0].id)
    outcomes.reopen(world.pupil, chosen[0].id)
    second = build(world)
    assert [row.cells for row in submissions.all_rows(made.id)] == before
    assert (second.version, second.totals["rows"]) == (2, 5)
    assert [one.version for one in submissions.versions(world.clerk, YEAR)] == [2, 1]


def test_rows_and_decisions_are_never_edited(world: World, chosen: list[Outcome]) -> None:
    made = build(world)
    with pytest.raises(RecordIsFinal), db.writing() as session:
        row = session.scalars(
            sa.select(SubmissionRow).where(SubmissionRow.submission_id == made.id)
        ).first()
        row.cells = {}


def test_each_rows_digest_is_that_of_its_cells(world: World, chosen: list[Outcome]) -> None:
    made = build(world)
    for row in submissions.all_rows(made.id):
        assert row.digest == cells_digest(row.cells)
        assert row.identity


class Killed(BaseException):
    """The worker dies: nothing of ours may catch it."""


STEPS = [
    ("snapshot", False), ("snapshot", True), ("experiences", True), ("package", False),
    ("_deposit", True), ("freeze", False), ("freeze", True),
]  # fmt: skip
"""Where the worker dies, before or after; a real one is killed in test_submission_worker."""


@pytest.mark.parametrize(("step", "after"), STEPS)
def test_a_killed_build_is_taken_over_and_ends_in_one_submission(
    world: World,
    chosen: list[Outcome],
    monkeypatch: pytest.MonkeyPatch,
    clock: Any,
    step: str,
    after: bool,
) -> None:
    place = {"snapshot": operations, "freeze": operations, "_deposit": work}.get(step, work.Bundle)
    whole: Callable[..., Any] = getattr(place, step)

    def die(*args: Any, **kwargs: Any) -> Any:
        if after:
            whole(*args, **kwargs)
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(place, step, die)
        with pytest.raises(Killed):
            operations.begin(world.clerk, YEAR)
    clock.advance(minutes=1)  # the dead worker's lease has run out
    job = db.reading().scalars(sa.select(jobs.Job)).one()
    jobs.run(job.id)
    made = (
        db.reading().scalars(sa.select(Submission).execution_options(populate_existing=True)).one()
    )
    assert made.state is SubmissionState.FROZEN
    rows = list(submissions.all_rows(made.id))
    assert [row.sequence for row in rows] == [1, 2, 3, 4, 5, 6]
    files = db.reading().scalars(sa.select(SubmissionFile)).all()
    assert sorted(file.kind for file in files) == sorted(SubmissionFileKind)
    for file in files:
        assert vault_queries.path(file.sha256, file.size).stat().st_size == file.size


def test_running_a_finished_build_again_changes_nothing(
    world: World, chosen: list[Outcome]
) -> None:
    made = build(world)
    files = {kind: one.sha256 for kind, one in submissions.files(made.id).items()}
    run = jobs.Run(made.job_id, world.school.id, world.clerk, {"submission_id": made.id})
    work.build(run)
    assert {kind: one.sha256 for kind, one in submissions.files(made.id).items()} == files


def test_a_damaged_file_stops_the_submission_and_is_named(
    world: World, chosen: list[Outcome], settings: Settings
) -> None:
    sha256 = db.reading().scalars(sa.select(VaultObject.sha256)).first()
    for copy in store.copies():
        path = copy.path(sha256)
        path.chmod(0o600)
        content = bytearray(path.read_bytes())
        content[len(content) // 2] ^= 1
        path.write_bytes(content)
    made = build(world)
    assert made.state is SubmissionState.FAILED
    name = db.reading().scalar(sa.select(StoredFile.name).where(StoredFile.sha256 == sha256))
    assert name in made.failure
    assert list(settings.reports.iterdir()) == []  # nothing half made lies about


def test_a_build_that_breaks_leaves_no_identities_on_the_disk(
    world: World, chosen: list[Outcome], settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[tuple[int, int]] = []

    def breaks(bundle: Any, *_args: Any) -> None:
        seen.append((len(list(bundle.folder.iterdir())), bundle.folder.stat().st_mode & 0o777))
        raise OSError("no space left")

    monkeypatch.setattr("plugin.portfolio.bundle.Bundle.package", breaks)
    made = operations.begin(world.clerk, YEAR)
    for _attempt in range(jobs.MAX_ATTEMPTS):
        jobs.run(made.job_id or 0)
    assert seen == [(5, 0o700)] * jobs.MAX_ATTEMPTS
    assert list(settings.reports.iterdir()) == []


def test_what_killed_workers_left_is_cleared_by_age(app: Flask, settings: Settings) -> None:
    for name, age in (("submission-1", 2), ("submission-2", 0)):
        folder = settings.reports / name
        folder.mkdir(parents=True)
        file = folder / "workbook.xlsx"
        file.touch()
        for one in (file, folder):
            os.utime(one, (time.time() - age * 86_400,) * 2)
    long = time.time() - 3 * 86_400
    os.utime(settings.reports / "submission-2", (long, long))  # but its file is written to
    (settings.reports / "workbook-1.xlsx").touch()
    os.utime(settings.reports / "workbook-1.xlsx", (long, long))
    with app.app_context():
        schedule.tick("reports.tidy")
    assert [one.name for one in settings.reports.iterdir()] == ["submission-2"]


def test_only_the_registry_begins_and_only_in_the_window(
    world: World, chosen: list[Outcome]
) -> None:
    for actor in (world.pupil, world.master):
        with pytest.raises(NotFound):
            operations.begin(actor, YEAR)
    with db.writing() as session:
        session.execute(sa.delete(Window).where(Window.kind == WindowKind.SUBMISSION))
    with pytest.raises(WindowClosed):
        operations.begin(world.clerk, YEAR)


def test_nothing_selected_is_nothing_to_submit(world: World) -> None:
    with pytest.raises(operations.NothingToSubmit):
        operations.begin(world.clerk, YEAR)


def test_students_hear_of_it_and_see_what_was_handed_in(
    world: World, chosen: list[Outcome]
) -> None:
    from plugin.portfolio.queries import own

    made = build(world)
    paths = (
        db.reading()
        .scalars(sa.select(Message.path).where(Message.person_id == world.student.id))
        .all()
    )
    assert "/handed-in" in paths
    (mine,) = own.handed_in(world.pupil)
    assert (mine.number, len(mine.rows)) == (made.number, 4)
    assert own.handed_in(actor_of(make_student(world.school))) == []


def test_a_build_that_waits_holds_the_next_back(
    world: World, chosen: list[Outcome], app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "_wake", lambda *args, **kwargs: None)
    operations.begin(world.clerk, YEAR)
    with pytest.raises(Conflict):
        operations.begin(world.clerk, YEAR)


def test_the_public_may_verify_by_token_only(world: World, chosen: list[Outcome]) -> None:
    made = build(world)
    found = submissions.verification(made.token)
    assert found is not None
    assert found.manifest_sha256 == submissions.files(made.id)["manifest"].sha256
    assert submissions.verification(made.number) is None
