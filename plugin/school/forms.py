"""What is asked of a school's administrator and registry."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from forms.definition import Ask, Form, Group
from forms.fields import ChoiceField, NumberField, RocDateField, TextField, TickField
from forms.validators import Between, Matches
from plugin.clock import TAIPEI
from plugin.school import rhythm
from plugin.school.models import PersonKind, TeachingKind
from plugin.school.roles import GRANTABLE, LABELS
from plugin.school.rulebook import Unit, Value
from plugin.school.terms import FIRST_YEAR, LAST_YEAR

_TIME = r"([01]\d|2[0-3]):[0-5]\d"
_MIB = 1_048_576

KINDS = {
    PersonKind.STUDENT: _l("學生"),
    PersonKind.STAFF: _l("教職員"),
    PersonKind.PARENT: _l("家長"),
    PersonKind.APPLICANT: _l("申請人"),
}
TEACHING = {
    TeachingKind.RECORD: _l("任課教師"),
    TeachingKind.CO: _l("協同教師"),
    TeachingKind.SUBSTITUTE: _l("代理人"),
}


class WindowForm(Form):
    """When a window opens and closes."""

    opens_on = RocDateField(
        _l("開放日期"),
        ask=Ask(_l("哪一天開放？"), _l("例如 115/11/01"), ("115/11/01",)),
    )
    opens_time = TextField(
        _l("開放時間"),
        [Matches(_TIME, _l("請填 24 小時制的時間，例如 08:00。"))],
        ask=Ask(_l("幾點開放？"), _l("24 小時制，例如 08:00"), ("08:00",)),
        default="08:00",
    )
    closes_on = RocDateField(
        _l("截止日期"),
        ask=Ask(_l("哪一天截止？"), _l("例如 116/02/05"), ("116/02/05",)),
    )
    closes_time = TextField(
        _l("截止時間"),
        [Matches(_TIME, _l("請填 24 小時制的時間，例如 17:00。"))],
        ask=Ask(
            _l("幾點截止？"),
            _l("24 小時制，例如 17:00；到這個時刻就截止，之前已開始的上傳另有寬限。"),
            ("17:00",),
        ),
        default="17:00",
    )
    confirmed = TickField(
        _l("我已看過上列提醒，仍要這樣設定"),
        required=False,
        ask=Ask(_l("看過提醒了，仍要這樣設定嗎？"), _l("提醒不會擋下設定，但需要您確認。")),
    )

    class Meta:
        name = "window.set"
        title = _l("設定作業期間")
        groups = (
            Group("opens", _l("開放"), ("opens_on", "opens_time")),
            Group("closes", _l("截止"), ("closes_on", "closes_time")),
            Group("confirm", _l("確認"), ("confirmed",)),
        )

    def fill(self, opens_at: datetime, closes_at: datetime) -> None:
        """Show the times of a window that is set."""
        opens, closes = opens_at.astimezone(TAIPEI), closes_at.astimezone(TAIPEI)
        self.opens_on.data, self.opens_time.data = opens.date(), f"{opens:%H:%M}"
        self.closes_on.data, self.closes_time.data = closes.date(), f"{closes:%H:%M}"

    def check(self, names: frozenset[str]) -> None:
        """It closes after it opens."""
        if not {"opens_on", "opens_time", "closes_on", "closes_time"} <= names:
            return
        if any(self[name].errors for name in names if name in self._fields):
            return
        if self.closes_at <= self.opens_at:
            self.closes_on.errors = [_("截止時間要晚於開放時間。")]

    @property
    def opens_at(self) -> datetime:
        """Aware, in Taipei."""
        return _moment(self.opens_on.data, self.opens_time.data)

    @property
    def closes_at(self) -> datetime:
        """Aware, in Taipei."""
        return _moment(self.closes_on.data, self.closes_time.data)


def _moment(day: date | None, time: str | None) -> datetime:
    """Only asked once the form is valid."""
    assert day is not None
    assert time is not None
    hour, minute = (int(part) for part in time.split(":"))
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=TAIPEI)


class RuleForm(Form):
    """The school's own value of a rule; the value is asked by a subclass for its unit."""

    from_year = NumberField(
        _l("自哪個學年度起"),
        [Between(FIRST_YEAR, LAST_YEAR)],
        ask=Ask(
            _l("從哪個學年度開始適用？"), _l("民國學年度，例如 115；之前的年度不受影響。"), ("115",)
        ),
    )
    source = TextField(
        _l("依據"),
        max_points=200,
        ask=Ask(
            _l("依據什麼規定？"),
            _l("例如：本校補充規定第五點（115 年 6 月 30 日校務會議通過）"),
            (_l("本校補充規定第五點"),),
        ),
    )

    class Meta:
        name = "rule.set"
        title = _l("變更規則")
        groups = (Group("rule", _l("變更規則"), ("value", "from_year", "source")),)

    @property
    def value_data(self) -> Value:
        """What was typed, as the rule stores it."""
        raise NotImplementedError

    def fill(self, value: Value) -> None:
        """Show `value` in the field."""
        raise NotImplementedError


