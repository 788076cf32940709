"""Reads of counselling records: for the counsellor, for the student, for a parent who may.

No report, roster, package or export reads these tables (rule `counselling.leaves_school`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa

from plugin import clock, db
from plugin.actor import Actor, Role
from plugin.ids import row_id
from plugin.paging import PAGE_SIZE, Page
from plugin.portfolio import policy
from plugin.portfolio.models import (
    AdviceTemplate,
    Counselling,
    CounsellingAddendum,
    CounsellingKind,
    CounsellingState,
    CounsellingStudent,
    CounsellingTopic,
    CounsellingVersion,
)
from plugin.portfolio.queries.counsellors import own_ids, waiting_for_follow_up
from plugin.school import queries as school_queries
from plugin.school import rules
from plugin.school.models import Person
from plugin.school.queries import Placement
from plugin.school.terms import term_of
from plugin.vault.models import StoredFile

SHEETS = 20
"""Whole records on one page."""
SHOWN_TO_PARENT = "counselling.shown_to_parent"


@dataclass(frozen=True)
class Participant:
    """A student who took part, with the class of the year of the consultation."""

    student: Person
    placed: Placement | None


@dataclass(frozen=True)
class Line:
    """A record in a list of the counsellor's."""

    record: Counselling
    students: list[Person]
    """Those whom the reader may know of."""
    total: int


@dataclass(frozen=True)
class Earlier:
    """How a record read before it was changed, as one reader may see it; the rest as `Sheet`."""

    record: CounsellingVersion
    people: list[Participant]
    others: int
    document: StoredFile | None


@dataclass(frozen=True)
class Sheet:
    """A whole record as one reader may see it.

    :param people: participants whom the reader may know of; a student sees nobody else.
    :param others: how many more there are.
    :param document: None where there is none, or where it may name others.
    :param earlier: how it read before, newest first; to whom did not take part by such a version
        it is not shown, only to whoever wrote it.
    """

    record: Counselling
    people: list[Participant]
    others: int
    addenda: list[CounsellingAddendum]
    document: StoredFile | None
    earlier: list[Earlier]


def participants(record_id: int) -> list[int]:
    """The students of a record, in the order in which they were entered."""
    query = sa.select(CounsellingStudent.student_id).where(
        CounsellingStudent.counselling_id == record_id
    )
    return list(db.reading().scalars(query.order_by(CounsellingStudent.id)))


def may_read(actor: Actor, record: Counselling) -> bool:
    """The counsellor who wrote it; of a registered one also the counsellor of a participant."""
    if policy.wrote(actor, record):
        return True
    if not actor.has(Role.COUNSELLOR) or record.school_id != actor.school_id:
        return False
    drafted = record.state is CounsellingState.DRAFT
    return not drafted and bool(own_ids(actor, participants(record.id)))


def sheet(actor: Actor, record: Counselling) -> Sheet:
    """A record for a counsellor who may read it: another's group record names own students only."""
    ids = participants(record.id)
    mine = policy.wrote(actor, record)
    known = ids if mine else list(own_ids(actor, ids))
    written = {record.id} if mine else set()
    return _sheets([record], {record.id: known}, {record.id: len(ids)}, written)[0]


def records(
    actor: Actor,
    state: CounsellingState | None = None,
    *,
    open_only: bool = False,
    after: str | None = None,
    limit: int = PAGE_SIZE,
) -> Page[Line]:
    """What the actor has written, newest consultation first; drafts without a day on top."""
    query = sa.select(Counselling).where(
        Counselling.counsellor_id == actor.person_id, Counselling.school_id == actor.school_id
    )
    if open_only:
        query = query.where(*waiting_for_follow_up())
    elif state is not None:
        query = query.where(Counselling.state == state)
    day = _day()
    if (begin := _key(after)) is not None:
        query = query.where(sa.tuple_(day, Counselling.id) < begin)
    query = query.order_by(day.desc(), Counselling.id.desc()).limit(limit + 1)
    rows = db.reading().scalars(query).all()
    return Page.cut(_lines(rows), limit, lambda one: _said(one.record))


def history(
    actor: Actor, student_id: int, *, after: str | None = None, limit: int = SHEETS
) -> Page[Sheet]:
    """Every registered or void record of one of the actor's students, newest first.

    Who asks has made sure of the relation (`counsellors.own_student`). Of group records that
    another counsellor held, only own students are named.
    """
    rows = _of_students(
        [student_id], (CounsellingState.KEPT, CounsellingState.VOID), after, limit + 1
    )
    taking_part = _taking_part(rows)
    own = own_ids(actor, {one for ids in taking_part.values() for one in ids})
    known = {
        row.id: [one for one in taking_part[row.id] if one in own or policy.wrote(actor, row)]
        for row in rows
    }
    totals = {record_id: len(ids) for record_id, ids in taking_part.items()}
    written = {row.id for row in rows if policy.wrote(actor, row)}
    return Page.cut(_sheets(rows, known, totals, written), limit, lambda one: _said(one.record))


