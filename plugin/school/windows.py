"""The calendar: what is open when, told in Taipei time with weekday and minute (SPEC §1)."""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from forms.jinja import roc_date
from plugin import clock, db
from plugin.errors import WindowClosed
from plugin.school import rules
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

LAST_HOUR = timedelta(hours=1)


def find(
    school_id: int, kind: WindowKind, academic_year: int, term: int = 0, grade: int = 0
) -> Window | None:
    """The window that holds for a grade: its own, else that of all grades.

    A yearly kind is found whatever `term` is given.
    """
    term = 0 if kind in YEARLY else term
    rows = _of_year(school_id, academic_year)
    return rows.get((kind, term, grade)) or rows.get((kind, term, 0))


def exact(
    school_id: int, kind: WindowKind, academic_year: int, term: int, grade: int
) -> Window | None:
    """The window set for exactly that term and grade."""
    return _of_year(school_id, academic_year).get((kind, term, grade))


def is_open(
    school_id: int, kind: WindowKind, academic_year: int, term: int = 0, grade: int = 0
) -> bool:
    """Whether it is open now: from the opening second on, until before the closing second."""
    window = find(school_id, kind, academic_year, term, grade)
    return window is not None and open_at(window, clock.now())


def open_at(window: Window, moment: datetime) -> bool:
    """Whether `moment` lies in the window; the closing second itself lies outside."""
    return window.opens_at <= moment < window.closes_at


def require_open(
    school_id: int,
    kind: WindowKind,
    academic_year: int,
    term: int = 0,
    grade: int = 0,
    *,
    started_at: datetime | None = None,
) -> Window:
    """The window, if it is open now.

    :param started_at: when an upload began; begun in time, it may finish within the grace.
    :raises WindowClosed: not set, not open yet, or closed; says when it was or will be open.
    """
    window = find(school_id, kind, academic_year, term, grade)
    if window is None:
        raise _unset(kind, Term(academic_year, 0 if kind in YEARLY else term))
    now = clock.now()
    if open_at(window, now):
        return window
    if started_at is not None and begun_in_time(started_at, window):
        return window
    name = str(LABELS[kind])
    if now < window.opens_at:
        raise WindowClosed(
            _(
                "「%(name)s」尚未開放，開放時間為 %(opens)s 至 %(closes)s。",
                name=name,
                opens=roc_date(window.opens_at),
                closes=roc_date(window.closes_at),
            ),
            remedy=_("您輸入的內容可以先存成草稿，開放後再送出。"),
        )
    raise WindowClosed(
        _(
            "「%(name)s」已截止，開放時間為 %(opens)s 至 %(closes)s。",
            name=name,
            opens=roc_date(window.opens_at),
            closes=roc_date(window.closes_at),
        ),
        remedy=_("如有特殊情形，請洽註冊組，由註冊組決定是否延長期限。"),
    )


def begun_in_time(started_at: datetime, window: Window) -> bool:
    """Whether an upload that began at `started_at` still counts now.

    It must have begun while the window was open, and be finished within the grace (15 minutes
    unless the school's rule says otherwise) after the closing.
    """
    minutes = rules.number(window.school_id, "upload.grace_minutes", window.academic_year)
    last = window.closes_at + timedelta(minutes=minutes)
    return open_at(window, started_at) and started_at <= clock.now() <= last


def grade_words(grade: int) -> str:
    """一年級, 二年級 …; 全部年級 for 0."""
    if grade == 0:
        return _("全部年級")
    return _("%(grade)s 年級", grade=grade)


def in_last_hour(window: Window) -> bool:
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
