"""Who hears what about a case. Every step reaches the applicant by mail, with its comments."""

from __future__ import annotations

from flask_babel import gettext as _

from plugin.certification.models import CaseEvent, CertificationCase
from plugin.certification.states import LABELS
from plugin.trail.notify import notify


def moved(case: CertificationCase, step: CaseEvent) -> None:
    """The applicant hears that the case has another state, and why."""
    body = _(
        "您的申請案（案件編號 %(number)s）目前狀態：%(state)s。",
        number=case.number,
        state=LABELS[step.to_state].text,
    )
    if step.words:
        body += "\n\n" + step.words
    notify(
        [case.applicant_id],
        _("環境教育人員認證申請案的狀態已更新"),
        body,
        f"/certification/cases/{case.id}",
        school_id=case.school_id,
        mail=True,
    )
