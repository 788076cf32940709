"""Papers by talking: the application, the dossier, what was sent, the form to be signed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from forms.definition import Form
from plugin import skills
from plugin.actor import Actor
from plugin.certification import policy
from plugin.certification.forms.papers import PaperForm
from plugin.certification.models import CaseKind, CaseState, CertificationCase, Path
from plugin.certification.operations import letters as operations
from plugin.certification.queries import certificates, named, office, own, review
from plugin.certification.queries import letters as queries
from plugin.certification.queries.office import Filter
from plugin.certification.skills import found
from plugin.errors import Conflict
from plugin.skills import Asked, FormSkill, Going, QuerySkill, WhichOne
from plugin.skills.replies import Button, Link, Part, Progress, Reply, Say, reply

TITLE = _l("製作申請書或審查卷")
SENT = _l("看通知與公文")
_SENT = r"通知|公文|核定函|繳費單|處分書|證書|letter|notice|certificate"
_FORM = r"經歷證明|簽章|空白|表單|blank form"
_HOURS = r"統計表|時數"
_DOSSIER = r"卷|附件|合成|合併|併成|全部|dossier"


def _may(actor: Actor) -> list[CertificationCase]:
    """Cases of which this person may have a paper made, those that matter now first."""
    mine = [one.case for one in own.newest(actor) if one.case.confirmed_at is not None]
    reviewed = [one.case for one in review.mine(actor) if review.is_open(one.assignment, one.case)]
    desk = [one.case for one in office.queue(actor, Filter()).items] if policy.office(actor) else []
    return [*reviewed, *desk, *mine]


def _called(actor: Actor, number: str) -> CertificationCase:
    """:raises NotFound: no such case for this person."""
    wanted = named.plain(number)
    case = named.at_school(actor, number) or next(
        (one for one in _may(actor) if named.plain(one.number) == wanted), None
    )
    if case is None:
        raise found.unknown(number)
    return case


def _meant(actor: Actor, asked: Asked, title: Any) -> CertificationCase:
    """:raises NotFound, Conflict, WhichOne: as `found.own_case`."""
    number = found.number_in(asked)
    if number:
        return _called(actor, number)
    some = _may(actor)
    if not some:
        raise Conflict(
            _("目前沒有可以列印的申請案。"), remedy=_("申請確認送出之後，才有申請書可以列印。")
        )
    if len(some) > 1:
        raise WhichOne(
            _("「%(title)s」是哪一件？", title=title),
            offers=[(one.number, f"{title} {one.number}") for one in some[: found.OFFERED]],
        )
    return some[0]


def _subject(actor: Actor, asked: Asked) -> str:
    return found.about(_meant(actor, asked, TITLE))


def _case(actor: Actor, subject: str) -> CertificationCase:
    """:raises NotFound: not for this person any more."""
    return queries.printable(actor, found.id_of(subject))


def _stands(actor: Actor, subject: str) -> str:
    _case(actor, subject)
    return subject


def _form(actor: Actor, subject: str, data: Any) -> PaperForm:
    case = _case(actor, subject)
    form = PaperForm(data, meta={"csrf": False})
    form.paper.choices = [
        (kind, str(operations.NAMES[kind]))
        for kind in ("application", "dossier")
        if queries.may_see(actor, case, kind)
    ]
    found.titled(form, case, name=False)
    return form


def _fill(_actor: Actor, asked: Asked, form: Form) -> Mapping[str, Sequence[str]]:
    kinds = [value for value, _label in form["paper"].plain_choices() if value]
    wanted = "dossier" if found.says(_DOSSIER, asked) else "application"
    if len(kinds) == 1:
        return {"paper": kinds}
    return {"paper": [wanted]} if found.says(f"申請書|{_DOSSIER}", asked) else {}


def _make(actor: Actor, form: Form, going: Going) -> Reply:
    kind = str(form["paper"].data)
    made = operations.ask(actor, found.id_of(going.subject), kind)
    page = Link(_("開啟這份文件"), "certification.letter", {"letter_id": made.id})
    if made.file_id is not None or made.job_id is None:
        return reply(found.good(_("已經做好了。")), page)
    name = operations.NAMES[kind]
    return reply(
        found.good(_("已經開始製作，完成後就能下載；可以先做別的事。")),
        Progress(made.job_id, _("製作%(name)s", name=name), page),
    )


def _sent(actor: Actor, asked: Asked) -> Reply:
    """Letters that were sent, certificates, the form for the principal: as links."""
    parts: list[Part] = []
    if found.says(_FORM, asked):
        parts += _blank(actor)
    if found.says(_HOURS, asked):
        parts.append(Link(_("到研習時數，製作統計表"), "certification.hours_ledger"))
    if found.says("證書|certificate", asked):
        parts += [
            Link(one.number, "certification.my_certificate", {"certificate_id": one.id})
            for one in certificates.mine(actor)[: found.OFFERED]
        ]
    if not parts:
        case = _meant(actor, asked, SENT)
        papers = queries.of_case(actor, case.id)
        parts = [
            Link(
                _("%(name)s（%(number)s）", name=operations.NAMES[one.letter.kind],
                  number=case.number),
                "certification.letter", {"letter_id": one.letter.id},
            )
            for one in papers[: found.OFFERED]
        ]  # fmt: skip
    if not parts:
        return reply(_("還沒有可以下載的文件。"), Button(TITLE, TITLE))
    return Reply((Say(_("可以開啟或下載：")), *parts))


def _blank(actor: Actor) -> list[Part]:
    """Pre-filled for each own case that needs it, also one that is not handed in."""
    return [
        Link(
            _("環境教育推動經歷證明文件（%(number)s）", number=one.case.number),
            "certification.experience_form",
            {"case_id": one.case.id},
        )
        for one in own.newest(actor)
        if one.case.path is Path.EXPERIENCE
        and one.case.kind is CaseKind.NEW
        and one.case.state in {CaseState.DRAFT, CaseState.CORRECTION}
    ]


def _only_shows(_actor: Actor, asked: Asked) -> bool:
    return found.says(f"{_SENT}|{_FORM}|{_HOURS}", asked) and not found.says("申請書|卷", asked)


skills.register(
    FormSkill(
        intent="application.pdf",
        title=TITLE,
        who=_l("申請者、承辦人與審查委員"),
        policy=policy.applicants,
        build=_form,
        fill=_fill,
        subject=_subject,
        stands=_stands,
        run=_make,
        confirm=_l("開始製作"),
        suits=lambda actor, asked: not _only_shows(actor, asked),
        order=10,
    )
)
skills.register(
    QuerySkill(
        intent="application.pdf",
        name="application.letters",
        title=SENT,
        who=_l("申請者與承辦人"),
        policy=policy.applicants,
        answer=_sent,
        suits=_only_shows,
        order=20,
    )
)
