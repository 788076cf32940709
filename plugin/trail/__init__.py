"""Trail: the audit chain, the inbox and the mail that leaves."""

from flask import Flask


def init_app(app: Flask) -> None:
    """Register the room."""
    from plugin.trail import cli, views, work  # noqa: F401  (work registers its job)

    app.register_blueprint(views.blueprint)
    app.cli.add_command(cli.trail_commands)
