"""The calendar: what is open when, told in Taipei time with weekday and minute (SPEC §1)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

import sqlalchemy as sa
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from forms.jinja import roc_date
from plugin import clock, db
from plugin.errors import WindowClosed
from plugin.school import extensions, regulations, rules
from plugin.school.models import Window, WindowKind
from plugin.school.terms import Term

LABELS = {
    WindowKind.BASIC_DATA: _l("基本資料登錄"),
    WindowKind.POSTS: _l("幹部紀錄登錄"),
    WindowKind.COURSE_RECORDS: _l("修課紀錄登錄"),
    WindowKind.COUNSELLING: _l("課程諮詢紀錄登錄"),
    WindowKind.OUTCOME_UPLOAD: _l("課程學習成果上傳"),
    WindowKind.CERTIFICATION: _l("課程學習成果認證"),
    WindowKind.EXPERIENCE_UPLOAD: _l("多元表現上傳"),
    WindowKind.SELECTION: _l("勾選"),
    WindowKind.SUBMISSION: _l("提交"),
    WindowKind.RECEIPT: _l("收訖明細確認"),
}
"""What people read."""

YEARLY = frozenset({WindowKind.SELECTION, WindowKind.SUBMISSION, WindowKind.RECEIPT})
"""Set once an academic year (`term` 0); all others once a term."""

FINAL_GRADE = 3
"""It hands in by batches, and its second term's outcomes may close early (SPEC §1)."""

BATCHED = YEARLY
"""Yearly kinds that a batch 梯次 of grade 3 may have of its own: then `term` is its number."""

LAST_HOUR = timedelta(hours=1)
GRACE = "upload.grace_minutes"


class Span(Protocol):
    """Anything that opens and closes."""

    @property
    def opens_at(self) -> datetime: ...
    @property
    def closes_at(self) -> datetime: ...


class Named(Protocol):
    """Anything that is one window of a year."""

    @property
    def kind(self) -> WindowKind: ...
    @property
    def term(self) -> int: ...
    @property
    def grade(self) -> int: ...


@dataclass(frozen=True)
class Period:
    """A window as it holds for somebody: their grade's, closing later for who has an extension.

    :param id: of the window.
    :param regular: when it closes without the extension.
    :param reason: of the extension; empty without one.
    """

    id: int
    school_id: int
    kind: WindowKind
    academic_year: int
    term: int
    grade: int
    opens_at: datetime
    closes_at: datetime
    regular: datetime
    reason: str = ""

    @property
    def extended(self) -> bool:
        """Whether it closes later than for the others."""
        return self.closes_at > self.regular


def find(
    school_id: int,
    kind: WindowKind,
    academic_year: int,
    term: int = 0,
    grade: int = 0,
    *,
    batch: int = 0,
    student_id: int | None = None,
    course_id: int | None = None,
) -> Period | None:
    """The window that holds for a grade: its own, else that of all grades; for a student or a
    course with an extension, until that ends.

    A yearly kind is found whatever `term` is given.

    :param batch: 1 or 2: the one that the third grade's batch 梯次 has of its own, if it has.
    """
    term = 0 if kind in YEARLY else term
    rows = _of_year(school_id, academic_year)
    window = rows.get((kind, batch, FINAL_GRADE)) if batch and kind in BATCHED else None
    window = window or rows.get((kind, term, grade)) or rows.get((kind, term, 0))
    if window is None:
        return None
    term = window.term
    given = extensions.latest(
        school_id, kind, academic_year, term, student_id=student_id, course_id=course_id
    )
    later = given is not None and given.until > window.closes_at
    return Period(
        id=window.id,
        school_id=school_id,
        kind=kind,
        academic_year=academic_year,
        term=term,
        grade=window.grade,
        opens_at=window.opens_at,
        closes_at=given.until if given is not None and later else window.closes_at,
        regular=window.closes_at,
        reason=given.reason if given is not None and later else "",
    )


def exact(
    school_id: int, kind: WindowKind, academic_year: int, term: int, grade: int
) -> Window | None:
    """The window set for exactly that term and grade."""
    return _of_year(school_id, academic_year).get((kind, term, grade))


def is_open(
    school_id: int,
    kind: WindowKind,
    academic_year: int,
    term: int = 0,
    grade: int = 0,
    *,
    student_id: int | None = None,
    course_id: int | None = None,
) -> bool:
    """Whether it is open now: from the opening second on, until before the closing second."""
    window = find(
        school_id, kind, academic_year, term, grade, student_id=student_id, course_id=course_id
    )
    return window is not None and open_at(window, clock.now())


def open_at(window: Span, moment: datetime) -> bool:
    """Whether `moment` lies in the window; the closing second itself lies outside."""
    return window.opens_at <= moment < window.closes_at


