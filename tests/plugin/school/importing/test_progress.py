"""How far the writing of an import is: told while it is written, whichever database writes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from plugin import db, jobs
from plugin.school.importing import beside
from plugin.school.importing.models import ImportState, SchoolImport
from tests.plugin.school.importing.world import SCHOOL, Registry

TOTAL = 15


@pytest.fixture
def registry(app: Flask) -> Registry:
    return Registry()


def test_rows_are_told_while_they_are_written(
    registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = registry.book(SCHOOL)
    seen: list[int] = []
    tell = beside.tell

    def listened(path: Path, rows: int) -> None:
        tell(path, rows)
        seen.append(beside.told(one.id))

    monkeypatch.setattr(beside, "tell", listened)
    one = registry.apply(one)
    if db.engine().name == "sqlite":  # where the queue's row cannot be written meanwhile
        assert seen[0] == 0
        assert seen[-1] == TOTAL
        assert len(seen) > 5
        assert seen == sorted(seen)
    else:
        job = db.reading().get_one(jobs.Job, one.job_id)
        assert (job.done, job.total) == (TOTAL, TOTAL)
    assert beside.told(one.id) == 0, "nothing stays"
    undone = registry.undo(one)
    assert (undone.state, beside.told(one.id)) == (ImportState.UNDONE, 0)


def test_the_page_shows_it(
    client: FlaskClient, registry: Registry, act_as: Callable[[Any], Any]
) -> None:
    act_as(registry.actor)
    one = registry.book(SCHOOL)
    with db.writing() as session:
        session.get_one(SchoolImport, one.id).state = ImportState.APPLYING
        job = session.get_one(jobs.Job, one.job_id)
        job.state, job.done, job.total = jobs.JobState.RUNNING, 0, TOTAL
    address = f"/school/imports/{one.id}"
    with beside.telling(one.id) as place:
        beside.tell(place, 6)
        assert "6 / 15 · 40%" in " ".join(client.get(address).text.split())
    assert "/ 15" not in client.get(address).text


def test_a_broken_number_is_none(app: Flask) -> None:
    with beside.telling(7) as place:
        place.write_text("")
        assert beside.told(7) == 0
    assert not place.exists()
