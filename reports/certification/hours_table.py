"""The table of hours 研習時數統計表: every training by topic, sums, and what does not count."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from reports.certification.words import hours, long_date
from reports.designed import set_pages
from reports.manifest.words import roc_date


@dataclass(frozen=True)
class HourLine:
    """One training.

    :param minutes: that were attended. :param counted: that count.
    :param reason: why not all of them count; "" when they do.
    :param proof: number of its certificate among those that follow; 0: there is none.
    """

    held_on: date
    title: str
    provider: str
    approval: str
    minutes: int
    counted: int
    digital: bool
    reason: str = ""
    proof: int = 0


@dataclass(frozen=True)
class TopicBlock:
    """One topic with its trainings. :param needed: least minutes; 0 when none is asked."""

    name: str
    needed: int
    lines: tuple[HourLine, ...]

    @property
    def counted(self) -> int:
        """Minutes that count."""
        return sum(one.counted for one in self.lines)


@dataclass(frozen=True)
class HoursTable:
    """The whole table.

    :param digital: (minutes counted, most that count); None when there is no such limit.
    :param basis: where the numbers come from.
    """

    name: str
    organisation: str
    case_number: str
    made_on: date
    topics: tuple[TopicBlock, ...]
    needed: int
    refused: tuple[HourLine, ...] = ()
    digital: tuple[int, int] | None = None
    basis: str = ""
    title: str = "環境教育研習時數統計表"

    @property
    def counted(self) -> int:
        """Minutes that count in all."""
        return sum(one.counted for one in self.topics)


def hours_pdf(table: HoursTable) -> bytes:
    """The table as a tagged PDF of A4 pages.

    :raises FontMissing: a font of the house is not installed.
    """
    context = {
        "table": table,
        "title": f"{table.title} {table.case_number}".strip(),
        "foot": f"{table.title}　{table.case_number}",
        "hours": hours,
        "roc_date": roc_date,
        "long_date": long_date,
    }
    return set_pages("certification/hours.html", context)