def require_open(
    school_id: int,
    kind: WindowKind,
    academic_year: int,
    term: int = 0,
    grade: int = 0,
    *,
    batch: int = 0,
    started_at: datetime | None = None,
    student_id: int | None = None,
    course_id: int | None = None,
) -> Period:
    """The window, if it is open now.

    :param started_at: when an upload began; begun in time, it may finish within the grace.
    :param student_id, course_id: whose extension counts.
    :raises WindowClosed: not set, not open yet, or closed; says when it was or will be open.
    """
    window = find(
        school_id,
        kind,
        academic_year,
        term,
        grade,
        batch=batch,
        student_id=student_id,
        course_id=course_id,
    )
    if window is None:
        raise _unset(kind, Term(academic_year, 0 if kind in YEARLY else term))
    now = clock.now()
    if open_at(window, now):
        return window
    if started_at is not None and begun_in_time(started_at, window):
        return window
    rule = GRACE if started_at is not None and now >= window.closes_at else None
    words = {
        "name": str(LABELS[kind]),
        "opens": roc_date(window.opens_at),
        "closes": roc_date(window.closes_at),
    }
    if now < window.opens_at:
        raise WindowClosed(
            _("「%(name)s」尚未開放，開放時間為 %(opens)s 至 %(closes)s。", **words),
            remedy=_("您輸入的內容可以先存成草稿，開放後再送出。")
            + source(school_id, academic_year),
        )
    raise WindowClosed(
        _("「%(name)s」已截止，開放時間為 %(opens)s 至 %(closes)s。", **words),
        remedy=_("如有特殊情形，請洽註冊組，由註冊組決定是否延長期限。")
        + source(school_id, academic_year),
        rule=rule,
    )


def source(school_id: int, academic_year: int) -> str:
    """By what a window is what it is: the year's calendar, and the regulation it rests on."""
    paper = regulations.in_force(school_id, clock.today())
    if paper is None:
        return _("（依據：本校 %(year)s 學年度作業期程。）", year=academic_year)
    return _(
        "（依據：本校 %(year)s 學年度作業期程；%(paper)s。）",
        year=academic_year,
        paper=regulations.cite(paper),
    )


def begun_in_time(started_at: datetime, window: Window | Period) -> bool:
    """Whether an upload that began at `started_at` still counts now.

    It must have begun while the window was open, and be finished within the grace (15 minutes
    unless the school's rule says otherwise) after the closing.
    """
    minutes = rules.number(window.school_id, GRACE, window.academic_year)
    last = window.closes_at + timedelta(minutes=minutes)
    return open_at(window, started_at) and started_at <= clock.now() <= last


def grade_words(grade: int) -> str:
    """一年級, 二年級 …; 全部年級 for 0."""
    if grade == 0:
        return _("全部年級")
    return _("%(grade)s 年級", grade=grade)


def title(window: Named) -> str:
    """What a window is called: its kind, and the grade or batch when it has one of its own."""
    name = str(LABELS[window.kind])
    if window.kind in YEARLY and window.term:
        return name + _("（三年級第 %(n)s 梯次）", n=window.term)
    if not window.grade:
        return name
    return name + _("（%(text)s）", text=grade_words(window.grade))


def in_last_hour(window: Span) -> bool:
    """Whether the pages should show the server's clock: it closes within the hour."""
    return timedelta(0) < window.closes_at - clock.now() <= LAST_HOUR


def of_year(school_id: int, academic_year: int) -> list[Window]:
    """Every window of a year, in the order of the calendar page."""
    order = list(WindowKind)
    return sorted(
        _of_year(school_id, academic_year).values(),
        key=lambda one: (one.term or 3, order.index(one.kind), one.grade),
    )


def _unset(kind: WindowKind, term: Term) -> WindowClosed:
    return WindowClosed(
        _("%(term)s的「%(name)s」期間尚未設定。", term=term.label, name=str(LABELS[kind])),
        remedy=_("請洽註冊組設定作業期程；您輸入的內容可以先存成草稿。"),
    )


def _of_year(school_id: int, academic_year: int) -> dict[tuple[WindowKind, int, int], Window]:
    """A year's windows; read once a session."""
    session = db.reading()
    cache = session.info.setdefault("school_windows", {})
    key = (school_id, academic_year)
    if key not in cache:
        found = session.scalars(
            sa.select(Window).where(
                Window.school_id == school_id, Window.academic_year == academic_year
            )
        )
        cache[key] = {(one.kind, one.term, one.grade): one for one in found}
    rows: dict[tuple[WindowKind, int, int], Window] = cache[key]
    return rows
