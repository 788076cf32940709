"""The teacher's grid of grades: own courses, own students, typed or pasted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response

from forms import page
from plugin import web
from plugin.actor import Actor
from plugin.errors import NotFound, Refusal
from plugin.ids import row_id
from plugin.portfolio import pasting, scoring
from plugin.portfolio.models import CaseArea
from plugin.portfolio.operations.academic import doors, grids
from plugin.portfolio.operations.academic.grids import GridRow, WrongCells
from plugin.portfolio.queries.academic import records
from plugin.portfolio.queries.academic.records import GridLine
from plugin.portfolio.record_kinds import RecordKind
from plugin.portfolio.views._shared import deadline
from plugin.portfolio.views.academic._shared import asked_term, common, said, this_term
from plugin.school import rules
from plugin.school.models import Course, WindowKind
from plugin.school.terms import Term

ALSO = {"score": ("成績", "學期成績", "分數"), "note": ("文字描述", "評語", "備註")}
"""Other headings that teachers' spreadsheets have."""


def grade_courses() -> str:
    """My courses of a term, with how far the grades are."""
    actor, term = web.current_actor(), asked_term()
    return render_template(
        "portfolio/academic/teaching.html",
        rows=records.teaching(actor, term),
        banner=deadline(actor, WindowKind.COURSE_RECORDS, term.academic_year, term.term),
        current=term == this_term(),
        **common(term),
    )


def grade_grid(course_id: int) -> Response | str | tuple[str, int]:
    """The grid of one course: fill from a paste, or save."""
    actor = web.current_actor()
    course = grids.seen_by_teacher(actor, course_id)
    of = grids.kind_of(course)
    lines = records.grid(course, of, grids.COLUMNS[of.key])
    if request.method != "POST":
        return _show(actor, course, of, lines, _stored(lines))
    typed = _typed(lines, grids.COLUMNS[of.key])
    if request.form.get("act") == "fill":
        return _fill(actor, course, of, lines, typed)
    try:
        n = grids.save(actor, course_id, _rows(lines, typed))
    except WrongCells as refusal:
        faults = [said(refusal, Term(course.academic_year, course.term))]
        return _show(actor, course, of, lines, typed, refusal.cells, faults), page.INVALID
    except NotFound:
        raise
    except Refusal as refusal:
        faults = [said(refusal, Term(course.academic_year, course.term))]
        return _show(actor, course, of, lines, typed, {}, faults), refusal.status
    flash(
        ngettext("已儲存 %(num)s 位學生的成績。", "已儲存 %(num)s 位學生的成績。", n)
        if n
        else _("成績沒有變動。")
    )
    return redirect(url_for("portfolio.grade_grid", course_id=course_id))


def _fill(
    actor: Actor,
    course: Course,
    of: RecordKind,
    lines: Sequence[GridLine],
    typed: dict[int, dict[str, str]],
) -> str | tuple[str, int]:
    """Put a paste into the grid; nothing is saved yet, wrong cells are marked at once."""
    columns = []
    for key in grids.COLUMNS[of.key]:
        column = of.column(key)
        assert column is not None
        columns.append((key, (column.title, *ALSO.get(key, ()))))
    by_number = {line.student.number: line.student for line in lines}
    names = {number: one.name for number, one in by_number.items()}
    found = pasting.read(request.form.get("paste", ""), columns, names)
    for number, cells in found.cells.items():
        typed[by_number[number].id].update(cells)
    wrong = {}
    for line in lines:
        for key, _titles in columns:
            column = of.column(key)
            assert column is not None
            _value, fault = column.read(typed[line.student.id].get(key, ""))
            if fault:
                wrong[line.student.id, key] = fault
    told = ngettext(
        "已填入 %(num)s 位學生，尚未儲存；請看過後按「儲存成績」。",
        "已填入 %(num)s 位學生，尚未儲存；請看過後按「儲存成績」。",
        len(found.cells),
    )
    shown = _show(actor, course, of, lines, typed, wrong, found.faults, told if found.cells else "")
    return (shown, page.INVALID) if found.faults or wrong else shown


def _show(
    actor: Actor,
    course: Course,
    of: RecordKind,
    lines: Sequence[GridLine],
    typed: dict[int, dict[str, str]],
    wrong: dict[tuple[int, str], str] | None = None,
    faults: Sequence[str] = (),
    told: str = "",
) -> str:
    term = Term(course.academic_year, course.term)
    freeze = doors.freeze_of(course.school_id, term, course.id)
    bands = records.bands_of([course.id]).get(course.id)
    columns = [of.column(key) for key in grids.COLUMNS[of.key]]
    carries = _carries(course)
    return render_template(
        "portfolio/academic/grid.html",
        course=course,
        kind=of,
        columns=columns,
        lines=lines,
        typed=typed,
        wrong=wrong or {},
        faults=faults,
        told=told,
        freeze=freeze,
        carries=carries,
        editable=carries
        and freeze is None
        and doors.may_enter(
            course.school_id, CaseArea.COURSES, term, course.grade, course_id=course.id
        ),
        bands=bands,
        band_words=scoring.band_words,
        entered_at=records.entered_at(lines),
        mark=rules.number(course.school_id, scoring.PASS_MARK, course.academic_year),
        why=rules.why(course.school_id, scoring.PASS_MARK, course.academic_year),
        why_not=rules.why(course.school_id, scoring.NEEDS_ATTRIBUTE, course.academic_year),
        banner=deadline(
            actor, WindowKind.COURSE_RECORDS, course.academic_year, course.term, course.grade
        ),
        term=term,
        paste=request.form.get("paste", "") if faults else "",
    )


def _carries(course: Course) -> bool:
    try:
        grids.require_credits(course)
    except grids.NoCredits:
        return False
    return True


def _stored(lines: Sequence[GridLine]) -> dict[int, dict[str, str]]:
    return {line.student.id: dict(line.texts) for line in lines}


def _typed(lines: Sequence[GridLine], columns: Sequence[str]) -> dict[int, dict[str, str]]:
    """What stands in the posted cells; a cell that was not posted is as it is stored."""
    found: dict[int, dict[str, str]] = {}
    for line in lines:
        cells = {}
        for key in columns:
            posted: Any = request.form.get(f"{key}-{line.student.id}")
            cells[key] = line.texts.get(key, "") if posted is None else str(posted)
        found[line.student.id] = cells
    return found


def _rows(lines: Sequence[GridLine], typed: dict[int, dict[str, str]]) -> list[GridRow]:
    return [
        GridRow(
            line.student.id,
            typed[line.student.id],
            row_id(request.form.get(f"version-{line.student.id}")) or 0,
        )
        for line in lines
    ]
