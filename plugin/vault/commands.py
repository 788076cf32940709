"""`flask vault …`: for whoever answers for the disks."""

from __future__ import annotations

import click
from flask.cli import AppGroup

from plugin.vault import operations

group = AppGroup("vault", help="The files that were handed in: verify and heal.")


@group.command("verify")
@click.option("--quick", is_flag=True, help="Names, sizes and the ledger; reads no bytes.")
def verify(quick: bool) -> None:
    """Compare ledger, copies and references; exit non-zero on any doubt.

    One line a finding: kind, SHA-256, place, detail, separated by tabs.
    """
    doubts = 0
    for finding in operations.verify(quick=quick):
        click.echo(str(finding))
        doubts += 1
    click.echo(f"vault: {doubts} findings" if doubts else "vault: everything is there", err=True)
    raise SystemExit(1 if doubts else 0)


@group.command("heal")
def heal() -> None:
    """Restore wrong and missing copies from whole ones, set unknown bytes aside.

    Exit non-zero when something could not be healed.
    """
    left = healed = 0
    for finding in operations.heal():
        click.echo(str(finding))
        if finding.detail in {"healed", "set aside"}:
            healed += 1
        else:
            left += 1
    click.echo(f"vault: {healed} healed, {left} not", err=True)
    raise SystemExit(1 if left else 0)
