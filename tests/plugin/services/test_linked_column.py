"""A gradebook column that came with a link (deep linking) is the one that is told."""

from __future__ import annotations

from typing import Any

import pytest

from lti.deep_linking import LineItem, Link
from plugin import db
from plugin.entrance import columns
from tests.plugin.services.test_grades import Lesson, truth  # noqa: F401  (a fixture)


@pytest.fixture
def lesson(connected: Any, truth: Any) -> Lesson:  # noqa: F811
    return Lesson(connected, truth)


def test_it_is_found_by_what_the_link_said(lesson: Lesson) -> None:
    column = LineItem(columns.LABEL, columns.MAXIMUM, columns.RESOURCE_ID, columns.TAG)
    item = Link("繳交", "http://localhost/lti/launch?open=outcomes", line_item=column).as_json(())
    connected = lesson.connected
    activity = connected.platform.lms.state.add_activity(
        connected.tool, "2", item["title"], url=item["url"], line_item=item["lineItem"]
    )
    lesson.happens("certified", "3")
    [made] = connected.columns
    assert made.link_id == activity.id, "no second column beside it"
    assert lesson.grade("3") == 1
    db._close_reads()


def test_one_that_comes_with_a_link_later_is_told_everything(lesson: Lesson) -> None:
    lesson.happens("certified", "3")
    [first] = lesson.connected.columns
    assert lesson.grade("3") == 1
    column = LineItem(columns.LABEL, columns.MAXIMUM, columns.RESOURCE_ID, columns.TAG)
    item = Link("繳交", "http://localhost/lti/launch?open=outcomes", line_item=column).as_json(())
    state = lesson.connected.platform.lms.state
    state.add_activity(
        lesson.connected.tool, "2", item["title"], url=item["url"], line_item=item["lineItem"]
    )
    lesson.happens("certified", "4")
    [linked] = [one for one in lesson.connected.columns if one.id != first.id]
    told = {
        (score.item_id, score.person_id) for score in state.scores_of(linked.id) if score.given == 1
    }
    assert told == {(linked.id, "3"), (linked.id, "4")}
    assert {s.person_id for s in state.scores_of(first.id) if s.given == 1} == {"3"}
