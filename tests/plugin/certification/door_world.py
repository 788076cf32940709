"""Standing at the public door: a browser, a mailbox on the wire, the answer to the question."""

from __future__ import annotations

import html
import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from email import message_from_bytes, policy
from typing import Any

from aiosmtpd.controller import Controller
from flask import Flask
from flask.testing import FlaskClient

from plugin.certification import human
from plugin.school.models import School
from tests.factories import FrozenClock

ID = "A123456789"
EMAIL = "wang@example.edu.tw"


@dataclass
class Mailbox:
    """Takes mail as a real server does."""

    mails: list[tuple[list[str], Any]] = field(default_factory=list)

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
        mail = message_from_bytes(envelope.content, policy=policy.default)
        self.mails.append((envelope.rcpt_tos, mail))
        return "250 OK"

    def code(self) -> str:
        """The code of the newest mail."""
        found = re.search(r"\b(\d{6})\b", self.mails[-1][1].get_content())
        assert found is not None
        return found[1]


@contextmanager
def mailbox(app: Flask) -> Iterator[Mailbox]:
    """A real SMTP server, to which the application sends."""
    box = Mailbox()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    controller = Controller(box, hostname="127.0.0.1", port=port)
    controller.start()
    app.extensions["licheng.settings"] = replace(
        app.extensions["licheng.settings"], mail_host="127.0.0.1", mail_port=port
    )
    try:
        yield box
    finally:
        controller.stop()


@dataclass
class Door:
    """One browser at the door of one office."""

    office: School
    client: FlaskClient
    clock: FrozenClock

    @property
    def area(self) -> str:
        return f"/office/{self.office.code}/certification"

    def ask(self, **more: Any) -> Any:
        """Fill in the first page as a person does; `more` replaces or adds fields."""
        page = self.client.get(f"{self.area}/enter")
        assert page.status_code == 200
        fields = {
            "csrf_token": csrf(page.text),
            "question": ticket(page.text),
            "national_id": ID,
            "email": EMAIL,
            "answer": answer(page.text),
        }
        self.clock.advance(seconds=5)
        return self.client.post(f"{self.area}/enter", data=fields | more)

    def type_code(self, code: str) -> Any:
        page = self.client.get(f"{self.area}/enter/code")
        assert page.status_code == 200
        data = {"csrf_token": csrf(page.text), "code": code}
        return self.client.post(f"{self.area}/enter/code", data=data)

    def resend(self) -> Any:
        secret = csrf(self.client.get(f"{self.area}/enter/code").text)
        return self.client.post(
            f"{self.area}/enter/resend", data={"csrf_token": secret}, follow_redirects=True
        )


def csrf(page: str) -> str:
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
    assert found is not None
    return found[1]


def ticket(page: str) -> str:
    found = re.search(r'name="question" value="([^"]+)"', page)
    assert found is not None
    return html.unescape(found[1])


def asked(page: str) -> str:
    """The question as the label of its field says it."""
    found = re.search(r'<label[^>]*for="answer"[^>]*>\s*(.*?)\s*</label>', page, re.DOTALL)
    assert found is not None
    return html.unescape(found[1])


def answer(page: str) -> str:
    """Read the question and answer it, in Chinese or English, as anybody would."""
    return solve(asked(page))


def solve(words: str) -> str:
    said = human._all()["en" if words.isascii() else "zh_Hant_TW"]
    numbers = said["numbers"]
    for key, act in (("plus", int.__add__), ("minus", int.__sub__)):
        pattern = re.escape(said[key]).replace(r"\{a\}", "(.+)").replace(r"\{b\}", "(.+)")
        if found := re.fullmatch(pattern, words):
            return str(act(numbers.index(found[1]), numbers.index(found[2])))
    pattern = re.escape(said["place"]).replace(r"\{n\}", "(.+)").replace(r"\{words\}", "(.+)")
    if found := re.fullmatch(pattern, words):
        return str(found[2].split(said["between"])[numbers.index(found[1]) - 1])
    pattern = re.escape(said["odd"]).replace(r"\{words\}", "(.+)")
    found = re.fullmatch(pattern, words)
    assert found is not None
    shown = found[1].split(said["between"])
    kinds = [next(n for n, kind in enumerate(said["kinds"]) if one in kind) for one in shown]
    return str(next(one for one, kind in zip(shown, kinds, strict=True) if kinds.count(kind) == 1))
