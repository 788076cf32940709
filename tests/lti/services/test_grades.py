"""Columns and scores, in the demo LMS over HTTP and where it cannot be made to misbehave."""

import json
from datetime import UTC, datetime, timedelta, timezone

import pytest

from lti.services.grades import (
    LINE_ITEM,
    LINE_ITEMS,
    SCORE,
    Column,
    Score,
    columns,
    make_column,
    post_score,
)
from lti.vocabulary import SCOPE_LINE_ITEM, SCOPE_SCORE

from .support import Installed, Reply, Server, fails

DONE = Score("3", 1, 1, "Completed", "FullyGraded", "已認證")
AT = datetime(2026, 11, 20, 17, 0, 1, 250_999, tzinfo=timezone(timedelta(hours=8)))
MADE = {"label": "學習歷程", "maximum": 1, "resource_id": "course-2", "tag": "outcome"}


def make(installed: Installed) -> Column:
    return make_column(installed.connector, installed.line_items_url(), **MADE)


def results(installed: Installed, column: Column) -> list[dict]:
    answer = installed.connector.call(
        "GET",
        column.url.replace("/lineitem?", "/lineitem/results?"),
        scopes=["https://purl.imsglobal.org/spec/lti-ags/scope/result.readonly"],
        accept="application/vnd.ims.lis.v2.resultcontainer+json",
    )
    return answer.json()


class TestDemoLms:
    def test_a_column_is_made_and_found_again(self, installed: Installed):
        made = make(installed)
        assert (made.label, made.maximum, made.tag) == ("學習歷程", 1.0, "outcome")
        assert "/lineitem?type_id=" in made.url
        url = installed.line_items_url()
        everything = list(columns(installed.connector, url, follow_pages=False))
        assert len(everything) == 2
        assert everything[0].resource_link_id
        found = columns(installed.connector, url, follow_pages=False, tag="outcome")
        assert [one.url for one in found] == [made.url]
        assert not list(columns(installed.connector, url, follow_pages=False, resource_id="x"))

    def test_moodles_link_to_the_next_page_is_not_followed(self, installed: Installed):
        make(installed)
        url = installed.line_items_url() + "&limit=1"
        assert len(list(columns(installed.connector, url, follow_pages=False))) == 1
        # Even a tool that would like to cannot: typographic quotes are none.
        assert len(list(columns(installed.connector, url, follow_pages=True))) == 1

    def test_a_score(self, installed: Installed):
        column = make(installed)
        post_score(installed.connector, column.url, DONE, datetime.now(UTC))
        [row] = results(installed, column)
        assert (row["userId"], row["resultScore"], row["comment"]) == ("3", 1, "已認證")

    def test_a_score_of_the_same_moment_conflicts_and_says_when_to_come_again(
        self, installed: Installed
    ):
        column, now = make(installed), datetime.now(UTC)
        post_score(installed.connector, column.url, DONE, now)
        with fails("SCORE_CONFLICT") as info:
            post_score(installed.connector, column.url, DONE, now)
        assert info.value.retry
        assert info.value.retry_after > 1
        post_score(installed.connector, column.url, DONE, now + timedelta(seconds=2))

    @pytest.mark.parametrize("user_id", ["33", "999", ""])
    def test_a_teacher_or_nobody(self, installed: Installed, user_id):
        column = make(installed)
        score = Score(user_id, 1, 1, "Completed", "FullyGraded")
        with fails("MEMBER_UNKNOWN") as info:
            post_score(installed.connector, column.url, score, datetime.now(UTC))
        assert not info.value.retry

    def test_a_column_that_a_teacher_deleted(self, installed: Installed):
        column = make(installed)
        installed.connector.call("DELETE", column.url, scopes=[SCOPE_LINE_ITEM], accept="*/*")
        with fails("COLUMN_GONE") as info:
            post_score(installed.connector, column.url, DONE, datetime.now(UTC))
        assert not info.value.retry

    def test_a_platform_that_is_down(self, installed: Installed):
        column = make(installed)
        installed.lms.faults.service_status = 503
        with fails("SERVICE_BUSY"):
            post_score(installed.connector, column.url, DONE, datetime.now(UTC))


