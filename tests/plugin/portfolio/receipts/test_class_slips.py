"""The receipt slips of a class in one paper: made by the queue, for the registry."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable
from typing import Any

import pikepdf
import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from plugin import db, jobs
from plugin.errors import NotFound
from plugin.portfolio.models import ReceiptSheet, SheetState
from plugin.portfolio.operations.receipts import slips, stating
from plugin.portfolio.queries.receipts import sheets as queries
from plugin.school.models import SchoolClass
from plugin.trail.models import AuditEvent, Message
from plugin.vault import queries as vault_queries
from plugin.vault.models import StoredFile
from tests.factories import actor_of, make_class, make_staff, make_student
from tests.plugin.portfolio.receipts.handed_in import YEAR, Handed, handed
from tests.plugin.portfolio.receipts.packing import as_json, packed

STRANGER = "鄰班生"


def paper_of(job_id: int) -> Any:
    job = db.reading().get_one(jobs.Job, job_id, populate_existing=True)
    assert job.state is jobs.JobState.DONE, job.error
    file = db.reading().get_one(StoredFile, job.result["file_id"])
    return job, vault_queries.path(file.sha256, file.size)


def text_of(path: Any) -> str:
    found = subprocess.run(["pdftotext", "-layout", path, "-"], check=True, capture_output=True)
    return found.stdout.decode().replace(" ", "")


def in_the_class_beside(one: Handed) -> SchoolClass:
    """Somebody of the same submission in another class."""
    beside = make_class(one.world.school)
    stranger = make_student(one.world.school, beside, 3, name=STRANGER)
    with db.writing() as session:
        session.add(
            ReceiptSheet(
                school_id=one.world.school.id, submission_id=one.submission.id,
                academic_year=YEAR, student_id=stranger.id, class_id=beside.id,
                class_name=beside.name, seat=3, items=0, digest="0" * 64,
                state=SheetState.WAITING,
            )
        )  # fmt: skip
    return beside


def test_the_paper_has_every_student_of_the_class_and_nobody_else(one: Handed) -> None:
    beside = in_the_class_beside(one)
    foreign = handed()
    stating.dispute(one.mate, one.sheet(one.other).id, row_id=None, reason="other", text="少了一件")
    one.bring(packed({"a.json": as_json([one.central_record(one.rows()[0])])}))
    job, path = paper_of(slips.begin(one.clerk, one.world.school_class.id))
    assert job.result["students"] == 2
    first, _, second = text_of(path).partition("\f")
    for word in (one.world.student.name, "讀書心得", "朗讀.mp3", "專題"):
        assert word in first, word
    for word in (one.other.name, "另一位的心得", "少了一件"):
        assert word in second, word
        assert word not in first, word
    assert "專題" not in second
    for nobody in (STRANGER, foreign.world.school.name):
        assert nobody not in first + second
    with pikepdf.open(path) as paper:
        assert paper.Root.MarkInfo.Marked
        assert "/StructTreeRoot" in paper.Root
        with paper.open_outline() as outline:
            marks = [item.title for item in outline.root]
    assert marks == [f"1 {one.world.student.name}", f"2 {one.other.name}"]
    _job, other_paper = paper_of(slips.begin(one.clerk, beside.id))
    assert STRANGER in text_of(other_paper)
    said = db.reading().scalars(sa.select(AuditEvent).where(AuditEvent.verb == "receipt.slips"))
    assert [entry.detail["students"] for entry in said.all()] == [2, 1]


def test_a_class_costs_as_many_statements_as_it_has_kinds_of_rows(one: Handed) -> None:
    school_class, seen = one.world.school_class, []

    def note(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        seen.append(statement)

    sa.event.listen(db.engine(), "before_cursor_execute", note)
    try:
        found = queries.of_whole_class(school_class)
    finally:
        sa.event.remove(db.engine(), "before_cursor_execute", note)
    assert [len(sheet.lines) for sheet in found] == [3, 1]
    assert len([one for one in seen if one.startswith("SELECT")]) <= 7, seen


def test_only_the_registry_of_the_school_prints(one: Handed) -> None:
    for stranger in (one.pupil, actor_of(make_staff(one.world.school)), handed().clerk):
        with pytest.raises(NotFound):
            slips.begin(stranger, one.world.school_class.id)


def test_a_class_without_sheets_says_so(one: Handed) -> None:
    job_id = slips.begin(one.clerk, make_class(one.world.school).id)
    job = db.reading().get_one(jobs.Job, job_id, populate_existing=True)
    assert (job.state, "還沒有收訖明細" in job.error) == (jobs.JobState.FAILED, True)


def test_the_pages(client: FlaskClient, one: Handed, act_as: Callable[[Any], Any]) -> None:
    act_as(one.clerk)
    of_class = f"/handed-in/progress/{one.world.school_class.id}?year={YEAR}"
    page = client.get(of_class).text
    token = re.search(r'name="csrf-token" content="([^"]+)"', page)
    assert token is not None
    begin = f"/handed-in/progress/{one.world.school_class.id}/slips"
    assert begin in page
    answer = client.post(begin, data={"csrf_token": token[1]})
    page = client.get(answer.location).text
    assert "收訖單共 2 位學生。" in page
    address = re.search(r'href="([^"]+)">下載收訖單', page)
    assert address is not None
    assert client.get(address[1], buffered=True).data.startswith(b"%PDF")
    assert client.get(answer.location.replace("/handed-in", "/selections")).status_code == 404
    assert answer.location in db.reading().scalars(sa.select(Message.path)).all()
