"""Whose fee a row of money pays, and what follows from it. Facts in, a verdict out.

By reference 銷帳編號 first, then by amount and name where exactly one notice fits. The payment date
in the bank's row decides whether it came in time (SPEC §2, Processing).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date

from plugin.certification.bank import values
from plugin.certification.models import PaymentMatch

ODD = (
    PaymentMatch.UNMATCHED,
    PaymentMatch.DOUBLE,
    PaymentMatch.SHORT,
    PaymentMatch.OVER,
    PaymentMatch.LATE,
    PaymentMatch.CLOSED,
)
"""Somebody has to look at them."""
ASSIGNABLE = (PaymentMatch.UNMATCHED, PaymentMatch.SHORT, PaymentMatch.LATE)
"""May be matched by hand."""


@dataclass(frozen=True)
class Money:
    """What a row says."""

    day: date
    amount: int
    reference: str = ""
    payer: str = ""
    memo: str = ""


@dataclass(frozen=True)
class Owed:
    """A fee notice and how its case stands.

    :param name: of the applicant, as `values.name` makes it.
    :param due_on: the last day, moved from rest days.
    :param waits: the case waits for the payment.
    :param lapsed: it was refused because none had come: a payment in time revives it.
    :param received: what came before and was too little, and the last day of it.
    :param entered: a payment that the office entered by hand and that no bank's row has told yet.
    """

    notice_id: int
    case_id: int
    reference: str
    total: int
    name: str
    issued_on: date
    due_on: date
    paid: bool = False
    waits: bool = True
    lapsed: bool = False
    received: int = 0
    received_on: date | None = None
    entered: int | None = None
    entered_amount: int = 0

    def tells(self, money: Money) -> bool:
        """The row may be the bank's word for what was entered by hand."""
        return self.entered is not None and self.entered_amount == money.amount


@dataclass(frozen=True)
class Verdict:
    """What a row is.

    :param event: of the case: `confirm_payment`, `revive`, or none.
    :param paid_on: the day on which all was paid.
    :param tells: the payment, entered by hand, of which this row is the bank's word.
    """

    match: PaymentMatch
    notice_id: int | None = None
    event: str = ""
    paid_on: date | None = None
    tells: int | None = None


def verdict(
    money: Money, by_reference: Mapping[str, Owed], others: Collection[Owed] = ()
) -> Verdict:
    """What a row is, and what follows.

    :param by_reference: notices by their reference: all that the row may name.
    :param others: notices of which one may be found by amount and name.
    """
    named = [
        by_reference[one]
        for one in values.found_references(money.reference, money.memo)
        if one in by_reference
    ]
    if len(named) > 1:  # one transfer for several: a person divides it
        return Verdict(PaymentMatch.UNMATCHED)
    if named:
        return judge(money, named[0], PaymentMatch.REFERENCE)
    payer = values.name(money.payer)
    fitting = [
        one
        for one in others
        if payer
        and one.name == payer
        and one.issued_on <= money.day
        and ((one.total == money.amount and not one.paid) or one.tells(money))
    ]
    if len(fitting) == 1:
        return judge(money, fitting[0], PaymentMatch.AMOUNT_NAME)
    return Verdict(PaymentMatch.UNMATCHED)


def judge(money: Money, owed: Owed, by: PaymentMatch) -> Verdict:
    """What a row is that belongs to a notice."""
    if owed.tells(money):
        return Verdict(by, owed.notice_id, tells=owed.entered, paid_on=money.day)
    if owed.paid:
        return Verdict(PaymentMatch.DOUBLE, owed.notice_id)
    if money.day < owed.issued_on:
        return Verdict(PaymentMatch.UNMATCHED, owed.notice_id)
    if not owed.waits and not owed.lapsed:
        return Verdict(PaymentMatch.CLOSED, owed.notice_id)
    if money.day > owed.due_on:
        return Verdict(PaymentMatch.LATE, owed.notice_id)
    received = owed.received + money.amount
    if received < owed.total:
        return Verdict(PaymentMatch.SHORT, owed.notice_id)
    return Verdict(
        by if received == owed.total else PaymentMatch.OVER,
        owed.notice_id,
        event="confirm_payment" if owed.waits else "revive",
        paid_on=max(money.day, owed.received_on or money.day),
    )
