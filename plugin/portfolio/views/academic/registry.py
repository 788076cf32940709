"""The registry: basic data by class, course records of a student, freezing, sanity checks."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response

from forms import page
from forms.definition import Form
from plugin import web
from plugin.actor import Role
from plugin.errors import Refusal
from plugin.ids import row_id, row_ids
from plugin.portfolio import record_kinds
from plugin.portfolio.forms.academic import CHANGES, BasicForm, ReasonForm, basic_data
from plugin.portfolio.forms.academic_records import RecordForm, record_form, shown
from plugin.portfolio.models import CaseArea, CourseRecord
from plugin.portfolio.operations.academic import basics, freezing
from plugin.portfolio.operations.academic import records as operations
from plugin.portfolio.operations.found import missing
from plugin.portfolio.queries.academic import checks, people, records
from plugin.portfolio.record_kinds import UnknownRecordKind
from plugin.portfolio.views._shared import deadline, tell, words_of
from plugin.portfolio.views.academic._shared import (
    asked_term,
    common,
    of,
    school_id,
    show_refusal,
)
from plugin.school import queries as school_queries
from plugin.school.models import Person, WindowKind
from plugin.school.terms import Term


def basic_list() -> str:
    """Every class with how many have basic data; of one class, its students."""
    actor, term = web.current_actor(), asked_term()
    asked = row_id(request.args.get("class"))
    one = school_queries.school_class(school_id(), asked) if asked else None
    classes = school_queries.classes(school_id(), term.academic_year)
    return render_template(
        "portfolio/academic/basics.html",
        one=one,
        lines=people.basics_of_class(one.id, term) if one else [],
        classes=classes,
        sizes=school_queries.class_sizes([each.id for each in classes]),
        counts=people.basic_counts(actor, term) if not one else {},
        unseated=people.unseated(actor, term) if not one else [],
        changes=CHANGES,
        banner=deadline(actor, WindowKind.BASIC_DATA, term.academic_year, term.term),
        **common(term),
    )


def basic_fill() -> Response:
    """Take class, seat and grade of everybody over from the roster, in the background."""
    term = asked_term()
    try:
        basics.begin_fill(web.current_actor(), term)
        flash(_("已開始由名單帶入班級、座號與年級；完成後重新整理這一頁就看得到。"))
    except Refusal as refusal:
        tell(refusal)
    return redirect(url_for("portfolio.basic_list", of=of(term)))


def basic_edit(person_id: int) -> Response:
    """Set one student's basic data of a term."""
    actor, term = web.current_actor(), asked_term()
    student = _student(person_id)
    row = people.basic_of(student.id, term)
    data = basic_data(row) if row else {"status": "在學", "change": "none", "grade": 0, "seat": 0}
    if row is None and (placed := _placed(student, term)):
        data |= placed
    form = BasicForm(data=None if request.form else data)
    back = _back_to_class(student, term)
    if form.validate_on_submit():
        version = request.form.get("version", type=int)
        try:
            basics.set_basic(actor, student.id, term, form.values(), version=version)
        except Refusal as refusal:
            show_refusal(form, refusal, term)
        else:
            flash(_("已儲存%(name)s的基本資料。", name=student.name))
            return redirect(back)  # type: ignore[return-value]
    return page.render(
        form,
        action=url_for("portfolio.basic_edit", person_id=student.id, of=of(term)),
        submit=_("儲存"),
        cancel=back,
        template="portfolio/academic/basic.html",
        student=student,
        row=row,
        waiting=people.open_cases_of(student.id, [CaseArea.BASIC]),
        banner=deadline(actor, WindowKind.BASIC_DATA, term.academic_year, term.term),
        **common(term),
    )


def course_list() -> str:
    """The courses of a term with how far their grades are; freeze, thaw."""
    actor, term = web.current_actor(), asked_term()
    text = request.args.get("q", "")
    history = records.freezes(actor, term)
    return render_template(
        "portfolio/academic/courses.html",
        found=records.courses(actor, term, text=text, after=request.args.get("after")),
        text=text,
        whole=next((one for one in history if one.course_id is None and not one.thawed_at), None),
        history=history,
        names=records.thawed_courses(history),
        banner=deadline(actor, WindowKind.COURSE_RECORDS, term.academic_year, term.term),
        **common(term),
    )


def course_freeze() -> Response:
    """Freeze the ticked courses, or the whole term."""
    actor, term = web.current_actor(), asked_term()
    try:
        if request.form.get("act") == "term":
            freezing.freeze_term(actor, term)
            flash(_("已凍結%(term)s的全部修課紀錄。", term=term.label))
        else:
            n = freezing.freeze(actor, term, row_ids(request.form.getlist("course")))
            flash(ngettext("已凍結 %(num)s 門課程。", "已凍結 %(num)s 門課程。", n))
    except Refusal as refusal:
        tell(refusal)
    return redirect(url_for("portfolio.course_list", of=of(term)))


def course_thaw(course_id: int) -> Response:
    """Let the records of one course be changed again."""
    course = freezing.seen_course(web.current_actor(), course_id)
    return _thaw(Term(course.academic_year, course.term), course_id, course.name)


def term_thaw() -> Response:
    """Let the records of a term be changed again."""
    term = asked_term()
    return _thaw(term, None, term.label)


