"""Pages of the rules."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from forms import page
from plugin import clock, retention, web
from plugin.actor import Role
from plugin.errors import NotAllowed
from plugin.school import operations, regulations, rulebook
from plugin.school import rules as rule_set
from plugin.school.forms import rule_form
from plugin.school.terms import Term
from plugin.school.views._shared import asked_term, attempt, school_id, years

Kept = tuple[retention.Row, rule_set.RuleValue | None, str]
"""A row of the table, the school's rule that it refers to, and the period in words."""


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


def retention_table() -> str:
    """What is kept how long and what happens then: the table that everything is purged by."""
    year = asked_term().academic_year
    rows: list[Kept] = []
    for one in retention.rows():
        rule = rule_set.value(school_id(), one.rule, year) if one.rule else None
        words = rulebook.say(one.rule, rule.value) if rule else retention.say(one)
        rows.append((one, rule, words))
    return render_template(
        "school/retention.html",
        goes=_alike(rows, lambda one: one[0].action is not retention.Action.KEEP,
                    lambda one: (one[0].action, one[0].source, one[0].inferred)),
        stays=_alike(rows, lambda one: one[0].action is retention.Action.KEEP,
                     lambda one: (one[2], one[0].source, one[0].inferred)),
        since=min(one.from_day for one, _rule, _words in rows),
        titles=retention.TITLES,
        definitions=rulebook.DEFINITIONS,
        actions={
            retention.Action.DELETE: _("期滿刪除"),
            retention.Action.TOMBSTONE: _("期滿先通知再刪除，留下雜湊值、時間與原因"),
        },
        year=year,
    )  # fmt: skip


def _alike(
    rows: list[Kept], wanted: Callable[[Kept], bool], key: Callable[[Kept], tuple[Any, ...]]
) -> list[list[Kept]]:
    """The wanted rows, those together of which the same is said: a phone shows it once."""
    found: dict[tuple[Any, ...], list[Kept]] = defaultdict(list)
    for one in rows:
        if wanted(one):
            found[key(one)].append(one)
    return list(found.values())


def rule(name: str) -> str:
    """Why: one rule, its value, since when, by which source, and what the school set before."""
    if name not in rulebook.DEFINITIONS:
        abort(404)
    year = asked_term().academic_year
    paper = regulations.in_force(school_id(), clock.today())
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
        paper=paper,
        cited=regulations.cite(paper) if paper else "",
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
