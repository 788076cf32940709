"""Who comes through which door of the academic records; the relation is asked further in."""

from __future__ import annotations

from plugin.actor import Actor, Role
from plugin.portfolio.models import CaseArea
from plugin.portfolio.operations.academic.telling import KEEPERS
from plugin.web import holding

readers = holding(Role.PARENT, Role.HOMEROOM, Role.COUNSELLOR, Role.REGISTRY)
"""See the records of their own students (the registry: of the school), and change nothing here."""

case_keepers = holding(Role.REGISTRY, Role.STUDENT_AFFAIRS)
"""Answer reports of errors, each office its own; have workbooks made, each its own."""


def areas(actor: Actor) -> list[CaseArea]:
    """The kinds of records whose reports are the actor's to answer."""
    return [area for area, role in KEEPERS.items() if actor.has(role)]
