"""Who reads a book back: the registry both, student affairs the experiences, and sees their own."""

from __future__ import annotations

from collections.abc import Callable
from copy import copy
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from plugin import tenancy
from plugin.actor import Actor, Role
from plugin.errors import NotAllowed, NotFound
from plugin.portfolio.models import Submission
from plugin.school.importing import operations, rights
from plugin.school.importing.models import ImportState
from tests.factories import actor_of, make_staff
from tests.plugin.portfolio.academic.school import Records
from tests.plugin.portfolio.handed_in.world import BOOKS, clerk_of, content_of, earlier, make_all
from tests.plugin.school.importing.world import SCHOOL, TERM, Registry

OUTCOMES, EXPERIENCES = BOOKS


@pytest.fixture
def all_of(app: Flask) -> tuple[Records, Submission]:
    return make_all()


def affairs_of(clerk: Registry) -> Registry:
    """Student affairs in the place of the registry."""
    found = copy(clerk)
    found.actor = actor_of(make_staff(found.school, Role.STUDENT_AFFAIRS, number="SA"))
    return found


def test_student_affairs_brings_experiences_and_nothing_else(
    all_of: tuple[Records, Submission], client: FlaskClient, act_as: Callable[[Any], Any]
) -> None:
    school, made = all_of
    clerk = clerk_of(school)
    affairs = affairs_of(clerk)
    theirs = affairs.upload(earlier(content_of(made, EXPERIENCES)), "名冊.xlsx")
    assert theirs.state is ImportState.READY, theirs.message
    refused = affairs.upload(earlier(content_of(made, OUTCOMES)), "名冊.xlsx")
    assert refused.state is ImportState.REFUSED
    assert "不是您可以匯入的資料" in refused.message
    assert affairs.book(SCHOOL).state is ImportState.REFUSED
    others = clerk.upload(earlier(content_of(made, OUTCOMES)), "成果名冊.xlsx")
    with tenancy.within(affairs.school.id):
        for act in (operations.apply, operations.cancel, operations.check_again):
            with pytest.raises(NotFound):
                act(affairs.actor, others.id)
        with pytest.raises(NotAllowed):
            operations.start(affairs.actor, 1, TERM, kind="students")
    # what was checked as somebody else's work is not applied either
    assert {one.kind.split(".")[1] for one in rights.kinds(affairs.actor)} == {"experience"}
    act_as(affairs.actor)
    listed = client.get("/school/imports/").get_data(as_text=True)
    assert f"/school/imports/{theirs.id}" in listed
    assert f"/school/imports/{others.id}" not in listed
    assert "下載空白範本" not in listed
    assert client.get(f"/school/imports/{others.id}").status_code == 404
    assert client.get(f"/school/imports/{theirs.id}").status_code == 200
    form = client.get("/school/imports/new").get_data(as_text=True)
    assert "handed.experience.service" in form
    assert "handed.outcome" not in form
    assert 'value="students"' not in form
    act_as(clerk.actor)
    assert client.get(f"/school/imports/{theirs.id}").status_code == 200
    assert affairs.apply(theirs).state is ImportState.APPLIED


def test_others_bring_nothing(all_of: tuple[Records, Submission]) -> None:
    school, _made = all_of
    for role in (Role.COUNSELLOR, Role.TEACHER, Role.STUDENT):
        somebody: Actor = Actor(
            school_id=school.world.school.id, person_id=1, roles=frozenset({role})
        )
        with pytest.raises(NotAllowed):
            rights.require(somebody)
        assert rights.kinds(somebody) == ()
