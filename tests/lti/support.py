"""A small platform and in-memory stores for tests of the LTI core."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from lti.browser import Browser
from lti.errors import LtiError
from lti.http import Answer
from lti.keyset import KeySetCache
from lti.launch import Checked, inspect_launch, use_up
from lti.login import LoginAnswer, answer_login
from lti.ports import KeyPair, Platform, Transaction

CLAIM = "https://purl.imsglobal.org/spec/lti/claim/"
MOODLE = Path(__file__).parent / "fixtures" / "moodle"
NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
LAUNCH_URL = "https://licheng.example/lti/launch"
ISSUER = "https://moodle.example"
CLIENT_ID = "XrDVBnesGyELdyy"


def rsa_key(name: str = "platform") -> rsa.RSAPrivateKey:
    """One key per name and process: making them is slow."""
    return _made(name)


@cache
def _made(_name: str) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 2048)


@contextmanager
def refused(code: str) -> Iterator[pytest.ExceptionInfo[LtiError]]:
    """The block raises an error of this package with this code."""
    with pytest.raises(LtiError) as info:
        yield info
    assert info.value.code == code


def jwk(key: rsa.RSAPrivateKey, kid: str) -> dict[str, Any]:
    found = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(key.public_key()))
    return {**found, "kid": kid, "use": "sig", "alg": "RS256"}


def moodle_claims(name: str) -> dict[str, Any]:
    """A launch that a Moodle 4.5.5 really sent, decoded."""
    return json.loads((MOODLE / f"{name}.json").read_text("utf-8"))


@dataclass
class Web:
    """Answers GETs from a dictionary and counts them; an exception as answer is raised."""

    pages: dict[str, Any] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def get(self, url: str, *, headers: Any = None) -> Answer:
        self.asked.append(url)
        page = self.pages[url]
        if isinstance(page, Exception):
            raise page
        status, body = page if isinstance(page, tuple) else (200, page)
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        return Answer(status, {}, raw, url)


class Memory:
    """Registration and transaction store in memory."""

    def __init__(self, *platforms: Platform) -> None:
        self.registered = list(platforms)
        self.logins: dict[str, Transaction] = {}
        self.active_deployments = {"1"}
        self.seen_deployments: list[str] = []
        self._lock = threading.Lock()

    def platforms(self, issuer: str, client_id: str | None) -> list[Platform]:
        return [
            p for p in self.registered if p.issuer == issuer and client_id in (None, p.client_id)
        ]

    def deployment_active(self, platform: Platform, deployment_id: str) -> bool:
        self.seen_deployments.append(deployment_id)
        return deployment_id in self.active_deployments

    def open(self, transaction: Transaction) -> None:
        self.logins[transaction.state] = transaction

    def find(self, state: str) -> Transaction | None:
        return self.logins.get(state)

    def consume(self, transaction: Transaction, now: datetime) -> bool:
        with self._lock:
            if self.logins[transaction.state].used:
                return False
            self.logins[transaction.state] = replace(transaction, used=True)
            return True


class KeyMemory:
    """Key store in memory."""

    def __init__(self) -> None:
        self.pairs: list[KeyPair] = []

    def all(self) -> list[KeyPair]:
        return list(self.pairs)

    def add(self, pair: KeyPair) -> None:
        self.pairs.append(pair)

    def remove(self, kid: str) -> None:
        self.pairs = [pair for pair in self.pairs if pair.kid != kid]


class FakePlatform:
    """An LMS: logs in, signs claims, publishes keys, and the tool side that answers it."""

    def __init__(self, **changes: Any) -> None:
        self.platform = replace(
            Platform(
                id=1,
                issuer=ISSUER,
                client_id=CLIENT_ID,
                auth_login_url=f"{ISSUER}/mod/lti/auth.php",
                token_url=f"{ISSUER}/mod/lti/token.php",
                key_set_url=f"{ISSUER}/mod/lti/certs.php",
            ),
            **changes,
        )
        self.store = Memory(self.platform)
        self.web = Web()
        self.seconds = 1000.0
        self.key_sets = KeySetCache(self.web, lambda: self.seconds)
        self.now = NOW
        self.publish({"k1": rsa_key()})

    def publish(self, keys: dict[str, rsa.RSAPrivateKey]) -> None:
        self.web.pages[self.platform.key_set_url] = {
            "keys": [jwk(key, kid) for kid, key in keys.items()]
        }

    def login(self, browser: str | None = None, **changes: str | None) -> LoginAnswer:
        form = {
            "iss": ISSUER,
            "client_id": CLIENT_ID,
            "login_hint": "3",
            "lti_message_hint": '{"cmid":3,"launchid":"ltilaunch1_1973277468"}',
            "target_link_uri": LAUNCH_URL,
            "lti_deployment_id": "1",
        } | changes
        return answer_login(
            {key: value for key, value in form.items() if value is not None},
            registrations=self.store,
            transactions=self.store,
            redirect_uri=LAUNCH_URL,
            own_origins={"https://licheng.example"},
            browser=browser,
            now=self.now,
        )

    def transaction(self, **login: Any) -> Transaction:
        self.login(**login)
        return list(self.store.logins.values())[-1]

    def claims(self, transaction: Transaction, base: str = "student1_student") -> dict[str, Any]:
        """The recorded launch `base`, made fresh and addressed to this login."""
        issued = int(self.now.timestamp())
        return moodle_claims(base) | {
            "iss": ISSUER,
            "aud": CLIENT_ID,
            "nonce": transaction.nonce,
            "iat": issued,
            "exp": issued + 60,
            CLAIM + "target_link_uri": transaction.target_link_uri,
        }

    def sign(
        self, claims: dict[str, Any], key: str = "platform", alg: str = "RS256", **header: Any
    ) -> str:
        headers = {"kid": "k1"} | header
        return jwt.encode(
            claims, rsa_key(key), alg, {k: v for k, v in headers.items() if v is not None}
        )

    def post(
        self,
        transaction: Transaction,
        token: str,
        *,
        cookie: str | None = None,
        origin: str | None = ISSUER,
    ) -> Checked:
        return self.verify({"id_token": token, "state": transaction.state}, cookie, origin)

    def verify(
        self, form: dict[str, str], cookie: str | None = None, origin: str | None = ISSUER
    ) -> Checked:
        checked = inspect_launch(
            form,
            Browser(cookie, origin),
            transactions=self.store,
            key_sets=self.key_sets,
            now=self.now,
        )
        use_up(checked, registrations=self.store, transactions=self.store, now=self.now)
        return checked

    def launch(self, base: str = "student1_student", **claims: Any) -> Checked:
        """A whole launch; a claim given as `...` is left out."""
        transaction = self.transaction()
        merged = self.claims(transaction, base) | claims
        return self.post(transaction, self.sign({k: v for k, v in merged.items() if v is not ...}))

    def wait(self, **delta: float) -> None:
        self.now += timedelta(**delta)
        self.seconds += timedelta(**delta).total_seconds()
