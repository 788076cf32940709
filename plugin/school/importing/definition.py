"""What can be brought in: a sheet of columns, and how its rows are checked and written.

A room registers one `Importable` for each sheet it knows, in its `init_app`:

    importing.register(
        Importable(
            kind="posts",                       # stable; in the history, in OneRoster's adapter
            sheet=Sheet(
                title="幹部經歷紀錄",             # name of the sheet; also the official one
                columns=(Column("national_id", "身分證號", read, required=True, secret=True), …),
                key=("national_id", "unit", "starts_on", "duty"),
                shown=("unit", "duty"),
            ),
            order=70,                           # after what its rows refer to (enrolments: 60)
            load=load, check=check, apply=apply,
        )
    )

The machinery does the rest, the same for every kind: it reads workbook, CSV or OneRoster; finds the
sheet by its title, columns by their titles; reads each cell by `Column.read`; finds rows that stand
twice; compares each row with what `load` found and so knows new, changed, unchanged; keeps the
changes for the preview; applies them in one transaction; takes them back.

One chunk of at most `CHUNK` rows goes through these, in this order. Each must take a number of
statements that does not depend on how many rows the chunk has:

`load(context, rows)` → what stands in the database for the keys of these rows, by key
    (`sheet.key_of(row.values)`). Values stand under the columns' keys and are equal (`==`) to what
    `Column.read` would give. What is not there is simply missing in the answer.
`check(context, rows, found)` → faults of rows that read well cell by cell: unknown student, a code
    that is not allowed, a window that is closed. Nothing is written. What comes with an earlier
    sheet of the same file is not in the database yet; ask `context.coming(kind, key)`, too.
`apply(context, changes)` → writes the rows, inside the one write transaction, with statements in
    bulk. `change.after` has the columns that become other than they are (all that were given, for a
    new row), `change.values` the whole row. The machinery has asked `load` again and found that
    nothing moved since the preview. Ids of the rows that were referred to are looked up here again.
`undo(context, changes)` → optional. Left out, what was new is deleted by the ids that `load` tells
    (`Current.ids`, last table first), and what was changed is applied the other way round.
    Before that the machinery asks what depends on the rows (foreign keys) and refuses if anything.

Also optional: `derive` (what a row says without saying it), `finish` (faults that only the whole
sheet shows), `release` (before `apply`, over all changes: frees values that must be unique, so that
two may change places; before anything is taken back, too), `others` (what the database has and a
complete list has not; what becomes of it).

A cell that is empty, or a column that is not there, leaves what is known as it is. Dates are read
in either calendar by `forms.dates`. `secret` columns (national IDs, birthdays) are encrypted in the
kept preview, never in logs or audit lines.

Who is meant by 身分證號 or 學號: `plugin.school.importing.index.students(context)`.
OneRoster's results go to the kind `grades`, if one is registered, with the keys `student_number`,
`course_number`, `year`, `term`, `score`.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Any

from forms.definition import Form, Text, field_names
from plugin.actor import Role

Value = str | int | bool | Decimal | date | None
Key = tuple[Value, ...]

CHUNK = 1000
"""Rows that are looked at together: the size of a statement's list, and what memory holds."""


@dataclass(frozen=True)
class Column:
    """One column of a sheet.

    :param title: heading, in Chinese as on the official sheets, whatever the reader's language.
    :param read: text of a cell (never empty, trimmed) → value, and what is wrong ("" = nothing).
    :param required: a row without it is bad; a file without the column cannot be read.
    :param secret: personal data that is encrypted at rest.
    :param choices: (value, words) of a closed list; the template offers the words.
    :param also: other headings under which the column is known.
    """

    key: str
    title: str
    read: Callable[[str], tuple[Value, str]]
    required: bool = False
    secret: bool = False
    help: Text = ""
    examples: Sequence[Text] = ()
    choices: Sequence[tuple[str, Text]] = ()
    also: Sequence[str] = ()


@dataclass(frozen=True)
class Sheet:
    """The columns of one kind.

    :param title: name of the sheet; what comes from one book may have the official one.
    :param key: columns that tell one row from another; they must be given or have a default.
    :param shown: columns by which people recognise a row in the preview, after the key.
    :param unique: further groups of columns that may stand only once in a file.
    :param also: other names of the sheet.
    :param told_by: columns of which one must be there before a sheet is guessed to be of this
        kind; for kinds that require little, so that every other list would be theirs as well.
    """

    title: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    shown: tuple[str, ...] = ()
    unique: tuple[tuple[str, ...], ...] = ()
    help: Text = ""
    also: Sequence[str] = ()
    told_by: frozenset[str] = frozenset()

    def key_of(self, values: Mapping[str, Value]) -> Key:
        """The key of a row."""
        return tuple(values.get(one) for one in self.key)

    @cached_property
    def by_key(self) -> dict[str, Column]:
        """Columns by their key."""
        return {one.key: one for one in self.columns}


@dataclass(frozen=True)
class Row:
    """A row of the file that read well, cell by cell.

    :ivar number: as the spreadsheet counts: the heading is 1.
    :ivar values: what was given, and the defaults of `Importable.defaults`; no empty ones.
    """

    number: int
    values: Mapping[str, Value]


@dataclass(frozen=True)
class Current:
    """What stands in the database for a key.

    :ivar ids: table name → id of the rows it consists of, in the order in which they were made.
    :ivar exists: False where only a part is there (the parent, but not of this child); the row is
        then new, and the rows of `ids` are not taken away by undoing.
    """

    values: Mapping[str, Value]
    ids: Mapping[str, int] = field(default_factory=dict)
    exists: bool = True


