"""Routes are tables, and every route names its policy; a route without one cannot be reached.

A room's `views.py` ends with::

    routes = [
        Route("/outcomes", index, policy.students),
        Route("/outcomes/new", create, policy.students, methods=("GET", "POST")),
    ]
    blueprint = room("portfolio", routes)

The policy is the first of two locks (role). The second (relation: this student's teacher in
this course, this class, this school) is asked by operations and queries.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Flask, g, request
from flask_babel import gettext as _
from werkzeug.routing import IntegerConverter, Map

from plugin import tenancy
from plugin.actor import Actor, Role
from plugin.errors import NotAllowed, SessionMissing
from plugin.ids import MAX_ID

STRANGERS_BYTES = 1024 * 1024
"""Most bytes of a request to a public route."""

Policy = Callable[[Actor | None], bool]


def public(_actor: Actor | None) -> bool:
    """Anybody, also without a launch. Say in the view's docstring why."""
    return True


def launched(actor: Actor | None) -> bool:
    """Anybody who came through a launch, bound to a school person or not."""
    return actor is not None


def bound(actor: Actor | None) -> bool:
    """Anybody whose launch is bound to a school person."""
    return actor is not None and actor.person_id is not None


def holding(*roles: Role) -> Policy:
    """Whoever holds one of `roles` and is bound to a school person."""

    def allows(actor: Actor | None) -> bool:
        return actor is not None and actor.person_id is not None and actor.has(*roles)

    allows.__name__ = "holding_" + "_or_".join(roles)
    allows.roles = frozenset(roles)  # type: ignore[attr-defined]
    return allows


@dataclass(frozen=True)
class Route:
    """One line of a room's URL table.

    :param csrf: False only for POSTs that come from the LMS and carry their own proof.
    :param across: of a public route: why it may see rows before it is known of which school
        they are (`plugin.tenancy`). Without, it sees no school's.
    """

    path: str
    view: Callable[..., Any]
    policy: Policy
    methods: Sequence[str] = ("GET",)
    endpoint: str | None = None
    csrf: bool = True
    across: str = ""


def room(name: str, routes: Sequence[Route], *, url_prefix: str | None = None) -> Blueprint:
    """A blueprint whose every endpoint has its policy on record."""
    blueprint = Blueprint(name, name, url_prefix=url_prefix)
    policies: dict[str, Policy] = {}
    exempt: set[str] = set()
    across: dict[str, str] = {}
    for route in routes:
        endpoint = route.endpoint or route.view.__name__
        blueprint.add_url_rule(route.path, endpoint, route.view, methods=list(route.methods))
        full = f"{name}.{endpoint}"
        if policies.setdefault(full, route.policy) is not route.policy:
            raise ValueError(f"{full} has two policies")
        if not route.csrf:
            exempt.add(full)
        if route.across:
            if route.policy is not public:
                raise ValueError(f"{full} knows its school by who asks")
            across[full] = route.across

    def remember(state: Any) -> None:
        state.app.extensions["licheng.policies"].update(policies)
        state.app.extensions["licheng.csrf_exempt"].update(exempt)
        state.app.extensions["licheng.across"].update(across)

    blueprint.record(remember)
    return blueprint


class IdConverter(IntegerConverter):
    """`<int:…>` in a path: larger numbers than a database id can be are simply not found."""

    def __init__(self, map: Map, *args: Any, **kwargs: Any) -> None:  # noqa: A002 - werkzeug's name
        kwargs.setdefault("max", MAX_ID)
        super().__init__(map, *args, **kwargs)


def init_app(app: Flask) -> None:
    """Put the guard before every request."""
    app.url_map.converters["int"] = IdConverter
    app.extensions.setdefault("licheng.policies", {})
    app.extensions.setdefault("licheng.csrf_exempt", set())
    app.extensions.setdefault("licheng.across", {})
    app.before_request(_guard)


def actor() -> Actor | None:
    """Who makes this request. Loaded once by the loader that `plugin.entrance` registers as
    `app.extensions["licheng.actor_loader"]`: a callable without arguments. From here on the
    request is of that person's school, whatever it asks of the database."""
    if "actor" not in g:
        from flask import current_app

        loader = current_app.extensions.get("licheng.actor_loader")
        g.actor = loader() if loader is not None else None
    found: Actor | None = g.actor
    if found is not None:
        tenancy.settle(found.school_id)
    return found


def current_actor() -> Actor:
    """The actor of a request whose policy has let somebody through.

    :raises SessionMissing: the route is public and nobody is there.
    """
    found = actor()
    if found is None:
        raise session_missing()
    return found


def session_missing() -> SessionMissing:
    """What to tell whoever has no session; how to come in again depends on how they came."""
    from flask import current_app

    way_in = current_app.extensions.get("licheng.way_in")
    return SessionMissing(
        _("找不到您的登入階段，或已逾時。"),
        remedy=(way_in() if way_in is not None else "")
        or _("請回到學習平臺的課程頁面，重新點選「學習歷程」。"),
    )


def _guard() -> None:
    from flask import current_app

    if request.endpoint is None:
        return  # the 404 or 405 page follows
    policy = current_app.extensions["licheng.policies"].get(request.endpoint)
    if policy is None:
        raise NotAllowed(_("此頁面未開放。"))
    if policy is public:
        # Nobody has said who they are: an LMS's message is small, and no file comes this way.
        request.max_content_length = STRANGERS_BYTES
        reason = current_app.extensions["licheng.across"].get(request.endpoint)
        tenancy.settle(tenancy.Across(reason) if reason else None)
        return
    who = actor()
    if who is None:
        raise session_missing()
    if not policy(who):
        raise NotAllowed(
            _("您的身分無法使用此頁面。"),
            remedy=_("如需使用，請向貴校系統管理者申請權限。"),
        )