def record_new(person_id: int, kind: str) -> Response:
    """Enter a course record of a kind."""
    student, term = _student(person_id), asked_term()
    form_class = _form_class(kind)
    form = form_class(data=None if request.form else {"counted": "1"})
    return _take_record(form, kind, student, term, None)


def record_edit(record_id: int) -> Response:
    """Put a course record right."""
    row = operations.seen_by_registry(web.current_actor(), record_id)
    data = shown(record_kinds.typed(row), row.kind) | {"pass_mark": row.pass_mark}
    form = _form_class(row.kind)(data=None if request.form else data)
    term = Term(row.academic_year, row.term)
    return _take_record(form, row.kind, _student(row.student_id), term, row)


def record_remove(record_id: int) -> Response:
    """Take a course record back, with a reason."""
    actor = web.current_actor()
    row = operations.seen_by_registry(actor, record_id)
    form = ReasonForm()
    back = url_for("portfolio.records_of", person_id=row.student_id)
    if form.validate_on_submit():
        try:
            operations.remove(actor, record_id, form.reason.data or "")
        except Refusal as refusal:
            form.add_errors(refusal.fields or {"": words_of(refusal)})
        else:
            flash(_("已刪除這筆修課紀錄；原因會保留。"))
            return redirect(back)  # type: ignore[return-value]
    return page.render(
        form,
        submit=_("刪除"),
        cancel=back,
        template="portfolio/academic/reason.html",
        heading=_("刪除修課紀錄"),
        what=f"{record_kinds.kind(row.kind).name} {row.subject}",
        trail=[(_("修課紀錄"), back), (_("刪除"), None)],
    )


def record_checks() -> str:
    """What cannot be right in a term's records, with links to put it right; each office its own."""
    actor, term = web.current_actor(), asked_term()
    registry = actor.has(Role.REGISTRY)
    found = checks.run(actor, term, None if registry else checks.POSTS)
    return render_template(
        "portfolio/academic/checks.html",
        found=found,
        total=sum(one.count for one in found),
        registry=registry,
        affairs=actor.has(Role.STUDENT_AFFAIRS),
        **common(term),
    )


def _take_record(
    form: RecordForm, kind: str, student: Person, term: Term, row: CourseRecord | None
) -> Response:
    actor = web.current_actor()
    back = url_for("portfolio.records_of", person_id=student.id)
    if form.validate_on_submit():
        mark = form.pass_mark.data  # type: ignore[attr-defined]
        try:
            if row is None:
                operations.enter(actor, student.id, term, kind, form.texts(), pass_mark=mark)
            else:
                version = request.form.get("version", type=int)
                operations.change(actor, row.id, form.texts(), pass_mark=mark, version=version)
        except Refusal as refusal:
            show_refusal(form, refusal, term)
        else:
            flash(_("已儲存%(name)s的修課紀錄。", name=student.name))
            return redirect(back)  # type: ignore[return-value]
    return page.render(
        form,
        submit=_("儲存"),
        cancel=back,
        template="portfolio/academic/record_form.html",
        student=student,
        row=row,
        waiting=people.open_cases_of(student.id, [CaseArea.COURSES]),
        banner=deadline(actor, WindowKind.COURSE_RECORDS, term.academic_year, term.term),
        **common(term),
    )


def _thaw(term: Term, course_id: int | None, what: str) -> Response:
    form: Form = ReasonForm()
    back = url_for("portfolio.course_list", of=of(term))
    if form.validate_on_submit():
        try:
            freezing.thaw(web.current_actor(), term, course_id, form["reason"].data or "")
        except Refusal as refusal:
            form.add_errors(refusal.fields or {"": words_of(refusal)})
        else:
            flash(_("已解除凍結；原因會保留在紀錄裡。"))
            return redirect(back)  # type: ignore[return-value]
    action = (
        url_for("portfolio.term_thaw", of=of(term))
        if course_id is None
        else url_for("portfolio.course_thaw", course_id=course_id)
    )
    return page.render(
        form,
        action=action,
        submit=_("解除凍結"),
        cancel=back,
        template="portfolio/academic/reason.html",
        heading=_("解除修課紀錄的凍結"),
        what=what,
        trail=[(_("成績凍結"), back), (_("解除凍結"), None)],
    )


def _form_class(kind: str) -> type[RecordForm]:
    try:
        return record_form(kind)
    except UnknownRecordKind as error:
        raise missing() from error


def _student(person_id: int) -> Person:
    student = people.seen_student(web.current_actor(), person_id)
    if student is None:
        raise missing()
    return student


def _placed(student: Person, term: Term) -> dict[str, object]:
    """Class, seat and grade as the roster knows them, for a new row."""
    found = school_queries.class_of([student.id], term.academic_year).get(student.id)
    if found is None:
        return {}
    return {
        "grade": found.grade,
        "class_code": found.class_code,
        "class_name": found.class_name,
        "seat": found.seat,
    }


def _back_to_class(student: Person, term: Term) -> str:
    found = school_queries.class_of([student.id], term.academic_year).get(student.id)
    where: dict[str, Any] = {"of": of(term), "class": found.class_id if found else None}
    return url_for("portfolio.basic_list", **where)
