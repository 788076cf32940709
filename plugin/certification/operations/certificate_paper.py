"""The PDF of a certificate: made by the queue from what the row says, signed, kept for good.

Made once for each state of the certificate: `certifying` empties `file_id` whenever what stands on
the paper has changed, and whoever finds it filled has nothing to do.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import sqlalchemy as sa
from flask import current_app
from flask_babel import force_locale
from flask_babel import gettext as _

from plugin import actor as actors
from plugin import clock, db
from plugin.certification import certificates, office_settings
from plugin.certification.models import Certificate, CertificateEvent
from plugin.certification.operations import signing_keys
from plugin.school import queries as schools
from plugin.settings import Settings
from plugin.trail import chain
from plugin.trail.notify import notify
from plugin.vault import operations as vault
from reports import signing
from reports.certification import certificate as paper

SLOT = "certification.certificate"


def make(school_id: int, certificate_id: int) -> int | None:
    """Make, sign and keep the PDF; returns the file's id, None when there was nothing to do.

    A worker that dies on the way leaves nothing behind; the next makes it from the start.

    :raises VaultUnavailable: a disk would not take it; the queue tries again.
    """
    one = db.reading().get(Certificate, certificate_id)
    if one is None or one.school_id != school_id or one.file_id is not None:
        return None
    before = _stamp(one)
    content, key = paper.certificate_pdf(_facts(one)), signing_keys.current(school_id)
    if key is not None:
        content = signing.sign_pdf(
            content, signing_keys.content(key), clock.now(), reason="環境教育人員認證證書"
        )
    settings: Settings = current_app.extensions["licheng.settings"]
    settings.reports.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=settings.reports) as room:
        path = Path(room) / "certificate.pdf"
        path.write_bytes(content)
        return _keep(one.id, before, path, key.fingerprint if key else "")


def address(one: Certificate) -> str:
    """Where anybody may check a certificate."""
    settings: Settings = current_app.extensions["licheng.settings"]
    code = schools.school(one.school_id).code
    return f"{settings.public_url}/office/{code}/certification/verify/{one.verification}"


def _keep(certificate_id: int, before: tuple[object, ...], path: Path, signer: str) -> int | None:
    with db.writing() as session:
        one = session.scalars(
            sa.select(Certificate)
            .where(Certificate.id == certificate_id)
            .with_for_update(**db.HELD)
            .execution_options(populate_existing=True)
        ).one()
        if one.file_id is not None or _stamp(one) != before:
            return None  # another worker was faster, or it changed: its own job follows
        system = actors.system(one.school_id)
        # Within this transaction, so that there is never a second file of the same certificate.
        file = vault.deposit(
            system, path, slot=SLOT, name=f"{one.number}.pdf",
            media_type="application/pdf", kind="pdf",
        )  # fmt: skip
        one.file_id, one.signer = file.id, signer
        chain.record(
            system, "certification.certificate.paper", "certificate", one.id,
            file=file.id, sha256=file.sha256, signer=signer,
        )  # fmt: skip
        with force_locale("zh_Hant_TW"):
            notify(
                [one.holder_id],
                _("環境教育人員認證證書可以下載了"),
                _("證書字號：%(number)s。請到「我的證書」下載電子證書。", number=one.number),
                f"/certification/my-certificates/{one.id}",
                school_id=one.school_id,
                mail=True,
            )
        return file.id


def _stamp(one: Certificate) -> tuple[object, ...]:
    """What stands on the paper, as far as it can change."""
    return (one.number, one.name, one.name_english, one.expires_on, one.state)


def _facts(one: Certificate) -> paper.Certificate:
    school = schools.school(one.school_id)
    settings = office_settings.of(school)
    dates: dict[str, list[CertificateEvent]] = {}
    query = sa.select(CertificateEvent).where(CertificateEvent.certificate_id == one.id)
    events = db.reading().scalars(query.order_by(CertificateEvent.id)).all()
    for event in events:
        dates.setdefault(event.kind, []).append(event)
    renewed = dates.get("renewed", [])
    replaced = db.reading().get(Certificate, one.replaces_id) if one.replaces_id else None
    english = settings.field_english if one.field == settings.field else ""
    return paper.Certificate(
        number=one.number,
        authority=settings.authority,
        authority_english=settings.authority_english,
        head=settings.head,
        name=one.name,
        name_english=one.name_english,
        category=certificates.CATEGORY_ON_PAPER[one.category],
        path=certificates.PATH_ON_PAPER[one.path],
        field=(one.field, english),
        issued_on=one.issued_on,
        valid_until=one.expires_on,
        dated_on=events[-1].on if events else one.issued_on,
        verify_url=address(one),
        renewed_on=renewed[-1].on if renewed else None,
        replaces=replaced.number if replaced else "",
    )
