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
