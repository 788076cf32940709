"""Pages of the calendar: the year as a picture and a table, set at once or one by one, undone."""

from __future__ import annotations

from flask import abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from forms import page
from plugin import clock, web
from plugin.actor import Role
from plugin.errors import NotFound, Refusal
from plugin.ids import row_id
from plugin.school import (
    calendar_queries,
    concerns,
    extensions,
    operations,
    regulations,
    windows,
    year_plan,
)
from plugin.school.calendar_forms import YearForm, keys_of_year, year_form
from plugin.school.forms import WindowForm
from plugin.school.models import Window, WindowKind
from plugin.school.terms import FIRST_YEAR, LAST_YEAR, Term
from plugin.school.timeline import draw
from plugin.school.views._shared import asked_term, attempt, school_id, years
from plugin.school.year_plan import Key, Plan, Planned

KEEPERS = (Role.ADMINISTRATOR, Role.REGISTRY)


def calendar() -> str:
    """The windows of an academic year: picture, table, extensions, and what nobody has set."""
    term = asked_term()
    year, ours = term.academic_year, school_id()
    rows = windows.of_year(ours, year)
    keeps = web.current_actor().has(*KEEPERS)
    work = calendar_queries.plan_items(ours, year)
    given = extensions.page(ours, year, after=row_id(request.args.get("after"))) if keeps else None
    return render_template(
        "school/calendar.html",
        term=term,
        year=Term(year, 0),
        years=years(),
        rows=rows,
        work=work,
        picture=draw(ours, year, rows, clock.now()),
        work_picture=draw(ours, year, (), clock.now(), work),
        settable=_settable(year, rows),
        labels=windows.LABELS,
        grade_words=windows.grade_words,
        given=given,
        change=calendar_queries.last_change(ours, year) if keeps else None,
        last_year=year > FIRST_YEAR and bool(windows.of_year(ours, year - 1)),
        paper=regulations.in_force(ours, clock.today()),
        cite=regulations.cite,
        may_edit=keeps,
        now=clock.now(),
    )


def _settable(year: int, rows: list[Window]) -> list[tuple[Term, WindowKind]]:
    """Windows of all grades that are not set, term by term."""
    known = {(one.term, one.kind) for one in rows if one.grade == 0}
    found: list[tuple[Term, WindowKind]] = []
    for number in (1, 2, 0):
        found += [
            (Term(year, number), kind)
            for kind in WindowKind
            if (kind in windows.YEARLY) == (number == 0) and (number, kind) not in known
        ]
    return found


def set_year(year: int) -> Response:
    """All windows of a year on one page: as they are, from the template, or from last year.

    "Preview" draws what was typed and says what to look at again; nothing is saved by it.
    """
    _require_year(year)
    current = year_plan.current(school_id(), year)
    start, said = _start(year, current)
    form = year_form(keys_of_year({*current, *start}), start)
    if not form.is_submitted():
        return _show_year(year, form, start, said)
    valid = form.validate_on_submit()
    if not valid or request.form.get("act") == "preview":
        return _show_year(year, form, form.plan, said)
    try:
        operations.lay_out(
            web.current_actor(), year, form.asked, confirmed=bool(form.confirmed.data)
        )
    except operations.Unconfirmed:
        form.confirmed.errors = [_("請先看過提醒，再勾選確認。")]
        return _show_year(year, form, form.plan, said)
    except Refusal as refusal:
        form.add_errors({"": f"{refusal.message}{refusal.remedy}"})
        return _show_year(year, form, form.plan, said)
    flash(_("已儲存 %(year)s 學年度的作業期程。", year=year))
    return redirect(url_for("school.calendar", year=year))


def _start(year: int, current: Plan) -> tuple[dict[Key, Planned], str]:
    """What the form begins with, and a sentence about it; what is set and not proposed stays."""
    wanted = request.args.get("start", "")
    if wanted == "template":
        said = _("以下依範本填入：%(source)s。", source=year_plan.template_source())
        return {**current, **year_plan.template(year)}, said
    if wanted in {"dates", "weekdays"} and year > FIRST_YEAR:
        same = wanted == "weekdays"
        moved = year_plan.shifted(school_id(), year - 1, year, same_weekday=same)
        said = _("以下由 %(year)s 學年度複製。", year=year - 1)
        return {**current, **moved}, said
    return dict(current), ""


