"""Applying: the wizard, one's own cases, correction, withdrawal."""

from __future__ import annotations

from typing import Any

from flask import flash, jsonify, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from forms import wizard as wizards
from forms.definition import Form
from forms.drafts import Draft
from forms.wizard import CHECK, Wizard
from plugin import web
from plugin.actor import Actor
from plugin.certification import agreement, case_words, completeness, drafting, oral_notices, policy
from plugin.certification.ending import left
from plugin.certification.forms.application import NAME, VERSION, ApplicationForm
from plugin.certification.forms.filling import application_form, application_of, words_of
from plugin.certification.forms.words import CATEGORIES, PATHS
from plugin.certification.models import CaseKind, CaseState, CertificationCase, Mode
from plugin.certification.modes import mode_of
from plugin.certification.operations import applying, correcting, receiving
from plugin.certification.operations.letters import NAMES
from plugin.certification.queries import cases, orals, schools, versions
from plugin.certification.queries import letters as letter_queries
from plugin.certification.states import OPEN
from plugin.certification.views.application_parts import receipts_of, tell, wizard_of
from plugin.drafts.operations import Drafts
from plugin.errors import Refusal
from plugin.school import queries as school_queries
from plugin.school.office_calendar import table_of
from plugin.web import Route

RESUME = "resume"
"""Step that stands for "where I was"."""
BEGIN = "begin"
STEP = "certification/application_step.html"
CHECK_PAGE = "certification/application_check.html"


def case_list() -> str:
    """One's own cases, and the way to begin one."""
    actor = web.current_actor()
    return render_template(
        "certification/application_cases.html",
        page=cases.own(actor, cases.after_of(request.args.get("after"))),
        begun=Drafts(actor).get(Drafts(actor).key(NAME)) is not None,
        mode=mode_of(actor.school_id or 0),
        Mode=Mode,
    )


def application_begin() -> Response:
    """Begin an application, or go on with the one that has no number yet."""
    actor = web.current_actor()
    applying.begin(actor)
    step = wizard_of(actor, None).resume()
    return redirect(url_for("certification.application_new", step=step))


def application_new(step: str) -> Any:
    """A new application until it has its number: consent and basic data."""
    actor = web.current_actor()
    if not Drafts(actor).get(Drafts(actor).key(NAME)):
        return redirect(url_for("certification.case_list"))
    wizard = wizard_of(actor, None)

    def url(key: str, **more: Any) -> str:
        return url_for("certification.application_new", step=key, **more)

    if step not in {drafting.CONSENT, drafting.BASICS}:
        return redirect(url(drafting.CONSENT))
    answer = _served(actor, wizard, step, url, None)
    done = set(wizard.draft().done)
    if answer.status_code == 302 and {drafting.CONSENT, drafting.BASICS} <= done:
        return _opened(actor, wizard, step, url)
    if answer.status_code == 302 and step == drafting.BASICS and drafting.BASICS in done:
        return redirect(url(drafting.CONSENT))
    return answer


def application_edit(case_id: int, step: str) -> Any:
    """The wizard of a case that has its number and is not handed in."""
    actor = web.current_actor()
    case = cases.owned(actor, case_id)
    if case.state is not CaseState.DRAFT or case.kind is not CaseKind.NEW:
        if request.method == "POST" and step != CHECK:
            raise applying.locked()
        return redirect(url_for("certification.case", case_id=case.id))
    if step == RESUME:
        step = ""
    wizard = wizard_of(actor, case.id)

    def url(key: str, **more: Any) -> str:
        return url_for("certification.application_edit", case_id=case.id, step=key, **more)

    answer = _served(actor, wizard, step, url, case)
    if request.method == "POST" and step in {drafting.CONSENT, drafting.BASICS}:
        done = set(wizard.draft().done)
        if {drafting.CONSENT, drafting.BASICS} <= done:
            try:
                applying.keep_basics(actor, case.id, _form(wizard).basics())
            except Refusal as refusal:
                tell(refusal)
                return redirect(url(step))
    return answer


