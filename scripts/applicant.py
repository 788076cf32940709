"""What an applicant does at the public door of an issuing office: read, answer, open the mail."""

from __future__ import annotations

import re
import time
from email import message_from_bytes, policy
from email.message import EmailMessage
from html import unescape
from pathlib import Path
from typing import Any

import yaml

from scripts.house import ROOT

QUESTIONS = ROOT / "plugin" / "certification" / "questions.yaml"
MAIL_SECONDS = 60
"""How long a code may take to arrive."""
READING_SECONDS = 3
"""Whoever answers at once is taken for a program."""


def question_in(page: str) -> str:
    """The question that a page of the door asks, as its label says it.

    Raises:
        LookupError: it asks none.
    """
    found = re.search(r'<label[^>]*for="answer"[^>]*>\s*(.*?)\s*</label>', page, re.DOTALL)
    if found is None:
        raise LookupError("no question on the page")
    return unescape(found[1])


def answer(words: str) -> str:
    """Answer it, in Chinese or English, as anybody would.

    Raises:
        LookupError: a question that nobody has thought of here.
    """
    said = _said("en" if words.isascii() else "zh_Hant_TW")
    numbers = said["numbers"]
    for key, sign in (("plus", 1), ("minus", -1)):
        if found := _fits(said[key], words):
            return str(numbers.index(found["a"]) + sign * numbers.index(found["b"]))
    if found := _fits(said["place"], words):
        return str(found["words"].split(said["between"])[numbers.index(found["n"]) - 1])
    if found := _fits(said["odd"], words):
        shown = found["words"].split(said["between"])
        kinds = [next(n for n, kind in enumerate(said["kinds"]) if one in kind) for one in shown]
        return str(
            next(one for one, kind in zip(shown, kinds, strict=True) if kinds.count(kind) == 1)
        )
    raise LookupError(f"no answer to {words!r}")


def mails(folder: Path, address: str) -> list[EmailMessage]:
    """What the mail server has kept for an address, oldest first."""
    found = []
    for path in sorted(folder.glob("*.eml")):
        mail = message_from_bytes(path.read_bytes(), policy=policy.default)
        if address in str(mail["To"]):
            found.append(mail)
    return found


def code_for(folder: Path, address: str, *, before: int = 0) -> str:
    """The newest code that was mailed to an address.

    Args:
        before: how many codes it had before; the newest is waited for.

    Raises:
        TimeoutError: none came.
    """
    deadline = time.monotonic() + MAIL_SECONDS
    while time.monotonic() < deadline:
        codes = _codes(folder, address)
        if len(codes) > before:
            return codes[-1]
        time.sleep(0.25)
    raise TimeoutError(f"no code came to {address}")


def codes_of(folder: Path, address: str) -> int:
    """How many codes an address has had."""
    return len(_codes(folder, address))


def _codes(folder: Path, address: str) -> list[str]:
    bodies = [_text(mail) for mail in mails(folder, address) if "驗證碼" in str(mail["Subject"])]
    return [found[1] for body in bodies if (found := re.search(r"\b(\d{6})\b", body))]


def _text(mail: EmailMessage) -> str:
    body = mail.get_body(("plain",))
    return "" if body is None else str(body.get_content())


def _said(language: str) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(QUESTIONS.read_text(encoding="utf-8"))[language]
    return found


def _fits(pattern: str, words: str) -> dict[str, str] | None:
    form = re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>.+)", re.escape(pattern))
    found = re.fullmatch(form, words)
    return found.groupdict() if found else None
