"""The protocols of `lti.ports` over the database.

A launch must be quick, so these are plain statements, built once; the caller's transaction holds
them together.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from flask_babel import gettext as _

from lti.ports import KeyPair, Platform, Transaction
from lti.products import product
from plugin import db
from plugin.entrance.models import (
    Deployment,
    DeploymentState,
    LoginTransaction,
    Registration,
    RegistrationState,
    ToolKey,
)
from plugin.entrance.operations.prepared import Line
from plugin.entrance.tokens import digest
from plugin.errors import NotFound

_PLATFORM = (
    Registration.id.label("registration"),
    Registration.issuer,
    Registration.client_id,
    Registration.auth_login_url,
    Registration.token_url,
    Registration.key_set_url,
    Registration.state,
    Registration.launch_origins,
    Registration.allow_hidden_origin,
)
_FIND = (
    sa.select(
        LoginTransaction.nonce,
        LoginTransaction.target_link_uri,
        LoginTransaction.browser,
        LoginTransaction.expires_at,
        LoginTransaction.used_at,
        LoginTransaction.storage_target,
        *_PLATFORM,
    )
    .join(Registration, Registration.id == LoginTransaction.registration_id)
    .where(LoginTransaction.state_digest == sa.bindparam("state"))
)
_OF_ISSUER = sa.select(*_PLATFORM).where(Registration.issuer == sa.bindparam("issuer"))
_OF_CLIENT = _OF_ISSUER.where(Registration.client_id == sa.bindparam("client"))
_OPEN = sa.insert(LoginTransaction).inline()
_CONSUME = (
    sa.update(LoginTransaction)
    .where(
        LoginTransaction.state_digest == sa.bindparam("state"),
        LoginTransaction.used_at.is_(None),
    )
    .values(used_at=sa.bindparam("now"))
)


class Transactions:
    """`lti.ports.TransactionStore`: states are stored as digests.

    :param line: a connection to use; default: the session of the request or operation.
    """

    def __init__(self, line: Line | None = None) -> None:
        self._line = line

    def open(self, transaction: Transaction) -> None:
        row = {
            "state_digest": digest(transaction.state),
            "nonce": transaction.nonce,
            "registration_id": transaction.platform.id,
            "target_link_uri": transaction.target_link_uri,
            "browser": transaction.browser,
            "storage_target": transaction.storage_target,
            "hints": dict(transaction.hints),
            "expires_at": transaction.expires_at,
        }
        # A whole lesson logs in within a minute, so a login does not wait for the disk either:
        # one that a power failure takes is begun again by opening the course.
        with Line(db.engine()) as line, line.writing():
            line.run(_OPEN, row, insert=True)

    def find(self, state: str) -> Transaction | None:
        asked = {"state": digest(state)}
        if self._line is not None:
            row = self._line.first(_FIND, asked)
        else:
            row = db.reading().connection().execute(_FIND, asked).first()
        if row is None:
            return None
        return Transaction(
            state=state,
            nonce=row.nonce,
            platform=_platform(row),
            target_link_uri=row.target_link_uri,
            browser=row.browser,
            expires_at=row.expires_at,
            used=row.used_at is not None,
            storage_target=row.storage_target,
        )

    def hints(self, state: str) -> dict[str, str]:
        """What the platform said to have repeated (`Transaction.hints`), {} if it was not kept."""
        query = sa.select(LoginTransaction.hints).where(
            LoginTransaction.state_digest == digest(state)
        )
        return db.reading().scalar(query) or {}

    def consume(self, transaction: Transaction, now: datetime) -> bool:
        values = {"state": digest(transaction.state), "now": now}
        if self._line is not None:
            return self._line.run(_CONSUME, values) == 1
        with db.writing() as session:
            return session.connection().execute(_CONSUME, values).rowcount == 1


class Registrations:
    """`lti.ports.RegistrationStore`."""

    def platforms(self, issuer: str, client_id: str | None) -> Sequence[Platform]:
        query = _OF_ISSUER if client_id is None else _OF_CLIENT
        with Line(db.engine()) as line:
            rows = line.all(query, {"issuer": issuer, "client": client_id})
        return [_platform(row) for row in rows]

    def deployment_active(self, platform: Platform, deployment_id: str) -> bool:
        """An unseen deployment of a registration that waits for its first launch is taken as the
        one that was installed; any later one waits for an administrator."""
        with db.writing() as session:
            found = session.execute(
                sa.select(Deployment.state, Deployment.school_id).where(
                    Deployment.registration_id == platform.id,
                    Deployment.deployment_id == deployment_id,
                )
            ).first()
            if found is None:
                return self._record(session, platform, deployment_id) is DeploymentState.ACTIVE
            # Of a shared registration and claimed by no school: nobody's, whatever its state.
            return found.state is DeploymentState.ACTIVE and found.school_id is not None

    def _record(self, session: Any, platform: Platform, deployment_id: str) -> DeploymentState:
        from plugin import clock

        registration = session.get_one(Registration, platform.id)
        state = DeploymentState.WAITING
        if registration.state is RegistrationState.PENDING and registration.school_id is not None:
            state = DeploymentState.ACTIVE
            registration.state = RegistrationState.ACTIVE
        now = clock.now()
        session.add(
            Deployment(
                registration_id=platform.id,
                deployment_id=deployment_id,
                school_id=registration.school_id,
                state=state,
                first_seen_at=now,
                decided_at=now if state is DeploymentState.ACTIVE else None,
            )
        )
        session.flush()
        return state


_SERVED = sa.select(*_PLATFORM, Registration.product, Registration.authorization_server).where(
    Registration.id == sa.bindparam("registration_id")
)


def platform_of(registration_id: int) -> Platform:
    """A registration as the services need it, with what a launch need not know: which product it
    is, and for whom an assertion at its token endpoint must be meant.

    :raises NotFound: no such registration.
    """
    row = db.reading().execute(_SERVED, {"registration_id": registration_id}).first()
    if row is None:
        raise NotFound(_("找不到這個平臺。"))
    audience = product(row.product).token_audience or row.authorization_server
    return replace(_platform(row), product=row.product, token_audience=audience)


class Keys:
    """`lti.ports.KeyStore`: private keys are encrypted at rest."""

    def all(self) -> Sequence[KeyPair]:
        rows = db.reading().scalars(sa.select(ToolKey).order_by(ToolKey.created_at))
        return [KeyPair(row.kid, _load(row.private_key), row.created_at) for row in rows]

    def add(self, pair: KeyPair) -> None:
        pem = pair.private_key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        with db.writing() as session:
            session.add(ToolKey(kid=pair.kid, private_key=pem.decode(), created_at=pair.created_at))

    def remove(self, kid: str) -> None:
        with db.writing() as session:
            session.execute(sa.delete(ToolKey).where(ToolKey.kid == kid))


def _platform(row: Any) -> Platform:
    return Platform(
        id=row.registration,
        issuer=row.issuer,
        client_id=row.client_id,
        auth_login_url=row.auth_login_url,
        token_url=row.token_url,
        key_set_url=row.key_set_url,
        active=row.state is not RegistrationState.DISABLED,
        launch_origins=tuple(row.launch_origins),
        allow_hidden_origin=row.allow_hidden_origin,
    )


def _load(pem: str) -> RSAPrivateKey:
    # Checking the primes again takes 50 ms of every page that signs; we made and kept this key.
    key = load_pem_private_key(pem.encode(), password=None, unsafe_skip_rsa_key_validation=True)
    if not isinstance(key, RSAPrivateKey):
        raise TypeError("not an RSA key")
    return key
