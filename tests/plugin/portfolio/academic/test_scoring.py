"""Pass, credits, bands: the rules by themselves, for every score there is."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from flask import Flask
from hypothesis import given, settings
from hypothesis import strategies as st

from plugin.portfolio import record_kinds, scoring
from plugin.portfolio.models.academic import SCORE_UNIT, Score
from plugin.portfolio.record_values import score_of
from tests.factories import COURSE_CODE
from tests.plugin.portfolio.academic.school import bare, typed

scores = st.integers(0, 100 * SCORE_UNIT).map(lambda n: Decimal(n) / SCORE_UNIT)
marks = st.integers(1, 100)
FLEXIBLE = COURSE_CODE[:16] + "9" + COURSE_CODE[17] + "{}" + COURSE_CODE[19:]


@given(scores)
def test_a_score_is_kept_exactly_and_read_as_it_was_written(score: Decimal) -> None:
    column = Score()
    stored = column.process_bind_param(score, None)  # type: ignore[arg-type]
    assert column.process_result_value(stored, None) == score  # type: ignore[arg-type]
    assert score_of(f"{score:f}") == (score, "")
    assert (
        score_of(f" {score:f} ".translate(str.maketrans("0123456789.", "０１２３４５６７８９．")))[
            0
        ]
        == score
    )


def test_whatever_is_typed_is_a_score_from_0_to_100_or_a_fault(app: Flask) -> None:
    @given(st.text(max_size=12) | st.decimals().map(str))
    @settings(max_examples=200)
    def check(text: str) -> None:
        value, fault = score_of(text)
        assert value is None or (not fault and 0 <= value <= 100)

    with app.test_request_context():
        check()


@pytest.mark.parametrize(
    "text", ["100.0001", "-2", "8 7", "八十七", "1e2", "59.99999", "60分", "=60"]
)
def test_what_is_no_score(app: Flask, text: str) -> None:
    with app.test_request_context():
        assert score_of(text)[1]


@given(scores)
def test_every_score_lies_in_its_band(score: Decimal) -> None:
    band = scoring.band(score)
    assert 0 <= band < scoring.BANDS
    assert band * 10 <= score <= (100 if band == 9 else band * 10 + 10)
    assert band == 9 or score < band * 10 + 10


def test_bands_have_names() -> None:
    assert [scoring.band_words(n) for n in (0, 5, 9)] == ["0–9", "50–59", "90–100"]


@given(scores, marks, st.none() | st.booleans())
def test_a_regular_course_earns_all_or_nothing(
    score: Decimal, mark: int, said: bool | None
) -> None:
    one = scoring.standing(bare(score=score, passed=said, credits=3), mark)
    assert one.passed == (said if said is not None else score >= mark)
    assert one.earned == (3 if one.passed else 0)
    assert one.handed == score


@given(scores, marks, marks)
def test_a_passed_retake_is_handed_in_as_at_most_the_mark(
    score: Decimal, mark: int, own: int
) -> None:
    record = bare(kind="retake", score=score, pass_mark=own, details={"due_term": "1"})
    one = scoring.standing(record, mark)
    assert one.mark == own
    assert one.handed == (min(score, Decimal(own)) if score >= own else score)
    assert scoring.standing(record, mark, capped=False).handed == score


@given(scores, scores, marks)
def test_a_make_up_may_earn_what_the_first_did_not(
    score: Decimal, makeup: Decimal, mark: int
) -> None:
    one = scoring.standing(bare(score=score, makeup_score=makeup), mark)
    assert one.passed == (score >= mark or makeup >= mark)
    assert one.handed == score, "the first score stays what it was"


@pytest.mark.parametrize(
    ("changes", "earned"),
    [
        ({"counted": 2}, 0),
        ({"counted": 3, "score": None}, 4),
        ({"counted": 3, "score": None, "passed": False}, 0),
        ({"score": None}, 0),
        ({"code": FLEXIBLE.format("A")}, 0),
        ({"code": FLEXIBLE.format("D")}, 4),
        ({"score": Decimal(40), "pass_mark": 40}, 4),
        ({"kind": "repeat", "score": Decimal(10), "details": {"again_score": "61"}}, 4),
        ({"kind": "night_regular", "score": Decimal(10), "details": {"year_score": "60"}}, 4),
    ],
)
def test_credits_by_the_other_rules(changes: dict[str, Any], earned: int) -> None:
    assert scoring.standing(bare(**changes), 60).earned == earned


@given(
    st.lists(st.tuples(st.sampled_from(["regular", "retake", "supplementary"]), scores), max_size=8)
)
def test_a_course_that_is_passed_twice_counts_once(tries: list[tuple[str, Decimal]]) -> None:
    rows = [
        bare(
            kind=kind,
            score=score,
            term=1 + n % 2,
            details={"due_term": "1"} if kind != "regular" else {},
        )
        for n, (kind, score) in enumerate(tries)
    ]
    lines = [(row, scoring.standing(row, 60)) for row in rows]
    passed = {1 if row.kind != "regular" else row.term for row, one in lines if one.passed}
    assert scoring.total(lines) == 4 * len(passed)


def test_the_night_divisions_make_up_is_for_both_terms() -> None:
    exam = bare(
        kind="night_makeup", credits=5, details={"periods_first": "3", "periods_second": "2"}
    )
    first = bare(kind="night_regular", credits=3, score=Decimal(70), term=1)
    second = bare(kind="night_regular", credits=2, score=Decimal(30), term=2)
    lines = [(row, scoring.standing(row, 60)) for row in (exam, first, second)]
    assert [one.earned for _row, one in lines] == [5, 3, 0]
    assert scoring.total(lines) == 5


@pytest.mark.parametrize("kind", [one.key for one in record_kinds.kinds()])
def test_a_record_is_typed_and_read_back(app: Flask, kind: str) -> None:
    of = record_kinds.kind(kind)
    with app.test_request_context():
        values, faults = of.read(typed(kind))
        assert faults == {}
        details = record_kinds.details_of(of, values)
        again = {one.key: one.read(details[one.key])[0] for one in of.own if one.key in details}
    assert again == {one.key: values[one.key] for one in of.own if values[one.key] is not None}
