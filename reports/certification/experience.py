"""The proof of experience 環境教育推動經歷證明文件: a form that the principal signs."""

from __future__ import annotations

from dataclasses import dataclass

from reports.designed import set_pages

LINES = 6
"""Empty lines for duties and periods."""


@dataclass(frozen=True)
class ExperienceForm:
    """What stands in the form already.

    :param designated: 指定人員 (環境教育法 §18 I); None: neither box is ticked.
    :param years: least continuous and least cumulative years, as the regulation has them.
    """

    case_number: str = ""
    name: str = ""
    national_id: str = ""
    birthday: str = ""
    organisation: str = ""
    title: str = ""
    designated: bool | None = None
    years: tuple[int, int] = (1, 2)


def experience_pdf(form: ExperienceForm) -> bytes:
    """The form as a tagged PDF of one A4 page, to be printed, filled in, signed and scanned.

    :raises FontMissing: a font of the house is not installed.
    """
    words = "環境教育推動經歷證明文件"
    context = {
        "form": form,
        "title": f"{words} {form.case_number}".strip(),
        "foot": f"{words}　{form.case_number}",
        "empty": range(LINES),
    }
    return set_pages("certification/experience.html", context)
