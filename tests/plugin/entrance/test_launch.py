"""Launches into the application, from the demo LMS, over its real endpoints."""

from __future__ import annotations

import threading
from collections import Counter

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from lti.platform.testing import foreign_key
from plugin import db
from plugin.actor import Role
from plugin.entrance.models import (
    Deployment,
    DeploymentState,
    LaunchLog,
    LaunchPerson,
    LaunchSession,
    LoginTransaction,
    Registration,
    RegistrationState,
)
from plugin.entrance.operations import installing
from plugin.services.models import CourseMember, RosterState
from plugin.trail.models import AuditEvent
from tests import factories
from tests.plugin.entrance.conftest import csrf_of


def rows(model):
    db._close_reads()
    return list(db.reading().scalars(sa.select(model)))


def post(client, begun, token, **headers):
    return client.post("/lti/launch", data={"state": begun.state, "id_token": token}, **headers)


def good_token(lms, begun, person="student1", **claims):
    return lms.sign(lms.claims(person, nonce=begun.nonce) | claims)


def test_a_launch_leads_into_a_session_in_the_path(client, installed):
    answer = installed.launch(client, "student1")
    assert answer.status_code == 303
    assert answer.location.startswith("/s/")
    page = client.get(answer.location, follow_redirects=True)
    assert page.status_code == 200
    [session] = rows(LaunchSession)
    token = answer.location.split("/")[2]
    assert token not in str(vars(session)), "only a digest is stored"


def test_somebody_new_in_a_course_is_in_its_roster_with_their_first_page(client, installed, clock):
    """The roster is fresh and lacks them: the roster of their link is asked, by what the launch
    said of it."""
    members = installed.lms.world.courses["2"].members
    installed.tool.jwks = client.get("/lti/jwks").json
    late = members.pop("4")
    client.get(installed.launch(client, "student1").location, follow_redirects=True)
    [before] = rows(RosterState)
    assert before.code == "OK"
    known = len(rows(CourseMember))
    members["4"] = late
    clock.advance(minutes=10)
    client.get(installed.launch(client, "student2").location, follow_redirects=True)
    assert len(rows(CourseMember)) == known + 1
    assert all(one.active for one in rows(CourseMember))
    assert rows(RosterState)[0].done_at == before.done_at, "the course itself was not asked"


def test_login_by_get(client, installed):
    fields = installed.login_fields("student1")
    answer = client.get("/lti/login", query_string=fields)
    assert answer.status_code == 302
    assert answer.location.startswith(installed.authorization_endpoint)


def test_the_binding_cookie(client, installed):
    answer = client.post("/lti/login", data=installed.login_fields("student1"))
    cookie = answer.headers["Set-Cookie"]
    for part in ("licheng_browser=", "Secure", "HttpOnly", "SameSite=None", "Partitioned"):
        assert part in cookie


def test_the_same_token_twice(client, installed):
    begun = installed.begin(client, "student1")
    token = good_token(installed, begun)
    assert post(client, begun, token).status_code == 303
    again = post(client, begun, token)
    assert again.status_code == 403
    assert "REPLAYED" in again.text
    assert len(rows(LaunchSession)) == 1


def test_another_token_with_the_same_nonce(client, installed):
    begun = installed.begin(client, "student1")
    assert post(client, begun, good_token(installed, begun)).status_code == 303
    again = post(client, begun, good_token(installed, begun, "student2"))
    assert "REPLAYED" in again.text


