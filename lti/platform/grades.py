"""Assignment and Grade Services 2.0 with Moodle's media types and its measured surprises.

Kept on purpose: exact content types (``application/json`` is refused), 409 for a score not newer
than the stored one (activity items are stamped with the platform's own now), a score without
``scoreGiven`` or not FullyGraded empties the grade, an unusable ``Link`` header on lists.
"""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

from flask import Blueprint, Response, request

from lti.platform.claims import AGS_SCOPE, line_item_url, line_items_url
from lti.platform.core import Lms, lms
from lti.platform.services import answer_json, bearer, enrolled_student, no_handler, paging, refused
from lti.platform.state import LineItem, Score, Tool

LINE_ITEM = "application/vnd.ims.lis.v2.lineitem+json"
LINE_ITEMS = "application/vnd.ims.lis.v2.lineitemcontainer+json"
SCORE = "application/vnd.ims.lis.v1.score+json"
RESULTS = "application/vnd.ims.lis.v2.resultcontainer+json"
WRITE, READ = f"{AGS_SCOPE}lineitem", f"{AGS_SCOPE}lineitem.readonly"
TAIPEI = timezone(timedelta(hours=8))

blueprint = Blueprint("grades", __name__, url_prefix="/services/<course_id>/lineitems")


def _shown(here: Lms, item: LineItem) -> dict[str, Any]:
    found: dict[str, Any] = {
        "id": line_item_url(here, item.tool_id, item.course_id, item.id),
        "label": item.label,
        "scoreMaximum": _number(item.maximum),
        "resourceId": item.resource_id,
        "tag": item.tag,
    }
    if item.link_id is not None:
        found |= {"resourceLinkId": str(item.link_id), "ltiLinkId": str(item.link_id)}
    return found


def _number(value: float) -> float | int:
    return int(value) if value == int(value) else value


def _speaks(expected: str) -> bool:
    given = request.headers.get("Content-Type" if request.method != "GET" else "Accept", "")
    return given.split(";")[0].strip() == expected


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
    rows = [row for row in here.state.items_of(course_id, tool.id) if _wanted(row)]
    start, limit = paging(len(rows))
    page = [_shown(here, row) for row in rows[start : start + limit]]
    answer = answer_json(page, content_type=LINE_ITEMS)
    if request.args.get("limit"):
        url = f"{line_items_url(here, tool, course_id)}&amp;limit={limit}&amp;from={start + limit}"
        # Typographic quotes and &amp;: nobody can follow this link, which is the point.
        answer.headers["Link"] = f"<{url}>; rel=“next”".encode().decode("latin-1")
    return answer


def _wanted(row: LineItem) -> bool:
    args = request.args
    checks = {
        "resource_id": row.resource_id,
        "tag": row.tag,
        "resource_link_id": str(row.link_id or ""),
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
    with here.state.change() as state:
        item = LineItem(state.next_id(), course_id, tool.id, "", 0)
        _fill(item, body)
        link = body.get("resourceLinkId")
        item.link_id = int(link) if link else None
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
        # Moodle lets a tool delete the activity's own column too.
        with here.state.change() as state:
            del state.line_items[item.id]
            state.scores = [score for score in state.scores if score.item_id != item.id]
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
    """Store one score: 200 with an empty body, 409 when not newer than the stored one."""
    here = lms()
    if here.faults.service_status != 200:
        return _bad(here.faults.service_status)
    tool = bearer(here, f"{AGS_SCOPE}score")
    if tool is None:
        return refused()
    if not _speaks(SCORE):
        return no_handler(request.headers.get("Content-Type", ""))
    item, body = _item(here, tool, course_id, item_id), _body()
    course = here.world.courses.get(course_id)
    if item is None or course is None:
        return _bad()
    person_id, stamp = str(body.get("userId", "")), _instant(body.get("timestamp"))
    given, maximum = body.get("scoreGiven"), body.get("scoreMaximum") or 0
    if stamp is None or not enrolled_student(here, course, person_id):
        return _bad()
    if given is not None and not _positive(maximum):
        return _bad()
    with here.state.change() as state:
        before = state.score(item.id, person_id)
        if before is not None and stamp <= before.stored_at:
            return _bad(409)
        value = None
        if given is not None and body.get("gradingProgress") == "FullyGraded":
            value = min(float(given) / float(maximum), 1.0) * item.maximum
        stored_at = max(here.now(), stamp) if item.of_activity else stamp
        if before is not None:
            state.scores.remove(before)
        comment = str(body.get("comment", ""))
        state.scores.append(Score(item.id, person_id, value, comment, stored_at))
    return Response(status=200, content_type=f"{SCORE}; charset=utf-8")


def _instant(text: Any) -> int | None:
    try:
        moment = datetime.fromisoformat(str(text).replace("Z", "+00:00"))
    except ValueError:
        return None
    return int(moment.timestamp()) if moment.tzinfo else None


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
    rows = [
        {
            "id": line_item_url(here, tool.id, course_id, item.id, "/results")
            + f"&user_id={score.person_id}",
            "userId": score.person_id,
            "resultScore": _number(score.given),
            "resultMaximum": _number(item.maximum),
            "comment": score.comment,
            "scoreOf": line_item_url(here, tool.id, course_id, item.id),
            "timestamp": datetime.fromtimestamp(score.stored_at, TAIPEI).isoformat(),
        }
        for score in here.state.scores
        if score.item_id == item.id and score.given is not None and only in (None, score.person_id)
    ]
    return answer_json(rows, content_type=RESULTS)
