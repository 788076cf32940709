"""Acts a dialogue out over HTTP and tells what went wrong."""

from __future__ import annotations

import html
import io
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import sqlalchemy as sa
from flask.testing import FlaskClient
from werkzeug.datastructures import FileStorage
from werkzeug.test import encode_multipart

from plugin import db
from plugin.actor import Actor
from plugin.assistant.models import Conversation, Speaker, Turn
from plugin.assistant.queries import _line
from plugin.skills.replies import Button, Facts, Link, Reply, Table
from tests.factories import FrozenClock
from tests.plugin.assistant.dialogues import ends
from tests.plugin.assistant.dialogues.cast import happen, make_cast
from tests.plugin.assistant.dialogues.scripts import Script, Step
from tests.plugin.assistant.dialogues.watching import Watch
from tests.plugin.assistant.talker import Talker
from tests.plugin.portfolio.world import mp3, pdf, png

CONTENT: Mapping[str, Callable[[], bytes]] = {
    "pdf": pdf, "png": png, "jpg": lambda: b"MZ not a picture", "mp3": mp3,
    "exe": lambda: b"MZ a program", "txt": lambda: b"words",
}  # fmt: skip
"""What files of that ending hold; `bad.pdf` holds no document, `big.pdf` too much of one."""
BIG = 5 * 1024 * 1024
ACT_AS = Callable[[Actor | None], Any]


class Failed(Exception):
    """A step was not answered as the dialogue says."""


@dataclass
class Speaking(Talker):
    """Talks without reading the page before each sentence: one request a turn."""

    token: str = ""

    def say(
        self, words: str = "", *files: tuple[str, bytes], token: str = "", pressed: str = ""
    ) -> Reply:
        data = {"words": words, "token": token, "say": pressed}
        answer = send(self.client, self.token, data, files, self.actor.locale)
        answer.close()
        if answer.status_code != 302:
            raise Failed(f"HTTP {answer.status_code}: {answer.text[-600:]}")
        reply = newest(self.actor)
        self.replies.append(reply)
        return reply


def send(
    client: FlaskClient,
    token: str,
    data: Mapping[str, str],
    files: tuple[tuple[str, bytes], ...],
    locale: str = "zh_Hant_TW",
) -> Any:
    """One turn, as a browser of that language posts it."""
    told = {"Accept-Language": locale.replace("_", "-")}
    given: dict[str, Any] = {"csrf_token": token, **{key: one for key, one in data.items() if one}}
    if not files:
        return client.post("/assistant", data=given, headers=told)
    given["file"] = [FileStorage(io.BytesIO(content), name) for name, content in files]
    # encoded here: the client would leave a temporary file open for a large one
    boundary, body = encode_multipart(given)
    kind = f'multipart/form-data; boundary="{boundary}"'
    return client.post("/assistant", data=body, content_type=kind, headers=told)


def csrf(client: FlaskClient) -> str:
    """The token of this browser's session."""
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', client.get("/assistant").text)
    assert found
    return found[1]


def newest(actor: Actor) -> Reply:
    """What was answered last, as it is kept."""
    query = (
        sa.select(Turn)
        .join(Conversation, Conversation.id == Turn.conversation_id)
        .where(Conversation.person_id == actor.person_id, Turn.speaker == Speaker.ASSISTANT)
        .order_by(Turn.id.desc())
        .limit(1)
    )
    reply = _line(db.reading().scalars(query).one()).reply
    assert reply is not None
    return reply


def told(reply: Reply) -> str:
    """All the words of an answer: sentences, tables, facts, bars, buttons, links."""
    found = [reply.words]
    for part in reply.parts:
        if isinstance(part, (Button, Link)):
            found.append(str(part.label))
        elif isinstance(part, Table):
            found += [str(part.caption), *(_cell(cell) for row in part.rows for cell in row)]
            found += [str(part.more.label)] if part.more else []
        elif isinstance(part, Facts):
            found.append(str(part.caption))
            found += [f"{name}：{value}" for name, value, _change in part.rows]
        elif part.kind != "say":
            found.append(str(part))
    return "\n".join(found)


def _cell(cell: Any) -> str:
    return str(cell.label) if isinstance(cell, Link) else str(cell)


@dataclass(frozen=True)
class House:
    """Where dialogues are acted: who stands there, what can have happened, what came of it.

    :param cast: people, anew for each dialogue, with `actor(part)`.
    :param happen: one line of `given`. :param missed: what is not as `end` says.
    """

    cast: Callable[[], Any] = make_cast
    happen: Callable[[Any, str], None] = happen
    missed: Callable[[Any, dict[str, Any]], list[str]] = ends.missed


