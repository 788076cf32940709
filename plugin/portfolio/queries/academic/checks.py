"""What real extracts were found to hold that cannot be right (central-rosters §9), for clerks.

Each check counts everything and lists the first of it, with the page on which it is put right.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass

import sqlalchemy as sa
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from plugin import db
from plugin.actor import Actor
from plugin.portfolio import record_kinds, scoring
from plugin.portfolio.models import CourseRecord
from plugin.portfolio.models.academic import SCORE_UNIT
from plugin.portfolio.queries.academic import checks_people as people
from plugin.portfolio.queries.academic.checks_asked import SHOWN, Asked, Fault, Found
from plugin.school import rules
from plugin.school.models import Person
from plugin.school.terms import Term


@dataclass(frozen=True)
class Checked:
    """One check with what it found; `blocks`: nothing is handed in while it finds anything."""

    key: str
    title: str
    why: str
    count: int
    faults: tuple[Fault, ...]
    blocks: bool


Look = Callable[[Asked], Found]


@dataclass(frozen=True)
class Check:
    """A check: its words, how it is found, of which books it says something."""

    title: object
    why: object
    look: Look
    books: frozenset[str]
    blocks: bool = True


def run(actor: Actor, term: Term, books: Collection[str] | None = None) -> list[Checked]:
    """Every check of a term, in the order of the page; a fixed number of statements each.

    :param books: only what concerns these; None: all.
    """
    assert actor.school_id is not None
    asked = Asked(actor.school_id, term, tuple(books or (*EVERY, NOT_HANDED_IN)))
    found = []
    for key, one in CHECKS.items():
        if one.books.isdisjoint(asked.books):
            continue
        count, faults = one.look(asked)
        found.append(Checked(key, str(one.title), str(one.why), count, tuple(faults), one.blocks))
    return found


def blocking(actor: Actor, term: Term, book: str) -> dict[str, int]:
    """What keeps a book of a term from being handed in: key of the check → how many."""
    return {one.key: one.count for one in run(actor, term, [book]) if one.blocks and one.count}


def _records(asked: Asked, *where: sa.ColumnElement[bool]) -> Found:
    """The records of a term that meet a condition."""
    holds = (
        CourseRecord.school_id == asked.school_id,
        CourseRecord.academic_year == asked.term.academic_year,
        CourseRecord.term == asked.term.term,
        CourseRecord.kind.in_(asked.kinds),
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


def _mark(asked: Asked) -> sa.ColumnElement[int]:
    mark = rules.number(asked.school_id, scoring.PASS_MARK, asked.term.academic_year)
    return sa.func.coalesce(CourseRecord.pass_mark, mark) * SCORE_UNIT


def _score() -> sa.ColumnElement[int]:
    return sa.type_coerce(CourseRecord.score, sa.Integer)


def _zero_passed(asked: Asked) -> Found:
    return _records(asked, _score() == 0, CourseRecord.passed.is_(True))


def _below_passed(asked: Asked) -> Found:
    below = sa.and_(_score() > 0, _score() < _mark(asked))
    return _records(asked, below, CourseRecord.passed.is_(True))


def _above_failed(asked: Asked) -> Found:
    above = _score() >= _mark(asked)
    return _records(asked, above, CourseRecord.passed.is_(False))


def _makeup_after_pass(asked: Asked) -> Found:
    passed = sa.or_(
        CourseRecord.passed.is_(True),
        sa.and_(CourseRecord.passed.is_(None), _score() >= _mark(asked)),
    )
    night = CourseRecord.kind == "night_makeup"
    return _records(asked, CourseRecord.makeup_score.is_not(None), passed, ~night)


def _original_later(asked: Asked) -> Found:
    """The year stands in the details: only the kinds that have one are read, in chunks."""
    kinds = [key for key in asked.kinds if record_kinds.kind(key).column("due_year")]
    late = [
        one_id
        for one_id, details in _details(asked, kinds)
        if (int(details.get("due_year") or 0), int(details.get("due_term") or 1))
        > (asked.term.academic_year, asked.term.term)
    ]
    if not late:
        return 0, []
    _n, faults = _records(asked, CourseRecord.id.in_(late[:SHOWN]))
    return len(late), faults


def _details(asked: Asked, kinds: list[str]) -> Iterator[tuple[int, dict[str, str]]]:
    query = (
        sa.select(CourseRecord.id, CourseRecord.details)
        .where(
            CourseRecord.school_id == asked.school_id,
            CourseRecord.academic_year == asked.term.academic_year,
            CourseRecord.term == asked.term.term,
            CourseRecord.kind.in_(kinds),
            CourseRecord.removed_at.is_(None),
        )
        .order_by(CourseRecord.id)
        .execution_options(yield_per=500)
    )
    yield from db.reading().execute(query)  # type: ignore[misc]


def _no_score(asked: Asked) -> Found:
    return _records(
        asked,
        CourseRecord.score.is_(None),
        CourseRecord.passed.is_(None),
        CourseRecord.counted == scoring.COUNTED,
        CourseRecord.kind.in_(tuple(record_kinds.REGULAR.values())),
    )


def _no_code(asked: Asked) -> Found:
    return _records(asked, CourseRecord.code == "")


def _not_handed_in(asked: Asked) -> Found:
    category = sa.func.substr(CourseRecord.code, 17, 1)
    attribute = sa.func.substr(CourseRecord.code, 19, 1)
    return _records(asked, category.in_(("8", "9")), attribute != "D")


STUDENTS = frozenset({"students"})
POSTS = frozenset({"posts"})
COURSES = frozenset(one.book for one in record_kinds.kinds() if one.book)
EVERY = STUDENTS | POSTS | COURSES
NOT_HANDED_IN = ""
"""The book of the kinds that stand in none: only looked at where everything is."""

CHECKS: dict[str, Check] = {
    "zero_passed": Check(
        _l("0 分卻註記為及格"), _l("請確認成績或及格註記哪一個有誤。"), _zero_passed, COURSES),
    "below_passed": Check(
        _l("未達及格分數卻註記為及格"),
        _l("如果這位學生這一科的及格分數不同，請在紀錄上填寫及格分數。"), _below_passed, COURSES),
    "above_failed": Check(
        _l("已達及格分數卻註記為不及格"), _l("請確認成績或及格註記哪一個有誤。"), _above_failed,
        COURSES),
    "makeup_after_pass": Check(
        _l("已及格卻有補考成績"), _l("及格的科目不會補考，請確認是哪一項登錄錯誤。"),
        _makeup_after_pass, COURSES),
    "original_later": Check(
        _l("原修課（應修課）學年度晚於登錄的學期"), _l("請更正原修課的學年度或學期。"),
        _original_later, COURSES),
    "no_score": Check(
        _l("採計學分但沒有成績"), _l("請補登成績，或將「是否採計學分」改為 2 或 3。"), _no_score,
        COURSES),
    "no_code": Check(
        _l("沒有課程代碼"), _l("名冊需要 23 碼課程代碼；重修請用原修課當學期的代碼。"), _no_code,
        COURSES),
    "not_handed_in": Check(
        _l("團體活動或彈性學習而非屬性 D"), _l("這些紀錄不會列入名冊，也不計學分。"),
        _not_handed_in, COURSES, blocks=False),
    "no_basics": Check(
        _l("沒有本學期的基本資料"), _l("請由名單帶入，或逐一登錄。"), people.no_basics, STUDENTS),
    "no_department": Check(
        _l("缺少群別或科班學程別代碼"), _l("請補登後再製作學生資料名冊。"), people.no_department,
        STUDENTS),
    "post_twice": Check(
        _l("同一幹部重複登錄"), _l("同一單位、同一職務的任職期間重疊，請更正或刪除重複的一筆。"),
        people.post_twice, POSTS),
    "no_identity": Check(
        _l("缺少身分證號或出生日期"), _l("名冊的前兩欄，請在學生資料補齊。"), people.no_identity,
        EVERY),
    "same_identity": Check(
        _l("兩位學生的身分證號相同"), _l("請查明是否為同一位學生重複建檔。"), people.same_identity,
        EVERY),
}  # fmt: skip
"""By key, in the order of the page."""
