"""Certificates: numbered without gaps, published as the law says, renewed."""

from __future__ import annotations

import enum
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from plugin.certification.models.cases import Category, Path, enum_of
from plugin.db import Base, Encrypted


class CertificateState(enum.StrEnum):
    VALID = "valid"
    REVOKED = "revoked"  # 撤銷
    ANNULLED = "annulled"  # 廢止
    REPLACED = "replaced"  # 換發: a reissue stands in its place
    # expired is a matter of the date, not a state


class Certificate(Base):
    """A certificate. Number, category, status and dates are public always (辦法 §18); the name,
    field, e-mail and validity only with consent."""

    __tablename__ = "certificate"
    __table_args__ = (
        sa.UniqueConstraint("school_id", "number"),
        sa.UniqueConstraint("verification"),
        sa.Index("ix_certificate_list", "school_id", "issued_on", "id"),
        sa.Index("ix_certificate_expiring", "school_id", "state", "expires_on"),
        sa.Index("ix_certificate_name", "school_id", "public_name"),
        sa.Index("ix_certificate_state", "school_id", "state", "issued_on", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    school_id: Mapped[int] = mapped_column(sa.ForeignKey("school.id"))
    case_id: Mapped[int] = mapped_column(sa.ForeignKey("certification_case.id"), index=True)
    holder_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    number: Mapped[str] = mapped_column(sa.String(40))
    verification: Mapped[str] = mapped_column(sa.String(32))
    """Random; in the QR code and in the address of the verification page."""
    category: Mapped[Category] = mapped_column(enum_of(Category))
    path: Mapped[Path] = mapped_column(enum_of(Path))
    field: Mapped[str] = mapped_column(sa.String(40), default="")
    """專業領域: 學校及社會環境教育 …"""
    name: Mapped[str] = mapped_column(Encrypted)
    name_english: Mapped[str] = mapped_column(Encrypted, default="")
    email: Mapped[str] = mapped_column(Encrypted, default="")
    publish: Mapped[bool] = mapped_column(default=False)
    public_name: Mapped[str | None] = mapped_column(sa.String(60))
    """The name in the clear, only while its publication is consented to: the list is searched."""
    issued_on: Mapped[date]
    expires_on: Mapped[date | None]
    """None: 薦舉 does not expire."""
    state: Mapped[CertificateState] = mapped_column(enum_of(CertificateState))
    ended_on: Mapped[date | None]
    ended_words: Mapped[str] = mapped_column(sa.Text, default="")
    replaces_id: Mapped[int | None] = mapped_column(sa.ForeignKey("certificate.id"))
    file_id: Mapped[int | None] = mapped_column(sa.ForeignKey("stored_file.id"))
    """The PDF as it holds now; None until the queue has made it."""
    signer: Mapped[str] = mapped_column(sa.String(64), default="", server_default="")
    """SHA-256 of the X.509 certificate that signed the PDF; "" = issued without a signature."""
    reminded_for: Mapped[date | None]
    """The day of the last reminder of renewal that was due and sent."""
    made_at: Mapped[datetime]


class SigningKey(Base):
    """A key of the office that signs certificates. One signs now; the others are only known."""

    __tablename__ = "certification_signing_key"
    __table_args__ = (sa.UniqueConstraint("school_id", "fingerprint"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    school_id: Mapped[int] = mapped_column(sa.ForeignKey("school.id"))
    pkcs12: Mapped[str] = mapped_column(Encrypted)
    """Private key and certificates, PKCS #12 without a passphrase, base64; encrypted at rest."""
    fingerprint: Mapped[str] = mapped_column(sa.String(64))
    """SHA-256 of the X.509 certificate."""
    subject: Mapped[str] = mapped_column(sa.String(200))
    valid_from: Mapped[date]
    valid_until: Mapped[date]
    made_at: Mapped[datetime]
    retired_at: Mapped[datetime | None]
    """Signs no more; what it signed stays signed."""


class Renewal(Base):
    """Which certificate a case of renewal renews."""

    __tablename__ = "certification_renewal"

    case_id: Mapped[int] = mapped_column(
        sa.ForeignKey("certification_case.id"), primary_key=True, autoincrement=False
    )
    certificate_id: Mapped[int] = mapped_column(sa.ForeignKey("certificate.id"), index=True)


class CertificateEvent(Base):
    """What happened to a certificate on which day: public without consent (辦法 §18)."""

    __tablename__ = "certificate_event"
    __table_args__ = (sa.Index("ix_certificate_event_one", "certificate_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    certificate_id: Mapped[int] = mapped_column(sa.ForeignKey("certificate.id"))
    kind: Mapped[str] = mapped_column(sa.String(20))
    """`issued`, `renewed`, `revoked`, `annulled`, `reissued`."""
    on: Mapped[date]
    at: Mapped[datetime]


class Letter(Base):
    """A paper that the office sent: fee notice, correction notice, decision; its PDF is kept."""

    __tablename__ = "certification_letter"
    __table_args__ = (sa.Index("ix_certification_letter_case", "case_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(sa.ForeignKey("certification_case.id"))
    kind: Mapped[str] = mapped_column(sa.String(20))
    """`fee`, `correction`, `decision`, `oral`, `application`, `dossier`, `experience_form`."""
    facts: Mapped[str | None] = mapped_column(Encrypted)
    """JSON: what stands in it, read once; a paper made again after a kill says the same."""
    event_id: Mapped[int | None] = mapped_column(sa.ForeignKey("certification_event.id"))
    file_id: Mapped[int | None] = mapped_column(sa.ForeignKey("stored_file.id"))
    job_id: Mapped[int | None] = mapped_column(sa.ForeignKey("job.id"))
    made_at: Mapped[datetime]


class Announcement(Base):
    """A page of the public area that the office writes: news, questions, regulations, courses."""

    __tablename__ = "certification_announcement"
    __table_args__ = (
        sa.Index("ix_certification_announcement_list", "school_id", "area", "shown_on", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    school_id: Mapped[int] = mapped_column(sa.ForeignKey("school.id"))
    area: Mapped[str] = mapped_column(sa.String(20))
    """`news`, `about`, `information`, `courses`, `questions`, `law`."""
    title: Mapped[str] = mapped_column(sa.String(120))
    body: Mapped[str] = mapped_column(sa.Text)
    link: Mapped[str] = mapped_column(sa.String(300), default="")
    shown_on: Mapped[date]
    ended_on: Mapped[date | None]
    changed_at: Mapped[datetime]
