"""What applicants of the demo office write and hand in (`office.yaml`)."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import yaml

from plugin.demo import works
from plugin.demo.work import Work


@cache
def _data() -> dict[str, Any]:
    file = Path(__file__).with_name("office.yaml")
    found: dict[str, Any] = yaml.safe_load(file.read_text(encoding="utf-8"))
    return found


def essays() -> dict[str, str]:
    """The answer to each of the five questions, by field."""
    return {name: text.replace("\n", "") for name, text in _data()["essays"].items()}


def papers() -> list[Work]:
    """The documents, as works whose key begins with `ee-`."""
    return [
        Work(key=f"ee-{name}", subject="", kind="pdf", diary=False, **said)
        for name, said in _data()["papers"].items()
    ]


def make(folder: Path) -> dict[str, Path]:
    """The file of each document, made unless it is there, by the name of its field."""
    return {work.key.removeprefix("ee-"): path for work, path in works.make_all(papers(), folder)}
