"""Schools, people, roles, classes, courses, terms, the calendar of windows, rule sets."""

from flask import Flask


def init_app(app: Flask) -> None:
    """Register the room."""
    from plugin.school import cli, directory
    from plugin.trail import notify

    app.extensions[notify.DIRECTORY] = directory.recipients
    app.cli.add_command(cli.school_commands)
