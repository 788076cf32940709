"""What this package needs remembered, as protocols; the caller implements them.

All times are aware UTC datetimes. Tokens are compared by value here and may be stored hashed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey


@dataclass(frozen=True, slots=True)
class Platform:
    """One registration of this tool on one platform. Unique by (`issuer`, `client_id`): a cloud
    LMS shares its issuer among all its schools.

    `launch_origins` are further web origins that may post launches, beside those of the issuer
    and the authorisation endpoint; `https://*.example.org` matches any host below it. Canvas
    posts from each school's own host.
    """

    id: int
    issuer: str
    client_id: str
    auth_login_url: str
    token_url: str
    key_set_url: str
    active: bool = True
    launch_origins: tuple[str, ...] = ()
    allow_hidden_origin: bool = False
    product: str = ""
    token_audience: str = ""
    """`aud` of the assertion for access tokens where it is not `token_url` (Brightspace)."""


@dataclass(frozen=True, slots=True)
class Transaction:
    """What a login started and a launch must match. `browser` stands for the binding cookie given
    out at login (its value or a digest of it, as the caller likes); `deployment_hint` is unsigned
    and only a hint."""

    state: str
    nonce: str
    platform: Platform
    target_link_uri: str
    browser: str
    expires_at: datetime
    deployment_hint: str | None = None
    used: bool = False
    storage_target: str = ""
    """Name of the platform's storage frame (`lti_storage_target`); "": it has no storage."""
    hints: Mapping[str, str] = field(default_factory=dict)
    """`login_hint` and `lti_message_hint`, kept only where the browser brought no cookie; a store
    need not give them back with `find`."""


class RegistrationStore(Protocol):
    """Finds registrations and deployments."""

    def platforms(self, issuer: str, client_id: str | None) -> Sequence[Platform]:
        """Registrations of `issuer`, only that of `client_id` when given."""

    def deployment_active(self, platform: Platform, deployment_id: str) -> bool:
        """Whether launches of this deployment are welcome. An unseen one is recorded as waiting
        for approval and answers False."""


class TransactionStore(Protocol):
    """Remembers logins until their launch."""

    def open(self, transaction: Transaction) -> None:
        """Store a new login."""

    def find(self, state: str) -> Transaction | None:
        """The login of this state, used or not; None if there is none."""

    def consume(self, transaction: Transaction, now: datetime) -> bool:
        """Use it up. True exactly once, whoever asks and however many ask at the same time."""


@dataclass(frozen=True, slots=True)
class KeyPair:
    """One of this tool's signing keys (RSA, 2048 bits or more)."""

    kid: str
    private_key: RSAPrivateKey = field(repr=False)
    created_at: datetime


class KeyStore(Protocol):
    """Keeps this tool's key pairs, private keys encrypted at rest."""

    def all(self) -> Sequence[KeyPair]:
        """Every kept pair."""

    def add(self, pair: KeyPair) -> None:
        """Keep a new pair."""

    def remove(self, kid: str) -> None:
        """Forget a pair whose rotation window is over."""
