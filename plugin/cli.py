"""Commands that belong to no room: the database's own."""

from __future__ import annotations

from pathlib import Path

import click
from alembic import command
from alembic.config import Config
from flask import Flask, current_app
from flask.cli import AppGroup

from plugin import db, tenancy

_database = AppGroup("db", help="The database and its migrations.")


def init_app(app: Flask) -> None:
    """Called after the rooms: whoever may run commands keeps the installation, all its schools."""
    app.cli.add_command(_database)
    _open(app.cli)


def _open(command: click.Command) -> None:
    if isinstance(command, click.Group):
        for one in command.commands.values():
            _open(one)
    elif command.callback is not None and not hasattr(command.callback, "opened"):
        command.callback = tenancy.across("a command of the installation's keeper")(
            command.callback
        )
        command.callback.opened = True  # type: ignore[attr-defined]


def alembic_config() -> Config:
    """Alembic's configuration for the current application."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["engine"] = db.engine()
    return config


@_database.command("upgrade")
def upgrade() -> None:
    """Bring the database to the newest revision."""
    command.upgrade(alembic_config(), "head")
    click.echo("database is up to date")


@_database.command("revision")
@click.argument("message")
def revision(message: str) -> None:
    """Write a migration from the difference between models and database."""
    command.revision(alembic_config(), message, autogenerate=True)


@_database.command("check")
def check() -> None:
    """Fail when the models and the migrations differ."""
    command.check(alembic_config())
    current_app.logger.info("models and migrations agree")
