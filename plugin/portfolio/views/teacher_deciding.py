"""Deciding: one item and on to the next, many at once, and correcting."""

from __future__ import annotations

from collections.abc import Mapping

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from forms import page
from plugin import web
from plugin.actor import Actor
from plugin.errors import InvalidInput, Refusal
from plugin.ids import row_id, row_ids
from plugin.portfolio.forms import REASONS, ReturnForm
from plugin.portfolio.models import OutcomeState, Verdict
from plugin.portfolio.operations import certification, certification_correction
from plugin.portfolio.queries import teaching, teaching_desk, teaching_queue
from plugin.portfolio.queries.teaching_queue import Filter
from plugin.portfolio.views._shared import tell
from plugin.portfolio.views.teacher import back, show

Answer = Response | str | tuple[str, int]


def certify(outcome_id: int) -> Response:
    """Certify one, then on to the next of the same queue."""
    actor = web.current_actor()
    following = _next(actor, outcome_id)
    try:
        decision = certification.certify(actor, outcome_id, version=_version())
    except Refusal as refusal:
        return _refused(refusal, outcome_id)
    flash(_("已認證「%(title)s」。", title=decision.title))
    return _onward(following, outcome_id)


def return_(outcome_id: int) -> Answer:
    """Return one with a reason, then on to the next of the same queue."""
    actor = web.current_actor()
    following = _next(actor, outcome_id)
    form = ReturnForm()
    if _inserted(actor, form):
        return show(outcome_id, form)
    if not form.validate():
        return show(outcome_id, form), page.INVALID
    try:
        reason = form.reason.data or ""
        decision = certification.return_(actor, outcome_id, reason, version=_version())
    except InvalidInput as refusal:
        form.add_errors(refusal.fields)
        return show(outcome_id, form), page.INVALID
    except Refusal as refusal:
        return _refused(refusal, outcome_id)
    flash(_("已退回「%(title)s」，學生會收到退回原因。", title=decision.title))
    return _onward(following, outcome_id)


def correct(outcome_id: int) -> Answer:
    """Follow a decision by another; the item stays before the teacher."""
    actor = web.current_actor()
    certification.seen_by_teacher(actor, outcome_id)
    form = ReturnForm()
    if _inserted(actor, form):
        return show(outcome_id, form)
    certified = request.form.get("verdict") == Verdict.CERTIFIED
    if not certified and not form.validate():
        return show(outcome_id, form), page.INVALID
    try:
        decision = certification_correction.correct(
            actor,
            outcome_id,
            Verdict.CERTIFIED if certified else Verdict.RETURNED,
            "" if certified else form.reason.data or "",
            version=_version(),
        )
    except InvalidInput as refusal:
        form.add_errors(refusal.fields)
        return show(outcome_id, form), page.INVALID
    except Refusal as refusal:
        return _refused(refusal, outcome_id)
    flash(
        _("已更正為認證：「%(title)s」。", title=decision.title)
        if certified
        else _("已更正為退回：「%(title)s」，學生會收到退回原因。", title=decision.title)
    )
    return redirect(_item(outcome_id))


def bulk_preview() -> Response | str:
    """What a bulk decision would do, before it is done."""
    actor = web.current_actor()
    picked = row_ids(request.form.getlist("outcome"))
    verb = request.form.get("act", "certify")
    if not picked:
        flash(_("還沒有選取任何成果，請先勾選要處理的成果。"), "error")
        return redirect(back(_wanted()))
    return _preview(actor, picked[: certification.BULK], verb, ReturnForm(None))


def bulk() -> Answer:
    """Certify or return many; each item is its own truth."""
    actor = web.current_actor()
    versions = _versions()
    verb = request.form.get("act", "certify")
    try:
        if verb == "return":
            form = ReturnForm()
            if _inserted(actor, form):
                return _preview(actor, list(versions), verb, form)
            if not form.validate():
                return _preview(actor, list(versions), verb, form), page.INVALID
            results = certification.return_many(actor, versions, form.reason.data or "")
        else:
            results = certification.certify_many(actor, versions)
    except Refusal as refusal:
        tell(refusal)
        return redirect(back(_wanted()))
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
            **_wanted().args,  # type: ignore[arg-type]
        )
    )


def result() -> str:
    """What became of each item of a bulk decision; of what was not done, who was faster."""
    actor = web.current_actor()
    done, failed = _ids("done"), _ids("failed")
    known = {one.outcome.id: one for one in teaching.some(actor, [*done, *failed])}
    return render_template(
        "portfolio/bulk_result.html",
        done=[known[one] for one in done if one in known],
        failed=[known[one] for one in failed if one in known],
        last=teaching_queue.last_decisions([one for one in failed if one in known]),
        gone=sum(one not in known for one in failed),
        back=back(_wanted()),
    )


def _preview(actor: Actor, picked: list[int], verb: str, form: ReturnForm) -> str:
    lines = teaching.some(actor, picked)
    ready = [one for one in lines if one.outcome.state is OutcomeState.SENT]
    skipped = [one for one in lines if one.outcome.state is not OutcomeState.SENT]
    return render_template(
        "portfolio/bulk_preview.html",
        ready=ready,
        skipped=skipped,
        last=teaching_queue.last_decisions([one.outcome.id for one in skipped]),
        opened=teaching_queue.opened(actor, ready),
        gone=len(set(picked)) - len(lines),
        verb="return" if verb == "return" else "certify",
        form=form,
        reasons=teaching_desk.reasons(actor, REASONS),
        wanted=_wanted(),
        back=back(_wanted()),
    )


def _inserted(actor: Actor, form: ReturnForm) -> bool:
    """A browser without script asked for a reason to be inserted (`insert=2`: the second)."""
    asked = row_id(request.form.get("insert"))
    if asked is None:
        return False
    reasons = teaching_desk.reasons(actor, REASONS)
    if 1 <= asked <= len(reasons):
        form.insert(reasons[asked - 1].text)
    return True


def _refused(refusal: Refusal, outcome_id: int) -> Response:
    tell(refusal)
    return redirect(_item(outcome_id))


def _item(outcome_id: int, **more: object) -> str:
    return url_for(
        "portfolio.certification_item",
        outcome_id=outcome_id,
        **_wanted().args,  # type: ignore[arg-type]
        **more,  # type: ignore[arg-type]
    )


def _wanted() -> Filter:
    return Filter.read(request.args)


def _next(actor: Actor, outcome_id: int) -> int | None:
    """The outcome that stands after this one in the queue as it was left.

    :raises NotFound: not of a course of the actor's.
    """
    outcome = certification.seen_by_teacher(actor, outcome_id)
    return teaching_queue.place(actor, _wanted(), outcome).after


def _onward(following: int | None, done: int) -> Response:
    if following is None:
        return redirect(back(_wanted(), done=done))
    return redirect(_item(following, done=done))


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
