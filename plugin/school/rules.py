"""What the rules say: a school's own value or the national one, as of an academic year.

Every number of the product is looked up here, and every refusal can name its rule, from when it
holds and by which source (SPEC, "Rules are data").
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

import sqlalchemy as sa
from flask_babel import gettext as _

from plugin import db
from plugin.school import rulebook
from plugin.school.models import Rule
from plugin.school.rulebook import Value


class UnknownRule(KeyError):
    """A rule was asked for that the rule book does not hold: a mistake in the program."""

    code = "UNKNOWN_RULE"


@dataclass(frozen=True)
class RuleValue:
    """A rule as it holds in one academic year.

    :param from_year: the academic year (ROC) since which this value holds.
    :param fixed: no school may change it.
    :param own: set by the school, not by the nation.
    :param inferred: no source states it; the product chose it.
    """

    name: str
    value: Value
    from_year: int
    source: str
    fixed: bool
    own: bool = False
    inferred: bool = False

    @property
    def number(self) -> int:
        """The value of a rule that counts something."""
        if isinstance(self.value, int):
            return int(self.value)
        raise TypeError(f"{self.name} is not a number")


def value(school_id: int, name: str, academic_year: int) -> RuleValue:
    """The rule `name` as it holds for a school in an academic year.

    The school's own row wins over the nation's from its year on, unless the rule is fixed. Before
    the first national set, that set holds.

    :raises UnknownRule: no such rule.
    """
    if name not in rulebook.DEFINITIONS:
        raise UnknownRule(name)
    nation = national_value(name, academic_year)
    if nation.fixed:
        return nation
    rows = [row for row in _own(school_id).get(name, ()) if row.from_year <= academic_year]
    return max(rows, key=lambda row: row.from_year) if rows else nation


def number(school_id: int, name: str, academic_year: int) -> int:
    """The value of a rule that counts something (bytes, items, days …)."""
    return value(school_id, name, academic_year).number


def all_values(school_id: int, academic_year: int) -> list[RuleValue]:
    """Every rule as it holds, in the order of the settings page."""
    return [value(school_id, name, academic_year) for name in rulebook.DEFINITIONS]


def own_values(school_id: int, name: str) -> tuple[RuleValue, ...]:
    """The school's own values of a rule, oldest first."""
    return tuple(sorted(_own(school_id).get(name, ()), key=lambda row: row.from_year))


def why(school_id: int, name: str, academic_year: int) -> str:
    """One sentence that answers "why?": the rule, its value, since when, by which source."""
    rule = value(school_id, name, academic_year)
    words = {
        "title": str(rulebook.DEFINITIONS[name].title),
        "value": rulebook.say(name, rule.value),
        "year": rule.from_year,
        "source": rule.source,
    }
    if rule.own:
        return _(
            "「%(title)s」為 %(value)s，本校自 %(year)s 學年度起適用；依據：%(source)s。", **words
        )
    return _("「%(title)s」為 %(value)s，自 %(year)s 學年度起適用；依據：%(source)s。", **words)


def national_value(name: str, academic_year: int) -> RuleValue:
    """The nation's value of a rule in an academic year."""
    rows = rulebook.national()[name]
    row = max(
        (row for row in rows if row.from_year <= academic_year),
        key=lambda row: row.from_year,
        default=rows[0],
    )
    return RuleValue(name, row.value, row.from_year, row.source, row.fixed, inferred=row.inferred)


def _own(school_id: int) -> dict[str, list[RuleValue]]:
    """The school's rows; read once a session, and again after every change."""
    session = db.reading()
    cache: dict[int, dict[str, list[RuleValue]]] = session.info.setdefault("school_rules", {})
    if school_id not in cache:
        found: dict[str, list[RuleValue]] = defaultdict(list)
        for row in session.scalars(sa.select(Rule).where(Rule.school_id == school_id)):
            found[row.name].append(
                RuleValue(row.name, row.value["value"], row.from_year, row.source, False, own=True)
            )
        cache[school_id] = dict(found)
    return cache[school_id]
