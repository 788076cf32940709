"""Renewal by talking, and the ledger of hours that it rests on; whether one is published."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from forms.definition import Form
from forms.said import day_said
from plugin import skills
from plugin.actor import Actor
from plugin.certification import hours as counting
from plugin.certification import policy
from plugin.certification.forms.certificates import PublicationForm
from plugin.certification.forms.hours import HourForm, ProofStage
from plugin.certification.forms.renewal import RenewalForm, in_hours, renewal_form, short, told_of
from plugin.certification.models import Certificate, CertificateState
from plugin.certification.operations import hours as ledger
from plugin.certification.operations import publishing, renewing
from plugin.certification.queries import certificates, named, renewals
from plugin.certification.queries import hours as queries
from plugin.certification.skills import found, verbs
from plugin.errors import Conflict
from plugin.skills import Asked, FormSkill, Going, QuerySkill, WhichOne
from plugin.skills.replies import Bars, Button, Link, Part, Reply, Say, Table, reply
from plugin.vault.check import MEDIA_TYPES

RENEW, HOURS, LOG = _l("申請展延"), _l("研習時數"), _l("登錄研習時數")
PUBLICATION = _l("通過名單的公開範圍")


def _meant(actor: Actor, asked: Asked, title: Any, some: Sequence[Certificate]) -> Certificate:
    """The own certificate that is meant, by its number or because there is just one.

    :raises Conflict: there is none. :raises WhichOne: there are several.
    """
    said = named.plain(found.number_in(asked) or asked.words)
    called = [one for one in some if named.plain(one.number) in said]
    if called or len(some) == 1:
        return (called or list(some))[0]
    if not some:
        raise Conflict(_("您還沒有環境教育人員認證證書。"))
    raise WhichOne(
        _("「%(title)s」是哪一張證書？", title=title),
        offers=[(one.number, f"{title} {one.number}") for one in some[: found.OFFERED]],
    )


def _held(actor: Actor) -> list[Certificate]:
    return [one for one in certificates.mine(actor) if one.state is CertificateState.VALID]


def _own(actor: Actor, subject: str) -> Certificate:
    return certificates.own(actor, found.id_of(subject))


# Renewal --------------------------------------------------------------------------------------


def _subject(actor: Actor, asked: Asked) -> str:
    """:raises Conflict: there is none, or it is not the time; then the hours are told, too."""
    held = _held(actor)
    offers = renewals.offers(held)
    opened = [one for one in held if one.id in offers and offers[one.id].open]
    one = _meant(actor, asked, RENEW, opened or held)
    return _stands(actor, f"certificate:{one.id}")


def _stands(actor: Actor, subject: str) -> str:
    """:raises Conflict: it cannot be renewed now, and why."""
    one = _own(actor, subject)
    offer = renewals.offer(one)
    if offer is None:
        raise Conflict(_("這張證書沒有期限或已經失效，不需要也不能展延。"))
    if offer.case is not None:
        raise Conflict(_("這張證書的展延申請 %(number)s 正在辦理中。", number=offer.case.number))
    if not offer.open:
        raise Conflict(
            _("現在不是展延的申請期間。"),
            remedy=_(
                "受理期間是 %(opens)s 至 %(closes)s。",
                opens=day_said(offer.window.opens_on),
                closes=day_said(offer.window.closes_on),
            )
            + told_of(queries.renewal_total(one.holder_id, one)),
        )
    return subject


def _form(actor: Actor, subject: str, data: Any) -> RenewalForm:
    one = _own(actor, subject)
    counted = queries.renewal_total(one.holder_id, one)
    form = renewal_form(one, counted, data, csrf=False)
    facts = {group.key: str(group.help) for group in form.meta.groups}
    form.correct.ask = replace(
        form.correct.ask, help=f"{facts['certificate']}{form.correct.ask.help}"
    )
    form.attended.ask = replace(form.attended.ask, help=facts["hours"])
    form.meta.title = _("%(title)s：%(what)s", title=RENEW, what=one.number)
    return form


def _first(actor: Actor, subject: str) -> Mapping[str, Sequence[str]]:
    return {"email": [_own(actor, subject).email]}


def _renew(actor: Actor, form: Form, going: Going) -> Reply:
    assert isinstance(form, RenewalForm)
    case = renewing.apply(actor, found.id_of(going.subject), form.values())
    return reply(
        found.good(_("已送出展延申請，案件編號 %(number)s。", number=case.number)),
        Link(_("查看案件"), "certification.case", {"case_id": case.id}),
    )


skills.register(
    FormSkill(
        intent="certification.renew",
        title=RENEW,
        who=_l("證書持有人"),
        policy=policy.applicants,
        build=_form,
        subject=_subject,
        stands=_stands,
        first=_first,
        run=_renew,
        confirm=_l("送出展延申請"),
        warning=lambda _actor, _form: _("送出後就不能再修改；核發機關會進行程序審查。"),
        page=lambda _actor, subject: Link(
            _l("到展延的頁面"), "certification.renewal", {"certificate_id": found.id_of(subject)}
        ),
        suits=verbs.is_(verbs.RENEWING, ""),
        order=10,
    )
)


# Hours ----------------------------------------------------------------------------------------


def _hours(actor: Actor, asked: Asked) -> Reply:
    """What counts, by topic; what is missing; what does not count, and why."""
    views = queries.views(actor)
    renewal = found.says(r"展延|renew", asked)
    chosen = next((one for one in views if renewal and one.key.startswith("renewal")), views[0])
    tally = queries.tally(actor, chosen.needs)
    total = _(
        "%(what)s：已採計 %(counted)s 小時，須 %(needed)s 小時。",
        what=chosen.label, counted=in_hours(tally.total), needed=in_hours(chosen.needs.total),
    )  # fmt: skip
    parts: list[Part] = [Say(total, "good" if tally.enough else "")]
    if chosen.needs.digital is not None:
        parts.append(Say(told_of(tally), "hint"))
        if not tally.enough:
            parts.append(Say(short(tally), "warning"))
    parts += _topics(tally)
    parts += _refused(tally)
    return Reply((*parts, Button(LOG, LOG), Link(_("到研習時數"), "certification.hours_ledger")))


def _topics(tally: counting.Tally) -> list[Part]:
    """Each topic that is asked for, against what is asked."""
    known = counting.book().topics
    bars = [
        (str(known[code].label), float(in_hours(tally.of(code))), float(in_hours(least)))
        for code, least in tally.needs.topics.items()
    ]
    if not bars:
        return []
    lacks = [
        _("%(topic)s還差 %(hours)s 小時", topic=known[code].label, hours=in_hours(minutes))
        for code, minutes in tally.short.items()
        if code
    ]
    told: list[Part] = [Bars(_("各議題的採計時數"), bars, _("小時"))]
    return [*told, Say(_("；").join(lacks) + _("。"), "warning")] if lacks else told


def _refused(tally: counting.Tally) -> list[Part]:
    rows = [
        [line.training.title, in_hours(line.training.minutes), str(counting.REASONS[line.reason])]
        for line in tally.lines
        if line.reason is not None
    ]
    if not rows:
        return []
    columns = [_("研習名稱"), _("小時"), _("原因")]
    return [Table(_("沒有採計的研習"), columns, rows[: Table.SHOWN], total=len(rows))]


def _log_form(actor: Actor, _subject: str, data: Any) -> HourForm:
    form = HourForm(data, stage=ProofStage(actor), meta={"csrf": False})
    form.proof.max_bytes = ledger.limit(actor)
    form.proof.accept = tuple(MEDIA_TYPES[one] for one in ledger.KINDS)
    return form


def _log(actor: Actor, form: Form, _going: Going) -> Reply:
    assert isinstance(form, HourForm)
    ledger.add(actor, form.values())
    return reply(found.good(_("已登錄這筆研習。")), *_hours(actor, Asked()).parts)


for _intent in ("certification.status", "certification.renew"):
    skills.register(
        QuerySkill(
            intent=_intent,
            name=f"certification.hours.{_intent.rpartition('.')[2]}",
            title=HOURS,
            who=found.APPLICANTS,
            policy=policy.applicants,
            answer=_hours,
            suits=verbs.is_(
                verbs.STATUS if _intent == "certification.status" else verbs.RENEWING, "hours"
            ),
            order=40,
        )
    )
skills.register(
    FormSkill(
        intent="certification.renew",
        name="certification.log_hours",
        title=LOG,
        who=found.APPLICANTS,
        policy=policy.applicants,
        build=_log_form,
        fields={"count": "hours", "title": "title", "unit": "provider", "date": "held_on"},
        run=_log,
        confirm=_l("登錄"),
        page=lambda _actor, _subject: Link(_l("到研習時數"), "certification.hours_ledger"),
        suits=verbs.is_(verbs.RENEWING, "log"),
        order=20,
    )
)


# Publication ----------------------------------------------------------------------------------


def _publication_subject(actor: Actor, asked: Asked) -> str:
    return f"certificate:{_meant(actor, asked, PUBLICATION, certificates.mine(actor)).id}"


def _publication_form(actor: Actor, subject: str, data: Any) -> PublicationForm:
    one = _own(actor, subject)
    form = PublicationForm(data, meta={"csrf": False})
    form.meta.title = _("%(title)s：%(what)s", title=PUBLICATION, what=one.number)
    return form


def _said(_actor: Actor, asked: Asked, _form_: Form) -> Mapping[str, Sequence[str]]:
    """不要公開 and 同意公開; where only the change is asked for, it is asked which."""
    if found.says(r"不(要|想|同意|願|再)?.{0,3}公開|隱藏|拿掉|do not publish|don't publish", asked):
        return {"publish": ["no"]}
    return {"publish": ["yes"]} if found.says(r"(同意|願意|可以)公開", asked) else {}


def _publish(actor: Actor, form: Form, going: Going) -> Reply:
    publishing.consent(actor, found.id_of(going.subject), form["publish"].data == "yes")
    return reply(
        found.good(_("已儲存，通過名單立即生效。")),
        Link(
            _("查看證書"),
            "certification.my_certificate",
            {"certificate_id": found.id_of(going.subject)},
        ),
    )


skills.register(
    FormSkill(
        intent="certification.status",
        name="certification.publication",
        title=PUBLICATION,
        who=_l("證書持有人"),
        policy=policy.applicants,
        build=_publication_form,
        fill=_said,
        subject=_publication_subject,
        run=_publish,
        confirm=_l("儲存"),
        warning=lambda _actor, _form: _(
            "證書字號、類別、狀態與日期依法一律公開，不受這項選擇影響。"
        ),
        page=lambda _actor, subject: Link(
            PUBLICATION, "certification.publication", {"certificate_id": found.id_of(subject)}
        ),
        suits=verbs.is_(verbs.STATUS, "publication"),
        order=50,
    )
)
