"""Desk: the first page of each role, the navigation, and what stands around every page."""

from flask import Flask

import forms.frame


def init_app(app: Flask) -> None:
    """Register the room."""
    from plugin.desk import frame, house, views  # noqa: F401  (house fills the registry)

    app.extensions[forms.frame.EXTENSION] = frame.load
    app.extensions.setdefault("licheng.unbound_endpoint", "entrance.waiting")
    app.register_blueprint(views.blueprint)
