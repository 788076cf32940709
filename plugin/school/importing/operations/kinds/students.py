"""Students, and where they sit in an academic year."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import sqlalchemy as sa
from flask_babel import gettext as _

from plugin import db
from plugin.school.importing import index
from plugin.school.importing.definition import (
    Change,
    Context,
    Current,
    Fault,
    Importable,
    Key,
    Row,
    Sheet,
    Value,
    columns_of,
)
from plugin.school.importing.operations.kinds import _people
from plugin.school.importing.rows import StudentRow
from plugin.school.models import ClassSeat, Person, PersonKind, SchoolClass

SEAT = ("class_code", "seat")


def _load(context: Context, rows: Sequence[Row]) -> Mapping[Key, Current]:
    people = _people.load(context, rows)
    seats = _seats({one.id for one in people.values()}, {_year(row.values) for row in rows})
    found: dict[Key, Current] = {}
    for row in rows:
        number, year = str(row.values["number"]), _year(row.values)
        if (one := people.get(number)) is None:
            continue
        seat = seats.get((one.id, year))
        ids = {"person": one.id}
        values: dict[str, Value] = {**_people.values_of(one), "year": year}
        values["class_code"], values["seat"] = (seat[1], seat[2]) if seat else (None, None)
        if seat:
            ids["class_seat"] = seat[0]
        found[number,] = Current(values, ids)
    return found


def _seats(ids: set[int], years: set[int]) -> dict[tuple[int, int], tuple[int, str, int]]:
    """Seat id, class code and seat by student and year."""
    query = (
        sa.select(
            ClassSeat.student_id,
            SchoolClass.academic_year,
            ClassSeat.id,
            SchoolClass.code,
            ClassSeat.seat,
        )
        .join(SchoolClass, SchoolClass.id == ClassSeat.class_id)
        .where(ClassSeat.student_id.in_(ids), SchoolClass.academic_year.in_(years))
    )
    return {(row[0], row[1]): (row[2], row[3], row[4]) for row in db.reading().execute(query)}


def _check(context: Context, rows: Sequence[Row], found: Mapping[Key, Current]) -> Iterator[Fault]:
    yield from _people.kind_faults(rows, found, PersonKind.STUDENT)
    classes = index.classes(context)
    mine = context.scratch.setdefault("students", {"seats": {}, "numbers": set()})
    for row in rows:
        values, number = row.values, str(row.values["number"])
        mine["numbers"].add(number)
        yield from _identity(context, row, number)
        code, seat, year = values.get("class_code"), values.get("seat"), _year(values)
        if code is None and seat is None:
            continue
        if code is None or seat is None:
            yield Fault(
                row.number,
                "seat" if seat is None else "class_code",
                _("班級代碼與座號要一起填。"),
                _("請補上另一欄，或兩欄都留白。"),
            )
            continue
        key = (year, str(code))
        if key not in classes and context.coming("classes", key) is None:
            yield Fault(
                row.number,
                "class_code",
                _("%(year)s 學年度沒有這個班級。", year=year),
                _("請先在「班級」工作表加上這個班級，或更正代碼。"),
            )
            continue
        mine["seats"][year, str(code), seat] = (row.number, number)


def _identity(context: Context, row: Row, number: str) -> Iterator[Fault]:
    national_id = row.values.get("national_id")
    if national_id is None:
        return
    holder = index.identities(context).get(str(national_id))
    if holder is not None and holder != number:
        yield Fault(
            row.number,
            "national_id",
            _("這個身分證號已登記在 %(number)s 名下。", number=holder),
            _("同一人只能有一個編號，請確認學號或身分證號。"),
        )


def _finish(context: Context) -> Iterator[Fault]:
    """Seats that somebody has who is not in this file, or does not move in it."""
    mine = context.scratch.get("students", {"seats": {}, "numbers": set()})
    years = {key[0] for key in mine["seats"]}
    query = (
        sa.select(SchoolClass.academic_year, SchoolClass.code, ClassSeat.seat, Person.number)
        .join(SchoolClass, SchoolClass.id == ClassSeat.class_id)
        .join(Person, Person.id == ClassSeat.student_id)
        .where(SchoolClass.school_id == context.school_id, SchoolClass.academic_year.in_(years))
    )
    moved = {(key[0], value[1]) for key, value in mine["seats"].items()}
    for year, code, seat, holder in db.reading().execute(query):
        claim = mine["seats"].get((year, code, seat))
        if claim and claim[1] != holder and (year, holder) not in moved:
            yield Fault(
                claim[0],
                "seat",
                _(
                    "%(code)s 班 %(seat)s 號目前是學號 %(holder)s。",
                    code=code,
                    seat=seat,
                    holder=holder,
                ),
                _("請更正座號；如果兩人互換座號，請把另一人也放進這份檔案。"),
            )


def _release(context: Context, changes: Sequence[Change]) -> None:
    """Move who changes seats out of the way: two may change places, and a class may be new."""
    people = index.people(context)
    by_year: dict[int, set[int]] = {}
    for one in changes:
        known = people.get(str(one.values["number"]))
        if known and any(key in one.after for key in SEAT):
            by_year.setdefault(_year(one.values), set()).add(known.id)
    with db.writing() as session:
        for year, ids in by_year.items():
            classes = sa.select(SchoolClass.id).where(
                SchoolClass.school_id == context.school_id, SchoolClass.academic_year == year
            )
            session.execute(
                sa.update(ClassSeat)
                .where(ClassSeat.student_id.in_(ids), ClassSeat.class_id.in_(classes))
                .values(seat=-ClassSeat.id)
                .execution_options(synchronize_session=False)
            )


def _apply(context: Context, changes: Sequence[Change]) -> None:
    ids = _people.write(context, changes, PersonKind.STUDENT)
    classes = index.classes(context)
    moved = [one for one in changes if any(key in one.after for key in SEAT)]
    if not moved:
        return
    with db.writing() as session:
        years = {_year(one.values) for one in moved}
        students = {ids[str(one.values["number"])] for one in moved}
        query = (
            sa.select(ClassSeat, SchoolClass.academic_year)
            .join(SchoolClass, SchoolClass.id == ClassSeat.class_id)
            .where(ClassSeat.student_id.in_(students), SchoolClass.academic_year.in_(years))
        )
        had = {(seat.student_id, year): seat for seat, year in session.execute(query)}
        fresh = []
        for one in moved:
            year, student = _year(one.values), ids[str(one.values["number"])]
            code, seat = one.values.get("class_code"), one.values.get("seat")
            row = had.get((student, year))
            if code is None or seat is None:
                if row is not None:
                    session.delete(row)  # taken back: before, there was no seat
                continue
            class_id = classes[year, str(code)]
            if row is None:
                fresh.append({"class_id": class_id, "student_id": student, "seat": seat})
            else:
                row.class_id, row.seat = class_id, int(str(seat))
        session.flush()
        if fresh:
            session.execute(sa.insert(ClassSeat), fresh)


def _year(values: Mapping[str, Value]) -> int:
    return int(str(values["year"]))


IMPORTABLE = Importable(
    kind="students",
    sheet=Sheet(
        title="學生",
        columns=columns_of(
            StudentRow,
            secret=("national_id", "birthday"),
            also={
                "class_code": ("班級", "班級代號"),
                "national_id": ("身分證字號", "身分證統一編號", "身份證號"),
                "birthday": ("生日", "出生年月日"),
                "name": ("學生姓名",),
                "email": ("Email", "E-mail", "電子信箱"),
            },
        ),
        key=("number",),
        shown=("name",),
        unique=(("year", "class_code", "seat"), ("national_id",)),
        also=("學生資料", "students"),
    ),
    order=30,
    load=_load,
    check=_check,
    apply=_apply,
    finish=_finish,
    release=_release,
    defaults=lambda context: {"year": context.academic_year, "active": True},
    others=lambda context: _people.gone(
        context, PersonKind.STUDENT, {"year": context.academic_year}
    ),
    promised=True,
)
