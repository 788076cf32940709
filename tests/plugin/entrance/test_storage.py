"""A launch where the platform offers its storage: what the pages say, and what comes of it.

What the script on them does in a browser: `test_storage_page.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from lti import storage
from lti.platform.browser import forms_in
from lti.platform.testing import FakePlatform
from plugin import db, secrets
from plugin.entrance.models import LaunchLog, LaunchSession, LoginTransaction
from tests.plugin.entrance.test_launch import rows

OWN = "http://localhost"
EVIL = "https://evil.example"


@dataclass
class Frame:
    """A tool's frame in the platform's page, in a browser that keeps no cookie."""

    client: FlaskClient
    lms: FakePlatform
    target: str = "lti_storage"

    def login(self, **headers: str):
        fields = self.lms.login_fields("student1") | {"lti_storage_target": self.target}
        return self.client.post("/lti/login", data=fields, headers=headers)

    def begin(self) -> dict[str, str]:
        """Through the login page; the query of the authentication request."""
        page = self.login()
        assert page.status_code == 200, page.text
        address = page.text.split('<a class="govuk-link" href="')[1].split('"')[0]
        query = parse_qs(urlsplit(address.replace("&amp;", "&")).query)
        return {name: value for name, [value] in query.items()}

    def post(self, query: dict[str, str], origin: str | None = None):
        token = self.lms.sign(self.lms.claims("student1", nonce=query["nonce"]))
        headers = {"Origin": self.lms.issuer if origin is None else origin}
        return self.client.post(
            "/lti/launch", data={"state": query["state"], "id_token": token}, headers=headers
        )

    def again(self, page: str, proof: str, origin: str = OWN, **changes: str):
        """What the script of our page posts."""
        [form] = [one for one in forms_in(page) if one.action.endswith("/lti/launch")]
        fields = dict(form.fields) | {storage.PROOF: proof} | changes
        return self.client.post("/lti/launch", data=fields, headers={"Origin": origin})


@pytest.fixture
def frame(app, installed) -> Frame:
    return Frame(app.test_client(use_cookies=False), installed)


def proof_in(page: str) -> str:
    return page.split('data-value="')[1].split('"', maxsplit=1)[0]


def test_the_login_page_puts_a_proof_and_leads_on(frame, installed):
    page = frame.login()
    assert page.status_code == 200
    assert 'data-lti-storage="put"' in page.text
    assert 'data-target="lti_storage"' in page.text
    assert f'data-origin="{installed.issuer}"' in page.text
    [login] = rows(LoginTransaction)
    assert login.storage_target == "lti_storage"
    assert "licheng_browser=" in page.headers["Set-Cookie"], "a cookie is tried all the same"
    assert "frame-ancestors *" in page.headers["Content-Security-Policy"]
    assert page.headers["Cache-Control"] == "no-store"


def test_without_script_the_login_page_leads_on_too(frame, installed):
    page = frame.login().text
    refresh = page.split('http-equiv="refresh" content="0;url=')[1].split('"')[0]
    link = page.split('<a class="govuk-link" href="')[1].split('"')[0]
    assert refresh == link
    assert link.startswith(installed.authorization_endpoint)


def test_the_proof_is_in_no_address(frame):
    page = frame.login().text
    address = page.split('<a class="govuk-link" href="')[1].split('"')[0]
    assert proof_in(page) not in address
    assert len(proof_in(page)) == 43


def test_the_login_by_get_has_the_page_too(frame, installed):
    fields = installed.login_fields("student1") | {"lti_storage_target": "_parent"}
    page = frame.client.get("/lti/login", query_string=fields)
    assert 'data-target="_parent"' in page.text


@pytest.mark.parametrize("target", ["", '"><script>', "x" * 200])
def test_what_no_frame_is_called_is_no_storage(frame, target):
    frame.target = target
    assert frame.login().status_code == 302
    assert rows(LoginTransaction)[0].storage_target == ""


def test_a_window_of_its_own_needs_no_storage(frame):
    answer = frame.login(**{"Sec-Fetch-Dest": "document"})
    assert answer.status_code == 302
    [login] = rows(LoginTransaction)
    assert (login.storage_target, login.hints) == ("", {})


def test_a_browser_that_keeps_cookies_sees_the_page_once(client, installed):
    frame = Frame(client, installed)
    query = frame.begin()
    assert frame.post(query).status_code == 303
    assert frame.login().status_code == 302
    [log] = rows(LaunchLog)
    assert (log.proof, log.cookie) == ("cookie", True)


def test_the_proof_lets_in(frame):
    page = frame.login().text
    proof = proof_in(page)
    address = page.split('<a class="govuk-link" href="')[1].split('"')[0].replace("&amp;", "&")
    query = {name: value for name, [value] in parse_qs(urlsplit(address).query).items()}
    asked = frame.post(query)
    assert asked.status_code == 200
    assert 'data-lti-storage="get"' in asked.text
    assert proof not in asked.text
    assert not rows(LaunchSession), "nothing is opened before the answer"
    assert frame.again(asked.text, proof).status_code == 303
    [session], [log] = rows(LaunchSession), rows(LaunchLog)
    assert session.browser is None
    assert (log.code, log.proof, log.cookie) == ("OK", "storage", False)


def test_a_silent_storage_falls_through_to_the_origin(frame):
    asked = frame.post(frame.begin())
    assert frame.again(asked.text, "").status_code == 303
    assert rows(LaunchLog)[0].proof == "origin"


@pytest.mark.parametrize(("origin", "code"), [("null", "ORIGIN_HIDDEN"), (EVIL, "ORIGIN_FOREIGN")])
def test_and_to_the_refusal_where_the_origin_proves_nothing(frame, origin, code):
    asked = frame.post(frame.begin(), origin)
    answer = frame.again(asked.text, "")
    assert answer.status_code == 403
    assert code in answer.text
    assert not rows(LaunchSession)


def test_the_storage_proves_a_browser_whose_platform_hides_its_origin(frame):
    query = frame.begin()
    asked = frame.post(query, "null")
    proof = storage.proof_of(secrets.derive("lti-storage"), query["state"])
    assert frame.again(asked.text, proof).status_code == 303


@pytest.mark.parametrize("origin", [EVIL, "null"])
def test_a_stranger_who_knows_everything_of_his_own_login(app, frame, origin):
    """He has proof, seal and token, and makes somebody's browser post them."""
    query = frame.begin()
    asked = frame.post(query)
    proof = storage.proof_of(secrets.derive("lti-storage"), query["state"])
    victim = Frame(app.test_client(), frame.lms)
    answer = victim.again(asked.text, proof, origin)
    assert answer.status_code == 403
    assert not rows(LaunchSession)


