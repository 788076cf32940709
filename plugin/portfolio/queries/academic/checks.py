"""What real extracts were found to hold that cannot be right (central-rosters §9), for clerks.

Each check counts everything and lists the first of it, with the page on which it is put right.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import sqlalchemy as sa
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from plugin import db
from plugin.actor import Actor
from plugin.portfolio import record_kinds, scoring
from plugin.portfolio.models import BasicRecord, CourseRecord
from plugin.portfolio.models.academic import SCORE_UNIT
from plugin.school import rules
from plugin.school.models import ClassSeat, Person, PersonKind, SchoolClass
from plugin.school.terms import Term

SHOWN = 100
"""How many of each check a page lists; the figures count all."""


@dataclass(frozen=True)
class Fault:
    """One thing to look at.

    :ivar record_id: the course record to put right; None: the student's basic data.
    """

    student_id: int
    who: str
    what: str
    record_id: int | None = None


@dataclass(frozen=True)
class Checked:
    """One check with what it found."""

    key: str
    title: str
    why: str
    count: int
    faults: tuple[Fault, ...]


def run(actor: Actor, term: Term) -> list[Checked]:
    """Every check of a term, in the order of the page; a fixed number of statements each."""
    assert actor.school_id is not None
    found = []
    for key, (title, why, look) in CHECKS.items():
        count, faults = look(actor.school_id, term)
        found.append(Checked(key, str(title), str(why), count, tuple(faults)))
    return found


Found = tuple[int, list[Fault]]
Look = Callable[[int, Term], Found]


def _records(school_id: int, term: Term, *where: sa.ColumnElement[bool]) -> Found:
    """The records of a term that meet a condition."""
    holds = (
        CourseRecord.school_id == school_id,
        CourseRecord.academic_year == term.academic_year,
        CourseRecord.term == term.term,
        CourseRecord.removed_at.is_(None),
        *where,
    )
    session = db.reading()
    n = session.scalar(sa.select(sa.func.count()).select_from(CourseRecord).where(*holds)) or 0
    if not n:
        return 0, []
    query = (
        sa.select(CourseRecord, Person.number, Person.name)
        .join(Person, Person.id == CourseRecord.student_id)
        .where(*holds)
        .order_by(Person.number, CourseRecord.id)
        .limit(SHOWN)
    )
    return n, [
        Fault(one.student_id, f"{number} {name}", _said(one), one.id)
        for one, number, name in session.execute(query)
    ]


def _said(one: CourseRecord) -> str:
    kind = record_kinds.kind(one.kind).name
    scores = [
        _("%(label)s %(score)s", label=label, score=f"{value:f}")
        for label, value in ((_("成績"), one.score), (_("補考"), one.makeup_score))
        if value is not None
    ]
    return _("：").join(filter(None, (f"{kind} {one.subject}", _("、").join(scores))))


def _mark(school_id: int, term: Term) -> sa.ColumnElement[int]:
    mark = rules.number(school_id, scoring.PASS_MARK, term.academic_year)
    return sa.func.coalesce(CourseRecord.pass_mark, mark) * SCORE_UNIT


def _score() -> sa.ColumnElement[int]:
    return sa.type_coerce(CourseRecord.score, sa.Integer)


def _zero_passed(school_id: int, term: Term) -> Found:
    return _records(school_id, term, _score() == 0, CourseRecord.passed.is_(True))


def _below_passed(school_id: int, term: Term) -> Found:
    below = sa.and_(_score() > 0, _score() < _mark(school_id, term))
    return _records(school_id, term, below, CourseRecord.passed.is_(True))


def _above_failed(school_id: int, term: Term) -> Found:
    above = _score() >= _mark(school_id, term)
    return _records(school_id, term, above, CourseRecord.passed.is_(False))


def _makeup_after_pass(school_id: int, term: Term) -> Found:
    passed = sa.or_(
        CourseRecord.passed.is_(True),
        sa.and_(CourseRecord.passed.is_(None), _score() >= _mark(school_id, term)),
    )
    night = CourseRecord.kind == "night_makeup"
    return _records(school_id, term, CourseRecord.makeup_score.is_not(None), passed, ~night)


def _original_later(school_id: int, term: Term) -> Found:
    """The year stands in the details: only the kinds that have one are read, in chunks."""
    kinds = [one.key for one in record_kinds.kinds() if one.column("due_year")]
    late = [
        one_id
        for one_id, details in _details(school_id, term, kinds)
        if (int(details.get("due_year") or 0), int(details.get("due_term") or 1))
        > (term.academic_year, term.term)
    ]
    if not late:
        return 0, []
    _n, faults = _records(school_id, term, CourseRecord.id.in_(late[:SHOWN]))
    return len(late), faults


def _details(school_id: int, term: Term, kinds: list[str]) -> Iterator[tuple[int, dict[str, str]]]:
    query = (
        sa.select(CourseRecord.id, CourseRecord.details)
        .where(
            CourseRecord.school_id == school_id,
            CourseRecord.academic_year == term.academic_year,
            CourseRecord.term == term.term,
            CourseRecord.kind.in_(kinds),
            CourseRecord.removed_at.is_(None),
        )
        .order_by(CourseRecord.id)
        .execution_options(yield_per=500)
    )
    yield from db.reading().execute(query)  # type: ignore[misc]


def _no_score(school_id: int, term: Term) -> Found:
    return _records(
        school_id,
        term,
        CourseRecord.score.is_(None),
        CourseRecord.passed.is_(None),
        CourseRecord.counted == scoring.COUNTED,
        CourseRecord.kind.in_(tuple(record_kinds.REGULAR.values())),
    )


def _no_code(school_id: int, term: Term) -> Found:
    return _records(school_id, term, CourseRecord.code == "")


def _not_handed_in(school_id: int, term: Term) -> Found:
    category = sa.func.substr(CourseRecord.code, 17, 1)
    attribute = sa.func.substr(CourseRecord.code, 19, 1)
    return _records(school_id, term, category.in_(("8", "9")), attribute != "D")


def _basics(school_id: int, term: Term, *where: sa.ColumnElement[bool]) -> Found:
    holds = (
        BasicRecord.school_id == school_id,
        BasicRecord.academic_year == term.academic_year,
        BasicRecord.term == term.term,
        *where,
    )
    session = db.reading()
    joined = (
        sa.select(BasicRecord, Person.number, Person.name)
        .join(Person, Person.id == BasicRecord.student_id)
        .where(*holds)
    )
    n = session.scalar(sa.select(sa.func.count()).select_from(joined.subquery())) or 0
    rows = session.execute(joined.order_by(Person.number).limit(SHOWN)) if n else ()
    return n, [
        Fault(one.student_id, f"{number} {name}", f"{one.class_name} {one.status}")
        for one, number, name in rows
    ]


def _no_department(school_id: int, term: Term) -> Found:
    missing = sa.or_(BasicRecord.cluster == "", BasicRecord.department == "")
    return _basics(school_id, term, missing)


def _no_identity(school_id: int, term: Term) -> Found:
    return _basics(school_id, term, sa.or_(Person.national_id.is_(None), Person.birthday.is_(None)))


def _no_basics(school_id: int, term: Term) -> Found:
    there = sa.exists().where(
        BasicRecord.student_id == Person.id,
        BasicRecord.academic_year == term.academic_year,
        BasicRecord.term == term.term,
    )
    holds = (
        SchoolClass.school_id == school_id,
        SchoolClass.academic_year == term.academic_year,
        Person.active,
        Person.kind == PersonKind.STUDENT,
        ~there,
    )
    joined = (
        sa.select(Person.id, Person.number, Person.name, SchoolClass.name)
        .join(ClassSeat, ClassSeat.student_id == Person.id)
        .join(SchoolClass, SchoolClass.id == ClassSeat.class_id)
        .where(*holds)
    )
    session = db.reading()
    n = session.scalar(sa.select(sa.func.count()).select_from(joined.subquery())) or 0
    rows = session.execute(joined.order_by(Person.number).limit(SHOWN)) if n else ()
    return n, [Fault(who, f"{number} {name}", room) for who, number, name, room in rows]


def _same_identity(school_id: int, term: Term) -> Found:
    """National IDs are encrypted, so equal ones are only found by reading them, in chunks."""
    query = (
        sa.select(Person.id, Person.number, Person.name, Person.national_id)
        .where(
            Person.school_id == school_id,
            Person.kind == PersonKind.STUDENT,
            Person.national_id.is_not(None),
        )
        .order_by(Person.number)
        .execution_options(yield_per=500)
    )
    first: dict[str, tuple[int, str]] = {}
    twice: list[Fault] = []
    for who, number, name, national_id in db.reading().execute(query):
        other = first.setdefault((national_id or "").strip().upper(), (who, number))
        if other[0] != who:
            said = _("與學號 %(number)s 的學生相同", number=other[1])
            twice.append(Fault(who, f"{number} {name}", said))
    return len(twice), twice[:SHOWN]


CHECKS: dict[str, tuple[object, object, Look]] = {
    "zero_passed": (
        _l("0 分卻註記為及格"), _l("請確認成績或及格註記哪一個有誤。"), _zero_passed),
    "below_passed": (
        _l("未達及格分數卻註記為及格"),
        _l("如果這位學生這一科的及格分數不同，請在紀錄上填寫及格分數。"), _below_passed),
    "above_failed": (
        _l("已達及格分數卻註記為不及格"), _l("請確認成績或及格註記哪一個有誤。"), _above_failed),
    "makeup_after_pass": (
        _l("已及格卻有補考成績"), _l("及格的科目不會補考，請確認是哪一項登錄錯誤。"),
        _makeup_after_pass),
    "original_later": (
        _l("原修課（應修課）學年度晚於登錄的學期"), _l("請更正原修課的學年度或學期。"),
        _original_later),
    "no_score": (
        _l("採計學分但沒有成績"), _l("請補登成績，或將「是否採計學分」改為 2 或 3。"), _no_score),
    "no_code": (
        _l("沒有課程代碼"), _l("名冊需要 23 碼課程代碼；重修請用原修課當學期的代碼。"), _no_code),
    "not_handed_in": (
        _l("團體活動或彈性學習而非屬性 D"), _l("這些紀錄不會列入名冊，也不計學分。"),
        _not_handed_in),
    "no_basics": (
        _l("沒有本學期的基本資料"), _l("請由名單帶入，或逐一登錄。"), _no_basics),
    "no_department": (
        _l("缺少群別或科班學程別代碼"), _l("請補登後再製作學生資料名冊。"), _no_department),
    "no_identity": (
        _l("缺少身分證號或出生日期"), _l("名冊的前兩欄，請在學生資料補齊。"), _no_identity),
    "same_identity": (
        _l("兩位學生的身分證號相同"), _l("請查明是否為同一位學生重複建檔。"), _same_identity),
}  # fmt: skip
"""Key → title, what to do, how it is found."""
