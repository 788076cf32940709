"""Talks to the product over HTTP, as a browser without script does."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from flask.testing import FlaskClient

from plugin.actor import Actor
from plugin.assistant import queries
from plugin.skills.replies import Button, Link, Part, Reply, Say

TYPES = {"pdf": "application/pdf", "png": "image/png", "jpg": "image/jpeg", "mp3": "audio/mpeg"}


@dataclass
class Talker:
    """One person in a conversation.

    :param replies: everything that was answered, the newest last.
    """

    client: FlaskClient
    actor: Actor
    replies: list[Reply] = field(default_factory=list)

    def say(
        self, words: str = "", *files: tuple[str, bytes], token: str = "", pressed: str = ""
    ) -> Reply:
        """Say something; the reply as it is kept."""
        page = self.client.get("/assistant")
        assert page.status_code == 200, page.text[:500]
        found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page.text)
        assert found
        data: dict[str, Any] = {"csrf_token": found[1]}
        # (Werkzeug's client writes an empty part as no browser does.)
        for name, value in (("words", words), ("token", token), ("say", pressed)):
            if value:
                data[name] = value
        if files:
            data["file"] = [
                (io.BytesIO(content), name, TYPES[name.rpartition(".")[2]])
                for name, content in files
            ]
        answer = self.client.post(
            "/assistant", data=data, content_type="multipart/form-data" if files else None
        )
        assert answer.status_code == 302, answer.text[:2000]
        lines = queries.history(self.actor).lines
        reply = lines[-1].reply
        assert reply is not None
        self.replies.append(reply)
        return reply

    def press(self, label: str) -> Reply:
        """Press a button of the last reply."""
        button = self.button(label)
        return self.say(pressed=str(button.say), token=button.token)

    def button(self, label: str) -> Button:
        """A button of the last reply by its words."""
        found = [one for one in self.buttons if label in str(one.label)]
        assert found, (
            f"no button {label!r} among {[one.label for one in self.buttons]}: {self.words}"
        )
        return found[0]

    @property
    def last(self) -> Sequence[Part]:
        return self.replies[-1].parts

    @property
    def words(self) -> str:
        return self.replies[-1].words

    @property
    def buttons(self) -> list[Button]:
        return [one for one in self.last if isinstance(one, Button)]

    @property
    def links(self) -> list[Link]:
        return [one for one in self.last if isinstance(one, Link)]

    @property
    def says(self) -> list[Say]:
        return [one for one in self.last if isinstance(one, Say)]
