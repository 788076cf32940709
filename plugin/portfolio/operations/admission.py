"""The admission preview 備審預覽: what a student would show a university. Nothing is submitted."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

import sqlalchemy as sa
from flask_babel import gettext as _

from forms.text import count_points, normalise
from plugin import clock, db
from plugin.actor import Actor
from plugin.errors import Conflict, InvalidInput, LimitReached
from plugin.portfolio.models import (
    AdmissionPreview,
    Experience,
    ExperienceState,
    Outcome,
    OutcomeState,
)
from plugin.portfolio.operations.found import audited, hold_student, missing
from plugin.school import rules
from plugin.school.terms import term_of
from plugin.trail.chain import record

OUTCOMES, EXPERIENCES = "admission.outcomes.max", "admission.experiences.max"
TEXT = "admission.text.max_points"


@dataclass(frozen=True)
class AdmissionInput:
    """What the student chose and wrote; ids in the order chosen."""

    outcome_ids: Sequence[int] = field(default_factory=tuple)
    experience_ids: Sequence[int] = field(default_factory=tuple)
    statement: str = ""
    synthesis: str = ""


@audited
def save(actor: Actor, values: AdmissionInput, *, version: int | None = None) -> AdmissionPreview:
    """Keep the choice, in place of the one before.

    :param version: what the page showed; another one now means that another tab was faster.
    :raises LimitReached: more than the rule allows. :raises InvalidInput: a text too long.
    :raises NotFound: a record that is not the student's own, or not certified or sent.
    :raises Conflict: changed in another tab.
    """
    if actor.school_id is None or actor.person_id is None:
        raise missing()
    texts = {name: normalise(getattr(values, name)) for name in ("statement", "synthesis")}
    outcomes = tuple(dict.fromkeys(values.outcome_ids))
    experiences = tuple(dict.fromkeys(values.experience_ids))
    _require_limits(actor.school_id, texts, len(outcomes), len(experiences))
    with db.writing() as session:
        hold_student(session, actor.person_id)
        preview = session.scalar(
            sa.select(AdmissionPreview).where(AdmissionPreview.student_id == actor.person_id)
        )
        if version is not None and version != (preview.version if preview else 0):
            raise Conflict(
                _("這份備審預覽剛才在另一個視窗存過，這次的修改沒有蓋過它。"),
                remedy=_("請重新開啟備審預覽，再修改。"),
            )
        _require_own(actor, Outcome, outcomes, OutcomeState.CERTIFIED)
        _require_own(actor, Experience, experiences, ExperienceState.SENT)
        if preview is None:
            preview = AdmissionPreview(school_id=actor.school_id, student_id=actor.person_id)
            session.add(preview)
        preview.outcome_ids, preview.experience_ids = list(outcomes), list(experiences)
        preview.statement, preview.synthesis = texts["statement"], texts["synthesis"]
        preview.changed_at = clock.now()
        session.flush()
        record(
            actor, "admission.save", "admission_preview", preview.id,
            outcomes=list(outcomes), experiences=list(experiences),
        )  # fmt: skip
        return preview


def _require_limits(school_id: int, texts: dict[str, str], outcomes: int, more: int) -> None:
    year = term_of(clock.today()).academic_year
    limit = rules.number(school_id, TEXT, year)
    faults = {
        name: _("最多 %(limit)s 字，目前 %(n)s 字。", limit=limit, n=count_points(text))
        for name, text in texts.items()
        if count_points(text) > limit
    }
    if faults:
        raise InvalidInput(_("文字超過字數上限。"), fields=faults, rule=TEXT)
    for name, rule, n, words in (
        ("outcomes", OUTCOMES, outcomes, _("課程學習成果")),
        ("experiences", EXPERIENCES, more, _("多元表現")),
    ):
        most = rules.number(school_id, rule, year)
        if n > most:
            said = _("%(what)s最多選 %(limit)s 件，您選了 %(n)s 件。", what=words, limit=most, n=n)
            raise LimitReached(
                said, remedy=_("請先取消幾件，再存一次。"), rule=rule, fields={name: said}
            )


def _require_own(
    actor: Actor,
    model: type[Outcome | Experience],
    ids: Collection[int],
    state: OutcomeState | ExperienceState,
) -> None:
    found = db.reading().scalar(
        sa.select(sa.func.count(model.id)).where(
            model.id.in_(ids),
            model.student_id == actor.person_id,
            model.school_id == actor.school_id,
            model.state == state,
        )
    )
    if found != len(ids):
        raise missing()
