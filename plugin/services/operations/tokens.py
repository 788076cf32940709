"""Access tokens of platforms: kept encrypted, for exactly the scopes they were given for."""

from __future__ import annotations

import hashlib
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from lti.ports import Platform
from plugin import clock, db
from plugin.retention import Row
from plugin.services.models import ServiceToken


class Tokens:
    """`lti.services.connector.TokenStore` over the database.

    The key is our registration, which is one issuer *and* client: cloud platforms share an issuer
    among schools, and one school's token must never open another's courses.
    """

    def get(self, platform: Platform, scopes: frozenset[str], now: datetime) -> str | None:
        """A token that is still good; None when a new one is needed."""
        query = sa.select(ServiceToken.token).where(
            ServiceToken.registration_id == platform.id,
            ServiceToken.scopes_digest == digest(scopes),
            ServiceToken.expires_at > now,
        )
        return db.reading().scalar(query)

    def put(
        self, platform: Platform, scopes: frozenset[str], token: str, expires_at: datetime
    ) -> None:
        """Keep a token (its margin is off `expires_at` already); of two workers that fetched one
        each, the later stays."""
        insert = postgresql.insert if db.engine().name == "postgresql" else sqlite.insert
        row = {
            "registration_id": platform.id,
            "scopes_digest": digest(scopes),
            "token": token,
            "expires_at": expires_at,
        }
        statement = insert(ServiceToken).values(row)
        statement = statement.on_conflict_do_update(
            index_elements=[ServiceToken.registration_id, ServiceToken.scopes_digest],
            set_={
                "token": statement.excluded.token,
                "expires_at": statement.excluded.expires_at,
            },
        )
        with db.writing() as session:
            session.execute(statement)

    def forget(self, platform: Platform, scopes: frozenset[str]) -> None:
        """The platform does not take it any more."""
        with db.writing() as session:
            session.execute(
                sa.delete(ServiceToken).where(
                    ServiceToken.registration_id == platform.id,
                    ServiceToken.scopes_digest == digest(scopes),
                )
            )


def purge(row: Row) -> int:
    """Forget tokens that have expired; returns how many."""
    over = row.before(clock.now())
    with db.writing() as session:
        gone = session.execute(sa.delete(ServiceToken).where(ServiceToken.expires_at <= over))
        return int(gone.rowcount)  # type: ignore[attr-defined]


def digest(scopes: frozenset[str]) -> str:
    """A set of scopes as a key, in whatever order they were named."""
    return hashlib.sha256(" ".join(sorted(scopes)).encode()).hexdigest()
