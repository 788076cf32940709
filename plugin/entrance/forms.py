"""What the entrance asks people."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms.validators import ValidationError

from forms.definition import Ask, Form, Group
from forms.fields import ChoiceField, ManyField, NumberField, TextField, TickField
from forms.validators import Between
from lti.deep_linking import TITLE_POINTS
from plugin.desk.destinations import Destination

MOST_HOSTS = 10
_HOST = re.compile(r"(?=.{1,253}$)[a-z0-9](?:[a-z0-9-]{0,62})(?:\.[a-z0-9][a-z0-9-]{0,62})*")


class ClaimForm(Form):
    """A one-time code on a slip of paper."""

    class Meta(Form.Meta):
        name = "entrance.claim"
        title = _l("輸入認領代碼")
        groups = (Group("code", _l("認領代碼"), ("code",)),)

    code = TextField(
        _l("認領代碼"),
        max_points=40,
        ask=Ask(
            _l("請輸入學校給您的認領代碼。"),
            help=_l("12 個英數字，例如 K7QM-2XWD-9HPT；大小寫與連字號不拘。"),
            examples=("K7QM-2XWD-9HPT",),
        ),
    )


class InviteForm(Form):
    """A new installation link."""

    class Meta(Form.Meta):
        name = "entrance.invite"
        title = _l("建立安裝連結")
        groups = (Group("days", _l("有效期限"), ("days", "trusted_hosts")),)

    days = NumberField(
        _l("有效天數"),
        [Between(1, 90)],
        ask=Ask(
            _l("這個連結幾天內有效？"),
            help=_l("1 到 90 天。連結只能使用一次，請只交給平臺管理員。"),
            examples=("14",),
        ),
    )
    trusted_hosts = TextField(
        _l("另外信任的主機"),
        max_points=600,
        required=False,
        ask=Ask(
            _l("平臺的設定會用到其他主機嗎？"),
            help=_l(
                "通常空白。只有安裝時出現「不在同一臺主機」，而且您確定那是貴校平臺的主機，才填在"
                "這裡（例如自架 Canvas 的 canvas.instructure.com）；多臺以空白隔開。填了別人的"
                "主機，別人就能冒充貴校的師生。"
            ),
            examples=("canvas.instructure.com",),
        ),
    )

    def validate_trusted_hosts(self, field: TextField) -> None:
        """Host names only; a pasted address counts by its host."""
        self.hosts()

    def hosts(self) -> list[str]:
        """The hosts that were typed.

        :raises ValidationError: something that is no host name.
        """
        found = []
        for text in re.split(r"[\s,、，;；]+", self.trusted_hosts.data or ""):
            host = text.lower().partition("://")[2] or text.lower()
            host = host.partition("/")[0].partition(":")[0]
            if text and not _HOST.fullmatch(host):
                raise ValidationError(
                    _("「%(text)s」不是主機名稱，請寫成 lms.example.edu.tw。", text=text[:60])
                )
            if host and host not in found:
                found.append(host)
        if len(found) > MOST_HOSTS:
            raise ValidationError(_("最多填 %(most)s 臺主機。", most=MOST_HOSTS))
        return found


@dataclass(frozen=True)
class Selection:
    """One thing chosen for an LMS course.

    :param title: what it is to be called there.
    :param column: whether a gradebook column comes with it.
    """

    destination: Destination
    title: str
    column: bool


class SelectForm(Form):
    """What an LMS course gets; `selection_form` adds a title for each thing on offer."""

    class Meta(Form.Meta):
        name = "entrance.select"
        title = _l("選擇要放進課程的項目")

    def selections(self, offered: Sequence[Destination]) -> list[Selection]:
        """What was chosen, in the order of the offer."""
        item = self._fields["item"].data
        chosen = set(item) if isinstance(item, list) else {item}
        column = "column" in self._fields and bool(self._fields["column"].data)
        return [
            Selection(
                one,
                self._title_of(one) or str(one.title),
                one.graded and column,
            )
            for one in offered
            if one.name in chosen
        ]

    def _title_of(self, one: Destination) -> str:
        field = self._fields.get(title_of(one), self._fields.get("title"))
        return str(field.data or "") if field is not None else ""


def title_of(one: Destination) -> str:
    """The name of the field with a destination's own title, where several can be chosen; of one,
    it is `title`."""
    return f"title-{one.name}"


def selection_form(offered: Sequence[Destination], *, many: bool, columns: bool) -> SelectForm:
    """The form for what is on offer.

    :param many: the platform takes several at once.
    :param columns: ask whether a gradebook column is wanted.
    """
    ask = Ask(
        _l("要在課程裡放哪些連結？") if many else _l("要在課程裡放哪一個連結？"),
        help=_l("學生與教師點選連結，就會直接進入各自的頁面。"),
    )
    kind = ManyField if many else ChoiceField
    fields: dict[str, Any] = {"item": kind(_l("要加入的項目"), ask=ask)}
    for name in map(title_of, offered) if many else ("title",):
        fields[name] = TextField(
            _l("在課程中顯示的名稱"),
            required=False,
            max_points=TITLE_POINTS,
            ask=Ask(_l("這個連結在課程裡要叫什麼？")),
        )
    if columns:
        fields["column"] = TickField(
            _l("繳交學習成果時，同時在平臺的成績簿加一欄"),
            required=False,
            ask=Ask(
                _l("要在成績簿加一欄嗎？"),
                help=_l("學生的成果經認證後顯示 1 / 1，認證前留空；這不是分數，不評優劣。"),
            ),
        )
    made: type[SelectForm] = type("SelectForm", (SelectForm,), fields)
    form = made(data={"column": True})
    form["item"].choices = [(one.name, one.title) for one in offered]
    return form


class CoursesForm(Form):
    """Which roster courses an LMS course stands for."""

    class Meta(Form.Meta):
        name = "entrance.courses"
        title = _l("這門平臺課程對應到哪些課？")
        groups = (Group("courses", _l("校內課程"), ("courses",)),)

    courses = ManyField(
        _l("對應的課程"),
        required=False,
        ask=Ask(
            _l("這門平臺課程是校內的哪一門課？可以複選。"),
            help=_l("併班上課時可勾選多門；全部不勾表示解除對應。"),
        ),
    )
