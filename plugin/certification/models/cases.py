"""A case 案件: one application for certification or renewal, its versions, files and history."""

from __future__ import annotations

import enum
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from plugin.db import Base, Encrypted


def enum_of(kind: type[enum.StrEnum], length: int = 20) -> sa.Enum:
    """A column type that keeps the words of an enumeration."""
    return sa.Enum(kind, native_enum=False, length=length)


class Mode(enum.StrEnum):
    """Who works on the case in this installation (SPEC §2, two modes)."""

    OFFICE = "office"  # 核發機關: the whole workflow
    SCHOOL = "school"  # 學校端: prepared here, decided elsewhere, the result noted


class CaseKind(enum.StrEnum):
    NEW = "new"
    RENEWAL = "renewal"  # 展延


class Category(enum.StrEnum):
    """What is applied for (seed 000, 三、基本資料: 申請類別)."""

    ADMINISTRATIVE = "administrative"  # 行政
    TEACHING = "teaching"  # 教學
    BOTH = "both"


class Path(enum.StrEnum):
    """The six routes 資格 of 環境教育人員認證及管理辦法 §4–§9."""

    EDUCATION = "education"  # 學歷 §4
    EXPERIENCE = "experience"  # 經歷 §5
    EXPERTISE = "expertise"  # 專長 §6
    RECOMMENDED = "recommended"  # 薦舉 §7
    EXAMINATION = "examination"  # 考試 §8
    TRAINING = "training"  # 訓練 §9


class CaseState(enum.StrEnum):
    """SPEC §2, Processing; the last two before a decision belong to the school side."""

    DRAFT = "draft"  # 填寫中
    RECEIVED = "received"  # 已受理
    PROCEDURAL = "procedural"  # 程序審查
    CORRECTION = "correction"  # 待補正
    FEE_DUE = "fee_due"  # 待繳費
    FEE_CLAIMED = "fee_claimed"  # 待確認繳費
    REVIEW = "review"  # 委員審查
    ORAL = "oral"  # 待展示/口試
    CERTIFIED = "certified"  # 通過
    REFUSED = "refused"  # 駁回
    WITHDRAWN = "withdrawn"  # 撤回
    REVOKED = "revoked"  # 撤銷
    ANNULLED = "annulled"  # 廢止
    PREPARED = "prepared"  # 備妥待送 (school side)
    FILED = "filed"  # 已送核發機關 (school side)


