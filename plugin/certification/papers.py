"""The documents of an application 附件, as data (`papers.yaml`): of whom each is asked, and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path as FilePath
from typing import Any

import yaml
from flask_babel import LazyString

from forms.i18n import is_english
from plugin import clock
from plugin.certification.models import Category, Path
from plugin.school import rules
from plugin.school.terms import term_of

DATA = FilePath(__file__).with_name("papers.yaml")
FILING = "filing"
"""`Paper.only_if`: a designated person of a school below the tertiary level."""


@dataclass(frozen=True)
class Words:
    """The same words in both languages."""

    zh: str
    en: str

    def __str__(self) -> str:
        return self.en if self.en and is_english() else self.zh

    @property
    def lazy(self) -> Any:
        """A string that is made when a page is."""
        return LazyString(lambda: str(self))


@dataclass(frozen=True)
class Facts:
    """What decides which documents are asked for.

    :param tertiary: serves at a university, college or junior college 大專校院.
    """

    path: Path | None = None
    category: Category | None = None
    designated: bool = False
    tertiary: bool = False


@dataclass(frozen=True)
class Paper:
    """One document.

    :param name: of the form's field, the slot of the file, and its rule.
    :param paths, categories: of whom it is asked; empty: of all.
    :param limit: the name whose size rule holds; its own when not said otherwise.
    """

    name: str
    label: Words
    content: Words
    source: str
    paths: frozenset[Path]
    categories: frozenset[Category]
    optional: bool
    only_if: str
    limit: str

    @property
    def slot(self) -> str:
        """How the vault knows it: a file handed in for one document fits no other."""
        return f"certification.{self.name}"

    @property
    def rule(self) -> str:
        """The rule of its size."""
        return f"case.paper.{self.limit}.max_bytes"

    def wanted(self, facts: Facts) -> bool:
        """Whether it is asked for (required, unless `optional`)."""
        if self.paths and facts.path not in self.paths:
            return False
        if self.categories and facts.category not in self.categories:
            return False
        return self.only_if != FILING or (facts.designated and not facts.tertiary)


def wanted(facts: Facts) -> tuple[Paper, ...]:
    """The documents that are asked for, in the order of the form."""
    return tuple(one for one in papers().values() if one.wanted(facts))


def max_bytes(school_id: int, paper: Paper) -> int:
    """How large a document may be today."""
    return rules.number(school_id, paper.rule, term_of(clock.today()).academic_year)


@lru_cache
def papers() -> Mapping[str, Paper]:
    """Every document by its name, in the order of the form.

    :raises ValueError: an unknown condition.
    """
    data = yaml.safe_load(DATA.read_text(encoding="utf-8"))
    found = {}
    for name, said in data["papers"].items():
        if said.get("only_if", "") not in {"", FILING}:
            raise ValueError(f"papers.yaml: {name} has an unknown condition")
        found[name] = Paper(
            name,
            Words(**said["label"]),
            Words(**said["content"]),
            data["sources"][said["source"]],
            frozenset(Path(one) for one in said.get("paths", ())),
            frozenset(Category(one) for one in said.get("categories", ())),
            said.get("optional", False),
            said.get("only_if", ""),
            said.get("limit", name),
        )
    return found
