"""`flask school invite`, `flask school admin`, `flask school deployments`."""

from __future__ import annotations

import click

from plugin import actor
from plugin.entrance import queries
from plugin.entrance.operations import claiming, installing
from plugin.errors import Refusal
from plugin.school import queries as school
from plugin.school.cli import school_commands
from plugin.school.models import School


@school_commands.command("invite")
@click.argument("code")
@click.option("--days", default=14, show_default=True, help="How long the link can be used.")
@click.option(
    "--trust",
    "trusted",
    multiple=True,
    metavar="HOST",
    help="A further host the platform is spread over (self-hosted Canvas); can be said often.",
)
def invite(code: str, days: int, trusted: tuple[str, ...]) -> None:
    """Print a one-time link by which an LMS administrator installs Licheng for school CODE."""
    found = _school(code)
    try:
        link = installing.invite(actor.system(found.id, "flask school invite"), days, trusted)
    except Refusal as refusal:
        raise click.ClickException(refusal.message) from refusal
    click.echo(link)


@school_commands.command("admin")
@click.argument("code")
def admin(code: str) -> None:
    """Print a one-time code: the launch that enters it becomes administrator of school CODE."""
    found = _school(code)
    click.echo(claiming.administrator_code(actor.system(found.id, "flask school admin")))


@school_commands.command("deployments")
@click.option("--approve", type=int, help="Approve the deployment of this number.")
def deployments(approve: int | None) -> None:
    """List the deployments that wait for approval; approve one."""
    for one in queries.waiting_deployments():
        if one.id == approve and one.school_id is None:
            raise click.ClickException("it belongs to no school yet; see: flask lti assign")
        if one.id == approve:
            installing.decide_deployment(actor.system(one.school_id), one.id, active=True)
            click.echo(f"{one.id}\tapproved")
            return
        if approve is None:
            whose = "" if one.school_id else "\tno school yet: flask lti assign"
            click.echo(f"{one.id}\tregistration {one.registration_id}\t{one.deployment_id}{whose}")
    if approve is not None:
        raise click.ClickException("no such deployment is waiting")


def _school(code: str) -> School:
    found = school.school_by_code(code.strip().upper())
    if found is None:
        raise click.ClickException(f"no school has the code {code}; see: flask school list")
    return found