class CertificationCase(Base):
    """One application. What the applicant wrote lies in its versions; here is what lists need."""

    __tablename__ = "certification_case"
    __table_args__ = (
        sa.UniqueConstraint("school_id", "number"),
        sa.Index("ix_certification_case_queue", "school_id", "state", "id"),
        sa.Index("ix_certification_case_who", "school_id", "national_id_digest"),
        sa.Index("ix_certification_case_own", "applicant_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    school_id: Mapped[int] = mapped_column(sa.ForeignKey("school.id"))
    number: Mapped[str] = mapped_column(sa.String(40))
    """案件編號, allotted with the basic data, shown and mailed."""
    mode: Mapped[Mode] = mapped_column(enum_of(Mode))
    kind: Mapped[CaseKind] = mapped_column(enum_of(CaseKind))
    category: Mapped[Category] = mapped_column(enum_of(Category))
    path: Mapped[Path] = mapped_column(enum_of(Path))
    state: Mapped[CaseState] = mapped_column(enum_of(CaseState), default=CaseState.DRAFT)
    returns_to: Mapped[CaseState | None] = mapped_column(enum_of(CaseState))
    """While a correction or an oral examination is open: where the case came from."""
    applicant_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    name: Mapped[str] = mapped_column(Encrypted)
    national_id_digest: Mapped[str] = mapped_column(sa.String(64))
    """`secrets.digest("national-id", …)`: found by ID without the ID lying open."""
    email: Mapped[str] = mapped_column(Encrypted)
    organisation_code: Mapped[str] = mapped_column(sa.String(16), default="")
    """School of service by code; "" when it was typed freely."""
    organisation: Mapped[str] = mapped_column(sa.String(120), default="")
    designated: Mapped[bool] = mapped_column(default=False)
    """指定人員 (環境教育法 §18 I): pays the postage only."""
    publish: Mapped[bool] = mapped_column(default=False)
    """Agreed to publication beyond what §18 of the regulation publishes anyway."""
    fee_lapsed: Mapped[bool] = mapped_column(default=False)
    """Refused for want of payment: a bank row dated in time revives it."""
    refusal: Mapped[str] = mapped_column(sa.String(30), default="")
    """Why refused: `fee`, `correction`, `procedural`, `committee`."""
    created_at: Mapped[datetime]
    confirmed_at: Mapped[datetime | None] = mapped_column(index=True)
    decided_at: Mapped[datetime | None]
    warned_at: Mapped[datetime | None]
    """When the applicant was told that the draft will be purged."""


class CaseVersion(Base):
    """The application as confirmed, or as corrected: the corrected stands beside the old."""

    __tablename__ = "certification_version"
    __table_args__ = (sa.UniqueConstraint("case_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(sa.ForeignKey("certification_case.id"))
    number: Mapped[int]
    """1 is what was confirmed; each correction makes the next."""
    form_version: Mapped[str] = mapped_column(sa.String(20))
    answers: Mapped[str] = mapped_column(Encrypted)
    """JSON: field name → value, without files."""
    made_at: Mapped[datetime]


class CaseFile(Base):
    """A file of a version, in one slot of the papers."""

    __tablename__ = "certification_file"
    __table_args__ = (sa.UniqueConstraint("version_id", "slot"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    version_id: Mapped[int] = mapped_column(sa.ForeignKey("certification_version.id"))
    slot: Mapped[str] = mapped_column(sa.String(40))
    """Name of the field, as in `papers.yaml`."""
    file_id: Mapped[int] = mapped_column(sa.ForeignKey("stored_file.id"), index=True)


class Consent(Base):
    """What an applicant agreed to, with the version of the words; a change is another row."""

    __tablename__ = "certification_consent"

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(sa.ForeignKey("certification_case.id"), index=True)
    notice_version: Mapped[str] = mapped_column(sa.String(20))
    publish: Mapped[bool]
    at: Mapped[datetime]


class CaseEvent(Base):
    """One step of a case as its applicant may read it, with the comments that were mailed."""

    __tablename__ = "certification_event"
    __table_args__ = (sa.Index("ix_certification_event_case", "case_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(sa.ForeignKey("certification_case.id"))
    event: Mapped[str] = mapped_column(sa.String(30))
    from_state: Mapped[CaseState | None] = mapped_column(enum_of(CaseState))
    to_state: Mapped[CaseState] = mapped_column(enum_of(CaseState))
    words: Mapped[str] = mapped_column(sa.Text, default="")
    actor_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    at: Mapped[datetime]


class Correction(Base):
    """A request for correction 補正: exactly its items are open until its day has passed."""

    __tablename__ = "certification_correction"

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(sa.ForeignKey("certification_case.id"), index=True)
    stage: Mapped[CaseState] = mapped_column(enum_of(CaseState))
    """`PROCEDURAL` or `REVIEW`: who asks."""
    due_on: Mapped[date]
    asked_at: Mapped[datetime]
    answered_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    """Answered, lapsed or taken back."""


class CorrectionItem(Base):
    """One field or file that is to be corrected, and why."""

    __tablename__ = "certification_correction_item"
    __table_args__ = (sa.UniqueConstraint("correction_id", "field"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    correction_id: Mapped[int] = mapped_column(sa.ForeignKey("certification_correction.id"))
    field: Mapped[str] = mapped_column(sa.String(40))
    """Name of the form's field."""
    words: Mapped[str] = mapped_column(sa.Text)


class CaseClock(Base):
    """A legal period that runs for a case (行政程序法 §48): warned of before, acted on once."""

    __tablename__ = "certification_clock"
    __table_args__ = (
        sa.Index("ix_certification_clock_due", "ended_at", "due_on", "id"),
        sa.Index("ix_certification_clock_case", "case_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    school_id: Mapped[int] = mapped_column(sa.ForeignKey("school.id"))
    case_id: Mapped[int] = mapped_column(sa.ForeignKey("certification_case.id"))
    kind: Mapped[str] = mapped_column(sa.String(20))
    """`procedural`, `correction`, `fee`, `review` (`clocks.Clock`)."""
    starts_on: Mapped[date]
    """The day of the fact; it is not counted."""
    due_on: Mapped[date]
    """The last day, moved from Saturday, Sunday, holiday or rest day."""
    noon: Mapped[bool] = mapped_column(default=False)
    """Moved from a Saturday: the last day ends at noon (行政程序法 §48 IV)."""
    paused_on: Mapped[date | None]
    """Since when it stands still; `due_on` moves when it goes on."""
    warned_at: Mapped[datetime | None]
    acted_at: Mapped[datetime | None]
    """When its lapse was acted on; never again."""
    ended_at: Mapped[datetime | None]
    """Done in time, taken back, or acted on."""


class CaseCounter(Base):
    """The last number given out in a series, one row a school, series and year."""

    __tablename__ = "certification_counter"
    __table_args__ = (sa.UniqueConstraint("school_id", "series", "year"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    school_id: Mapped[int] = mapped_column(sa.ForeignKey("school.id"))
    series: Mapped[str] = mapped_column(sa.String(20))
    """`case`, `certificate`, `fee`."""
    year: Mapped[int]
    """ROC year."""
    last: Mapped[int]


class SchoolSide(Base):
    """What became of a case that the school prepared and filed with the issuing office itself."""

    __tablename__ = "certification_school_side"

    case_id: Mapped[int] = mapped_column(
        sa.ForeignKey("certification_case.id"), primary_key=True, autoincrement=False
    )
    filed_on: Mapped[date | None]
    outside_number: Mapped[str] = mapped_column(sa.String(40), default="")
    """The case number of the issuing office's own site."""
    note: Mapped[str] = mapped_column(sa.Text, default="")


class DoorMark(Base):
    """Something that happened at the public door, kept for a day: codes sent and cases looked up
    are counted by it, and a question is answered once. Digests only."""

    __tablename__ = "certification_door_mark"
    __table_args__ = (
        sa.Index("ix_certification_door_mark_count", "school_id", "kind", "digest", "at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    school_id: Mapped[int] = mapped_column(sa.ForeignKey("school.id"))
    kind: Mapped[str] = mapped_column(sa.String(20))
    """`code.person`, `code.address`, `code.browser`, `code.network`, `status.…`, `question`."""
    digest: Mapped[str] = mapped_column(sa.String(64))
    once: Mapped[str | None] = mapped_column(sa.String(64), unique=True)
    """Digest of what may happen only once."""
    at: Mapped[datetime] = mapped_column(index=True)


class EntryCode(Base):
    """A code sent to an address, to prove it (seed 000, 電子信箱確認: valid ten minutes)."""

    __tablename__ = "certification_entry_code"
    __table_args__ = (
        sa.Index("ix_certification_entry_code_whom", "school_id", "whom_digest", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    school_id: Mapped[int] = mapped_column(sa.ForeignKey("school.id"))
    whom_digest: Mapped[str] = mapped_column(sa.String(64))
    """Digest of national ID and address together."""
    code_digest: Mapped[str] = mapped_column(sa.String(64))
    held: Mapped[str] = mapped_column(Encrypted)
    """JSON: national ID, address, purpose; forgotten with the row."""
    sent_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)
    tries: Mapped[int] = mapped_column(default=0)
    used_at: Mapped[datetime | None]
