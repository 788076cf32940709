"""What the LMS itself remembers: tools, activities, line items, scores, keys. One JSON file.

The file is small (a school's worth of activities) and is rewritten whole, by rename, on every
change: a killed process leaves the state before or after a change, never half of one.
"""

from __future__ import annotations

import json
import os
import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any


@dataclass
class Tool:
    """A registered tool, and where it is deployed.

    :ivar deployments: deployment ids by course; "" is the whole site. Moodle has that one only,
        and names it by the tool's number.
    :ivar claims: members of the person that are sent.
    :ivar institution_roles: the administrator ticked that institution roles are sent.
    :ivar message_uris: where messages of other types than launches go.
    :ivar notice_handlers: {deployment id: {notice type: address}}.
    """

    id: int
    client_id: str
    name: str
    domain: str
    target_link_uri: str
    initiate_login_uri: str
    redirect_uris: list[str]
    jwks_uri: str = ""
    jwks: dict[str, Any] | None = None
    deep_link_uri: str | None = None
    scopes: list[str] = field(default_factory=list)
    claims: list[str] = field(default_factory=list)
    custom: dict[str, str] = field(default_factory=dict)
    logo_uri: str = ""
    description: str = ""
    active: bool = False
    deployments: dict[str, str] = field(default_factory=dict)
    institution_roles: bool = False
    notice_handlers: dict[str, dict[str, str]] = field(default_factory=dict)
    message_uris: dict[str, str] = field(default_factory=dict)

    @property
    def deployment_id(self) -> str:
        """The deployment on the whole site."""
        return self.deployments.get("", str(self.id))

    def target_of(self, message: str) -> str:
        """Where a message of the whole site goes."""
        return self.message_uris.get(message, self.target_link_uri)

    def deployment_in(self, course_id: str) -> str:
        """The deployment that launches from a course belong to: the course's own, if it has one."""
        return self.deployments.get(course_id, self.deployment_id)


@dataclass
class Activity:
    """A link to a tool in a course; ``id`` is the resource_link id. ``only``: the people who can
    reach it, where that is not everybody in the course."""

    id: int
    course_id: str
    tool_id: int
    title: str
    text: str = ""
    url: str = ""
    custom: dict[str, str] = field(default_factory=dict)
    only: list[str] = field(default_factory=list)


@dataclass
class LineItem:
    """A column of the gradebook. ``of_activity``: made with an activity, not by the tool."""

    id: int
    course_id: str
    tool_id: int
    label: str
    maximum: float
    resource_id: str = ""
    tag: str = ""
    link_id: int | None = None
    of_activity: bool = False


@dataclass
class Score:
    """A grade of one person in one line item; ``given`` None is an emptied grade, or none yet.

    ``activity`` and ``grading`` are the progress that the tool told last.
    """

    item_id: int
    person_id: str
    given: float | None
    comment: str
    stored_at: int
    activity: str = ""
    grading: str = ""


