"""A case is decided by the office alone, without a meeting, on what the reviewers have said."""

from __future__ import annotations

from flask_babel import gettext as _

from plugin import db
from plugin.actor import Actor
from plugin.certification import basis, policy
from plugin.certification.models import Certificate
from plugin.certification.operations import certifying, kernel
from plugin.errors import InvalidInput

WORDS_POINTS = 5000
"""The comments of several reviewers."""


class NoBasis(InvalidInput):
    """A case is to be certified, and something that it must rest on is not there."""

    code = "CASE_NO_BASIS"


def certify(actor: Actor, case_id: int, words: str = "") -> Certificate:
    """Grant a case.

    :param words: comments, told to the applicant with the decision.
    :raises NoBasis: sheets, a second opinion, or the proof of ability (辦法 §10 III) are missing.
    :raises InvalidInput: too many words.
    :raises NotFound, NotAllowed, Conflict: as `kernel.happen`.
    """
    words = words.strip()
    if len(words) > WORDS_POINTS:
        fault = _("說明請在 %(n)s 字以內。", n=WORDS_POINTS)
        raise InvalidInput(fault, fields={"words": fault})
    with db.writing() as session:
        case = kernel.held(session, actor.school_id, case_id)
        policy.require(policy.handles(actor, case), _("找不到這件申請案。"))
        lacks = basis.missing(case)
        if lacks:
            raise NoBasis(
                _("還不能通過：%(what)s。", what=_("；").join(lacks)),
                remedy=_("請先完成委員審查。"),
            )
        return certifying.certify(actor, case.id, words=words)