@dataclass(frozen=True)
class Fault:
    """Why a row cannot be taken.

    :ivar column: key of the column, or "" when it is about the whole row.
    """

    row: int
    column: str
    reason: str
    remedy: str = ""


class Action(enum.StrEnum):
    """What happens to a row."""

    NEW = "new"
    CHANGED = "changed"
    GONE = "gone"
    """Not in a complete list any more: deactivated or ended, never deleted."""


@dataclass(frozen=True)
class Change:
    """One row that becomes other than it is.

    :ivar values: the whole row of the file (of a gone one: what is known of it).
    :ivar before: the changed columns as they were; empty when new.
    :ivar after: the changed columns as they become; all given ones when new.
    :ivar kept: ids that were there before the row, though it was new (`Current.exists`).
    """

    row: int
    action: Action
    values: Mapping[str, Value]
    before: Mapping[str, Value]
    after: Mapping[str, Value]
    kept: Mapping[str, int] = field(default_factory=dict)

    @property
    def reversed(self) -> Change:
        """The change that takes this one back (of a row that was there before)."""
        values = {**self.values, **self.before}
        return Change(self.row, Action.CHANGED, values, self.after, self.before, self.kept)


@dataclass(frozen=True)
class Gone:
    """A row of the database that a complete list may have lost.

    :ivar after: what it becomes, if so, e.g. `{"active": False}`.
    """

    values: Mapping[str, Value]
    current: Current
    after: Mapping[str, Value]


@dataclass
class Context:
    """Of one import: whose, for which term, and what its earlier sheets bring.

    :ivar scratch: whatever an importable remembers from chunk to chunk, by its kind.
    :ivar number: 名冊別 of an official book's cover, while checking; "" = not told.
    :ivar kinds: those of the file's sheets, while checking.
    """

    school_id: int
    academic_year: int
    term: int
    actor_id: int | None = None
    complete: bool = False
    scratch: dict[str, Any] = field(default_factory=dict)
    number: str = ""
    kinds: frozenset[str] = frozenset()
    _coming: dict[str, dict[Key, Mapping[str, Value]]] = field(default_factory=dict)

    def coming(self, kind: str, key: Key) -> Mapping[str, Value] | None:
        """The row of that key that an earlier sheet of the same file brings (while checking)."""
        return self._coming.get(kind, {}).get(key)

    def promise(self, kind: str, key: Key, values: Mapping[str, Value]) -> None:
        """Remember that a row comes with this file (the machinery does it)."""
        self._coming.setdefault(kind, {})[key] = values


Load = Callable[[Context, Sequence[Row]], Mapping[Key, Current]]
Check = Callable[[Context, Sequence[Row], Mapping[Key, Current]], Iterable[Fault]]
Write = Callable[[Context, Sequence[Change]], None]


@dataclass(frozen=True)
class Importable:
    """One kind of row that can be brought in; the module's docstring says how it is used.

    :param order: sheets are taken in this order, whatever their order in the file.
    :param defaults: values for columns that were not given, e.g. the term of the upload.
    :param derive: values that follow from those of a row; they count for columns that it leaves
        empty, and stand in the preview like those that were given.
    :param promised: whether later sheets ask for its rows by `Context.coming`; those are kept in
        memory by key.
    :param others: needed for 完整名單; None where nothing can be deactivated.
    :param always_complete: a file is always the complete list, without asking.
    :param brought_by: roles that may bring it in besides those that may bring in everything.
    """

    kind: str
    sheet: Sheet
    load: Load
    check: Check
    apply: Write
    undo: Write | None = None
    order: int = 100
    defaults: Callable[[Context], Mapping[str, Value]] | None = None
    derive: Callable[[Context, Mapping[str, Value]], Mapping[str, Value]] | None = None
    finish: Callable[[Context], Iterable[Fault]] | None = None
    release: Write | None = None
    others: Callable[[Context], Iterator[Gone]] | None = None
    promised: bool = False
    always_complete: bool = False
    in_template: bool = True
    brought_by: frozenset[Role] = frozenset()


_registered: dict[str, Importable] = {}


def register(one: Importable) -> None:
    """Make a kind known; the same again changes nothing.

    :raises ValueError: another one of that kind, or a key that is no column.
    """
    if _registered.setdefault(one.kind, one).sheet != one.sheet:
        raise ValueError(f"two importables of kind {one.kind}")
    named = {*one.sheet.key, *one.sheet.shown, *(k for group in one.sheet.unique for k in group)}
    if not named <= set(one.sheet.by_key):
        raise ValueError(f"{one.kind}: no columns {sorted(named - set(one.sheet.by_key))}")


def importables() -> tuple[Importable, ...]:
    """Every kind, in the order in which sheets are taken."""
    return tuple(sorted(_registered.values(), key=lambda one: (one.order, one.kind)))


def importable(kind: str) -> Importable:
    """:raises KeyError: none of that kind."""
    return _registered[kind]


def columns_of(
    form: type[Form],
    *,
    secret: Iterable[str] = (),
    also: Mapping[str, Sequence[str]] | None = None,
) -> tuple[Column, ...]:
    """The columns of a sheet whose rows are the answers to a form: its fields, prompts, examples,
    choices and validators. A choice may be given by its value or by its words.

    :param also: other headings by column key.
    """
    from plugin.school.importing.cells import Reader

    reader, hidden, others = Reader(form), set(secret), also or {}
    return tuple(
        Column(
            key=name,
            title=reader.title(name),
            read=reader.of(name),
            required=reader.form[name].required,
            secret=name in hidden,
            help=reader.help(name),
            examples=reader.examples(name),
            choices=reader.choices(name),
            also=others.get(name, ()),
        )
        for name in field_names(reader.form)
    )
