"""Columns of a gradebook and the scores in them: Assignment and Grade Services 2.0."""

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from lti.login import origin_of
from lti.services.connector import Connector, json_object
from lti.services.errors import ServiceError
from lti.services.pages import paged, with_path, with_query
from lti.services.reading import id_of, text_of
from lti.vocabulary import SCOPE_LINE_ITEM, SCOPE_SCORE

LINE_ITEM = "application/vnd.ims.lis.v2.lineitem+json"
LINE_ITEMS = "application/vnd.ims.lis.v2.lineitemcontainer+json"
SCORE = "application/vnd.ims.lis.v1.score+json"
"""Moodle answers 400 to `application/json`, and to `*/*` for the list."""

CONFLICT_SECONDS = 2.0
"""Moodle keeps the second in which it stored a score and takes nothing of the same second."""
_LONGEST_URL = 2048


@dataclass(frozen=True, slots=True)
class Column:
    """A line item. `resource_id` and `tag` are ours, `resource_link_id` is the activity it belongs
    to; "" where there is none."""

    url: str
    label: str
    maximum: float
    resource_id: str = ""
    tag: str = ""
    resource_link_id: str = ""


@dataclass(frozen=True, slots=True)
class Score:
    """What a student has in a column.

    :ivar given: out of `maximum`; None: no number. On Moodle that empties the cell, as does any
        `grading` but FullyGraded.
    :ivar activity: Initialized, Started, InProgress, Submitted or Completed.
    :ivar grading: NotReady, Failed, Pending, PendingManual or FullyGraded.
    """

    user_id: str
    given: float | None
    maximum: float
    activity: str
    grading: str
    comment: str = ""


def columns(
    connector: Connector,
    line_items_url: str,
    *,
    follow_pages: bool,
    tag: str = "",
    resource_id: str = "",
) -> Iterator[Column]:
    """The columns that we may see.

    :param follow_pages: False for Moodle, whose link to the next page cannot be followed and who
        gives all on the first.
    :raises ServiceError: while it is read, too.
    """
    url = with_query(line_items_url, {"tag": tag, "resource_id": resource_id})
    for entry in paged(
        connector, url, scopes=(SCOPE_LINE_ITEM,), accept=LINE_ITEMS, follow=follow_pages
    ):
        column = _column(entry)
        # A filter is a wish: who does not know it answers with everything.
        if tag in ("", column.tag) and resource_id in ("", column.resource_id):
            yield column


def make_column(
    connector: Connector,
    line_items_url: str,
    *,
    label: str,
    maximum: float,
    resource_id: str,
    tag: str,
) -> Column:
    """A new column that belongs to no activity.

    :raises ServiceError: also SERVICE_ANSWER_INVALID if the answer does not say its address; it
        may exist then, and is found by its tag.
    """
    body = {
        "label": label,
        "scoreMaximum": _number(maximum),
        "resourceId": resource_id,
        "tag": tag,
    }
    answer = connector.call(
        "POST",
        line_items_url,
        scopes=(SCOPE_LINE_ITEM,),
        accept=LINE_ITEM,
        body=_encoded(body),
        content_type=LINE_ITEM,
    )
    return _column({**body, **json_object(answer)})


def post_score(connector: Connector, column_url: str, score: Score, timestamp: datetime) -> None:
    """Store a score.

    :param timestamp: when it is sent, not when it was earned: a platform takes only what is newer
        than what it has, and Moodle stamps what it has with its own clock.
    :raises ServiceError: SCORE_CONFLICT: try again with a new timestamp after `retry_after`;
        MEMBER_UNKNOWN; COLUMN_GONE; and those of `Connector.call`.
    """
    try:
        connector.call(
            "POST",
            with_path(column_url, "/scores"),
            scopes=(SCOPE_SCORE,),
            accept="application/json",
            body=_encoded(_score(score, timestamp)),
            content_type=SCORE,
        )
    except ServiceError as error:
        forbidden = error.status == 403 and error.code == "SCOPE_REFUSED" and not error.about_scope
        if error.code != "SERVICE_REFUSED" and not forbidden:
            raise
        raise _score_refusal(connector, column_url, error) from None


def _score_refusal(connector: Connector, column_url: str, error: ServiceError) -> ServiceError:
    status = error.status
    if status == 409 or (status == 400 and error.about_time):
        # Canvas has no 409: it says 400 and speaks of the timestamp.
        return ServiceError(
            "SCORE_CONFLICT", error.detail, retry_after=CONFLICT_SECONDS, status=status
        )
    if status not in (400, 403, 404, 410, 422):
        return error
    # 400 (Moodle), 403 (Brightspace), 404 and 422 (Canvas) may mean the person, the column or
    # both, so we look at the column.
    seen = _column_status(connector, column_url)
    if seen in (404, 410) or (status in (404, 410) and seen != 200):
        return ServiceError("COLUMN_GONE", error.detail, status=status)
    if status == 403 and seen != 200:
        return error  # nothing here is ours to touch
    return ServiceError("MEMBER_UNKNOWN", error.detail, status=status)


def _column_status(connector: Connector, column_url: str) -> int | None:
    """200 while the column is there; None where the platform does not let us look."""
    try:
        connector.call("GET", column_url, scopes=(SCOPE_LINE_ITEM,), accept=LINE_ITEM)
    except ServiceError as error:
        return error.status
    return 200


def _score(score: Score, timestamp: datetime) -> dict[str, Any]:
    if timestamp.tzinfo is None:
        raise ValueError("a timestamp without time zone")
    body: dict[str, Any] = {
        "userId": score.user_id,
        "activityProgress": score.activity,
        "gradingProgress": score.grading,
        # With fractions (AGS §3.4.7 asks for sub-second precision): two scores of the same second
        # keep their order.
        "timestamp": timestamp.astimezone(UTC).isoformat(timespec="milliseconds"),
    }
    if score.given is not None:
        body |= {"scoreGiven": _number(score.given), "scoreMaximum": _number(score.maximum)}
    if score.comment:
        body["comment"] = score.comment
    return body


def _column(entry: Mapping[str, Any]) -> Column:
    """:raises ServiceError: SERVICE_ANSWER_INVALID: without an address nothing can be sent."""
    url, maximum = entry.get("id"), entry.get("scoreMaximum")
    if not isinstance(url, str) or len(url) > _LONGEST_URL or not origin_of(url):
        raise ServiceError("SERVICE_ANSWER_INVALID", "a line item without an address")
    if isinstance(maximum, bool) or not isinstance(maximum, int | float) or not maximum < 1e12:
        maximum = 0
    return Column(
        url=url,
        label=text_of(entry.get("label")),
        maximum=float(maximum),
        resource_id=id_of(entry.get("resourceId")),
        tag=id_of(entry.get("tag")),
        # Moodle before 3.11 and the draft of the specification called it by its old name.
        resource_link_id=id_of(entry.get("resourceLinkId") or entry.get("ltiLinkId")),
    )


def _number(value: float) -> float | int:
    """1 rather than 1.0."""
    if not math.isfinite(value):
        raise ValueError("not a number that JSON has")
    return int(value) if value == int(value) else value


def _encoded(body: Mapping[str, Any]) -> bytes:
    return json.dumps(body, ensure_ascii=False).encode("utf-8")
