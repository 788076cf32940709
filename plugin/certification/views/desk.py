"""The issuing office's desk: the queue, a case, and what is done with it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from forms import page
from forms.definition import Form
from plugin import web
from plugin.actor import Actor
from plugin.certification import completeness, policy, reasons
from plugin.certification.forms import desk as forms
from plugin.certification.forms.words import CATEGORIES, PATHS
from plugin.certification.models import CaseKind, CaseState, CaseVersion, CertificationCase
from plugin.certification.operations import fees, processing
from plugin.certification.queries import area, letters, office, office_case
from plugin.certification.queries.office import Filter
from plugin.certification.states import LABELS
from plugin.certification.views.desk_words import clock_choices, letter_names
from plugin.errors import InvalidInput, NotFound, Refusal
from plugin.ids import row_id
from plugin.vault import links
from plugin.web import Route

Answer = Response | str | tuple[str, int]
BOTH, POST = ("GET", "POST"), ("POST",)


def office_queue() -> str:
    """What waits, what ends first on top."""
    actor = web.current_actor()
    wanted = Filter.read(request.args)
    found = office.queue(actor, wanted, after=request.args.get("after"))
    counts = office.counts(actor, wanted)
    return render_template(
        "certification/desk_queue.html",
        wanted=wanted,
        found=found,
        counts=counts,
        total=counts[wanted.state],
        states=_states(counts),
        clocks=clock_choices(),
        categories=[("", _("全部")), *CATEGORIES],
        paths=[("", _("全部")), *PATHS],
        kinds=[
            ("", _("全部")),
            (CaseKind.NEW.value, _("新申請")),
            (CaseKind.RENEWAL.value, _("展延")),
        ],
        words={**dict(CATEGORIES), **dict(PATHS)},
        find=forms.FindForm(None),
        waiting=office.waiting(actor),
        Kinds=CaseKind,
    )


def office_find() -> Answer:
    """By national ID: posted, so that it stands in no address and no log."""
    actor = web.current_actor()
    form = forms.FindForm()
    if not form.validate():
        return page.render(form, submit=_("查詢"), cancel=url_for("certification.office_queue"))
    found = office.applicant_of(actor, form.national_id.data or "")
    if found is None:
        flash(_("查無此人的申請案；請確認身分證字號，或對方還沒有確認送出。"), "warning")
        return redirect(url_for("certification.office_queue"))
    return redirect(url_for("certification.office_queue", who=found, state=office.EVERY))


def office_case_page(case_id: int) -> str:
    """Everything about one case, and what can be done now."""
    actor = web.current_actor()
    case = office_case.seen(actor, case_id)
    some = office_case.versions(case)
    shown = _asked_version(some, "version") or (some[0] if some else None)
    before = _asked_version(some, "against")
    if before is not None and shown is not None and before.number == shown.number:
        before = None
    files = office_case.attached(case, shown, before) if shown else []
    return render_template(
        "certification/desk_case.html",
        case=case,
        wanted=_wanted(),
        versions=some,
        shown=shown,
        before=before,
        sections=office_case.sections(case, shown, before) if shown else [],
        files=files,
        urls={one.name: links.url(one.file, actor) for one in files if one.file is not None},
        missing=completeness.missing(case),
        clocks=office_case.clocks(case),
        corrections=office_case.corrections(case),
        steps=office_case.history(case),
        letters=letters.of_case(actor, case.id),
        letter_names=letter_names(),
        fees=office_case.fees(case),
        reviewers=office_case.reviewers(case),
        certificate=office_case.certificate(case),
        notes=office_case.notes(case),
        others=office_case.others(case),
        note_form=forms.NoteForm(None),
        by_code=area.by_code(case),
        words={**dict(CATEGORIES), **dict(PATHS)},
        may_correct=case.state in (CaseState.PROCEDURAL, CaseState.REVIEW)
        and shown is not None
        and shown.number == some[0].number,
        labels=LABELS,
        States=CaseState,
        Kinds=CaseKind,
    )


def office_take(case_id: int) -> Response:
    """Take a case into procedural review."""
    actor = web.current_actor()
    try:
        processing.take(actor, case_id)
    except Refusal as refusal:
        _tell(refusal)
    else:
        flash(_("已開始程序審查。"))
    return redirect(_case(case_id))


def office_accept(case_id: int) -> Answer:
    """Pass the procedural review and ask for the fee."""
    actor = web.current_actor()
    case = office_case.seen(actor, case_id)
    following = _next(actor, case)

    def accept(form: Form) -> str:
        notice = processing.accept(actor, case_id, form["words"].data or "")
        return _("已通知繳費，銷帳編號 %(reference)s。", reference=notice.reference)

    return _decide(
        forms.AcceptForm(), case, accept, _("通過並通知繳費"), "certification/desk_accept.html",
        following, amounts=fees.amounts(case), missing=completeness.missing(case),
    )  # fmt: skip


def office_refuse(case_id: int) -> Answer:
    """Refuse with a reason."""
    actor = web.current_actor()
    case = office_case.seen(actor, case_id)
    following = _next(actor, case)

    def refuse(form: Form) -> str:
        processing.refuse(actor, case_id, form["words"].data or "")
        return _("已駁回，申請者會收到通知。")

    return _decide(
        forms.RefuseForm(), case, refuse, _("駁回"), "certification/desk_words.html",
        following, offered={"words": reasons.REFUSALS}, warning=True,
    )  # fmt: skip


def office_drop(case_id: int) -> Answer:
    """Take a request for correction back."""
    actor = web.current_actor()
    case = office_case.seen(actor, case_id)

    def drop(form: Form) -> str:
        processing.drop_correction(actor, case_id, form["words"].data or "")
        return _("已撤回補正要求。")

    return _decide(
        forms.DropForm(), case, drop, _("撤回補正要求"), "certification/desk_words.html", None
    )


def office_correct(case_id: int) -> Answer:
    """Ask for a correction of the items that were ticked."""
    actor = web.current_actor()
    case = office_case.seen(actor, case_id)
    known = completeness.labels(case)
    picked = {name: known[name] for name in known if name in request.args.getlist("item")}
    if not picked:
        flash(_("還沒有選取要補正的項目。") + _("請先勾選要申請者補正的欄位或文件。"), "error")
        return redirect(_case(case_id) + "#application")
    form = forms.correction_form(picked)()
    following = _next(actor, case)

    def ask(form: Form) -> str:
        assert isinstance(form, forms.CorrectionForm)
        try:
            row = processing.ask_correction(
                actor, case_id, form.items(),
                due_on=form.due_on.data, words=form.words.data or "",
            )  # fmt: skip
        except InvalidInput as refusal:
            refusal.fields = {
                forms.ITEM + name if name in picked else name: fault
                for name, fault in refusal.fields.items()
            }
            raise
        return _("已要求補正，期限到 %(day)s。", day=f"{row.due_on:%Y-%m-%d}")

    papers = {one.name for one in office_case.attached(case, office_case.versions(case)[0])}
    return _decide(
        form, case, ask, _("送出補正要求"), "certification/desk_correct.html", following,
        offered={
            forms.ITEM + name: reasons.of(
                name, file=name in papers, essay=name.startswith("essay")
            )
            for name in picked
        },
        ends=processing.correction_ends(case.school_id),
    )  # fmt: skip


def office_note(case_id: int) -> Answer:
    """Note something for the office alone."""
    actor = web.current_actor()
    case = office_case.seen(actor, case_id)
    form = forms.NoteForm()

    def note(form: Form) -> str:
        processing.note(actor, case_id, form["words"].data or "")
        return _("已存下註記。")

    return _decide(form, case, note, _("存下註記"), "certification/desk_words.html", None)


def office_identity(case_id: int) -> Response:
    """Show what is masked, once; that it was looked at stands in the audit trail."""
    actor = web.current_actor()
    case = office_case.seen(actor, case_id)
    processing.reveal(actor, case_id)
    answer = make_response(
        render_template(
            "certification/desk_identity.html",
            case=case,
            answers=office_case.private_answers(case),
            back=_case(case_id),
        )
    )
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _decide(
    form: Form,
    case: CertificationCase,
    operation: Callable[[Form], str],
    submit: str,
    template: str,
    following: int | None,
    *,
    offered: dict[str, reasons.Words] | None = None,
    **context: Any,
) -> Answer:
    """A form of the desk: words inserted, shown, or done and on to the next case."""
    offered = offered or {}
    if request.method == "POST" and not _inserted(form, offered) and form.validate():
        try:
            flash(operation(form))
        except NotFound:
            raise
        except InvalidInput as refusal:
            form.add_errors(refusal.fields or {"": f"{refusal.message}{refusal.remedy}"})
        except Refusal as refusal:
            _tell(refusal)
            return redirect(_case(case.id))
        else:
            return redirect(_case(case.id, next=following))
    return page.render(
        form,
        submit=submit,
        cancel=_case(case.id),
        template=template,
        case=case,
        offered=offered,
        crumb=_case(case.id),
        queue=url_for("certification.office_queue", **_wanted().args),  # type: ignore[arg-type]
        **context,
    )


def _inserted(form: Form, offered: dict[str, reasons.Words]) -> bool:
    """A browser without script asked for words to be inserted (`insert=words:2`: the second)."""
    name, _colon, number = request.form.get("insert", "").partition(":")
    chosen = row_id(number)
    if name not in offered or chosen is None or not 1 <= chosen <= len(offered[name]):
        return False
    field = form[name]
    said = str(offered[name][chosen - 1])
    field.data = "\n".join(filter(None, ((field.data or "").rstrip(), said)))
    field.raw_data = [field.data]
    return True


def _wanted() -> Filter:
    return Filter.read(request.args)


def _next(actor: Actor, case: CertificationCase) -> int | None:
    """The case that stands after this one in the queue, before this one leaves it."""
    return office.next_of(actor, _wanted(), case) if request.method == "POST" else None


def _case(case_id: int, **more: object) -> str:
    return url_for(
        "certification.office_case",
        case_id=case_id,
        **_wanted().args,  # type: ignore[arg-type]
        **more,  # type: ignore[arg-type]
    )


def _asked_version(some: list[CaseVersion], name: str) -> CaseVersion | None:
    number = row_id(request.args.get(name))
    return next((one for one in some if one.number == number), None)


def _states(counts: dict[str, int]) -> list[tuple[str, str]]:
    words = {state.value: str(LABELS[state].text) for state in CaseState}
    words |= {
        office.WAITING: _("辦理中"),
        "ours": _("輪到承辦單位"),
        office.DECIDED: _("已結案"),
        office.EVERY: _("全部"),
    }
    return [(name, f"{words[name]} ({counts[name]})") for name in office.STATES]


def _tell(refusal: Refusal) -> None:
    if isinstance(refusal, NotFound):
        raise refusal
    flash(f"{refusal.message}{refusal.remedy}", "error")


routes = [
    Route("/certification/office", office_queue, policy.office),
    Route("/certification/office/find", office_find, policy.office, POST),
    Route(
        "/certification/office/<int:case_id>",
        office_case_page,
        policy.office,
        endpoint="office_case",
    ),
    Route("/certification/office/<int:case_id>/take", office_take, policy.office, POST),
    Route("/certification/office/<int:case_id>/accept", office_accept, policy.office, BOTH),
    Route("/certification/office/<int:case_id>/correct", office_correct, policy.office, BOTH),
    Route("/certification/office/<int:case_id>/drop", office_drop, policy.office, BOTH),
    Route("/certification/office/<int:case_id>/refuse", office_refuse, policy.office, BOTH),
    Route("/certification/office/<int:case_id>/note", office_note, policy.office, POST),
    Route("/certification/office/<int:case_id>/identity", office_identity, policy.office, POST),
]
