"""The form of what stands on every letter of an office."""

from __future__ import annotations

from dataclasses import asdict

from flask_babel import lazy_gettext as _l

from forms.definition import Ask, Form
from forms.fields import LongTextField, TextField
from plugin.certification.letterhead import Letterhead


class LetterheadForm(Form):
    """Where the office is, who answers, how one pays."""

    address = TextField(_l("地址"), max_points=100, required=False, ask=Ask(_l("機關的地址是？")))
    officer = TextField(_l("承辦人"), max_points=40, required=False, ask=Ask(_l("承辦人是誰？")))
    telephone = TextField(
        _l("電話"),
        max_points=40,
        required=False,
        ask=Ask(_l("聯絡電話是？"), "", ("02-77366666#1234",)),
    )
    email = TextField(
        _l("電子信箱"), max_points=100, required=False, ask=Ask(_l("聯絡的電子信箱是？"))
    )
    how = LongTextField(
        _l("繳費方式"),
        max_points=1000,
        required=False,
        ask=Ask(
            _l("申請者可以怎麼繳費？"),
            _l("一行寫一種方式，例如匯入的銀行、戶名與帳號；印在繳費通知的說明中。"),
        ),
    )

    class Meta:
        name = "certification.letterhead"
        title = _l("公文與繳費資訊")

    def head(self) -> Letterhead:
        """What the operation takes."""
        return Letterhead(**{name: getattr(self, name).data or "" for name in asdict(Letterhead())})

    def fill(self, head: Letterhead) -> None:
        """Show what is kept."""
        for name, text in asdict(head).items():
            getattr(self, name).data = text
