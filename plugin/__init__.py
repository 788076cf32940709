"""Licheng 歷程: what a school does, one room a task."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from flask import Flask
from flask_wtf.csrf import CSRFProtect

import forms.i18n
import forms.jinja
from plugin import (
    cli,
    clock,
    db,
    error_pages,
    headers,
    health,
    jobs,
    logs,
    rooms,
    schedule,
    secrets,
    serving,
    tenancy,
    uploads,
    web,
)
from plugin.settings import Settings

ROOT = Path(__file__).resolve().parent.parent


def create_app(
    settings: Settings | None = None,
    *,
    now: clock.Clock = clock.system_clock,
    **overrides: Any,
) -> Flask:
    """Build the application. Reads like a table of contents.

    :param settings: default: read from the environment; `overrides` win over it.
    :param now: the clock, injected by tests.
    """
    settings = settings or Settings.from_env(**overrides)
    app = Flask("plugin", static_folder=None, template_folder=str(ROOT / "templates"))
    app.config.from_mapping(
        SECRET_KEY=settings.secret_key or "development only",
        TESTING=settings.env == "test",
        MAX_FORM_MEMORY_SIZE=500_000,
        WTF_CSRF_TIME_LIMIT=None,
        WTF_CSRF_SSL_STRICT=False,  # no Referer leaves us; plugin.headers checks Origin instead
        WTF_CSRF_CHECK_DEFAULT=False,  # plugin.headers calls it, for all but LMS messages
    )
    app.request_class = uploads.Request
    app.extensions["licheng.settings"] = settings
    app.extensions["licheng.clock"] = now

    logs.init_app()
    secrets.configure(app.config["SECRET_KEY"])
    db.init_app(app, settings.database_url)
    jobs.init_app(app, settings.queue_url, immediate=settings.env == "test")
    schedule.init_app(app)
    web.init_app(app)
    headers.init_app(app, CSRFProtect(app))
    error_pages.init_app(app)
    forms.i18n.init_app(app, rooms.locale)
    forms.jinja.init_app(app)
    health.init_app(app)
    rooms.init_app(app)
    cli.init_app(app)
    serving.init_app(app)
    tenancy.init_app(app)
    return app
