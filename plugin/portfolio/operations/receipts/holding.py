"""Open disputes hold the next submission of their year and batch, unless somebody says why not."""

from __future__ import annotations

from flask_babel import gettext as _
from flask_babel import ngettext

from plugin.actor import Actor
from plugin.errors import Refusal
from plugin.portfolio.queries import receipts
from plugin.school.batches import Batch
from plugin.trail.chain import record


class OpenDisputes(Refusal):
    """Students have disputed what was handed in, and nobody has answered yet."""

    code = "RECEIPT_DISPUTES_OPEN"
    status = 409


def require_none_open(
    actor: Actor, academic_year: int, override: str = "", *, batch: Batch = Batch.ORDINARY
) -> None:
    """Ask before a year's batch is handed in again; within the write transaction of the submission.

    :param override: why it is handed in all the same; leaves an audit line.
    :raises OpenDisputes: there are open ones, and no reason was given.
    """
    assert actor.school_id is not None
    found = receipts.open_ids(actor.school_id, academic_year, batch)
    if not found:
        return
    if not override.strip():
        raise OpenDisputes(
            ngettext(
                "還有 %(num)s 項收訖明細的異議沒有回覆，不能重新提交。",
                "還有 %(num)s 項收訖明細的異議沒有回覆，不能重新提交。",
                len(found),
            ),
            remedy=_("請先回覆異議；如有必要先行提交，請填寫原因。"),
        )
    record(
        actor,
        "receipt.override",
        "school",
        actor.school_id,
        year=academic_year,
        disputes=found[:200],
        total=len(found),
        reason=override.strip()[:200],
    )
