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
from plugin.certification.forms.meetings import ResolutionForm


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
    fields = _items(labels, offers)
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


class AgendaForm(Form):
    """Cases that are put on an agenda."""

    cases = ManyField(
        _l("排入的案件"),
        ask=Ask(_l("要排入哪些案件？"), _l("案件編號或申請者的姓名，可以說好幾件。")),
    )

    class Meta(Form.Meta):
        name = "certification.agenda_add"
        title = _l("排入議程")


class OffAgendaForm(Form):
    """Cases that are taken off an agenda."""

    cases = ManyField(
        _l("移出的案件"),
        ask=Ask(_l("要移出哪些案件？"), _l("案件編號或申請者的姓名，可以說好幾件。")),
    )

    class Meta(Form.Meta):
        name = "certification.agenda_remove"
        title = _l("移出議程")


class SaidResolutionForm(ResolutionForm):
    """What was resolved on a case, and what is to be corrected, item by item."""

    def items(self) -> dict[str, str]:
        """Name of the form's field → what is to be corrected, of those chosen."""
        return {name: self._fields[ITEM + name].data or "" for name in self.chosen}

    @property
    def chosen(self) -> list[str]:
        """Names of what is to be corrected, where a correction is resolved."""
        return list(self.asked.data or ()) if self.corrects else []

    @property
    def corrects(self) -> bool:
        """Whether a correction is resolved."""
        return self.resolution.data == "correct"


def said_resolution(
    labels: Mapping[str, str], offers: Callable[[str], Any]
) -> type[SaidResolutionForm]:
    """The form for a case. :param labels, offers: as `said_correction`."""
    fields = _items(labels, offers)
    groups = (
        Group("resolution", _l("決議"), ("resolution", "asked", *fields)),
        Group("more", _l("說明"), ("words", "withdrawn")),
    )
    meta = type(
        "Meta",
        (Form.Meta,),
        {"name": ResolutionForm.Meta.name, "title": ResolutionForm.Meta.title, "groups": groups},
    )
    made = type("SaidResolutionForm", (SaidResolutionForm,), {**fields, "Meta": meta})
    return cast(type[SaidResolutionForm], made)


def _items(labels: Mapping[str, str], offers: Callable[[str], Any]) -> dict[str, Any]:
    """A field for each item that may be corrected; asked when it is chosen."""
    return {
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


def only_when(form: Form, name: str, when: Callable[[Any], bool]) -> None:
    """A field is asked under a condition where one question comes after the other."""
    field: Any = form[name]
    field.ask = replace(field.ask, when=when)
