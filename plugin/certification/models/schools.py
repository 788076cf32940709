"""The list of schools an applicant may serve at; the office replaces it by a file."""

from __future__ import annotations

import enum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from plugin.certification.models.cases import enum_of
from plugin.db import Base


class ListedKind(enum.StrEnum):
    """What sort of school it is; tertiary schools need no filing on the lifelong-learning site."""

    ELEMENTARY = "elementary"  # 國小
    JUNIOR = "junior"  # 國中
    SENIOR = "senior"  # 高中職
    TERTIARY = "tertiary"  # 大專校院
    SPECIAL = "special"  # 特殊教育學校
    OTHER = "other"


class ListedSchool(Base):
    """One school of the list."""

    __tablename__ = "certification_listed_school"
    __table_args__ = (sa.UniqueConstraint("school_id", "code"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    school_id: Mapped[int] = mapped_column(sa.ForeignKey("school.id"))
    code: Mapped[str] = mapped_column(sa.String(16))
    name: Mapped[str] = mapped_column(sa.String(120))
    city: Mapped[str] = mapped_column(sa.String(20), default="")
    kind: Mapped[ListedKind] = mapped_column(enum_of(ListedKind))
    also: Mapped[str] = mapped_column(sa.String(200), default="")
    """Other names, separated by 、."""
    key: Mapped[str] = mapped_column(sa.String(400))
    """What is searched: name and other names, each by `queries.schools.plain`, a line each."""
    active: Mapped[bool] = mapped_column(default=True)
    """False: not in the newest list any more."""
