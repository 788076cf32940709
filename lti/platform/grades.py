"""Assignment and Grade Services 2.0, with the measured surprises of the platform acted.

Moodle's, kept on purpose: exact content types (``application/json`` is refused), a score is
stamped with the platform's own now (so that one in the same second is a 409), a score without
``scoreGiven`` or not FullyGraded empties the grade, an unusable ``Link`` header on lists.
Elsewhere a score that is not graded yet tells that work was handed in, and a grade stays.
"""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

from flask import Blueprint, Response, request

from lti.platform.core import Lms, lms
from lti.platform.service_claims import AGS_SCOPE, line_item_url, line_items_url
from lti.platform.services import (
    answer_json,
    bearer,
    enrolled_student,
    fault,
    guard,
    next_page,
    no_handler,
    paging,
    refused,
    speaks,
)
from lti.platform.state import LineItem, Score, Tool

LINE_ITEM = "application/vnd.ims.lis.v2.lineitem+json"
LINE_ITEMS = "application/vnd.ims.lis.v2.lineitemcontainer+json"
SCORE = "application/vnd.ims.lis.v1.score+json"
RESULTS = "application/vnd.ims.lis.v2.resultcontainer+json"
WRITE, READ = f"{AGS_SCOPE}lineitem", f"{AGS_SCOPE}lineitem.readonly"
FILTERS = ("resource_id", "tag", "resource_link_id")
TAIPEI = timezone(timedelta(hours=8))

blueprint = Blueprint("grades", __name__, url_prefix="/services/<course_id>/lineitems")
blueprint.before_request(guard)
blueprint.before_request(fault)


def _shown(here: Lms, item: LineItem) -> dict[str, Any]:
    found: dict[str, Any] = {
        "id": line_item_url(here, item.tool_id, item.course_id, item.id),
        "label": item.label,
        "scoreMaximum": _number(item.maximum),
        "resourceId": item.resource_id,
        "tag": item.tag,
    }
    if item.link_id is not None:
        found["resourceLinkId"] = here.names.link(item.link_id)
        if here.mode.extras:
            found["ltiLinkId"] = found["resourceLinkId"]
    return found


def _number(value: float) -> float | int:
    return int(value) if value == int(value) else value


def _speaks(expected: str) -> bool:
    return speaks(lms(), expected, any_is_fine=False)


def _bad(status: int = 400) -> Response:
    return answer_json([], status)


@blueprint.get("")
def line_items(course_id: str) -> Response:
    here = lms()
    tool = bearer(here, WRITE, READ)
    if tool is None:
        return refused()
    if not _speaks(LINE_ITEMS):
        return no_handler(request.headers.get("Accept", ""))
    rows = [row for row in here.state.items_of(course_id, tool.id) if _wanted(here, row)]
    start, limit = paging(here, len(rows))
    page = [_shown(here, row) for row in rows[start : start + limit]]
    answer = answer_json(page, content_type=LINE_ITEMS)
    filters = {name: request.args[name] for name in FILTERS if name in request.args}
    _link_on(
        here,
        answer,
        line_items_url(here, tool, course_id),
        start + limit,
        limit,
        filters,
        more=start + limit < len(rows),
    )
    return answer


def _link_on(
    here: Lms,
    answer: Response,
    url: str,
    start: int,
    limit: int,
    keep: dict[str, str],
    *,
    more: bool,
) -> None:
    """The Link header of a list; Moodle's is there whenever a limit is, and of no use."""
    if here.mode.list_links:
        if more:
            answer.headers["Link"] = f'<{next_page(here, url, start, limit, keep)}>; rel="next"'
    elif request.args.get("limit"):
        broken = f"{url}&amp;limit={limit}&amp;from={start}"
        # Typographic quotes and &amp;: nobody can follow this link, which is the point.
        answer.headers["Link"] = f"<{broken}>; rel=“next”".encode().decode("latin-1")


def _wanted(here: Lms, row: LineItem) -> bool:
    args = request.args
    checks = {
        "resource_id": row.resource_id,
        "tag": row.tag,
        "resource_link_id": here.names.link(row.link_id) if row.link_id else "",
    }
    return all(args[name] == value for name, value in checks.items() if name in args)


@blueprint.post("")
def create(course_id: str) -> Response:
    here = lms()
    tool = bearer(here, WRITE)
    if tool is None:
        return refused()
    if not _speaks(LINE_ITEM):
        return no_handler(request.headers.get("Content-Type", ""))
    body = _body()
    if course_id not in here.world.courses or not _complete(body):
        return _bad()
    link = str(body.get("resourceLinkId") or "")
    activity_id = here.names.activity_id(link) if link else None
    if link and activity_id is None:
        return _bad(404)
    with here.state.change() as state:
        item = LineItem(state.next_id(), course_id, tool.id, "", 0, link_id=activity_id)
        _fill(item, body)
        state.line_items[item.id] = item
    answer = body | {"id": line_item_url(here, tool.id, course_id, item.id)}
    return answer_json(answer, 201, LINE_ITEM)


def _body() -> dict[str, Any]:
    """The JSON body; an empty dict when it is no object."""
    found = request.get_json(force=True, silent=True)
    return found if isinstance(found, dict) else {}


def _complete(body: dict[str, Any]) -> bool:
    return bool(body.get("label")) and _positive(body.get("scoreMaximum"))


