"""The student's pages: my experiences, the ten kinds, the form of each, one experience."""

from __future__ import annotations

import uuid
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from forms import page
from plugin import web
from plugin.actor import Actor
from plugin.errors import Refusal
from plugin.portfolio.forms.experiences import ExperienceForm, blank, experience_form
from plugin.portfolio.kinds import UnknownKind, kind, kinds
from plugin.portfolio.models import Experience, ExperienceReturn, ExperienceState
from plugin.portfolio.operations import experience_drafts as drafts
from plugin.portfolio.operations import experiences as operations
from plugin.portfolio.operations.found import missing, seen_experience
from plugin.portfolio.queries import experiences as queries
from plugin.portfolio.queries import seasons
from plugin.portfolio.queries.seasons import Season
from plugin.portfolio.states import EXPERIENCE_EDITABLE
from plugin.portfolio.views._shared import asked_year, begun_at, deadline, tell, this_year, words_of
from plugin.portfolio.views.experiences._shown import facts, files_of, receipt_cards
from plugin.school import rules
from plugin.school.models import WindowKind


def experience_list() -> str:
    """My experiences of a year, and how many of the year's places are taken."""
    actor = web.current_actor()
    season = _season(actor)
    year = asked_year() if "year" in request.args else season.term.academic_year
    current = year == season.term.academic_year
    return render_template(
        "portfolio/experiences.html",
        year=year,
        years=sorted({*queries.years(actor), this_year(), year}, reverse=True),
        lines=queries.own(actor, year),
        current=current,
        banner=_banner(actor, season) if current else None,
        **_counter(actor, year),
    )


def experience_kinds() -> str:
    """The ten kinds, each with a line of what belongs there."""
    actor = web.current_actor()
    season = _season(actor)
    year = season.term.academic_year
    return render_template(
        "portfolio/experience_kinds.html",
        kinds=kinds(year),
        banner=_banner(actor, season),
        year=year,
        **_counter(actor, year),
    )


def experience_new(kind: str) -> Response | str:
    """The form of one kind."""
    actor = web.current_actor()
    season = _season(actor)
    year = season.term.academic_year
    _require_kind(kind, year)
    if request.method == "POST":
        return _take(actor, kind, year, None)
    given = blank(kind, season.term)
    return _show(actor, experience_form(actor, kind, year, given), kind, None)


def experience_edit(experience_id: int) -> Response | str:
    """Go on with a draft, or mend a returned experience."""
    actor = web.current_actor()
    found = seen_experience(actor, experience_id)
    if request.method == "POST":
        return _take(actor, found.kind, found.academic_year, found)
    if found.state not in EXPERIENCE_EDITABLE:
        return redirect(url_for("portfolio.experience", experience_id=experience_id))
    given = {
        **found.details,
        "summary": found.summary,
        "link": found.link,
        "ai_note": found.ai_note,
        "document-ref": str(found.document_file_id or ""),
        "media-ref": str(found.media_file_id or ""),
    }
    form = experience_form(actor, found.kind, found.academic_year, given)
    return _show(actor, form, found.kind, found)


def experience(experience_id: int) -> str:
    """One of my experiences: its state, fields, files and receipts, and why it was returned."""
    actor = web.current_actor()
    found = seen_experience(actor, experience_id)
    card = queries.card(found)
    season = seasons.of(found)
    return render_template(
        "portfolio/experience.html",
        experience=found,
        card=card,
        facts=facts(card.line),
        **files_of(card.line, actor),
        receipts=receipt_cards(card),
        editable=found.state in EXPERIENCE_EDITABLE,
        open=season.open,
        banner=_banner(actor, season) if found.state is not ExperienceState.SENT else None,
        States=ExperienceState,
    )


