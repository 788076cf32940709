"""The line above every page of whoever still must act on the last day; quiet for the others."""

from __future__ import annotations

from dataclasses import dataclass

from flask import current_app
from flask_babel import gettext as _

from forms.jinja import roc_date
from plugin.actor import Actor
from plugin.school import reminding, windows


@dataclass(frozen=True)
class LastCall:
    """What closes within a day and waits for this person."""

    text: str
    endpoint: str


def calls(actor: Actor) -> list[LastCall]:
    """What this person still must do within a day, the nearest closing first.

    Two statements when nothing closes; one more for each kind of work that does.
    """
    if actor.person_id is None or actor.school_id is None:
        return []
    tasks = {one.kind: one for one in reminding.tasks_for(actor)}
    if not tasks:
        return []
    found: dict[str, LastCall] = {}
    for slot in reminding.closing(reminding.LAST_DAY, school_id=actor.school_id):
        task = tasks.get(slot.kind)
        if task is None or slot.kind in found:
            continue
        if reminding.must_act(task, slot, actor.person_id):
            text = _(
                "最後一天：「%(name)s」在%(closes)s截止。%(words)s",
                name=windows.LABELS[slot.kind],
                closes=roc_date(slot.closes_at),
                words=task.words,
            )
            if task.endpoint in current_app.view_functions:
                found[slot.kind] = LastCall(text, task.endpoint)
    return list(found.values())
