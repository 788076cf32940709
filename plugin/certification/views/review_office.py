"""The office's side of the review: who is asked, what came in, the decision."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from forms import page
from forms.definition import Form
from plugin import clock, web
from plugin.certification import basis, criteria, policy
from plugin.certification.forms import review as forms
from plugin.certification.models import CaseState, CertificationCase
from plugin.certification.operations import deciding, scoring
from plugin.certification.operations import reviewers as operations
from plugin.certification.outlook import CONFLICTS, ORAL_FORMS, ORAL_RESULTS, VERDICTS, Stand
from plugin.certification.queries import meeting_cases, office_case, orals
from plugin.certification.queries import review as queries
from plugin.certification.resolutions import RESOLUTIONS
from plugin.certification.views.review import profile_page
from plugin.errors import NotFound, Refusal
from plugin.web import Route

Answer = Response | str | tuple[str, int]
BOTH = ("GET", "POST")


def office_review(case_id: int) -> str:
    """Who reviews a case, what they think, what is missing for the decision."""
    actor = web.current_actor()
    case = office_case.seen(actor, case_id)
    return render_template(
        "certification/review_office.html",
        case=case,
        clocks=office_case.clocks(case),
        months=queries.months(case.school_id),
        today=clock.today(),
        sheets=queries.sheets(actor, case),
        outlook=queries.outlook_of(case),
        missing=basis.missing(case),
        criteria=criteria.sheet(case.category),
        under_review=queries.under_review(case),
        orals=orals.of_case(case),
        sittings=meeting_cases.of_case(actor, case),
        resolutions=RESOLUTIONS,
        oral_forms=ORAL_FORMS,
        oral_results=ORAL_RESULTS,
        verdicts=VERDICTS,
        conflicts=CONFLICTS,
        Stand=Stand,
        States=CaseState,
    )


def office_assign(case_id: int) -> Answer:
    """Ask reviewers."""
    actor = web.current_actor()
    case = office_case.seen(actor, case_id)
    known = queries.candidates(case)
    form = forms.AssignForm()
    form.reviewers.choices = [
        (
            str(one.person.id),
            _("%(name)s（%(where)s），待審 %(n)s 件", name=one.person.name,
              where=one.profile.organisation, n=one.load),
        )
        for one in known
        if one.askable and one.profile is not None
    ]  # fmt: skip

    def assign(form: Form) -> str:
        ids = [int(one) for one in form["reviewers"].data or ()]
        made = operations.assign(actor, case_id, ids, form["due_on"].data)
        return _("已指派 %(n)s 位委員並通知。", n=len(made))

    return decide(
        form, case, assign, _("指派並通知"), "certification/review_assign.html",
        left_out=[one for one in known if not one.askable],
        conflicts=CONFLICTS,
        ends=operations.usual_due(case),
    )  # fmt: skip


def office_take_away(review_id: int) -> Answer:
    """Take a case from a reviewer."""
    actor = web.current_actor()
    case = _case_of(review_id)

    def take_away(form: Form) -> str:
        operations.take_away(actor, review_id, form["words"].data or "")
        return _("已取消指派並通知委員。")

    return decide(
        forms.ReasonForm(), case, take_away, _("取消指派"), "certification/review_reason.html",
        heading=_("取消指派"),
    )  # fmt: skip


def office_remind(review_id: int) -> Answer:
    """Remind a reviewer of the sheet."""
    actor = web.current_actor()
    case = _case_of(review_id)
    try:
        operations.remind(actor, review_id)
    except NotFound:
        raise
    except Refusal as refusal:
        flash(f"{refusal.message}{refusal.remedy}", "warning")
    else:
        flash(_("已提醒委員。"))
    return redirect(url_for("certification.office_review", case_id=case.id))


def office_reopen(review_id: int) -> Answer:
    """Give a sheet back."""
    actor = web.current_actor()
    case = _case_of(review_id)

    def reopen(form: Form) -> str:
        scoring.reopen(actor, review_id, form["words"].data or "")
        return _("審查表已退回委員。")

    return decide(
        forms.ReasonForm(), case, reopen, _("退回審查表"), "certification/review_reason.html",
        heading=_("退回審查表"),
    )  # fmt: skip


def office_certify(case_id: int) -> Answer:
    """Grant a case without a meeting."""
    actor = web.current_actor()
    case = office_case.seen(actor, case_id)
    said = queries.comments(queries.sheets(actor, case))
    form = (
        forms.DecisionForm()
        if request.method == "POST"
        else forms.DecisionForm(None, data={"words": said})
    )

    def certify(form: Form) -> str:
        made = deciding.certify(actor, case_id, form["words"].data or "")
        return _("已通過，證書字號：%(number)s。", number=made.number)

    return decide(
        form, case, certify, _("通過並核發證書"), "certification/review_certify.html",
        final=True, missing=basis.missing(case),
    )  # fmt: skip


def committee() -> str:
    """Everybody who holds the role, what is known of them, what they have to do."""
    actor = web.current_actor()
    return render_template(
        "certification/review_committee.html", found=queries.committee(actor.school_id or 0)
    )


def committee_profile(person_id: int) -> Answer:
    """What is known of a reviewer."""
    actor = web.current_actor()
    return profile_page(actor, person_id, url_for("certification.committee"))


def _case_of(review_id: int) -> CertificationCase:
    """:raises NotFound: not an assignment of a case of the actor's office."""
    return office_case.seen(web.current_actor(), queries.case_id_of(review_id))


def decide(
    form: Form,
    case: CertificationCase,
    operation: Callable[[Form], str],
    submit: str,
    template: str,
    **context: Any,
) -> Answer:
    """A form of the office's that lets one operation happen and leads back to the review."""
    back = url_for("certification.office_review", case_id=case.id)
    if request.method == "POST" and form.validate():
        try:
            flash(operation(form))
        except NotFound:
            raise
        except Refusal as refusal:
            faults = {name: words or refusal.message for name, words in refusal.fields.items()}
            form.add_errors(faults or {"": f"{refusal.message}{refusal.remedy}"})
        else:
            return redirect(back)
    return page.render(
        form, submit=submit, cancel=back, template=template, case=case, back=back, **context
    )


_CASE = "/certification/office/<int:case_id>"
_ONE = "/certification/office/assignments/<int:review_id>"

routes = [
    Route(f"{_CASE}/review", office_review, policy.office),
    Route(f"{_CASE}/assign", office_assign, policy.office, BOTH),
    Route(f"{_CASE}/certify", office_certify, policy.office, BOTH),
    Route(f"{_ONE}/take-away", office_take_away, policy.office, BOTH),
    Route(f"{_ONE}/remind", office_remind, policy.office, ("POST",)),
    Route(f"{_ONE}/reopen", office_reopen, policy.office, BOTH),
    Route("/certification/committee", committee, policy.office),
    Route("/certification/committee/<int:person_id>", committee_profile, policy.office, BOTH),
]
