"""The page on which a document is made smaller, seen before and after, taken or left."""

from __future__ import annotations

from flask import current_app, flash, redirect, render_template, request, send_file, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from plugin import jobs, web
from plugin.errors import Refusal
from plugin.portfolio.models import ShrinkOffer, ShrinkState
from plugin.portfolio.operations import shrinking as operations
from plugin.portfolio.operations.found import missing, seen_by_owner
from plugin.portfolio.queries import shrinking as queries
from plugin.portfolio.views._shared import tell


def smaller(outcome_id: int) -> Response | str:
    """What waits for this draft; begin, take or leave it.

    The progress bar asks for this same page and takes only itself out of it.
    """
    actor = web.current_actor()
    outcome = seen_by_owner(actor, outcome_id)
    edit = url_for("portfolio.outcome_edit", outcome_id=outcome.id)
    if request.method == "POST":
        return _act(outcome_id, edit)
    found = queries.waiting(actor, outcome.id)
    if found is None:
        return redirect(edit)
    job = queries.job_of(found)
    dead = job is not None and job.state is jobs.JobState.FAILED
    making = found.state is ShrinkState.MAKING and not dead
    if request.headers.get("HX-Request") and not making:
        answer = current_app.make_response("")
        answer.headers["HX-Refresh"] = "true"
        return answer
    return render_template(
        "portfolio/smaller.html",
        outcome=outcome,
        offer=found,
        making=making,
        ready=found.state is ShrinkState.READY,
        failure=found.failure or (job.error if dead and job is not None else ""),
        job=job,
        lost=_lost(found),
        edit=edit,
        refresh_seconds=5 if making else None,
    )


def smaller_picture(outcome_id: int, which: str) -> Response:
    """The picture of before or after, for its student alone."""
    actor = web.current_actor()
    outcome = seen_by_owner(actor, outcome_id)
    found = queries.waiting(actor, outcome.id)
    if found is None or found.state is not ShrinkState.READY:
        raise missing()
    where = operations.places(found)
    path = where.before if which == "before" else where.after
    if not path.exists():
        raise missing()
    answer = send_file(path, mimetype="image/png")
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


def _act(outcome_id: int, edit: str) -> Response:
    actor, act = web.current_actor(), request.form.get("act")
    here = redirect(url_for("portfolio.smaller", outcome_id=outcome_id))
    try:
        if act == "take":
            operations.accept(actor, outcome_id)
            flash(_("縮小後的檔案已放進草稿，還沒有送出。"))
            return redirect(edit)
        if act == "leave":
            operations.leave(actor, outcome_id)
            return redirect(edit)
        operations.begin(actor, outcome_id)
    except Refusal as refusal:
        tell(refusal)
    return here


def _lost(offer: ShrinkOffer) -> list[str]:
    """What the smaller file has no more, in plain words."""
    told = offer.told
    if offer.state is not ShrinkState.READY:
        return []
    if offer.kind == "pdf":
        if not told["images"]:
            return [_("內容與畫質不變，只是存得更緊密。")]
        return [
            _("%(n)s 張圖片的解析度與畫質降低；文字與頁數（%(pages)s 頁）不變。",
              n=told["images"], pages=told["pages"])
        ]  # fmt: skip
    lines = [
        _("%(before)s 像素改為 %(after)s 像素，JPG 品質 %(quality)s。",
          before=_size(told["from"]), after=_size(told["to"]), quality=told["quality"])
    ]  # fmt: skip
    if told["transparent"]:
        lines.append(_("透明的部分變成白色。"))
    if told["place"]:
        lines.append(_("照片中的拍攝地點已移除。"))
    return lines


def _size(pixels: list[int]) -> str:
    return f"{pixels[0]:,} × {pixels[1]:,}"
