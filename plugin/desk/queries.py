"""What the first page shows: deadlines around now, and a person's sections."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _

from forms.deadline import Deadline
from plugin import clock
from plugin.actor import Actor, Role
from plugin.desk import registry, words
from plugin.desk.registry import Card, Todo
from plugin.school import queries as school
from plugin.school import windows
from plugin.school.models import Window, WindowKind
from plugin.school.roles import LABELS
from plugin.school.terms import term_of

CONCERNS = {
    Role.STUDENT: (
        WindowKind.OUTCOME_UPLOAD,
        WindowKind.EXPERIENCE_UPLOAD,
        WindowKind.SELECTION,
        WindowKind.RECEIPT,
    ),
    Role.PARENT: (WindowKind.OUTCOME_UPLOAD, WindowKind.SELECTION, WindowKind.RECEIPT),
    Role.TEACHER: (WindowKind.OUTCOME_UPLOAD, WindowKind.CERTIFICATION),
    Role.SUBSTITUTE: (WindowKind.CERTIFICATION,),
    Role.HOMEROOM: (WindowKind.OUTCOME_UPLOAD, WindowKind.SELECTION),
    Role.COUNSELLOR: (WindowKind.COUNSELLING,),
    Role.STUDENT_AFFAIRS: (WindowKind.POSTS, WindowKind.EXPERIENCE_UPLOAD),
    Role.REGISTRY: tuple(WindowKind),
    Role.ADMINISTRATOR: tuple(WindowKind),
}
"""Whose work a window is."""


@dataclass(frozen=True)
class Section:
    """The part of the first page that belongs to one role.

    :param empty: what to say where there is nothing to do.
    """

    role: Role
    label: Any
    cards: list[Card]
    todos: list[Todo]
    empty: Any


def sections(actor: Actor) -> list[Section]:
    """One section for each role the person holds, in the order of the day.

    What an earlier section shows is not shown again by a later one.
    """
    found: list[Section] = []
    cards: list[Card] = []
    todos: list[Todo] = []
    for role in (one for one in words.ORDER if one in actor.roles):
        all_cards, all_todos = registry.cards_for(actor, role), registry.todos_for(actor, role)
        new_cards = [one for one in all_cards if one not in cards]
        new_todos = [one for one in all_todos if one not in todos]
        nothing = not all_cards and not all_todos
        empty = words.EMPTY[role] if nothing else _("目前沒有待辦事項。")
        found.append(Section(role, LABELS[role], new_cards, new_todos, empty))
        cards += new_cards
        todos += new_todos
    return found


def deadlines(actor: Actor) -> list[Deadline]:
    """Windows of this person's work that are open or still to come, the nearest closing first.

    A student sees the window of their own grade, all others those of all grades and of each.
    """
    school_id, now = actor.school_id or 0, clock.now()
    term = term_of(clock.today())
    kinds = {kind for role in actor.roles for kind in CONCERNS.get(role, ())}
    grade = _grade(actor, term.academic_year)
    found = [
        one
        for one in windows.of_year(school_id, term.academic_year)
        if one.kind in kinds and one.term in {0, term.term} and one.closes_at > now
    ]
    if grade is not None:
        own = {one.kind for one in found if one.grade == grade}
        found = [
            one for one in found if one.grade == grade or (one.grade == 0 and one.kind not in own)
        ]
    found.sort(key=lambda one: one.closes_at)
    return [Deadline(title(one), one.closes_at, now, one.opens_at) for one in found]


def title(window: Window) -> str:
    """What a window is called, with its grade when it has one."""
    name = str(windows.LABELS[window.kind])
    return (
        name + _("（%(text)s）", text=windows.grade_words(window.grade)) if window.grade else name
    )


def _grade(actor: Actor, year: int) -> int | None:
    """The grade of a person who is nothing but a student."""
    if actor.roles != {Role.STUDENT} or actor.person_id is None:
        return None
    placed = school.class_of([actor.person_id], year).get(actor.person_id)
    return placed.grade if placed else None