def _positive(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and value > 0


def _fill(item: LineItem, body: dict[str, Any]) -> None:
    item.label, item.maximum = str(body["label"]), float(body["scoreMaximum"])
    item.resource_id, item.tag = str(body.get("resourceId", "")), str(body.get("tag", ""))


def _item(here: Lms, tool: Tool, course_id: str, item_id: int) -> LineItem | None:
    item = here.state.line_items.get(item_id)
    return item if item and (item.course_id, item.tool_id) == (course_id, tool.id) else None


@blueprint.route("/<int:item_id>/lineitem", methods=["GET", "PUT", "DELETE"])
def line_item(course_id: str, item_id: int) -> Response:
    here = lms()
    tool = bearer(here, WRITE, *([READ] if request.method == "GET" else []))
    if tool is None:
        return refused()
    item = _item(here, tool, course_id, item_id)
    if item is None:
        return _bad(404)
    if request.method == "DELETE":
        if item.of_activity and not here.mode.deletes_activity_column:
            return _bad(401)
        with here.state.change() as state:
            state.drop_item(item.id)
        return Response(status=204)
    if not _speaks(LINE_ITEM):
        return no_handler(LINE_ITEM)
    if request.method == "PUT":
        body = _body()
        if not _complete(body):
            return _bad()
        with here.state.change():
            _fill(item, body)
    return answer_json(_shown(here, item), content_type=LINE_ITEM)


@blueprint.post("/<int:item_id>/lineitem/scores")
def scores(course_id: str, item_id: int) -> Response:
    """Store one score; 409 when it is not newer than the stored one."""
    here = lms()
    tool = bearer(here, f"{AGS_SCOPE}score")
    if tool is None:
        return refused()
    if not _speaks(SCORE):
        return no_handler(request.headers.get("Content-Type", ""))
    item, body = _item(here, tool, course_id, item_id), _body()
    course = here.world.courses.get(course_id)
    if item is None or course is None:
        return _bad(400 if here.mode.exact_media_types else 404)
    person_id = here.names.person_id(str(body.get("userId", "")))
    stamp = _instant(body.get("timestamp"))
    given, maximum = body.get("scoreGiven"), body.get("scoreMaximum") or 0
    if stamp is None or (given is not None and not _positive(maximum)):
        return _bad()
    if not enrolled_student(here, course, person_id):
        return _bad(here.mode.stranger_status)
    with here.state.lock:
        before = here.state.score(item.id, person_id)
        if before is not None and stamp <= before.stored_at:
            return _bad(409)
        own = here.mode.own_stamp and item.of_activity
        here.state.put_score(
            Score(
                item.id,
                person_id,
                _grade(here, item, body, before),
                str(body.get("comment", before.comment if before else "")),
                max(here.now(), stamp) if own else stamp,
                str(body.get("activityProgress", "")),
                str(body.get("gradingProgress", "")),
            )
        )
    if not here.mode.score_answer:
        return Response(status=200, content_type=f"{SCORE}; charset=utf-8")
    return answer_json({"resultUrl": _result_url(here, tool, item, person_id)})


def _grade(here: Lms, item: LineItem, body: dict[str, Any], before: Score | None) -> float | None:
    """The grade after a score, on the scale of the line item."""
    given = body.get("scoreGiven")
    if body.get("gradingProgress") == "FullyGraded" and given is not None:
        return min(float(given) / float(body["scoreMaximum"]), 1.0) * item.maximum
    if here.mode.pending_wipes or before is None:
        return None
    return before.given


def _instant(text: Any) -> int | None:
    try:
        moment = datetime.fromisoformat(str(text).replace("Z", "+00:00"))
    except ValueError:
        return None
    return int(moment.timestamp()) if moment.tzinfo else None


def _result_url(here: Lms, tool: Tool, item: LineItem, person_id: str) -> str:
    url = line_item_url(here, tool.id, item.course_id, item.id, "/results")
    return f"{url}{'&' if '?' in url else '?'}user_id={here.names.subject(person_id)}"


@blueprint.get("/<int:item_id>/lineitem/results")
def results(course_id: str, item_id: int) -> Response:
    here = lms()
    tool = bearer(here, f"{AGS_SCOPE}result.readonly")
    if tool is None:
        return refused()
    item = _item(here, tool, course_id, item_id)
    if item is None:
        return _bad(404)
    only = request.args.get("user_id")
    graded = [
        score
        for score in here.state.scores_of(item.id)
        if score.given is not None and only in (None, here.names.subject(score.person_id))
    ]
    start, limit = paging(here, len(graded))
    rows = [_result(here, tool, item, score) for score in graded[start : start + limit]]
    answer = answer_json(rows, content_type=RESULTS)
    url = line_item_url(here, tool.id, course_id, item.id, "/results")
    keep = {"user_id": only} if only else {}
    _link_on(here, answer, url, start + limit, limit, keep, more=start + limit < len(graded))
    return answer


def _result(here: Lms, tool: Tool, item: LineItem, score: Score) -> dict[str, Any]:
    return {
        "id": _result_url(here, tool, item, score.person_id),
        "userId": here.names.subject(score.person_id),
        "resultScore": _number(score.given or 0),
        "resultMaximum": _number(item.maximum),
        "comment": score.comment,
        "scoreOf": line_item_url(here, tool.id, item.course_id, item.id),
        "timestamp": datetime.fromtimestamp(score.stored_at, TAIPEI).isoformat(),
    }