class TestWhatIsSent:
    def test_a_score(self, server):
        server.replies["/1/lineitem/scores"] = Reply()
        post_score(server.connector(), f"{server.url}/1/lineitem?type_id=3", DONE, AT)
        [asked] = server.calls("/1/lineitem/scores")
        assert asked.method == "POST"
        assert asked.query == {"type_id": "3"}
        assert asked.headers["Content-Type"] == SCORE
        assert asked.json() == {
            "userId": "3",
            "scoreGiven": 1,
            "scoreMaximum": 1,
            "activityProgress": "Completed",
            "gradingProgress": "FullyGraded",
            "comment": "已認證",
            "timestamp": "2026-11-20T09:00:01.250+00:00",
        }
        assert server.calls("/token")[0].form()["scope"] == SCOPE_SCORE

    def test_no_number_is_no_number(self, server):
        server.replies["/1/scores"] = Reply()
        score = Score("3", None, 1, "Submitted", "PendingManual")
        post_score(server.connector(), f"{server.url}/1", score, AT)
        assert set(server.calls("/1/scores")[0].json()) == {
            "userId",
            "activityProgress",
            "gradingProgress",
            "timestamp",
        }

    def test_zero_is_a_number_and_a_half_stays_one(self, server):
        server.replies["/1/scores"] = Reply(204)
        for given in (0.0, 0.5):
            score = Score("3", given, 1, "Completed", "FullyGraded")
            post_score(server.connector(), f"{server.url}/1", score, AT)
        assert [one.json()["scoreGiven"] for one in server.calls("/1/scores")] == [0, 0.5]
        assert b'"scoreGiven": 0,' in server.calls("/1/scores")[0].body

    @pytest.mark.parametrize("given", [float("nan"), float("inf")])
    def test_what_json_has_no_word_for(self, server, given):
        with pytest.raises(ValueError, match="JSON"):
            post_score(server.connector(), server.url, Score("3", given, 1, "a", "b"), AT)

    def test_a_time_without_zone(self, server):
        with pytest.raises(ValueError, match="time zone"):
            post_score(server.connector(), server.url, DONE, datetime(2026, 1, 1))

    def test_a_column(self, server):
        server.replies["/items"] = Reply(201, {"id": f"{server.url}/items/9", "label": "x"})
        made = make_column(server.connector(), f"{server.url}/items?type_id=1", **MADE)
        [asked] = server.calls("/items")
        assert asked.headers["Content-Type"] == asked.headers["Accept"] == LINE_ITEM
        assert asked.query == {"type_id": "1"}
        assert asked.json() == {
            "label": "學習歷程",
            "scoreMaximum": 1,
            "resourceId": "course-2",
            "tag": "outcome",
        }
        assert made == Column(f"{server.url}/items/9", "x", 1.0, "course-2", "outcome")

    def test_columns(self, server):
        server.replies["/items"] = Reply(body=[])
        list(
            columns(
                server.connector(),
                f"{server.url}/items?type_id=1",
                follow_pages=True,
                tag="a b",
                resource_id="7",
            )
        )
        [asked] = server.calls("/items")
        assert asked.headers["Accept"] == LINE_ITEMS
        assert asked.query == {"type_id": "1", "tag": "a b", "resource_id": "7"}


