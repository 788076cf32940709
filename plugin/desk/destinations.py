"""Pages that a link in an LMS course may open: each room offers its own, the entrance leads there.

A room says so once, when the application is made::

    destinations.offer(app, Destination(
        "outcomes", _l("繳交本課程學習成果"), _l("上傳作業或作品，請任課教師認證。"),
        ways=(Way(frozenset({Role.STUDENT}), "portfolio.outcome_list", _this_course),),
    ))

What is offered can be chosen in the LMS from then on; the name stands in links for years, so it is
never given to anything else.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from flask import Flask, current_app

from plugin.actor import Actor, Role

EXTENSION = "licheng.destinations"
NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
"""A name goes through addresses, custom parameters and session rows of several platforms."""


def _nothing(_actor: Actor) -> Mapping[str, Any]:
    return {}


@dataclass(frozen=True)
class Way:
    """Where a destination leads some people.

    :param roles: whom; empty: everybody.
    :param params: further arguments of `url_for`, of the person and the course of their launch.
    """

    roles: frozenset[Role]
    endpoint: str
    params: Callable[[Actor], Mapping[str, Any]] = _nothing

    def takes(self, actor: Actor) -> bool:
        return not self.roles or not actor.roles.isdisjoint(self.roles)


@dataclass(frozen=True)
class Destination:
    """One thing that a link can be made for.

    :param name: what the link carries; see `NAME`.
    :param title: what the link is called in the LMS course unless somebody calls it otherwise.
    :param text: one sentence of what it opens.
    :param ways: the first that takes a person is theirs.
    :param in_course: it is about the course of the launch: not offered outside of one, and the
        course must be known first.
    :param graded: what is done there is told to the gradebook.
    :param choosable: False: only a message of its own opens it (submission review).
    """

    name: str
    title: Any
    text: Any
    ways: tuple[Way, ...]
    in_course: bool = False
    graded: bool = False
    choosable: bool = True
    order: int = 50

    def __post_init__(self) -> None:
        if not NAME.fullmatch(self.name):
            raise ValueError(f"not a name that every platform carries unchanged: {self.name!r}")

    def way(self, actor: Actor) -> Way | None:
        """How this person gets there; None: it is not for them."""
        return next((one for one in self.ways if one.takes(actor)), None)


def offer(app: Flask, destination: Destination) -> None:
    """Make a destination known; said twice, the later word counts."""
    app.extensions.setdefault(EXTENSION, {})[destination.name] = destination


def find(name: str) -> Destination | None:
    """The destination of that name, if its room stands."""
    found: Destination | None = current_app.extensions.get(EXTENSION, {}).get(name)
    return found


def choosable(*, in_course: bool) -> list[Destination]:
    """What can be chosen for a link, in order.

    :param in_course: whether the link is going to stand in a course.
    """
    return sorted(
        (
            one
            for one in current_app.extensions.get(EXTENSION, {}).values()
            if one.choosable and (in_course or not one.in_course)
        ),
        key=lambda one: (one.order, one.name),
    )