def test_the_page_is_shown_once_and_never_in_a_circle(frame):
    """A sandboxed frame posts with a hidden origin whatever we do."""
    asked = frame.post(frame.begin())
    answer = frame.again(asked.text, "", "null")
    assert answer.status_code == 403
    assert "data-lti-storage" not in answer.text


def test_what_a_stranger_writes_into_the_form_is_not_in_our_page(frame):
    query = frame.begin()
    token = frame.lms.sign(frame.lms.claims("student1", nonce=query["nonce"]))
    fields = {
        "state": query["state"],
        "id_token": token,
        storage.PROOF: "planted",
        storage.POSTED_BY: frame.lms.issuer,
    }
    page = frame.client.post("/lti/launch", data=fields, headers={"Origin": EVIL})
    assert "planted" not in page.text
    [form] = [one for one in forms_in(page.text) if one.action.endswith("/lti/launch")]
    assert form.value(storage.POSTED_BY) == EVIL


def test_an_error_of_the_platform_asks_no_storage(frame):
    query = frame.begin()
    answer = frame.client.post(
        "/lti/launch", data={"state": query["state"], "error": "access_denied"}
    )
    assert "PLATFORM_REFUSED" in answer.text


def test_the_second_post_works_once(frame):
    query = frame.begin()
    asked = frame.post(query)
    proof = storage.proof_of(secrets.derive("lti-storage"), query["state"])
    assert frame.again(asked.text, proof).status_code == 303
    assert "REPLAYED" in frame.again(asked.text, proof).text
    assert len(rows(LaunchSession)) == 1


class TestAnew:
    """A window of its own, where nothing proves this browser."""

    def refusal(self, frame: Frame, product: str, **headers: str):
        from plugin.entrance.models import Registration

        with db.writing() as session:
            session.execute(sa.update(Registration).values(product=product))
        fields = frame.lms.login_fields("student1")
        begun = frame.client.post("/lti/login", data=fields)
        query = {k: v for k, [v] in parse_qs(urlsplit(begun.location).query).items()}
        token = frame.lms.sign(frame.lms.claims("student1", nonce=query["nonce"]))
        answer = frame.client.post(
            "/lti/launch",
            data={"state": query["state"], "id_token": token},
            headers={"Origin": "null"} | headers,
        )
        assert answer.status_code == 403
        assert "ORIGIN_HIDDEN" in answer.text
        return answer.text, fields

    def test_moodle_by_its_own_address(self, frame):
        page, _fields = self.refusal(frame, "moodle")
        assert f'href="{frame.lms.issuer}/mod/lti/launch.php?id=' in page
        assert 'target="_blank"' in page

    def test_others_by_the_login_again_and_that_works(self, app, frame):
        page, fields = self.refusal(frame, "sakai")
        [form] = [one for one in forms_in(page) if one.action.endswith("/lti/login")]
        sent = dict(form.fields)
        for name in ("iss", "client_id", "login_hint", "lti_message_hint", "target_link_uri"):
            assert sent[name] == fields[name]
        window = app.test_client()  # first-party: it keeps the cookie
        begun = window.post(
            "/lti/login", data=sent, headers={"Sec-Fetch-Dest": "document", "Origin": OWN}
        )
        query = {k: v for k, [v] in parse_qs(urlsplit(begun.location).query).items()}
        token = frame.lms.sign(frame.lms.claims("student1", nonce=query["nonce"]))
        answer = window.post(
            "/lti/launch",
            data={"state": query["state"], "id_token": token},
            headers={"Origin": "null"},
        )
        assert answer.status_code == 303

    def test_canvas_by_words(self, frame):
        page, _fields = self.refusal(frame, "canvas")
        assert "登入只能用一次" in page
        assert 'target="_blank"' not in page

    def test_not_where_it_is_a_window_already(self, frame):
        page, _fields = self.refusal(frame, "moodle", **{"Sec-Fetch-Dest": "document"})
        assert "launch.php" not in page

    def test_hints_are_not_kept_where_the_browser_shows_a_cookie(self, client, installed):
        client.post("/lti/login", data=installed.login_fields("student1"))
        client.post("/lti/login", data=installed.login_fields("student1"))
        first, second = rows(LoginTransaction)
        assert set(first.hints) == {"login_hint", "lti_message_hint"}
        assert second.hints == {}
