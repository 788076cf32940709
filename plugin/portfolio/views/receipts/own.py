"""The student's 收訖明細: look, confirm, dispute, print."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from forms import page
from forms.deadline import Deadline
from plugin import clock, web
from plugin.errors import Refusal
from plugin.ids import row_id
from plugin.portfolio.forms.receipts import WHOLE, dispute_form
from plugin.portfolio.models import ReceiptSheet, StatementKind
from plugin.portfolio.operations.receipts import slips, stating
from plugin.portfolio.queries.receipts import season
from plugin.portfolio.queries.receipts import sheets as queries
from plugin.portfolio.receipt_words import REASONS
from plugin.portfolio.views._shared import banner_of, tell, words_of
from plugin.school import windows
from plugin.vault import links


def handed_in() -> str:
    """What the school has handed in of me, version by version."""
    actor = web.current_actor()
    assert actor.school_id is not None
    assert actor.person_id is not None
    found = queries.of_student(actor.person_id, school_id=actor.school_id)
    windows_of = [season.window_of(one.sheet) for one in found if one.sheet.current]
    asked = dict.fromkeys(one for one in windows_of if one is not None)
    return render_template(
        "portfolio/receipts/handed_in.html",
        sheets=found,
        open_ids={one.sheet.id for one in found if _open(one.sheet)},
        banners=[banner_of(one) for one in sorted(asked, key=lambda one: one.closes_at)],
        reasons=REASONS,
        Kinds=StatementKind,
    )


def receipt_confirm(sheet_id: int) -> Response:
    """It is right."""
    try:
        stating.confirm(web.current_actor(), sheet_id)
        flash(_("已確認收訖明細，謝謝。"))
    except Refusal as refusal:
        tell(refusal)
    return redirect(url_for("portfolio.handed_in"))


def receipt_dispute(sheet_id: int) -> Response | str:
    """Something is wrong with it; `?row=` is the item."""
    actor = web.current_actor()
    sheet = stating.seen_own(actor, sheet_id)
    one = queries.whole(sheet)
    items = [(line.row.id, f"{line.row.cells['title']}（{line.group}）") for line in one.lines]
    asked = row_id(request.args.get("row"))
    known = {key for key, _title in items}
    form = dispute_form(items, data={"item": str(asked) if asked in known else WHOLE})
    if form.validate_on_submit():
        try:
            stating.dispute(
                actor, sheet_id, row_id=form.row_id, reason=form.reason.data or "",
                text=form.text.data or "",
            )  # fmt: skip
        except Refusal as refusal:
            form.add_errors(refusal.fields or {"": words_of(refusal)})
        else:
            flash(_("異議已送出，註冊組回覆後會通知您。"))
            return redirect(url_for("portfolio.handed_in"))  # type: ignore[return-value]
    return page.render(
        form,
        submit=_("送出異議"),
        cancel=url_for("portfolio.handed_in"),
        template="portfolio/receipts/dispute.html",
        sheet=one,
        banner=_banner(sheet),
    )


def receipt_slip(sheet_id: int) -> Response:
    """The slip as a PDF, from the vault."""
    actor = web.current_actor()
    try:
        file = slips.make(actor, sheet_id)
    except Refusal as refusal:
        tell(refusal)
        return redirect(url_for("portfolio.handed_in"))
    return redirect(links.url(file, actor))


def _open(sheet: ReceiptSheet) -> bool:
    window = season.window_of(sheet)
    return sheet.current and window is not None and windows.open_at(window, clock.now())


def _banner(sheet: ReceiptSheet) -> Deadline | None:
    window = season.window_of(sheet)
    return banner_of(window) if window is not None else None
