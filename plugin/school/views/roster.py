"""Pages of classes and courses."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from forms import page
from plugin import web
from plugin.errors import NotFound
from plugin.school import course_code, operations, queries
from plugin.school.forms import TEACHING, HomeroomForm, TeachingForm
from plugin.school.models import Course, TeachingKind
from plugin.school.syllabus_forms import SyllabusForm
from plugin.school.views._shared import asked_term, attempt, school_id, years


def classes() -> str:
    """The classes of a year with their homeroom teachers and sizes."""
    term = asked_term()
    rows = queries.classes(school_id(), term.academic_year)
    return render_template(
        "school/classes.html",
        term=term,
        years=years(),
        rows=rows,
        sizes=queries.class_sizes(one.id for one in rows),
        homerooms=queries.people(
            school_id(), (one.homeroom_teacher_id for one in rows if one.homeroom_teacher_id)
        ),
    )


def school_class(class_id: int) -> str:
    """The students of a class by seat."""
    found = queries.school_class(school_id(), class_id)
    if found is None:
        raise NotFound(_("找不到這個班級。"), remedy=_("請由班級名單重新選擇。"))
    homeroom = (
        queries.person(school_id(), found.homeroom_teacher_id)
        if found.homeroom_teacher_id
        else None
    )
    return render_template(
        "school/class.html",
        school_class=found,
        students=queries.students_of_class(found.id),
        homeroom=homeroom,
    )


def set_homeroom(class_id: int) -> Response:
    """Say who is homeroom teacher of a class; an empty number leaves it without one."""
    found = queries.school_class(school_id(), class_id)
    if found is None:
        raise NotFound(_("找不到這個班級。"), remedy=_("請由班級名單重新選擇。"))
    form = HomeroomForm()
    if form.validate_on_submit():
        number = form.number.data or ""
        who = queries.person_by_number(school_id(), number) if number else None
        if number and who is None:
            form.add_errors({"number": _("沒有這個編號的人員，請到「人員」頁查詢。")})
        elif attempt(
            form,
            lambda: operations.set_homeroom(web.current_actor(), class_id, who.id if who else None),
        ):
            flash(_("已儲存導師。"))
            return redirect(url_for("school.school_class", class_id=class_id))
    return page.render(
        form,
        submit=_("儲存"),
        cancel=url_for("school.school_class", class_id=class_id),
        template="school/homeroom.html",
        school_class=found,
    )


def courses() -> str:
    """The courses of a term with teachers and sizes, paged."""
    term = asked_term()
    text = request.args.get("q", "")
    found = queries.courses(
        school_id(), term.academic_year, term.term, text=text, after=request.args.get("after")
    )
    ids = [one.id for one in found.items]
    return render_template(
        "school/courses.html",
        term=term,
        years=years(),
        text=text,
        found=found,
        sizes=queries.course_sizes(ids),
        teachers=queries.teachers_of(ids),
        carries=queries.course_carries_credit,
    )


def course(course_id: int) -> str:
    """One course: its code, its teachers, its students."""
    one = _course(course_id)
    return render_template(
        "school/course.html",
        course=one,
        teachers=queries.teachers_of([one.id]).get(one.id, []),
        students=queries.students_of_course(one.id),
        kinds=TEACHING,
        carries=queries.course_carries_credit(one),
        code=course_code.read(one.code),
        code_wrong=course_code.wrong(one.code),
    )


def set_syllabus(course_id: int) -> Response:
    """Say where the syllabus of a course can be read; an empty address takes the link away."""
    one = _course(course_id)
    form = SyllabusForm()
    if form.validate_on_submit():
        url = form.url.data or ""
        if attempt(form, lambda: operations.set_syllabus(web.current_actor(), course_id, url)):
            flash(_("已儲存教學大綱的連結。"))
            return redirect(url_for("school.course", course_id=course_id))
    elif request.method == "GET":
        form.url.data = one.syllabus_url or ""
    return page.render(
        form,
        submit=_("儲存"),
        cancel=url_for("school.course", course_id=course_id),
        template="school/teaching.html",
        course=one,
    )


def assign_teacher(course_id: int) -> Response:
    """Make somebody teacher of record, co-teacher or substitute."""
    one = _course(course_id)
    form = TeachingForm()
    if form.validate_on_submit():
        who = queries.person_by_number(school_id(), form.number.data or "")
        if who is None:
            form.add_errors({"number": _("沒有這個編號的人員，請到「人員」頁查詢。")})
        elif attempt(
            form,
            lambda: operations.assign_teacher(
                web.current_actor(),
                course_id,
                who.id,
                TeachingKind(form.kind.data),
                starts_on=form.starts_on.data,
                ends_on=form.ends_on.data,
            ),
        ):
            flash(_("已設定 %(name)s 為授課教師。", name=who.name))
            return redirect(url_for("school.course", course_id=course_id))
    return page.render(
        form,
        submit=_("儲存"),
        cancel=url_for("school.course", course_id=course_id),
        template="school/teaching.html",
        course=one,
    )


def end_teaching(course_id: int, teaching_id: int) -> Response:
    """End somebody's part in a course as of yesterday."""
    operations.end_teaching(web.current_actor(), teaching_id)
    flash(_("已結束授課；之前完成的認證不受影響。"))
    return redirect(url_for("school.course", course_id=course_id))


def _course(course_id: int) -> Course:
    found = queries.course(school_id(), course_id)
    if found is None:
        raise NotFound(_("找不到這門課程。"), remedy=_("請由課程清單重新選擇。"))
    return found
