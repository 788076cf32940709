"""`flask trail …`: the audit chain from the command line."""

from __future__ import annotations

import sys

import click
from flask.cli import AppGroup

from plugin.trail import chain

trail_commands = AppGroup("trail", help="The audit chain.")


@trail_commands.command("verify")
def verify() -> None:
    """Walk every chain; exit 1 and name each place where one does not hold."""
    broken = 0
    for one in chain.verify():
        broken += 1
        name = f"school {one.chain}" if one.chain else "installation"
        click.echo(f"{name}: link {one.sequence} is {one.reason}", err=True)
    if broken:
        click.echo(f"the audit chain is broken in {broken} places", err=True)
        sys.exit(1)
    click.echo("every link of every audit chain holds")
