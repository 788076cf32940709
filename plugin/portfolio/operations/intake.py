"""Taking in the files of a draft: accepted at once, kept for the draft's time."""

from __future__ import annotations

from datetime import timedelta

from plugin import clock
from plugin.actor import Actor
from plugin.portfolio.operations.found import missing
from plugin.school import rules, terms
from plugin.uploads import Staged
from plugin.vault import operations as vault
from plugin.vault.models import StoredFile

SLOTS = {
    "document": ("outcome.document.max_bytes", ("pdf", "jpg", "png")),
    "media": ("outcome.media.max_bytes", ("mp3", "mp4")),
}
"""What a slot takes: the rule of its size, and its kinds (SPEC §1, Files)."""


def receive(actor: Actor, staged: Staged, slot: str) -> StoredFile:
    """Keep an upload of the student's as a draft file, with a draft receipt.

    The limit is that of the running academic year; sending asks again, by the course's year.

    :param slot: a key of `SLOTS`.
    :raises FileRefused: a subclass that says why; nothing is stored.
    """
    if actor.school_id is None or actor.person_id is None:
        raise missing()
    rule, kinds = SLOTS[slot]
    year = terms.term_of(clock.today()).academic_year
    days = rules.number(actor.school_id, "draft.keep_days", year)
    return vault.accept(
        actor,
        staged,
        owner_id=actor.person_id,
        slot=slot,
        max_bytes=rules.number(actor.school_id, rule, year),
        kinds=kinds,
        expires_at=clock.now() + timedelta(days=days),
    )
