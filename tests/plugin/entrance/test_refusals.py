"""Refused launches: who is told what, how it is written down, and how much of it."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import sqlalchemy as sa

from lti import vocabulary as v
from lti.errors import LaunchError
from lti.platform.testing import SUBMISSION_REVIEW, foreign_key
from plugin import clock as house_clock
from plugin import db, retention
from plugin.actor import Role
from plugin.entrance.models import (
    Deployment,
    DeploymentState,
    LaunchContext,
    LaunchLog,
    LaunchSession,
    RefusalTally,
)
from plugin.entrance.operations import launching, refusing
from plugin.trail.chain import verify
from plugin.trail.models import AuditEvent
from tests import factories
from tests.plugin.entrance.test_launch import good_token, post, rows

LIS = "http://purl.imsglobal.org/vocab/lis/v2/membership#"
GROUPS, NOTICES = "https://lms.example/groups", "https://lms.example/notices"


def refusals() -> list[AuditEvent]:
    return [event for event in rows(AuditEvent) if event.verb == "launch.refused"]


def refused_of(client, installed, **claims: Any):
    begun = installed.begin(client, "student1")
    return post(client, begun, good_token(installed, begun, **claims))


class TestReview:
    """A Moodle student can have this message signed for anybody."""

    @pytest.mark.parametrize(
        "roles",
        [
            [LIS + "Learner"],
            ["Learner"],
            [LIS + "Mentor"],
            [LIS + "Learner", LIS + "Instructor"],
            [LIS + "Mentor", LIS + "Instructor"],
            [],
            ["http://purl.imsglobal.org/vocab/lis/v2/system/person#Administrator"],
            ["http://purl.imsglobal.org/vocab/lis/v2/institution/person#Instructor"],
        ],
    )
    def test_refused_before_there_is_a_session(self, client, installed, roles):
        begun = installed.begin(client, "student1", message=SUBMISSION_REVIEW, for_user="student2")
        claims = installed.claims(
            "student1", nonce=begun.nonce, message=SUBMISSION_REVIEW, for_user="student2"
        )
        answer = post(client, begun, installed.sign(claims | {v.CLAIM_ROLES: roles}))
        assert answer.status_code == 403
        assert "REVIEW_NOT_ALLOWED" in answer.text
        assert not rows(LaunchSession)
        [event], [log] = refusals(), rows(LaunchLog)
        assert event.detail == {"code": "REVIEW_NOT_ALLOWED"}
        assert (log.code, log.message_type) == ("REVIEW_NOT_ALLOWED", SUBMISSION_REVIEW)

    def test_a_real_student_of_the_demo_lms(self, client, installed):
        answer = installed.launch(
            client, "student1", message=SUBMISSION_REVIEW, for_user="student2"
        )
        assert "REVIEW_NOT_ALLOWED" in answer.text

    def test_who_teaches_may(self, client, installed):
        answer = installed.launch(
            client, "teacher1", message=SUBMISSION_REVIEW, for_user="student2"
        )
        assert answer.status_code == 303
        [session] = rows(LaunchSession)
        assert session.data["for_user"] == installed.lms.world.person("student2").id


class TestReturn:
    """Where the platform is told, and where it is not."""

    def back(self, page: str) -> str:
        return page.split('rel="noreferrer">', maxsplit=1)[0].rpartition('href="')[2].split('"')[0]

    def test_the_platform_is_told_by_its_own_address(self, client, installed):
        answer = refused_of(client, installed, **{v.CLAIM_DEPLOYMENT_ID: "another"})
        address = self.back(answer.text).replace("&amp;", "&")
        assert address.startswith(f"{installed.issuer}/lti/return?")
        query = parse_qs(urlsplit(address).query)
        assert query["lti_errorlog"] == ["DEPLOYMENT_INACTIVE"]
        assert query["lti_errormsg"][0]
        assert query["sesskey"], "what the platform put into its address stays"

    @pytest.mark.parametrize(
        "address",
        [
            "https://evil.example/return",
            "javascript:alert(1)",
            "//evil.example",
            "",
            7,
            None,
            ["https://evil.example"],
        ],
    )
    def test_no_other_address(self, client, installed, address):
        presentation = {"return_url": address}
        answer = refused_of(
            client,
            installed,
            **{v.CLAIM_DEPLOYMENT_ID: "", v.CLAIM_PRESENTATION: presentation},
        )
        assert "DEPLOYMENT_MISSING" in answer.text
        assert "回到學習平臺" not in answer.text
        assert "evil.example" not in answer.text

    def test_not_where_the_signature_is_not_good(self, client, installed):
        begun = installed.begin(client, "student1")
        claims = installed.claims("student1", nonce=begun.nonce)
        header = {"kid": installed.jwk()["kid"]}
        answer = post(client, begun, installed.sign(claims, key=foreign_key(), **header))
        assert "SIGNATURE_INVALID" in answer.text
        assert "lti_errorlog" not in answer.text

    def test_not_where_the_token_answers_another_login(self, client, installed):
        mine, theirs = installed.begin(client, "student1"), installed.begin(client, "student2")
        answer = post(client, mine, good_token(installed, theirs))
        assert "NONCE_MISMATCH" in answer.text
        assert "lti_errorlog" not in answer.text

    def test_it_is_in_no_log(self, client, installed, capsys):
        refused_of(client, installed, **{v.CLAIM_ROLES: None})
        [log] = rows(LaunchLog)
        assert "sesskey" not in str(log.claims) + log.detail
        assert "sesskey" not in str([event.detail for event in rows(AuditEvent)])
        assert "sesskey" not in capsys.readouterr().err


class TestLog:
    def test_what_was_sent_is_told_without_what_it_says_of_somebody(self, client, installed):
        refused_of(client, installed, **{v.CLAIM_VERSION: "1.1"})
        [log] = rows(LaunchLog)
        assert log.claims["verified"] is True
        assert log.claims["alg"] == "RS256"
        assert log.claims["kid"] == installed.jwk()["kid"]
        assert log.claims["deployment"] == str(installed.tool.id)
        assert log.claims["roles"] == ["lis/v2/membership#Learner"]
        assert {"sub", "lti/claim/version", "name"} <= set(log.claims["names"])
        person = installed.lms.world.person("student1")
        said = str(log.claims) + log.detail
        for secret in (person.email, person.family_name + person.given_name, person.idnumber):
            assert secret not in said
        assert log.message_type == "LtiResourceLinkRequest"
        assert log.proof == "cookie"
        assert log.skew == 0

    def test_an_unsigned_word_is_marked_as_such(self, client, installed):
        begun = installed.begin(client, "student1")
        forged = installed.sign(installed.claims("student1", nonce=begun.nonce), key=foreign_key())
        post(client, begun, forged)
        [log] = rows(LaunchLog)
        assert log.claims["verified"] is False

    @pytest.mark.parametrize("token", ["", "a.b.c", "x" * 100_000, "e30.e30.e30", "é.é.é"])
    def test_whatever_was_sent(self, client, installed, token):
        begun = installed.begin(client, "student1")
        assert post(client, begun, token).status_code in {400, 403}
        [log] = rows(LaunchLog)
        assert log.code in {"TOKEN_MISSING", "TOKEN_MALFORMED", "ALGORITHM_REFUSED"}

    def test_a_clock_that_is_off_is_seen(self, client, installed):
        begun = installed.begin(client, "student1")
        late = int(house_clock.now().timestamp()) + 300
        answer = post(client, begun, good_token(installed, begun, iat=late, exp=late + 60))
        assert "NOT_YET_VALID" in answer.text
        assert rows(LaunchLog)[0].skew == -300

    @pytest.mark.parametrize("issued", [10**11, -(10**11)])
    def test_a_clock_from_another_age(self, client, installed, issued):
        refused_of(client, installed, iat=issued)
        assert abs(rows(LaunchLog)[0].skew) >= 2**31 - 1

    def test_a_line_of_somebody_who_is_in(self, client, installed):
        installed.launch(client, "teacher1")
        [log] = rows(LaunchLog)
        assert (log.code, log.proof, log.skew) == ("OK", "cookie", 0)
        assert log.claims == {"roles": ["instructor"]}

    def test_a_refused_login_is_its_platforms(self, client, installed, school):
        fields = installed.login_fields("student1") | {"target_link_uri": "https://x.example/"}
        assert "TARGET_FOREIGN" in client.post("/lti/login", data=fields).text
        [log] = rows(LaunchLog)
        assert log.school_id == school.id


class TestFlood:
    def flood(self, times: int, code: str = "STATE_UNKNOWN") -> None:
        for _ in range(times):
            refusing.refuse(LaunchError(code))

    def test_a_minute_has_so_many_lines(self, client, app):
        for _ in range(refusing.LINES + 5):
            assert client.post("/lti/launch", data={"state": "x"}).status_code == 400
        assert len(rows(LaunchLog)) == refusing.LINES
        assert len(refusals()) == refusing.LINES
        [tally] = rows(RefusalTally)
        assert tally.count == refusing.LINES + 5

    def test_the_rest_is_told_in_one_line(self, app, clock):
        self.flood(refusing.LINES + 30)
        clock.advance(minutes=1)
        self.flood(1)
        assert len(rows(LaunchLog)) == refusing.LINES + 2
        assert [e.detail["more"] for e in refusals() if "more" in e.detail] == [30]
        assert rows(LaunchLog)[-2].claims["more"] == 30
        assert list(verify()) == []

    def test_a_flood_that_goes_on_costs_two_lines_a_minute(self, app, clock):
        self.flood(refusing.LINES + 1)
        for _ in range(5):
            clock.advance(minutes=1)
            self.flood(50)
        assert len(refusals()) == refusing.LINES + 5 * 2

    def test_when_it_is_over_the_hourly_work_tells_of_it(self, app, clock):
        self.flood(refusing.LINES + 7)
        clock.advance(minutes=2)
        launching.purge(house_clock.now(), retention.row)
        assert refusals()[-1].detail == {"code": "STATE_UNKNOWN", "more": 7}
        assert not rows(RefusalTally)
        self.flood(2)
        assert len(refusals()) == refusing.LINES + 1 + 2

    def test_one_reason_does_not_hide_another(self, app):
        self.flood(refusing.LINES + 5)
        self.flood(1, "STATE_MISSING")
        assert refusals()[-1].detail == {"code": "STATE_MISSING"}

    def test_nor_one_platform_another(self, client, installed):
        self.flood(refusing.LINES + 5, "REPLAYED")
        begun = installed.begin(client, "student1")
        token = good_token(installed, begun)
        post(client, begun, token)
        assert "REPLAYED" in post(client, begun, token).text
        assert [e.detail for e in refusals() if e.subject_id] == [{"code": "REPLAYED"}]


OFFERED = {
    v.CLAIM_GROUPS: {"context_groups_url": GROUPS},
    v.CLAIM_NOTICES: {"platform_notification_service_url": NOTICES},
}


class TestRemembered:
    def test_what_a_launch_offers_is_kept(self, client, installed):
        assert refused_of(client, installed, **OFFERED).status_code == 303
        assert rows(LaunchContext)[0].groups_url == GROUPS
        assert rows(Deployment)[0].notices_url == NOTICES

    def test_also_of_somebody_who_is_known_long_since(self, client, installed, school):
        factories.make_student(school, number=installed.lms.world.person("student1").idnumber)
        installed.launch(client, "student1")
        refused_of(client, installed, **OFFERED)
        assert rows(Deployment)[0].notices_url == NOTICES
        assert rows(LaunchContext)[0].groups_url == GROUPS

    def test_a_launch_that_does_not_say_it_takes_nothing_away(self, client, installed):
        refused_of(client, installed, **OFFERED)
        installed.launch(client, "student1")
        assert rows(Deployment)[0].notices_url == NOTICES
        assert rows(LaunchContext)[0].groups_url == GROUPS

    def test_saying_it_again_writes_nothing_of_it(self, client, installed, school):
        factories.make_student(school, number=installed.lms.world.person("student1").idnumber)
        installed.launch(client, "student1")
        refused_of(client, installed, **OFFERED)
        begun = installed.begin(client, "student1")
        token = good_token(installed, begun, **OFFERED)
        written = []

        @sa.event.listens_for(db.engine(), "before_cursor_execute")
        def watch(_connection, _cursor, statement, *_more):
            written.append(statement)

        try:
            assert post(client, begun, token).status_code == 303
        finally:
            sa.event.remove(db.engine(), "before_cursor_execute", watch)
        assert not [s for s in written if s.startswith("UPDATE") and "deployment" in s]


def test_a_deployment_that_no_school_has_claimed_lets_nobody_in(client, installed):
    with db.writing() as session:
        session.execute(sa.update(Deployment).values(school_id=None, state=DeploymentState.ACTIVE))
    answer = refused_of(client, installed)
    assert answer.status_code == 403
    assert "DEPLOYMENT_INACTIVE" in answer.text


class TestPage:
    """The administrator's launch log."""

    @pytest.fixture
    def boss(self, school, act_as):
        return act_as(factories.actor_of(factories.make_staff(school, Role.ADMINISTRATOR)))

    @pytest.fixture
    def happened(self, client, installed):
        """One launch that is in, one that is refused, one by a stranger."""
        installed.launch(client, "teacher1")
        refused_of(client, installed, **{v.CLAIM_VERSION: "1.1"})
        begun = installed.begin(client, "student1")
        post(
            client,
            begun,
            installed.sign(installed.claims("student1", nonce=begun.nonce), key=foreign_key()),
        )

    def shown(self, client, **query: str) -> str:
        answer = client.get("/connections/launches", query_string=query)
        assert answer.status_code == 200
        return answer.text.split("</form>", 3)[-1]

    def test_everything_with_its_advice(self, client, happened, boss):
        page = self.shown(client)
        assert "VERSION_UNSUPPORTED" in page
        assert "請在平臺上以 LTI 1.3 重新安裝" in page
        assert "KEY_UNKNOWN" in page
        assert "未驗證" in page
        assert "已驗證" in page
        assert "0 秒" in page

    @pytest.mark.parametrize(
        ("query", "there", "not_there"),
        [
            ({"result": "ok"}, ["instructor"], ["VERSION_UNSUPPORTED"]),
            ({"result": "refused"}, ["VERSION_UNSUPPORTED", "KEY_UNKNOWN"], ["instructor"]),
            ({"code": "KEY_UNKNOWN"}, ["KEY_UNKNOWN"], ["VERSION_UNSUPPORTED"]),
            ({"message": "LtiEulaRequest"}, ["沒有符合的登入"], ["KEY_UNKNOWN"]),
            ({"platform": "1"}, ["KEY_UNKNOWN", "instructor"], []),
            ({"platform": "99"}, ["沒有符合的登入"], ["KEY_UNKNOWN"]),
            ({"days": "1"}, ["KEY_UNKNOWN"], []),
            ({"days": "0", "code": "x", "result": "?", "platform": "x"}, ["KEY_UNKNOWN"], []),
        ],
    )
    def test_narrowed(self, client, happened, boss, query, there, not_there):
        page = self.shown(client, **query)
        lines = page.split("<table")[-1] if "<table" in page else page
        for text in there:
            assert text in lines
        for text in not_there:
            assert text not in lines

    def test_what_is_too_long_ago(self, client, happened, boss, clock):
        clock.advance(days=2)
        assert "沒有符合的登入" in self.shown(client, days="1")
        assert "KEY_UNKNOWN" in self.shown(client, days="7")

    def test_page_by_page(self, client, school, boss, app):
        with db.writing() as session:
            for number in range(60):
                session.add(
                    LaunchLog(
                        at=house_clock.now(),
                        school_id=school.id,
                        code="OK",
                        claims={"roles": [f"line-{number}-"]},
                    )
                )
        first = self.shown(client)
        assert "line-59-" in first
        assert "line-9-" not in first
        address = first.split('rel="next" href="')[1].split('"')[0].replace("&amp;", "&")
        second = client.get(address).text
        assert "line-9-" in second
        assert "line-10-" not in second

    def test_another_schools_launches_are_not_there(self, client, happened, act_as, app):
        other = factories.make_school()
        act_as(factories.actor_of(factories.make_staff(other, Role.ADMINISTRATOR)))
        assert "KEY_UNKNOWN" not in self.shown(client)

    def test_the_connections_page_counts_and_points_there(self, client, happened, boss):
        page = client.get("/connections").text
        assert "/connections/launches" in page
        assert "KEY_UNKNOWN" in page
        assert "2 次" in page

    def test_not_for_a_teacher(self, client, school, act_as, app):
        act_as(factories.actor_of(factories.make_staff(school, Role.TEACHER)))
        assert client.get("/connections/launches").status_code == 403
