"""What the applicant's and the school's pages have in common."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask import flash

from forms.wizard import Wizard
from plugin.actor import Actor
from plugin.certification import drafting
from plugin.certification.forms.application import ApplicationForm
from plugin.certification.forms.filling import application_form
from plugin.certification.queries.cases import Filed
from plugin.drafts.operations import Drafts
from plugin.errors import NotFound, Refusal
from plugin.vault import links, receipts


def wizard_of(actor: Actor, case_id: int | None) -> Wizard:
    """The wizard of one's own application."""

    def build(data: Any) -> ApplicationForm:
        return application_form(actor, data)

    return Wizard(
        build, Drafts(actor), person=str(actor.person_id), subject=drafting.subject(case_id)
    )


def receipts_of(files: Iterable[Filed], actor: Actor) -> list[dict[str, Any]]:
    """Each document with the address of its file and that of its receipt."""
    found = []
    for one in files:
        receipt = one.receipt
        found.append(
            {
                "label": one.label,
                "file": {
                    "name": one.file.name,
                    "kind": one.file.kind,
                    "size": one.file.size,
                    "sha256": one.file.sha256,
                    "at": one.file.accepted_at or one.file.created_at,
                },
                "url": links.url(one.file, actor),
                # from the host's root: an address that is passed on must not carry the session
                "receipt": f"/receipts/{receipt.number}?code={receipts.code(receipt)}"
                if receipt is not None
                else "",
            }
        )
    return found


def tell(refusal: Refusal) -> None:
    """Show a refusal on the page that follows, with what is wrong at which item.

    :raises NotFound: as it was; what is not there is a page of its own.
    """
    if isinstance(refusal, NotFound):
        raise refusal
    words = " ".join([refusal.message, *refusal.fields.values(), refusal.remedy])
    flash(words.strip(), "error")