class NumberRuleForm(RuleForm):
    """A rule that counts."""

    value = NumberField(_l("新的值"), ask=Ask(_l("新的值是多少？"), _l("請填整數。"), ("6",)))

    @property
    def value_data(self) -> Value:
        return int(self.value.data)

    def fill(self, value: Value) -> None:
        self.value.data = value


class SizeRuleForm(RuleForm):
    """A rule that limits bytes, typed in MB."""

    value = NumberField(
        _l("新的大小上限（MB）"),
        places=2,
        ask=Ask(_l("上限是幾 MB？"), _l("1 MB 為 1,048,576 位元組，最多兩位小數。"), ("4", "2.5")),
    )

    @property
    def value_data(self) -> Value:
        return int(Decimal(self.value.data) * _MIB)

    def fill(self, value: Value) -> None:
        self.value.data = (Decimal(int(str(value))) / _MIB).quantize(Decimal("0.01")).normalize()


class YesNoRuleForm(RuleForm):
    """A rule that is on or off."""

    value = ChoiceField(
        _l("新的值"),
        choices=[("yes", _l("是")), ("no", _l("否"))],
        ask=Ask(_l("要改成「是」還是「否」？")),
    )

    @property
    def value_data(self) -> Value:
        return bool(self.value.data == "yes")

    def fill(self, value: Value) -> None:
        self.value.data = "yes" if value else "no"


class RhythmRuleForm(RuleForm):
    """A rule that says how often."""

    value = ChoiceField(_l("新的值"), ask=Ask(_l("多久一次？")))

    @property
    def value_data(self) -> Value:
        return str(self.value.data)

    def fill(self, value: Value) -> None:
        self.value.data = str(value)


class TextRuleForm(RuleForm):
    """A rule written as text: a day of the year, a list of days."""

    value = TextField(
        _l("新的值"),
        ask=Ask(_l("新的值是什麼？"), _l("日期填「月-日」如 01-20；天數以逗號分隔如 7,3,1。")),
    )
    unit = Unit.MONTH_DAY

    @property
    def value_data(self) -> Value:
        text = str(self.value.data).replace("，", ",").replace("、", ",")
        if self.unit is Unit.MONTH_DAY:
            return text
        parts = [part.strip() for part in text.split(",") if part.strip()]
        return [int(part) if part.isascii() and part.isdigit() else -1 for part in parts]

    def fill(self, value: Value) -> None:
        self.value.data = (
            ",".join(str(one) for one in value) if isinstance(value, list) else str(value)
        )


def rule_form(unit: Unit, **kwargs: Any) -> RuleForm:
    """The form that asks for a value of that unit."""
    if unit is Unit.BYTES:
        return SizeRuleForm(**kwargs)
    if unit is Unit.YES_NO:
        return YesNoRuleForm(**kwargs)
    if unit is Unit.RHYTHM:
        rhythmic = RhythmRuleForm(**kwargs)
        rhythmic.value.choices = rhythm.choices()
        return rhythmic
    if unit in {Unit.MONTH_DAY, Unit.DAY_LIST}:
        form = TextRuleForm(**kwargs)
        form.unit = unit
        return form
    return NumberRuleForm(**kwargs)


