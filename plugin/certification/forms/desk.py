"""What the office's desk says: accept, correct, refuse, note."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from flask_babel import lazy_gettext as _l

from forms.definition import Ask, Form, Group
from forms.fields import LongTextField, RocDateField, TextField
from plugin.certification.identity import NationalId, kept_id

ITEM = "item_"
"""Before the name of what is to be corrected."""
ITEM_POINTS, WORDS_POINTS, NOTE_POINTS = 500, 1000, 2000


def _words(label: Any, prompt: Any, help_: Any = "") -> LongTextField:
    return LongTextField(label, max_points=WORDS_POINTS, required=False, ask=Ask(prompt, help_))


class AcceptForm(Form):
    """The papers are in order; a word for the applicant, if there is any."""

    words = _words(
        _l("給申請者的話"), _l("要對申請者說什麼？"), _l("可以不填；會寫在繳費通知的信裡。")
    )

    class Meta:
        name = "certification.accept"
        title = _l("程序審查通過，通知繳費")


class DropForm(Form):
    """A request for correction is taken back."""

    words = _words(_l("給申請者的話"), _l("為什麼撤回補正要求？"), _l("可以不填；會寄給申請者。"))

    class Meta:
        name = "certification.drop_correction"
        title = _l("撤回補正要求")


class RefuseForm(Form):
    """A case is refused, with the reason."""

    words = LongTextField(
        _l("駁回理由"),
        max_points=WORDS_POINTS,
        ask=Ask(_l("駁回的理由是什麼？"), _l("會寫在駁回通知裡，請引用適用的條文並說明事實。")),
    )

    class Meta:
        name = "certification.refuse"
        title = _l("駁回申請")


class NoteForm(Form):
    """Something for the office alone."""

    words = LongTextField(
        _l("內部註記"),
        max_points=NOTE_POINTS,
        ask=Ask(_l("要註記什麼？"), _l("只有承辦單位看得到；存了就不能修改。")),
    )

    class Meta:
        name = "certification.note"
        title = _l("內部註記")


class FindForm(Form):
    """Whose cases: by national ID, which never stands in an address."""

    national_id = TextField(
        _l("身分證統一編號"),
        [NationalId()],
        max_points=20,
        filters=[lambda text: kept_id(text) if text else text],
        ask=Ask(_l("要查哪一位申請者？"), _l("或居留證統一證號。"), pii=True),
    )

    class Meta:
        name = "certification.find"
        title = _l("以身分證統一編號查詢")


class CorrectionForm(Form):
    """A request for correction; `correction_form` adds a field for each item."""

    due_on = RocDateField(
        _l("補正期限"),
        required=False,
        ask=Ask(
            _l("補正到哪一天為止？"),
            _l("不填時依規則計算；遇假日順延。"),
            ("115/12/15",),
        ),
    )
    words = _words(_l("其他說明"), _l("還有什麼要對申請者說？"), _l("可以不填；列在各項之後。"))

    class Meta:
        name = "certification.ask_correction"
        title = _l("要求補正")

    def items(self) -> dict[str, str]:
        """Name of the form's field → what is to be corrected."""
        return {
            name.removeprefix(ITEM): one.data or ""
            for name, one in self._fields.items()
            if name.startswith(ITEM)
        }


def correction_form(labels: Mapping[str, str]) -> type[CorrectionForm]:
    """The form for some items.

    :param labels: what is to be corrected, by name, in order.
    """
    names = tuple(ITEM + name for name in labels)
    fields = {
        ITEM + name: LongTextField(
            label,
            max_points=ITEM_POINTS,
            ask=Ask(_l("「%(label)s」要補正什麼？", label=label)),
        )
        for name, label in labels.items()
    }
    meta = type(
        "Meta",
        (),
        {
            "name": "certification.ask_correction",
            "title": CorrectionForm.Meta.title,
            "groups": (
                Group("items", _l("要補正的項目"), names),
                Group("more", _l("期限與說明"), ("due_on", "words")),
            ),
        },
    )
    return cast(
        type[CorrectionForm], type("CorrectionForm", (CorrectionForm,), {**fields, "Meta": meta})
    )