def readable_by(actor: Actor) -> list[int]:
    """The students whose records a student or parent reads: oneself, and one's children where
    the school's rule of today allows."""
    found = []
    if actor.has(Role.STUDENT) and actor.person_id is not None:
        found.append(actor.person_id)
    if actor.child_ids and shown_to_parents(actor):
        found.extend(actor.child_ids)
    return found


def shown_to_parents(actor: Actor) -> bool:
    """Whether this school lets parents read counselling records today."""
    if actor.school_id is None or not actor.has(Role.PARENT):
        return False
    year = term_of(clock.today()).academic_year
    return rules.value(actor.school_id, SHOWN_TO_PARENT, year).value is True


def of_student(
    actor: Actor, student_id: int, *, after: str | None = None, limit: int = SHEETS
) -> Page[Sheet]:
    """A student's registered records, as the student (or a parent who may) sees them.

    Nobody but that student is named, and the document of a group is left out: it may name others.
    Empty for whoever may not read them.
    """
    if student_id not in readable_by(actor):
        return Page((), None)
    rows = _of_students([student_id], (CounsellingState.KEPT,), after, limit + 1)
    sheets = _sheets(
        rows, {row.id: [student_id] for row in rows}, {row.id: 1 for row in rows}, set(), alone=True
    )
    return Page.cut(sheets, limit, lambda one: _said(one.record))


def count_of(student_ids: Collection[int]) -> int:
    """How many registered records some students have."""
    query = (
        sa.select(sa.func.count(sa.distinct(Counselling.id)))
        .join(CounsellingStudent, CounsellingStudent.counselling_id == Counselling.id)
        .where(
            CounsellingStudent.student_id.in_(student_ids),
            Counselling.state == CounsellingState.KEPT,
        )
    )
    return db.reading().scalar(query) or 0


def waiting(actor: Actor) -> tuple[int, int, date | None]:
    """The actor's open follow-ups, how many of them are due, and the day of the first."""
    query = sa.select(
        sa.func.count(),
        sa.func.count().filter(Counselling.follow_up_on <= clock.today()),
        sa.func.min(Counselling.follow_up_on),
    ).where(Counselling.counsellor_id == actor.person_id, *waiting_for_follow_up())
    total, due, first = db.reading().execute(query).one()
    return total, due, first


def drafts(actor: Actor) -> int:
    """How many records the actor has begun and not registered."""
    query = sa.select(sa.func.count(Counselling.id)).where(
        Counselling.counsellor_id == actor.person_id, Counselling.state == CounsellingState.DRAFT
    )
    return db.reading().scalar(query) or 0


def own_topics(school_id: int) -> list[str]:
    """The school's own list of topics, in order; empty while it has none."""
    query = sa.select(CounsellingTopic.label).where(CounsellingTopic.school_id == school_id)
    return list(db.reading().scalars(query.order_by(CounsellingTopic.place, CounsellingTopic.id)))


def templates(actor: Actor) -> list[AdviceTemplate]:
    """The actor's own templates of advice, by title."""
    query = sa.select(AdviceTemplate).where(
        AdviceTemplate.owner_id == actor.person_id, AdviceTemplate.school_id == actor.school_id
    )
    return list(db.reading().scalars(query.order_by(AdviceTemplate.title)))


def document(record: Counselling) -> StoredFile | None:
    """The file of a record that the reader may see."""
    if record.document_file_id is None:
        return None
    return db.reading().get(StoredFile, record.document_file_id)


def _of_students(
    student_ids: list[int],
    states: Sequence[CounsellingState],
    after: str | None,
    limit: int,
) -> list[Counselling]:
    mine = sa.select(CounsellingStudent.counselling_id).where(
        CounsellingStudent.student_id.in_(student_ids)
    )
    query = sa.select(Counselling).where(Counselling.id.in_(mine), Counselling.state.in_(states))
    day = _day()
    if (begin := _key(after)) is not None:
        query = query.where(sa.tuple_(day, Counselling.id) < begin)
    query = query.order_by(day.desc(), Counselling.id.desc()).limit(limit)
    return list(db.reading().scalars(query))


