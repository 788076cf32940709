"""Whose fee a row pays: every kind of row once, and what holds for all rows."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from flask import Flask
from hypothesis import given, settings
from hypothesis import strategies as st

from plugin.certification.bank import values
from plugin.certification.bank.matching import Money, Owed, verdict
from plugin.certification.models import PaymentMatch
from plugin.certification.references import reference

M = PaymentMatch
FIRST, DUE = date(2026, 11, 20), date(2026, 12, 7)
PAYS = {M.REFERENCE, M.AMOUNT_NAME, M.OVER}
NAMES = ("王小明", "林𠀋", "Lahuy‧Icyeh")


def owed(n: int = 1, **more: object) -> Owed:
    facts = {
        "notice_id": n, "case_id": n, "reference": reference(115, n), "total": 1045,
        "name": values.name("王小明"), "issued_on": FIRST, "due_on": DUE,
    }  # fmt: skip
    return Owed(**{**facts, **more})  # type: ignore[arg-type]


def seen(money: Money, *some: Owed) -> tuple[PaymentMatch, int | None, str]:
    found = verdict(money, {one.reference: one for one in some}, some)
    return found.match, found.notice_id, found.event


ONE = reference(115, 1)
AFTER = DUE + timedelta(days=1)


@pytest.mark.parametrize(
    ("money", "notice", "wanted"),
    [
        (Money(DUE, 1045, ONE), owed(), (M.REFERENCE, 1, "confirm_payment")),
        (Money(DUE, 1045, f"95808{ONE}"), owed(), (M.REFERENCE, 1, "confirm_payment")),
        (Money(DUE, 1045, "", "", f"審查費 {ONE}"), owed(), (M.REFERENCE, 1, "confirm_payment")),
        (Money(DUE, 1045, "", "王　小明"), owed(), (M.AMOUNT_NAME, 1, "confirm_payment")),
        (Money(DUE, 1045, "", "王小名"), owed(), (M.UNMATCHED, None, "")),
        (Money(DUE, 1045, "", "王○明"), owed(), (M.UNMATCHED, None, "")),
        (Money(DUE, 1000, "", "王小明"), owed(), (M.UNMATCHED, None, "")),
        (Money(DUE, 1000, ONE), owed(), (M.SHORT, 1, "")),
        (Money(DUE, 45, ONE), owed(received=1000), (M.REFERENCE, 1, "confirm_payment")),
        (Money(DUE, 2090, ONE), owed(), (M.OVER, 1, "confirm_payment")),
        (Money(AFTER, 1045, ONE), owed(), (M.LATE, 1, "")),
        (Money(DUE, 1045, ONE), owed(waits=False, lapsed=True), (M.REFERENCE, 1, "revive")),
        (Money(AFTER, 1045, ONE), owed(waits=False, lapsed=True), (M.LATE, 1, "")),
        (Money(DUE, 1045, ONE), owed(waits=False), (M.CLOSED, 1, "")),
        (Money(DUE, 1045, ONE), owed(paid=True, waits=False), (M.DOUBLE, 1, "")),
        (Money(FIRST - timedelta(days=1), 1045, ONE), owed(), (M.UNMATCHED, 1, "")),
    ],
)  # fmt: skip
def test_each_kind(money: Money, notice: Owed, wanted: tuple[PaymentMatch, int, str]) -> None:
    assert seen(money, notice) == wanted


def test_two_of_one_name_are_left_to_a_person() -> None:
    assert seen(Money(DUE, 1045, "", "王小明"), owed(1), owed(2))[0] is M.UNMATCHED
    assert seen(Money(DUE, 1045, reference(115, 2), "王小明"), owed(1), owed(2))[1] == 2


def test_one_transfer_for_two_is_left_to_a_person() -> None:
    both = Money(DUE, 2090, "", "", f"{ONE}、{reference(115, 2)}")
    assert seen(both, owed(1), owed(2)) == (M.UNMATCHED, None, "")


def test_what_was_entered_by_hand_is_told_by_the_bank() -> None:
    entered = owed(paid=True, waits=False, entered=7, entered_amount=1045)
    found = verdict(Money(DUE, 1045, ONE), {ONE: entered})
    assert (found.match, found.tells, found.event) == (M.REFERENCE, 7, "")
    assert seen(Money(DUE, 45, ONE), entered)[0] is M.DOUBLE


facts = st.builds(
    owed,
    st.integers(1, 3),
    total=st.sampled_from([45, 1045]),
    name=st.sampled_from(NAMES).map(values.name),
    paid=st.booleans(),
    waits=st.booleans(),
    lapsed=st.booleans(),
    received=st.sampled_from([0, 40, 1000]),
)
moneys = st.builds(
    Money,
    st.dates(FIRST - timedelta(days=3), DUE + timedelta(days=3)),
    st.integers(1, 2200) | st.sampled_from([45, 1045]),
    st.sampled_from(["", reference(115, 1), reference(115, 2), "1150000019", "虛擬帳號"]),
    st.sampled_from([*NAMES, "", "王？明"]),
)


@settings(max_examples=300, deadline=None, derandomize=True)
@given(moneys, st.lists(facts, max_size=4, unique_by=lambda one: one.notice_id))
def test_a_case_moves_only_for_enough_money_in_time(money: Money, some: list[Owed]) -> None:
    by_reference = {one.reference: one for one in some}
    found = verdict(money, by_reference, some)
    notice = {one.notice_id: one for one in some}.get(found.notice_id or 0)
    assert bool(found.event) == (found.match in PAYS)
    if found.event:
        assert notice is not None
        assert not notice.paid
        assert notice.issued_on <= money.day <= notice.due_on
        assert notice.received + money.amount >= notice.total
        assert (found.match is M.OVER) == (notice.received + money.amount > notice.total)
        assert notice.waits if found.event == "confirm_payment" else notice.lapsed
    if money.reference in by_reference:
        assert found.notice_id == by_reference[money.reference].notice_id
    elif notice is not None:
        assert [one for one in some if one.name == notice.name and one.total == money.amount
                and not one.paid] == [notice]  # fmt: skip
    assert verdict(money, by_reference, list(reversed(some))) == found


class TestValues:
    @pytest.mark.parametrize(
        ("text", "style"),
        [
            ("115/11/25", "roc"), ("1151125", "roc"), ("01151125", "roc"), ("115.11.25", "roc"),
            ("民國115年11月25日", "roc"), ("１１５／１１／２５", "roc"), ("2026-11-25", "roc"),
            ("2026/11/25 14:03:22", "ad"), ("20261125", "ad"), ("20261125140322", "ad"),
            ("115-11-25 08:00", "roc"),
        ],
    )  # fmt: skip
    def test_days(self, text: str, style: str) -> None:
        assert values.day(text, style) == date(2026, 11, 25)

    @pytest.mark.parametrize(
        ("text", "style"),
        [("115/11/25", "ad"), ("115/13/25", "roc"), ("", "roc"), ("合計", "roc"), ("=1+1", "ad")],
    )
    def test_no_days(self, app: Flask, text: str, style: str) -> None:
        with pytest.raises(values.Unreadable):
            values.day(text, style)

    @pytest.mark.parametrize(
        ("text", "sign", "wanted"),
        [
            ("1,045", "positive", 1045), ("１，０４５", "positive", 1045),
            ("NT$1,045.00", "positive", 1045), ("+1045 元", "positive", 1045),
            ("-1,045", "positive", None), ("1,045-", "negative", 1045),
            ("(1,045)", "negative", 1045), ("-1,045", "any", 1045),
            ("0.00", "positive", None), ("", "positive", None), ("-", "positive", None),
        ],
    )  # fmt: skip
    def test_amounts(self, text: str, sign: str, wanted: int | None) -> None:
        assert values.amount(text, sign) == wanted

    @pytest.mark.parametrize("text", ["10.45", "一千", "=1045", "99999999999", "1e9", "+1-"])
    def test_no_amounts(self, app: Flask, text: str) -> None:
        with pytest.raises(values.Unreadable):
            values.amount(text, "positive")

    def test_names(self) -> None:
        assert values.name(" 王 小　明 ") == values.name("王小明")
        assert values.name("Lahuy‧ICYEH") == values.name("Lahuy・Icyeh")
        assert values.name("\uf98e") == values.name("\u5e74")  # a compatibility ideograph
        assert values.name("王\ue000明") != values.name("王明")  # a bank's own character stays
        assert values.name("王\ufffd明") == ""
