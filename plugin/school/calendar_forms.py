"""What is asked about the calendar: a whole year, an extension, why something is taken back."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, time
from typing import Any, cast

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from forms.dates import DateNotUnderstood, parse_date
from forms.definition import Ask, Form, Group
from forms.fields import ChoiceField, TextField, TickField
from plugin.clock import TAIPEI
from plugin.school import windows, year_plan
from plugin.school.models import WindowKind
from plugin.school.terms import ROC
from plugin.school.year_plan import Key, Planned

_TIME = re.compile(r"(?P<day>.*?)(?:(?:\s|T)+(?P<hour>[01]?\d|2[0-3]):(?P<minute>[0-5]\d))?")


class MomentField(TextField):
    """A day and a time of day in one line: 115/11/30 17:00.

    :param morning: the time that holds when only a day is written.
    """

    kind = "moment"

    def __init__(self, label: Any, *, morning: time, **kwargs: Any) -> None:
        self.morning = morning
        super().__init__(label, **kwargs)

    def process_formdata(self, valuelist: list[Any]) -> None:
        self.data: Any = None
        text = unicodedata.normalize("NFKC", str(valuelist[0])).strip() if valuelist else ""
        if not text:
            return
        found = _TIME.fullmatch(text)
        try:
            day = parse_date(found["day"] if found else text)
        except DateNotUnderstood:
            raise ValueError(
                _(
                    "「%(label)s」看不懂這個時間，請寫成 115/11/30 17:00。",
                    label=self.label.text,
                )
            ) from None
        at = self.morning
        if found is not None and found["hour"]:
            at = time(int(found["hour"]), int(found["minute"]))
        self.data = datetime.combine(day, at, TAIPEI)

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return self.shown()

    def shown(self) -> str:
        return "" if self.data is None else typed(self.data)


OPENING, CLOSING = time(8), time(17)


def typed(moment: datetime) -> str:
    """A moment as a clerk types it: 115/11/30 17:00."""
    local = moment.astimezone(TAIPEI)
    return f"{local.year - ROC}/{local.month:02}/{local.day:02} {local:%H:%M}"


class YearForm(Form):
    """All windows of a year; made for its windows by `year_form`."""

    keys: Sequence[Key] = ()

    confirmed = TickField(
        _l("我已看過上列提醒，仍要照這樣設定"),
        required=False,
        ask=Ask(_l("看過提醒了，仍要照這樣設定嗎？"), _l("提醒不會擋下設定，但需要您確認。")),
    )

    class Meta:
        name = "window.year"
        title = _l("設定全學年的作業期程")

    def check(self, names: frozenset[str]) -> None:
        """Each window has both times or neither, and closes after it opens."""
        for key in self.keys:
            opens, closes = self.pair(key)
            if {opens.name, closes.name} <= names and not (opens.errors or closes.errors):
                if (opens.data is None) != (closes.data is None):
                    bare = opens if opens.data is None else closes
                    bare.errors = [_("開放與截止時間要一起填，或都不填。")]
                elif opens.data is not None and closes.data <= opens.data:
                    closes.errors = [_("截止時間要晚於開放時間。")]

    def pair(self, key: Key) -> tuple[MomentField, MomentField]:
        """The two fields of a window."""
        name = field_name(key)
        return self[f"{name}_opens"], self[f"{name}_closes"]

    @property
    def plan(self) -> dict[Key, Planned]:
        """What was typed and makes sense; the picture follows it."""
        found = {}
        for key in self.keys:
            opens, closes = (one.data for one in self.pair(key))
            if opens is not None and closes is not None and opens < closes:
                found[key] = Planned(*key, opens, closes)
        return found

    @property
    def asked(self) -> dict[Key, tuple[datetime, datetime] | None]:
        """Every window of the form; None where nothing is typed. Only once the form is valid."""
        plan = self.plan
        return {
            key: (plan[key].opens_at, plan[key].closes_at) if key in plan else None
            for key in self.keys
        }


def field_name(key: Key) -> str:
    """`outcome_upload_1_0`."""
    return f"{key[0]}_{key[1]}_{key[2]}"


def keys_of_year(more: Iterable[Key]) -> list[Key]:
    """The windows that a year is asked for: all grades', those of the template, those there are."""
    every = {
        (kind, term, 0)
        for kind in WindowKind
        for term in ((0,) if kind in windows.YEARLY else (1, 2))
    }
    order = list(WindowKind)
    found = every | set(year_plan.template(108)) | set(more)
    return sorted(
        found, key=lambda key: (key[0] in windows.YEARLY, key[1], order.index(key[0]), key[2])
    )