class State:
    """The LMS's memory; every change goes through ``change()``, which saves it.

    Scores have a file of their own, which only grows: a term's grades of a large school would make
    each change slow otherwise. The last line about a person and a line item counts.
    """

    def __init__(self, directory: Path) -> None:
        self.lock = threading.RLock()
        self._file = directory / "lms.json"
        self._score_file = directory / "scores.jsonl"
        self.secret = secrets.token_hex(32)
        self.guid = secrets.token_hex(16)
        self.keys: list[dict[str, str]] = []
        self.last_id = 0
        self.used_registrations: list[str] = []
        self.tools: dict[int, Tool] = {}
        self.activities: dict[int, Activity] = {}
        self.line_items: dict[int, LineItem] = {}
        self.copies: list[dict[str, Any]] = []
        """Courses made here by copying, as the people file would write them."""
        self.eula_answers: list[dict[str, Any]] = []
        self._scores: dict[tuple[int, str], Score] = {}
        directory.mkdir(parents=True, exist_ok=True)
        if self._file.exists():
            self._load(json.loads(self._file.read_text(encoding="utf-8")))

    def _load(self, data: dict[str, Any]) -> None:
        self.secret, self.guid, self.keys = data["secret"], data["guid"], data["keys"]
        self.last_id, self.used_registrations = data["last_id"], data["used_registrations"]
        self.tools = {row["id"]: Tool(**row) for row in data["tools"]}
        self.activities = {row["id"]: Activity(**row) for row in data["activities"]}
        self.line_items = {row["id"]: LineItem(**row) for row in data["line_items"]}
        self.copies, self.eula_answers = data.get("copies", []), data.get("eula_answers", [])
        for row in data.get("scores", []):  # as they were kept earlier
            self.put_score(Score(**row))
        self._scores = {
            (score.item_id, score.person_id): score
            for score in self._written_scores()
            if score.item_id in self.line_items
        }

    def _written_scores(self) -> Iterator[Score]:
        if not self._score_file.exists():
            return
        with self._score_file.open(encoding="utf-8") as lines:
            for line in lines:
                if line.endswith("\n"):  # else: cut off by a kill
                    yield Score(**json.loads(line))

    @contextmanager
    def change(self) -> Iterator[State]:
        """Hold the lock, let the caller change things, then save them to disk."""
        with self.lock:
            yield self
            self._save()

    def _save(self) -> None:
        data = {
            "secret": self.secret,
            "guid": self.guid,
            "keys": self.keys,
            "last_id": self.last_id,
            "used_registrations": self.used_registrations,
            "tools": [asdict(row) for row in self.tools.values()],
            "activities": [asdict(row) for row in self.activities.values()],
            "line_items": [asdict(row) for row in self.line_items.values()],
            "copies": self.copies,
            "eula_answers": self.eula_answers,
        }
        self._write(json.dumps(data, ensure_ascii=False))

    def _write(self, text: str) -> None:
        part = self._file.with_suffix(".part")
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as out:
            out.write(text)
        part.replace(self._file)

    def next_id(self) -> int:
        """A number never used before by a tool, activity or line item."""
        with self.lock:
            self.last_id += 1
            return self.last_id

    def tool_by_client(self, client_id: str) -> Tool | None:
        return next((t for t in self.tools.values() if t.client_id == client_id), None)

    def activities_of(self, course_id: str) -> list[Activity]:
        return [a for a in self.activities.values() if a.course_id == course_id]

    def items_of(self, course_id: str, tool_id: int) -> list[LineItem]:
        return [
            i for i in self.line_items.values() if i.course_id == course_id and i.tool_id == tool_id
        ]

    def score(self, item_id: int, person_id: str) -> Score | None:
        return self._scores.get((item_id, person_id))

    def scores_of(self, item_id: int) -> list[Score]:
        """Scores of one line item, in the order they first came."""
        return [score for score in self._scores.values() if score.item_id == item_id]

    def put_score(self, score: Score) -> None:
        """Keep a score instead of that person's earlier one in the line item."""
        with self.lock:
            self._scores[score.item_id, score.person_id] = score
            with self._score_file.open("a", encoding="utf-8") as out:
                out.write(json.dumps(asdict(score), ensure_ascii=False) + "\n")

    def drop_item(self, item_id: int) -> None:
        """Delete a line item with its scores; to be called within ``change()``."""
        del self.line_items[item_id]
        self._scores = {key: one for key, one in self._scores.items() if key[0] != item_id}

    def add_activity(
        self,
        tool: Tool,
        course_id: str,
        title: str,
        *,
        text: str = "",
        url: str = "",
        custom: dict[str, str] | None = None,
        line_item: dict[str, Any] | None = None,
        graded: bool = True,
    ) -> Activity:
        """Put a link to ``tool`` into a course, with its gradebook column when graded.

        ``line_item`` is the deep-linking ``lineItem`` object; Moodle names the column after the
        activity and ignores its ``label``.
        """
        with self.change():
            activity = Activity(
                self.next_id(), course_id, tool.id, title, text, url, dict(custom or {})
            )
            self.activities[activity.id] = activity
            if graded:
                wish = line_item or {}
                item = LineItem(
                    self.next_id(),
                    course_id,
                    tool.id,
                    title,
                    float(wish.get("scoreMaximum", 100)),
                    str(wish.get("resourceId", "")),
                    str(wish.get("tag", "")),
                    activity.id,
                    of_activity=True,
                )
                self.line_items[item.id] = item
            return activity
