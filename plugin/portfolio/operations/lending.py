"""Files of a submission lent by the addresses in its official workbooks (decision record 0008)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from flask_babel import gettext as _

from plugin import clock
from plugin.actor import Actor
from plugin.errors import Conflict
from plugin.portfolio.cells import files_of
from plugin.portfolio.models import Submission
from plugin.portfolio.queries import lending, submissions
from plugin.school import rules
from plugin.vault import operations as vault

RULE = "submission.link_days"
"""0: the workbooks name paths in the package."""


def begin(actor: Actor, submission: Submission) -> None:
    """A submission is begun: what the school's rule says now holds for it, whatever changes."""
    days = rules.number(submission.school_id, RULE, submission.academic_year)
    if days:
        until = clock.now() + timedelta(days=days)
        vault.begin_lending(actor, lending.subject(submission.id), until)


def complete(actor: Actor, submission: Submission) -> None:
    """It is frozen: its addresses open its files from now on."""
    found = lending.lending(submission.id)
    if found is not None:
        vault.lend(actor, found, _file_ids(submission.id))


def revoke(actor: Actor, submission_id: int, link_id: int | None = None) -> int:
    """The registry takes a link back, or all of the submission's; returns how many.

    :raises Conflict: there was nothing to take back any more.
    :raises NotFound: none of the actor's school, or no registry.
    """
    from plugin.portfolio.operations.submission import seen_by_registry  # it begins lendings

    found = seen_by_registry(actor, submission_id)
    ended = vault.revoke(actor, lending.subject(found.id), link_id)
    if not ended:
        raise Conflict(_("這些連結先前已經停用。"), remedy=_("請重新整理頁面，看看最新的狀態。"))
    return ended


def _file_ids(submission_id: int) -> Iterator[int]:
    for row in submissions.all_rows(submission_id):
        for cell in files_of(row.cells):
            yield cell["id"]