class TestColumns:
    def entry(self, server: Server, number: int, **more) -> dict:
        return {"id": f"{server.url}/items/{number}", "label": "x", "scoreMaximum": 100} | more

    def test_pages_are_followed_where_they_can_be(self, server):
        server.replies["/items"] = Reply(
            body=[self.entry(server, 1)], links=("</items2>; rel=next",)
        )
        server.replies["/items2"] = Reply(body=[self.entry(server, 2)])
        url = f"{server.url}/items"
        assert len(list(columns(server.connector(), url, follow_pages=True))) == 2
        assert len(list(columns(server.connector(), url, follow_pages=False))) == 1
        assert len(server.calls("/items2")) == 1

    def test_a_platform_that_knows_no_filter(self, server):
        server.replies["/items"] = Reply(
            body=[self.entry(server, 1, tag="other"), self.entry(server, 2, tag="outcome")]
        )
        found = columns(
            server.connector(), f"{server.url}/items", follow_pages=False, tag="outcome"
        )
        assert [one.url[-1] for one in found] == ["2"]

    @pytest.mark.parametrize(
        "body",
        [
            {"items": []},
            [1],
            [{}],
            [{"id": 5}],
            [{"id": "javascript:alert(1)"}],
            [{"id": "https://a/" + "x" * 3000}],
            b"",
        ],
    )
    def test_what_is_no_list_of_columns(self, server, body):
        server.replies["/items"] = Reply(body=body)
        with fails("SERVICE_ANSWER_INVALID"):
            list(columns(server.connector(), f"{server.url}/items", follow_pages=True))

    @pytest.mark.parametrize("maximum", [None, "100", True, 10**400, float("inf")])
    def test_a_maximum_that_is_none(self, server, maximum):
        raw = json.dumps([self.entry(server, 1, scoreMaximum=maximum)])
        server.replies["/items"] = Reply(body=raw.replace("Infinity", "1e999").encode())
        [found] = columns(server.connector(), f"{server.url}/items", follow_pages=True)
        assert found.maximum == 0

    @pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"id": ""}'])
    def test_a_new_column_without_an_address(self, server, body):
        server.replies["/items"] = Reply(201, body)
        with fails("SERVICE_ANSWER_INVALID"):
            make_column(server.connector(), f"{server.url}/items", **MADE)


class TestScoreRefusals:
    @pytest.mark.parametrize(
        ("score", "column", "code"),
        [
            (Reply(400, b"[]"), Reply(200, {}), "MEMBER_UNKNOWN"),
            (Reply(404), Reply(200, {}), "MEMBER_UNKNOWN"),
            (Reply(422, b"User not found in course"), Reply(200, {}), "MEMBER_UNKNOWN"),
            (Reply(400), Reply(404), "COLUMN_GONE"),
            (Reply(404), Reply(404), "COLUMN_GONE"),
            (Reply(410), Reply(410), "COLUMN_GONE"),
            # The platform does not let us look: what was not found is the column.
            (Reply(404), Reply(403), "COLUMN_GONE"),
            (Reply(400), Reply(403), "MEMBER_UNKNOWN"),
            (Reply(400), Reply(503), "MEMBER_UNKNOWN"),
            (Reply(409), Reply(404), "SCORE_CONFLICT"),
            # Canvas
            (Reply(400, b"Provided timestamp of 1 before last"), Reply(404), "SCORE_CONFLICT"),
            # Brightspace
            (Reply(403), Reply(200, {}), "MEMBER_UNKNOWN"),
            (Reply(403), Reply(403), "SCOPE_REFUSED"),
            (Reply(403), Reply(404), "COLUMN_GONE"),
            (Reply(403, {"error": "insufficient_scope"}), Reply(200, {}), "SCOPE_REFUSED"),
            (
                Reply(403, headers={"WWW-Authenticate": 'Bearer error="insufficient_scope"'}),
                Reply(200, {}),
                "SCOPE_REFUSED",
            ),
            (Reply(413), Reply(404), "SERVICE_REFUSED"),
            (Reply(500), Reply(404), "SERVICE_BUSY"),
        ],
    )
    def test_what_it_means(self, server, score, column, code):
        server.replies["/c/scores"], server.replies["/c"] = score, column
        with fails(code) as info:
            post_score(server.connector(), f"{server.url}/c", DONE, AT)
        assert info.value.status == score.status
        assert "User" not in str(info.value)
