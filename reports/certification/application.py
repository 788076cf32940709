"""The application 申請書 as it was confirmed, or as it stands with a corrected version."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from reports.certification.words import long_moment
from reports.designed import qr_svg, set_pages
from reports.manifest.words import file_size

STAMPS = ("承辦人", "單位主管", "人事單位", "校長")


@dataclass(frozen=True)
class Essay:
    """A question, the theme that was picked (or ""), the answer and its counted letters."""

    question: str
    theme: str
    answer: str
    count: int


@dataclass(frozen=True)
class Paper:
    """One place for a document; ``name`` is "" where none was handed in.

    :param needed: it belongs to a complete application.
    """

    label: str
    needed: bool = True
    name: str = ""
    size: int = 0
    pages: int = 0
    sha256: str = ""


@dataclass(frozen=True)
class Application:
    """Everything that was answered.

    :param summary: what is applied for: category, path, designated person.
    :param facts: groups of label and answer, each group under its heading.
    :param declarations: what was agreed to, and the answer.
    :param made_at: of this version; aware.
    :param check_url: of the status page.
    :param stamps: the boxes of the school; () where the office's own applicants need none.
    """

    office: str
    case_number: str
    version: int
    applicant: str
    made_at: datetime
    state: str
    summary: tuple[tuple[str, str], ...]
    facts: tuple[tuple[str, tuple[tuple[str, str], ...]], ...]
    essays: tuple[Essay, ...]
    papers: tuple[Paper, ...]
    declarations: tuple[tuple[str, str], ...]
    check_url: str = ""
    title: str = "環境教育人員認證申請書"
    stamps: tuple[str, ...] = STAMPS


def application_pdf(application: Application) -> bytes:
    """The application as a tagged PDF of A4 pages.

    :raises FontMissing: a font of the house is not installed.
    """
    url = application.check_url
    context = {
        "one": application,
        "title": f"{application.title} {application.case_number}",
        "foot": f"{application.title}　{application.case_number}　第 {application.version} 版",
        "moment": long_moment,
        "file_size": file_size,
    }
    pictures = {"qr": qr_svg(url)} if url else {}
    return set_pages("certification/application.html", context, pictures=pictures)
