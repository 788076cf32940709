"""A meeting of the committee: what is said of it, what it resolves on a case."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from flask_babel import lazy_gettext as _l

from forms.definition import Ask, Form, Group
from forms.fields import ChoiceField, LongTextField, ManyField, RocDateField, TextField
from plugin.certification.resolutions import ITEM_POINTS, MOST_COMMENTS, RESOLUTIONS

ITEM = "item_"
"""Before the name of what is to be corrected."""


class MeetingForm(Form):
    """When, where, who was there."""

    name = TextField(
        _l("會議名稱"),
        max_points=100,
        ask=Ask(_l("會議叫什麼名稱？"), "", (_l("115 年度第 3 次審查小組會議"),)),
    )
    held_on = RocDateField(_l("日期"), ask=Ask(_l("哪一天開會？"), "", ("115/12/15",)))
    time = TextField(
        _l("時間"),
        max_points=40,
        required=False,
        ask=Ask(_l("從幾點開到幾點？"), _l("照會議紀錄的寫法。"), (_l("下午2時至4時30分"),)),
    )
    place = TextField(_l("地點"), max_points=100, required=False, ask=Ask(_l("在哪裡開會？")))
    chair = TextField(
        _l("主席"),
        max_points=60,
        required=False,
        ask=Ask(_l("主席是誰？"), _l("結案前要填。"), pii=True),
    )
    recorder = TextField(
        _l("紀錄"), max_points=60, required=False, ask=Ask(_l("由誰記錄？"), pii=True)
    )
    members = ManyField(
        _l("出席的審查委員"),
        required=False,
        ask=Ask(_l("哪幾位審查委員出席？"), _l("用來列出應迴避的委員。"), pii=True),
    )
    present = LongTextField(
        _l("其他出席人員"),
        max_points=2000,
        required=False,
        ask=Ask(
            _l("還有誰出席？"),
            _l("一行一個姓名；與委員一樣計入出席人數，只列席的人請寫在其他事項。"),
            pii=True,
        ),
    )
    notes = LongTextField(
        _l("臨時動議及其他事項"),
        max_points=5000,
        required=False,
        ask=Ask(_l("有沒有其他事項？"), _l("一行一項，會編號寫在會議紀錄裡。")),
    )

    class Meta(Form.Meta):
        name = "certification.meeting"
        title = _l("審查小組會議")
        groups = (
            Group("when", _l("時間與地點"), ("name", "held_on", "time", "place")),
            Group("who", _l("出席"), ("chair", "recorder", "members", "present")),
            Group("more", _l("其他事項"), ("notes",)),
        )


class ResolutionForm(Form):
    """What was resolved on a case."""

    resolution = ChoiceField(
        _l("決議"),
        choices=list(RESOLUTIONS.items()),
        ask=Ask(_l("這件的決議是什麼？"), _l("結案時才會執行；結案前都可以修改。")),
    )
    words = LongTextField(
        _l("說明"),
        max_points=MOST_COMMENTS,
        required=False,
        ask=Ask(
            _l("要寫什麼說明？"),
            _l("寫在會議紀錄，也會告知申請者（保留的案件不通知）。駁回時必須寫理由並引用條文。"),
        ),
    )
    asked = ManyField(
        _l("要補正的項目"),
        required=False,
        ask=Ask(
            _l("要補正哪些項目？"),
            _l("下一頁逐項填寫要補正什麼。"),
            when=lambda form: bool(form.asked.choices),
        ),
    )
    withdrawn = ManyField(
        _l("在會議中聲明迴避的委員"),
        required=False,
        ask=Ask(
            _l("哪幾位委員在會議中聲明迴避？"),
            _l("迴避的委員不計入這件的出席人數，審查表也不採計。"),
            pii=True,
            when=lambda form: bool(form.withdrawn.choices),
        ),
    )

    class Meta(Form.Meta):
        name = "certification.resolution"
        title = _l("登錄決議")


class AskedForm(Form):
    """What is to be corrected; `asked_form` adds a field for each item."""

    class Meta(Form.Meta):
        name = "certification.meeting_correction"
        title = _l("要補正的事項")

    def items(self) -> dict[str, str]:
        """Name of the form's field → words."""
        return {
            name.removeprefix(ITEM): one.data or ""
            for name, one in self._fields.items()
            if name.startswith(ITEM)
        }


def asked_form(labels: Mapping[str, str]) -> type[AskedForm]:
    """The form for these items. :param labels: name of the form's field → what people call it."""
    fields: dict[str, Any] = {
        ITEM + name: LongTextField(
            label,
            max_points=ITEM_POINTS,
            ask=Ask(_l("「%(label)s」要補正什麼？", label=label)),
        )
        for name, label in labels.items()
    }
    return cast(type[AskedForm], type("AskedForm", (AskedForm,), fields))
