"""Tables and papers that somebody asks for: kept for a week as a file, fetched by its link."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from pathlib import Path

from flask import current_app
from flask_babel import gettext as _

from plugin import clock, db, retention
from plugin.actor import Actor
from plugin.settings import Settings
from plugin.trail.notify import notify
from plugin.vault import operations as vault
from plugin.vault.models import StoredFile
from reports.sheets import write_csv

CSV, PDF = ("csv", "text/csv"), ("pdf", "application/pdf")


def table(
    actor: Actor,
    name: str,
    header: Iterable[str],
    rows: Iterable[Iterable[str | int | None]],
    *,
    slot: str,
) -> StoredFile:
    """Rows as a CSV, safe to open in a spreadsheet program.

    :raises VaultUnavailable: a disk would not take it.
    """
    with _room() as room:
        path = Path(room) / "table.csv"
        with path.open("wb") as out:
            write_csv(out, header, rows)
        return _deposit(actor, path, name, slot, CSV)


def paper(actor: Actor, name: str, content: bytes, *, slot: str) -> StoredFile:
    """A PDF; raises as `table`."""
    with _room() as room:
        path = Path(room) / "paper.pdf"
        path.write_bytes(content)
        return _deposit(actor, path, name, slot, PDF)


def tell_printed(actor: Actor, subject: str, page: str) -> None:
    """Slips to be signed that somebody asked for may be fetched from `page`."""
    if actor.person_id is None or actor.school_id is None:
        return
    with db.writing():
        notify(
            [actor.person_id],
            subject,
            _("可以下載並列印，請學生與家長簽名。檔案保留 7 天。"),
            page,
            school_id=actor.school_id,
            mail=False,
        )


def _deposit(actor: Actor, path: Path, name: str, slot: str, of: tuple[str, str]) -> StoredFile:
    kind, media_type = of
    return vault.deposit(
        actor,
        path,
        slot=slot,
        name=name,
        media_type=media_type,
        kind=kind,
        expires_at=clock.now() + retention.row("download").period,
    )


def _room() -> tempfile.TemporaryDirectory[str]:
    settings: Settings = current_app.extensions["licheng.settings"]
    settings.reports.mkdir(parents=True, exist_ok=True)
    return tempfile.TemporaryDirectory(dir=settings.reports)
