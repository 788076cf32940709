"""Taking in the files of a draft: accepted at once, kept for the draft's time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from plugin import clock
from plugin.actor import Actor
from plugin.portfolio.operations.found import missing
from plugin.portfolio.operations.storage import require_room
from plugin.school import rules, terms
from plugin.uploads import Staged
from plugin.vault import operations as vault
from plugin.vault.models import StoredFile


@dataclass(frozen=True)
class Slot:
    """A place of a form that takes a file.

    :param rule: of its size.
    :param kinds: what it takes (keys of `vault.check.MEDIA_TYPES`).
    :param stored_as: how the vault knows it: a file handed in for one slot fits no other.
    """

    rule: str
    kinds: tuple[str, ...]
    stored_as: str


DOCUMENTS, MEDIA = ("pdf", "jpg", "png"), ("mp3", "mp4")

SLOTS: Mapping[str, Slot] = {
    "document": Slot("outcome.document.max_bytes", DOCUMENTS, "document"),
    "media": Slot("outcome.media.max_bytes", MEDIA, "media"),
}
"""What an outcome takes (SPEC §1, Files)."""

EXPERIENCE_SLOTS: Mapping[str, Slot] = {
    "document": Slot("experience.document.max_bytes", DOCUMENTS, "experience.document"),
    "media": Slot("experience.media.max_bytes", MEDIA, "experience.media"),
}
"""What an experience takes."""

COUNSELLING_SLOTS: Mapping[str, Slot] = {
    "document": Slot("counselling.document.max_bytes", DOCUMENTS, "counselling.document"),
}
"""What a counselling record takes; it never leaves the school."""


def limit(actor: Actor, slot: Slot) -> int:
    """Bytes that a slot takes in the running academic year."""
    year = terms.term_of(clock.today()).academic_year
    return rules.number(actor.school_id or 0, slot.rule, year)


def receive(
    actor: Actor, staged: Staged, slot: str, slots: Mapping[str, Slot] = SLOTS
) -> StoredFile:
    """Keep an upload of the student's as a draft file, with a draft receipt.

    The limit is that of the running academic year; sending asks again, by the record's year.

    :param slot: a key of `slots`.
    :raises FileRefused: a subclass that says why; nothing is stored.
    :raises StorageFull: the student's place is taken.
    """
    if actor.school_id is None or actor.person_id is None:
        raise missing()
    wanted = slots[slot]
    require_room(actor, staged, wanted.stored_as)
    year = terms.term_of(clock.today()).academic_year
    days = rules.number(actor.school_id, "draft.keep_days", year)
    return vault.accept(
        actor,
        staged,
        owner_id=actor.person_id,
        slot=wanted.stored_as,
        max_bytes=limit(actor, wanted),
        kinds=wanted.kinds,
        expires_at=clock.now() + timedelta(days=days),
    )
