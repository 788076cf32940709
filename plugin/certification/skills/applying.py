"""Applying by talking: the wizard's own form and draft, its case number given on the way."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from forms.definition import Form
from plugin import secrets, skills
from plugin.actor import Actor
from plugin.certification import agreement, case_words, drafting, policy
from plugin.certification.forms.application import NAME, ApplicationForm, Basics
from plugin.certification.forms.filling import application_form, application_of
from plugin.certification.models import (
    CaseKind,
    CaseState,
    Category,
    CertificationCase,
    Mode,
    Path,
)
from plugin.certification.modes import mode_of
from plugin.certification.operations import applying
from plugin.certification.queries import cases, own
from plugin.certification.skills import found, verbs
from plugin.drafts.operations import Drafts
from plugin.school import queries as schools
from plugin.skills import NEW, Asked, FormSkill, Going
from plugin.skills.replies import Link, Reply, Say, reply

TITLE = _l("申請環境教育人員認證")
ANOTHER = r"再.{0,4}一件|另.{0,4}一件|重新申請|第二件|another"
"""An application beside the one that is on its way."""


def _drafted(actor: Actor) -> list[CertificationCase]:
    """Own cases that have a number and are not handed in, the newest first."""
    return [
        one.case
        for one in own.newest(actor)
        if one.case.state is CaseState.DRAFT and one.case.kind is CaseKind.NEW
    ]


def _begun(actor: Actor) -> bool:
    """Whether there is a draft without a number."""
    store = Drafts(actor)
    return store.get(store.key(NAME, NEW)) is not None


def _subject(actor: Actor, asked: Asked) -> str:
    """The draft that is named, else the one that is on its way, else a new one."""
    number = found.number_in(asked)
    if number:
        case = found.own_case(actor, asked, {CaseState.DRAFT}, TITLE)
        return drafting.subject(case.id)
    if _begun(actor) or found.says(ANOTHER, asked):
        return NEW
    drafted = _drafted(actor)
    return drafting.subject(drafted[0].id) if drafted else NEW


def _stands(actor: Actor, subject: str) -> str:
    """The page may have given the draft its number, or have handed it in.

    :raises Conflict: it is handed in. :raises NotFound: it is gone.
    """
    if found.is_new(subject):
        drafted = [] if _begun(actor) else _drafted(actor)
        return drafting.subject(drafted[0].id) if drafted else NEW
    if cases.owned(actor, found.id_of(subject)).state is not CaseState.DRAFT:
        raise applying.locked()
    return subject


def build(actor: Actor, _subject_: str, data: Any) -> ApplicationForm:
    """The form of the wizard; what is agreed to is told with the question."""
    form = application_form(actor, data, csrf=False)
    notice, office = agreement.current(), schools.school(actor.school_id or 0).name
    told = {
        "truthful": agreement.say(notice.truthful, office),
        "publish": agreement.say(notice.publish, office),
        "agreed": "\n\n".join(agreement.say(one, office) for one in notice.notice),
    }
    for name, words in told.items():
        form[name].ask = replace(form[name].ask, help=words)
    return form


def _first(actor: Actor, subject: str) -> Mapping[str, Sequence[str]]:
    return applying.known(actor) if found.is_new(subject) else {}


def _fill(_actor: Actor, asked: Asked, _form: Form) -> Mapping[str, Sequence[str]]:
    """類別 and 資格: people call both a category (以經歷申請行政類)."""
    said = str(asked.slots.get("category", ""))
    words = said + (asked.words if said or "兩類" in asked.words else "")
    given: dict[str, Sequence[str]] = {}
    for name, choices in _CALLED.items():
        value = next((value for called, value in choices if called.search(words)), None)
        if value is not None:
            given[name] = [value]
    return given


_CALLED = {
    "category": (
        (re.compile("兩類|行政.*教學|教學.*行政"), Category.BOTH.value),
        (re.compile("行政"), Category.ADMINISTRATIVE.value),
        (re.compile("教學"), Category.TEACHING.value),
    ),
    "path": (
        (re.compile("學歷|学历"), Path.EDUCATION.value),
        (re.compile("經歷|经历"), Path.EXPERIENCE.value),
        (re.compile("專長|专长"), Path.EXPERTISE.value),
        (re.compile("薦舉|推薦"), Path.RECOMMENDED.value),
        (re.compile("考試"), Path.EXAMINATION.value),
        (re.compile("訓練|結業"), Path.TRAINING.value),
    ),
}


def _onto(actor: Actor, subject: str, form: Form) -> tuple[str, Reply]:
    """Consent and basic data are complete: the case gets its number, or is kept up to date."""
    assert isinstance(form, ApplicationForm)
    groups = [one for one in form.meta.groups if one.key in {drafting.CONSENT, drafting.BASICS}]
    if not form.validate_fields([name for group in groups for name in group.fields]):
        return subject, Reply()
    basics = form.basics()
    if not found.is_new(subject):
        case = cases.owned(actor, found.id_of(subject))
        if not _says(case, basics):
            applying.keep_basics(actor, case.id, basics)
        return subject, Reply()
    case = applying.open_case(actor, basics)
    words = _("您的案件編號是 %(number)s，也已寄到您的信箱，請妥善保存。", number=case.number)
    return drafting.subject(case.id), reply(Say(words, "good"))


def _says(case: CertificationCase, basics: Basics) -> bool:
    """Whether the case keeps these very data."""
    kept = (
        case.name, case.email, case.category, case.path, case.designated, case.publish,
        case.organisation_code, case.organisation, case.national_id_digest,
    )  # fmt: skip
    return kept == (
        basics.name, basics.email, basics.category, basics.path, basics.designated,
        basics.publish, basics.organisation_code, basics.organisation,
        secrets.digest("national-id", basics.national_id),
    )  # fmt: skip


def _hand_in(actor: Actor, form: Form, going: Going) -> Reply:
    assert isinstance(form, ApplicationForm)
    case_id = found.id_of(going.subject) or applying.open_case(actor, form.basics()).id
    applying.hand_in(actor, case_id, application_of(form), form.basics())
    return handed_in(cases.owned(actor, case_id))


def handed_in(case: CertificationCase) -> Reply:
    """What became of it, and what comes next."""
    words = _("申請已送出。") if case.mode is Mode.OFFICE else _("申請資料已備妥。")
    return reply(
        found.good(words + _("案件編號 %(number)s。", number=case.number)),
        Say(case_words.NEXT[case.state]),
        Link(_("查看案件與收件回條"), "certification.case", {"case_id": case.id}),
    )


def _warning(actor: Actor, _form: Form) -> str:
    if mode_of(actor.school_id or 0) is Mode.SCHOOL:
        return _("備妥後資料就會鎖定；送件之前，可以由案件頁面取回修改。")
    return _(
        "送出後資料就會鎖定，不能再修改；只有收到補正通知時，才能修改被要求的項目。"
        "請再看一次：檔案是否正確、身分證統一編號與信箱是否無誤。"
    )


def _page(_actor: Actor, subject: str) -> Link:
    if found.is_new(subject):
        return Link(_("到我的申請案"), "certification.case_list")
    return Link(
        _("到申請案的頁面"),
        "certification.application_edit",
        {"case_id": found.id_of(subject), "step": "resume"},
    )


skills.register(
    FormSkill(
        intent="certification.apply",
        title=TITLE,
        who=found.APPLICANTS,
        policy=policy.applicants,
        build=build,
        fill=_fill,
        subject=_subject,
        stands=_stands,
        onto=_onto,
        first=_first,
        run=_hand_in,
        confirm=_l("確認送出申請"),
        warning=_warning,
        page=_page,
        suits=verbs.is_(verbs.APPLYING, ""),
        order=10,
    )
)
