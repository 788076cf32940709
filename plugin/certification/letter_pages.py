"""From what stands in a paper (`queries.letter_facts`) to its PDF."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

from reports.atomic import atomic_file
from reports.certification import notices
from reports.certification.letter import OfficialLetter, letter_pdf
from reports.certification.notices import Due, Head

Progress = Callable[[int, int], None]
TITLES = {
    "fee": "繳費通知",
    "correction": "補正通知",
    "oral": "口試通知",
    "application": "申請書",
    "dossier": "審查卷",
}


def title(kind: str, facts: dict[str, Any]) -> str:
    """What its file is called."""
    if kind == "decision":
        return "審查通過通知" if facts["passed"] else "駁回處分書"
    return TITLES[kind]


def write(target: Path, kind: str, facts: dict[str, Any], progress: Progress) -> None:
    """Write the PDF, whole or not at all.

    :raises FontMissing: a font of the house is not installed. :raises OSError: the disk.
    """
    from plugin.certification import application_paper

    progress(0, 1)
    if kind == "application":
        content = application_paper.pdf(facts)
    elif kind == "dossier":
        application_paper.write_dossier(target, facts, progress)
        return
    else:
        content = letter_pdf(letter(kind, facts))
    with atomic_file(target) as out:
        out.write(content)


def letter(kind: str, facts: dict[str, Any]) -> OfficialLetter:
    """The letter in the words of the office."""
    head = _head(facts)
    if kind == "fee":
        return notices.fee_notice(
            head,
            review_fee=facts["review_fee"],
            postage=facts["postage"],
            copies=facts["copies"],
            reference=facts["reference"],
            due=_due(facts),
            how=facts["how"],
        )
    if kind == "correction":
        items = [(label, words) for label, words in facts["items"]]
        return notices.correction_notice(head, items, _due(facts))
    if kind == "oral":
        return notices.oral_notice(
            head,
            form=facts["form"],
            at=datetime.fromisoformat(facts["at"]),
            minutes=facts["minutes"],
            place=facts["place"],
            comments=facts["comments"],
        )
    if not facts["passed"]:
        return notices.refusal(head, reason=facts["reason"], comments=facts["comments"])
    valid = facts["valid"]
    return notices.approval(
        head,
        category=facts["category"],
        comments=facts["comments"],
        certificate=facts["certificate"],
        valid=(date.fromisoformat(valid[0]), _day(valid[1])) if valid else None,
    )


def _head(facts: dict[str, Any]) -> Head:
    return Head(
        office=facts["office"],
        recipient=facts["recipient"],
        dated=date.fromisoformat(facts["dated"]),
        number=facts["number"],
        case_number=facts["case_number"],
        contact=tuple((label, text) for label, text in facts["contact"]),
        signer=facts["signer"],
        check_url=facts["check_url"],
        renewal=facts["renewal"],
    )


def _due(facts: dict[str, Any]) -> Due:
    day, noon = facts["due"]
    return Due(date.fromisoformat(day), noon)


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
