"""The slips of a class in one paper, for the registry."""

from __future__ import annotations

from flask import redirect, url_for
from werkzeug.wrappers import Response

from plugin import web
from plugin.portfolio.operations.receipts import slips
from plugin.portfolio.views.printing import printed


def receipt_slips_begin(class_id: int) -> Response:
    """Print the slips of a class; its page shows the progress."""
    job_id = slips.begin(web.current_actor(), class_id)
    return redirect(url_for("portfolio.receipt_slips", job_id=job_id))


def receipt_slips(job_id: int) -> Response | str:
    """How far the printing is, then the paper."""
    return printed(job_id, slips.PRINT, "portfolio/receipts/slips.html")
