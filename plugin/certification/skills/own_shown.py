"""What becomes of one's own applications and certificates, by talking."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from forms.jinja import roc_date
from forms.said import day_said
from plugin import clock, skills
from plugin.actor import Actor
from plugin.certification import case_words, policy
from plugin.certification.certificates import CATEGORY_LABELS, STANDING_LABELS, standing
from plugin.certification.ending import left
from plugin.certification.forms.application import NAME
from plugin.certification.models import (
    CaseKind,
    CaseState,
    Certificate,
    CertificateState,
    CertificationCase,
    Mode,
)
from plugin.certification.queries import cases, certificates, named, own, renewals, versions
from plugin.certification.queries.cases import Whole
from plugin.certification.skills import applying, correcting, found, paying_titles, verbs
from plugin.certification.states import LABELS
from plugin.certification.views.application_parts import wizard_of
from plugin.drafts.operations import Drafts
from plugin.school.office_calendar import table_of
from plugin.skills import NEW, Asked, QuerySkill
from plugin.skills.replies import Button, Facts, Link, Part, Reply, Say, Table, reply

TITLE = _l("查認證申請的進度")
CERTIFICATES = _l("我的證書")
TOLD = 3
"""So many cases are told in full; the page has them all."""


def _status(actor: Actor, asked: Asked) -> Reply:
    """Every own case: its state, what comes next, until when, what is missing."""
    number = found.number_in(asked)
    if number and not number.isdecimal():
        case = named.own(actor, number)
        if case is None:
            raise found.unknown(number)
        return Reply(tuple(_told(actor, case)))
    parts: list[Part] = []
    store = Drafts(actor)
    if store.get(store.key(NAME, NEW)) is not None:
        parts += [
            Say(_("有一份申請填到一半，還沒有案件編號，也還沒有送出。")),
            Button(_l("繼續填寫申請"), applying.TITLE),
        ]
    mine = [one.case for one in own.newest(actor)]
    live = [one for one in mine if one.state not in _OVER] or mine[:1]
    for case in live[:TOLD]:
        parts += _told(actor, case)
    if not parts:
        return reply(
            _("您還沒有環境教育人員認證的申請案。"), Button(applying.TITLE, applying.TITLE)
        )
    if len(mine) > len(live[:TOLD]):
        parts.append(Link(_("看我所有的申請案"), "certification.case_list"))
    return Reply(tuple(parts))


_OVER = frozenset(
    {
        CaseState.WITHDRAWN, CaseState.REFUSED, CaseState.CERTIFIED, CaseState.REVOKED,
        CaseState.ANNULLED,
    }
)  # fmt: skip


def _told(actor: Actor, case: CertificationCase) -> list[Part]:
    whole = cases.whole(actor, case.id)
    state = LABELS[case.state]
    parts: list[Part] = [
        Say(
            _(
                "%(number)s：%(state)s。%(next)s",
                number=case.number, state=state.text, next=case_words.NEXT[case.state],
            ),
            "warning" if case.state in {CaseState.CORRECTION, CaseState.FEE_DUE} else "",
        )
    ]  # fmt: skip
    table = table_of(case.school_id)
    clocks = [one for one in (left(each, table) for each in whole.clocks) if not one.paused]
    rows = [(one.label, day_said(one.due_on, weekday=True), "") for one in clocks]
    if case.confirmed_at is not None:
        sent = case.confirmed_at.astimezone(clock.TAIPEI).date()
        rows.insert(0, (_("送出日期"), day_said(sent), ""))
    if rows:
        parts.append(Facts(rows))
    parts += _missing(actor, case) + _asked(whole) + _last_words(whole)
    parts += [Button(one, f"{one} {case.number}") for one in _doable(case)]
    parts.append(Link(_("查看案件"), "certification.case", {"case_id": case.id}))
    return parts


def _missing(actor: Actor, case: CertificationCase) -> list[Part]:
    """Of a draft what keeps it from being sent, each with the step where it is mended."""
    if case.state is not CaseState.DRAFT or case.kind is not CaseKind.NEW:
        return []
    lacks = wizard_of(actor, case.id).missing()
    if not lacks:
        return [Say(_("資料都填好了，還沒有送出。"), "good")]
    rows = [
        [
            Link(
                str(one.title),
                "certification.application_edit",
                {"case_id": case.id, "step": one.step},
            ),
            one.message,
        ]
        for one in lacks[: Table.SHOWN]
    ]
    return [Table(_("還缺的項目"), [_("步驟"), _("缺什麼")], rows, total=len(lacks))]


def _asked(whole: Whole) -> list[Part]:
    """What is to be corrected."""
    if whole.asked is None or whole.newest is None or whole.case.kind is not CaseKind.NEW:
        return []
    labels = versions.labels(whole.newest)
    rows = [(labels.get(name, name), words, "") for name, words in whole.asked.items.items()]
    return [Facts(rows, _("要補正的項目"))]


def _last_words(whole: Whole) -> list[Part]:
    """Why it was refused, in the office's words."""
    if whole.case.state is not CaseState.REFUSED:
        return []
    words = next((one.words for one in whole.events if one.words), "")
    return [Say(_("理由：%(reason)s", reason=words))] if words else []


