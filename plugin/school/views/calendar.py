"""Pages of the calendar and of the rules."""

from __future__ import annotations

from flask import abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from forms import page
from plugin import clock, web
from plugin.actor import Role
from plugin.errors import NotAllowed
from plugin.school import operations, rulebook, windows
from plugin.school import rules as rule_set
from plugin.school.forms import WindowForm, rule_form
from plugin.school.models import Window, WindowKind
from plugin.school.terms import FIRST_YEAR, LAST_YEAR, Term
from plugin.school.timeline import draw
from plugin.school.views._shared import asked_term, attempt, school_id, years


def calendar() -> str:
    """The windows of an academic year: picture, table, and what nobody has set."""
    term = asked_term()
    rows = windows.of_year(school_id(), term.academic_year)
    return render_template(
        "school/calendar.html",
        term=term,
        year=Term(term.academic_year, 0),
        years=years(),
        rows=rows,
        timeline_picture=draw(term.academic_year, rows, clock.now()),
        labels=windows.LABELS,
        grade_words=windows.grade_words,
        settable=_settable(term.academic_year, rows),
        may_edit=web.current_actor().has(Role.ADMINISTRATOR, Role.REGISTRY),
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


def set_window(year: int, term: int, kind: str, grade: int) -> Response:
    """Set or move one window; what the school should look at again is shown afterwards."""
    known = kind in set(WindowKind) and FIRST_YEAR <= year <= LAST_YEAR
    if not known or (WindowKind(kind) in windows.YEARLY) != (term == 0):
        abort(404)
    asked = WindowKind(kind)
    found = windows.exact(school_id(), asked, year, term, grade)
    form = WindowForm()
    if form.validate_on_submit():
        told: list[operations.Concern] = []

        def save() -> None:
            _window, concerns = operations.set_window(
                web.current_actor(),
                asked,
                year,
                form.opens_at,
                form.closes_at,
                term=term,
                grade=grade,
            )
            told.extend(concerns)

        if attempt(form, save):
            flash(_("已儲存「%(name)s」的期間。", name=windows.LABELS[asked]))
            for one in told:
                flash(one.text, "warning")
            return redirect(url_for("school.calendar", year=year))
    elif found is not None and not form.is_submitted():
        opens, closes = (
            found.opens_at.astimezone(clock.TAIPEI),
            found.closes_at.astimezone(clock.TAIPEI),
        )
        form.opens_on.data, form.opens_time.data = opens.date(), f"{opens:%H:%M}"
        form.closes_on.data, form.closes_time.data = closes.date(), f"{closes:%H:%M}"
    return page.render(
        form,
        submit=_("儲存期間"),
        cancel=url_for("school.calendar", year=year),
        template="school/window.html",
        window_title=windows.LABELS[asked],
        term=Term(year, term),
        grade=grade,
        kind=asked,
        grade_words=windows.grade_words,
    )


def rules() -> str:
    """Every rule as it holds in an academic year, with its source."""
    term = asked_term()
    return render_template(
        "school/rules.html",
        year=Term(term.academic_year, 0),
        years=years(),
        rows=rule_set.all_values(school_id(), term.academic_year),
        definitions=rulebook.DEFINITIONS,
        say=rulebook.say,
        may_edit=web.current_actor().has(Role.ADMINISTRATOR),
    )


def rule(name: str) -> str:
    """Why: one rule, its value, since when, by which source, and what the school set before."""
    if name not in rulebook.DEFINITIONS:
        abort(404)
    year = asked_term().academic_year
    return render_template(
        "school/rule.html",
        name=name,
        definition=rulebook.DEFINITIONS[name],
        value=rule_set.value(school_id(), name, year),
        why=rule_set.why(school_id(), name, year),
        year=Term(year, 0),
        national=rulebook.national()[name],
        own=rule_set.own_values(school_id(), name),
        say=rulebook.say,
        may_edit=web.current_actor().has(Role.ADMINISTRATOR),
    )


def edit_rule(name: str) -> Response:
    """Set the school's own value from an academic year on."""
    if name not in rulebook.DEFINITIONS:
        abort(404)
    year = asked_term().academic_year
    definition = rulebook.DEFINITIONS[name]
    now = rule_set.value(school_id(), name, year)
    if now.fixed:
        raise NotAllowed(
            _("「%(title)s」由中央規定，學校不能變更。", title=definition.title),
            remedy=rule_set.why(school_id(), name, year),
            rule=name,
        )
    form = rule_form(definition.unit)
    if form.validate_on_submit():
        told: list[operations.Concern] = []

        def save() -> None:
            _row, concerns = operations.set_rule(
                web.current_actor(),
                name,
                form.from_year.data,
                form.value_data,
                form.source.data or "",
            )
            told.extend(concerns)

        if attempt(form, save):
            flash(_("已儲存「%(title)s」。", title=definition.title))
            for one in told:
                flash(one.text, "warning")
            return redirect(url_for("school.rule", name=name, year=form.from_year.data))
    elif request.method == "GET":
        form.fill(now.value)
        form.from_year.data = year
    return page.render(
        form,
        submit=_("儲存規則"),
        cancel=url_for("school.rule", name=name, year=year),
        template="school/rule_edit.html",
        definition=definition,
        why=rule_set.why(school_id(), name, year),
    )
