"""The certificate on paper: what stands on it, its signature, its code; made exactly once."""

from __future__ import annotations

import io
from datetime import UTC, date, datetime
from pathlib import Path as FilePath
from typing import Any

import pikepdf
import pypdfium2
import pytest
import sqlalchemy as sa
from asn1crypto import x509 as asn1
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    pkcs12,
)
from flask import Flask
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko_certvalidator import ValidationContext

from plugin import actor as actors
from plugin import db, jobs
from plugin.certification.models import Certificate, SigningKey
from plugin.certification.operations import certificate_paper, certifying, signing_keys
from plugin.errors import Conflict, InvalidInput
from plugin.trail.models import OutboundMail
from plugin.vault import queries as vault_queries
from plugin.vault.models import StoredFile
from reports import signing
from reports.certification.certificate import Certificate as Paper
from reports.certification.certificate import certificate_pdf
from tests.factories.certification import make_applicant, make_case, make_clerk, make_office
from tests.plugin.certification.test_certificates import certified

NOW = datetime(2026, 11, 20, 1, 30, tzinfo=UTC)

PAPER = Paper(
    number="(115)環教字第0001號",
    authority="環境教育認證核發機關",
    authority_english="Issuing Office",
    head="主任　林○○",
    name="撒韻．武荖",
    name_english="SAYUN, WULAO",
    category=("環境教育教學人員", "Environmental Education Teaching Personnel"),
    path=("經歷（第五條）", "Experience (Article 5)"),
    field=("學校及社會環境教育", "School and Social Environmental Education"),
    issued_on=date(2026, 11, 20),
    valid_until=date(2031, 11, 19),
    dated_on=date(2026, 11, 20),
    verify_url="https://office.example/verify/certificate/abc",
)


def text_of(content: bytes) -> str:
    document = pypdfium2.PdfDocument(content)
    assert len(document) == 1
    found: str = document[0].get_textpage().get_text_range()
    return "".join(found.split())


def content_of(one: Certificate) -> bytes:
    file = db.reading().get_one(StoredFile, one.file_id)
    return vault_queries.path(file.sha256, file.size).read_bytes()


def trusting(key: bytes) -> ValidationContext:
    """A reader of PDFs who trusts the office's own certificate."""
    certificate = pkcs12.load_key_and_certificates(key, None)[1]
    assert certificate is not None
    root = asn1.Certificate.load(certificate.public_bytes(Encoding.DER))
    return ValidationContext(trust_roots=[root], moment=NOW)


def checked(content: bytes, context: ValidationContext) -> Any:
    (signature,) = PdfFileReader(io.BytesIO(content)).embedded_signatures
    return validate_pdf_signature(signature, context)


def again(one: Certificate) -> Certificate:
    return db.reading().get_one(Certificate, one.id)


def test_both_languages_stand_on_one_tagged_page_with_its_fonts() -> None:
    content = certificate_pdf(PAPER)
    said = text_of(content)
    for words in (
        "環境教育人員認證證書",
        "CertificateofEnvironmentalEducationPersonnel",
        "(115)環教字第0001號",
        "撒韻．武荖",
        "SAYUN,WULAO",
        "中華民國115年11月20日至120年11月19日",
        "20November2026–19November2031",
        "主任林○○",
        PAPER.verify_url,
    ):
        assert words in said, words
    with pikepdf.open(io.BytesIO(content)) as document:
        assert document.Root.MarkInfo.Marked
        assert "/StructTreeRoot" in document.Root
        assert [float(one) for one in document.pages[0].MediaBox[2:]] == pytest.approx(
            [841.89, 595.28], abs=0.1
        )
        for font in document.pages[0].Resources.Font.values():
            descriptor = font.DescendantFonts[0].FontDescriptor
            assert {"/FontFile2", "/FontFile3"} & set(descriptor.keys())


def test_without_expiry_the_paper_says_so() -> None:
    from dataclasses import replace

    said = text_of(
        certificate_pdf(replace(PAPER, valid_until=None, replaces="(115)環教字第0009號"))
    )
    assert "無期限" in said
    assert "withoutexpiry" in said
    assert "換發原證書(115)環教字第0009號" in said


def test_the_signature_holds_and_one_changed_byte_breaks_it() -> None:
    key = signing.make_key("環境教育認證核發機關", NOW)
    signed = signing.sign_pdf(certificate_pdf(PAPER), key, NOW, reason="環境教育人員認證證書")
    status = checked(signed, trusting(key))
    assert status.bottom_line
    assert status.intact
    assert status.valid
    assert status.trusted
    assert status.signer_reported_dt == NOW
    assert status.docmdp_ok
    stream = signed.index(b"stream", 200) + 40
    broken = signed[:stream] + bytes([signed[stream] ^ 1]) + signed[stream + 1 :]
    assert len(broken) == len(signed)
    assert not checked(broken, trusting(key)).intact
    other = checked(signed, trusting(signing.make_key("別的機關", NOW)))
    assert other.intact
    assert not other.trusted


