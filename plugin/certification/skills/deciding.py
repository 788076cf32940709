"""What the office does with a case by talking: the forms and operations of its desk."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

from flask_babel import gettext as _

from forms.definition import Form
from forms.said import day_said
from plugin import skills
from plugin.actor import Actor
from plugin.certification import completeness, policy, reasons
from plugin.certification.forms import desk as forms
from plugin.certification.forms.talking import CertainForm, SaidCorrectionForm, said_correction
from plugin.certification.models import CaseKind, CaseState, CertificationCase
from plugin.certification.operations import fees, processing
from plugin.certification.queries import office_case
from plugin.certification.skills import deciding_titles as titles
from plugin.certification.skills import found, verbs
from plugin.certification.states import OPEN
from plugin.errors import InvalidInput
from plugin.skills import Asked, FormSkill, Going
from plugin.skills.replies import Link, Reply, reply

S = CaseState
CORRECTABLE = frozenset({S.PROCEDURAL, S.REVIEW})


def on_case(
    verb: str,
    title: Any,
    states: Collection[CaseState],
    build: Callable[[CertificationCase, Any], Form],
    run: Callable[[Actor, int, Form], str],
    *,
    confirm: Any,
    order: int,
    page: str,
    warning: Callable[[CertificationCase], Any] | None = None,
    **more: Any,
) -> None:
    """Register a form about one case of the office, in one of these states.

    :param verb: of `verbs.OFFICE`. :param run: the operation; tells what became of it.
    :param page: endpoint of the office's own page of the same job.
    """

    def subject(actor: Actor, asked: Asked) -> str:
        return found.about(found.office_case(actor, asked, states, title))

    def case_of(actor: Actor, subject: str) -> CertificationCase:
        return office_case.seen(actor, found.id_of(subject))

    def stands(actor: Actor, subject: str) -> str:
        found.require(case_of(actor, subject), states, title)
        return subject

    def made(actor: Actor, subject: str, data: Any) -> Form:
        case = case_of(actor, subject)
        form = build(case, data)
        found.titled(form, case)
        return form

    def done(actor: Actor, form: Form, going: Going) -> Reply:
        case_id = found.id_of(going.subject)
        words = run(actor, case_id, form)
        after = office_case.seen(actor, case_id)
        following = found.buttons(after, titles.DOABLE.get(after.state, ()))
        return reply(found.good(words), *following, found.case_page(case_id))

    skills.register(
        FormSkill(
            intent="certification.review",
            name=f"certification.office.{verb}",
            title=title,
            who=found.OFFICE,
            policy=policy.office,
            build=made,
            subject=subject,
            stands=stands,
            run=done,
            confirm=confirm,
            warning=(lambda actor, form: _warn(warning, actor, form)) if warning else None,
            page=lambda _actor, subject: Link(title, page, {"case_id": found.id_of(subject)}),
            suits=lambda _actor, asked: (
                verbs.of(verbs.OFFICE, asked.words) == verb and not found.says(verbs.LISTS, asked)
            ),
            order=order,
            **more,
        )
    )


def _warn(warning: Callable[[CertificationCase], Any], actor: Actor, form: Form) -> Any:
    """What is told before it is confirmed, of the case that the form is about."""
    case_id: int = form.meta.case_id
    return warning(office_case.seen(actor, case_id))


def plain_form(
    kind: type[Form], **offered: Sequence[Any]
) -> Callable[[CertificationCase, Any], Form]:
    """A form of the desk as it is; `offered`: field → words to press."""

    def build(case: CertificationCase, data: Any) -> Form:
        form = kind(data, meta={"csrf": False, "case_id": case.id})
        for name, words in offered.items():
            field: Any = form[name]
            field.ask = replace(field.ask, offers=[(str(one), str(one)) for one in words])
        return form

    return build


def _take_form(case: CertificationCase, data: Any) -> Form:
    return CertainForm(data, meta={"csrf": False, "case_id": case.id, "title": titles.TAKE})


def _take(actor: Actor, case_id: int, _form: Form) -> str:
    processing.take(actor, case_id)
    return _("已開始程序審查。")


def _accept(actor: Actor, case_id: int, form: Form) -> str:
    notice = processing.accept(actor, case_id, form["words"].data or "")
    return _("已通知繳費，銷帳編號 %(reference)s。", reference=notice.reference)


def _accept_warning(case: CertificationCase) -> str:
    lacks = completeness.missing(case)
    if lacks:
        return _("文件還不齊全，缺少：%(what)s。", what=_("、").join(lacks))
    amounts = fees.amounts(case)
    return _(
        "會通知申請者繳納新臺幣 %(total)s 元（審查費 %(fee)s 元、郵寄費 %(postage)s 元）。",
        total=f"{amounts.total:,}", fee=f"{amounts.review_fee:,}", postage=f"{amounts.postage:,}",
    )  # fmt: skip


def _refuse(actor: Actor, case_id: int, form: Form) -> str:
    processing.refuse(actor, case_id, form["words"].data or "")
    return _("已駁回，申請者會收到通知。")


def _why(_actor: Actor, asked: Asked, _form: Form) -> Mapping[str, Sequence[str]]:
    """駁回，年資不足一年: the clause behind is the reason, also where nothing says so."""
    behind = _REASON.search(asked.words)
    said = str(asked.slots.get("reason", "")) or (behind["why"].strip() if behind else "")
    return {"words": [said]} if said else {}


_REASON = re.compile(
    r"(?:駁回|不通過|不予)[^，,：:。]*[，,：:]\s*(?:因為|理由是?|原因是?)?(?P<why>\S.*)$"
)


def _drop(actor: Actor, case_id: int, form: Form) -> str:
    processing.drop_correction(actor, case_id, form["words"].data or "")
    return _("已撤回補正要求。")


def _note(actor: Actor, case_id: int, form: Form) -> str:
    processing.note(actor, case_id, form["words"].data or "")
    return _("已存下註記。")


def _correct_form(case: CertificationCase, data: Any) -> SaidCorrectionForm:
    if case.kind is not CaseKind.NEW:
        raise InvalidInput(
            _("展延案沒有可以補正的欄位。"), remedy=_("研習時數請申請者在研習時數登錄中修正。")
        )
    labels = completeness.labels(case)
    files = {one.name for one in office_case.attached(case, office_case.versions(case)[0])}
    kind = said_correction(
        labels,
        lambda name: reasons.of(name, file=name in files, essay=name.startswith("essay")),
    )
    form = kind(data, meta={"csrf": False, "case_id": case.id})
    form.which.choices = list(labels.items())
    return form


def _correct(actor: Actor, case_id: int, form: Form) -> str:
    assert isinstance(form, SaidCorrectionForm)
    try:
        row = processing.ask_correction(
            actor, case_id, form.items(), due_on=form.due_on.data, words=form.words.data or ""
        )
    except InvalidInput as refusal:
        known = form.items()
        refusal.fields = {
            forms.ITEM + name if name in known else name: fault
            for name, fault in refusal.fields.items()
        }
        raise
    return _("已要求補正，期限到 %(day)s。", day=day_said(row.due_on, weekday=True))


def _items(_actor: Actor, asked: Asked, form: Form) -> Mapping[str, Sequence[str]]:
    """經歷證明, 計畫: items by the words that people use for them."""
    labels = dict(form["which"].plain_choices())
    called = [name for words, name in CALLED.items() if words in asked.words and name in labels]
    return {"which": list(dict.fromkeys(called))} if called else {}


CALLED = {
    "經歷證明": "experience", "研習證明": "hours", "統計表": "hours", "環境教育計畫": "plan",
    "教育計畫": "plan", "成果": "results", "英文姓": "surname_english", "電話": "telephone",
    "手機": "mobile", "服務學校": "organisation", "現職學校": "organisation", "職稱": "title",
    "教案": "lesson_plan", "講義": "lesson_plan",
}  # fmt: skip
"""What people call an item → its name, where the case has it."""


on_case(
    "take", titles.TAKE, {S.RECEIVED}, _take_form, _take,
    confirm=titles.TAKE, order=30, page="certification.office_case",
)  # fmt: skip
on_case(
    "accept", titles.ACCEPT, {S.PROCEDURAL}, plain_form(forms.AcceptForm), _accept,
    confirm=titles.ACCEPT, order=31, page="certification.office_accept", warning=_accept_warning,
)  # fmt: skip
on_case(
    "correct", titles.CORRECT, CORRECTABLE, _correct_form, _correct,
    confirm=titles.CORRECT, order=32, page="certification.office_case",
    fields={"date_to": "due_on", "date": "due_on"}, fill=_items,
    warning=lambda _case: _("會寄給申請者；期限內只開放這些項目修改。"),
)  # fmt: skip
on_case(
    "drop", titles.DROP, {S.CORRECTION}, plain_form(forms.DropForm), _drop,
    confirm=titles.DROP, order=33, page="certification.office_drop",
    fields={"reason": "words"},
)  # fmt: skip
on_case(
    "refuse", titles.REFUSE, CORRECTABLE,
    plain_form(forms.RefuseForm, words=reasons.REFUSALS), _refuse,
    confirm=titles.REFUSE, order=34, page="certification.office_refuse",
    fill=_why,
    warning=lambda _case: _("駁回理由會寄給申請者；駁回後不能復原。"),
)  # fmt: skip
on_case(
    "note", titles.NOTE, OPEN, plain_form(forms.NoteForm), _note,
    confirm=titles.NOTE, order=35, page="certification.office_case",
    fields={"reason": "words"},
)  # fmt: skip
