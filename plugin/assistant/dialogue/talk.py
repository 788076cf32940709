"""What a turn works with: who speaks, where the forms stand, who understands."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from forms.drafts import DraftStore
from forms.walk import Walk
from plugin import secrets
from plugin.actor import Actor
from plugin.assistant.dialogue.state import State, Task
from plugin.assistant.understanding.reading import Understanding
from plugin.skills import FormSkill, find

PURPOSE = "assistant-confirm"
"""Of the signature (`plugin.secrets`)."""


@dataclass(frozen=True)
class Said:
    """One thing a person says.

    :param words: as typed, or as a button says.
    :param files: uploads that came with it, or files that had arrived before.
    :param token: carried by a pressed confirmation; empty when it was typed.
    """

    words: str = ""
    files: Sequence[Any] = ()
    token: str = ""


@dataclass
class Talk:
    """One turn."""

    actor: Actor
    state: State
    store: DraftStore
    today: date
    understand: Callable[[str], Understanding]
    said: Said = field(default_factory=Said)

    def skill(self, task: Task) -> FormSkill:
        """The skill of a task.

        :raises LookupError: its room stands no longer.
        """
        found = find(task.skill)
        if not isinstance(found, FormSkill):
            raise LookupError(task.skill)  # noqa: TRY004 - the name is wrong, not a type
        return found

    def walk(self, task: Task) -> Walk:
        """The form of a task, as its draft stands."""
        skill = self.skill(task)
        first = skill.first(self.actor, task.subject) if skill.first else None
        anew = skill.anew
        return Walk(
            lambda data: skill.build(self.actor, task.subject, data),
            self.store,
            person=str(self.actor.person_id),
            subject=task.subject,
            skipped=task.skipped,
            first=first,
            anew=(lambda form: anew(self.actor, task.subject, form)) if anew else None,
        )

    def token(self, task: Task, walk: Walk) -> str:
        """Proof of what exactly was shown: person, run, form, version and every answer."""
        told = "|".join((str(self.actor.person_id), task.key, task.skill, walk.shown()))
        return secrets.sign(PURPOSE, told.encode())