def year_form(keys: Sequence[Key], plan: Mapping[Key, Planned]) -> YearForm:
    """The form of a year, filled with `plan` unless something was posted."""
    fields: dict[str, Any] = {}
    data: dict[str, datetime] = {}
    groups: dict[str, list[str]] = {"1": [], "2": [], "0": []}
    for key in keys:
        name, title = field_name(key), windows.title(Planned(*key, _EVER, _EVER))
        fields[f"{name}_opens"] = MomentField(
            _("%(name)s：開放", name=title), morning=OPENING, required=False, ask=_ASK_OPENS
        )
        fields[f"{name}_closes"] = MomentField(
            _("%(name)s：截止", name=title), morning=CLOSING, required=False, ask=_ASK_CLOSES
        )
        of_year = key[0] in windows.YEARLY
        groups["0" if of_year else str(key[1])] += [f"{name}_opens", f"{name}_closes"]
        if key in plan:
            data[f"{name}_opens"] = plan[key].opens_at
            data[f"{name}_closes"] = plan[key].closes_at
    meta = type(
        "Meta",
        (YearForm.Meta,),
        {
            "groups": (
                Group("term1", _l("第 1 學期"), tuple(groups["1"])),
                Group("term2", _l("第 2 學期"), tuple(groups["2"])),
                Group("year", _l("全學年"), tuple(groups["0"])),
                Group("confirm", _l("確認"), ("confirmed",)),
            )
        },
    )
    made = type("YearFormOf", (YearForm,), {**fields, "Meta": meta, "keys": tuple(keys)})
    return cast(YearForm, made(data=data))


_EVER = datetime(2019, 8, 1, tzinfo=TAIPEI)
_ASK_OPENS = Ask(_l("什麼時候開放？"), "", ("115/10/01 08:00",))
_ASK_CLOSES = Ask(_l("什麼時候截止？"), "", ("116/02/10 23:00",))


class ExtendForm(Form):
    """Give a class, a student or a course more time."""

    window = ChoiceField(
        _l("要延長的期間"),
        empty=_l("請選擇期間"),
        ask=Ask(_l("要延長哪一項？"), _l("只列出已設定、可以延長的期間。")),
    )
    holder_kind = ChoiceField(
        _l("對象"),
        choices=[
            ("student", _l("一位學生")),
            ("class", _l("一個班級")),
            ("course", _l("一門課程（認證、修課紀錄）")),
        ],
        ask=Ask(_l("延長給一位學生、一個班級，還是一門課程？")),
    )
    holder = TextField(
        _l("學號、班級代碼或課程編號"),
        max_points=64,
        ask=Ask(
            _l("對象的學號、班級代碼或課程編號是什麼？"),
            _l("學生填學號，班級填班級代碼，課程填課程編號；可到人員、班級、課程頁查詢。"),
            ("1150101", "101", "115-1-CHI101"),
        ),
    )
    until = MomentField(
        _l("延長到"),
        morning=CLOSING,
        ask=Ask(
            _l("延長到什麼時候？"), _l("民國日期與 24 小時制的時間；只填日期就是當天 17:00。"),
            ("115/12/04 17:00",),
        ),
    )  # fmt: skip
    reason = TextField(
        _l("理由"),
        max_points=200,
        ask=Ask(
            _l("為什麼延長？"),
            _l("會列在作業期程頁供承辦人員查看，請不要寫病情等個人隱私。"),
            (_l("公假，經核准"),),
        ),
    )
    confirmed = TickField(
        _l("我已看過上列提醒，仍要延長"),
        required=False,
        ask=Ask(_l("看過提醒了，仍要延長嗎？")),
    )

    class Meta:
        name = "window.extend"
        title = _l("延長期限")
        groups = (
            Group("what", _l("延長什麼"), ("window", "holder_kind", "holder", "until", "reason")),
            Group("confirm", _l("確認"), ("confirmed",)),
        )

    @property
    def chosen(self) -> tuple[WindowKind, int]:
        """Kind and term of the window."""
        kind, _dash, term = str(self.window.data).rpartition("-")
        return WindowKind(kind), int(term)


class RevokeExtensionForm(Form):
    """Take an extension back."""

    reason = TextField(
        _l("理由"),
        max_points=200,
        ask=Ask(_l("為什麼撤銷？"), _l("例如：填錯對象。"), (_l("填錯對象"),)),
    )

    class Meta:
        name = "window.revoke_extension"
        title = _l("撤銷延長")
