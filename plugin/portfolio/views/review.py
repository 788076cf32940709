"""From the LMS gradebook: one student's outcomes in the course of the launch."""

from __future__ import annotations

from flask import redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from plugin import clock, web
from plugin.errors import NotAllowed, NotFound
from plugin.ids import row_id
from plugin.portfolio.models import OutcomeState
from plugin.portfolio.queries import teaching
from plugin.school import queries as school
from plugin.school.models import PersonKind


def review() -> Response | str:
    """The one outcome that waits, the several that wait, or what else the student has sent.

    Only courses of this launch in which the teacher may certify today count; whoever teaches none
    of them is refused, whatever the LMS calls them.
    """
    actor = web.current_actor()
    assert actor.school_id is not None
    if not actor.course_ids:
        raise NotFound(
            _("這門平臺課程還沒有對應到校內課程，不知道要開啟哪一門課的成果。"),
            remedy=_("請從課程開啟歷程並選擇對應的課程，或洽註冊組。"),
        )
    taught = teaching.parts_in(actor, actor.course_ids, clock.today())
    if not taught:
        raise NotAllowed(
            _("您不是這門課的任課教師，不能開啟學生的成果。"),
            remedy=_("若您任教這門課，請洽註冊組確認授課資料。"),
        )
    student_id = row_id(request.args.get("student"))
    student = school.person(actor.school_id, student_id) if student_id else None
    if student is None or student.kind is not PersonKind.STUDENT:
        raise NotFound(_("找不到這位學生。"), remedy=_("請到認證頁面，依班級或姓名尋找。"))
    lines = teaching.of_student(actor, student.id, taught)
    waiting = [one for one in lines if one.outcome.state is OutcomeState.SENT]
    if len(waiting) == 1:
        item = waiting[0].outcome.id
        return redirect(url_for("portfolio.certification_item", outcome_id=item))
    if waiting:
        within = {one.course.id for one in waiting}
        course = within.pop() if len(within) == 1 else None
        return redirect(url_for("portfolio.certification_queue", course=course, student=student.id))
    takes = any(school.enrolled(course_id, student.id) for course_id in taught)
    return render_template(
        "portfolio/review.html", student=student if takes or lines else None, lines=lines
    )
