"""The same calls on every platform that the demo LMS can act as, each with its own quirks."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from lti import vocabulary as v
from lti.keyset import KeySetCache
from lti.platform.modes import MODES
from lti.platform.testing import FakePlatform
from lti.products import product
from lti.roles import Role, launch_roles
from lti.services.eula import tell_answer
from lti.services.grades import Score, columns, make_column, post_score
from lti.services.groups import groups
from lti.services.notices import check_notice, read_notices, subscribe
from lti.services.roster import members

from .support import Installed, client, fails

DONE = Score("", 1, 1, "Completed", "FullyGraded")


@pytest.fixture(params=sorted(MODES))
def anywhere(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Installed]:
    with FakePlatform(tmp_path / "lms", mode=request.param) as lms:
        yield Installed.into(lms)


@pytest.fixture
def canvas(tmp_path: Path) -> Iterator[Installed]:
    with FakePlatform(tmp_path / "lms", mode="canvas") as lms:
        yield Installed.into(lms)


def student(installed: Installed, name: str = "student1") -> str:
    """As launches and rosters call them."""
    return str(installed.lms.claims(name, nonce="n")["sub"])


def score(user_id: str) -> Score:
    return Score(user_id, DONE.given, DONE.maximum, DONE.activity, DONE.grading)


class TestEverywhere:
    def test_the_roster_whole_and_in_pages(self, anywhere: Installed):
        asked = product(anywhere.platform.product).page_limit
        whole = list(members(anywhere.connector, anywhere.roster_url(), page_limit=asked))
        assert len({one.user_id for one in whole}) == len(whole) >= 15
        paged = members(anywhere.connector, anywhere.roster_url(), page_limit=4)
        assert list(paged) == whole
        people = {one.user_id: one for one in whole}
        assert people[student(anywhere, "student2")].name == "吳怡君"
        learners = [one for one in whole if Role.LEARNER in launch_roles(one.roles)]
        assert len(learners) >= 12

    def test_a_role_over_several_pages(self, anywhere: Installed):
        found = members(anywhere.connector, anywhere.roster_url(), page_limit=4, role="Learner")
        assert all(Role.LEARNER in launch_roles(one.roles) for one in found)

    def test_a_column_and_a_score(self, anywhere: Installed):
        url, now = anywhere.line_items_url(), datetime.now(UTC)
        paging = product(anywhere.platform.product).line_item_paging
        made = make_column(
            anywhere.connector, url, label="學習歷程", maximum=1, resource_id="r", tag="outcome"
        )
        found = columns(anywhere.connector, url, follow_pages=paging, tag="outcome")
        assert [one.url for one in found] == [made.url]
        post_score(anywhere.connector, made.url, score(student(anywhere)), now)
        with fails("SCORE_CONFLICT"):
            post_score(anywhere.connector, made.url, score(student(anywhere)), now)
        later = now + timedelta(milliseconds=1500)
        post_score(anywhere.connector, made.url, score(student(anywhere)), later)

    @pytest.mark.parametrize("name", ["teacher1", "nobody"])
    def test_who_can_have_no_score(self, anywhere: Installed, name):
        url, now = anywhere.line_items_url(), datetime.now(UTC)
        made = make_column(
            anywhere.connector, url, label="學習歷程", maximum=1, resource_id="r", tag="t"
        )
        user_id = "nobody" if name == "nobody" else student(anywhere, name)
        with fails("MEMBER_UNKNOWN"):
            post_score(anywhere.connector, made.url, score(user_id), now)
        with fails("COLUMN_GONE"):
            post_score(anywhere.connector, _other(made.url), score(student(anywhere)), now)

    def test_faults(self, anywhere: Installed):
        anywhere.lms.faults.retry_after = 7
        anywhere.lms.faults.service_statuses = [429, 503]
        for _ in range(2):
            with fails("SERVICE_BUSY") as info:
                list(members(anywhere.connector, anywhere.roster_url()))
            assert info.value.retry_after == 7
        anywhere.lms.faults.roster_elsewhere = "localhost:1"
        anywhere.lms.faults.roster_endless = True
        with fails("SERVICE_ANSWER_INVALID"):
            list(members(anywhere.connector, anywhere.roster_url(), page_limit=100))

    def test_groups(self, anywhere: Installed):
        url, sets = anywhere.groups_url(), anywhere.groups_url(what="sets")
        if not anywhere.lms.mode.groups:
            with fails("SCOPE_REFUSED"):
                list(groups(anywhere.connector, url))
            return
        found = list(groups(anywhere.connector, url, sets_url=sets))
        assert found
        assert all(one.name for one in found)
        assert any(one.set_name for one in found)
        ids = {one.id for one in found}
        everybody = members(anywhere.connector, anywhere.roster_url())
        assert {group for one in everybody for group in one.group_ids} <= ids

    def test_the_answer_to_our_terms(self, anywhere: Installed):
        url = f"{anywhere.lms.url}/services/eulas/{anywhere.lms.tool.id}"
        at = datetime.now(UTC)
        if v.EULA not in anywhere.lms.mode.messages:
            with fails("SCOPE_REFUSED"):
                tell_answer(anywhere.connector, url, student(anywhere), True, at)
            return
        tell_answer(anywhere.connector, url, student(anywhere), True, at)
        [kept] = anywhere.lms.lms.state.eula_answers
        assert kept["accepted"] is True

    def test_a_platform_that_changes_its_mind_about_a_token(self, anywhere: Installed):
        assert list(members(anywhere.connector, anywhere.roster_url()))
        anywhere.lms.lms.tokens.clear()
        assert list(members(anywhere.connector, anywhere.roster_url()))
        assert anywhere.tokens.forgotten == 1


class TestNotices:
    def test_hello_is_delivered_and_believed(self, canvas: Installed):
        delivered: list[dict] = []
        lms = canvas.lms.lms
        lms.send = lambda _handler, body: delivered.append(body) or 200
        deployment = canvas.lms.claims("student1", nonce="n")[v.CLAIM_DEPLOYMENT_ID]
        url = f"{canvas.lms.url}/services/notice-handlers/{deployment}"
        subscribe(canvas.connector, url, v.NOTICE_HELLO, "http://localhost/lti/notices")
        lms.deliveries[-1].wait()
        [token] = read_notices(_encoded(delivered[0]))
        key_sets = KeySetCache(client(), lambda: 0.0)
        notice = check_notice(token, canvas.platform, key_sets, datetime.now(UTC))
        assert notice.kind == v.NOTICE_HELLO
        assert notice.deployment_id == deployment

    def test_a_handler_at_a_host_that_is_not_ours(self, canvas: Installed):
        deployment = canvas.lms.claims("student1", nonce="n")[v.CLAIM_DEPLOYMENT_ID]
        url = f"{canvas.lms.url}/services/notice-handlers/{deployment}"
        with fails("SERVICE_REFUSED"):
            subscribe(canvas.connector, url, v.NOTICE_HELLO, "https://other.example/x")


def _other(column_url: str) -> str:
    """A column that does not exist, beside this one."""
    head, _, tail = column_url.rpartition("/lineitem")
    return f"{head}99/lineitem{tail}"


def _encoded(body: dict) -> bytes:
    return json.dumps(body).encode()
