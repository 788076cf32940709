"""Services: what an LMS offers for a course — members, grades, groups, notices."""

from flask import Flask


def init_app(app: Flask) -> None:
    """Register the room: pages, commands, background work, desks, and what it listens to."""
    from plugin.services import cli, listening, navigation, views, work  # noqa: F401

    listening.init_app(app)
    app.register_blueprint(views.blueprint)
    app.cli.add_command(cli.commands)
