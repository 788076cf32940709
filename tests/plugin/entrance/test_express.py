"""The quick way of launches: the same answer, the same rows; and nobody else gets on it."""

from __future__ import annotations

import re
from functools import cache

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from werkzeug.datastructures import MultiDict

from lti.platform.testing import DEEP_LINKING, foreign_key
from plugin import db
from plugin.entrance.express import MOST_BYTES, Express
from plugin.entrance.models import LaunchLog, LaunchSession, LoginTransaction
from tests import factories

stranger = cache(foreign_key)
SECRETS = {"id", "token_digest", "state_digest", "nonce", "browser", "csrf_token"}


@pytest.fixture
def ordinary(app, monkeypatch):
    """Counts the requests that reach Flask."""
    seen = []
    dispatch = app.full_dispatch_request

    def counted():
        seen.append(1)
        return dispatch()

    monkeypatch.setattr(app, "full_dispatch_request", counted)
    return seen


@pytest.fixture
def known(client, installed, school):
    """A student and a course that are known and bound already."""
    world = installed.lms.world
    teacher = factories.make_teacher(school, number=world.person("teacher1").idnumber)
    student = factories.make_student(school, number=world.person("student1").idnumber)
    number = world.courses["2"].idnumber
    factories.make_course(school, teacher=teacher, students=[student], number=number)
    assert installed.launch(client, "student1").status_code == 303
    return installed


def launch(client, lms, ordinary, *, person="student1", change=None, with_client=None, **options):
    """Log in, and post what the LMS answers, changed by `change`; also how often Flask was asked
    for the post, and what it left in the tables."""
    begun = lms.begin(client, person, **options)
    _action, fields = lms.authorize(begun)
    data, headers = change(lms, begun, fields) if change else (fields, {})
    before, asked = newest(LaunchLog), len(ordinary)
    answer = (with_client or client).post("/lti/launch", data=data, headers=headers)
    lines = [plain(row) for row in rows(LaunchLog) if row.id > before]
    return answer, len(ordinary) - asked, lines


def rows(model):
    db._close_reads()
    return list(db.reading().scalars(sa.select(model).order_by(model.id)))


def newest(model):
    found = rows(model)
    return found[-1].id if found else 0


def plain(row):
    """A row without what is random."""
    values = {c.key: getattr(row, c.key) for c in sa.inspect(type(row)).columns}
    if isinstance(values.get("data"), dict):
        values["data"] = {k: v for k, v in values["data"].items() if k not in SECRETS}
    return {name: value for name, value in values.items() if name not in SECRETS}


def masked(text):
    """Without session, CSRF secrets and request ids."""
    text = re.sub(r"/s/[\w-]{32}", "/s/…", text)
    return re.sub(r'(content|value)="[\w.-]{60,}"', "…", text)


def same(lines):
    """Without how long ago the platform was last asked for its keys."""
    return [line | {"detail": ""} if line["code"] == "KEY_UNKNOWN" else line for line in lines]


def slowly(monkeypatch):
    monkeypatch.setattr(Express, "_enter", lambda *_args: None)


def test_the_answer_and_the_rows_are_the_ordinary_ones(client, known, ordinary, monkeypatch):
    quick, asked, quick_log = launch(client, known, ordinary)
    assert (quick.status_code, asked) == (303, 0)
    slowly(monkeypatch)
    slow, asked, slow_log = launch(client, known, ordinary)
    assert (slow.status_code, asked) == (303, 1)
    assert quick.data == slow.data
    assert [(name, masked(value)) for name, value in quick.headers] == [
        (name, masked(value)) for name, value in slow.headers
    ]
    assert quick_log == slow_log
    for model in (LaunchSession, LoginTransaction):
        *_first, one, other = rows(model)
        assert plain(one) == plain(other)
    assert client.get(quick.location, follow_redirects=True).status_code == 200


def forged(lms, begun, fields):
    token = lms.sign(lms.claims("student1", nonce=begun.nonce), key=stranger())
    return fields | {"id_token": token}, {}


def with_claims(**claims):
    def change(lms, begun, fields):
        token = lms.sign(lms.claims("student1", nonce=begun.nonce) | claims)
        return fields | {"id_token": token}, {}

    return change


def twice(_lms, _begun, fields):
    return MultiDict([*fields.items(), ("state", "other")]), {}


def in_parts(_lms, _begun, fields):
    return fields, {"Content-Type": "multipart/form-data"}


def too_long(_lms, _begun, fields):
    return fields | {"more": "x" * MOST_BYTES}, {}


def an_error(_lms, _begun, fields):
    return {"state": fields["state"], "error": "access_denied"}, {}


def no_state(_lms, _begun, fields):
    return {"id_token": fields["id_token"]}, {}


def not_ascii(_lms, _begun, fields):
    return fields | {"state": "狀態"}, {}


@pytest.mark.parametrize(
    ("change", "status"),
    [
        (forged, 403),
        (with_claims(nonce="other"), 403),
        (with_claims(exp=1, iat=1), 403),
        (with_claims(aud="other"), 403),
        (with_claims(given_name="換了", family_name="名字"), 303),
        (with_claims(sub="new"), 303),
        (twice, 303),
        (in_parts, 303),
        (too_long, 303),
        (an_error, 400),
        (no_state, 400),
        (not_ascii, 400),
    ],
)
def test_whatever_is_odd_goes_the_ordinary_way(
    client, known, ordinary, monkeypatch, change, status
):
    answer, asked, lines = launch(client, known, ordinary, change=change)
    assert (answer.status_code, asked) == (status, 1), answer.text
    assert len(lines) == 1
    if status == 303:
        return
    slowly(monkeypatch)
    slow, asked, slow_lines = launch(client, known, ordinary, change=change)
    assert (slow.status_code, asked) == (status, 1)
    assert masked(answer.text) == masked(slow.text)
    assert same(lines) == same(slow_lines)


def test_a_browser_without_the_cookie_goes_the_ordinary_way(app, client, known, ordinary):
    other = FlaskClient(app, use_cookies=False)
    answer, asked, [line] = launch(client, known, ordinary, with_client=other)
    assert (answer.status_code, asked) == (303, 1)
    assert line["proof"] != "cookie"


def test_other_messages_go_the_ordinary_way(client, known, ordinary):
    answer, asked, _lines = launch(client, known, ordinary, message=DEEP_LINKING)
    assert (answer.status_code, asked) == (303, 1)


def test_a_used_launch_is_refused_twenty_times(client, known, ordinary):
    begun = known.begin(client, "student1")
    _action, fields = known.authorize(begun)
    assert client.post("/lti/launch", data=fields).status_code == 303
    for _ in range(20):
        again = client.post("/lti/launch", data=fields)
        assert again.status_code == 403
        assert "REPLAYED" in again.text
    assert len(rows(LaunchSession)) == 2


def test_a_key_that_must_be_fetched_is_fetched_once(client, known, ordinary, monkeypatch):
    keys = client.application.extensions["licheng.key_sets"]
    asked_keys = []
    key = keys.key
    monkeypatch.setattr(keys, "key", lambda *given: asked_keys.append(given) or key(*given))
    keys._sets.clear()
    answer, asked, _lines = launch(client, known, ordinary)
    assert (answer.status_code, asked, len(asked_keys)) == (303, 1, 1)
    assert launch(client, known, ordinary)[1] == 0


def test_a_get_of_the_address_is_a_page(client, known, ordinary):
    assert client.get("/lti/launch").status_code == 405
    assert len(ordinary) > 0
