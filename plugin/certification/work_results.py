"""Background work of the results: the certificates' PDFs, reminders of renewal."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from plugin import db, jobs, schedule, tenancy
from plugin.certification.operations import certificate_paper, certifying, renewal_reminders
from plugin.school.models import School, SchoolKind


@jobs.handles(certifying.PRINT)
def print_certificate(run: jobs.Run) -> dict[str, Any]:
    """The PDF of one certificate."""
    assert run.school_id is not None
    file_id = certificate_paper.make(run.school_id, int(run.args["certificate_id"]))
    return {"file_id": file_id} if file_id else {}


@schedule.recurring("certification.renewals", every=timedelta(hours=1))
@tenancy.across("certificates come to their end in every office")
def remind_of_renewal(run: jobs.Run) -> dict[str, Any]:
    """Holders hear that the renewal of their certificate is near."""
    query = sa.select(School.id).where(School.kind == SchoolKind.ISSUING_OFFICE)
    offices = db.reading().scalars(query.order_by(School.id)).all()
    return {"told": sum(renewal_reminders.remind(one) for one in offices)}