def test_of_twenty_at_the_same_time_exactly_one_enters(app, client, installed):
    begun = installed.begin(client, "student1")
    token = good_token(installed, begun)
    outcomes: Counter[int] = Counter()
    start = threading.Barrier(20)

    def run() -> None:
        own = FlaskClient(app, use_cookies=False)
        start.wait()
        outcomes[post(own, begun, token).status_code] += 1

    threads = [threading.Thread(target=run) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert outcomes == {303: 1, 403: 19}
    assert len(rows(LaunchSession)) == 1


def test_a_forged_token_stores_nothing_and_leaves_an_audit_line(client, installed):
    begun = installed.begin(client, "student1")
    forged = installed.sign(installed.claims("teacher1", nonce=begun.nonce), key=foreign_key())
    answer = post(client, begun, forged)
    assert answer.status_code == 403
    assert "KEY_UNKNOWN" in answer.text
    assert not rows(LaunchSession)
    assert not rows(LaunchPerson)
    [log] = rows(LaunchLog)
    assert log.code == "KEY_UNKNOWN"
    [event] = [e for e in rows(AuditEvent) if e.verb == "launch.refused"]
    assert event.detail == {"code": "KEY_UNKNOWN"}
    assert post(client, begun, good_token(installed, begun)).status_code == 303


def test_a_stale_login(client, installed, clock):
    begun = installed.begin(client, "student1")
    clock.advance(minutes=11)
    assert "STATE_EXPIRED" in post(client, begun, good_token(installed, begun)).text


def test_a_stale_token(client, installed, clock):
    begun = installed.begin(client, "student1")
    token = good_token(installed, begun)
    clock.advance(minutes=3)
    assert "EXPIRED" in post(client, begun, token).text


def test_an_unknown_platform(client, app):
    answer = client.post(
        "/lti/login",
        data={
            "iss": "https://x.example",
            "login_hint": "1",
            "target_link_uri": "http://localhost/",
        },
    )
    assert answer.status_code == 403
    assert "ISSUER_UNKNOWN" in answer.text
    assert not rows(LoginTransaction)


def test_a_refusal_speaks_the_readers_language_and_may_be_framed(client, app):
    answer = client.post("/lti/launch", headers={"Accept-Language": "zh-TW"})
    assert "沒有進入歷程" in answer.text
    assert "frame-ancestors *" in answer.headers["Content-Security-Policy"]


DEPLOYMENT = "https://purl.imsglobal.org/spec/lti/claim/deployment_id"


def test_an_unseen_deployment_waits_for_approval(client, installed):
    begun = installed.begin(client, "student1")
    answer = post(client, begun, good_token(installed, begun, **{DEPLOYMENT: "another"}))
    assert answer.status_code == 403
    assert "DEPLOYMENT_INACTIVE" in answer.text
    assert {d.deployment_id: d.state for d in rows(Deployment)} == {
        str(installed.tool.id): DeploymentState.ACTIVE,
        "another": DeploymentState.WAITING,
    }
    assert not rows(LaunchSession)


def test_the_first_launch_names_the_deployment_where_the_answer_did_not(client, installed):
    with db.writing() as session:
        session.execute(sa.delete(Deployment))
        session.execute(sa.update(Registration).values(state=RegistrationState.PENDING))
    assert installed.launch(client, "student1").status_code == 303
    [registration], [deployment] = rows(Registration), rows(Deployment)
    assert registration.state is RegistrationState.ACTIVE
    assert deployment.state is DeploymentState.ACTIVE


def test_a_disabled_registration(client, installed):
    with db.writing() as session:
        session.execute(sa.update(Registration).values(state=RegistrationState.DISABLED))
    answer = client.post("/lti/login", data=installed.login_fields("student1"))
    assert "REGISTRATION_DISABLED" in answer.text


@pytest.mark.parametrize("what", ["registration", "deployment"])
def test_whoever_came_by_a_platform_is_out_when_it_is_stopped(client, installed, school, what):
    factories.make_student(school, number=installed.lms.world.person("student1").idnumber)
    answer = installed.launch(client, "student1")
    page = "/".join(answer.location.split("/")[:3]) + "/inbox"
    assert client.get(page).status_code == 200
    boss = factories.actor_of(factories.make_staff(school, Role.ADMINISTRATOR))
    if what == "registration":
        installing.switch_registration(boss, rows(Registration)[0].id, active=False)
    else:
        installing.decide_deployment(boss, rows(Deployment)[0].id, active=False)
    assert client.get(page).status_code == 401


def test_a_stranger_cannot_fill_the_disk(client, app, settings):
    """Nobody has to be anybody to post to the launch address: little is read, nothing is kept."""
    part = b'--x\r\nContent-Disposition: form-data; name="file"; filename="big.pdf"\r\n\r\n'
    body = part + bytes(2 * 1024 * 1024) + b"\r\n--x--\r\n"
    answer = client.post("/lti/launch", data=body, content_type="multipart/form-data; boundary=x")
    assert answer.status_code == 413
    assert "送出的資料太大" in answer.text
    assert list(settings.staging.glob("*")) == []


def test_the_platform_rotates_its_keys(client, installed):
    assert installed.launch(client, "student1").status_code == 303
    installed.rotate_keys(forget_old=True)
    from lti import keyset

    keyset_cache = client.application.extensions["licheng.key_sets"]
    keyset_cache._now = lambda: 10**9 + keyset.COOLDOWN
    assert installed.launch(client, "student1").status_code == 303


class TestBrowserBinding:
    def test_bound_to_the_cookie_the_address_is_worthless_elsewhere(self, app, client, installed):
        address = installed.launch(client, "student1").location
        assert rows(LaunchSession)[0].browser is not None
        assert client.get(address, follow_redirects=True).status_code == 200
        elsewhere = app.test_client(use_cookies=False)
        assert elsewhere.get(address).status_code == 401

    def test_with_all_cookies_blocked_the_path_carries_it(self, app, installed):
        blocked = app.test_client(use_cookies=False)
        address = installed.launch(blocked, "student1").location
        assert rows(LaunchSession)[0].browser is None
        page = blocked.get(address, follow_redirects=True)
        assert page.status_code == 200
        assert "Set-Cookie" not in page.headers

    def test_two_tabs_are_two_sessions(self, client, installed):
        student = installed.launch(client, "student1").location
        teacher = installed.launch(client, "teacher1").location
        assert student != teacher
        assert "張" in client.get(student, follow_redirects=True).text
        assert client.get(teacher, follow_redirects=True).status_code == 200
        assert "張" in client.get(student, follow_redirects=True).text

    @pytest.mark.parametrize(
        ("origin", "code"),
        [("https://evil.example", "ORIGIN_FOREIGN"), ("null", "ORIGIN_HIDDEN")],
    )
    def test_a_strangers_page_cannot_log_somebody_in(self, app, installed, origin, code):
        attacker, victim = app.test_client(), app.test_client()
        begun = installed.begin(attacker, "student1")
        token = good_token(installed, begun)
        answer = post(victim, begun, token, headers={"Origin": origin})
        assert answer.status_code == 403
        assert code in answer.text

    def test_the_platforms_page_may(self, app, installed):
        blocked = app.test_client(use_cookies=False)
        begun = installed.begin(blocked, "student1")
        origin = {"Origin": installed.issuer}
        assert post(blocked, begun, good_token(installed, begun), headers=origin).status_code == 303


class TestSession:
    def address(self, client, installed, person="student1"):
        return installed.launch(client, person).location

    def test_idle(self, client, installed, clock):
        address = self.address(client, installed)
        clock.advance(minutes=119)
        assert client.get(address, follow_redirects=True).status_code == 200
        clock.advance(minutes=119)
        assert client.get(address, follow_redirects=True).status_code == 200
        clock.advance(minutes=120)
        assert client.get(address).status_code == 401

    def test_absolute(self, client, installed, clock):
        address = self.address(client, installed)
        for _ in range(7):
            clock.advance(minutes=100)
            assert client.get(address, follow_redirects=True).status_code == 200
        clock.advance(minutes=100)
        assert client.get(address).status_code == 401

    def test_pages_write_nothing(self, client, installed):
        address = self.address(client, installed)
        client.get(address, follow_redirects=True)

        @sa.event.listens_for(db.engine(), "before_cursor_execute")
        def watch(_connection, _cursor, statement, *_more):
            assert not statement.lstrip().upper().startswith(("INSERT", "UPDATE", "DELETE"))

        try:
            assert client.get(address, follow_redirects=True).status_code == 200
        finally:
            sa.event.remove(db.engine(), "before_cursor_execute", watch)

    def test_logging_out(self, client, installed):
        address = self.address(client, installed)
        root = "/".join(address.split("/")[:3])
        page = client.get(root + "/welcome")
        answer = client.post(root + "/leave", data={"csrf_token": csrf_of(page.text)})
        assert "已登出" in answer.text
        assert client.get(root + "/").status_code == 401

    def test_an_expired_session_shows_what_was_typed(self, client, installed, clock):
        address = self.address(client, installed)
        root = "/".join(address.split("/")[:3])
        clock.advance(hours=3)
        answer = client.post(
            root + "/welcome/code", data={"code": "打了很久的<b>字</b>", "csrf_token": "x"}
        )
        assert answer.status_code == 401
        assert "打了很久的&lt;b&gt;字&lt;/b&gt;" in answer.text
        assert "回到學習平臺" in answer.text
        assert "frame-ancestors *" in answer.headers["Content-Security-Policy"]

    def test_a_made_up_token(self, client, app):
        assert client.get("/s/" + "A" * 32 + "/").status_code == 401
        assert client.get("/s/short/").status_code == 404

    def test_a_post_needs_the_sessions_own_csrf_token(self, client, installed):
        address = self.address(client, installed)
        root = "/".join(address.split("/")[:3])
        assert client.post(root + "/leave").status_code == 400
        other = self.address(client, installed)
        token = csrf_of(client.get("/".join(other.split("/")[:3]) + "/welcome").text)
        assert client.post(root + "/leave", data={"csrf_token": token}).status_code == 400

    def test_the_address_never_leaves_by_referer(self, client, installed):
        page = client.get(self.address(client, installed), follow_redirects=True)
        assert page.headers["Referrer-Policy"] == "strict-origin"

    def test_only_the_platform_may_frame_it(self, client, installed):
        page = client.get(self.address(client, installed), follow_redirects=True)
        policy = page.headers["Content-Security-Policy"]
        assert f"frame-ancestors 'self' {installed.issuer}" in policy

    @pytest.mark.parametrize(
        ("locale", "language"),
        [
            ("zh_tw", "zh-Hant"),
            ("zh-TW", "zh-Hant"),
            ("en_us", "en"),
            ("pt_br", "en"),
            ("ja", "en"),
        ],
    )
    def test_the_language_of_the_lms(self, client, installed, locale, language):
        begun = installed.begin(client, "student1")
        presentation = "https://purl.imsglobal.org/spec/lti/claim/launch_presentation"
        token = good_token(installed, begun, **{presentation: {"locale": locale}})
        address = post(client, begun, token).location
        page = client.get("/".join(address.split("/")[:3]) + "/welcome")
        assert f'<html lang="{language}' in page.text

    def test_the_language_of_the_lms_and_ones_own(self, client, installed):
        address = installed.launch(client, "student1", locale="en").location
        root = "/".join(address.split("/")[:3])
        page = client.get(root + "/welcome")
        assert '<html lang="en' in page.text
        answer = client.post(
            root + "/language",
            data={"csrf_token": csrf_of(page.text), "locale": "zh_Hant_TW", "next": "/welcome"},
        )
        assert answer.location == root + "/welcome"
        assert '<html lang="zh-Hant' in client.get(root + "/welcome").text

    @pytest.mark.parametrize(
        "target", ["//evil.example", "https://evil.example", "/\\evil.example"]
    )
    def test_the_language_switch_leads_nowhere_else(self, client, installed, target):
        root = "/".join(self.address(client, installed).split("/")[:3])
        token = csrf_of(client.get(root + "/welcome").text)
        answer = client.post(
            root + "/language", data={"csrf_token": token, "locale": "en", "next": target}
        )
        assert answer.location == root + "/"


def test_forgetting_what_is_over(client, installed, clock):
    from plugin import clock as house_clock
    from plugin import retention
    from plugin.entrance.operations import launching

    installed.launch(client, "student1")
    assert launching.purge(house_clock.now(), retention.row) == 0
    clock.advance(minutes=90)
    gone = launching.purge(house_clock.now(), retention.row)
    assert gone == 1, "a login is kept an hour past its end"
    assert not rows(LoginTransaction)
    clock.advance(days=2)
    assert launching.purge(house_clock.now(), retention.row) == 1
    assert not rows(LoginTransaction)
    assert not rows(LaunchSession)
    assert rows(LaunchLog)
