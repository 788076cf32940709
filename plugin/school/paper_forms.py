"""What is asked about the year plan, the regulations, the working group and briefings."""

from __future__ import annotations

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from forms.definition import Ask, Form
from forms.fields import ChoiceField, LongTextField, RocDateField, TextField
from forms.file_field import FileAnswerField
from plugin.school.calendar_models import Audience, PlanPart

PARTS = {
    PlanPart.ADMINISTRATION: _l("行政規劃"),
    PlanPart.CURRICULUM: _l("課程計畫"),
    PlanPart.TRAINING: _l("教育訓練"),
    PlanPart.OTHER: _l("其他"),
}
AUDIENCES = {
    Audience.ADMINISTRATIVE: _l("學校行政人員"),
    Audience.TEACHERS: _l("教師"),
    Audience.STUDENTS: _l("學生"),
    Audience.PARENTS: _l("親師"),
}


class PlanItemForm(Form):
    """One piece of work of the year plan."""

    part = ChoiceField(
        _l("類別"),
        choices=[(one.value, text) for one, text in PARTS.items()],
        ask=Ask(_l("屬於哪一類工作？")),
    )
    title = TextField(
        _l("工作"), max_points=60, ask=Ask(_l("是什麼工作？"), "", (_l("校務會議修訂補充規定"),))
    )
    unit = TextField(
        _l("承辦"), required=False, max_points=60, ask=Ask(_l("由誰承辦？"), "", (_l("教務處"),))
    )
    starts_on = RocDateField(
        _l("開始日期"), ask=Ask(_l("從哪一天開始？"), _l("例如 115/08/25"), ("115/08/25",))
    )
    ends_on = RocDateField(
        _l("結束日期"), ask=Ask(_l("到哪一天結束？"), _l("例如 115/08/31"), ("115/08/31",))
    )

    class Meta:
        name = "plan.item"
        title = _l("年度工作")

    def check(self, names: frozenset[str]) -> None:
        """It ends on or after the day on which it begins."""
        begin, end = self.starts_on, self.ends_on
        if {"starts_on", "ends_on"} <= names and begin.data and end.data and end.data < begin.data:
            end.errors = [_("結束日期不能早於開始日期。")]


class RegulationForm(Form):
    """A version of the school's own regulation."""

    paper = FileAnswerField(
        _l("補充規定（PDF）"),
        accept=("application/pdf",),
        max_bytes=20 * 1_048_576,
        ask=Ask(_l("請上傳補充規定的 PDF。"), _l("PDF，20 MB 以內。")),
    )
    passed_on = RocDateField(
        _l("通過日期"), ask=Ask(_l("哪一天通過的？"), _l("例如 115/06/30"), ("115/06/30",))
    )
    passed_by = TextField(
        _l("通過的會議"),
        max_points=60,
        default="校務會議",
        ask=Ask(_l("由哪個會議通過？"), _l("依規定經校務會議通過。"), (_l("校務會議"),)),
    )
    note = TextField(
        _l("修訂說明"),
        required=False,
        max_points=200,
        ask=Ask(_l("這一版修訂了什麼？"), "", (_l("修正第五點件數上限"),)),
    )

    class Meta:
        name = "regulation.add"
        title = _l("登錄新版補充規定")


class SeatForm(Form):
    """One seat of the working group."""

    post = TextField(_l("職務"), max_points=60, ask=Ask(_l("是什麼職務？"), "", (_l("導師代表"),)))
    name = TextField(
        _l("姓名"),
        required=False,
        max_points=60,
        ask=Ask(_l("由誰擔任？"), _l("還沒決定可以先空白。"), pii=True),
    )
    note = TextField(_l("備註"), required=False, max_points=100, ask=Ask(_l("有什麼要備註的？")))

    class Meta:
        name = "group.seat"
        title = _l("工作小組成員")


class MeetingForm(Form):
    """A meeting of the working group and its minutes."""

    held_on = RocDateField(
        _l("日期"), ask=Ask(_l("哪一天開會？"), _l("例如 115/09/05"), ("115/09/05",))
    )
    place = TextField(_l("地點"), max_points=60, ask=Ask(_l("在哪裡開會？"), "", (_l("會議室"),)))
    chair = TextField(_l("主席"), max_points=60, ask=Ask(_l("誰主持？"), pii=True))
    present = LongTextField(
        _l("出席人員"), required=False, max_points=2000, ask=Ask(_l("誰出席？"), pii=True)
    )
    minutes = LongTextField(
        _l("會議紀錄"),
        max_points=10_000,
        ask=Ask(_l("討論與決議是什麼？"), _l("報告、討論與決議事項。")),
    )

    class Meta:
        name = "group.meeting"
        title = _l("工作小組會議紀錄")


class BriefingForm(Form):
    """A briefing as it is announced."""

    audience = ChoiceField(
        _l("對象"),
        choices=[(one.value, text) for one, text in AUDIENCES.items()],
        ask=Ask(_l("為誰辦理？")),
    )
    title = TextField(
        _l("名稱"), max_points=100, ask=Ask(_l("叫什麼名稱？"), "", (_l("教師系統操作訓練"),))
    )
    held_on = RocDateField(
        _l("日期"), ask=Ask(_l("哪一天辦理？"), _l("例如 115/09/10"), ("115/09/10",))
    )
    hours = TextField(
        _l("時間"), required=False, max_points=40, ask=Ask(_l("幾點到幾點？"), "", ("10:10–12:00",))
    )
    place = TextField(
        _l("地點"), required=False, max_points=60, ask=Ask(_l("在哪裡？"), "", (_l("視聽教室"),))
    )
    unit = TextField(
        _l("負責單位"),
        required=False,
        max_points=60,
        ask=Ask(_l("由誰負責？"), "", (_l("教務處"),)),
    )

    class Meta:
        name = "briefing.set"
        title = _l("教育訓練")


class ExpectForm(Form):
    """Who is expected at a briefing."""

    numbers = LongTextField(
        _l("學號、教職員編號或班級代碼"),
        ask=Ask(
            _l("誰應該參加？"),
            _l("每行一個；填班級代碼就是全班學生。可以直接由試算表貼上。"),
            ("T001", "1150101", "101"),
        ),
    )

    class Meta:
        name = "briefing.expect"
        title = _l("加入參加人員")
