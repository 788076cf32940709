"""What a meeting may resolve on a case, and what stands against carrying it out.

SPEC §2 (batch decisions from a committee meeting); 辦法 §10 III for the exemption.
"""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from plugin.certification import basis
from plugin.certification.models import CaseKind, CaseState, CertificationCase, ReviewVerdict
from plugin.certification.outlook import Stand
from plugin.certification.queries.standing import EXEMPTING, Standing
from plugin.certification.states import LABELS

CERTIFYING = frozenset({"certify", "certify_exempt"})
RESOLUTIONS = {
    "certify": _l("通過"),
    "certify_exempt": _l("免展示，通過"),
    "refuse": _l("駁回"),
    "correct": _l("補正後再審"),
    "oral": _l("須展示或口試"),
    "exempt": _l("免展示（口試）"),
    "defer": _l("保留，下次再議"),
}
"""In words."""

CONSEQUENCES = {
    "certify": _l("核發證書，寄送審查結果通知。"),
    "certify_exempt": _l("登錄免展示，核發證書，寄送審查結果通知。"),
    "refuse": _l("駁回申請，寄送附救濟教示的處分書。"),
    "correct": _l("寄送補正通知書，只開放所列項目。"),
    "oral": _l("告知申請者；時間、地點之後在審查頁安排。"),
    "exempt": _l("登錄免展示並告知申請者，案件留在委員審查。"),
    "defer": _l("不通知申請者，案件可以再提會。"),
}
"""What the closing of the meeting does."""

BULK = ("certify", "defer")
"""What may be resolved on many cases at once: it needs no words of its own."""

MOST_WORDS = 1000
MOST_COMMENTS = 5000
"""The comments of several reviewers, with the decision to certify."""
ITEM_POINTS = 500


def offered(case: CertificationCase) -> dict[str, str]:
    """What may be resolved on a case, in words. A renewal rests on its hours alone."""
    kinds = list(RESOLUTIONS)
    if case.kind is CaseKind.RENEWAL:
        kinds = ["certify", "refuse", "correct", "defer"]
    elif not basis.shows(case):
        kinds = [one for one in kinds if one not in EXEMPTING]
    return {one: str(RESOLUTIONS[one]) for one in kinds}


def most_words(resolution: str) -> int:
    """How many characters may be said with it."""
    return MOST_COMMENTS if resolution in CERTIFYING else MOST_WORDS


def unfinished(resolution: str, words: str, items: Mapping[str, str]) -> dict[str, str]:
    """What of a resolution is not written yet: field → why; empty: it is whole."""
    if not resolution:
        return {"resolution": _("還沒有決議。")}
    if resolution == "refuse" and not words:
        return {"words": _("駁回要寫理由。")}
    if resolution == "correct" and not items:
        return {"asked": _("還沒有選取要補正的項目。")}
    if resolution == "correct":
        return {name: _("請填寫說明。") for name, said in items.items() if not said}
    return {}


def departs(at: Standing, resolution: str) -> bool:
    """Whether it is not what the reviewers agreed on; pages say so, and words are wanted."""
    if at.outlook is None or at.outlook.stand is not Stand.AGREED:
        return False
    fit = at.outlook.verdict is ReviewVerdict.FIT or at.passed
    return (resolution in CERTIFYING and not fit) or (resolution == "refuse" and fit)


def obstacle(
    case: CertificationCase, at: Standing, resolution: str, words: str, counted: int
) -> str:
    """Why a resolution cannot be carried out as things are, in words; "": it can.

    :param counted: members present who have not withdrawn 迴避 from this case.
    """
    if resolution == "defer":
        return ""
    if not counted:
        return _("出席人員都應迴避，不能對這件作成決議。")
    if case.state is not CaseState.REVIEW and not (
        resolution == "exempt" and case.state is CaseState.ORAL
    ):
        return _("案件目前是「%(state)s」，不能執行這項決議。", state=LABELS[case.state].text)
    if resolution not in CERTIFYING:
        return ""
    lacks = basis.lacking(case, at, committee=True, exempt=resolution == "certify_exempt")
    if not lacks and departs(at, resolution) and not words:
        lacks = [_("與審查結論不同，要寫理由")]
    return _("還不能通過：%(what)s。", what=_("；").join(lacks)) if lacks else ""
