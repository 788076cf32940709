"""A second reading of a sentence, proposed by a language model and read out of the person's words.

What comes of it is an `Understanding` like every other: it begins a form or asks "which one?".
Nobody but the person confirms, and every skill, form and operation asks its own questions again.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import structlog

from plugin.actor import Actor
from plugin.assistant.dialogue.meanings import CONTROL
from plugin.assistant.language_model import answer, functions
from plugin.assistant.language_model.endpoint import Breaker, Endpoint, Unusable
from plugin.assistant.language_model.functions import Standing
from plugin.assistant.language_model.masking import Masked, mask
from plugin.assistant.language_model.places import marks
from plugin.assistant.language_model.queries import named
from plugin.assistant.understanding.reading import Reading, Span, Understanding
from plugin.assistant.understanding.slots import read_slots

log = structlog.get_logger(__name__)

LONGEST = 200
"""Characters of a sentence that is sent; what is longer is somebody's text and no request."""

BELIEVED = 0.7
"""Confidence of a reading that only the model proposes: less than what leads out of a form."""


@dataclass(frozen=True)
class Proposed:
    """An intent of ours, with slots read out of the person's own words."""

    intent: str
    slots: dict[str, object]
    spans: tuple[Span, ...]


class LanguageModel:
    """The model of this installation.

    :param always: asked for every sentence, not only where the offline reading is unsure.
    """

    def __init__(self, endpoint: Endpoint, breaker: Breaker, *, always: bool = False) -> None:
        self._endpoint = endpoint
        self._breaker = breaker
        self._always = always

    def wanted(self, offline: Understanding) -> bool:
        """Whether this sentence is one for the model. Words that steer are none: yes and no are
        understood here or not at all.
        """
        if offline.verdict == "clear" and not self._always:
            return False
        if offline.verdict != "nothing" and offline.readings[0].intent in CONTROL:
            return False
        return bool(offline.text.strip()) and len(offline.text) <= LONGEST

    def read(
        self,
        offline: Understanding,
        actor: Actor,
        roles: Sequence[str],
        today: date,
        standing: Standing | None,
    ) -> Understanding:
        """The sentence as both understand it; as the offline reading has it when the model is
        slow, down, refuses, or says what cannot be used. What a person writes as the text of an
        answer is not sent."""
        if (standing is not None and standing.private) or not self._breaker.closed():
            return offline
        masked, standing = _hide(offline, actor, today, standing)
        allowed = functions.offered(actor)
        began = time.monotonic()
        try:
            proposal = self.propose(masked.sent, roles, allowed, standing)
        except Unusable as failure:
            paused = self._breaker.failed()
            seconds = round(time.monotonic() - began, 2)
            log.warning(
                "language_model.failed", reason=failure.reason, seconds=seconds, paused=paused
            )
            return offline
        self._breaker.worked()
        if proposal is None:
            return offline
        intent = next(one for one in allowed if functions.function_name(one) == proposal.function)
        slots = functions.slots_of(intent, standing)
        found = marks(offline.text, masked, proposal.arguments, slots, today)
        return joined(
            offline, Proposed(intent, *read_slots(offline.text, intent, found, today, slots))
        )

    def propose(
        self,
        sent: str,
        roles: Sequence[str],
        allowed: Collection[str],
        standing: Standing | None = None,
    ) -> answer.Proposal | None:
        """What the model makes of a masked sentence; None: nothing that it may do here.

        :raises Unusable: no usable answer.
        """
        question: dict[str, Any] = functions.question(sent, roles, allowed, standing)
        none = functions.function_name("out_of_scope")
        names = {functions.function_name(one) for one in allowed} | {none}
        proposal = answer.read(self._endpoint.ask(question), names)
        return None if proposal is None or proposal.function == none else proposal


def _hide(
    offline: Understanding, actor: Actor, today: date, standing: Standing | None
) -> tuple[Masked, Standing | None]:
    """The sentence masked, and the form without questions that would name somebody."""
    labels = [one.label for one in standing.fields.values()] if standing else []
    names = named(actor, "\n".join([offline.text, *labels]))
    tagged = [one.text for one in offline.spans if one.slot in {"student", "teacher"}]
    masked = mask(offline.text, today=today, names=[*names, *tagged])
    if standing is None:
        return masked, None
    plain = {
        slot: one
        for slot, one in standing.fields.items()
        if not mask(one.label, today=today, names=names).hidden
    }
    return masked, replace(standing, fields=plain)


def joined(offline: Understanding, proposed: Proposed) -> Understanding:
    """Both readings: agreed, it is clear; else a clear offline reading stays first, an unsure one
    is offered beside the proposal, and where there was none the proposal stands alone."""
    top = offline.readings[0]
    rest = [one for one in offline.readings if one.intent != proposed.intent]
    if offline.verdict != "nothing" and top.intent == proposed.intent:
        first = Reading(top.intent, max(top.confidence, BELIEVED))
        slots, spans = _filled(offline, proposed)
        return Understanding(offline.text, (first, *rest), slots, spans, "clear")
    mine = Reading(proposed.intent, BELIEVED)
    if offline.verdict == "clear":
        readings = (rest[0], mine, *rest[1:])
        return replace(offline, readings=readings, verdict="unsure")
    verdict = "unsure" if offline.verdict == "unsure" else "clear"
    return Understanding(
        offline.text,
        (mine, *rest),
        proposed.slots,
        proposed.spans,
        verdict,  # type: ignore[arg-type]
    )


def _filled(
    offline: Understanding, proposed: Proposed
) -> tuple[dict[str, object], tuple[Span, ...]]:
    """The offline slots, and those of the proposal that say something about other words."""
    slots = dict(offline.slots)
    spans = list(offline.spans)
    for span in proposed.spans:
        if span.slot not in offline.slots and _apart(span, offline.spans):
            slots[span.slot] = proposed.slots[span.slot]
            spans.append(span)
    return slots, tuple(spans)


def _apart(span: Span, others: Iterable[Span]) -> bool:
    return all(span.end <= one.start or one.end <= span.start for one in others)
