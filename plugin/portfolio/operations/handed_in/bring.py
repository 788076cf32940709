"""學生課程學習成果名冊 and 學生自填多元表現名冊 read back, one importable for each sheet.

Of a year (and batch) that this school has handed in itself, a book is only compared: what was
handed in is final. Of past years that it has not, rows are kept as what an earlier system handed
in. Decision record 0009; central-rosters §3.6, §3.7.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from flask_babel import gettext as _

from plugin.actor import Role
from plugin.portfolio.models import SelectionKind
from plugin.portfolio.operations.handed_in import comparing, holding
from plugin.portfolio.operations.handed_in.found import (
    HandedIn,
    birthdays,
    load,
    submissions,
    texts_of,
)
from plugin.portfolio.operations.handed_in.sheets import LINKS, PLACE, BookSheet, book_sheets
from plugin.school.importing import Change, Context, Current, Fault, Importable, Key, Row, Value
from plugin.school.importing import index as known

ORDER = 90
"""After people, courses and their records."""
HELPERS = {SelectionKind.EXPERIENCE: frozenset({Role.STUDENT_AFFAIRS})}
"""Who may bring a book besides the registry."""


def importables() -> tuple[Importable, ...]:
    """One for each sheet of both books."""
    return tuple(_importable(one, place) for place, one in enumerate(book_sheets()))


def _importable(of: BookSheet, place: int) -> Importable:
    empty = {one.key: None for one in of.sheet.columns if not one.required and one.key != PLACE}

    def check(
        context: Context, rows: Sequence[Row], found: Mapping[Key, Current]
    ) -> Iterator[Fault]:
        return _check(of, context, rows, found)

    def derive(context: Context, values: Mapping[str, Value]) -> Mapping[str, Value]:
        return _counted(of, context, values)

    def apply(context: Context, changes: Sequence[Change]) -> None:
        holding.write(of, context, changes)

    return Importable(
        kind=of.kind,
        sheet=of.sheet,
        order=ORDER + place,
        load=lambda context, rows: load(of, context, rows),
        check=check,
        apply=apply,
        # an empty cell is said to be empty: in a book that is compared, it may have lost its text
        defaults=lambda _context: empty,
        derive=derive,
        finish=lambda context: comparing.lacking(of, context),
        brought_by=HELPERS.get(of.record_kind, frozenset()),
        in_template=False,
    )


def _counted(of: BookSheet, context: Context, values: Mapping[str, Value]) -> Mapping[str, Value]:
    """Rows of one student that nothing tells apart but their order are counted."""
    counts: Counter[Key] = context.scratch.setdefault(f"{of.kind}.counts", Counter())
    key = of.sheet.key_of({**values, PLACE: None})
    counts[key] += 1
    return {PLACE: str(counts[key]) if counts[key] > 1 else None}


def _check(
    of: BookSheet, context: Context, rows: Sequence[Row], found: Mapping[Key, Current]
) -> Iterator[Fault]:
    find, births = known.students(context), birthdays(texts_of(context, rows))
    strange = []
    for row in rows:
        who = find(str(row.values["national_id"]))
        if who is None:
            yield Fault(row.number, "national_id", _("找不到這位學生。"), _("請先匯入學生名單。"))
            continue
        current = found.get(of.sheet.key_of(row.values))
        if isinstance(current, HandedIn):
            comparing.met(of, context).add(current.row_id)
            yield from comparing.unlike(of, row, current)
        elif submissions(context):
            strange.append(row)
        elif births.get(who, row.values["birthday"]) != row.values["birthday"]:
            yield Fault(row.number, "birthday", _("與系統裡這位學生的出生日期不同。"))
        else:
            yield from _twice(of, context, row)
            if current is None:
                yield from _kept(of, context, row)
            else:
                for key, words in holding.faults(of, context, row):
                    yield Fault(row.number, key, words)
    yield from comparing.strangers(of, context, strange)


def _kept(of: BookSheet, context: Context, row: Row) -> Iterator[Fault]:
    """A row that is not here yet."""
    if not holding.past(context):
        once = f"{of.kind}.running"
        if context.scratch.setdefault(once, row.number) == row.number:
            yield Fault(
                row.number,
                "",
                _(
                    "本校還沒有提交 %(year)s 學年度的資料，沒有可以比對的內容。",
                    year=context.academic_year,
                ),
                _("往年由前一套系統提交的名冊才可以匯入；請確認封面的學年度。"),
            )
        return
    for key, words in holding.faults(of, context, row):
        yield Fault(row.number, key, words)


def _twice(of: BookSheet, context: Context, row: Row) -> Iterator[Fault]:
    """One file is proof of one row."""
    seen: dict[str, int] = context.scratch.setdefault(f"{of.kind}.links", {})
    for key in LINKS:
        text = row.values.get(key)
        if text is None:
            continue
        first = seen.setdefault(str(text), row.number)
        if first != row.number:
            yield Fault(
                row.number,
                key,
                _(
                    "「%(titles)s」與第 %(first)s 列重複。",
                    titles=of.sheet.by_key[key].title,
                    first=first,
                ),
                _("請刪除其中一列，或更正內容。"),
            )
