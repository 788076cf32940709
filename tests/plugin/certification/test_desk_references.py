"""References of fee notices: what a slip of the finger makes of them is found."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from plugin.certification import references

patient = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
"""The machine may be busy."""


@patient
@given(st.integers(1, 999), st.integers(1, 999_999), st.integers(0, 9), st.integers(0, 9))
def test_a_wrong_digit_is_found(year: int, serial: int, place: int, digit: int) -> None:
    right = references.reference(year, serial)
    assert references.valid(right)
    wrong = right[:place] + str(digit) + right[place + 1 :]
    assert references.valid(wrong) == (wrong == right)


@patient
@given(st.integers(1, 999), st.integers(1, 999_999), st.integers(0, 8))
def test_neighbours_changed_for_each_other_are_found(year: int, serial: int, place: int) -> None:
    right = references.reference(year, serial)
    one, two = right[place], right[place + 1]
    swapped = right[:place] + two + one + right[place + 2 :]
    assert references.valid(swapped) == (one == two or abs(int(one) - int(two)) == 5)


@pytest.mark.parametrize("text", ["", "115000001", "１１５００００１２３", "11500000012", "x" * 10])
def test_what_is_none(text: str) -> None:
    assert not references.valid(text)


def test_numbers_that_do_not_fit() -> None:
    with pytest.raises(ValueError, match="no reference"):
        references.reference(115, 1_000_000)
