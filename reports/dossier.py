"""A person's whole portfolio as plain values: what the viewer, the PDF and the data file say.

Interface words come in both languages (`Said`); what people wrote stays as they wrote it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True)
class Said:
    """Words in Traditional Chinese and English; without English, the Chinese stands for both."""

    zh: str
    en: str = ""

    def __str__(self) -> str:
        return self.zh

    @property
    def english(self) -> str:
        """What an English reader sees."""
        return self.en or self.zh


@dataclass(frozen=True)
class DossierFile:
    """One file of a record.

    :param path: inside the package, with `/`; "" when the bytes are not there.
    :param problem: why they are not there, or why there is no picture; None when all is well.
    :param thumbnail: the first page as JPEG, for the PDF.
    """

    label: Said
    name: str
    kind: str
    size: int
    sha256: str
    path: str = ""
    problem: Said | None = None
    thumbnail: bytes | None = None
    receipt: str = ""
    """Number of the newest receipt."""


Fact = tuple[Said, Said]
"""A label and what stands there."""


@dataclass(frozen=True)
class Entry:
    """One record: an outcome, an experience, a course record, a consultation …

    :param key: unique within the dossier, letters, digits and dashes (`outcome-12`).
    :param caption: course or kind, and when.
    :param history: what happened to it, oldest first.
    """

    key: str
    title: str
    caption: Said
    state: Said
    facts: tuple[Fact, ...] = ()
    texts: tuple[Fact, ...] = ()
    """What the person wrote, with its heading."""
    history: tuple[Said, ...] = ()
    files: tuple[DossierFile, ...] = ()


@dataclass(frozen=True)
class Part:
    """A chapter: one kind of record.

    :param inside: the records stay in the school (校內資料，不提交).
    """

    key: str
    name: Said
    entries: tuple[Entry, ...]
    note: Said | None = None
    inside: bool = False


@dataclass(frozen=True)
class Dossier:
    """Everything about one person, in order.

    :param facts: what stands on the cover.
    :param made_at: aware.
    """

    title: Said
    school_name: str
    person_name: str
    person_number: str
    made_at: datetime
    facts: tuple[Fact, ...]
    parts: tuple[Part, ...]
    note: Said | None = None
    texts: tuple[Fact, ...] = field(default=())
    """Long texts of their own, before the parts."""

    @property
    def entries(self) -> Iterator[Entry]:
        """Every record of every part."""
        for part in self.parts:
            yield from part.entries

    @property
    def files(self) -> Iterator[DossierFile]:
        """Every file of every record."""
        for entry in self.entries:
            yield from entry.files
