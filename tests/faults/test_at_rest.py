"""What lies on the disk: no private key, no access token, no national ID in plain bytes."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from flask import Flask

from plugin import clock, db
from plugin.entrance.models import Registration, RegistrationState
from plugin.entrance.operations import installing
from plugin.entrance.operations.stores import Keys
from plugin.services.models import ServiceToken
from tests.factories import make_school, make_student

TOKEN = "eyJhbGciOiJSUzI1NiJ9.an-access-token-of-the-platform.c2lnbmVk"
NATIONAL_ID = "A123456789"
PEM = re.compile(rb"-----BEGIN|PRIVATE KEY")


def put_secrets() -> list[bytes]:
    """A signing key, a token and a person; what of it must not be found."""
    now = clock.now()
    installing.ensure_keys()
    school = make_school()
    make_student(school, national_id=NATIONAL_ID, birthday="2010-03-04")
    with db.writing() as session:
        registration = Registration(
            school_id=school.id, issuer="https://lms.example", client_id="1",
            auth_login_url="https://lms.example/a", token_url="https://lms.example/t",
            key_set_url="https://lms.example/k", state=RegistrationState.ACTIVE,
            created_at=now, updated_at=now,
        )  # fmt: skip
        session.add(registration)
        session.flush()
        session.add(
            ServiceToken(
                registration_id=registration.id,
                scopes_digest="0" * 64,
                token=TOKEN,
                expires_at=now + timedelta(hours=1),
            )
        )
    (key,) = Keys().all()
    encoded = key.private_key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    lines = encoded.splitlines()[1:-1]
    return [TOKEN.encode(), NATIONAL_ID.encode(), b"2010-03-04", *lines]


def test_nothing_secret_is_in_any_cell(app: Flask) -> None:
    """As a dump of the database would show it: raw cells, without our own decryption."""
    secrets, seen = put_secrets(), 0
    with db.engine().connect() as connection:
        for table in db.Base.metadata.sorted_tables:
            names = ", ".join(f'"{column.name}"' for column in table.columns)
            for row in connection.execute(sa.text(f'SELECT {names} FROM "{table.name}"')):
                cells = "\n".join(str(cell) for cell in row).encode()
                seen += 1
                assert not PEM.search(cells), table.name
                assert [one for one in secrets if one in cells] == [], table.name
        kept = connection.execute(sa.text("SELECT token FROM service_token")).scalar_one()
    assert seen > 4
    assert kept
    assert db.reading().scalars(sa.select(ServiceToken.token)).one() == TOKEN


def test_nothing_secret_is_in_the_file(app: Flask) -> None:
    """Also not in the write-ahead log, nor in pages that are free again."""
    secrets = put_secrets()
    path = db.engine().url.database
    if db.engine().name != "sqlite" or path is None:
        pytest.skip("a server's files are the server's; its cells are asked above")
    with db.engine().connect() as connection:
        files = [one for one in Path(path).parent.glob(f"{Path(path).name}*") if one.is_file()]
        content = b"".join(one.read_bytes() for one in files)
        connection.rollback()
    assert b"lms.example" in content, "the rows are really in there"
    assert not PEM.search(content)
    assert [one for one in secrets if one in content] == []
