"""The office changes an applicant's address: another mailbox opens the cases from then on."""

from __future__ import annotations

import sqlalchemy as sa
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from plugin import db
from plugin.actor import Actor
from plugin.certification import identity, policy
from plugin.certification.models import CertificationCase
from plugin.certification.operations import kernel
from plugin.entrance.operations import visiting
from plugin.errors import InvalidInput
from plugin.school.operations import applicants
from plugin.trail import operations as trail
from plugin.trail.chain import record

HOW = {
    "person": _l("本人親自到場，已核對身分證件"),
    "letter": _l("本人來函，附身分證件影本"),
    "call": _l("以申請書上的電話回撥，已核對資料"),
}
"""How the office made sure that it is the applicant who asks."""


def change(actor: Actor, case_id: int, email: str, how: str) -> None:
    """An applicant has another address now.

    Visits begun by the old address end, and the new one is told.

    :param how: one of `HOW`.
    :raises NotFound: no case that this office handles, or its applicant is on the roster.
    :raises InvalidInput: the office does not say how it made sure who asks.
    :raises Conflict: somebody with the same ID applies by the new address already.
    """
    if how not in HOW:
        message = _("請說明您如何確認對方就是申請人。")
        raise InvalidInput(message, fields={"how": message})
    with db.writing() as session:
        case = kernel.held(session, actor.school_id, case_id)
        policy.require(policy.handles(actor, case), _("找不到這件申請案。"))
        email = identity.kept_address(email)
        applicants.change_address(actor, case.applicant_id, email)
        own = sa.select(CertificationCase).where(
            CertificationCase.school_id == case.school_id,
            CertificationCase.applicant_id == case.applicant_id,
        )
        for one in session.scalars(own):
            one.email = email
        visiting.end_all(case.school_id, case.applicant_id)
        record(actor, "certification.address", "certification_case", case.id, how=how)
        trail.deliver(
            [],
            [
                {
                    "school_id": case.school_id,
                    "recipient": email,
                    "subject": _("［環境教育人員認證］聯絡信箱已更改"),
                    "body": _(
                        "您好：\n\n承辦人已將案件編號 %(number)s 的聯絡電子信箱改為這個信箱。"
                        "今後請用這個信箱取得驗證碼。\n\n若您沒有提出更改，請立即與承辦人聯絡。",
                        number=case.number,
                    ),
                }
            ],
        )
