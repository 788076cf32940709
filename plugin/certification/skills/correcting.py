"""Answering a request for correction by talking; giving an application up."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from forms.definition import Form
from plugin import skills
from plugin.actor import Actor
from plugin.certification import drafting, policy
from plugin.certification.forms.application import ApplicationForm
from plugin.certification.forms.filling import application_form, application_of, words_of
from plugin.certification.forms.talking import CertainForm
from plugin.certification.models import CaseKind, CaseState, CertificationCase
from plugin.certification.operations import applying, correcting
from plugin.certification.queries import cases, own
from plugin.certification.queries.cases import Asked as Wanted
from plugin.certification.skills import found, verbs
from plugin.certification.states import OPEN
from plugin.errors import Conflict
from plugin.skills import Asked, FormSkill, Going
from plugin.skills.replies import Link, Reply, Say, reply

TITLE = _l("補正申請資料")
WITHDRAW = _l("撤回申請")


def _wanted(actor: Actor, subject: str) -> tuple[CertificationCase, Wanted]:
    """The case whose open request for correction the subject names.

    :raises Conflict: it was answered, taken back, or is over.
    """
    for one in own.newest(actor):
        asked = cases.asked(one.case)
        if asked is not None and drafting.correction_subject(asked.correction.id) == subject:
            return one.case, asked
    raise Conflict(_("目前沒有待補正的項目。"))


def _subject(actor: Actor, asked: Asked) -> str:
    """:raises NotFound, Conflict, WhichOne: as `found.own_case`; a renewal has no items."""
    case = found.own_case(actor, asked, {CaseState.CORRECTION}, TITLE)
    open_ = cases.asked(case)
    if open_ is not None and case.kind is CaseKind.RENEWAL:
        raise Conflict(
            _("展延案 %(number)s 要補正的是研習時數。", number=case.number),
            remedy=_("請開啟案件頁面，按「開始補正」選取時數。"),
        )
    if open_ is None or case.kind is not CaseKind.NEW:
        raise Conflict(_("目前沒有待補正的項目。"))
    return drafting.correction_subject(open_.correction.id)


def _stands(actor: Actor, subject: str) -> str:
    _wanted(actor, subject)
    return subject


def _build(actor: Actor, subject: str, data: Any) -> ApplicationForm:
    """Exactly its items, each with what is to be done about it."""
    case, asked = _wanted(actor, subject)
    form = application_form(actor, data, only=frozenset(asked.items), csrf=False)
    for name, words in asked.items.items():
        form[name].ask = replace(form[name].ask, help=_("要補正：%(words)s", words=words))
    found.titled(form, case, name=False)
    return form


def _before(actor: Actor, subject: str) -> dict[str, list[str]]:
    """What the version says that is to be corrected."""
    case, _asked = _wanted(actor, subject)
    whole = cases.whole(actor, case.id)
    assert whole.newest is not None
    files = {one.name: one.file.id for one in whole.files}
    return words_of(drafting.read_answers(whole.newest.answers), files)


def _first(actor: Actor, subject: str) -> Mapping[str, Sequence[str]]:
    return _before(actor, subject)


def _anew(actor: Actor, subject: str, form: Form) -> Collection[str]:
    """The items that are as they were."""
    _case, asked = _wanted(actor, subject)
    before = _before(actor, subject)
    return [
        name
        for name in asked.items
        if form[name].draft_values().items() <= {**_empty(form, name), **before}.items()
    ]


def _empty(form: Form, name: str) -> dict[str, list[str]]:
    return {posted: [] for posted in form[name].posted_names}


def _answer(actor: Actor, form: Form, going: Going) -> Reply:
    assert isinstance(form, ApplicationForm)
    case, _asked = _wanted(actor, going.subject)
    correcting.answer(actor, case.id, application_of(form), form.basics())
    return reply(
        found.good(_("補正已送出。")),
        Link(_("查看案件與收件回條"), "certification.case", {"case_id": case.id}),
    )


def _warning(_actor: Actor, _form: Form) -> str:
    return _("送出後不能再修改；新的版本會與原來的版本並列，一起送審。")


def _page(actor: Actor, subject: str) -> Link:
    case, _asked = _wanted(actor, subject)
    return Link(
        _("到補正的頁面"), "certification.case_correction", {"case_id": case.id, "step": "begin"}
    )


skills.register(
    FormSkill(
        intent="certification.apply",
        name="certification.correct",
        title=TITLE,
        who=found.APPLICANTS,
        policy=policy.applicants,
        build=_build,
        subject=_subject,
        stands=_stands,
        first=_first,
        anew=_anew,
        run=_answer,
        confirm=_l("送出補正"),
        warning=_warning,
        page=_page,
        suits=verbs.is_(verbs.APPLYING, "correct"),
        order=20,
    )
)


# Giving up ------------------------------------------------------------------------------------

GIVEN_UP_FROM = OPEN | {CaseState.DRAFT, CaseState.PREPARED}


def _withdraw_subject(actor: Actor, asked: Asked) -> str:
    return found.about(found.own_case(actor, asked, GIVEN_UP_FROM, WITHDRAW))


def _withdraw_stands(actor: Actor, subject: str) -> str:
    found.require(cases.owned(actor, found.id_of(subject)), GIVEN_UP_FROM, WITHDRAW)
    return subject


def _withdraw_form(actor: Actor, subject: str, data: Any) -> CertainForm:
    form = CertainForm(data, meta={"csrf": False, "title": WITHDRAW})
    found.titled(form, cases.owned(actor, found.id_of(subject)), name=False)
    return form


def _withdraw(actor: Actor, _form: Form, going: Going) -> Reply:
    applying.withdraw(actor, found.id_of(going.subject))
    return reply(Say(_("申請已撤回。"), "good"), Link(_("到我的申請案"), "certification.case_list"))


def _lost(actor: Actor, _form: Form) -> str:
    """What cannot be undone; a draft goes with all it holds."""
    return _(
        "還沒送出的申請，填寫的內容與檔案會刪除；已送出的會留下紀錄。撤回後不能復原，"
        "需要時可以重新申請。"
    )


def _withdrawing(name: str, intent: str, order: int) -> None:
    table = verbs.RENEWING if intent == "certification.renew" else verbs.APPLYING
    skills.register(
        FormSkill(
            intent=intent,
            name=name,
            title=WITHDRAW,
            who=found.APPLICANTS,
            policy=policy.applicants,
            build=_withdraw_form,
            subject=_withdraw_subject,
            stands=_withdraw_stands,
            run=_withdraw,
            confirm=WITHDRAW,
            warning=_lost,
            suits=verbs.is_(table, "withdraw"),
            order=order,
        )
    )


_withdrawing("certification.withdraw", "certification.apply", 30)
_withdrawing("certification.withdraw_renewal", "certification.renew", 30)
