"""What is asked about payments: the applicant's claim, the office's confirmation, a bank's file."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from forms.definition import Ask, Form, Group
from forms.fields import ChoiceField, LongTextField, NumberField, RocDateField, TextField
from forms.file_field import FileAnswerField
from forms.validators import Between, Matches
from plugin.certification.bank.columns import ROLES, Columns, index_of, names
from plugin.certification.bank.reading import MAX_BYTES
from plugin.school.importing.tables import letters

WORDS_POINTS = 500


class ClaimForm(Form):
    """The applicant says that the fee is paid."""

    paid_on = RocDateField(
        _l("繳費日期"),
        ask=Ask(_l("您是哪一天繳費的？"), _l("轉帳或匯款完成的日期。"), ("115/11/25",)),
    )
    last_five = TextField(
        _l("轉出帳號末五碼"),
        [Matches(r"[0-9]{5}", _l("請填五個數字，例如 01234。"))],
        required=False,
        max_points=5,
        ask=Ask(
            _l("轉出帳號的末五碼是什麼？"),
            _l("臨櫃或劃撥繳費沒有帳號時可以不填，但請附上收據。"),
            ("01234",),
            pii=True,
        ),
    )
    proof = FileAnswerField(
        _l("繳費證明"),
        accept=("application/pdf", "image/jpeg"),
        required=False,
        ask=Ask(_l("有收據或轉帳明細嗎？"), _l("PDF 或 JPG；有帳號末五碼時可以不附。")),
    )
    words = LongTextField(
        _l("補充說明"),
        max_points=WORDS_POINTS,
        required=False,
        ask=Ask(_l("還有什麼要說明？"), _l("例如由他人代繳時，請寫代繳人的姓名。")),
    )

    class Meta:
        name = "certification.claim_payment"
        title = _l("回報已繳費")


WAYS = [
    ("bank", _l("匯款、轉帳（銀行的入帳檔裡會有這筆）")),
    ("counter", _l("臨櫃、匯票或其他方式（銀行的入帳檔裡不會有）")),
]


class ConfirmForm(Form):
    """The office has seen the money of one case."""

    paid_on = RocDateField(
        _l("入帳日"),
        ask=Ask(_l("款項哪一天入帳？"), _l("審查期限從入帳的次日起算。"), ("115/11/25",)),
    )
    amount = NumberField(
        _l("金額"), [Between(1, 10_000_000)], ask=Ask(_l("收到多少元？"), "", ("1045",))
    )
    way = ChoiceField(
        _l("繳費方式"),
        choices=WAYS,
        ask=Ask(
            _l("以哪一種方式繳費？"),
            _l("日後匯入的銀行檔出現這一筆時，系統才知道是同一筆，不會當成重複繳費。"),
        ),
    )
    words = LongTextField(
        _l("說明"),
        max_points=WORDS_POINTS,
        required=False,
        ask=Ask(
            _l("要對申請者說明什麼？"),
            _l("入帳日在繳費期限之後時必須說明理由；會寫在通知信裡。"),
        ),
    )

    class Meta:
        name = "certification.confirm_payment"
        title = _l("確認繳費")


class DoubtForm(Form):
    """The office finds no such payment."""

    words = LongTextField(
        _l("說明"),
        max_points=WORDS_POINTS,
        ask=Ask(_l("為什麼不能確認繳費？"), _l("會寄給申請者，例如查無此筆款項、末五碼不符。")),
    )

    class Meta:
        name = "certification.doubt_payment"
        title = _l("查無款項，退回待繳費")


class AssignForm(Form):
    """A payment is matched by hand."""

    whose = TextField(
        _l("銷帳編號或案件編號"),
        max_points=40,
        ask=Ask(_l("這筆款項是哪一件申請案的？"), "", ("EE11500001",)),
    )
    words = LongTextField(
        _l("說明"),
        max_points=WORDS_POINTS,
        required=False,
        ask=Ask(_l("要說明什麼？"), _l("入帳日在繳費期限之後時必須說明理由；會寫在通知信裡。")),
    )

    class Meta:
        name = "certification.assign_payment"
        title = _l("人工對應案件")


class RefundForm(Form):
    """Money goes back."""

    amount = NumberField(
        _l("退費金額"), [Between(1, 10_000_000)], ask=Ask(_l("要退多少元？"), "", ("1045",))
    )
    refunded_on = RocDateField(
        _l("退費日期"),
        required=False,
        ask=Ask(_l("哪一天退的？"), _l("還沒退就先不填，之後再回來登錄。"), ("115/12/10",)),
    )
    words = LongTextField(
        _l("退費說明"),
        max_points=WORDS_POINTS,
        ask=Ask(
            _l("退費的原因與方式是什麼？"),
            _l("例如重複繳費、退回原帳戶。請不要寫完整的帳號。"),
        ),
    )

    class Meta:
        name = "certification.refund_payment"
        title = _l("登錄退費")


class LeaveForm(Form):
    """Nothing is to be done about it."""

    words = LongTextField(
        _l("說明"),
        max_points=WORDS_POINTS,
        ask=Ask(_l("為什麼不處理？"), _l("例如這筆不是審查費。只有承辦單位看得到。")),
    )

    class Meta:
        name = "certification.leave_payment"
        title = _l("註明後不處理")


class PeriodForm(Form):
    """Payments of which days."""

    since = RocDateField(_l("起日"), ask=Ask(_l("從哪一天起？"), _l("以入帳日計。"), ("115/1/1",)))
    until = RocDateField(_l("迄日"), ask=Ask(_l("到哪一天止？"), "", ("115/12/31",)))

    class Meta:
        name = "certification.export_payments"
        title = _l("匯出一段期間的款項")

    def check(self, wanted: frozenset[str]) -> None:
        """The end is not before the beginning."""
        since, until = self.since.data, self.until.data
        if {"since", "until"} <= wanted and since and until and until < since:
            self.until.errors = [_("迄日不能早於起日。")]


class BankFileForm(Form):
    """Bring a bank's file in."""

    file = FileAnswerField(
        _l("銀行入帳檔"),
        accept=(".xlsx", ".csv", ".txt"),
        max_bytes=MAX_BYTES,
        ask=Ask(
            _l("要匯入哪一個檔案？"),
            _l("由網路銀行或代收系統下載的 XLSX 或 CSV；UTF-8 或 Big5 都可以，不必先整理。"),
        ),
    )

    class Meta:
        name = "certification.bank_file"
        title = _l("上傳銀行入帳檔")