def experience_act(experience_id: int, act: str) -> Response:
    """Send, withdraw or throw away; then back to where the result is seen."""
    actor = web.current_actor()
    try:
        if act == "send":
            operations.send(actor, experience_id)
            flash(_said())
        elif act == "withdraw":
            operations.withdraw(actor, experience_id)
            flash(_("已撤回，這筆多元表現回到草稿。"))
        else:
            drafts.discard(actor, experience_id)
            flash(_("草稿已刪除。"))
            return redirect(url_for("portfolio.experience_list"))
    except Refusal as refusal:
        tell(refusal)
        if refusal.fields:
            return redirect(url_for("portfolio.experience_edit", experience_id=experience_id))
    return redirect(url_for("portfolio.experience", experience_id=experience_id))


def _take(actor: Actor, name: str, year: int, found: Experience | None) -> Response | str:
    """Keep what came, then save or send; whatever is refused, nothing is lost."""
    form = experience_form(actor, name, year)
    if found is None and form.empty:
        form.validate()
        return _show(actor, form, name, None)
    try:
        if found is None:
            found = drafts.start(
                actor,
                name,
                form.values(),
                begun_at=begun_at(),
                page_key=request.form.get("page_key"),
            )
            if found.state not in EXPERIENCE_EDITABLE:  # this very page has been sent before
                return redirect(url_for("portfolio.experience", experience_id=found.id))
        else:
            version = request.form.get("version", type=int)
            found = drafts.save(
                actor, found.id, form.values(), begun_at=begun_at(), version=version
            )
    except Refusal as refusal:
        form.add_errors(refusal.fields or {"": words_of(refusal)})
        return _show(actor, form, name, found)
    if request.form.get("act") == "save":
        unread = [one.short_name for one in form if one.process_errors]
        if unread:
            form.validate_fields(unread)
            return _show(actor, form, name, found)
        flash(_("已存成草稿。"))
        return redirect(url_for("portfolio.experience", experience_id=found.id))
    if not form.validate():
        return _show(actor, form, name, found)
    try:
        operations.send(actor, found.id)
    except Refusal as refusal:
        form.add_errors(refusal.fields or {"": words_of(refusal)})
        return _show(actor, form, name, found)
    flash(_said())
    return redirect(url_for("portfolio.experience", experience_id=found.id))


def _show(actor: Actor, form: ExperienceForm, name: str, found: Experience | None) -> Response:
    season = seasons.of(found) if found else _season(actor)
    year = season.term.academic_year
    address = (
        url_for("portfolio.experience_edit", experience_id=found.id)
        if found
        else url_for("portfolio.experience_new", kind=name)
    )
    return page.render(
        form,
        action=address,
        template="portfolio/experience_form.html",
        experience=found,
        kind=form.kind,
        page_key=uuid.uuid4().hex,
        banner=_banner(actor, season),
        returned=_last_return(found),
        **_counter(actor, year),
    )


def _last_return(found: Experience | None) -> ExperienceReturn | None:
    if found is None or found.state is not ExperienceState.RETURNED:
        return None
    return next(iter(queries.card(found).returns), None)


def _require_kind(name: str, year: int) -> None:
    try:
        kind(name, year)
    except UnknownKind as error:
        raise missing() from error


def _season(actor: Actor) -> Season:
    assert actor.school_id is not None
    assert actor.person_id is not None
    return seasons.now(actor.school_id, actor.person_id)


def _banner(actor: Actor, season: Season) -> object:
    term = season.term
    return deadline(
        actor, WindowKind.EXPERIENCE_UPLOAD, term.academic_year, term.term, season.grade
    )


def _counter(actor: Actor, year: int) -> dict[str, Any]:
    assert actor.school_id is not None
    assert actor.person_id is not None
    return {
        "taken": queries.places_taken(actor.person_id, year),
        "limit": rules.number(actor.school_id, operations.PER_YEAR, year),
        "why": rules.why(actor.school_id, operations.PER_YEAR, year),
        "counted_year": year,
    }


def _said() -> str:
    return _("已收到並送出。勾選期間可以勾選這筆多元表現。")
