"""Loading a submission for a change: its row held, still being built."""

from __future__ import annotations

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from plugin import db
from plugin.errors import Conflict
from plugin.portfolio.models import Submission, SubmissionState


def held(session: Session, submission_id: int) -> Submission:
    """The submission, its row held until the transaction ends."""
    return session.get_one(
        Submission, submission_id, with_for_update=db.HELD, populate_existing=True
    )


def building(session: Session, submission_id: int) -> Submission:
    """The same, while it is being built.

    :raises Conflict: it is frozen, or has failed.
    """
    submission = held(session, submission_id)
    if submission.state is not SubmissionState.BUILDING:
        raise Conflict(_("這個版本已經結束製作，不能再變更。"))
    return submission
