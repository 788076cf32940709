"""Values of rows as they are kept with an import, and as people read them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from flask_babel import gettext as _

from forms.dates import roc_day
from plugin import secrets
from plugin.school.importing.definition import Action, Change, Column, Sheet, Value

SEALED = "sealed"


def pack(change: Change, sheet: Sheet) -> dict[str, Any]:
    """A change as JSON; secret values are encrypted."""
    return {
        "values": _packed(change.values, sheet),
        "before": _packed(change.before, sheet),
        "after": None if change.after is change.values else _packed(change.after, sheet),
        "kept": dict(change.kept),
    }


def unpack(row: int, action: Action, content: Mapping[str, Any]) -> Change:
    """What `pack` was given."""
    values = _unpacked(content["values"])
    after = values if content["after"] is None else _unpacked(content["after"])
    return Change(row, action, values, _unpacked(content["before"]), after, content["kept"])


def shown(column: Column | None, value: Value, *, masked: bool = True) -> str:
    """A value as people read it; secret ones in part."""
    if value is None:
        return _("（空白）")
    if isinstance(value, bool):
        return _("是") if value else _("否")
    if column is not None and column.secret and masked:
        return mask(value)
    if isinstance(value, date):
        return roc_day(value)
    if column is not None and column.choices:
        return str(dict(column.choices).get(str(value), value))
    return str(value)


def mask(value: Value) -> str:
    """Enough to recognise it, not to use it: A12****789; of a birthday the year."""
    if isinstance(value, date):
        return _("%(year)s 年（其餘遮蔽）", year=roc_day(value).split("年")[0])
    text = str(value)
    return f"{text[:3]}****{text[-3:]}" if len(text) > 8 else "****"


def _packed(values: Mapping[str, Value], sheet: Sheet) -> dict[str, Any]:
    return {key: _one(value, sheet.by_key.get(key)) for key, value in values.items()}


def _one(value: Value, column: Column | None) -> Any:
    plain: Any = value
    if isinstance(value, date):
        plain = {"date": value.isoformat()}
    elif isinstance(value, Decimal):
        plain = {"number": str(value)}
    if value is None or column is None or not column.secret:
        return plain
    kind, text = next(iter(plain.items())) if isinstance(plain, dict) else ("text", str(plain))
    return {SEALED: secrets.encrypt(f"{kind}:{text}")}


def _unpacked(values: Mapping[str, Any]) -> dict[str, Value]:
    return {
        key: _read(value) if isinstance(value, dict) else value for key, value in values.items()
    }


def _read(value: Mapping[str, str]) -> Value:
    kind, text = next(iter(value.items()))
    if kind == SEALED:
        kind, text = secrets.decrypt(text).split(":", 1)
    if kind == "date":
        return date.fromisoformat(text)
    return Decimal(text) if kind == "number" else str(text)
