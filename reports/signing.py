"""Signatures on PDFs: PAdES B-B with a key from a PKCS #12 file, and such a file made anew.

A signature says who made a paper and that not a byte of it was changed since. A key that an office
makes for itself is trusted by whoever knows its fingerprint; one from a certification authority
(imported) is trusted by readers of PDFs by themselves.
"""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, pkcs12
from cryptography.x509.oid import NameOID

from reports.errors import ReportError

FIELD = "LichengSignature"
ROOM = 16_384
"""Bytes kept free for the signature with its certificates."""


class KeyUnusable(ReportError):
    """A PKCS #12 file that cannot be opened, holds no private key, or a kind that cannot sign."""

    code = "report.key_unusable"


@dataclass(frozen=True)
class KeyFacts:
    """What is told of a key: nothing secret.

    :param fingerprint: SHA-256 of its X.509 certificate, hexadecimal.
    """

    fingerprint: str
    subject: str
    valid_from: datetime
    valid_until: datetime


def make_key(name: str, now: datetime, *, days: int = 3653) -> bytes:
    """A new key and a certificate it signs itself, as PKCS #12 without a passphrase.

    :param name: the office, as the signature's reader will see it.
    """
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "TW"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, name[:64]),
            x509.NameAttribute(NameOID.COMMON_NAME, name[:64]),
        ]
    )
    usage = x509.KeyUsage(
        digital_signature=True, content_commitment=True, key_encipherment=False,
        data_encipherment=False, key_agreement=False, key_cert_sign=False, crl_sign=False,
        encipher_only=False, decipher_only=False,
    )  # fmt: skip
    identifier = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=5))
        .not_valid_after(now + timedelta(days=days))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(identifier, critical=False)
        .sign(key, hashes.SHA256())
    )
    return pkcs12.serialize_key_and_certificates(b"licheng", key, certificate, None, NoEncryption())


def open_key(content: bytes, passphrase: str = "") -> bytes:
    """A PKCS #12 file as it is kept: without its passphrase, with its whole chain.

    :raises KeyUnusable: wrong passphrase, no key in it, or neither RSA nor elliptic curve.
    """
    loaded = _load(content, passphrase)
    assert loaded.key is not None
    assert loaded.cert is not None
    return pkcs12.serialize_key_and_certificates(
        b"licheng",
        loaded.key,  # type: ignore[arg-type]
        loaded.cert.certificate,
        [one.certificate for one in loaded.additional_certs],
        NoEncryption(),
    )


def facts(content: bytes, passphrase: str = "") -> KeyFacts:
    """What a key is called and until when it may sign. Raises KeyUnusable."""
    loaded = _load(content, passphrase)
    assert loaded.cert is not None
    certificate = loaded.cert.certificate
    return KeyFacts(
        fingerprint(certificate.public_bytes(Encoding.DER)),
        certificate.subject.rfc4514_string(),
        certificate.not_valid_before_utc,
        certificate.not_valid_after_utc,
    )


def fingerprint(certificate: bytes) -> str:
    """SHA-256 of an X.509 certificate in DER."""
    return hashlib.sha256(certificate).hexdigest()


def sign_pdf(content: bytes, key: bytes, at: datetime, *, reason: str, place: str = "") -> bytes:
    """The PDF with an invisible signature over every byte of it (PAdES baseline B-B), certified:
    nothing may be filled in or changed afterwards.

    :param key: PKCS #12 without a passphrase (`make_key`, `open_key`).
    :param at: the time that the signature claims.
    :raises KeyUnusable: no such key.
    """
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
    from pyhanko.sign import fields, signers
    from pyhanko.sign.signers.pdf_signer import PdfSignatureMetadata, PdfSigner

    _load(key, "")
    signer = signers.SimpleSigner.load_pkcs12_data(key, other_certs=[], passphrase=None)
    about = PdfSignatureMetadata(
        field_name=FIELD,
        md_algorithm="sha256",
        reason=reason,
        location=place or None,
        subfilter=fields.SigSeedSubFilter.PADES,
        certify=True,
        docmdp_permissions=fields.MDPPerm.NO_CHANGES,
    )

    class At(PdfSigner):
        """Claims the caller's time; the machine's clock is not asked."""

        def init_signing_session(self, *args: Any, **kwargs: Any) -> Any:
            session = super().init_signing_session(*args, **kwargs)
            session.system_time = at
            return session

    made = At(about, signer=signer, new_field_spec=fields.SigFieldSpec(FIELD))
    out = io.BytesIO()
    made.sign_pdf(IncrementalPdfFileWriter(io.BytesIO(content)), output=out, bytes_reserved=ROOM)
    return out.getvalue()


def _load(content: bytes, passphrase: str) -> pkcs12.PKCS12KeyAndCertificates:
    try:
        loaded = pkcs12.load_pkcs12(content, passphrase.encode() or None)
    except ValueError as error:
        raise KeyUnusable("the file cannot be opened with this passphrase") from error
    if loaded.key is None or loaded.cert is None:
        raise KeyUnusable("there is no private key with its certificate in it")
    if not isinstance(loaded.key, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey):
        raise KeyUnusable("neither an RSA nor an elliptic-curve key")
    return loaded
