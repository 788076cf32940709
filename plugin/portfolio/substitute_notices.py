"""What substitutes 代理人 and those whom they stand in for are told."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from flask_babel import gettext as _

from forms.jinja import roc_date
from plugin import clock
from plugin.portfolio.models import Substitution
from plugin.school import queries as school
from plugin.school.models import TeachingKind
from plugin.trail.notify import notify

QUEUE = "/certification"
OFFICE = "/certification/substitutes"


def named(made: Substitution, courses: Collection[int]) -> None:
    """The substitute, and whom they stand in for, hear of the days."""
    _tell(
        made,
        {made.substitute_id},
        _("您被設定為課程學習成果認證的代理人"),
        _(
            "註冊組設定您自 %(starts)s 至 %(ends)s 代理%(what)s的認證。"
            "期間內，學生送出的成果會出現在您的認證清單；您的決定會註記「代理」。",
            what=_what(made),
            **_days(made),
        ),
    )
    _tell(
        made,
        _stood_in_for(made, courses),
        _("已為您的課程設定認證代理人"),
        _(
            "自 %(starts)s 至 %(ends)s，%(name)s 老師代理%(what)s的認證。您仍然可以自己認證。",
            name=_substitute(made),
            what=_what(made),
            **_days(made),
        ),
    )


def changed(made: Substitution, courses: Collection[int]) -> None:
    """Both hear of the new days."""
    _tell(
        made,
        {made.substitute_id} | _stood_in_for(made, courses),
        _("認證代理的期間有變更"),
        _(
            "%(name)s 老師代理%(what)s的認證，期間改為 %(starts)s 至 %(ends)s。",
            name=_substitute(made),
            what=_what(made),
            **_days(made),
        ),
    )


def stopped(made: Substitution, courses: Collection[int]) -> None:
    """Both hear that it is over, before its time."""
    _tell(
        made,
        {made.substitute_id} | _stood_in_for(made, courses),
        _("認證代理已提前結束"),
        _(
            "%(name)s 老師代理%(what)s的認證已經結束；先前完成的認證仍然有效。",
            name=_substitute(made),
            what=_what(made),
        ),
    )


def ending(made: Substitution, courses: Collection[int], waiting: int, *, over: bool) -> None:
    """It ends soon, or has ended: who takes over what still waits; also whoever named it."""
    words = {"name": _substitute(made), "what": _what(made), "n": waiting, **_days(made)}
    if over:
        subject = _("認證代理已期滿")
        body = _(
            "%(name)s 老師代理%(what)s的認證已在 %(ends)s 期滿，目前有 %(n)s 件待認證，"
            "請任課教師處理；需要繼續代理時，請洽註冊組。",
            **words,
        )
        people = _stood_in_for(made, courses)
    else:
        subject = _("認證代理即將期滿")
        body = _(
            "%(name)s 老師代理%(what)s的認證將在 %(ends)s 期滿，目前有 %(n)s 件待認證。"
            "需要延長時，請在期滿前洽註冊組。",
            **words,
        )
        people = {made.substitute_id} | _stood_in_for(made, courses)
    _tell(made, people, subject, body)
    if made.made_by_id is not None and made.made_by_id not in people:
        _tell(made, {made.made_by_id}, subject, body, OFFICE)


def _tell(
    made: Substitution, people: Collection[int], subject: str, body: str, path: str = QUEUE
) -> None:
    notify(people, subject, body, path, school_id=made.school_id, mail=True)


def _stood_in_for(made: Substitution, courses: Collection[int]) -> set[int]:
    if made.teacher_id is not None:
        return {made.teacher_id}
    today = clock.today()
    return {
        one.person_id
        for rows in school.teachers_of(courses).values()
        for one in rows
        if one.kind is not TeachingKind.SUBSTITUTE and _on(one, today)
    }


def _on(part: school.Teaching, day: date) -> bool:
    return (part.starts_on is None or part.starts_on <= day) and (
        part.ends_on is None or part.ends_on >= day
    )


def _substitute(made: Substitution) -> str:
    found = school.person(made.school_id, made.substitute_id)
    return found.name if found is not None else ""


def _what(made: Substitution) -> str:
    if made.course_id is not None:
        course = school.course(made.school_id, made.course_id)
        return _("「%(course)s」", course=course.name if course is not None else "")
    teacher = school.person(made.school_id, made.teacher_id or 0)
    return _(" %(name)s 老師所有課程", name=teacher.name if teacher is not None else "")


def _days(made: Substitution) -> dict[str, str]:
    return {"starts": roc_date(made.starts_on), "ends": roc_date(made.ends_on)}
