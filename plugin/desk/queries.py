"""What the first page shows: deadlines around now, and a person's sections."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import gettext as _

from forms.deadline import Deadline
from plugin import clock
from plugin.actor import Actor, Role
from plugin.desk import registry, words
from plugin.desk.registry import Card, Todo
from plugin.school import extensions, windows
from plugin.school import queries as school
from plugin.school.models import Window, WindowKind
from plugin.school.roles import LABELS
from plugin.school.terms import Term, term_of

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

    A student sees the window of their own grade, until an extension of theirs ends; all others
    those of all grades and of each.
    """
    kinds = {kind for role in actor.roles for kind in CONCERNS.get(role, ())}
    now, term = clock.now(), term_of(clock.today())
    return [one for one in _seen(actor, kinds, term) if one.closes_at > now]


def deadlines_of(actor: Actor, kind: WindowKind, term: Term) -> list[Deadline]:
    """The windows of one kind as they hold for this person, those that have closed too."""
    return _seen(actor, {kind}, term)


def _seen(actor: Actor, kinds: Collection[WindowKind], term: Term) -> list[Deadline]:
    """Windows of some kinds in a term and its year, the nearest closing first."""
    school_id, now = actor.school_id or 0, clock.now()
    grade = _grade(actor, term.academic_year)
    rows = [
        one
        for one in windows.of_year(school_id, term.academic_year)
        if one.kind in kinds and (one.kind in windows.YEARLY or one.term in {0, term.term})
    ]
    if grade is not None:
        own = {one.kind for one in rows if one.grade == grade}
        rows = [
            one for one in rows if one.grade == grade or (one.grade == 0 and one.kind not in own)
        ]
    found = [
        Deadline(
            windows.title(one),
            until := _until(actor, one),
            now,
            one.opens_at,
            extended=until > one.closes_at,
        )
        for one in rows
    ]
    return sorted(found, key=lambda one: one.closes_at)


def _until(actor: Actor, window: Window) -> datetime:
    """When it closes for this person."""
    if Role.STUDENT not in actor.roles:
        return window.closes_at
    given = extensions.latest(
        window.school_id,
        window.kind,
        window.academic_year,
        window.term,
        student_id=actor.person_id,
    )
    return window.closes_at if given is None else max(given.until, window.closes_at)


def _grade(actor: Actor, year: int) -> int | None:
    """The grade of a person who is nothing but a student."""
    if actor.roles != {Role.STUDENT} or actor.person_id is None:
        return None
    placed = school.class_of([actor.person_id], year).get(actor.person_id)
    return placed.grade if placed else None