def case(case_id: int) -> str:
    """One case: its state, what comes next, documents with receipts, letters, history."""
    actor = web.current_actor()
    found = cases.whole(actor, case_id)
    mine = policy.owns(actor, found.case)
    return render_template(
        "certification/application_case.html",
        found=found,
        case=found.case,
        mine=mine,
        next_words=case_words.NEXT[found.case.state],
        appointment=_appointment(found.case),
        clocks=[left(one, table_of(found.case.school_id)) for one in found.clocks],
        parts=versions.parts(found.newest) if found.newest else [],
        receipts=receipts_of(found.files, actor),
        letters=letter_queries.of_case(actor, case_id),
        facts=_facts(found.case),
        asked_rows=_asked_rows(found),
        part_rows=lambda part: [
            (line.label, f"{line.value}\n（{line.note}）" if line.note else line.value)
            for line in part.lines
        ],
        letter_names={kind: str(name) for kind, name in NAMES.items()},
        ends_at=drafting.ends_at(found.case) if found.case.state is CaseState.DRAFT else None,
        may_withdraw=mine and found.case.state in OPEN | {CaseState.DRAFT, CaseState.PREPARED},
        States=CaseState,
        Mode=Mode,
    )


def _appointment(found: CertificationCase) -> str:
    """When and where to come; "" nothing is arranged."""
    standing = orals.standing(found) if found.state is CaseState.ORAL else None
    return oral_notices.told(standing.oral) if standing is not None else ""


def _facts(found: CertificationCase) -> list[tuple[str, str]]:
    """What a case is about, for the top of its page."""
    return [
        (_("申請者"), found.name),
        (_("現職學校"), found.organisation),
        (_("申請類別"), str(dict(CATEGORIES).get(found.category, ""))),
        (_("申請資格"), str(dict(PATHS).get(found.path, ""))),
        (_("是否為指定人員"), _("是") if found.designated else _("否")),
        (_("資訊公開"), _("同意公開") if found.publish else _("不同意公開")),
    ]


def _asked_rows(found: cases.Whole) -> list[tuple[str, str]]:
    """What is to be corrected, by the form's words."""
    if found.asked is None:
        return []
    labels = completeness.labels(found.case)
    return [(labels.get(name, name), words) for name, words in found.asked.items.items()]


def case_compare(case_id: int, number: int) -> str:
    """A corrected version beside the one before it."""
    actor = web.current_actor()
    found = cases.seen(actor, case_id)
    new, old = versions.number(found.id, number), versions.number(found.id, number - 1)
    policy.require(new is not None and old is not None, _("找不到這個版本。"))
    assert new is not None
    assert old is not None
    return render_template(
        "certification/application_compare.html",
        case=found, new=new, old=old, differences=versions.differences(old, new),
    )  # fmt: skip


def case_correction(case_id: int, step: str) -> Any:
    """Exactly the items of an open request for correction; everything else stays locked."""
    actor = web.current_actor()
    found = cases.owned(actor, case_id)
    asked = cases.asked(found)
    if found.kind is CaseKind.RENEWAL:
        return redirect(url_for("certification.renewal_correction", case_id=found.id))
    if asked is None:
        flash(_("目前沒有待補正的項目。"), "warning")
        return redirect(url_for("certification.case", case_id=found.id))
    whole = cases.whole(actor, case_id)
    assert whole.newest is not None
    if step == BEGIN:
        step = ""
    store = Drafts(actor)
    subject = drafting.correction_subject(asked.correction.id)
    if store.get(store.key(NAME, subject)) is None:
        files = {one.name: one.file.id for one in whole.files}
        values = words_of(drafting.read_answers(whole.newest.answers), files)
        store.save(Draft(store.key(NAME, subject), VERSION, values))

    def build(data: Any) -> ApplicationForm:
        return application_form(actor, data, only=frozenset(asked.items))

    wizard = Wizard(build, store, person=str(actor.person_id), subject=subject)

    def url(key: str, **more: Any) -> str:
        return url_for("certification.case_correction", case_id=found.id, step=key, **more)

    def finish(form: Form) -> Response:
        assert isinstance(form, ApplicationForm)
        try:
            correcting.answer(actor, found.id, application_of(form), form.basics())
        except Refusal as refusal:
            tell(refusal)
            return redirect(url(CHECK))
        flash(_("補正已送出。"))
        return redirect(url_for("certification.case", case_id=found.id))

    return _serve(
        actor, wizard, step, url, finish,
        submit=_("送出補正"),
        warning=_("送出後不能再修改；新的版本會與原來的版本並列，一起送審。"),
        case=found,
        asked=asked,
    )  # fmt: skip


