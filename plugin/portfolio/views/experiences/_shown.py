"""An experience as every page shows it: its own fields in words, its files, its receipts."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _

from forms.said import day_said
from plugin.actor import Actor
from plugin.portfolio.kinds import Field
from plugin.portfolio.queries.experiences import Card, Line
from plugin.portfolio.views._shared import shown
from plugin.vault import receipts


def facts(line: Line) -> list[tuple[str, str]]:
    """(label, answer) of the kind's own fields, in the order of the roster; "" where nothing is."""
    details = line.experience.details
    return [(str(one.label), said(one, details.get(one.key, ""))) for one in line.kind.fields]


def said(one: Field, text: str) -> str:
    """A stored answer as people read it; what cannot be read stands as it was typed."""
    value = one.read(text)
    if value is None:
        return text
    if one.type == "date":
        return day_said(value)  # type: ignore[arg-type]
    if one.codes is not None and text in one.codes.values:
        return f"{text} {one.codes.values[text]}"
    return text


def files_of(line: Line, actor: Actor) -> dict[str, Any]:
    """Its files for a template, as somebody who may see them."""
    return {"document": shown(line.document, actor), "media": shown(line.media, actor)}


def receipt_cards(card: Card) -> list[tuple[dict[str, object], str]]:
    """Each file's newest receipt as its card shows it, and where anybody may verify it."""
    found = []
    for file in (card.line.document, card.line.media):
        receipt = card.receipts.get(file.id) if file is not None else None
        if file is None or receipt is None:
            continue
        told = {
            "number": receipt.number,
            "at": receipt.issued_at,
            "name": file.name,
            "size": receipt.size,
            "sha256": receipt.sha256,
            "copies": receipt.copies,
            "expires_at": receipt.expires_at,
        }
        # from the host's root: an address that is passed on must not carry the session
        found.append((told, f"/receipts/{receipt.number}?code={receipts.code(receipt)}"))
    return found


def name_of(line: Line) -> str:
    """What a record is called, also while it has no name."""
    return line.experience.title or _("（未命名的草稿）")
