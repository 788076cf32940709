"""What applying puts on desks: the way to one's cases, and what they wait for."""

from __future__ import annotations

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from plugin.actor import Actor, Role
from plugin.certification.case_words import BY_APPLICANT, NEXT
from plugin.certification.models import CaseState, Mode
from plugin.certification.modes import mode_of
from plugin.certification.queries import cases, own
from plugin.desk import registry
from plugin.desk.registry import Card, Todo
from plugin.school.models import SchoolKind

APPLYING = (
    Role.TEACHER, Role.ADMINISTRATOR, Role.REGISTRY, Role.STUDENT_AFFAIRS, Role.COUNSELLOR,
    Role.HOMEROOM, Role.UNIT_STAFF, Role.IR_OFFICER, Role.APPLICANT,
)  # fmt: skip
"""Staff of a school, and whoever came by a mailed code."""

for _role in APPLYING:
    registry.nav(_role, _l("環境教育人員認證"), "certification.case_list", 64)
registry.absent(SchoolKind.ISSUING_OFFICE, "certification.school_cases")
registry.nav(Role.ADMINISTRATOR, _l("教職員的認證案件"), "certification.school_cases", 65)


@registry.todos(Role.TEACHER)
def _waiting(actor: Actor) -> list[Todo]:
    """One's own cases in which something waits for the applicant."""
    return [
        Todo(
            f"{one.case.number}{_('：')}{NEXT[one.case.state]}",
            "certification.case",
            {"case_id": one.case.id},
        )
        for one in own.newest(actor)
        if one.case.state in BY_APPLICANT - {CaseState.CERTIFIED}
    ]


@registry.cards(Role.ADMINISTRATOR)
def _school(actor: Actor) -> list[Card]:
    """What is ready to be filed with the issuing office, on the school side."""
    if mode_of(actor.school_id or 0) is not Mode.SCHOOL:
        return []
    counts = cases.counts_of_school(actor.school_id or 0)
    ready, filed = counts.get(CaseState.PREPARED, 0), counts.get(CaseState.FILED, 0)
    if not ready and not filed:
        return []
    return [
        Card(
            _("環教認證：備妥待送"), ready, _("件"), _("另有 %(n)s 件已送核發機關", n=filed),
            "certification.school_cases", "wait" if ready else "calm", 70,
        )
    ]  # fmt: skip