ROLE_WORDS: dict[str, tuple[Any, Any]] = {
    "day": (_l("入帳日"), _l("這一天決定是否在期限內繳費。")),
    "amount": (_l("金額"), _l("存入的金額；空白或零的列會略過。")),
    "reference": (_l("銷帳編號或虛擬帳號"), _l("沒有時改以金額與姓名比對。")),
    "payer": (_l("繳款人姓名"), ""),
    "memo": (_l("備註或附言"), _l("裡面的銷帳編號也會比對。")),
    "serial": (_l("交易序號"), _l("沒有序號時可以選「餘額」，用來分辨兩筆相同的款項。")),
    "mark": (_l("存提別"), _l("存入與支出在同一欄時才需要。")),
}
"""What a column may be: label and help."""


class ColumnsForm(Form):
    """Which column is which; `columns_form` gives it the choices of a file."""

    bank = TextField(
        _l("銀行名稱"),
        max_points=60,
        ask=Ask(
            _l("這是哪一家銀行的檔案？"),
            _l("欄位的選擇會以這個名稱存起來，下次同樣的檔案會自動套用。"),
            (_l("臺灣銀行 網路銀行明細"),),
        ),
    )
    header = NumberField(
        _l("欄名在第幾列"),
        [Between(0, 20)],
        ask=Ask(_l("欄名在檔案的第幾列？"), _l("沒有欄名時填 0，改以欄的位置選擇。"), ("1",)),
    )
    style = ChoiceField(
        _l("日期的年份"),
        choices=[("roc", _l("民國")), ("ad", _l("西元"))],
        ask=Ask(_l("檔案裡的日期是民國還是西元？")),
    )
    sign = ChoiceField(
        _l("入帳的金額"),
        choices=[
            ("positive", _l("是正數（支出是負數或空白）")),
            ("negative", _l("是負數")),
            ("any", _l("這一欄只有入帳，不看正負")),
        ],
        ask=Ask(_l("入帳的金額是正數還是負數？")),
    )

    class Meta:
        name = "certification.bank_columns"
        title = _l("選擇欄位")

    def columns(self) -> Columns:
        """What was chosen."""
        return Columns(
            {role: self[role].data for role in ROLES if role in self._fields and self[role].data},
            self.header.data or 0,
            self.style.data or "roc",
            self.sign.data or "positive",
        )

    def fill(self, columns: Columns, bank: str, headings: Sequence[str]) -> None:
        """Show what is chosen, or was guessed."""
        self.bank.data, self.header.data = bank, columns.header
        self.style.data, self.sign.data = columns.style, columns.sign
        known = names(headings)
        for role in ROLES:
            place = columns.places.get(role)
            at = index_of(place, headings) if place else None
            self[role].data = known[at] if at is not None else None


class ColumnField(ChoiceField):
    """One of a file's columns: always a list, in which "no such column" can be chosen again."""

    RADIOS_UP_TO = 0


def columns_form(headings: Sequence[str], examples: Sequence[str]) -> type[ColumnsForm]:
    """The form for a file with such headings.

    :param examples: a cell of each column, so that one without a heading is recognised.
    """
    choices = []
    for index, name in enumerate(names(headings)):
        words = f"{letters(index)}　{headings[index].strip()}".rstrip()
        example = examples[index].strip()[:20] if index < len(examples) else ""
        choices.append((name, f"{words}（{_('例如')} {example}）" if example else words))
    fields: dict[str, Any] = {
        role: ColumnField(
            label,
            required=role in ("day", "amount"),
            choices=choices,
            empty=_l("沒有這一欄"),
            ask=Ask(_l("「%(label)s」在哪一欄？", label=label), help_),
        )
        for role, (label, help_) in ROLE_WORDS.items()
    }
    meta = type(
        "Meta",
        (),
        {
            "name": ColumnsForm.Meta.name,
            "title": ColumnsForm.Meta.title,
            "groups": (
                Group("file", _l("檔案"), ("bank", "header")),
                Group("columns", _l("欄位"), ROLES),
                Group("values", _l("寫法"), ("style", "sign")),
            ),
        },
    )
    made: type[ColumnsForm] = type("ColumnsForm", (ColumnsForm,), {**fields, "Meta": meta})
    return made