class GrantForm(Form):
    """Give a person a role."""

    role = ChoiceField(
        _l("角色"),
        choices=[(role.value, LABELS[role]) for role in GRANTABLE],
        empty=_l("請選擇角色"),
        ask=Ask(_l("要授予哪個角色？"), _l("只列出可以授予的角色；導師、代理人由名冊決定。")),
    )
    starts_on = RocDateField(
        _l("開始日期"), ask=Ask(_l("從哪一天開始？"), _l("例如 115/08/01"), ("115/08/01",))
    )
    ends_on = RocDateField(
        _l("結束日期"),
        required=False,
        ask=Ask(_l("到哪一天為止？"), _l("當天仍有效；不填表示直到撤銷為止。"), ("116/07/31",)),
    )
    reason = TextField(
        _l("理由"),
        max_points=200,
        ask=Ask(
            _l("授予的理由是什麼？"), _l("會留在稽核紀錄旁，例如：115 學年度註冊組長。"),
            (_l("115 學年度註冊組長"),),
        ),
    )  # fmt: skip

    class Meta:
        name = "role.grant"
        title = _l("授予角色")


class RevokeForm(Form):
    """Take a role back."""

    reason = TextField(
        _l("理由"),
        max_points=200,
        ask=Ask(_l("撤銷的理由是什麼？"), _l("例如：職務異動。"), (_l("職務異動"),)),
    )

    class Meta:
        name = "role.revoke"
        title = _l("撤銷角色")


class PersonForm(Form):
    """Enter one person by hand."""

    kind = ChoiceField(
        _l("身分"),
        choices=[
            (kind.value, label)
            for kind, label in KINDS.items()
            if kind is not PersonKind.APPLICANT  # nobody enters these by hand
        ],
        ask=Ask(_l("是學生、教職員還是家長？")),
    )
    number = TextField(
        _l("編號"),
        max_points=32,
        ask=Ask(
            _l("學號或教職員編號是什麼？"),
            _l("要與學習平臺上的「ID number」相同，登入時才能對應到本人。"),
            ("1150101",),
        ),
    )
    name = TextField(_l("姓名"), max_points=60, ask=Ask(_l("姓名是什麼？"), pii=True))
    email = TextField(
        _l("電子郵件"),
        [Matches(r"[^@\s]+@[^@\s]+\.[^@\s]+", _l("請填完整的電子郵件，例如 name@school.edu.tw。"))],
        required=False,
        max_points=254,
        ask=Ask(_l("電子郵件是什麼？"), _l("可不填；不填就只收得到站內通知。"), pii=True),
    )

    class Meta:
        name = "person.add"
        title = _l("新增人員")


class HomeroomForm(Form):
    """Who is homeroom teacher of a class."""

    number = TextField(
        _l("教職員編號"),
        required=False,
        max_points=32,
        ask=Ask(
            _l("導師的教職員編號是什麼？"),
            _l("可到「人員」頁以姓名查詢編號；不填表示目前沒有導師。"),
            ("T001",),
        ),
    )

    class Meta:
        name = "class.homeroom"
        title = _l("設定導師")


class TeachingForm(Form):
    """Who teaches a course."""

    number = TextField(
        _l("教職員編號"),
        max_points=32,
        ask=Ask(_l("這位教師的編號是什麼？"), _l("可到「人員」頁以姓名查詢編號。"), ("T001",)),
    )
    kind = ChoiceField(
        _l("授課身分"),
        choices=[(kind.value, label) for kind, label in TEACHING.items()],
        ask=Ask(_l("是任課教師、協同教師還是代理人？"), _l("三者都可以認證這門課的成果。")),
    )
    starts_on = RocDateField(
        _l("開始日期"),
        required=False,
        ask=Ask(_l("從哪一天開始？"), _l("不填表示整個學期。"), ("115/08/01",)),
    )
    ends_on = RocDateField(
        _l("結束日期"),
        required=False,
        ask=Ask(_l("到哪一天為止？"), _l("代理人必填，當天仍有效。"), ("115/12/31",)),
    )

    class Meta:
        name = "course.assign"
        title = _l("設定授課教師")