@dataclass
class Acting:
    """One dialogue on its way."""

    script: Script
    client: FlaskClient
    act_as: ACT_AS
    clock: FrozenClock
    csrf: str
    watch: Watch
    lines: list[str] = field(default_factory=list)
    house: House = field(default_factory=House)

    def fault(self) -> str:
        """Act it out; what went wrong, or nothing."""
        self.cast = self.house.cast()
        for one in self.script.given:
            self.house.happen(self.cast, one)
        self.talkers: dict[str, Speaking] = {}
        self.become(self.script.part)
        self.watch.clear()
        try:
            for step in self.script.steps:
                self.take(step)
            self.come_to()
        except (Failed, AssertionError, LookupError) as failed:
            return f"{failed}"
        return ""

    def become(self, part: str) -> None:
        actor = replace(self.cast.actor(part), locale=self.script.locale)
        if part not in self.talkers:
            self.talkers[part] = Speaking(self.client, actor, [], self.csrf)
        self.talkers[part].actor = actor
        self.talker = self.talkers[part]
        self.act_as(actor)

    def take(self, step: Step) -> None:
        self.lines.append(f"  > {step.does}")
        self.do(step.does)
        if not self.talker.replies or step.does.startswith(("@", "+")):
            return
        words = told(self.talker.replies[-1])
        self.lines.append("    " + words.replace("\n", "\n    "))
        for one in step.has:
            if one not in words:
                raise Failed(f"{step.does!r} is not answered with {one!r}")
        for one in step.lacks:
            if one in words:
                raise Failed(f"{step.does!r} is answered with {one!r}")

    def do(self, does: str) -> None:
        talker = self.talker
        if does.startswith("@"):
            self.become(does[1:])
        elif does.startswith("+"):
            number, unit = does[1:].split()
            self.clock.advance(**{unit if unit.endswith("s") else unit + "s": int(number)})
        elif does.startswith("#page"):
            self.fill_page(does[5:])
        elif does.startswith("[["):
            self.press_old(does[2:-2])
        elif does.startswith("[") and does.endswith("]"):
            talker.press(does[1:-1])
        elif does.startswith("<"):
            names, _end, words = does[1:].partition(">")
            talker.say(words.strip(), *(_file(one.strip()) for one in names.split(",")))
        elif does.startswith("say "):
            talker.say(does[4:])
        elif does == "(nothing)":
            talker.say()
        elif found := re.fullmatch(r"(\S)\*(\d+)", does):
            talker.say(found[1] * int(found[2]))
        else:
            talker.say(does)

    def press_old(self, label: str) -> None:
        for reply in reversed(self.talker.replies[:-1]):
            for one in reply.parts:
                if isinstance(one, Button) and label in str(one.label):
                    self.talker.say(pressed=str(one.say), token=one.token)
                    return
        raise Failed(f"no earlier button {label!r}")

    def fill_page(self, told: str) -> None:
        """Open the form's page from the last answer, change fields, send it."""
        link = next(one for one in self.talker.links if one.endpoint == "assistant.form")
        address = f"/assistant/forms/{link.args['key']}"
        page = self.client.get(address)
        data: dict[str, Any] = dict(_fields(page.text))
        for change in told.split(";"):
            name, _is, value = change.strip().partition("=")
            data[name] = value if value[:1] != "<" else _upload(value[1:-1])
        data = {name: value for name, value in data.items() if value}  # as in `Talker.say`
        answer = self.client.post(address, data=data, content_type="multipart/form-data")
        if answer.status_code != 302:
            wrong = re.findall(r"錯誤:</span>\s*([^<]+)", answer.text)
            raise Failed(f"the page answers {answer.status_code}: {wrong}")
        self.talker.replies.append(newest(self.talker.actor))

    def come_to(self) -> None:
        if self.script.end:
            wrong = self.house.missed(self.cast, dict(self.script.end))
            if wrong:
                raise Failed("; ".join(wrong))
        elif self.watch.tables:
            raise Failed(f"{sorted(self.watch.tables)} were written to")


_TAG = re.compile(r"<(input|textarea)\b([^>]*)>(?:([^<]*)</textarea>)?")


def _fields(page: str) -> dict[str, str]:
    """What the form of a page would send if nothing were changed, but files."""
    found: dict[str, str] = {}
    for tag, told, inside in _TAG.findall(page.partition("<main")[2]):
        given = dict(re.findall(r'([\w-]+)="([^"]*)"', told))
        kind = given.get("type", "")
        if "name" not in given or kind in {"file", "submit"}:
            continue
        if kind in {"checkbox", "radio"} and not re.search(r"\schecked\b", told):
            continue
        value = inside.removeprefix("\n") if tag == "textarea" else given.get("value", "")
        found[given["name"]] = html.unescape(value)
    return found


def _upload(name: str) -> tuple[io.BytesIO, str]:
    name, content = _file(name)
    return io.BytesIO(content), name


def _file(name: str) -> tuple[str, bytes]:
    if name.startswith("bad"):
        return name, b"MZ not a document"
    if name.startswith("big"):
        return name, pdf() + bytes(BIG)
    return name, CONTENT[name.rpartition(".")[2]]()
