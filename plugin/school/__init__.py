"""Schools, people, roles, classes, courses, terms, the calendar of windows, rule sets."""

from flask import Flask


def init_app(app: Flask) -> None:
    """Register the room."""
    from plugin.school import cli, directory, views
    from plugin.trail import notify

    app.extensions[notify.DIRECTORY] = directory.recipients
    app.register_blueprint(views.blueprint)
    app.cli.add_command(cli.school_commands)
