"""What reviewers give points for (`criteria.yaml`), by what is applied for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from plugin.certification.models import Category
from plugin.certification.papers import Words

DATA = Path(__file__).with_name("criteria.yaml")
TOTAL = 100


@dataclass(frozen=True)
class Criterion:
    """One line of the sheet. :param weight: the most points it can get."""

    key: str
    label: Words
    weight: int
    description: Words


@lru_cache
def sheets() -> Mapping[Category, tuple[Criterion, ...]]:
    """Every sheet.

    :raises ValueError: a sheet whose weights do not add up, or that is not there.
    """
    data: dict[str, Any] = yaml.safe_load(DATA.read_text(encoding="utf-8"))
    found = {
        category: tuple(
            Criterion(
                one["key"], Words(**one["label"]), int(one["weight"]), Words(**one["description"])
            )
            for one in data.get(category.value, ())
        )
        for category in Category
    }
    for category, lines in found.items():
        if sum(one.weight for one in lines) != TOTAL:
            raise ValueError(f"weights of {category} do not add up to {TOTAL}")
    return found


def sheet(category: Category) -> tuple[Criterion, ...]:
    """The lines of a sheet."""
    return sheets()[category]
