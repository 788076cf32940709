"""What a teacher returned: why, and which of it is meant where somebody wants to mend it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from plugin.actor import Actor
from plugin.errors import Conflict
from plugin.portfolio.models import Outcome, OutcomeState
from plugin.portfolio.queries import own
from plugin.skills import Asked
from plugin.skills.replies import Button, Part, Say

TITLE = _l("修改退回的成果")
_MENDS = re.compile(
    r"退回|退件|被退|補正|改好|改完|修一修|改一改|重新?[送傳交]|再[送傳交]|returned|resubmit|revise",
    re.IGNORECASE,
)
YEARS = 2
"""Of so many years something may still be mended."""
NAME = 3
"""Characters of a title that are meant where they stand in a sentence."""
TOLD = 3
"""So many reasons are told at once; the others stand on their pages."""


def reasons(lines: Sequence[own.Line]) -> list[Part]:
    """Why something was returned, in the teacher's words; and the way to mend it."""
    found = [one.outcome for one in lines if one.outcome.state is OutcomeState.RETURNED][:TOLD]
    if not found:
        return []
    words = own.last_reasons(found)
    told: list[Part] = [
        Say(_("「%(title)s」的退回原因：%(reason)s", title=one.title, reason=words[one.id]))
        for one in found
        if words.get(one.id)
    ]
    return [*told, Button(TITLE, TITLE)]


def _returned(actor: Actor) -> list[Outcome]:
    """The newest first."""
    return [
        line.outcome
        for year in own.years(actor)[:YEARS]
        for line in own.outcomes(actor, year)
        if line.outcome.state is OutcomeState.RETURNED
    ]


def _named(found: Sequence[Outcome], asked: Asked) -> list[Outcome]:
    title = str(asked.slots.get("title", ""))
    return [one for one in found if one.title and (one.title == title or one.title in asked.words)]


def mends(actor: Actor, asked: Asked) -> bool:
    """Whether the sentence is about something that was returned: it says so, or names it."""
    found = _returned(actor)
    if found and _MENDS.search(asked.words):
        return True
    return any(len(one.title) >= NAME for one in _named(found, asked))


def subject(actor: Actor, asked: Asked) -> str:
    """What is named, else the newest.

    :raises Conflict: nothing was returned.
    """
    found = _returned(actor)
    if not found:
        raise Conflict(
            _("目前沒有被退回的成果。"), remedy=_("要改還沒認證的成果，請先撤回再修改。")
        )
    return f"outcome:{(_named(found, asked) or found)[0].id}"
