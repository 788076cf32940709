"""The teacher's pages: the queue, one outcome with its files in place, bulk, what was decided."""

from __future__ import annotations

from collections.abc import Mapping

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from forms import page
from plugin import clock, web
from plugin.actor import Actor
from plugin.errors import InvalidInput, Refusal
from plugin.ids import row_id, row_ids
from plugin.portfolio.forms import REASONS, ReturnForm
from plugin.portfolio.models import OutcomeState
from plugin.portfolio.operations import certification
from plugin.portfolio.queries import own, teaching
from plugin.portfolio.states import LABELS
from plugin.portfolio.views._shared import deadline, shown, tell
from plugin.school.models import WindowKind
from plugin.school.terms import term_of

SHOWN_STATES = teaching.DECIDABLE_OR_DECIDED


def queue() -> str:
    """What waits for me, oldest first, with filters."""
    actor = web.current_actor()
    wanted = _filter()
    courses = teaching.courses(actor)
    found = teaching.queue(actor, wanted, after=request.args.get("after"))
    term = term_of(clock.today())
    return render_template(
        "portfolio/queue.html",
        rows=found.items,
        next=found.next,
        wanted=wanted,
        courses=courses,
        classes=teaching.classes(actor),
        states=[(state, LABELS[state].text) for state in SHOWN_STATES],
        waiting=teaching.waiting_count(actor),
        banner=deadline(actor, WindowKind.CERTIFICATION, term.academic_year, term.term),
        filtered=bool(request.args),
        SENT=OutcomeState.SENT,
    )


def item(outcome_id: int) -> str:
    """One outcome, its files in place, and the decision."""
    return _item(outcome_id, ReturnForm(None))


def certify(outcome_id: int) -> Response:
    """Certify one, then on to the next that waits."""
    actor = web.current_actor()
    following = _next(actor, outcome_id)
    try:
        decision = certification.certify(actor, outcome_id, version=_version())
    except Refusal as refusal:
        tell(refusal)
        return redirect(url_for("portfolio.certification_item", outcome_id=outcome_id))
    flash(_("已認證「%(title)s」。", title=decision.title))
    return _onward(following)


def return_(outcome_id: int) -> Response | str | tuple[str, int]:
    """Return one with a reason, then on to the next that waits."""
    actor = web.current_actor()
    certification.seen_by_teacher(actor, outcome_id)
    following = _next(actor, outcome_id)
    form = ReturnForm()
    if not form.validate():
        return _item(outcome_id, form), page.INVALID
    try:
        reason = form.reason.data or ""
        decision = certification.return_(actor, outcome_id, reason, version=_version())
    except InvalidInput as refusal:
        form.add_errors(refusal.fields)
        return _item(outcome_id, form), page.INVALID
    except Refusal as refusal:
        tell(refusal)
        return redirect(url_for("portfolio.certification_item", outcome_id=outcome_id))
    flash(_("已退回「%(title)s」，學生會收到退回原因。", title=decision.title))
    return _onward(following)


def bulk_preview() -> Response | str:
    """What a bulk decision would do, before it is done."""
    actor = web.current_actor()
    picked = row_ids(request.form.getlist("outcome"))
    verb = request.form.get("act", "certify")
    if not picked:
        flash(_("還沒有選取任何成果，請先勾選要處理的成果。"), "error")
        return redirect(url_for("portfolio.certification_queue"))
    return _preview(actor, picked[: certification.BULK], verb, ReturnForm(None))


def bulk() -> Response | str | tuple[str, int]:
    """Certify or return many; each item is its own truth."""
    actor = web.current_actor()
    versions = _versions()
    verb = request.form.get("act", "certify")
    try:
        if verb == "return":
            form = ReturnForm()
            if not form.validate():
                return _preview(actor, list(versions), verb, form), page.INVALID
            results = certification.return_many(actor, versions, form.reason.data or "")
        else:
            results = certification.certify_many(actor, versions)
    except Refusal as refusal:
        tell(refusal)
        return redirect(url_for("portfolio.certification_queue"))
    done = [one.outcome_id for one in results if one.done]
    failed = [one.outcome_id for one in results if not one.done]
    flash(
        _("完成 %(done)s 件，未完成 %(failed)s 件。", done=len(done), failed=len(failed)),
        "warning" if failed else "message",
    )
    return redirect(
        url_for(
            "portfolio.certification_result",
            done="-".join(map(str, done)),
            failed="-".join(map(str, failed)),
        )
    )


def result() -> str:
    """What became of each item of a bulk decision."""
    actor = web.current_actor()
    done, failed = _ids("done"), _ids("failed")
    known = {one.outcome.id: one for one in teaching.some(actor, [*done, *failed])}
    return render_template(
        "portfolio/bulk_result.html",
        done=[known[one] for one in done if one in known],
        failed=[known[one] for one in failed if one in known],
        gone=sum(one not in known for one in failed),
    )


def decisions() -> str:
    """What I have decided, newest first."""
    found = teaching.decisions(web.current_actor(), after=request.args.get("after"))
    return render_template("portfolio/decisions.html", rows=found.items, next=found.next)


def _item(outcome_id: int, form: ReturnForm) -> str:
    actor = web.current_actor()
    certification.seen_by_teacher(actor, outcome_id)
    (line,) = teaching.some(actor, [outcome_id])
    return render_template(
        "portfolio/item.html",
        line=line,
        outcome=line.outcome,
        document=shown(line.document, actor),
        media=shown(line.media, actor),
        decisions=own.card(line.outcome).decisions,
        form=form,
        reasons=REASONS,
        decidable=line.outcome.state is OutcomeState.SENT,
        following=_next(actor, outcome_id),
    )


def _preview(actor: Actor, picked: list[int], verb: str, form: ReturnForm) -> str:
    lines = teaching.some(actor, picked)
    ready = [one for one in lines if one.outcome.state is OutcomeState.SENT]
    return render_template(
        "portfolio/bulk_preview.html",
        ready=ready,
        skipped=[one for one in lines if one.outcome.state is not OutcomeState.SENT],
        gone=len(set(picked)) - len(lines),
        verb="return" if verb == "return" else "certify",
        form=form,
        reasons=REASONS,
    )


def _filter() -> teaching.Filter:
    asked = request.args.get("state", OutcomeState.SENT)
    return teaching.Filter(
        state=OutcomeState(asked) if asked in SHOWN_STATES else OutcomeState.SENT,
        course_id=row_id(request.args.get("course")),
        class_id=row_id(request.args.get("class")),
        student_id=row_id(request.args.get("student")),
        text=request.args.get("q", ""),
    )


def _next(actor: Actor, outcome_id: int) -> int | None:
    """The outcome that waits after this one."""
    waiting = teaching.queue(actor, teaching.Filter(), limit=2).items
    return next((one.outcome.id for one in waiting if one.outcome.id != outcome_id), None)


def _onward(following: int | None) -> Response:
    if following is None:
        return redirect(url_for("portfolio.certification_queue"))
    return redirect(url_for("portfolio.certification_item", outcome_id=following))


def _version() -> int | None:
    return request.form.get("version", type=int)


def _versions() -> Mapping[int, int | None]:
    """`outcome=12:3`: the item and the version that the preview showed."""
    found: dict[int, int | None] = {}
    for one in request.form.getlist("outcome"):
        outcome_id, _colon, version = one.partition(":")
        known = row_id(outcome_id)
        if known is not None:
            found[known] = row_id(version)
    return found


def _ids(name: str) -> list[int]:
    return row_ids(request.args.get(name, "").split("-"))[: certification.BULK]