def _doable(case: CertificationCase) -> list[Any]:
    """What its applicant can do now by talking."""
    titles: list[Any] = []
    if case.state is CaseState.DRAFT and case.kind is CaseKind.NEW:
        titles = [applying.TITLE]
    if case.state is CaseState.CORRECTION and case.kind is CaseKind.NEW:
        titles = [correcting.TITLE]
    if case.state is CaseState.FEE_DUE:
        titles = [paying_titles.CLAIM]
    if case.state is CaseState.FEE_CLAIMED:
        titles = [paying_titles.DROP]
    if case.state in correcting.GIVEN_UP_FROM and case.mode is Mode.OFFICE:
        titles = [*titles, correcting.WITHDRAW]
    return titles


def _certificates(actor: Actor, _asked_: Asked) -> Reply:
    """Number, validity, when it may be renewed."""
    mine = certificates.mine(actor)
    if not mine:
        return reply(_("您還沒有環境教育人員認證證書。"), Button(TITLE, TITLE))
    offers = renewals.offers(mine)
    parts: list[Part] = []
    for one in mine[:TOLD]:
        parts += [
            Facts(
                [
                    (_("類別"), str(CATEGORY_LABELS[one.category]), ""),
                    (_("狀態"), str(STANDING_LABELS[standing(one, clock.today())].text), ""),
                    (_("有效至"), roc_date(one.expires_on) if one.expires_on else _("無期限"), ""),
                    (_("資訊公開"), _("同意公開") if one.publish else _("不同意公開"), ""),
                ],
                one.number,
            ),
            *_renewable(one, offers.get(one.id)),
            Link(_("查看與下載證書"), "certification.my_certificate", {"certificate_id": one.id}),
        ]
    parts.append(Button(_l("通過名單的公開範圍"), _l("通過名單的公開範圍")))
    return Reply(tuple(parts))


def _renewable(one: Certificate, offer: renewals.Offer | None) -> list[Part]:
    if offer is None or one.state is not CertificateState.VALID:
        return []
    if offer.case is not None:
        words = _("展延申請 %(number)s 正在辦理中。", number=offer.case.number)
        return [Say(words)]
    words = _(
        "可以申請展延的期間是 %(opens)s 至 %(closes)s。",
        opens=day_said(offer.window.opens_on), closes=day_said(offer.window.closes_on),
    )  # fmt: skip
    told: list[Part] = [Say(words)]
    return [*told, Button(_l("申請展延"), _l("申請展延"))] if offer.open else told


skills.register(
    QuerySkill(
        intent="certification.status",
        title=TITLE,
        who=found.APPLICANTS,
        policy=policy.applicants,
        answer=_status,
        suits=lambda actor, asked: (
            verbs.of(verbs.STATUS, asked.words) == "" and not _handles(actor, asked)
        ),
        order=10,
    )
)
skills.register(
    QuerySkill(
        intent="certification.status",
        name="certification.certificate",
        title=CERTIFICATES,
        who=found.APPLICANTS,
        policy=policy.applicants,
        answer=_certificates,
        suits=verbs.is_(verbs.STATUS, "certificate"),
        order=20,
    )
)


def _handles(actor: Actor, asked: Asked) -> bool:
    """Whether it is said of a case on the desk of the actor's office."""
    number = found.number_in(asked)
    return policy.office(actor) and bool(number) and named.own(actor, number) is None
