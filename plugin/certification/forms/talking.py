"""Forms of the conversation for what pages do by a press, or choose before their form opens."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any, cast

from flask_babel import lazy_gettext as _l

from forms.definition import Ask, Form, Group
from forms.fields import LongTextField, ManyField
from plugin.certification.forms.desk import ITEM, ITEM_POINTS, CorrectionForm


class CertainForm(Form):
    """Nothing is asked: what is to be done stands in its title, and is confirmed."""

    class Meta(Form.Meta):
        name = "certification.certain"
        title = _l("請確認")


class SaidCorrectionForm(CorrectionForm):
    """A request for correction whose items are chosen first; `said_correction` adds them."""

    which = ManyField(
        _l("要補正的項目"),
        ask=Ask(_l("要申請者補正哪些項目？"), _l("欄位或文件的名稱，可以說好幾項。")),
    )

    def items(self) -> dict[str, str]:
        """Name of the form's field → what is to be corrected, of those chosen."""
        return {name: words for name, words in super().items().items() if name in self.chosen}

    @property
    def chosen(self) -> list[str]:
        """Names of what is to be corrected."""
        return list(self.which.data or ())


def said_correction(
    labels: Mapping[str, str], offers: Callable[[str], Any]
) -> type[SaidCorrectionForm]:
    """The form for a case.

    :param labels: what may be corrected, by name, in order.
    :param offers: name → words that are often said of it.
    """
    fields: dict[str, Any] = {
        ITEM + name: LongTextField(
            label,
            max_points=ITEM_POINTS,
            ask=Ask(
                _l("「%(label)s」要補正什麼？", label=label),
                offers=[(one, one) for one in offers(name)],
                when=partial(_chosen, name),
            ),
        )
        for name, label in labels.items()
    }
    groups = (
        Group("which", _l("要補正的項目"), ("which", *fields)),
        Group("more", _l("期限與說明"), ("due_on", "words")),
    )
    meta = type(
        "Meta",
        (Form.Meta,),
        {
            "name": CorrectionForm.Meta.name,
            "title": CorrectionForm.Meta.title,
            "groups": groups,
        },
    )
    made = type("SaidCorrectionForm", (SaidCorrectionForm,), {**fields, "Meta": meta})
    return cast(type[SaidCorrectionForm], made)


def _chosen(name: str, form: Any) -> bool:
    return name in form.chosen


def only_when(form: Form, name: str, when: Callable[[Any], bool]) -> None:
    """A field is asked under a condition where one question comes after the other."""
    field: Any = form[name]
    field.ask = replace(field.ask, when=when)
