"""The fee by talking, for the applicant: what is due, that it is paid, that it is not."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from forms.definition import Form
from forms.said import day_said
from plugin import clock, skills
from plugin.actor import Actor
from plugin.certification import letterhead, policy
from plugin.certification.forms import payments as forms
from plugin.certification.forms.talking import CertainForm
from plugin.certification.models import CaseState
from plugin.certification.operations import payments as operations
from plugin.certification.queries import cases
from plugin.certification.queries import payments as queries
from plugin.certification.skills import found
from plugin.certification.skills.paying_titles import CLAIM, DROP
from plugin.certification.stage_payments import ClaimStage
from plugin.ids import row_id
from plugin.school import queries as schools
from plugin.school import rules
from plugin.school.terms import term_of
from plugin.skills import Asked, FormSkill, Going, QuerySkill
from plugin.skills.replies import Link, Reply, Say, reply

WAITING = frozenset(operations.WAITING)
_FIVE = re.compile(r"末五碼\D{0,6}(\d{5})(?!\d)|last five\D{0,10}(\d{5})", re.IGNORECASE)
_DROPS = r"取消|收回|撤回|其實沒|cancel"
_ASKS_DUE = r"多少|怎麼繳|如何繳|繳到哪|期限|銷帳|帳號是|how much|how do i pay"
_PAID = r"已|了|過|paid"


def _claim_subject(actor: Actor, asked: Asked) -> str:
    return found.about(found.own_case(actor, asked, {CaseState.FEE_DUE}, CLAIM))


def _claim_stands(actor: Actor, subject: str) -> str:
    case = cases.owned(actor, found.id_of(subject))
    found.require(case, {CaseState.FEE_DUE}, CLAIM)
    return subject


def _claim_form(actor: Actor, subject: str, data: Any) -> forms.ClaimForm:
    case, fee = queries.fee(actor, found.id_of(subject))
    form = forms.ClaimForm(data, stage=ClaimStage(actor), meta={"csrf": False})
    year = term_of(clock.today()).academic_year
    form.proof.max_bytes = rules.number(case.school_id, "case.claim.max_bytes", year)
    due = _(
        "應繳 %(total)s 元，銷帳編號 %(reference)s，繳費期限 %(due)s。",
        total=f"{fee.total:,}", reference=fee.notice.reference,
        due=day_said(fee.due_on, weekday=True),
    )  # fmt: skip
    form.paid_on.ask = replace(form.paid_on.ask, help=f"{due}{form.paid_on.ask.help}")
    found.titled(form, case, name=False)
    return form


def _claim_fill(_actor: Actor, asked: Asked, _form: Form) -> Mapping[str, Sequence[str]]:
    five = _FIVE.search(asked.words)
    return {"last_five": [five[1] or five[2]]} if five else {}


def _claim(actor: Actor, form: Form, going: Going) -> Reply:
    assert isinstance(form, forms.ClaimForm)
    assert form.paid_on.data is not None
    case_id = found.id_of(going.subject)
    operations.claim(
        actor,
        case_id,
        form.paid_on.data,
        last_five=form.last_five.data or "",
        words=form.words.data or "",
        file_id=row_id(form.proof.data.ref) if form.proof.data else None,
    )
    return reply(
        found.good(_("已收到您的繳費回報，承辦人確認入帳後會寄信通知您。")),
        _fee_page(case_id),
    )


def _fee_page(case_id: int) -> Link:
    return Link(_("看繳費資訊"), "certification.case_fee", {"case_id": case_id})


def _due(actor: Actor, asked: Asked) -> Reply:
    """What is to be paid, until when, how."""
    case = found.own_case(actor, asked, WAITING, _("繳費"))
    _case, fee = queries.fee(actor, case.id)
    ways = letterhead.of(schools.school(case.school_id)).ways
    told = _(
        "案件 %(number)s 應繳 %(total)s 元，銷帳編號 %(reference)s，繳費期限 %(due)s。",
        number=case.number, total=f"{fee.total:,}", reference=fee.notice.reference,
        due=day_said(fee.due_on, weekday=True),
    )  # fmt: skip
    said = [Say(ways)] if ways else []
    titles = [CLAIM] if case.state is CaseState.FEE_DUE else [DROP]
    return reply(told, *said, *found.buttons(case, titles), _fee_page(case.id))


def _drop_subject(actor: Actor, asked: Asked) -> str:
    return found.about(found.own_case(actor, asked, {CaseState.FEE_CLAIMED}, DROP))


def _drop_form(actor: Actor, subject: str, data: Any) -> CertainForm:
    form = CertainForm(data, meta={"csrf": False, "title": DROP})
    found.titled(form, cases.owned(actor, found.id_of(subject)), name=False)
    return form


def _drop_stands(actor: Actor, subject: str) -> str:
    case = cases.owned(actor, found.id_of(subject))
    found.require(case, {CaseState.FEE_CLAIMED}, DROP)
    return subject


def _drop(actor: Actor, _form: Form, going: Going) -> Reply:
    operations.drop_claim(actor, found.id_of(going.subject))
    return reply(found.good(_("已取消繳費回報。")), _fee_page(found.id_of(going.subject)))


def _applies(actor: Actor) -> bool:
    return policy.applicants(actor) and not policy.office(actor)


skills.register(
    FormSkill(
        intent="fee.confirm",
        name="fee.claim",
        title=CLAIM,
        who=found.APPLICANTS,
        policy=policy.applicants,
        build=_claim_form,
        fields={"date": "paid_on"},
        fill=_claim_fill,
        subject=_claim_subject,
        stands=_claim_stands,
        run=_claim,
        confirm=_l("送出回報"),
        page=lambda _actor, subject: _fee_page(found.id_of(subject)),
        suits=lambda actor, asked: (
            _applies(actor)
            and not found.says(_DROPS, asked)
            and (found.says(_PAID, asked) or not found.says(_ASKS_DUE, asked))
        ),
        order=20,
    )
)
skills.register(
    QuerySkill(
        intent="fee.confirm",
        name="fee.show",
        title=_l("看要繳多少錢"),
        who=found.APPLICANTS,
        policy=policy.applicants,
        answer=_due,
        suits=lambda actor, asked: (
            _applies(actor) and found.says(_ASKS_DUE, asked) and not found.says(_PAID, asked)
        ),
        order=30,
    )
)
skills.register(
    FormSkill(
        intent="fee.confirm",
        name="fee.claim_drop",
        title=DROP,
        who=found.APPLICANTS,
        policy=policy.applicants,
        build=_drop_form,
        subject=_drop_subject,
        stands=_drop_stands,
        run=_drop,
        confirm=DROP,
        warning=lambda _actor, _form: _("取消後，案件回到待繳費；繳費期限不變。"),
        suits=lambda actor, asked: _applies(actor) and found.says(_DROPS, asked),
        order=40,
    )
)
