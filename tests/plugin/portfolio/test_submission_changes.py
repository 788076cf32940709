"""A corrected submission beside the one before: added, removed, changed, field by field."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa

from plugin import db
from plugin.portfolio.models import Experience, Outcome, SelectionKind
from plugin.portfolio.operations import selection
from plugin.portfolio.queries import changes
from plugin.portfolio.queries.changes import What
from plugin.school.models import Person, WindowKind
from tests.factories import make_window
from tests.plugin.portfolio.experience_world import sent
from tests.plugin.portfolio.submission_world import YEAR, frozen
from tests.plugin.portfolio.world import World

EXPERIENCE = SelectionKind.EXPERIENCE


@pytest.fixture
def versions(world: World) -> tuple[World, Any, Any, dict[str, int]]:
    """Two versions; one outcome stays, one goes, one comes, one and an experience change."""
    make_window(world.school, WindowKind.EXPERIENCE_UPLOAD)
    stays, goes, comes, changed = (world.certified(title=title) for title in "甲乙丙丁")
    service = sent(world, "service", summary="原來的簡述")
    selection.choose(world.pupil, YEAR, [stays.id, goes.id, changed.id])
    selection.select(world.pupil, service.id, EXPERIENCE)
    old = frozen(world)
    selection.choose(world.pupil, YEAR, [stays.id, comes.id, changed.id])
    with db.writing() as session:
        session.get_one(Outcome, changed.id).summary = "更正的簡述"
        one = session.get_one(Experience, service.id)
        one.details = {**one.details, "hours": "12"}
    new = frozen(world)
    named = {"goes": goes.id, "comes": comes.id, "changed": changed.id, "service": service.id}
    return world, old, new, named


def test_rows_added_removed_and_changed(versions: Any) -> None:
    _world, old, new, named = versions
    assert changes.counts(new.id, old.id) == {What.ADDED: 1, What.REMOVED: 1, What.CHANGED: 2}
    (added,) = changes.changes(What.ADDED, new.id, old.id).items
    (removed,) = changes.changes(What.REMOVED, new.id, old.id).items
    assert (added.row.outcome_id, added.row.submission_id) == (named["comes"], new.id)
    assert (removed.row.outcome_id, removed.row.submission_id) == (named["goes"], old.id)
    outcome, service = changes.changes(What.CHANGED, new.id, old.id).items
    assert [(one.label, one.before, one.after) for one in outcome.fields] == [
        ("簡述", "讀完之後的想法。", "更正的簡述")
    ]
    (hours,) = service.fields
    assert (service.row.experience_id, hours.after) == (named["service"], "12")
    # looked at from the other side it is the same
    assert changes.counts(old.id, new.id) == {What.ADDED: 1, What.REMOVED: 1, What.CHANGED: 2}


def test_a_version_beside_itself_has_no_difference(versions: Any) -> None:
    _world, old, _new, _named = versions
    assert set(changes.counts(old.id, old.id).values()) == {0}


def test_a_corrected_national_id_shows_without_being_told(world: World) -> None:
    selection.select(world.pupil, world.certified().id)
    old = frozen(world)
    with db.writing() as session:
        session.execute(
            sa.update(Person).where(Person.id == world.student.id).values(national_id="F131104093")
        )
    new = frozen(world)
    (one,) = changes.changes(What.CHANGED, new.id, old.id).items
    (field,) = one.fields
    assert field.label == "身分證號、出生日期"
    assert "F131104093" not in field.before + field.after


def test_pages_and_table_tell_the_same(
    versions: Any, client: Any, act_as: Callable[[Any], Any]
) -> None:
    world, old, new, _named = versions
    act_as(world.clerk)
    page = client.get(f"/submissions/{new.id}/changes?what=changed").text
    assert "<del>讀完之後的想法。</del> <ins>更正的簡述</ins>" in page
    assert "沒有可以比較的版本" in client.get(f"/submissions/{old.id}/changes").text
    assert client.get(f"/submissions/{new.id}/changes?against=99&what=x&after=y").status_code == 200
    token = page.partition('name="csrf_token" value="')[2].partition('"')[0]
    answer = client.post(f"/submissions/{new.id}/changes/table", data={"csrf_token": token})
    content = client.get(answer.location, buffered=True).data.decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(content)))
    assert [(row["差異"], row["名稱"], row["欄位"]) for row in rows][:3] == [
        ("增加", "丙", ""), ("移除", "乙", ""), ("更動", "丁", "簡述"),
    ]  # fmt: skip


def test_paging_misses_nothing(versions: Any) -> None:
    _world, old, new, _named = versions
    first = changes.changes(What.CHANGED, new.id, old.id, limit=1)
    second = changes.changes(What.CHANGED, new.id, old.id, after=first.next, limit=1)
    assert first.items[0].row.id != second.items[0].row.id
    assert second.next is None
    assert len(list(changes.all_changes(new.id, old.id))) == 4
