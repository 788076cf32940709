"""More time for one class, one student, or one course; taken back when it was a mistake."""

from __future__ import annotations

from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from forms.jinja import roc_date
from forms.text import normalise
from plugin import clock, db
from plugin.actor import Actor
from plugin.errors import Conflict, InvalidInput, NotFound
from plugin.school import concerns, course_queries, extensions, policy, queries, windows
from plugin.school.calendar_models import WindowExtension
from plugin.school.concerns import Concern
from plugin.school.models import PersonKind, WindowKind
from plugin.school.operations import _own
from plugin.school.operations.calendar import Unconfirmed
from plugin.trail.chain import record
from plugin.trail.notify import notify

REASON_POINTS = 200


def extend_window(
    actor: Actor,
    kind: WindowKind,
    academic_year: int,
    until: datetime,
    reason: str,
    *,
    term: int = 0,
    class_id: int | None = None,
    student_id: int | None = None,
    course_id: int | None = None,
    confirmed: bool = True,
) -> tuple[WindowExtension, list[Concern]]:
    """Give a class, a student or a course more time in one window; they are told.

    :param term: of the window (0 for a yearly one, its number for a batch's own).
    :raises InvalidInput: not exactly one holder, a kind that cannot be extended for it, no reason,
        a time that has passed or does not lie after the closing, or a window that is not set.
    :raises NotFound: another school's class, student or course.
    :raises Unconfirmed: certification closes first, and `confirmed` is False.
    """
    school_id = policy.require_keeper(actor)
    holders = {"class_id": class_id, "student_id": student_id, "course_id": course_id}
    if sum(one is not None for one in holders.values()) != 1:
        raise InvalidInput(
            _("請選擇一個班級、一位學生或一門課程。"), fields={"holder": _("請選擇對象。")}
        )
    _require_kind(kind, of_course=course_id is not None)
    why = normalise(reason)
    if not 1 <= len(why) <= REASON_POINTS:
        words = _("請填理由（1 到 200 字），例如：重大傷病請假，經核准。")
        raise InvalidInput(words, fields={"reason": words})
    with db.writing() as session:
        year, grade = _place(session, school_id, academic_year, holders)
        window = windows.find(
            school_id, kind, year, term, grade, batch=term, student_id=student_id,
            course_id=course_id,
        )  # fmt: skip
        _require_later(window, until)
        assert window is not None
        found = _certified_first(school_id, kind, year, window.term, grade, until)
        if found and not confirmed:
            raise Unconfirmed(found)
        made = WindowExtension(
            school_id=school_id,
            academic_year=year,
            term=window.term,
            kind=kind,
            until=until,
            reason=why,
            given_by_id=actor.person_id,
            given_by_name=actor.name,
            given_at=clock.now(),
            **holders,
        )
        session.add(made)
        session.flush()
        extensions.forget()
        record(
            actor, "window.extend", "window_extension", made.id,
            kind=kind, year=year, term=window.term, until=until.isoformat(), **holders,
        )  # fmt: skip
        _tell(made, _("期限延到 %(until)s", until=roc_date(until)))
        return made, found


def revoke_extension(actor: Actor, extension_id: int, reason: str) -> WindowExtension:
    """Take an extension back; it stays on the list with the reason.

    :raises NotFound: none of this school. :raises Conflict: it was revoked already.
    """
    school_id = policy.require_keeper(actor)
    why = normalise(reason)
    if not 1 <= len(why) <= REASON_POINTS:
        words = _("請填撤銷的理由（1 到 200 字）。")
        raise InvalidInput(words, fields={"reason": words})
    with db.writing() as session:
        found = session.get(WindowExtension, extension_id, with_for_update=db.HELD)
        if found is None or found.school_id != school_id:
            raise NotFound(_("找不到這筆延長。"), remedy=_("請由作業期程頁重新選擇。"))
        if found.revoked_at is not None:
            raise Conflict(_("這筆延長已經撤銷。"), remedy=_("請重新整理頁面。"))
        found.revoked_at, found.revoked_by_id = clock.now(), actor.person_id
        found.revoked_reason = why
        extensions.forget()
        record(actor, "window.revoke_extension", "window_extension", found.id)
        _tell(found, _("期限延長已取消，恢復為原來的截止時間"))
        return found


def _require_kind(kind: WindowKind, *, of_course: bool) -> None:
    if kind in (extensions.COURSES if of_course else extensions.STUDENTS):
        return
    if of_course:
        words = _("只有課程學習成果認證與修課紀錄登錄可以為一門課程延長。")
    elif kind in extensions.COURSES:
        words = _("這項期限以課程為單位延長，請選擇一門課程。")
    else:
        words = _("這個項目由教職員辦理，不能為班級或學生延長；請直接調整期間。")
    raise InvalidInput(words, fields={"window": words})


def _place(
    session: Session, school_id: int, year: int, holders: dict[str, int | None]
) -> tuple[int, int]:
    """The academic year and grade whose window is meant; whoever it is for is of this school."""
    if (class_id := holders["class_id"]) is not None:
        one = _own.school_class(session, school_id, class_id)
        if one.academic_year != year:
            words = _("「%(name)s」不是這個學年度的班級。", name=one.name)
            raise InvalidInput(words, fields={"holder": words})
        return year, one.grade
    if (student_id := holders["student_id"]) is not None:
        student = _own.person(session, school_id, student_id)
        if student.kind is not PersonKind.STUDENT:
            words = _("延長的對象必須是學生。")
            raise InvalidInput(words, fields={"holder": words})
        placed = queries.class_of([student.id], year).get(student.id)
        return year, placed.grade if placed else 0
    course = _own.course(session, school_id, holders["course_id"] or 0)
    if course.academic_year != year:
        words = _("「%(name)s」不是這個學年度的課程。", name=course.name)
        raise InvalidInput(words, fields={"holder": words})
    return year, course.grade


def _require_later(window: windows.Period | None, until: datetime) -> None:
    if window is None:
        words = _("這個項目的期間尚未設定，請先設定期間再延長。")
        raise InvalidInput(words, fields={"window": words})
    if until <= clock.now():
        words = _("延長的期限必須是以後的時間。")
        raise InvalidInput(words, fields={"until": words})
    if until <= window.closes_at:
        words = _(
            "目前的截止時間是 %(closes)s，延長的期限要更晚。", closes=roc_date(window.closes_at)
        )
        raise InvalidInput(words, fields={"until": words})


def _certified_first(
    school_id: int, kind: WindowKind, year: int, term: int, grade: int, until: datetime
) -> list[Concern]:
    if kind is not WindowKind.OUTCOME_UPLOAD:
        return []
    certification = windows.find(school_id, WindowKind.CERTIFICATION, year, term, grade)
    return concerns.certified_before(until, certification)


def _tell(given: WindowExtension, words: str) -> None:
    """Whoever it is for: the student, the class's students, the course's teachers."""
    people: set[int] = set()
    if given.student_id is not None:
        people = {given.student_id}
    elif given.class_id is not None:
        people = {student.id for _seat, student in queries.students_of_class(given.class_id)}
    elif given.course_id is not None:
        rows = course_queries.teachers_of([given.course_id]).get(given.course_id, [])
        people = {one.person_id for one in rows}
    notify(
        people,
        f"{windows.LABELS[given.kind]}{_('：')}{words}"[:120],
        _(
            "%(name)s：%(words)s。\n\n請登入平臺查看。",
            name=windows.LABELS[given.kind],
            words=words,
        ),
        "/school/calendar",
        school_id=given.school_id,
        mail=True,
    )
