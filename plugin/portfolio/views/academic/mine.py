"""The student's own basic data, posts, course records, and reports of errors."""

from __future__ import annotations

import uuid
from datetime import date

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from forms import page
from plugin import web
from plugin.actor import Actor
from plugin.errors import Refusal
from plugin.ids import row_id
from plugin.portfolio import record_kinds
from plugin.portfolio.forms.academic import CHANGES, LEVELS, ReportForm
from plugin.portfolio.models import CaseArea
from plugin.portfolio.operations.academic import cases as operations
from plugin.portfolio.operations.found import missing
from plugin.portfolio.queries.academic import people, records
from plugin.portfolio.scoring import PASS_MARK, band_words
from plugin.portfolio.views._shared import words_of
from plugin.portfolio.views.academic._shared import school_id, this_term
from plugin.school import course_code, rules
from plugin.school import queries as school_queries
from plugin.school.models import Person


def basic_mine() -> str:
    """Basic data of each term, officer posts, and what was reported."""
    me = _me(web.current_actor())
    return render_template(
        "portfolio/academic/mine.html",
        student=me,
        national_id=masked(me.national_id),
        birthday=date.fromisoformat(me.birthday) if me.birthday else None,
        basics=people.basics_of(me.id),
        posts=people.posts_of(me.id),
        cases=people.cases_of(me.id),
        changes=CHANGES,
        levels=LEVELS,
        Areas=CaseArea,
    )


def records_mine() -> str:
    """Course records by term, with bands and credits."""
    me = _me(web.current_actor())
    return render_template(
        "portfolio/academic/records.html",
        student=me,
        sheet=records.sheet_of(me),
        own=True,
        why=rules.why(school_id(), PASS_MARK, this_term().academic_year),
    )


def record_mine(record_id: int) -> str:
    """One record: every column, the bands of the class, the course code part by part."""
    me = _me(web.current_actor())
    line = records.line_of(me.id, record_id)
    if line is None:
        raise missing()
    return record_page(line, me, own=True)


def record_page(line: records.Line, student: Person, *, own: bool) -> str:
    """The page of one record, for its student or somebody who may read it."""
    return render_template(
        "portfolio/academic/record.html",
        line=line,
        record=line.record,
        student=student,
        own=own,
        columns=shown_columns(line),
        course=school_queries.course(student.school_id, line.record.course_id)
        if line.record.course_id is not None
        else None,
        code=course_code.read(line.record.code),
        code_wrong=course_code.wrong(line.record.code) if line.record.code else "",
        band_words=band_words,
        why=rules.why(line.record.school_id, PASS_MARK, line.record.academic_year),
        Areas=CaseArea,
    )


def shown_columns(line: records.Line) -> list[tuple[str, str]]:
    """(heading, answer) of every column of a record, as people read it."""

    cells = record_kinds.cells(line.record)
    found = []
    for one in line.kind.columns:
        value = cells.get(one.key)
        if value is None:
            text = ""
        elif one.format == "flag":
            text = _("及格") if value else _("不及格")
        elif one.codes is not None:
            text = one.codes.said(str(value))
        else:
            text = f"{value:f}" if one.format == "score" else str(value)  # type: ignore[str-bytes-safe]
        found.append((one.title, text))
    return found


def record_report() -> Response:
    """Report an error, of a term or of one post or record; at any time."""
    actor = web.current_actor()
    me = _me(actor)
    area = request.args.get("area", "")
    subject = row_id(request.args.get("subject"))
    known = area if area in set(CaseArea) else None
    form = ReportForm(data=None if request.form else {"area": known})
    about = _about(me, known, subject)
    if form.validate_on_submit():
        asked = CaseArea(form.area.data)
        try:
            operations.report(
                actor,
                asked,
                this_term(),
                form.text.data or "",
                subject_id=subject if about and asked == known else None,
                page_key=request.form.get("page_key"),
            )
        except Refusal as refusal:
            form.add_errors(refusal.fields or {"": words_of(refusal)})
        else:
            flash(_("已收到您的回報，查明後會在這裡答覆，並通知您。"))
            return redirect(url_for("portfolio.basic_mine", _anchor="cases"))  # type: ignore[return-value]
    return page.render(
        form,
        submit=_("送出回報"),
        cancel=url_for("portfolio.basic_mine"),
        template="portfolio/academic/report.html",
        page_key=request.form.get("page_key") or uuid.uuid4().hex,
        about=about,
    )


def masked(national_id: str | None) -> str:
    """A national ID as it is shown to its owner: enough to see that it is right."""
    if not national_id:
        return ""
    return f"{national_id[:4]}•••{national_id[-3:]}" if len(national_id) >= 10 else "•••"


def _about(me: Person, area: str | None, subject_id: int | None) -> str:
    if subject_id is None:
        return ""
    if area == CaseArea.POSTS:
        post = people.post_of(me.id, subject_id)
        return f"{post.unit} {post.duty}" if post else ""
    line = records.line_of(me.id, subject_id) if area == CaseArea.COURSES else None
    return line.record.subject if line else ""


def _me(actor: Actor) -> Person:
    assert actor.school_id is not None
    assert actor.person_id is not None
    found = school_queries.person(actor.school_id, actor.person_id)
    if found is None:
        raise missing()
    return found
