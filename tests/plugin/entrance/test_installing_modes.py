"""Installing on each platform that the demo LMS acts as: token or none, redirects, 422, issuers."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import parse_qsl, urlsplit

import pytest
import sqlalchemy as sa

from lti import vocabulary as v
from lti.login import origin_of
from lti.platform.testing import FakePlatform
from plugin import db
from plugin.actor import system
from plugin.entrance.models import Deployment, Registration, RegistrationState
from plugin.entrance.operations import installing
from tests.plugin.entrance.conftest import csrf_of


def rows(model):
    db._close_reads()
    return list(db.reading().scalars(sa.select(model)))


@pytest.fixture
def platform(request, tmp_path, clock) -> Iterator[FakePlatform]:
    with FakePlatform(tmp_path / "lms", clock=clock, mode=request.param) as made:
        yield made


@pytest.fixture
def install(client, school, platform):
    """Open a fresh link as this platform does, and confirm."""

    def perform(*trusted):
        link = installing.invite(system(school.id), 1, trusted).removeprefix("http://localhost")
        query = dict(
            parse_qsl(urlsplit(platform.registration_url(f"http://localhost{link}")).query)
        )
        page = client.get(link, query_string=query)
        return client.post(link, data=query | {"csrf_token": csrf_of(page.text)})

    return perform


@pytest.mark.parametrize(
    ("platform", "trusted", "step"),
    [
        ("moodle", (), "顯示在活動選單"),
        ("canvas", ("canvas.instructure.test",), "Canvas 會列出"),
        ("brightspace", (), "管理擴充功能"),
        ("generic", (), "在平臺的工具清單啟用"),
    ],
    indirect=["platform"],
)
def test_installed(client, install, platform, trusted, step):
    page = install(*trusted)
    assert page.status_code == 200, page.text
    assert step in page.text
    [registration] = rows(Registration)
    assert registration.issuer == platform.issuer
    assert registration.product == platform.mode.product
    assert v.SCOPE_ROSTER in registration.scopes
    # Wherever the LMS itself lives, its pages may post launches and frame us.
    posts_from = {registration.issuer, origin_of(registration.auth_login_url)}
    assert platform.url in posts_from | set(registration.launch_origins)
    named = platform.mode.answers_deployment
    assert len(rows(Deployment)) == named
    wanted = RegistrationState.ACTIVE if named else RegistrationState.PENDING
    assert registration.state is wanted
    if not platform.mode.storage_target:  # else the launch goes through a page with a script
        platform.activate()
        assert platform.launch(client, "student1").status_code == 303


@pytest.mark.parametrize("platform", ["canvas"], indirect=True)
def test_anybodys_server_is_no_canvas(install, platform):
    """Canvas's issuer lies on another host than what was asked."""
    page = install()
    assert page.status_code == 403
    assert "ISSUER_HOST_MISMATCH" in page.text
    assert "另外信任的主機" in page.text
    assert not rows(Registration)


@pytest.mark.parametrize("platform", ["canvas"], indirect=True)
def test_canvas_tells_its_account(install, platform):
    page = install("canvas.instructure.test")
    assert page.status_code == 200, page.text
    [registration] = rows(Registration)
    assert registration.account_name
    assert registration.launch_origins == ["https://*.instructure.com", platform.url]
    assert registration.authorization_server == "", "a bare host is no audience"
