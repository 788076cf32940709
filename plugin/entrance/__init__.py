"""Entrance: how people come in from an LMS, and who they are here."""

import time

from flask import Flask


def init_app(app: Flask) -> None:
    """Register the room: pages, sessions, commands, recurring work."""
    from lti.http import AddressGuard, GuardedClient
    from lti.keyset import KeySetCache
    from plugin.entrance import (  # noqa: F401
        cli,
        expired,
        held,
        loading,
        lti_commands,
        navigation,
        views,
        visits,
        work,
    )
    from plugin.entrance.express import Express
    from plugin.entrance.session import SessionPath, Sessions
    from plugin.settings import Settings

    settings: Settings = app.extensions["licheng.settings"]
    allowed = list(settings.lms_private_hosts)
    if settings.development:
        allowed += ["127.0.0.0/8", "::1", "localhost"]
    client = GuardedClient(AddressGuard(allowed, allow_http=settings.development))
    app.extensions["licheng.lms_client"] = client
    app.extensions["licheng.key_sets"] = KeySetCache(client, time.monotonic)
    app.extensions["licheng.actor_loader"] = loading.load_actor
    app.extensions["licheng.link_reader"] = loading.link_reader
    app.extensions["licheng.launch_locale"] = loading.launch_locale
    app.extensions["licheng.way_in"] = visits.way_in
    app.extensions["licheng.frame_ancestors"] = loading.frame_ancestors
    app.extensions["licheng.language_endpoint"] = "entrance.language"
    app.extensions["licheng.leave_endpoint"] = "entrance.leave"
    app.extensions["licheng.privacy_endpoint"] = "entrance.privacy"
    app.extensions["licheng.unbound_endpoint"] = "entrance.waiting"
    app.session_interface = Sessions()
    app.wsgi_app = Express(app, SessionPath(app.wsgi_app))  # type: ignore[method-assign]
    app.register_blueprint(views.blueprint)
    app.cli.add_command(lti_commands.commands)
    expired.register(app)
