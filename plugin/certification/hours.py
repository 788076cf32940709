"""Which hours of training count, and why the others do not: asks no database.

Sources: 環境教育人員認證及管理辦法 §10 II (five topics), 認定原則 111.12.15 (electives, provider,
approval number), §15 and its notice (renewal: 30 hours within the validity, at most 15 digital).
The numbers are rules; what is a topic and who may hold a training is data (`topics.yaml`).
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from pathlib import Path as FilePath
from typing import Any

import yaml
from flask_babel import lazy_gettext as _l

from plugin.actor import Actor
from plugin.certification.models import Category, Path
from plugin.certification.papers import Words
from plugin.school import rules
from plugin.school.terms import term_of

DATA = FilePath(__file__).with_name("topics.yaml")
HOUR = 60


class TopicClass(enum.StrEnum):
    COMPULSORY = "compulsory"
    ELECTIVE = "elective"
    RELATED = "related"
    NONE = "none"


@dataclass(frozen=True)
class Topic:
    """A topic. :param from_day: of applications from then on it is asked for."""

    code: str
    label: Words
    kind: TopicClass
    source: str
    from_day: date | None = None


@dataclass(frozen=True)
class Provider:
    """Who holds trainings."""

    code: str
    label: Words
    recognised: bool


@dataclass(frozen=True)
class Book:
    """The whole of `topics.yaml`."""

    topics: Mapping[str, Topic]
    providers: Mapping[str, Provider]
    sources: tuple[str, ...]


@dataclass(frozen=True)
class Training:
    """One training somebody took part in, wherever it is known from.

    :param entry_id: of an entry of one's own; None for what another room knows.
    :param source: `own`, or where it comes from (`training:12`).
    """

    topic: str
    title: str
    provider: str
    provider_kind: str
    approval_number: str
    held_on: date
    minutes: int
    digital: bool = False
    file_id: int | None = None
    entry_id: int | None = None
    source: str = "own"


class Reason(enum.StrEnum):
    """Why minutes do not count."""

    TOPIC = "topic"
    PROVIDER = "provider"
    APPROVAL = "approval"
    PROOF = "proof"
    FUTURE = "future"
    EARLY = "early"
    LATE = "late"
    DIGITAL = "digital"


REASONS: Mapping[Reason, Any] = {
    Reason.TOPIC: _l("議題不在採計範圍"),
    Reason.PROVIDER: _l("辦理單位不在採計範圍"),
    Reason.APPROVAL: _l("沒有核定文號"),
    Reason.PROOF: _l("沒有研習證明"),
    Reason.FUTURE: _l("還沒有舉行"),
    Reason.EARLY: _l("在有效期間開始之前"),
    Reason.LATE: _l("在有效期間結束之後"),
    Reason.DIGITAL: _l("數位課程超過上限的部分不採計"),
}
"""In words; the first that applies is told."""


@dataclass(frozen=True)
class Needs:
    """What is asked for, in minutes.

    :param topics: topic → least minutes.
    :param digital: most digital minutes that count; None: no limit.
    :param begins: first day that counts; None: any. :param ends: last day that counts.
    """

    total: int
    topics: Mapping[str, int] = field(default_factory=dict)
    digital: int | None = None
    begins: date | None = None
    ends: date | None = None
    basis: tuple[str, ...] = ()


@dataclass(frozen=True)
class Line:
    """A training with what counts of it. :param reason: why not all of it; None when all does."""

    training: Training
    counted: int
    reason: Reason | None = None


@dataclass(frozen=True)
class Tally:
    """Every training judged, the earliest first, and whether it is enough."""

    needs: Needs
    lines: tuple[Line, ...]

    @property
    def total(self) -> int:
        """Minutes that count."""
        return sum(one.counted for one in self.lines)

    @property
    def digital(self) -> int:
        """Digital minutes that count."""
        return sum(one.counted for one in self.lines if one.training.digital)

    def of(self, topic: str) -> int:
        """Minutes of a topic that count."""
        return sum(one.counted for one in self.lines if one.training.topic == topic)

    @property
    def short(self) -> dict[str, int]:
        """Topic → minutes that are still missing; "" for the sum. Empty: it is enough."""
        found = {
            topic: least - self.of(topic)
            for topic, least in self.needs.topics.items()
            if self.of(topic) < least
        }
        if self.total < self.needs.total:
            found[""] = self.needs.total - self.total
        return found

    @property
    def enough(self) -> bool:
        """Whether nothing is missing."""
        return not self.short


Source = Callable[[Actor], Iterable[Training]]
sources: list[Source] = []
"""Further places that know of trainings a person has finished (the training room): each is asked
with the person as actor and gives trainings of that person alone."""


def tally(trainings: Iterable[Training], needs: Needs, today: date) -> Tally:
    """Judge every training; digital ones count up to their limit, the earliest first."""
    left = needs.digital
    lines = []
    for one in sorted(trainings, key=lambda one: (one.held_on, one.entry_id or 0, one.title)):
        reason = _refused(one, needs, today)
        counted = 0 if reason else one.minutes
        if counted and one.digital and left is not None:
            counted = min(counted, left)
            left -= counted
            reason = Reason.DIGITAL if counted < one.minutes else None
        lines.append(Line(one, counted, reason))
    return Tally(needs, tuple(lines))


def for_application(school_id: int, category: Category, path: Path, on: date) -> Needs | None:
    """What an application of a day needs; None: its path asks for no hours.

    The five topics and the electives are asked of the administrative category by experience or
    expertise; by experience every category needs the sum.
    """
    administrative = category is not Category.TEACHING
    if path is Path.EXPERTISE and not administrative:
        return None
    if path not in {Path.EXPERIENCE, Path.EXPERTISE}:
        return None
    year = term_of(on).academic_year
    least = {
        TopicClass.COMPULSORY: rules.number(school_id, "case.hours.topic", year) * HOUR,
        TopicClass.ELECTIVE: rules.number(school_id, "case.hours.elective", year) * HOUR,
    }
    wanted = {
        one.code: least[one.kind]
        for one in book().topics.values()
        if administrative and one.kind in least and (one.from_day is None or one.from_day <= on)
    }
    return Needs(
        rules.number(school_id, "case.hours.total", year) * HOUR,
        wanted,
        basis=_basis(school_id, ("case.hours.total", *_TOPIC_RULES) if wanted else _TOTAL, year),
    )


def for_renewal(school_id: int, begins: date, ends: date) -> Needs:
    """What a renewal needs within a validity: a sum of which little may be digital."""
    year = term_of(ends).academic_year
    names = ("certificate.renewal.hours", "certificate.renewal.digital")
    total, digital = (rules.number(school_id, name, year) * HOUR for name in names)
    return Needs(total, {}, digital, begins, ends, _basis(school_id, names, year))


_TOTAL = ("case.hours.total",)
_TOPIC_RULES = ("case.hours.topic", "case.hours.elective")


def _basis(school_id: int, names: Sequence[str], year: int) -> tuple[str, ...]:
    found = (rules.value(school_id, name, year).source for name in names)
    return tuple(dict.fromkeys(found))


def _refused(one: Training, needs: Needs, today: date) -> Reason | None:
    topic = book().topics.get(one.topic)
    provider = book().providers.get(one.provider_kind)
    faults = (
        (topic is None or topic.kind is TopicClass.NONE, Reason.TOPIC),
        (provider is None or not provider.recognised, Reason.PROVIDER),
        (not one.approval_number.strip(), Reason.APPROVAL),
        (one.source == "own" and one.file_id is None, Reason.PROOF),
        (one.held_on > today, Reason.FUTURE),
        (needs.begins is not None and one.held_on < needs.begins, Reason.EARLY),
        (needs.ends is not None and one.held_on > needs.ends, Reason.LATE),
    )
    return next((reason for wrong, reason in faults if wrong), None)


@lru_cache
def book() -> Book:
    """Topics and providers, in the order of the file.

    :raises ValueError: an unknown class.
    """
    data = yaml.safe_load(DATA.read_text(encoding="utf-8"))
    topics = {
        code: Topic(
            code,
            Words(**said["label"]),
            TopicClass(said["class"]),
            data["sources"][said["source"]],
            said.get("from"),
        )
        for code, said in data["topics"].items()
    }
    providers = {
        code: Provider(code, Words(**said["label"]), said["recognised"])
        for code, said in data["providers"].items()
    }
    return Book(topics, providers, tuple(data["sources"].values()))
