"""Rules are data: which value holds in which year, whose it is, and why."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import event

from plugin import db
from plugin.actor import Role
from plugin.errors import InvalidInput, NotAllowed
from plugin.school import operations, rulebook, rules
from plugin.school.models import Rule
from tests.factories import actor_of, make_rule, make_school, make_staff

MIB = 1_048_576


@pytest.fixture
def school(app: Flask) -> Any:
    return make_school()


@pytest.mark.parametrize(
    ("name", "year", "value"),
    [
        ("outcome.document.max_bytes", 108, 2 * MIB),
        ("outcome.document.max_bytes", 109, 4 * MIB),
        ("outcome.document.max_bytes", 115, 4 * MIB),
        ("outcome.media.max_bytes", 108, 5 * MIB),
        ("outcome.media.max_bytes", 109, 10 * MIB),
        ("outcome.summary.max_points", 115, 100),
        ("selection.outcomes.max", 115, 6),
        ("selection.experiences.max", 115, 10),
        ("upload.grace_minutes", 115, 15),
        ("receipt.window.min_days", 115, 3),
        ("counselling.leaves_school", 115, False),
    ],
)
def test_the_national_sets(school: Any, name: str, year: int, value: Any) -> None:
    assert rules.value(school.id, name, year).value == value


def test_every_national_value_has_a_source_and_passes_its_own_bounds(app: Flask) -> None:
    for name, rows in rulebook.national().items():
        for row in rows:
            assert row.source
            assert rulebook.check(name, row.value) == "", name


def test_a_year_before_the_first_set_uses_the_first(school: Any) -> None:
    assert rules.value(school.id, "outcome.document.max_bytes", 107).from_year == 108


def test_an_unknown_rule_is_a_mistake(school: Any) -> None:
    with pytest.raises(rules.UnknownRule):
        rules.value(school.id, "outcome.colour", 115)


def test_the_schools_own_row_wins_from_its_year_on(school: Any) -> None:
    make_rule(school, "outcome.per_term.max", 4, from_year=113)
    make_rule(school, "outcome.per_term.max", 5, from_year=115)
    found = [rules.value(school.id, "outcome.per_term.max", year) for year in (112, 113, 114, 115)]
    assert [(one.value, one.own) for one in found] == [(9, False), (4, True), (4, True), (5, True)]


def test_a_fixed_rule_is_nobodys_to_change(school: Any) -> None:
    make_rule(school, "counselling.leaves_school", True)  # however it came there
    assert rules.value(school.id, "counselling.leaves_school", 115).value is False
    actor = actor_of(make_staff(school, Role.ADMINISTRATOR))
    with pytest.raises(NotAllowed) as refusal:
        operations.set_rule(actor, "counselling.leaves_school", 116, True, "校務會議")
    assert refusal.value.rule == "counselling.leaves_school"


def test_another_schools_row_changes_nothing_here(school: Any) -> None:
    make_rule(make_school(), "selection.outcomes.max", 3)
    assert rules.value(school.id, "selection.outcomes.max", 115).value == 6


def test_why_names_value_year_and_source(school: Any) -> None:
    assert rules.why(school.id, "outcome.document.max_bytes", 115) == (
        "「課程學習成果：文件檔大小上限」為 4 MB（4,194,304 位元組），自 109 學年度起適用；"
        "依據：教育部國教署函：自109學年度起，文件每件以4 MB、影音每件以10 MB為限。"
    )
    make_rule(school, "outcome.per_term.max", 3, source="補充規定第五點")
    assert rules.why(school.id, "outcome.per_term.max", 115) == (
        "「課程學習成果：每學期可送出件數」為 3 件，本校自 115 學年度起適用；依據：補充規定第五點。"
    )


def test_setting_a_rule_is_seen_at_once_and_audited(school: Any) -> None:
    from plugin.trail.models import AuditEvent

    actor = actor_of(make_staff(school, Role.ADMINISTRATOR))
    assert rules.number(school.id, "selection.outcomes.max", 115) == 6
    _row, concerns = operations.set_rule(actor, "selection.outcomes.max", 115, 4, "校務會議")
    assert concerns == []
    assert rules.number(school.id, "selection.outcomes.max", 115) == 4
    event_ = db.reading().scalars(sa.select(AuditEvent).filter_by(verb="rule.set")).one()
    assert (event_.detail["before"], event_.detail["after"]) == (6, 4)
    operations.set_rule(actor, "selection.outcomes.max", 115, 5, "校務會議")
    assert len(db.reading().scalars(sa.select(Rule)).all()) == 1


def test_a_limit_above_the_nations_is_pointed_out(school: Any) -> None:
    actor = actor_of(make_staff(school, Role.ADMINISTRATOR))
    _row, concerns = operations.set_rule(actor, "selection.outcomes.max", 115, 7, "校務會議")
    assert [one.code for one in concerns] == ["ABOVE_NATIONAL"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("selection.outcomes.max", 0),
        ("selection.outcomes.max", True),
        ("selection.outcomes.max", "6"),
        ("outcome.document.max_bytes", 10),
        ("reminder.days_before", []),
        ("reminder.days_before", [0]),
        ("calendar.ceremony.term1", "13-01"),
        ("calendar.ceremony.term1", "1-1"),
        ("counselling.shown_to_parent", 1),
        ("no.such.rule", 1),
    ],
)
def test_values_out_of_bounds_are_refused(school: Any, name: str, value: Any) -> None:
    actor = actor_of(make_staff(school, Role.ADMINISTRATOR))
    with pytest.raises(InvalidInput):
        operations.set_rule(actor, name, 115, value, "校務會議")
    with pytest.raises(InvalidInput):
        operations.set_rule(actor, "selection.outcomes.max", 115, 5, "  ")
    assert db.reading().scalars(sa.select(Rule)).all() == []


def test_rules_are_read_from_the_database_once_a_request(school: Any) -> None:
    make_rule(school, "outcome.per_term.max", 4)
    asked: list[str] = []

    def count(_c: Any, _cur: Any, statement: str, *_rest: Any) -> None:
        if "FROM rule" in statement:
            asked.append(statement)

    event.listen(db.engine(), "before_cursor_execute", count)
    for _time in range(20):
        rules.all_values(school.id, 115)
    event.remove(db.engine(), "before_cursor_execute", count)
    assert len(asked) == 1


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    own=st.dictionaries(st.integers(108, 125), st.integers(1, 200), max_size=5),
    year=st.integers(105, 130),
)
def test_the_newest_row_not_after_the_year_holds(
    app: Flask, own: dict[int, int], year: int
) -> None:
    school = make_school()
    for from_year, number in own.items():
        make_rule(school, "outcome.per_term.max", number, from_year=from_year)
    found = rules.value(school.id, "outcome.per_term.max", year)
    begun = [one for one in own if one <= year]
    if begun:
        assert (found.from_year, found.value) == (max(begun), own[max(begun)])
    else:
        assert (found.from_year, found.value, found.own) == (108, 9, False)
