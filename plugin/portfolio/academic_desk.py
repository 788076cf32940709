"""Basic data, posts and course records on people's desks."""

from __future__ import annotations

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from plugin import clock
from plugin.actor import Actor, Role
from plugin.desk import registry
from plugin.desk.registry import Card, Todo
from plugin.portfolio.academic_policy import areas
from plugin.portfolio.models import CaseArea
from plugin.portfolio.operations.academic import doors
from plugin.portfolio.queries.academic import people, records
from plugin.school import windows
from plugin.school.models import WindowKind
from plugin.school.terms import term_of

registry.nav(Role.STUDENT, _l("基本資料"), "portfolio.basic_mine", 17)
registry.nav(Role.STUDENT, _l("修課紀錄"), "portfolio.records_mine", 18)
registry.nav(Role.PARENT, _l("子女的修課紀錄"), "portfolio.records_children", 22)
registry.nav(Role.TEACHER, _l("登錄成績"), "portfolio.grade_courses", 22)
registry.nav(Role.SUBSTITUTE, _l("登錄成績"), "portfolio.grade_courses", 22)
registry.nav(Role.STUDENT_AFFAIRS, _l("幹部紀錄"), "portfolio.post_list", 41)
registry.nav(Role.REGISTRY, _l("基本資料"), "portfolio.basic_list", 46)
registry.nav(Role.REGISTRY, _l("成績凍結"), "portfolio.course_list", 47)
registry.nav(Role.REGISTRY, _l("名冊"), "portfolio.workbook_list", 49)
registry.nav(Role.STUDENT_AFFAIRS, _l("名冊"), "portfolio.workbook_list", 49)


@registry.cards(Role.REGISTRY, Role.STUDENT_AFFAIRS)
def _cases(actor: Actor) -> list[Card]:
    """Reports that wait for the office."""
    n = people.open_cases(actor, areas(actor))
    return [
        Card(_("錯誤回報"), n, _("件"), _("學生回報、等待答覆"),
             "portfolio.case_list", "wait" if n else "good", 34),
    ]  # fmt: skip


@registry.todos(Role.REGISTRY, Role.STUDENT_AFFAIRS)
def _answer(actor: Actor) -> list[Todo]:
    """Answer what students report."""
    n = people.open_cases(actor, areas(actor))
    return [Todo(_("答覆 %(n)s 件錯誤回報", n=n), "portfolio.case_list")] if n else []


@registry.todos(Role.TEACHER)
def _grades(actor: Actor) -> list[Todo]:
    """Courses whose grades are not all entered, while the window is open."""
    assert actor.school_id is not None
    term = term_of(clock.today())
    if not doors.may_enter(actor.school_id, CaseArea.COURSES, term):
        return []
    window = windows.find(actor.school_id, WindowKind.COURSE_RECORDS, term.academic_year, term.term)
    lacking = [
        one
        for one in records.teaching(actor, term)
        if one.freeze is None and one.scored < one.students
    ]
    if not lacking:
        return []
    words = _("登錄 %(n)s 門課程的成績", n=len(lacking))
    return [Todo(words, "portfolio.grade_courses", due=window.closes_at if window else None)]
