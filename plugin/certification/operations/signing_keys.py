"""The keys that sign an office's certificates: made, brought in, retired. Private keys lie
encrypted in the database and leave it only in the memory of the worker that signs."""

from __future__ import annotations

import base64

import sqlalchemy as sa
from flask_babel import gettext as _

from plugin import clock, db
from plugin.actor import Actor
from plugin.certification.models import SigningKey
from plugin.clock import TAIPEI
from plugin.errors import Conflict, InvalidInput, NotFound
from plugin.school import queries as schools
from plugin.trail import chain
from reports import signing
from reports.signing import KeyUnusable


def make(actor: Actor) -> SigningKey:
    """Make a key whose certificate it signs itself; it signs from now on."""
    assert actor.school_id is not None
    name = schools.school(actor.school_id).name
    return _keep(actor, signing.make_key(name, clock.now()))


def bring(actor: Actor, content: bytes, passphrase: str) -> SigningKey:
    """Take a key in from a PKCS #12 file; it signs from now on.

    :raises InvalidInput: it cannot be opened, cannot sign, or its time is over.
    :raises Conflict: it is there already.
    """
    try:
        opened = signing.open_key(content, passphrase)
    except KeyUnusable as error:
        raise InvalidInput(_("金鑰檔無法使用：密碼不對，或檔案裡沒有可以簽章的金鑰。")) from error
    if signing.facts(opened).valid_until <= clock.now():
        raise InvalidInput(_("這個憑證已經過期，不能用來簽章。"))
    return _keep(actor, opened)


def retire(actor: Actor, fingerprint: str) -> SigningKey:
    """Let a key sign no more; what it signed stays signed.

    :param fingerprint: its beginning is enough when it names one key.
    :raises NotFound: no such key of the school, or several.
    """
    with db.writing() as session:
        query = sa.select(SigningKey).where(SigningKey.school_id == actor.school_id)
        beginning = SigningKey.fingerprint.startswith(fingerprint.lower(), autoescape=True)
        found = session.scalars(query.where(beginning, SigningKey.retired_at.is_(None))).all()
        if len(found) != 1:
            raise NotFound(_("找不到這個簽章金鑰。"))
        found[0].retired_at = clock.now()
        chain.record(
            actor, "certification.key.retire", "signing_key", found[0].id,
            fingerprint=found[0].fingerprint,
        )  # fmt: skip
        return found[0]


def current(school_id: int) -> SigningKey | None:
    """The key that signs now: the newest that is neither retired nor past its time."""
    today = clock.today()
    query = sa.select(SigningKey).where(
        SigningKey.school_id == school_id,
        SigningKey.retired_at.is_(None),
        SigningKey.valid_from <= today,
        SigningKey.valid_until >= today,
    )
    return db.reading().scalar(query.order_by(SigningKey.id.desc()).limit(1))


def keys(school_id: int) -> list[SigningKey]:
    """Every key of an office, newest first."""
    query = sa.select(SigningKey).where(SigningKey.school_id == school_id)
    return list(db.reading().scalars(query.order_by(SigningKey.id.desc())))


def content(key: SigningKey) -> bytes:
    """The key as `reports.signing` takes it."""
    return base64.b64decode(key.pkcs12)


def _keep(actor: Actor, opened: bytes) -> SigningKey:
    """Keep a key and retire those before it: the rotation."""
    facts = signing.facts(opened)
    with db.writing() as session:
        mine = sa.select(SigningKey).where(SigningKey.school_id == actor.school_id)
        for one in session.scalars(mine.with_for_update()).all():
            if one.fingerprint == facts.fingerprint:
                raise Conflict(_("這個簽章金鑰已經在系統裡。"))
            one.retired_at = one.retired_at or clock.now()
        key = SigningKey(
            school_id=actor.school_id,
            pkcs12=base64.b64encode(opened).decode(),
            fingerprint=facts.fingerprint,
            subject=facts.subject[:200],
            valid_from=facts.valid_from.astimezone(TAIPEI).date(),
            valid_until=facts.valid_until.astimezone(TAIPEI).date(),
            made_at=clock.now(),
        )
        session.add(key)
        session.flush()
        chain.record(
            actor, "certification.key.keep", "signing_key", key.id, fingerprint=key.fingerprint
        )
        return key
