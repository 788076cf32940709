"""The registry's view of the files that a submission's workbooks lend by address."""

from __future__ import annotations

from flask import abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from plugin import clock, web
from plugin.errors import NotFound, Refusal
from plugin.ids import row_id
from plugin.portfolio.models import Submission
from plugin.portfolio.operations import lending as operations
from plugin.portfolio.operations import submission as submissions
from plugin.portfolio.queries import lending
from plugin.portfolio.views._shared import tell
from plugin.vault import queries as vault_queries
from plugin.vault.models import FileLending


def lent_files(submission_id: int) -> str:
    """Every link of a submission: whether it still opens its file, and how often it did."""
    submission, lent = _lent(submission_id)
    return render_template(
        "portfolio/submitting/lent.html",
        submission=submission,
        lending=lent,
        over=lent.expires_at < clock.now(),
        standing=vault_queries.standing_links(lent),
        page=vault_queries.lent_for(lent, after=row_id(request.args.get("after"))),
    )


def lent_revoke(submission_id: int) -> Response | str:
    """Ask, then take one link back (`?link=`), or all."""
    submission, lent = _lent(submission_id)
    asked = request.values.get("link")
    link_id = row_id(asked)
    if asked is not None and link_id is None:
        abort(404)  # one was meant, never all
    back = url_for("portfolio.lent_files", submission_id=submission.id)
    if request.method == "GET":
        what: tuple[str, object] = (_("件數"), vault_queries.standing_links(lent))
        if link_id is not None:
            file = vault_queries.file_of_link(lent, link_id)
            if file is None:
                abort(404)
            what = (_("檔名"), file.name or _("（檔案已刪除）"))
        return render_template(
            "layout/confirm.html",
            title=_("停用檔案連結"),
            question="",
            facts=[(_("提交編號"), submission.number), what],
            consequences=[_("停用後立即失效，不能恢復；要再提供檔案，請建立新的提交版本。")],
            action=url_for("portfolio.lent_revoke", submission_id=submission.id),
            submit=_("停用"),
            danger=True,
            cancel=back,
            hidden={"link": link_id} if link_id else {},
        )
    try:
        done = operations.revoke(web.current_actor(), submission.id, link_id)
    except Refusal as refusal:
        tell(refusal)
    else:
        flash(_("已停用 %(n)s 個檔案連結。", n=done))
    return redirect(back)


def _lent(submission_id: int) -> tuple[Submission, FileLending]:
    found = submissions.seen_by_registry(web.current_actor(), submission_id)
    lent = lending.lending(found.id)
    if lent is None:
        raise NotFound(_("這次提交的名冊填的是檔案包內的路徑，沒有下載網址。"))
    return found, lent
