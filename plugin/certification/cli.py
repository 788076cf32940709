"""`flask certification key …`: the keys by which an office signs its certificates."""

from __future__ import annotations

from pathlib import Path

import click
from flask.cli import AppGroup

from plugin import actor
from plugin.actor import Actor
from plugin.certification.models import SigningKey
from plugin.certification.operations import signing_keys
from plugin.errors import Refusal
from plugin.school import queries as schools

commands = AppGroup("certification", help="Certification of environmental-education personnel.")
_key = AppGroup("key", help="Keys that sign certificates; the newest signs.")
commands.add_command(_key)

_school = click.argument("school")


@_key.command("make")
@_school
def make(school: str) -> None:
    """Make a key for the office SCHOOL (its code); it signs from now on, older ones no more."""
    _say(signing_keys.make(_office(school)))


@_key.command("import")
@_school
@click.argument("path", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--passphrase", prompt=True, hide_input=True, default="", help="Of the file.")
def bring(school: str, path: Path, passphrase: str) -> None:
    """Take a key for SCHOOL from the PKCS #12 file PATH (.p12, .pfx)."""
    try:
        _say(signing_keys.bring(_office(school), path.read_bytes(), passphrase))
    except Refusal as refusal:
        raise click.ClickException(refusal.message) from refusal


@_key.command("retire")
@_school
@click.argument("fingerprint")
def retire(school: str, fingerprint: str) -> None:
    """Let a key of SCHOOL sign no more; the beginning of its FINGERPRINT is enough."""
    try:
        _say(signing_keys.retire(_office(school), fingerprint))
    except Refusal as refusal:
        raise click.ClickException(refusal.message) from refusal


@_key.command("list")
@_school
def list_keys(school: str) -> None:
    """Every key of SCHOOL: fingerprint, until when, its name, whether it signs."""
    for one in signing_keys.keys(_office(school).school_id or 0):
        _say(one)


def _office(code: str) -> Actor:
    found = schools.school_by_code(code)
    if found is None:
        raise click.ClickException(f"no school with the code {code}")
    return actor.system(found.id)


def _say(one: SigningKey) -> None:
    state = "retired" if one.retired_at else "signs"
    click.echo(f"{one.fingerprint}\t{one.valid_until}\t{one.subject}\t{state}")
