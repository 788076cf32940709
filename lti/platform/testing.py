"""The LMS for tests: in this process (``FakePlatform``) or as one of its own (``PlatformProcess``).

A launch into a Flask app under test, everything real but the app's socket::

    with FakePlatform(tmp_path) as platform:                 # HTTP server on 127.0.0.1, free port
        tool = platform.add_tool("http://localhost:8080")    # as if registered and activated
        # … store platform.issuer, tool.client_id, platform.jwks_uri … on the tool's side
        answer = platform.launch(client, "student1")         # Flask test client; follows nothing
        answer = platform.launch(client, "teacher1", course="3", message=DEEP_LINKING)

A launch gone wrong: take the claims or the token in hand::

        login = platform.begin(client, "student1")           # after the tool's login: Begun
        claims = platform.claims("student1", nonce=login.nonce) | {"aud": "someone else"}
        client.post(login.redirect_uri, data={"state": login.state,
                                              "id_token": platform.sign(claims)})

Over real HTTP, with a tool process::

        browser = platform.browser("student1")               # logged in at the LMS
        page = platform.open(browser, course="2")            # through login, auth, launch
        page = browser.submit(page, page.form(button="送出"), {"title": "讀書心得"})

Another platform: ``FakePlatform(tmp_path, mode="canvas")``; then ``platform.issuer`` is shared and
no address (``platform.url`` and ``platform.sso_url`` are), people are ``sub`` by
``platform.lms.names.subject(id)``, and notices sent lie in ``platform.lms.deliveries``.

Misbehaviour: ``platform.faults`` (see ``lti.platform.faults``) and
``platform.rotate_keys(forget_old=True)``. The people are ``lti.platform.world.sample()`` unless
given: student1–12, teacher1 (course 2), teacher2 (non-editing in 2, teacher of 3), counsellor1,
manager1, parent1, admin; courses 2 and 3.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

import jwt

from lti.platform.app import create_platform
from lti.platform.browser import Browser, Page, forms_in
from lti.platform.claims import (
    DEEP_LINKING,
    EULA,
    RESOURCE_LINK,
    SUBMISSION_REVIEW,
    id_token_claims,
)
from lti.platform.core import Clock, Launch, Lms, system_clock
from lti.platform.doors import Doors
from lti.platform.faults import Faults
from lti.platform.keys import new_key, public_jwk
from lti.platform.modes import DEFAULT, MODES, PRIVACY, Mode
from lti.platform.oidc import initiation_fields
from lti.platform.process import PlatformProcess, log_in
from lti.platform.registration import configuration_url, start_url
from lti.platform.registration_body import scopes_of
from lti.platform.service_claims import AGS_SCOPE, NRPS_SCOPE
from lti.platform.state import Activity, Tool

__all__ = [
    "AGS_SCOPE",
    "DEEP_LINKING",
    "EULA",
    "MODES",
    "NRPS_SCOPE",
    "PRIVACY",
    "RESOURCE_LINK",
    "SUBMISSION_REVIEW",
    "Begun",
    "Browser",
    "FakePlatform",
    "Page",
    "PlatformProcess",
    "foreign_key",
    "forms_in",
]

AGS = ("lineitem", "lineitem.readonly", "result.readonly", "score")
ALL_SCOPES = [*(AGS_SCOPE + name for name in AGS), NRPS_SCOPE]
"""The scopes that every platform has."""
ALL_CLAIMS = ["iss", "sub", "name", "given_name", "family_name", "email"]


@dataclass(frozen=True)
class Begun:
    """A login that the tool has answered: what the authentication request asked for."""

    authorization_url: str
    query: dict[str, str]
    launch: Launch

    @property
    def state(self) -> str:
        return self.query["state"]

    @property
    def nonce(self) -> str:
        return self.query["nonce"]

    @property
    def redirect_uri(self) -> str:
        return self.query["redirect_uri"]


def foreign_key() -> dict[str, str]:
    """A key that no platform published: {kid, pem}."""
    return new_key()


class FakePlatform:
    """The demo LMS in a thread of this process, on a free port of 127.0.0.1.

    Args:
        directory: where it keeps its state (a ``tmp_path``).
        people: people and courses; ``world.sample()`` when None.
        clock: gives the present instant; the system's by default.
        mode: the platform it acts as: ``moodle``, ``canvas``, ``brightspace``, ``blackboard``,
            ``generic``, or a ``modes.Mode`` of one's own.
        issuer: another shared issuer than the mode's own.
    """

    def __init__(
        self,
        directory: Path,
        *,
        people: Path | dict[str, Any] | None = None,
        clock: Clock = system_clock,
        mode: str | Mode = DEFAULT,
        issuer: str = "",
    ) -> None:
        self.lms = Lms.open(
            directory,
            base_url="http://127.0.0.1",
            people=people,
            clock=clock,
            mode=mode,
            issuer=issuer,
        )
        self.app = create_platform(self.lms)
        self._doors = Doors(self.app, self.lms)

    def __enter__(self) -> Self:
        self._doors.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._doors.close()

    # --- addresses -------------------------------------------------------------------------

    @property
    def mode(self) -> Mode:
        return self.lms.mode

    @property
    def issuer(self) -> str:
        """``iss``: not an address of this process where the mode shares one."""
        return self.lms.issuer

    @property
    def url(self) -> str:
        """Where the LMS's pages and services are."""
        return self.lms.base_url

    @property
    def sso_url(self) -> str:
        """Where authorisation, key set and tokens are; ``url`` in most modes."""
        return self.lms.sso_url

    @property
    def jwks_uri(self) -> str:
        return f"{self.sso_url}/lti/certs"

    @property
    def authorization_endpoint(self) -> str:
        return f"{self.sso_url}/lti/auth"

    @property
    def token_endpoint(self) -> str:
        return f"{self.sso_url}/lti/token"

    @property
    def openid_configuration(self) -> str:
        return configuration_url(self.lms)

    @property
    def faults(self) -> Faults:
        return self.lms.faults

    # --- tools and activities --------------------------------------------------------------

    def add_tool(
        self,
        base_url: str = "http://localhost",
        *,
        login: str = "/lti/login",
        launch: str = "/lti/launch",
        deep_link: str | None = "/lti/deep-link",
        jwks: dict[str, Any] | None = None,
        jwks_path: str = "/lti/jwks",
        custom: dict[str, str] | None = None,
        claims: list[str] | None = None,
        scopes: list[str] | None = None,
        everywhere: bool = True,
    ) -> Tool:
        """A tool as if registered and activated; with an activity in every course.

        Args:
            jwks: the tool's key set, when the tool is not reachable over HTTP.
        """
        state = self.lms.state
        with state.change():
            number = state.next_id()
            tool = Tool(
                id=number,
                client_id=f"client-{number}",
                name="學習歷程",
                domain=urlsplit(base_url).netloc,
                target_link_uri=base_url + launch,
                initiate_login_uri=base_url + login,
                redirect_uris=[base_url + launch, *([base_url + deep_link] if deep_link else [])],
                jwks_uri=base_url + jwks_path,
                jwks=jwks,
                deep_link_uri=base_url + deep_link if deep_link else None,
                scopes=scopes_of(self.lms) if scopes is None else scopes,
                claims=ALL_CLAIMS if claims is None else claims,
                custom=custom or {},
                active=True,
                message_uris=dict.fromkeys(self.mode.messages, base_url + launch),
            )
            state.tools[tool.id] = tool
        self.lms.deploy(tool)
        if everywhere:
            for course_id in self.lms.world.courses:
                state.add_activity(tool, course_id, "學習成果上傳")
        return tool

    @property
    def tool(self) -> Tool:
        """The tool registered last."""
        return list(self.lms.state.tools.values())[-1]

    def activate(self, tool: Tool | None = None, *, everywhere: bool = True) -> Tool:
        """What the LMS administrator does after a dynamic registration."""
        found = tool or self.tool
        with self.lms.state.change():
            found.active = True
        for course_id in self.lms.world.courses if everywhere else ():
            self.lms.state.add_activity(found, course_id, found.name)
        return found

    def activity(self, course: str = "2", tool: Tool | None = None) -> Activity:
        """The first activity of a tool in a course."""
        wanted = (tool or self.tool).id
        return next(a for a in self.lms.state.activities_of(course) if a.tool_id == wanted)

    def registration_url(self, tool_url: str, *, update: Tool | None = None) -> str:
        """The tool's registration address with openid_configuration and registration_token."""
        return start_url(self.lms, tool_url, tool=update)

    # --- launches --------------------------------------------------------------------------

    def launch_of(
        self,
        person: str,
        *,
        course: str = "2",
        message: str = RESOURCE_LINK,
        activity: Activity | None = None,
        tool: Tool | None = None,
        container: str = "iframe",
        for_user: str | None = None,
    ) -> Launch:
        """A launch of ``person`` (id or user name), not yet begun."""
        used = tool or self.tool
        found = self.lms.world.person(person)
        if message == DEEP_LINKING:
            target = used.deep_link_uri or used.target_link_uri
            return Launch(used.id, course, found.id, message, target)
        if message in (EULA, *PRIVACY):
            return Launch(used.id, "", found.id, message, used.target_of(message))
        link = activity or self.activity(course, used)
        subject = self.lms.world.person(for_user).id if for_user else None
        target = self.lms.target_of(link)
        return Launch(used.id, course, found.id, message, target, link.id, container, subject)

    def login_fields(self, person: str, **options: Any) -> dict[str, str]:
        """The body of the login initiation that the LMS posts to the tool."""
        return initiation_fields(self.lms, self.launch_of(person, **options))

    def claims(
        self, person: str, *, nonce: str, locale: str = "zh_tw", **options: Any
    ) -> dict[str, Any]:
        """id_token claims of a launch, to be altered before they are signed."""
        return id_token_claims(self.lms, self.launch_of(person, **options), nonce, locale=locale)

    def sign(
        self, claims: dict[str, Any], *, key: dict[str, str] | None = None, **headers: Any
    ) -> str:
        """An RS256 JWT under the platform's key, or under ``key`` (see ``foreign_key``)."""
        if key is None:
            return self.lms.keys.sign(claims, **headers)
        merged = {"kid": key["kid"], **headers}
        return jwt.encode(claims, key["pem"], algorithm="RS256", headers=merged)

    def begin(self, client: Any, person: str, **options: Any) -> Begun:
        """Post the login initiation to a Flask test client; the tool must answer a redirect."""
        begun = self.launch_of(person, **options)
        fields = initiation_fields(self.lms, begun)
        login = urlsplit(self.lms.state.tools[begun.tool_id].initiate_login_uri)
        answer = client.post(login.path, data=fields, base_url=f"{login.scheme}://{login.netloc}")
        if answer.status_code not in {302, 303, 307}:
            raise AssertionError(f"login answered {answer.status_code}: {answer.text[:500]}")
        query = {k: v[0] for k, v in parse_qs(urlsplit(answer.location).query).items()}
        return Begun(answer.location, query, begun)

    def authorize(self, begun: Begun, *, locale: str = "zh_tw") -> tuple[str, dict[str, str]]:
        """What the LMS posts to the tool after authentication: (address, form fields)."""
        with self.app.test_client() as person:
            with person.session_transaction() as session:
                session["person"], session["locale"] = begun.launch.person_id, locale
            answer = person.get("/lti/authorize", query_string=begun.query)
        if answer.status_code != 200:
            said = re.sub(r"<[^>]+>|\s+", " ", answer.text)
            raise AssertionError(f"the LMS refused ({answer.status_code}): {said[:500]}")
        form = forms_in(answer.text)[0]
        return form.action, dict(form.fields)

    def launch(self, client: Any, person: str, *, locale: str = "zh_tw", **options: Any) -> Any:
        """A whole launch into a Flask test client; returns the answer to the launch post."""
        action, fields = self.authorize(self.begin(client, person, **options), locale=locale)
        parts = urlsplit(action)
        return client.post(parts.path, data=fields, base_url=f"{parts.scheme}://{parts.netloc}")

    # --- over real HTTP --------------------------------------------------------------------

    def browser(self, person: str, **options: Any) -> Browser:
        """A browser in which ``person`` is logged in at the LMS; options as for ``Browser``."""
        return log_in(Browser(**options), self.url, self.lms.world.person(person).id)

    def open(self, browser: Browser, *, course: str = "2", container: str = "iframe") -> Page:
        """Open the tool's activity in a course, as its iframe (or window) does."""
        link = self.activity(course)
        return browser.get(f"{self.url}/lti/launch/{link.id}?container={container}")

    # --- misbehaviour ----------------------------------------------------------------------

    def rotate_keys(self, *, forget_old: bool = False) -> str:
        """Sign with a new key; with ``forget_old`` the old one leaves the key set."""
        return self.lms.keys.rotate(self.lms.clock().timestamp(), forget_old=forget_old)

    def jwk(self) -> dict[str, Any]:
        """The public key in use."""
        return public_jwk(self.lms.keys.current)
