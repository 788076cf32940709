"""From texts to changes and faults: cell by cell, row by row, then the sheet as a whole."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, TypeVar

from flask_babel import gettext as _

from plugin.school.importing.definition import (
    CHUNK,
    Action,
    Change,
    Column,
    Context,
    Current,
    Fault,
    Importable,
    Row,
    Value,
    importable,
)
from plugin.school.importing.tables import RawRow, Source, Table

T = TypeVar("T")


@dataclass(frozen=True)
class Told:
    """A fault as the registry reads it."""

    sheet: str
    row: int
    cell: str
    column: str
    value: str
    reason: str
    remedy: str


@dataclass
class Counts:
    """How many rows of a kind are what."""

    title: str
    rows: int = 0
    new: int = 0
    changed: int = 0
    gone: int = 0
    same: int = 0
    faults: int = 0
    left_out: dict[str, int] = field(default_factory=dict)

    def leave_out(self, reason: str) -> None:
        """A row is passed over."""
        self.left_out[reason] = self.left_out.get(reason, 0) + 1

    def as_json(self) -> dict[str, Any]:
        """As the import keeps it."""
        return dict(vars(self))


@dataclass
class Batch:
    """What came of one chunk."""

    kind: str
    changes: list[Change] = field(default_factory=list)
    faults: list[Told] = field(default_factory=list)
    rows: int = 0


class Check:
    """The check of one file; writes nothing.

    :ivar counts: by kind, complete when `run` has ended.
    """

    def __init__(self, context: Context, source: Source) -> None:
        self.context, self.source = context, source
        self.counts: dict[str, Counts] = {}

    def run(self) -> Iterator[Batch]:
        """Chunk after chunk, sheets in the order of their kinds."""
        for table in sorted(self.source.tables, key=lambda one: importable(one.kind).order):
            yield from _Sheet(self, table, importable(table.kind)).run()


class _Sheet:
    """One sheet."""

    def __init__(self, check: Check, table: Table, of: Importable) -> None:
        self.context, self.table, self.of = check.context, table, of
        self.defaults = dict(of.defaults(self.context)) if of.defaults else {}
        self.counts = check.counts.setdefault(of.kind, Counts(of.sheet.title))
        self.seen: dict[tuple[Any, ...], tuple[int, int]] = {}
        self.unique: list[dict[tuple[Value, ...], int]] = [{} for _group in of.sheet.unique]
        self.bad = 0
        self.cells: dict[int, RawRow] = {}

    def run(self) -> Iterator[Batch]:
        for chunk in _chunks(self.table.rows(), CHUNK):
            batch = Batch(self.of.kind, rows=len(chunk))
            self.cells = {raw.number: raw for raw in chunk}
            rows = [row for raw in chunk if (row := self._read(raw, batch)) is not None]
            if rows:
                found = self.of.load(self.context, rows)
                self._faults(batch, self.of.check(self.context, rows, found))
                bad = {one.row for one in batch.faults}
                for row in rows:
                    if row.number not in bad:
                        self._compare(batch, row, found.get(self.of.sheet.key_of(row.values)))
            yield self._counted(batch)
        yield from self._last()

    def _last(self) -> Iterator[Batch]:
        """What only the whole sheet shows."""
        batch = Batch(self.of.kind)
        self.cells = {}
        if self.of.finish is not None:
            self._faults(batch, self.of.finish(self.context))
        if batch.faults:
            yield self._counted(batch)
        if self.bad or self.table.partial or self.of.others is None:
            return
        if not (self.context.complete or self.of.always_complete):
            return
        lost = (
            one
            for one in self.of.others(self.context)
            if self.of.sheet.key_of(one.values) not in self.seen
        )
        for some in _chunks(lost, CHUNK):
            batch = Batch(self.of.kind)
            for one in some:
                before = {key: one.current.values.get(key) for key in one.after}
                batch.changes.append(
                    Change(0, Action.GONE, one.values, before, one.after, one.current.ids)
                )
            self.counts.gone += len(batch.changes)
            yield batch

    def _read(self, raw: RawRow, batch: Batch) -> Row | None:
        """Cells to values; what is wrong with them goes into the batch."""
        self.counts.rows += 1
        if raw.left_out:
            self.counts.leave_out(raw.left_out)
            return None
        values, faults = self._cells(raw)
        if not raw.active:
            if "active" not in values:
                self.counts.leave_out(_("來源標示為刪除，這類資料不能停用"))
                return None
            values["active"] = False
        if faults:
            self._promise(values)
            self._faults(batch, faults)
            return None
        if self.of.derive is not None:
            values = {**self.of.derive(self.context, values), **values}
        self._promise(values)
        return self._once(raw, values, batch)

    def _cells(self, raw: RawRow) -> tuple[dict[str, Value], list[Fault]]:
        """Every cell read by its column."""
        values: dict[str, Value] = dict(self.defaults)
        faults: list[Fault] = []
        for column in self.of.sheet.columns:
            text = raw.cells.get(column.key)
            if text is None:
                if column.required and raw.active:
                    faults.append(
                        Fault(
                            raw.number,
                            column.key,
                            _("「%(title)s」沒有填。", title=column.title),
                            _("請補上後重新上傳。"),
                        )
                    )
                continue
            value, fault = column.read(text)
            if fault:
                faults.append(Fault(raw.number, column.key, fault))
            elif value is not None:
                values[column.key] = value
        return values, faults

    def _promise(self, values: Mapping[str, Value]) -> None:
        """Later sheets may refer to it; also to a bad row, or one mistake would become hundreds
        (nothing is written then in any case)."""
        key = self.of.sheet.key_of(values)
        if self.of.promised and None not in key and values.get("active", True):
            self.context.promise(self.of.kind, key, values)

    def _once(self, raw: RawRow, values: dict[str, Value], batch: Batch) -> Row | None:
        """Rows that stand twice: the same twice is passed over, unlike ones are a fault."""
        key, said = self.of.sheet.key_of(values), hash(frozenset(values.items()))
        before = self.seen.setdefault(key, (raw.number, said))
        if before[0] != raw.number:
            if before[1] == said:
                self.counts.leave_out(_("與前面的列完全相同"))
                return None
            self._faults(batch, [self._twice(raw, self.of.sheet.key, before[0])])
            return None
        for group, places in zip(self.of.sheet.unique, self.unique, strict=True):
            some = tuple(values.get(one) for one in group)
            if None in some:
                continue
            first = places.setdefault(some, raw.number)
            if first != raw.number:
                self._faults(batch, [self._twice(raw, group, first)])
                return None
        return Row(raw.number, values)

    def _twice(self, raw: RawRow, group: Sequence[str], first: int) -> Fault:
        named = [one for one in group if one in raw.cells] or list(group)
        titles = _("、").join(self.of.sheet.by_key[one].title for one in named)
        return Fault(
            raw.number,
            named[-1],
            _("「%(titles)s」與第 %(first)s 列重複。", titles=titles, first=first),
            _("請刪除其中一列，或更正內容。"),
        )

    def _compare(self, batch: Batch, row: Row, current: Current | None) -> None:
        values = row.values
        if current is None or not current.exists:
            if values.get("active") is False:
                self.counts.leave_out(_("來源標示為刪除，系統裡本來就沒有"))
                return
            known: Mapping[str, Value] = current.values if current else {}
            before = {
                key: known[key] for key in values if key in known and known[key] != values[key]
            }
            kept = current.ids if current else {}
            batch.changes.append(Change(row.number, Action.NEW, values, before, values, kept))
            self.counts.new += 1
            return
        after = {key: value for key, value in values.items() if current.values.get(key) != value}
        if not after:
            self.counts.same += 1
            return
        gone = after.get("active") is False
        action = Action.GONE if gone else Action.CHANGED
        before = {key: current.values.get(key) for key in after}
        batch.changes.append(Change(row.number, action, values, before, after, current.ids))
        if gone:
            self.counts.gone += 1
        else:
            self.counts.changed += 1

    def _faults(self, batch: Batch, faults: Iterable[Fault]) -> None:
        for one in faults:
            raw = self.cells.get(one.row) or RawRow(one.row, {})
            column = self.of.sheet.by_key.get(one.column)
            remedy = one.remedy or _example(column)
            batch.faults.append(
                Told(
                    self.table.title,
                    one.row,
                    self.table.cell(raw, one.column) if column else "",
                    column.title if column else "",
                    raw.cells.get(one.column, ""),
                    one.reason,
                    remedy,
                )
            )

    def _counted(self, batch: Batch) -> Batch:
        self.counts.faults += len(batch.faults)
        self.bad += len(batch.faults)
        return batch


def _example(column: Column | None) -> str:
    """What to write instead, where nobody said more."""
    if column is None or not column.examples:
        return _("請更正後重新上傳。")
    return _("請更正後重新上傳，例如 %(example)s。", example=column.examples[0])


def stale(context: Context, of: Importable, changes: Sequence[Change]) -> Change | None:
    """The first change whose rows are no longer what the preview compared with."""
    rows = [Row(one.row, one.values) for one in changes]
    found = of.load(context, rows)
    for one in changes:
        current = found.get(of.sheet.key_of(one.values))
        if one.action is Action.NEW:
            if current is not None and (current.exists or dict(current.ids) != dict(one.kept)):
                return one
        elif current is None or any(
            current.values.get(key) != value for key, value in one.before.items()
        ):
            return one
    return None


def _chunks(rows: Iterable[T], size: int) -> Iterator[list[T]]:
    iterator = iter(rows)
    while chunk := list(islice(iterator, size)):
        yield chunk
