"""The school's own rules."""

from __future__ import annotations

import sqlalchemy as sa
from flask_babel import gettext as _

from plugin import clock, db
from plugin.actor import Actor
from plugin.errors import InvalidInput, NotAllowed
from plugin.school import policy, rulebook, rules
from plugin.school.concerns import Concern
from plugin.school.models import Rule
from plugin.school.operations._own import require_year
from plugin.school.rulebook import Value
from plugin.trail.chain import record


def set_rule(
    actor: Actor, name: str, from_year: int, value: Value, source: str
) -> tuple[Rule, list[Concern]]:
    """Set the school's own value of a rule from an academic year on.

    :param source: by what the school decided, e.g. 「本校補充規定第五點（115.06.30）」.
    :raises NotAllowed: the rule is fixed.
    :raises InvalidInput: an unknown rule, a value out of bounds, or no source.
    """
    school_id = policy.require_administrator(actor)
    if name not in rulebook.DEFINITIONS:
        raise InvalidInput(_("沒有這條規則。"))
    require_year(from_year)
    nation = rules.value(school_id, name, from_year)
    if nation.fixed:
        raise NotAllowed(
            _("「%(title)s」由中央規定，學校不能變更。", title=rulebook.DEFINITIONS[name].title),
            remedy=rules.why(school_id, name, from_year),
            rule=name,
        )
    fault, source = rulebook.check(name, value), source.strip()
    if fault:
        raise InvalidInput(fault, rule=name, fields={"value": fault})
    if not 1 <= len(source) <= 200:
        words = _("請填依據（1 到 200 字），例如「本校補充規定第五點」。")
        raise InvalidInput(words, fields={"source": words})
    with db.writing() as session:
        row = session.scalar(
            sa.select(Rule).where(
                Rule.school_id == school_id, Rule.name == name, Rule.from_year == from_year
            )
        )
        before = row.value["value"] if row else nation.value
        if row is None:
            row = Rule(school_id=school_id, name=name, from_year=from_year)
            session.add(row)
        row.value, row.source = {"value": value}, source
        row.set_by_id, row.set_at = actor.person_id, clock.now()
        session.flush()
        session.info.pop("school_rules", None)
        record(
            actor,
            "rule.set",
            "rule",
            row.id,
            name=name,
            from_year=from_year,
            before=before,
            after=value,
        )
        return row, _above_nation(name, from_year, value)


def _above_nation(name: str, from_year: int, value: Value) -> list[Concern]:
    """A limit wider than the nation's lets in what the central database refuses."""
    unit = rulebook.DEFINITIONS[name].unit
    nation = rules.national_value(name, from_year)
    limits = {rulebook.Unit.BYTES, rulebook.Unit.POINTS, rulebook.Unit.ITEMS}
    if unit not in limits or nation.inferred or not isinstance(value, int):
        return []
    if value <= nation.number:
        return []
    text = _(
        "這個上限高於中央規定（%(value)s；%(source)s），超過的檔案或件數可能無法提交。",
        value=rulebook.say(name, nation.value),
        source=nation.source,
    )
    return [Concern("ABOVE_NATIONAL", text, name)]
