"""A school with the application on one side and a platform on the other, for launches over HTTP."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from lti.platform.testing import Begun
from lti.platform.testing import FakePlatform as DemoPlatform
from plugin import db
from plugin.entrance.models import LaunchLog, LaunchSession, LoginTransaction
from plugin.trail.models import AuditEvent
from tests.plugin.entrance.conftest import (  # noqa: F401  (fixtures)
    clock,
    install,
    installed,
    invitation,
    lms,
    school,
)


@dataclass
class Bench:
    """Launches that are altered on their way, and what must have come of them."""

    client: FlaskClient
    lms: DemoPlatform

    def begin(self, person: str = "student1", **options: Any) -> Begun:
        return self.lms.begin(self.client, person, **options)

    def claims(self, begun: Begun, person: str = "student1", **options: Any) -> dict[str, Any]:
        return self.lms.claims(person, nonce=begun.nonce, **options)

    def post(self, begun: Begun | None, token: str | None, **fields: str) -> Any:
        data = {} if begun is None else {"state": begun.state}
        if token is not None:
            data["id_token"] = token
        return self.client.post("/lti/launch", data=data | fields)

    def launch(self, person: str = "student1", *, message: str = "", **claims: Any) -> Any:
        """A launch with claims changed; one given as `...` is left out."""
        options = {"message": message} if message else {}
        begun = self.begin(person, **options)
        merged = self.claims(begun, person, **options) | claims
        kept = {name: value for name, value in merged.items() if value is not ...}
        return self.post(begun, self.lms.sign(kept))

    def must_be_refused(self, answer: Any, code: str, status: int) -> None:
        """Page, audit line, log line, and nothing else: no session, and the login still good."""
        assert answer.status_code == status, answer.text
        assert f'<span class="lc-mono">{code}</span>' in answer.text
        assert "接下來可以這樣做" in answer.text or "What to do next" in answer.text
        assert "Set-Cookie" not in answer.headers
        events = [e for e in self.rows(AuditEvent) if e.verb == "launch.refused"]
        assert [event.detail for event in events] == [{"code": code}]
        assert [log.code for log in self.rows(LaunchLog)] == [code]
        assert self.rows(LaunchSession) == []

    def must_be_in(self, answer: Any) -> LaunchSession:
        """Exactly one session, its page opens, and the log says so."""
        assert answer.status_code == 303, answer.text
        assert [log.code for log in self.rows(LaunchLog)] == ["OK"]
        page = self.client.get(answer.location, follow_redirects=True)
        assert page.status_code == 200, page.text
        [session] = self.rows(LaunchSession)
        return session

    def unused(self) -> bool:
        """No login has been used up: a stranger cannot spoil somebody's launch."""
        return all(login.used_at is None for login in self.rows(LoginTransaction))

    @staticmethod
    def rows(model: Any) -> list[Any]:
        db._close_reads()
        return list(db.reading().scalars(sa.select(model)))


@pytest.fixture
def bench(client: FlaskClient, installed: DemoPlatform) -> Bench:  # noqa: F811
    return Bench(client, installed)
