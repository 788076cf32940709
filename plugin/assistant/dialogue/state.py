"""Where a conversation stands: kept between turns, found again tomorrow and on another device."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass
class Step:
    """One set of answers, to be taken back by "undo".

    :param before: field → what the draft held before (`forms.walk.Taken.before`).
    :param asked: the field that was being asked.
    """

    before: dict[str, dict[str, list[str]]]
    asked: str = ""


@dataclass
class Task:
    """One form on its way.

    :param skill: `Skill.key`.
    :param key: of this run, for operations that must not happen twice.
    :param asking: field whose answer is awaited; empty: the summary stands, or nothing yet.
    :param skipped: optional fields that were passed over.
    :param steps: what "undo" takes back, the newest last.
    :param token: of the summary shown last; empty: none stands, so nothing can be confirmed.
    :param running: its operation was begun; set before it and taken away after it.
    :param missed: answers in a row that were not understood.
    """

    skill: str
    subject: str = "new"
    key: str = field(default_factory=lambda: uuid.uuid4().hex)
    asking: str = ""
    skipped: list[str] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)
    token: str = ""
    running: bool = False
    missed: int = 0


@dataclass
class Question:
    """An answer that could be read in several ways, asked back.

    :param about: field of the current task; empty: what was meant by a sentence.
    :param options: (what is said on the button, posted value or skill).
    :param slots: what else the sentence held.
    """

    about: str
    options: list[tuple[str, str]]
    slots: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class WaitingFile:
    """A file that came before it was said what it is for (`dialogue.waiting`).

    :param place: its name among the uploads on their way.
    :param name: as the person called it; :param claimed: media type, as the browser said.
    """

    place: str
    name: str
    size: int
    sha256: str
    crc32: int
    claimed: str = ""


@dataclass
class State:
    """All of it: running and paused tasks (the last one is current), what is asked back, and files
    that wait to be told where they belong."""

    tasks: list[Task] = field(default_factory=list)
    question: Question | None = None
    files: list[WaitingFile] = field(default_factory=list)

    @property
    def task(self) -> Task | None:
        """The current task."""
        return self.tasks[-1] if self.tasks else None

    @property
    def waits(self) -> bool:
        """Whether "which one?" is still to be answered."""
        return self.question is not None

    def pack(self) -> dict[str, Any]:
        """As JSON."""
        return asdict(self)

    @classmethod
    def unpack(cls, kept: Mapping[str, Any]) -> State:
        """Undo `pack`."""
        tasks = [
            Task(**{**one, "steps": [Step(**step) for step in one["steps"]]})
            for one in kept.get("tasks", ())
        ]
        asked = kept.get("question")
        question = (
            Question(
                asked["about"], [(say, value) for say, value in asked["options"]], asked["slots"]
            )
            if asked
            else None
        )
        return cls(tasks, question, [WaitingFile(**one) for one in kept.get("files", ())])


MOST_STEPS = 30
"""Answers that can be taken back one by one."""

MOST_TASKS = 5
"""Tasks that wait for each other; a sixth asks to finish one first."""
