"""Desk: the first page of each role, the navigation, and what stands around every page."""

from flask import Flask

import forms.frame


def init_app(app: Flask) -> None:
    """Register the room."""
    from flask_babel import lazy_gettext as _l

    from plugin.desk import (  # noqa: F401  (held, house, skills register themselves)
        frame,
        held,
        house,
        skills,
        views,
    )
    from plugin.desk.destinations import Destination, Way, offer

    app.extensions[forms.frame.EXTENSION] = frame.load
    app.extensions.setdefault("licheng.unbound_endpoint", "entrance.waiting")
    offer(
        app,
        Destination(
            "desk",
            _l("學習歷程工作台"),
            _l("每個人的首頁：待辦事項、進度與截止時間。"),
            ways=(Way(frozenset(), frame.HOME),),
            order=30,
        ),
    )
    app.register_blueprint(views.blueprint)
