"""What surrounds a page: who is here, where one can go. Plain data, filled from outside."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from flask import current_app

EXTENSION = "licheng.frame"


@dataclass(frozen=True)
class NavItem:
    """One entry of the navigation.

    Attributes:
        label: words of the link.
        endpoint: Flask endpoint.
        active: this page belongs to it.
        values: further arguments of url_for.
    """

    label: Any
    endpoint: str
    active: bool = False
    values: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Banner:
    """A line above the header that stays, such as 只存一份 (a single copy of every file)."""

    text: Any
    endpoint: str | None = None
    link_text: Any = ""


@dataclass(frozen=True)
class Frame:
    """Header, navigation and banners of a page that somebody opened after a launch.

    Attributes:
        school, person, role: as shown.
        nav: entries for this role.
        home: endpoint of the role's first page.
        inbox_endpoint, inbox_count: unread notices; no endpoint, no link.
        language_endpoint: POST with `locale` and `next`; without one the switch is `?lang=`.
        leave_endpoint: POST that ends the session; for shared computers.
        privacy_endpoint: what is kept of this person; in the footer.
        talk_endpoint: the conversation; opened beside every page. `talk_panel_endpoint`: the piece
            of a page that is put there.
        banners: permanent notices.
    """

    school: str
    person: str
    role: Any
    home: str
    nav: Sequence[NavItem] = ()
    inbox_endpoint: str | None = None
    inbox_count: int = 0
    language_endpoint: str | None = None
    leave_endpoint: str | None = None
    privacy_endpoint: str | None = None
    talk_endpoint: str | None = None
    talk_panel_endpoint: str | None = None
    banners: Sequence[Banner] = ()


def frame() -> Frame | None:
    """The frame of this request, from the callable in `app.extensions["licheng.frame"]`."""
    loader: Callable[[], Frame | None] | None = current_app.extensions.get(EXTENSION)
    return loader() if loader is not None else None