def case_withdraw(case_id: int) -> Any:
    """Asks before an application is given up."""
    actor = web.current_actor()
    found = cases.owned(actor, case_id)
    back = url_for("certification.case", case_id=found.id)
    if request.method == "POST":
        try:
            applying.withdraw(actor, found.id)
            flash(_("申請已撤回。"))
        except Refusal as refusal:
            tell(refusal)
        return redirect(back)
    draft = found.state is CaseState.DRAFT
    lines = (
        [_("撤回後，填寫的內容與上傳的檔案會刪除，不能復原。")]
        if draft
        else [
            _("撤回後不能復原；需要時可以重新申請。"),
            _("已繳的費用，請洽核發機關承辦人員。"),
        ]
    )
    return render_template(
        "layout/confirm.html",
        title=_("撤回申請"),
        question=_("確定要撤回這件申請嗎？"),
        facts=[(_("案件編號"), found.number)],
        consequences=lines,
        action=request.path,
        submit=_("撤回申請"),
        danger=True,
        cancel=back,
    )


def school_search() -> Response:
    """Schools whose names fit `?q=`, for the field of the form."""
    actor = web.current_actor()
    found = schools.search(actor.school_id or 0, request.args.get("q", ""))
    answer: Response = jsonify(
        found=[{"code": one.code, "label": one.label, "detail": one.detail} for one in found]
    )
    answer.headers["Cache-Control"] = "private, max-age=60"
    return answer


def _opened(actor: Actor, wizard: Wizard, step: str, url: Any) -> Response:
    try:
        found = applying.open_case(actor, _form(wizard).basics())
    except Refusal as refusal:
        tell(refusal)
        return redirect(url(drafting.BASICS))
    flash(_("您的案件編號是 %(number)s，也已寄到您的信箱，請妥善保存。", number=found.number))
    return redirect(url_for("certification.application_edit", case_id=found.id, step="essays"))


def _served(
    actor: Actor, wizard: Wizard, step: str, url: Any, found: CertificationCase | None
) -> Any:
    office = mode_of(actor.school_id or 0) is Mode.OFFICE

    def finish(form: Form) -> Response:
        assert isinstance(form, ApplicationForm)
        assert found is not None
        try:
            if applying.hand_in(actor, found.id, application_of(form), form.basics()):
                flash(_("申請已送出。") if office else _("申請資料已備妥。"))
        except Refusal as refusal:
            tell(refusal)
            return redirect(url(CHECK))
        return redirect(url_for("certification.case", case_id=found.id))

    return _serve(
        actor, wizard, step, url, finish,
        submit=_("確認送出申請") if office else _("確認備妥"),
        warning=_(
            "送出後資料就會鎖定，不能再修改；只有收到補正通知時，才能修改被要求的項目。"
            "請再看一次：檔案是否正確、身分證統一編號與信箱是否無誤。"
        )
        if office
        else _("備妥後資料就會鎖定；送件之前，可以由案件頁面取回修改。"),
        case=found,
    )  # fmt: skip


def _serve(actor: Actor, wizard: Wizard, step: str, url: Any, finish: Any, **context: Any) -> Any:
    """Serve a step; files that a draft no longer refers to end at once."""
    policy.require(not step or step in wizard.keys, _("找不到這個步驟。"))
    before = drafting.file_ids(wizard.draft().values)
    key = wizard.key
    context["notice"] = agreement.current()
    context["authority"] = school_queries.school(actor.school_id or 0).name
    context["say"] = agreement.say
    answer = wizards.serve(
        wizard, step, url, finish,
        submit=context.pop("submit"), warning=context.pop("warning"),
        context=context, step_template=STEP, check_template=CHECK_PAGE,
    )  # fmt: skip
    left = Drafts(actor).get(key)
    if request.method == "POST" and step != CHECK and left is not None:
        receiving.let_go(actor, before - drafting.file_ids(left.values))
    return answer


def _form(wizard: Wizard) -> ApplicationForm:
    form = wizard.form()
    assert isinstance(form, ApplicationForm)
    return form


GET_POST = ("GET", "POST")

routes = [
    Route("/certification/cases", case_list, policy.applicants),
    Route("/certification/schools.json", school_search, policy.applicants),
    Route("/certification/apply", application_begin, policy.applicants, ("POST",)),
    Route("/certification/apply/<step>", application_new, policy.applicants, GET_POST),
    Route("/certification/cases/<int:case_id>", case, policy.applicants),
    Route(
        "/certification/cases/<int:case_id>/edit/<step>",
        application_edit,
        policy.applicants,
        GET_POST,
    ),
    Route(
        "/certification/cases/<int:case_id>/correction/<step>",
        case_correction,
        policy.applicants,
        GET_POST,
    ),
    Route(
        "/certification/cases/<int:case_id>/versions/<int:number>", case_compare, policy.applicants
    ),
    Route(
        "/certification/cases/<int:case_id>/withdraw", case_withdraw, policy.applicants, GET_POST
    ),
]
