"""`flask school …`: opening schools from the command line."""

from __future__ import annotations

import click
from flask.cli import AppGroup

from plugin import actor
from plugin.errors import Refusal
from plugin.school import operations, queries
from plugin.school.models import SchoolKind

school_commands = AppGroup("school", help="The schools of this installation.")


@school_commands.command("create")
@click.argument("code")
@click.argument("name")
@click.argument("kind", type=click.Choice([kind.value for kind in SchoolKind]))
def create(code: str, name: str, kind: str) -> None:
    """Open a school: its 6-character CODE, its NAME, its KIND."""
    try:
        made = operations.create_school(actor.system(None), code, name, SchoolKind(kind))
    except Refusal as refusal:
        raise click.ClickException(refusal.message) from refusal
    click.echo(f"{made.code}\t{made.name}\t{made.kind}")


@school_commands.command("list")
def list_schools() -> None:
    """Every school: code, name, kind."""
    for one in queries.schools():
        click.echo(f"{one.code}\t{one.name}\t{one.kind}")
