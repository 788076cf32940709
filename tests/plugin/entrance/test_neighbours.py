"""What the administrator of one school could gain at another one's platform, and does not.

Our signing keys are the same for every platform. An assertion that one platform is sent is as good
at another, if it names that one's client: Moodle looks neither at `aud` nor at `jti`.
"""

from __future__ import annotations

from dataclasses import replace

import pytest
import sqlalchemy as sa

from plugin import db
from plugin.actor import Role, system
from plugin.entrance.models import Registration
from plugin.entrance.operations import setting_up
from plugin.entrance.operations.registering import Described
from plugin.errors import Conflict, InvalidInput
from tests import factories
from tests.plugin.entrance.conftest import csrf_of
from tests.plugin.entrance.hostile import CLIENT, Hostile

THEIRS = Described(
    issuer="https://moodle.example",
    client_id="XrDVBnesGyELdyy",
    auth_login_url="https://moodle.example/mod/lti/auth.php",
    token_url="https://moodle.example/mod/lti/token.php",
    key_set_url="https://moodle.example/mod/lti/certs.php",
    product="moodle",
)
TRAP = Described(
    issuer="https://trap.example",
    client_id=THEIRS.client_id,
    auth_login_url="https://trap.example/auth",
    token_url="https://trap.example/token",
    key_set_url="https://trap.example/keys",
)


def registrations() -> list[Registration]:
    db._close_reads()
    return list(db.reading().scalars(sa.select(Registration)))


class TestAnothersClient:
    """Whoever registers another school's client id at a server of their own would be sent
    assertions that open that school's rosters and gradebooks."""

    @pytest.mark.parametrize("client_id", [THEIRS.client_id, THEIRS.client_id.lower()])
    def test_is_not_registered_under_another_issuer(self, school, client_id):
        setting_up.set_up(system(factories.make_school().id), THEIRS)
        with pytest.raises(Conflict):
            setting_up.set_up(system(school.id), replace(TRAP, client_id=client_id))
        assert [one.issuer for one in registrations()] == [THEIRS.issuer]

    def test_nor_that_of_a_shared_platform(self, school):
        setting_up.share(THEIRS)
        with pytest.raises(Conflict):
            setting_up.set_up(system(school.id), TRAP)
        assert len(registrations()) == 1

    def test_the_form_says_so(self, client, school, act_as):
        setting_up.set_up(system(factories.make_school().id), THEIRS)
        act_as(factories.actor_of(factories.make_staff(school, Role.ADMINISTRATOR)))
        typed = {
            name: getattr(TRAP, name)
            for name in ("issuer", "client_id", "auth_login_url", "token_url", "key_set_url")
        }
        csrf = csrf_of(client.get("/connections/manual").text)
        page = client.post("/connections/manual", data=typed | {"csrf_token": csrf})
        assert page.status_code == 422
        assert "另一所學校" in page.text
        assert len(registrations()) == 1

    def test_nor_by_a_platform_that_registers_itself(self, client, invitation):
        with Hostile() as platform:
            theirs = replace(THEIRS, client_id=CLIENT)
            setting_up.set_up(system(factories.make_school().id), theirs)
            query = {"openid_configuration": platform.configuration_url}
            page = client.get(invitation, query_string=query)
            answer = client.post(invitation, data=query | {"csrf_token": csrf_of(page.text)})
        assert answer.status_code == 409
        assert [one.issuer for one in registrations()] == [THEIRS.issuer]

    def test_one_school_may_have_it_twice(self, school):
        """Its own platform under another address."""
        setting_up.set_up(system(school.id), THEIRS)
        setting_up.set_up(system(school.id), TRAP)
        assert len(registrations()) == 2

    def test_numbers_are_everybodys(self, school):
        """Canvas counts its clients, each installation from the same number on; it takes no
        assertion that is meant for another place."""
        counted = "10000000000001"
        setting_up.set_up(system(factories.make_school().id), replace(THEIRS, client_id=counted))
        setting_up.set_up(system(school.id), replace(TRAP, client_id=counted))
        assert len(registrations()) == 2

    @pytest.mark.parametrize(
        ("kind", "token_url"),
        [("", THEIRS.token_url), ("canvas", "https://sso.canvaslms.com/login/oauth2/token")],
    )
    def test_but_who_gives_the_tokens_also_signs(self, school, kind, token_url):
        """Else a launch of one's own signing would spend the token of another's Canvas, be it to
        read its roster or to have it sent to a server of one's own."""
        mixed = replace(TRAP, client_id="170000000000042", token_url=token_url, product=kind)
        with pytest.raises(Conflict):
            setting_up.set_up(system(school.id), mixed)
        assert registrations() == []

    @pytest.mark.parametrize("keys", ["sso.canvaslms.com", "canvas.instructure.com"])
    def test_a_vendor_may_have_several_hosts(self, school, keys):
        cloud = replace(
            TRAP,
            issuer="https://canvas.instructure.com",
            client_id="170000000000042",
            token_url="https://sso.canvaslms.com/login/oauth2/token",
            key_set_url=f"https://{keys}/api/lti/security/jwks",
            product="canvas",
        )
        assert setting_up.set_up(system(school.id), cloud).id


class TestAnothersAudience:
    """An assertion is sent only where it is meant for."""

    @pytest.mark.parametrize(
        "audience", [THEIRS.token_url, "https://rap.example/", "https://sub.trap.example/"]
    )
    def test_is_not_entered(self, school, audience):
        with pytest.raises(InvalidInput) as refused:
            setting_up.set_up(system(school.id), replace(TRAP, authorization_server=audience))
        assert set(refused.value.fields) == {"authorization_server"}
        assert registrations() == []

    def test_nor_afterwards(self, school):
        kept = setting_up.set_up(system(school.id), TRAP)
        with pytest.raises(InvalidInput) as refused:
            setting_up.edit(
                system(school.id), kept.id, launch_origins=[], allow_hidden_origin=False,
                authorization_server=THEIRS.token_url,
            )  # fmt: skip
        assert set(refused.value.fields) == {"authorization_server"}
        assert registrations()[0].authorization_server == ""

    def test_nor_said_by_a_platform(self, client, invitation):
        with Hostile() as platform:
            platform.configuration["authorization_server"] = THEIRS.token_url
            query = {"openid_configuration": platform.configuration_url}
            page = client.get(invitation, query_string=query)
            client.post(invitation, data=query | {"csrf_token": csrf_of(page.text)})
        assert registrations()[0].authorization_server == ""

    @pytest.mark.parametrize(
        ("token_url", "audience"),
        [
            ("https://lms.example/token", "https://lms.example/oauth2"),
            ("https://auth.lms.example/token", "https://lms.example"),
            (
                "https://auth.brightspace.com/core/connect/token",
                "https://api.brightspace.com/auth/token",
            ),
        ],
    )
    def test_the_platforms_own_is(self, school, token_url, audience):
        setting_up.set_up(
            system(school.id), replace(TRAP, token_url=token_url, authorization_server=audience)
        )
        assert registrations()[0].authorization_server == audience


@pytest.mark.parametrize("origin", ["https://*.edu.tw", "https://*.com.tw", "https://*.ac.jp"])
def test_a_whole_country_launches_from_nowhere(school, origin):
    """Nor does it frame our pages."""
    kept = setting_up.set_up(system(school.id), TRAP)
    with pytest.raises(InvalidInput):
        setting_up.edit(
            system(school.id), kept.id, launch_origins=[origin], allow_hidden_origin=False,
            authorization_server="",
        )  # fmt: skip
    assert registrations()[0].launch_origins == []
