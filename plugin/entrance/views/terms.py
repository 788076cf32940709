"""The terms of use (LtiEulaRequest): read, answered, answered otherwise later.

The launch of this message is checked like any other, its nonce too. A Blackboard has been reported
to put the nonce of another login into it; should a school meet that, it is for the table of
products to say so, for this message type alone, and never for those that open somebody's work.
"""

from __future__ import annotations

from flask import flash, g, redirect, render_template, request, session, url_for
from flask_babel import get_locale
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from lti.login import origin_of
from lti.products import product
from plugin import db, web
from plugin.entrance import agreement, loading, queries
from plugin.entrance.models import Registration
from plugin.entrance.operations import terms as operations
from plugin.errors import NotFound, Refusal


def terms() -> Response | str:
    """Show the terms and take the answer; after an answer, back to the platform that asked."""
    actor, found = web.current_actor(), loading.launched()
    if found is None or actor.launch_person_id is None:
        raise NotFound(
            _("請從學習平臺的課程進入後再閱讀約定。"),
            remedy=_("請回到學習平臺，重新點選「學習歷程」。"),
        )
    asked = session.get("terms") or {}
    registration = db.reading().get_one(Registration, found.registration_id)
    back = asked.get("return_url", "")
    if not origin_of(back):
        back = ""
    if back:
        # Browsers measure the redirect after the answer by the policy of the page of the form.
        g.form_targets = [back]
    if request.method == "POST":
        if not _answered(asked.get("url", "")):
            return redirect(url_for("entrance.terms"), 303)
        if back and not product(registration.product).closes_by_message:
            return redirect(back, 303)
        return redirect(url_for("entrance.terms", done=1), 303)
    last = queries.terms_answer(found.school_id, actor.launch_person_id)
    origins = {origin_of(url) for url in (back, registration.issuer, registration.auth_login_url)}
    return render_template(
        "entrance/terms.html",
        terms=agreement.terms(agreement.current(), str(get_locale())),
        last=last,
        done=last is not None and request.args.get("done") == "1",
        asked=bool(asked),
        return_url=back,
        origins=" ".join(sorted(origins - {""})),
        bound=actor.person_id is not None,
    )


def _answered(url: str) -> bool:
    """Take the answer of the form; False when it was none."""
    act = request.form.get("act")
    if act not in {"accept", "decline"}:
        return False
    version = request.form.get("version", "")
    try:
        operations.answer(web.current_actor(), version, accepted=act == "accept", url=url)
    except Refusal as refusal:
        flash(f"{refusal.message}{refusal.remedy}", "error")
        return False
    return True
