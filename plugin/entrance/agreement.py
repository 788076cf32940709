"""The terms of use as files: one a version, in both languages, plain headings and points."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

FOLDER = Path(__file__).with_name("terms")
LANGUAGES = ("zh_Hant_TW", "en")


@dataclass(frozen=True)
class Section:
    """A heading and what stands under it."""

    heading: str
    points: tuple[str, ...]


@dataclass(frozen=True)
class Terms:
    """One version of the terms in one language."""

    version: str
    title: str
    lead: str
    sections: tuple[Section, ...]


def versions() -> list[str]:
    """Every published version, oldest first: their names are dates."""
    return sorted(path.stem for path in FOLDER.glob("*.yaml"))


def current() -> str:
    """The version that people answer now."""
    return versions()[-1]


@cache
def terms(version: str, language: str) -> Terms:
    """The terms of a version; Chinese where the language is none of ours.

    :raises KeyError: there is no such version.
    """
    if version not in versions():
        raise KeyError(version)
    whole: dict[str, Any] = yaml.safe_load((FOLDER / f"{version}.yaml").read_text("utf-8"))
    said = whole[language if language in LANGUAGES else LANGUAGES[0]]
    return Terms(
        version=whole["version"],
        title=said["title"],
        lead=said["lead"],
        sections=tuple(Section(one["heading"], tuple(one["points"])) for one in said["sections"]),
    )
