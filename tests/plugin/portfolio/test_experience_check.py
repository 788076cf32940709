"""預檢 as student affairs see it: of experiences, and of nothing else."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from plugin import db
from plugin.errors import InvalidInput, NotFound
from plugin.portfolio.models import Experience, Outcome, SelectionKind, SubmissionFault
from plugin.portfolio.operations import checks, selection, telling
from plugin.portfolio.operations import submission as submissions
from plugin.school.models import WindowKind
from plugin.trail.models import Message
from tests.factories import actor_of, make_staff, make_window
from tests.plugin.portfolio.experience_world import officer, sent
from tests.plugin.portfolio.submission_world import YEAR
from tests.plugin.portfolio.world import World, make_world

EXPERIENCE = SelectionKind.EXPERIENCE


@pytest.fixture
def dirty(world: World) -> World:
    """A selected outcome and a selected experience, each without its summary or proof."""
    make_window(world.school, WindowKind.EXPERIENCE_UPLOAD)
    outcome = world.certified(title="只有註冊組看得到")
    selection.select(world.pupil, outcome.id)
    selection.lock(world.pupil, YEAR)
    selection.select(world.pupil, sent(world, "service", summary="陪讀").id, EXPERIENCE)
    selection.lock(world.pupil, YEAR, EXPERIENCE)
    with db.writing() as session:
        session.execute(sa.update(Outcome).values(summary=""))
        session.execute(sa.update(Experience).values(document_file_id=None))
    return world


def token_of(page: str) -> dict[str, str]:
    found = re.search(r'name="csrf-token" content="([^"]+)"', page)
    assert found
    return {"csrf_token": found[1]}


def codes(check_id: int) -> set[str]:
    query = sa.select(SubmissionFault.code).where(SubmissionFault.check_id == check_id)
    return set(db.reading().scalars(query))


def test_they_begin_one_and_see_the_part_of_experiences(
    client: FlaskClient, dirty: World, act_as: Callable[[Any], Any]
) -> None:
    act_as(officer(dirty))
    form = token_of(client.get("/experiences/check").text)
    answer = client.post(f"/submissions/check?year={YEAR}", data=form)
    page = client.get(answer.location).text
    check_id = int(answer.location.rpartition("/")[2])
    assert {"outcome.no_summary", "experience.no_proof"} <= codes(check_id)
    assert "這一類需要證明文件；目前沒有。" in page
    # neither the outcome, nor a way around by the address, nor the registry's pages
    for narrowed in ("", "?record=OUTCOME", "?record=outcome", "?code=outcome.no_summary"):
        seen = client.get(answer.location + narrowed).text
        assert "只有註冊組看得到" not in seen
        assert "沒有填成果簡述" not in seen
        assert "/school/people/" not in seen
        assert 'href="/submissions"' not in seen
    assert answer.location in client.get("/experiences/check").text
    table = client.post(answer.location + "/table", data=form | {"record": "outcome"})
    content = client.get(table.location, buffered=True).data.decode("utf-8-sig")
    lines = list(csv.DictReader(io.StringIO(content)))
    assert lines
    assert {line["資料類別"] for line in lines} == {"多元表現"}


def test_they_tell_students_of_experiences_alone(dirty: World) -> None:
    check, affairs = checks.begin(dirty.clerk, YEAR), officer(dirty)
    assert telling.tell(affairs, check.id, code="experience.no_proof").people == 1
    with pytest.raises(InvalidInput):
        telling.tell(affairs, check.id, code="outcome.no_summary")
    told = sa.select(Message.path).where(Message.subject.contains("提交預檢"))
    (path,) = db.reading().scalars(told)
    assert path.startswith("/experiences/")


def test_the_registry_sees_everything_and_hands_in_alone(dirty: World) -> None:
    affairs = officer(dirty)
    check = checks.begin(affairs, YEAR)
    assert checks.seen(dirty.clerk, check.id).id == check.id
    with pytest.raises(NotFound):
        submissions.begin(affairs, YEAR)


def test_nobody_else_begins_or_sees_one(dirty: World) -> None:
    check = checks.begin(dirty.clerk, YEAR)
    for who in (dirty.pupil, dirty.master, actor_of(make_staff(dirty.school))):
        with pytest.raises(NotFound):
            checks.begin(who, YEAR)
        with pytest.raises(NotFound):
            telling.tell(who, check.id, code="experience.no_proof")
    for who in (dirty.pupil, dirty.master, officer(make_world())):
        with pytest.raises(NotFound):
            checks.seen(who, check.id)
