"""What the vault stores about bytes: objects, their ledger, the files people see, receipts."""

from __future__ import annotations

import enum
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from plugin.db import Base, Json


class VaultObject(Base):
    """Bytes that are stored once, whoever refers to them; named by their SHA-256."""

    __tablename__ = "vault_object"
    __table_args__ = (sa.Index("ix_vault_object_turn", "purged_at", "checked_at", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    sha256: Mapped[str] = mapped_column(sa.String(64), unique=True)
    size: Mapped[int] = mapped_column(sa.BigInteger)
    crc32: Mapped[int] = mapped_column(sa.BigInteger)
    """Unsigned; ZIP packages are written without reading the bytes again."""
    md5: Mapped[str | None] = mapped_column(sa.String(32))
    """For the exchange format alone; proves nothing. It costs more than all else of an upload
    together, so it is taken when an exchange first asks (`operations.know_md5`)."""
    copies: Mapped[int]
    """2, or 1 while the installation accepts a single copy."""
    stored_at: Mapped[datetime]
    checked_at: Mapped[datetime]
    """When every copy was last read to its end (or written) and found right."""
    damaged_at: Mapped[datetime | None]
    """Since when a copy is known to be wrong and could not be healed."""
    purged_at: Mapped[datetime | None]
    """Tombstone: nothing refers to it any more, the bytes may go (or are gone)."""
    removed_at: Mapped[datetime | None]
    """When the bytes went."""


class LedgerKind(enum.StrEnum):
    PUT = "put"
    VERIFY = "verify"
    HEAL = "heal"
    DAMAGE = "damage"
    PURGE = "purge"
    REMOVE = "remove"


class LedgerEntry(Base):
    """One link of the vault's append-only chain; `hash` covers the row and `previous`."""

    __tablename__ = "ledger_entry"

    sequence: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime]
    kind: Mapped[LedgerKind] = mapped_column(sa.Enum(LedgerKind, native_enum=False, length=10))
    sha256: Mapped[str] = mapped_column(sa.String(64), index=True, default="")
    """Empty for entries about many objects (`verify`)."""
    size: Mapped[int] = mapped_column(sa.BigInteger, default=0)
    detail: Mapped[dict] = mapped_column(Json)
    """Copies, reasons, counts; no personal data."""
    previous: Mapped[str] = mapped_column(sa.String(64))
    hash: Mapped[str] = mapped_column(sa.String(64))


class LedgerHead(Base):
    """The last link; locked while one is added. One row."""

    __tablename__ = "ledger_head"

    id: Mapped[int] = mapped_column(primary_key=True)
    sequence: Mapped[int]
    hash: Mapped[str] = mapped_column(sa.String(64))


class FileState(enum.StrEnum):
    DRAFT = "draft"
    ACCEPTED = "accepted"
    PURGED = "purged"


class StoredFile(Base):
    """A file as somebody handed it in: a name and a purpose over an object."""

    __tablename__ = "stored_file"
    __table_args__ = (
        sa.Index("ix_stored_file_object", "object_id", "state"),
        sa.Index("ix_stored_file_expiry", "state", "expires_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    school_id: Mapped[int] = mapped_column(sa.ForeignKey("school.id"), index=True)
    owner_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)
    """Whose work it is; None for what the system itself made (a nightly package)."""
    object_id: Mapped[int] = mapped_column(sa.ForeignKey("vault_object.id"))
    slot: Mapped[str] = mapped_column(sa.String(40))
    """What it is handed in as: `document`, `media`; later rooms add theirs."""
    name: Mapped[str] = mapped_column(sa.String(255))
    """As the person named it (`plugin.vault.names.clean`); emptied when purged."""
    kind: Mapped[str] = mapped_column(sa.String(8))
    """`pdf`, `jpg`, `png`, `mp3`, `mp4`: by content; deposits of our own also `xlsx`, `zip` …"""
    media_type: Mapped[str] = mapped_column(sa.String(100))
    detail: Mapped[dict] = mapped_column(Json, default=dict)
    """Pages, pixels, seconds, active content of a PDF."""
    size: Mapped[int] = mapped_column(sa.BigInteger)
    sha256: Mapped[str] = mapped_column(sa.String(64), index=True)
    state: Mapped[FileState] = mapped_column(sa.Enum(FileState, native_enum=False, length=10))
    created_at: Mapped[datetime]
    accepted_at: Mapped[datetime | None]
    expires_at: Mapped[datetime | None]
    """Drafts only: when the file may be purged."""
    warned_at: Mapped[datetime | None]
    """When the owner was told that it will be."""
    purged_at: Mapped[datetime | None]
    purge_reason: Mapped[str] = mapped_column(sa.String(40), default="")
    link_generation: Mapped[int] = mapped_column(default=0, server_default="0")
    """Counted up when the links of pages made so far shall end (`operations.end_links`)."""

    stored: Mapped[VaultObject] = relationship(lazy="raise")

    @property
    def kept(self) -> bool:
        """Accepted: it stays for good."""
        return self.state == FileState.ACCEPTED


class ReceiptKind(enum.StrEnum):
    DRAFT = "draft"
    ACCEPTED = "accepted"


class Receipt(Base):
    """What the person can show: these bytes were received then."""

    __tablename__ = "receipt"
    __table_args__ = (sa.UniqueConstraint("file_id", "kind"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(sa.String(24), unique=True)
    file_id: Mapped[int] = mapped_column(sa.ForeignKey("stored_file.id"))
    kind: Mapped[ReceiptKind] = mapped_column(sa.Enum(ReceiptKind, native_enum=False, length=10))
    issued_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    """Drafts: until when the file is kept."""
    sha256: Mapped[str] = mapped_column(sa.String(64))
    size: Mapped[int] = mapped_column(sa.BigInteger)
    media_type: Mapped[str] = mapped_column(sa.String(100))
    copies: Mapped[int]
    signature: Mapped[str] = mapped_column(sa.String(64))

    file: Mapped[StoredFile] = relationship(lazy="raise")


class FileLending(Base):
    """Files are lent to whoever gets a workbook (or a paper) of ours, until a day.

    Links of pages are no rows; they carry what they grant (decision record 0008).
    """

    __tablename__ = "file_lending"

    id: Mapped[int] = mapped_column(primary_key=True)
    school_id: Mapped[int] = mapped_column(sa.ForeignKey("school.id"), index=True)
    subject: Mapped[str] = mapped_column(sa.String(40), unique=True)
    """What they are lent for: `submission:12`."""
    made_at: Mapped[datetime]
    expires_at: Mapped[datetime]


class FileLink(Base):
    """The link to one file that is lent."""

    __tablename__ = "file_link"
    __table_args__ = (sa.UniqueConstraint("lending_id", "file_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    lending_id: Mapped[int] = mapped_column(sa.ForeignKey("file_lending.id"))
    file_id: Mapped[int] = mapped_column(sa.ForeignKey("stored_file.id"), index=True)
    revoked_at: Mapped[datetime | None]
    revoked_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))


class FileOpening(Base):
    """A file was opened by a link: which, for whom it had been made, when. No name, no address."""

    __tablename__ = "file_opening"
    __table_args__ = (
        sa.Index("ix_file_opening_file", "file_id", "reader_id", "at"),
        sa.Index("ix_file_opening_school", "school_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    school_id: Mapped[int] = mapped_column(sa.ForeignKey("school.id"))
    file_id: Mapped[int] = mapped_column(sa.ForeignKey("stored_file.id"))
    reader_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)
    """Whom the page was for that had the link; None: nobody of the school."""
    link_id: Mapped[int | None] = mapped_column(sa.ForeignKey("file_link.id"), index=True)
    """The lasting link by which it was opened."""
    at: Mapped[datetime]
