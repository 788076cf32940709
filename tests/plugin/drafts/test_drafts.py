"""Drafts of forms: found again, replaced, forgotten, one's own, encrypted at rest."""

from __future__ import annotations

from dataclasses import replace

import pytest
import sqlalchemy as sa
from flask import Flask

from forms.drafts import Draft, DraftKey, load
from plugin import db
from plugin.actor import Actor
from plugin.drafts.operations import Drafts
from plugin.errors import NotFound
from tests.factories import FrozenClock, actor_of, make_school, make_student


@pytest.fixture
def drafts(app: Flask) -> Drafts:
    return Drafts(actor_of(make_student(make_school())))


def test_a_draft_is_found_again_by_another_request(
    app: Flask, drafts: Drafts, clock: FrozenClock
) -> None:
    key = drafts.key("application", "new")
    draft = Draft(key, "1", {"name": ["王小明"], "topics": ["law", "ethics"]}, ("basic",))
    assert drafts.save(draft).saved_at == clock()
    found = drafts.get(key)
    assert found == replace(draft, saved_at=clock())
    assert load(drafts, key, "2").done == ()


def test_saving_again_replaces(drafts: Drafts) -> None:
    key = drafts.key("application")
    drafts.save(Draft(key, "1", {"name": ["王"]}))
    drafts.save(Draft(key, "1", {"name": ["王小明"]}, ("basic",)))
    found = drafts.get(key)
    assert found is not None
    assert (found.values, found.done) == ({"name": ["王小明"]}, ("basic",))
    drafts.delete(key)
    drafts.delete(key)
    assert drafts.get(key) is None


def test_nobody_finds_anothers_draft(app: Flask, drafts: Drafts) -> None:
    key = drafts.key("application")
    drafts.save(Draft(key, "1", {"name": ["王小明"]}))
    other = Drafts(actor_of(make_student(make_school())))
    assert other.get(key) is None
    assert other.get(other.key("application")) is None
    other.delete(key)
    with pytest.raises(NotFound):
        other.save(Draft(key, "1", {"name": ["不是我"]}))
    assert drafts.get(key) is not None
    assert drafts.get(DraftKey("somebody", "application")) is None


def test_what_was_typed_is_encrypted_at_rest(drafts: Drafts) -> None:
    drafts.save(Draft(drafts.key("application"), "1", {"national_id": ["A123456789"]}))
    with db.engine().connect() as connection:
        stored = connection.execute(sa.text("SELECT answers FROM form_draft")).scalar_one()
    assert "A123456789" not in stored
    assert "national_id" not in stored


def test_somebody_who_is_not_bound_has_no_drafts(app: Flask) -> None:
    with pytest.raises(NotFound):
        Drafts(Actor(school_id=1, launch_person_id=1))
