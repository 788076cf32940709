"""Basic data from files: the plain template, or the official 學生資料名冊 as it is handed in.

A student without a row of that term begins with what the form begins with (class and seat of the
roster, group and department of the term before), and the file's cells are laid upon it.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _

from plugin import clock, db
from plugin.errors import WindowClosed
from plugin.portfolio.forms.academic import basic_data
from plugin.portfolio.models import BasicRecord, CaseArea
from plugin.portfolio.operations.academic import basics, doors, found
from plugin.portfolio.operations.academic.bring_basics_columns import (
    KEY,
    derive,
    lent_sheet,
    sheet,
)
from plugin.portfolio.operations.academic.bring_basics_rows import (
    ECHOED,
    Place,
    begun_of,
    input_of,
    load,
    place_of,
    stored_of,
)
from plugin.portfolio.operations.academic.bring_records import frozen_in
from plugin.school.importing import (
    Change,
    Context,
    Current,
    Fault,
    Importable,
    Key,
    Row,
)
from plugin.school.models import Person
from plugin.school.terms import Term

KIND, LENT_KIND = "basics", "basics.lent"

# Whether it can be --------------------------------------------------------------------------------


def check(context: Context, rows: Sequence[Row], known: Mapping[Key, Current]) -> Iterator[Fault]:
    """Who is meant, what does not fit together, a frozen term, a window that is closed."""
    places = {row.number: place_of(context, row.values) for row in rows}
    faults = list(_of_whom(context, KIND, rows, places))
    yield from faults
    told = {one.row for one in faults}
    stood = {row.number: known.get(tuple(row.values[one] for one in KEY)) for row in rows}
    fresh = {
        place
        for row in rows
        if row.number not in told and stood[row.number] is None and (place := places[row.number])
    }
    begun = begun_of(context, fresh)
    asked: list[tuple[int, Place, int]] = []
    for row in rows:
        place, current = places[row.number], stood[row.number]
        if row.number in told or place is None:
            continue
        whole = {**(current.values if current else begun[place]), **row.values}
        if whole["grade"] < 0:
            words = _("請填寫「%(label)s」。", label=_("年級"))
            yield Fault(row.number, "grade", words)
            continue
        for key, words in basics.faults_of(input_of(whole)).items():
            yield Fault(row.number, key, words, _change_remedy(row) if key == "change" else "")
        asked.append((row.number, place, whole["grade"]))
    for number, refusal in _closed(context, asked).items():
        yield Fault(number, "", refusal.message, refusal.remedy)


def check_lent(
    context: Context, rows: Sequence[Row], known: Mapping[Key, Current]
) -> Iterator[Fault]:
    """The same of the sheet of students who study elsewhere; they must have basic data."""
    places = {row.number: place_of(context, row.values) for row in rows}
    faults = list(_of_whom(context, LENT_KIND, rows, places))
    yield from faults
    told = {one.row for one in faults}
    asked: list[tuple[int, Place, int]] = []
    for row in rows:
        place = places[row.number]
        if row.number in told or place is None:
            continue
        key = tuple(row.values[one] for one in KEY)
        if (current := known.get(key)) is not None:
            asked.append((row.number, place, int(str(current.values["grade"]))))
        elif context.coming(KIND, key) is None and place not in _seen(context, KIND):
            words = _("這位學生這個學期還沒有基本資料。")
            yield Fault(row.number, "number", words, _("請在「學生資料」工作表加上這位學生。"))
    for number, refusal in _closed(context, asked).items():
        yield Fault(number, "", refusal.message, refusal.remedy)


def _of_whom(
    context: Context, kind: str, rows: Sequence[Row], places: Mapping[int, Place | None]
) -> Iterator[Fault]:
    """Nobody, somebody twice (by 學號 and by 身分證號), or not whom the row says."""
    ids = {place[0] for place in places.values() if place is not None}
    query = sa.select(Person.id, Person.name, Person.birthday).where(
        Person.school_id == context.school_id, Person.id.in_(ids)
    )
    people = {row[0]: (row[1], row[2]) for row in db.reading().execute(query)}
    seen = _seen(context, kind)
    for row in rows:
        place = places[row.number]
        if place is None:
            yield Fault(row.number, "number", _("找不到這位學生。"), _("請先匯入學生名單。"))
            continue
        first = seen.setdefault(place, row.number)
        if first != row.number:
            words = _("與第 %(first)s 列是同一位學生。", first=first)
            yield Fault(row.number, "number", words, _("請刪除其中一列，或更正內容。"))
            continue
        name, birthday = people[place[0]]
        given, born = row.values.get("name"), row.values.get("birthday")
        if given is not None and _plain(str(given)) != _plain(name):
            words = _("這位學生在名單上的姓名不同。")
            yield Fault(row.number, "name", words, _("請確認學號或身分證號。"))
        if isinstance(born, date) and birthday and born.isoformat() != birthday:
            words = _("這位學生在名單上的出生日期不同。")
            yield Fault(row.number, "birthday", words, _("請確認學號或身分證號。"))


def _seen(context: Context, kind: str) -> dict[Place, int]:
    """In which row of the file each student stands, over all its chunks."""
    seen: dict[Place, int] = context.scratch.setdefault(f"{kind}.seen", {})
    return seen


def _change_remedy(row: Row) -> str:
    if "change" in row.values:
        return ""
    return _("官方名冊沒有異動的種類：請在工作表加一欄「學籍異動」，填轉入、轉科、復學等。")


def _closed(
    context: Context, asked: Sequence[tuple[int, Place, int]]
) -> dict[int, doors.Frozen | WindowClosed]:
    """Why rows cannot be written now, by number: (row, whose and when, grade)."""
    frozen = frozen_in(context, {place[1] for _row, place, _grade in asked})
    known: dict[tuple[Term, int], WindowClosed | None] = {}
    shut: dict[int, doors.Frozen | WindowClosed] = {}
    late: dict[int, int] = {}
    for number, (who, term), grade in asked:
        if (term, None) in frozen:
            words = _("%(term)s已經整學期凍結，不能匯入基本資料。", term=term.label)
            shut[number] = doors.Frozen(words, remedy=_("請先解除凍結再匯入。"))
            continue
        if (term, grade) not in known:
            known[term, grade] = None
            try:
                doors.require_open(context.school_id, CaseArea.BASIC, term, grade=grade)
            except WindowClosed as refusal:
                words = _("請先由註冊組調整作業期程。")
                known[term, grade] = WindowClosed(refusal.message, remedy=words)
        if (closed := known[term, grade]) is not None:
            shut[number], late[number] = closed, who
    if late:  # what a student has reported may be put right in any case
        reported = doors.reported(CaseArea.BASIC, set(late.values()))
        shut = {number: one for number, one in shut.items() if late.get(number) not in reported}
    return shut


# Writing ------------------------------------------------------------------------------------------


def require(context: Context, changes: Sequence[Change]) -> None:
    """Ask again before anything is written or taken back: it may be frozen since the preview.

    :raises Frozen: the term was frozen. :raises WindowClosed: the window has closed.
    """
    if not changes:
        return
    with db.writing():
        doors.hold_records(context.school_id)
    rows = [Row(one.row, one.values) for one in changes]
    stored = stored_of(context, rows)
    asked = []
    for number, row in enumerate(rows):  # rows that come back have no number of their own
        place = place_of(context, row.values)
        if place is not None:
            record = stored.get(place)
            grade = row.values.get("grade", record.grade if record else 0)
            asked.append((number, place, int(str(grade))))
    for refusal in _closed(context, asked).values():
        raise refusal


def apply(context: Context, changes: Sequence[Change]) -> None:
    """Write new rows at once, and lay what was given upon those that stand."""
    require(context, changes)
    rows = [Row(one.row, one.values) for one in changes]
    places = {place for row in rows if (place := place_of(context, row.values)) is not None}
    with db.writing() as session:
        found.hold_people(session, {place[0] for place in places})
        stored = stored_of(context, rows)
        begun, now = begun_of(context, places - stored.keys()), clock.now()
        fresh: list[dict[str, Any]] = []
        moved: list[dict[str, Any]] = []
        for change in changes:
            place = place_of(context, change.values)
            assert place is not None
            record = stored.get(place)
            base = basic_data(record) if record is not None else begun[place]
            given = {key: one for key, one in change.after.items() if key not in ECHOED}
            cells = dict(vars(input_of({**base, **given})))
            cells |= {"set_by_id": context.actor_id, "set_at": now}
            if record is None:
                fresh.append(cells | _keys(context, place))
            else:
                known = {"row_id": record.id, "row_version": record.version}
                moved.append(cells | known | {"version": record.version + 1})
        if fresh:
            session.execute(sa.insert(BasicRecord), fresh)
        if moved:
            # versioned rows are flushed one by one; this is one statement for all of them
            how = {"dml_strategy": "core_only"}
            session.execute(_moving(context), moved, execution_options=how)


def _keys(context: Context, place: Place) -> dict[str, Any]:
    who, term = place
    return {
        "school_id": context.school_id,
        "student_id": who,
        "academic_year": term.academic_year,
        "term": term.term,
        "version": 1,
    }


def _moving(context: Context) -> sa.Update:
    """Whoever has it in a form meanwhile sees another version; `hold_people` keeps others out."""
    return sa.update(BasicRecord).where(
        BasicRecord.school_id == context.school_id,
        BasicRecord.id == sa.bindparam("row_id"),
        BasicRecord.version == sa.bindparam("row_version"),
    )


def _plain(name: str) -> str:
    """Names differ in width and spaces from system to system."""
    return "".join(unicodedata.normalize("NFKC", name).casefold().split())


IMPORTABLE = Importable(
    kind=KIND,
    sheet=sheet(),
    order=65,
    load=load,
    check=check,
    apply=apply,
    release=require,
    defaults=lambda context: {"year": context.academic_year, "term": context.term},
    derive=derive,
    promised=True,
)

LENT_IMPORTABLE = Importable(
    kind=LENT_KIND,
    sheet=lent_sheet(),
    order=66,
    load=load,
    check=check_lent,
    apply=apply,
    release=require,
    defaults=lambda context: {"year": context.academic_year, "term": context.term},
    in_template=False,
)
"""Lays the columns of 借讀 upon the same rows."""