def _show_year(year: int, form: YearForm, plan: Plan, said: str) -> Response:
    return page.render(
        form,
        action=url_for("school.set_year", year=year, start=request.args.get("start")),
        submit=_("儲存全學年"),
        cancel=url_for("school.calendar", year=year),
        template="school/calendar_year.html",
        year=Term(year, 0),
        picture=draw(school_id(), year, plan.values(), clock.now()),
        told=concerns.of(school_id(), year, plan, plan),
        said=said,
        title_of=_title_of,
        Key=Key,
    )


def _title_of(key: Key) -> str:
    now = clock.now()
    return windows.title(Planned(*key, now, now))


def set_window(year: int, term: int, kind: str, grade: int) -> Response:
    """Set, move or take away one window; what to look at again is confirmed first."""
    asked = _known(year, term, kind, grade)
    key = (asked, term, grade)
    found = windows.exact(school_id(), asked, year, term, grade)
    if request.method == "POST" and request.form.get("act") == "remove":
        return _remove(key, year)
    form = WindowForm()
    told: list[concerns.Concern] = []
    plan = year_plan.current(school_id(), year)
    if form.validate_on_submit():
        plan[key] = Planned(*key, form.opens_at, form.closes_at)
        told = concerns.of(school_id(), year, plan, [key])
        ready = request.form.get("act") != "preview"
        if ready and told and not form.confirmed.data:
            form.confirmed.errors = [_("請先看過提醒，再勾選確認。")]
        elif ready and attempt(form, lambda: _save(key, year, form)):
            flash(_("已儲存「%(name)s」的期間。", name=_title_of(key)))
            return redirect(url_for("school.calendar", year=year))
    elif found is not None and not form.is_submitted():
        form.fill(found.opens_at, found.closes_at)
    if not told:
        form.meta.groups = form.meta.groups[:2]
    return page.render(
        form,
        submit=_("儲存期間"),
        cancel=url_for("school.calendar", year=year),
        template="school/window.html",
        window_title=windows.LABELS[asked],
        term=Term(year, term),
        grade=grade,
        kind=asked,
        found=found,
        told=told,
        batched=asked in windows.BATCHED,
        picture=draw(school_id(), year, plan.values(), clock.now()),
        grade_words=windows.grade_words,
    )


def _save(key: Key, year: int, form: WindowForm) -> None:
    operations.set_window(
        web.current_actor(),
        key[0],
        year,
        form.opens_at,
        form.closes_at,
        term=key[1],
        grade=key[2],
        confirmed=bool(form.confirmed.data),
    )


def _remove(key: Key, year: int) -> Response:
    try:
        operations.remove_window(web.current_actor(), key[0], year, term=key[1], grade=key[2])
        flash(_("已刪除「%(name)s」的期間；需要時可以在本頁復原。", name=_title_of(key)), "warning")
    except NotFound as refusal:
        flash(f"{refusal.message}{refusal.remedy}", "error")
    return redirect(url_for("school.calendar", year=year))


def undo_change(change_id: int) -> Response | str:
    """Look at the last change of a year's windows, and take it back."""
    change = calendar_queries.change(school_id(), change_id)
    if request.method == "POST":
        try:
            operations.undo(web.current_actor(), change_id)
            flash(_("已復原，期間回到變更之前。"))
        except Refusal as refusal:
            if isinstance(refusal, NotFound):
                raise
            flash(f"{refusal.message}{refusal.remedy}", "error")
        return redirect(url_for("school.calendar", year=change.year))
    return render_template("school/calendar_undo.html", change=change, year=Term(change.year, 0))


def _known(year: int, term: int, kind: str, grade: int) -> WindowKind:
    """The kind that the address names; 404 where term or grade do not fit it."""
    if kind not in set(WindowKind):
        abort(404)
    _require_year(year)
    asked = WindowKind(kind)
    of_batch = asked in windows.BATCHED and grade == windows.FINAL_GRADE
    if (asked in windows.YEARLY) != (term == 0) and not (of_batch and term):
        abort(404)
    return asked


def _require_year(year: int) -> None:
    if not FIRST_YEAR <= year <= LAST_YEAR:
        abort(404)
