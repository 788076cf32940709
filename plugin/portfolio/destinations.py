"""Which of the portfolio's pages a link in an LMS course may open."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from flask import Flask
from flask_babel import lazy_gettext as _l

from plugin import clock
from plugin.actor import Actor, Role
from plugin.desk.destinations import Destination, Way, offer
from plugin.portfolio import kinds
from plugin.portfolio.queries.teaching import parts_in
from plugin.school import queries as school

STUDENTS = frozenset({Role.STUDENT})
TEACHERS = frozenset({Role.TEACHER, Role.SUBSTITUTE})
OVERSEERS = frozenset({Role.REGISTRY, Role.ADMINISTRATOR})


def register(app: Flask) -> None:
    """Offer what stands today."""
    offer(
        app,
        Destination(
            "outcomes",
            _l("繳交本課程學習成果"),
            _l("學生上傳這門課的作業或作品並送出認證；教師看到這門課待認證的成果。"),
            ways=(
                Way(STUDENTS, "portfolio.outcome_list", _course_taken),
                Way(TEACHERS, "portfolio.certification_queue", _course_taught),
                Way(OVERSEERS, "portfolio.progress"),
            ),
            in_course=True,
            graded=True,
            order=10,
        ),
    )
    offer(
        app,
        Destination(
            "certification",
            _l("認證桌"),
            _l("教師所有課程待認證的學習成果。"),
            ways=(Way(TEACHERS, "portfolio.certification_queue"),),
            order=20,
        ),
    )
    offer(
        app,
        Destination(
            "review",
            _l("這位學生的學習成果"),
            _l("從平臺的成績簿開啟一位學生的成果。"),
            ways=(Way(TEACHERS, "portfolio.review"),),
            in_course=True,
            choosable=False,
        ),
    )
    _offer_experiences(app)


def _offer_experiences(app: Flask) -> None:
    """The list, and the form of each kind: a link made in any year opens today's form."""
    affairs = frozenset({Role.STUDENT_AFFAIRS})
    offer(
        app,
        Destination(
            "experiences",
            _l("我的多元表現"),
            _l("學生登錄多元表現；學務處看到各班的登錄情形。"),
            ways=(
                Way(STUDENTS, "portfolio.experience_list"),
                Way(affairs, "portfolio.experience_check"),
            ),
            order=60,
        ),
    )
    for place, key in enumerate(kinds.names(), 61):
        known = kinds.latest(key)
        offer(
            app,
            Destination(
                f"experience-{key}",
                _l("多元表現：%(kind)s", kind=known.name.lazy),
                known.help.lazy,
                ways=(
                    Way(STUDENTS, "portfolio.experience_new", _of_kind(key)),
                    Way(affairs, "portfolio.experience_check"),
                ),
                order=place,
            ),
        )


def _of_kind(key: str) -> Callable[[Actor], Mapping[str, Any]]:
    return lambda _actor: {"kind": key}


def _course_taken(actor: Actor) -> Mapping[str, Any]:
    """The one course of the launch that this student takes."""
    assert actor.person_id is not None
    person_id = actor.person_id
    return _only([one for one in actor.course_ids if school.enrolled(one, person_id)])


def _course_taught(actor: Actor) -> Mapping[str, Any]:
    """The one course of the launch that this teacher may certify in; joined classes may be
    several roster courses in one LMS course, and then all of the teacher's are shown."""
    return _only(list(parts_in(actor, actor.course_ids, clock.today())))


def _only(courses: list[int]) -> Mapping[str, Any]:
    return {"course": courses[0]} if len(courses) == 1 else {}
