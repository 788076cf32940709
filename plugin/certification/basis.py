"""What a decision to certify rests on, and what of it is not there yet."""

from __future__ import annotations

from flask_babel import gettext as _

from plugin.certification.models import (
    CaseKind,
    Category,
    CertificationCase,
    Path,
    ReviewVerdict,
)
from plugin.certification.outlook import VERDICTS, Stand
from plugin.certification.queries import standing
from plugin.certification.queries.standing import Standing

SHOWN_BY = frozenset({Path.EXPERIENCE, Path.EXPERTISE})


def missing(case: CertificationCase) -> list[str]:
    """What must be there before the office certifies a case by itself, in words; empty: nothing is
    missing.

    A renewal rests on its hours, which the ledger checks; nobody is asked for an opinion of it.
    """
    return lacking(case, standing.of([case])[case.id])


def lacking(
    case: CertificationCase, at: Standing, *, committee: bool = False, exempt: bool = False
) -> list[str]:
    """As `missing`, of what was read already.

    :param committee: the committee decides in a meeting: the sheets must be there, and a second
        opinion where they differ; what they advise does not bind it.
    :param exempt: it exempts from the demonstration.
    """
    if case.kind is CaseKind.RENEWAL or at.outlook is None:
        return []
    found, outlook = [], at.outlook
    if outlook.stand is Stand.ASKED:
        found.append(
            _("審查表已交回 %(n)s 份，至少要 %(least)s 份且都已交回",
              n=outlook.handed_in, least=outlook.wanted)
        )  # fmt: skip
    elif outlook.stand is Stand.SPLIT:
        found.append(_("審查意見不一致，要有第三位委員的意見"))
    elif outlook.stand is Stand.COMMITTEE:
        if not committee:
            found.append(_("審查意見沒有多數，要由審查小組會議決議"))
    elif outlook.verdict is not ReviewVerdict.FIT and not (committee or at.passed):
        found.append(_("審查結論是「%(verdict)s」", verdict=VERDICTS[outlook.verdict]))  # type: ignore[index]
    if shows(case) and not (at.certificate or at.exempt or at.passed or exempt):
        found.append(
            _(
                "教學人員以經歷或專長申請，要有教師證書（字號與檔案）、會議決議免展示，或展示（口試）通過的紀錄"
            )
        )
    return found


def shows(case: CertificationCase) -> bool:
    """Whether the applicant has to show their ability unless exempt (辦法 §10 III)."""
    return (
        case.kind is CaseKind.NEW
        and case.category in {Category.TEACHING, Category.BOTH}
        and case.path in SHOWN_BY
    )
