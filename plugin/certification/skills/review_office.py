"""The office's side of the review by talking: who is asked, and the case is granted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import gettext as _

from forms.definition import Form
from forms.said import day_said
from plugin.actor import Actor
from plugin.certification import basis, policy
from plugin.certification.forms import review as forms
from plugin.certification.models import CaseState, CertificationCase
from plugin.certification.operations import deciding as granting
from plugin.certification.operations import reviewers as operations
from plugin.certification.queries import office_case
from plugin.certification.queries import review as queries
from plugin.certification.skills import deciding_titles as titles
from plugin.certification.skills import found
from plugin.certification.skills.deciding import on_case
from plugin.errors import InvalidInput
from plugin.skills import Asked

S = CaseState
UNDER_REVIEW = frozenset({S.REVIEW, S.ORAL, S.CORRECTION})
"""Of a correction only one that the committee asked for; the operation looks."""


def _assign_form(case: CertificationCase, data: Any) -> forms.AssignForm:
    """Whoever has the least to do first; known conflicts are left out.

    :raises InvalidInput: there is nobody to be asked.
    """
    form = forms.AssignForm(data, meta={"csrf": False, "case_id": case.id})
    form.reviewers.choices = [
        (
            str(one.person.id),
            _(
                "%(name)s（%(where)s），待審 %(n)s 件",
                name=one.person.name, where=one.profile.organisation, n=one.load,
            ),
        )
        for one in queries.candidates(case)
        if one.askable and one.profile is not None
    ]  # fmt: skip
    if not form.reviewers.choices:
        raise InvalidInput(
            _("目前沒有可以指派的審查委員。"),
            remedy=_("請先授予審查委員身分，並填寫委員的服務學校。"),
        )
    return form


def _named(_actor: Actor, asked: Asked, form: Form) -> Mapping[str, Sequence[str]]:
    """Reviewers whose names stand in the sentence."""
    ids = [
        value
        for value, label in form["reviewers"].plain_choices()
        if label.split("（")[0] in asked.words
    ]
    return {"reviewers": ids} if ids else {}


def _assign(actor: Actor, case_id: int, form: Form) -> str:
    ids = [int(one) for one in form["reviewers"].data or ()]
    made = operations.assign(actor, case_id, ids, form["due_on"].data)
    return _("已指派 %(n)s 位委員並通知。", n=len(made))


def _assign_warning(case: CertificationCase) -> str:
    return _(
        "每件至少要有 %(n)s 位審查委員；沒有填期限時，是 %(day)s。",
        n=queries.least(case.school_id), day=day_said(operations.usual_due(case)),
    )  # fmt: skip


def _grant_form(case: CertificationCase, data: Any) -> forms.DecisionForm:
    return forms.DecisionForm(data, meta={"csrf": False, "case_id": case.id})


def _comments(actor: Actor, subject: str) -> Mapping[str, Sequence[str]]:
    """What the reviewers say to the applicant, without their names."""
    case = office_case.seen(actor, found.id_of(subject))
    policy.require(policy.handles(actor, case), _("找不到這件申請案。"))
    said = queries.comments(queries.sheets(actor, case))
    return {"words": [said]} if said else {}


def _grant(actor: Actor, case_id: int, form: Form) -> str:
    made = granting.certify(actor, case_id, form["words"].data or "")
    return _("已通過，證書字號：%(number)s。", number=made.number)


def _grant_warning(case: CertificationCase) -> str:
    lacks = basis.missing(case)
    if lacks:
        return _("還不能通過：%(what)s。", what=_("；").join(lacks))
    return _("會核發證書並通知申請者；之後只能撤銷或廢止。")


on_case(
    "assign", titles.ASSIGN, UNDER_REVIEW, _assign_form, _assign,
    confirm=titles.ASSIGN, order=40, page="certification.office_assign",
    fields={"date_to": "due_on", "date": "due_on"}, fill=_named, warning=_assign_warning,
)  # fmt: skip
on_case(
    "certify", titles.CERTIFY, {S.REVIEW}, _grant_form, _grant,
    confirm=titles.CERTIFY, order=41, page="certification.office_certify",
    first=_comments, warning=_grant_warning,
)  # fmt: skip
