"""`flask lti …`: keys, shared platforms, deployments, the self-check from the command line."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click
from flask import current_app
from flask.cli import AppGroup

from lti import keys, manual
from plugin import actor, clock
from plugin.entrance import checking, queries, rules
from plugin.entrance.operations import claiming, deploying, installing, setting_up
from plugin.entrance.operations.registering import Described
from plugin.errors import Refusal
from plugin.school import queries as school
from plugin.school.models import School

commands = AppGroup("lti", help="Learning platforms: keys, connections, deployments.")
_keys = AppGroup("keys", help="The keys that sign what Licheng sends to platforms.")
commands.add_command(_keys)


@_keys.command("list")
def list_keys() -> None:
    """Print every published key, when it was made, and which one signs now."""
    pairs = installing.ensure_keys()
    signer = keys.signing_key(pairs, clock.now())
    for one in pairs:
        state = "signs" if one.kid == signer.kid else "published"
        click.echo(f"{one.kid}\t{one.created_at:%Y-%m-%d %H:%M}\t{state}")


@_keys.command("rotate")
@click.option(
    "--at-once",
    is_flag=True,
    help="The old keys have leaked: withdraw them, sign anew from now on.",
)
def rotate(at_once: bool) -> None:
    """Publish the next key now. It signs in two days; the old one stays published for a week."""
    made = installing.renew_keys(at_once=at_once)
    since = made.created_at if at_once else made.created_at + keys.LEAD
    click.echo(f"{made.kid}\tsigns from {since:%Y-%m-%d %H:%M} UTC")


def _addresses(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options that describe a platform, for `share` and `connect`."""
    for option in (
        click.option(
            "--origin",
            "origins",
            multiple=True,
            metavar="https://HOST",
            help="Posts launches though it is neither issuer nor login address; can be said often.",
        ),
        click.option(
            "--audience", default="", help="OAuth2 audience, where it has one of its own."
        ),
        click.option("--keys", "key_set_url", default="", help="Its public key set."),
        click.option("--token", "token_url", default="", help="Its access token address."),
        click.option("--auth", "auth_login_url", default="", help="Its login (OIDC) address."),
        click.option("--site", default="", help="Address of the platform's first page."),
        click.option(
            "--platform",
            type=click.Choice(sorted(manual.PLATFORMS)),
            default="other",
            show_default=True,
            help="Fills in what is known of it.",
        ),
        click.argument("client_id"),
        click.argument("issuer"),
    ):
        command = option(command)
    return command


@commands.command("share")
@_addresses
def share(origins: tuple[str, ...], **given: str) -> None:
    """Register a platform for the whole installation (Blackboard: --platform blackboard).

    Each school claims its own deployments with a code; nothing enters before.
    """
    kept = _refusing(lambda: setting_up.share(_described(given), origins))
    click.echo(f"{kept.id}\t{kept.issuer}\t{kept.client_id}\tshared")


@commands.command("connect")
@click.argument("school_code")
@click.option("--deployment", default="", help="Deployment id, where it is known already.")
@_addresses
def connect(school_code: str, deployment: str, origins: tuple[str, ...], **given: str) -> None:
    """Enter a platform of school SCHOOL_CODE by hand."""
    who = actor.system(_school(school_code).id, "flask lti connect")
    kept = _refusing(lambda: setting_up.set_up(who, _described(given), deployment, origins))
    click.echo(f"{kept.id}\t{kept.issuer}\t{kept.client_id}\t{kept.state}")


@commands.command("code")
@click.argument("school_code")
def code(school_code: str) -> None:
    """Print a code by which a deployment of a shared platform is claimed for SCHOOL_CODE."""
    who = actor.system(_school(school_code).id, "flask lti code")
    click.echo(_refusing(lambda: claiming.deployment_code(who)))


@commands.command("assign")
@click.argument("number", type=int)
@click.argument("school_code")
def assign(number: int, school_code: str) -> None:
    """Give waiting deployment NUMBER of a shared platform to school SCHOOL_CODE.

    The numbers: flask school deployments.
    """
    who = actor.system(_school(school_code).id, "flask lti assign")
    _refusing(lambda: deploying.assign(who, number))
    click.echo(f"{number}\tassigned to {school_code}")


@commands.command("check")
@click.argument("school_code", default="")
def check(school_code: str) -> None:
    """Run the self-check of a school's connections. Fails when something is broken.

    Without SCHOOL_CODE nothing is called: every registration of the installation is held against
    the rules of today, which are otherwise asked only when one is entered or edited.
    """
    if not school_code:
        _check_rules()
        return
    url = current_app.extensions["licheng.settings"].public_url
    done = checking.check(_school(school_code).id, url, forwarded=False)
    for about, rows in [("Licheng", done.own), *((one.issuer, f) for one, f in done.platforms)]:
        for row in rows:
            click.echo(f"{row.tone}\t{about}\t{row.about}\t{row.seen}\t{row.todo}".rstrip())
    if done.broken:
        raise click.ClickException(f"{done.broken} broken")


def _check_rules() -> None:
    broken = 0
    for one in queries.registrations():
        reasons = rules.objections(one)
        broken += bool(reasons)
        for reason in reasons:
            click.echo(f"bad\t{one.id}\t{one.issuer}\t{one.client_id}\t{reason}")
    if broken:
        raise click.ClickException(f"{broken} registrations would be refused today")


def _described(given: dict[str, str]) -> Described:
    known = manual.PLATFORMS[given["platform"]]
    preset = known.filled(manual.site_of(given["site"]))
    return Described(
        issuer=given["issuer"],
        client_id=given["client_id"],
        auth_login_url=given["auth_login_url"] or preset.auth_login_url,
        token_url=given["token_url"] or preset.token_url,
        key_set_url=given["key_set_url"]
        or preset.key_set_url.replace("{client}", given["client_id"]),
        authorization_server=given["audience"] or preset.authorization_server,
        product=known.family,
    )


def _refusing(act: Callable[[], Any]) -> Any:
    """The refusal's words as the command's error."""
    try:
        return act()
    except Refusal as refusal:
        fields = ", ".join(f"{name}: {text}" for name, text in refusal.fields.items())
        raise click.ClickException(fields or refusal.message) from refusal


def _school(school_code: str) -> School:
    found = school.school_by_code(school_code.strip().upper())
    if found is None:
        raise click.ClickException(f"no school has the code {school_code}; see: flask school list")
    return found