def test_the_queue_makes_the_signed_paper_once(app: Flask) -> None:
    office = make_office()
    key = signing_keys.make(actors.system(office.id))
    one = again(certified(office, make_applicant(office)))
    assert one.signer == key.fingerprint
    content = content_of(one)
    assert checked(content, trusting(signing_keys.content(key))).bottom_line
    assert certificate_paper.address(one) in text_of(content)
    assert certificate_paper.make(office.id, one.id) is None
    kept = sa.select(sa.func.count(StoredFile.id))
    assert db.reading().scalar(kept.where(StoredFile.slot == certificate_paper.SLOT)) == 1
    (mail,) = db.reading().scalars(
        sa.select(OutboundMail).where(OutboundMail.subject.contains("可以下載"))
    )
    assert one.number in mail.body


def test_without_a_key_the_paper_is_issued_unsigned(app: Flask) -> None:
    one = again(certified(make_office()))
    assert one.signer == ""
    assert one.file_id is not None
    assert not PdfFileReader(io.BytesIO(content_of(one))).embedded_signatures


def test_a_worker_killed_before_the_end_leaves_nothing_half_made(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    office = make_office()
    monkeypatch.setitem(jobs._handlers, certifying.PRINT, lambda run: None)
    one = certified(office)

    class Killed(BaseException):
        pass

    def die(*_args: object, **_kwargs: object) -> None:
        raise Killed

    monkeypatch.setattr(certificate_paper, "notify", die)
    with pytest.raises(Killed):
        certificate_paper.make(office.id, one.id)
    kept = sa.select(sa.func.count(StoredFile.id)).filter_by(slot=certificate_paper.SLOT)
    assert db.reading().scalar(kept) == 0
    monkeypatch.undo()
    assert certificate_paper.make(office.id, one.id) == again(one).file_id


def test_what_changed_meanwhile_is_not_kept(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    office = make_office()
    clerk = make_clerk(office)
    monkeypatch.setitem(jobs._handlers, certifying.PRINT, lambda run: None)
    one = certified(office)
    real = certificate_paper.paper.certificate_pdf

    def slow(facts: Paper) -> bytes:
        certifying.reissue(clerk, one.id, "陳新名", "", "戶籍更名")
        return real(facts)

    monkeypatch.setattr(certificate_paper.paper, "certificate_pdf", slow)
    assert certificate_paper.make(office.id, one.id) is None
    assert again(one).file_id is None


def test_keys_are_encrypted_rotate_and_retire(app: Flask, cli: Any) -> None:
    office = make_office()
    first = cli.invoke(args=["certification", "key", "make", office.code])
    assert first.exit_code == 0
    second = cli.invoke(args=["certification", "key", "make", office.code])
    assert second.exit_code == 0
    rows = signing_keys.keys(office.id)
    assert [one.retired_at is None for one in rows] == [True, False]
    now = signing_keys.current(office.id)
    assert now is not None
    assert now.fingerprint == rows[0].fingerprint
    raw = db.reading().execute(sa.text("SELECT pkcs12 FROM certification_signing_key")).scalars()
    assert all(now.pkcs12[:20] not in one for one in raw)
    listed = cli.invoke(args=["certification", "key", "list", office.code]).output
    assert listed.count("signs") == 1
    assert listed.count("retired") == 1
    gone = cli.invoke(
        args=["certification", "key", "retire", office.code, now.fingerprint[:12].upper()]
    )
    assert gone.exit_code == 0
    assert signing_keys.current(office.id) is None
    unknown = cli.invoke(args=["certification", "key", "retire", office.code, now.fingerprint])
    assert unknown.exit_code == 1


def test_a_key_is_brought_in_with_its_passphrase(app: Flask, cli: Any, tmp_path: FilePath) -> None:
    office = make_office()
    key, certificate, _more = pkcs12.load_key_and_certificates(
        signing.make_key("憑證機構發給", NOW), None
    )
    sealed = pkcs12.serialize_key_and_certificates(
        b"office",
        key,
        certificate,
        None,
        BestAvailableEncryption(b"open sesame"),  # type: ignore[arg-type]
    )
    path = tmp_path / "office.p12"
    path.write_bytes(sealed)
    order = ["certification", "key", "import", office.code, str(path), "--passphrase"]
    assert cli.invoke(args=[*order, "wrong"]).exit_code == 1
    assert db.reading().scalar(sa.select(sa.func.count(SigningKey.id))) == 0
    assert "憑證機構發給" in cli.invoke(args=[*order, "open sesame"]).output
    system = actors.system(office.id)
    with pytest.raises(Conflict):
        signing_keys.bring(system, sealed, "open sesame")
    with pytest.raises(InvalidInput):
        signing_keys.bring(system, b"no key at all", "")
    one = again(certified(office, make_applicant(office)))
    assert one.signer == signing_keys.keys(office.id)[0].fingerprint


def test_an_office_without_certificates_prints_nothing_of_another(app: Flask) -> None:
    office, other = make_office(), make_office()
    case = make_case(make_applicant(office))
    assert certificate_paper.make(other.id, case.id) is None
