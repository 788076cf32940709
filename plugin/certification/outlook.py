"""What the reviewers' sheets come to: the rule for when they disagree (decision record 0012)."""

from __future__ import annotations

import enum
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from flask_babel import lazy_gettext as _l

from plugin.certification.models import ReviewVerdict

VERDICTS = {
    ReviewVerdict.FIT: _l("適合"),
    ReviewVerdict.CORRECT: _l("補正後再審"),
    ReviewVerdict.ORAL: _l("須展示或口試"),
    ReviewVerdict.UNFIT: _l("不適合"),
}
"""In words."""

CONFLICTS = {
    "same_school": _l("與申請者同校服務"),
    "kin": _l("配偶或親屬"),
    "co_author": _l("共同發表著作"),
    "other": _l("其他利害關係"),
}
"""Why somebody may not review (行政程序法 §32, §33; SPEC section 2)."""


class Stand(enum.StrEnum):
    """How far the review of a case is."""

    ASKED = "asked"  # too few reviewers, or not all have handed in
    AGREED = "agreed"  # one verdict, of all or of most
    SPLIT = "split"  # they differ: a second opinion is to be asked
    COMMITTEE = "committee"  # also with it there is no majority: the committee decides


@dataclass(frozen=True)
class Outlook:
    """What the sheets come to.

    :param verdict: with `AGREED`. :param handed_in: sheets. :param waiting: not handed in yet.
    :param wanted: how many sheets are needed at least.
    """

    stand: Stand
    handed_in: int
    waiting: int
    wanted: int
    verdict: ReviewVerdict | None = None


def outlook(
    verdicts: Sequence[ReviewVerdict], waiting: int, wanted: int, *, tie_broken: bool
) -> Outlook:
    """What the sheets that were handed in come to.

    :param waiting: assigned and not handed in.
    :param wanted: the least number of reviewers.
    :param tie_broken: whether a second opinion is among them.

    >>> outlook([ReviewVerdict.FIT, ReviewVerdict.FIT], 0, 2, tie_broken=False).stand
    <Stand.AGREED: 'agreed'>
    """
    given = len(verdicts)
    if waiting or given < wanted:
        return Outlook(Stand.ASKED, given, waiting, wanted)
    ((first, most),) = Counter(verdicts).most_common(1)
    if most == given or (tie_broken and most * 2 > given):
        return Outlook(Stand.AGREED, given, 0, wanted, first)
    stand = Stand.COMMITTEE if tie_broken else Stand.SPLIT
    return Outlook(stand, given, 0, wanted)


ORAL_FORMS = {
    "display": _l("展示"),
    "performance": _l("演出"),
    "commentary": _l("解說"),
    "oral": _l("口試"),
    "film": _l("影音呈現"),
    "other": _l("其他方式"),
}
"""How ability is shown (辦法 §10 III)."""

ORAL_RESULTS = {"pass": _l("通過"), "fail": _l("不通過"), "absent": _l("未到場")}
"""How it went."""
