"""Selection slips: a student's own, a class in one paper, and what the public may check."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from typing import Any

import pikepdf
import pytest
import sqlalchemy as sa

from plugin import db, jobs
from plugin.errors import Conflict, NotFound
from plugin.portfolio.models import SelectionKind, SelectionSlip
from plugin.portfolio.operations import selection, slips
from plugin.portfolio.queries import slips as queries
from plugin.school.models import WindowKind
from plugin.vault import queries as vault_queries
from plugin.vault.models import StoredFile
from tests.factories import make_student, make_window
from tests.plugin.portfolio.experience_world import sent
from tests.plugin.portfolio.submission_world import YEAR, another, being
from tests.plugin.portfolio.world import World, make_world

EXPERIENCE = SelectionKind.EXPERIENCE


@pytest.fixture
def confirmed(world: World) -> World:
    """One outcome and one experience, confirmed."""
    make_window(world.school, WindowKind.EXPERIENCE_UPLOAD)
    selection.select(world.pupil, world.certified(title="專題：犇𤧟堃").id)
    selection.lock(world.pupil, YEAR)
    selection.select(world.pupil, sent(world, "service", summary="陪讀").id, EXPERIENCE)
    selection.lock(world.pupil, YEAR, EXPERIENCE)
    return world


def text_of(file: StoredFile) -> str:
    path = vault_queries.path(file.sha256, file.size)
    found = subprocess.run(["pdftotext", "-layout", path, "-"], check=True, capture_output=True)
    return found.stdout.decode()


def test_a_students_own_slip_lists_both(confirmed: World) -> None:
    file = slips.own(confirmed.pupil, YEAR)
    text = text_of(file).replace(" ", "")
    slip = db.reading().scalars(sa.select(SelectionSlip)).one()
    for word in (
        "學習歷程檔案勾選確認單", confirmed.student.name, "專題：犇𤧟堃", "國語文（一）",
        confirmed.teacher.name, "服務學習", "證明文件", slip.number, "家長（監護人）簽名",
    ):  # fmt: skip
        assert word in text, word
    assert (slip.outcomes, slip.experiences) == (1, 1)
    assert file.expires_at is not None  # it can be printed again


def test_what_is_not_confirmed_is_not_printed(confirmed: World) -> None:
    selection.reopen(confirmed.pupil, YEAR, EXPERIENCE)
    with pytest.raises(Conflict):
        slips.own(confirmed.pupil, YEAR)
    with pytest.raises(NotFound):
        slips.own(confirmed.clerk, YEAR)


def test_a_class_is_printed_by_the_queue_in_one_paper(confirmed: World) -> None:
    with being(confirmed, another(confirmed)):
        selection.select(confirmed.pupil, confirmed.certified().id)
        selection.lock(confirmed.pupil, YEAR)
    make_student(confirmed.school, confirmed.school_class, 9)  # has selected nothing
    job_id = slips.begin(confirmed.clerk, confirmed.school_class.id)
    job = db.reading().get_one(jobs.Job, job_id, populate_existing=True)
    assert (job.result["students"], job.result["without"]) == (2, 1)
    file = db.reading().get_one(StoredFile, job.result["file_id"])
    with pikepdf.open(vault_queries.path(file.sha256, file.size)) as paper:
        assert len(paper.pages) == 2
    first, second = text_of(file).split("\f")[:2]
    assert confirmed.student.name in first
    assert "喆峯" in second


def test_a_class_without_anybody_says_so(world: World) -> None:
    job_id = slips.begin(world.clerk, world.school_class.id)
    job = db.reading().get_one(jobs.Job, job_id, populate_existing=True)
    assert (job.state, "沒有學生確認" in job.error) == (jobs.JobState.FAILED, True)
    for stranger in (world.pupil, make_world().clerk):
        with pytest.raises(NotFound):
            slips.begin(stranger, world.school_class.id)


def test_the_public_learns_whether_it_still_holds_and_nothing_of_the_person(
    confirmed: World, client: Any
) -> None:
    slips.own(confirmed.pupil, YEAR)
    slip = db.reading().scalars(sa.select(SelectionSlip)).one()
    token = slip.token
    page = client.get(f"/verify/slip/{token}").text
    assert "目前的勾選與這張確認單相同" in page
    for word in (confirmed.student.name, confirmed.student.number, "犇𤧟堃"):
        assert word not in page
    selection.reopen(confirmed.pupil, YEAR)
    selection.choose(confirmed.pupil, YEAR, [])
    assert "請重新列印" in client.get(f"/verify/slip/{token}").text
    assert client.get("/verify/slip/unknown").status_code == 404


def test_the_pages_of_a_class_and_of_a_student(
    confirmed: World, client: Any, act_as: Callable[[Any], Any]
) -> None:
    act_as(confirmed.pupil)
    page = client.get("/selection").text
    assert "列印勾選確認單" in page
    token = page.partition('name="csrf-token" content="')[2].partition('"')[0]
    answer = client.post("/selection/slip", data={"csrf_token": token})
    assert client.get(answer.location, buffered=True).data.startswith(b"%PDF")
    act_as(confirmed.clerk)
    token = (
        client.get("/selections").text.partition('name="csrf-token" content="')[2].partition('"')[0]
    )
    form = {"csrf_token": token, "class": confirmed.school_class.id}
    answer = client.post("/selections/slips", data=form)
    page = client.get(answer.location).text
    assert "共 1 位學生" in page
    hold = {**form, "act": "locked", "reason": "收齊確認單"}
    assert client.post("/selections/hold", data=hold).status_code == 302
    assert "已鎖定" in client.get("/selections").text
    refused = client.post("/selections/hold", data={**form, "act": "open", "reason": "更正"})
    assert refused.status_code == 422
    act_as(confirmed.pupil)
    assert "收齊確認單" in client.get("/selection").text


def test_the_digest_follows_records_and_titles(confirmed: World) -> None:
    (mine,) = queries.chosen_of([confirmed.student.id], YEAR).values()
    other = queries.Chosen(list(mine.outcomes), list(mine.experiences), set(mine.locked))
    assert other.digest == mine.digest
    other.outcomes.clear()
    assert other.digest != mine.digest
