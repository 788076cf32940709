"""What the rooms put on people's desks: figures, what to do next, and where one can go.

A room says so once, when it is imported::

    @registry.cards(Role.TEACHER)
    def _pending(actor: Actor) -> list[Card]: ...

    @registry.todos(Role.TEACHER)
    def _certify(actor: Actor) -> list[Todo]: ...

    registry.nav(Role.TEACHER, _l("認證"), "portfolio.pending", 20)

What has no place in a kind of school is left out there, whatever role somebody holds::

    registry.absent(SchoolKind.ISSUING_OFFICE, "portfolio")
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from plugin.actor import Actor, Role
from plugin.school import queries as schools
from plugin.school.models import SchoolKind


@dataclass(frozen=True)
class Card:
    """A figure on the first page.

    :param figure: the number, or a short word.
    :param unit: 件, 人, 天 … or empty.
    :param body: one sentence that says what the figure means.
    :param href_endpoint: where its title leads; None: nowhere.
    :param tone: good, wait, bad, info or calm.
    """

    title: Any
    figure: Any
    unit: Any = ""
    body: Any = ""
    href_endpoint: str | None = None
    tone: str = "calm"
    order: int = 50
    args: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Todo:
    """Something this person has to do next.

    :param due: until when, aware; None when no day is set.
    """

    text: Any
    endpoint: str
    args: Mapping[str, Any] = field(default_factory=dict)
    due: datetime | None = None


@dataclass(frozen=True)
class Entry:
    """A line of the main navigation."""

    label: Any
    endpoint: str
    order: int = 50
    args: Mapping[str, Any] = field(default_factory=dict)


_FAR = datetime.max.replace(tzinfo=UTC)

CardMaker = Callable[[Actor], "list[Card]"]
TodoMaker = Callable[[Actor], "list[Todo]"]

_cards: dict[Role, list[CardMaker]] = defaultdict(list)
_todos: dict[Role, list[TodoMaker]] = defaultdict(list)
_nav: dict[Role, list[Entry]] = defaultdict(list)
_absent: dict[SchoolKind, set[str]] = defaultdict(set)


def cards(*roles: Role) -> Callable[[CardMaker], CardMaker]:
    """Register a maker of figures for each of `roles`."""

    def register(maker: CardMaker) -> CardMaker:
        for role in roles:
            _cards[role].append(maker)
        return maker

    return register


def todos(*roles: Role) -> Callable[[TodoMaker], TodoMaker]:
    """Register a maker of things to do for each of `roles`."""

    def register(maker: TodoMaker) -> TodoMaker:
        for role in roles:
            _todos[role].append(maker)
        return maker

    return register


def nav(role: Role, label: Any, endpoint: str, order: int = 50, **args: Any) -> None:
    """Put a line into the main navigation of `role`; said twice, it stands once."""
    entry = Entry(label, endpoint, order, args)
    if all(one.endpoint != endpoint for one in _nav[role]):
        _nav[role].append(entry)


def absent(kind: SchoolKind, *names: str) -> None:
    """Leave out of the desks of such schools what a whole room (`portfolio`) or a page
    (`school.classes`) puts there. Doors stay as they are: this is about what is offered."""
    _absent[kind].update(names)


def _left_out(actor: Actor) -> set[str]:
    if actor.school_id is None:
        return set()
    return _absent[schools.school(actor.school_id).kind]


def _room(maker: Callable[[Actor], Any]) -> str:
    """`portfolio` of a maker in `plugin.portfolio.desk`."""
    return maker.__module__.removeprefix("plugin.").partition(".")[0]


def cards_for(actor: Actor, role: Role) -> list[Card]:
    """The figures of one role's section, in order."""
    out = _left_out(actor)
    found = [card for maker in _cards[role] if _room(maker) not in out for card in maker(actor)]
    return sorted(found, key=lambda card: card.order)


def todos_for(actor: Actor, role: Role) -> list[Todo]:
    """What to do next in one role, the nearest deadline first."""
    out = _left_out(actor)
    found = [todo for maker in _todos[role] if _room(maker) not in out for todo in maker(actor)]
    found = [todo for todo in found if todo.endpoint not in out]
    return sorted(found, key=lambda todo: (todo.due is None, todo.due or _FAR))


def nav_for(actor: Actor) -> list[Entry]:
    """The navigation of a person: the lines of all their roles, each once."""
    out = _left_out(actor)
    found: dict[str, Entry] = {}
    for role in sorted(actor.roles):
        for entry in _nav[role]:
            if out & {entry.endpoint, entry.endpoint.partition(".")[0]}:
                continue
            known = found.get(entry.endpoint)
            if known is None or entry.order < known.order:
                found[entry.endpoint] = entry
    return sorted(found.values(), key=lambda entry: (entry.order, entry.endpoint))
