"""Where rooms meet that may not import each other: signals, sent once the change is on disk.

    events.announce(events.outcome_certified, school_id=…, outcome_id=…)   # within writing()

    @events.outcome_certified.connect
    def _tell(_sender, *, school_id, outcome_id, **_more): ...

Receivers get ids and plain values. One that fails is logged and stops nobody: the change it was
told of has happened already.
"""

from __future__ import annotations

from typing import Any

import structlog
from blinker import NamedSignal, Namespace

from plugin import db

log = structlog.get_logger(__name__)

_signals = Namespace()

school_created = _signals.signal("school-created", doc="school_id")
role_changed = _signals.signal("role-changed", doc="school_id, person_id")
window_set = _signals.signal("window-set", doc="school_id, window_id")
person_bound = _signals.signal("person-bound", doc="school_id, person_id")
course_bound = _signals.signal("course-bound", doc="school_id, launch_context_id")
outcome_sent = _signals.signal("outcome-sent", doc="school_id, outcome_id, person_id, course_id")
outcome_certified = _signals.signal(
    "outcome-certified", doc="school_id, outcome_id, person_id, course_id"
)
outcome_returned = _signals.signal(
    "outcome-returned", doc="school_id, outcome_id, person_id, course_id"
)
experience_sent = _signals.signal(
    "experience-sent", doc="school_id, experience_id, person_id, kind: one of the roster's ten"
)
experience_returned = _signals.signal(
    "experience-returned", doc="school_id, experience_id, person_id, kind"
)
selection_confirmed = _signals.signal(
    "selection-confirmed", doc="school_id, person_id, year, kind: outcome or experience"
)
terms_answered = _signals.signal(
    "terms-answered",
    doc="school_id, launch_person_id, registration_id, answer_id, url, subject: the platform asked "
    "for it (LtiEulaRequest) and its EULA service at `url` is to be told",
)
submission_made = _signals.signal("submission-made", doc="school_id, submission_id")


def announce(signal: NamedSignal, **values: Any) -> None:
    """Send `signal` with `values` once the current write transaction is committed."""
    db.after_commit(lambda: _send(signal, values))


def _send(signal: NamedSignal, values: dict[str, Any]) -> None:
    for receiver in list(signal.receivers_for(None)):
        try:
            receiver(None, **values)
        except Exception:
            log.exception("event_receiver_failed", signal=signal.name)
