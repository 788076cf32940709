"""Commands of the services, for whoever runs the installation."""

from __future__ import annotations

import click
from flask.cli import AppGroup

from plugin import db
from plugin.entrance.models import LaunchContext
from plugin.services import queries, syncing
from plugin.services.models import PushState

commands = AppGroup("services", help="Rosters and grades of learning platforms.")


@commands.command("roster")
@click.argument("context_id", type=int)
def roster(context_id: int) -> None:
    """Read in the roster of one LMS course now and say how it went."""
    if db.reading().get(LaunchContext, context_id) is None:
        raise click.ClickException("no such LMS course")
    found = syncing.synchronise(context_id, "command")
    click.echo("\t".join(f"{name}={value}" for name, value in found.items()))
    if "code" in found:
        raise SystemExit(1)


@commands.command("status")
@click.argument("school_id", type=int)
def status(school_id: int) -> None:
    """What failed at a school, and how many scores are on their way."""
    trouble = queries.trouble(school_id)
    counts = queries.push_counts(school_id)
    click.echo(f"rosters failed\t{trouble.rosters}")
    click.echo(f"messages failed\t{trouble.errands}")
    for state in PushState:
        click.echo(f"grades {state}\t{counts.get(state, 0)}")
