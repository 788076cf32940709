"""What the registry answers about the selections of classes."""

from __future__ import annotations

from datetime import datetime, time

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from forms.definition import Ask, Form
from forms.fields import ChoiceField, LongTextField, RocDateField
from plugin.clock import TAIPEI
from plugin.portfolio.models import HoldState
from plugin.portfolio.operations.holds import REASON_POINTS


class HoldForm(Form):
    """Lock the selections of classes, or open them again."""

    act = ChoiceField(
        _l("要做什麼"),
        choices=[
            (HoldState.LOCKED.value, _l("鎖定：學生不能再修改")),
            (HoldState.OPEN.value, _l("重新開放：勾選期間以外也可以修改")),
        ],
        ask=Ask(_l("要鎖定還是重新開放這些班級的勾選？")),
    )
    until = RocDateField(
        _l("開放到"),
        required=False,
        ask=Ask(
            _l("開放修改到哪一天？"),
            _l("重新開放時填寫，到當天 23:59 為止；例如 115/12/05。"),
            ("115/12/05",),
        ),
    )
    reason = LongTextField(
        _l("原因"),
        max_points=REASON_POINTS,
        ask=Ask(
            _l("為什麼鎖定或重新開放？"),
            _l("學生會看到這段文字。"),
            (_l("導師收齊確認單後發現有誤，開放更正。"),),
        ),
    )

    class Meta:
        name = "selection.hold"
        title = _l("鎖定或重新開放班級的勾選")

    def check(self, names: frozenset[str]) -> None:
        """To open needs a day."""
        asked = {"act", "until"} <= names and self.act.data == HoldState.OPEN
        if asked and not self.until.data and not self.until.errors:
            self.until.errors = [_("請填寫「開放到」的日期。")]

    @property
    def moment(self) -> datetime | None:
        """The last second of that day in Taipei."""
        if self.until.data is None:
            return None
        return datetime.combine(self.until.data, time(23, 59, 59), TAIPEI)