def _lines(rows: Sequence[Counselling]) -> list[Line]:
    taking_part = _taking_part(rows)
    people = _people(taking_part.values())
    return [
        Line(
            row,
            [people[one] for one in taking_part[row.id] if one in people],
            len(taking_part[row.id]),
        )
        for row in rows
    ]


def _sheets(
    rows: Sequence[Counselling],
    known: dict[int, list[int]],
    totals: dict[int, int],
    written: Collection[int],
    *,
    alone: bool = False,
) -> list[Sheet]:
    """:param known: by record, the participants whom the reader may know of.
    :param written: the records that the reader wrote.
    :param alone: a student (or parent) is reading; documents of groups may name others.
    """
    addenda: dict[int, list[CounsellingAddendum]] = {row.id: [] for row in rows}
    query = sa.select(CounsellingAddendum).where(CounsellingAddendum.counselling_id.in_(addenda))
    for one in db.reading().scalars(query.order_by(CounsellingAddendum.id)):
        addenda[one.counselling_id].append(one)
    earlier = _earlier(known, written)
    versions = [version for some in earlier.values() for version, _ids in some]
    people = _people([*known.values(), *(ids for some in earlier.values() for _v, ids in some)])
    said: list[Counselling | CounsellingVersion] = [*rows, *versions]
    years = {_year(one) for one in said}
    placed = {year: school_queries.class_of(people, year) for year in years}
    wanted = {
        one.document_file_id
        for one in said
        if one.document_file_id and not (alone and one.kind is CounsellingKind.GROUP)
    }
    query_files = sa.select(StoredFile).where(StoredFile.id.in_(wanted))
    files = {one.id: one for one in db.reading().scalars(query_files)} if wanted else {}

    def part(one: Counselling | CounsellingVersion, ids: list[int]) -> list[Participant]:
        seats = placed[_year(one)]
        return [Participant(people[each], seats.get(each)) for each in ids if each in people]

    return [
        Sheet(
            row,
            part(row, known[row.id]),
            totals[row.id] - len(known[row.id]),
            addenda[row.id],
            files.get(row.document_file_id or 0),
            [
                Earlier(
                    version,
                    part(version, ids),
                    0 if alone else len(version.student_ids) - len(ids),
                    files.get(version.document_file_id or 0),
                )
                for version, ids in earlier[row.id]
            ],
        )
        for row in rows
    ]


def _earlier(
    known: dict[int, list[int]], written: Collection[int]
) -> dict[int, list[tuple[CounsellingVersion, list[int]]]]:
    """By record its earlier versions, newest first, each with whom of it the reader may know.

    What was once written down about another student by mistake is not for the one who stands
    there now.
    """
    found: dict[int, list[tuple[CounsellingVersion, list[int]]]] = {one: [] for one in known}
    query = sa.select(CounsellingVersion).where(CounsellingVersion.counselling_id.in_(known))
    for one in db.reading().scalars(query.order_by(CounsellingVersion.id.desc())):
        record_id = one.counselling_id
        ids = one.student_ids
        if record_id not in written:
            ids = [each for each in ids if each in known[record_id]]
        if ids:
            found[record_id].append((one, ids))
    return found


def _year(one: Counselling | CounsellingVersion) -> int:
    return term_of(one.held_on or clock.today()).academic_year


def _taking_part(rows: Iterable[Counselling]) -> dict[int, list[int]]:
    found: dict[int, list[int]] = {row.id: [] for row in rows}
    query = sa.select(CounsellingStudent.counselling_id, CounsellingStudent.student_id).where(
        CounsellingStudent.counselling_id.in_(found)
    )
    for record_id, student_id in db.reading().execute(query.order_by(CounsellingStudent.id)):
        found[record_id].append(student_id)
    return found


def _people(ids: Iterable[Collection[int]]) -> dict[int, Person]:
    wanted = {one for some in ids for one in some}
    if not wanted:
        return {}
    return {
        one.id: one for one in db.reading().scalars(sa.select(Person).where(Person.id.in_(wanted)))
    }


_UNDATED = date(9999, 12, 31)


def _day() -> sa.ColumnElement[date]:
    return sa.func.coalesce(Counselling.held_on, _UNDATED)


def _said(record: Counselling) -> str:
    return f"{(record.held_on or _UNDATED).isoformat()}_{record.id}"


def _key(after: str | None) -> tuple[date, int] | None:
    """Where a page begins; None for the first, and for what was never a key."""
    day, _dash, number = (after or "").partition("_")
    record_id = row_id(number)
    try:
        return (date.fromisoformat(day), record_id) if record_id is not None else None
    except ValueError:
        return None
