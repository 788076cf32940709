"""Counselling: a consultation, what is added to it, whose students are whose, own words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from forms.definition import Ask, Form, Group
from forms.fields import (
    ChoiceField,
    LongTextField,
    ManyField,
    RocDateField,
    SummaryField,
    TextField,
)
from forms.file_field import FileAnswerField
from plugin.actor import Actor
from plugin.ids import row_ids
from plugin.portfolio.forms.outcomes import _file_id
from plugin.portfolio.models import CounsellingKind
from plugin.portfolio.operations.counselling.complete import SUMMARY, TEXT_POINTS
from plugin.portfolio.operations.counselling.phrases import TITLE_POINTS
from plugin.portfolio.operations.counselling.writing import SHORT, CounsellingInput
from plugin.portfolio.operations.intake import COUNSELLING_SLOTS
from plugin.portfolio.stage import CounsellingStage
from plugin.school import rules
from plugin.school.models import Person
from plugin.school.queries import Placement
from plugin.vault.check import MEDIA_TYPES

KINDS = {
    CounsellingKind.INDIVIDUAL: _l("個別"),
    CounsellingKind.GROUP: _l("團體"),
}

TOPICS = (
    "選課輔導",
    "課程地圖與學程說明",
    "加深加廣與多元選修",
    "彈性學習與自主學習計畫",
    "學習歷程檔案準備",
    "轉班群或轉學程",
    "學習適應與讀書方法",
    "升學進路",
    "就業與職涯探索",
    "其他",
)
"""The list of a school that has set none: data like the school's own, in the school's language."""


class CounsellingForm(Form):
    """One consultation."""

    kind = ChoiceField(
        _l("諮詢方式"),
        choices=[(kind.value, words) for kind, words in KINDS.items()],
        ask=Ask(_l("是個別諮詢還是團體諮詢？")),
        default=CounsellingKind.INDIVIDUAL.value,
    )
    held_on = RocDateField(
        _l("諮詢日期"), ask=Ask(_l("哪一天諮詢的？"), _l("例如 115/11/20"), ("115/11/20",))
    )
    place = TextField(
        _l("地點"),
        max_points=SHORT["place"],
        ask=Ask(_l("在哪裡諮詢？"), _l("例如：輔導室、線上會議"), (_l("輔導室"),)),
    )
    students = ManyField(
        _l("學生"),
        ask=Ask(
            _l("哪些學生接受諮詢？"),
            _l("只列出指派給您的學生；個別諮詢選 1 位，團體選 2 位以上。"),
            pii=True,
        ),
    )
    topic = ChoiceField(_l("諮詢主題"), ask=Ask(_l("諮詢的主題是什麼？")), empty=_l("請選擇主題"))
    topic_note = TextField(
        _l("主題補充"),
        max_points=SHORT["topic_note"],
        required=False,
        ask=Ask(_l("主題有要補充的嗎？"), _l("例如：二年級自然組選修物理或生物")),
    )
    summary = SummaryField(
        _l("簡述"),
        ask=Ask(
            _l("請用幾句話簡述諮詢的經過。"),
            _l("學生看得到。團體紀錄請不要寫出學生姓名。標點與換行各算 1 字。"),
            (_l("討論二年級選修科目與未來學群的關係，學生對工程學群有興趣。"),),
        ),
    )
    document = FileAnswerField(
        _l("文件檔"),
        accept=[MEDIA_TYPES[kind] for kind in COUNSELLING_SLOTS["document"].kinds],
        required=False,
        ask=Ask(_l("要附上文件嗎（PDF、JPG 或 PNG）？")),
    )
    follow_up = LongTextField(
        _l("後續追蹤"),
        max_points=TEXT_POINTS,
        required=False,
        ask=Ask(_l("之後要追蹤什麼？"), _l("例如：選課結果公布後確認是否需要加退選")),
    )
    follow_up_on = RocDateField(
        _l("追蹤日期"),
        required=False,
        ask=Ask(
            _l("哪一天追蹤？"),
            _l("到了這一天會通知您，並列在首頁；例如 115/12/15"),
            ("115/12/15",),
        ),
    )
    advice = LongTextField(
        _l("建議"),
        max_points=TEXT_POINTS,
        required=False,
        ask=Ask(_l("您給學生什麼建議？"), _l("學生看得到；可由下方「常用建議」插入後修改。")),
    )

    class Meta:
        name = "counselling.log"
        title = _l("課程諮詢紀錄")
        groups = (
            Group("meeting", _l("何時、何地、與誰"), ("kind", "held_on", "place", "students")),
            Group("content", _l("諮詢內容"), ("topic", "topic_note", "summary", "document")),
            Group("follow", _l("後續追蹤"), ("follow_up", "follow_up_on")),
            Group("advice", _l("給學生的建議"), ("advice",)),
        )

    def values(self) -> CounsellingInput:
        """What the operation takes; a student who is not offered is none."""
        known = dict(self.students.plain_choices())
        group = self.kind.data == CounsellingKind.GROUP
        topics = dict(self.topic.plain_choices())
        return CounsellingInput(
            kind=CounsellingKind.GROUP if group else CounsellingKind.INDIVIDUAL,
            held_on=self.held_on.data,
            place=self.place.data or "",
            student_ids=row_ids(one for one in self.students.data or () if one in known),
            topic=self.topic.data if self.topic.data in topics else "",
            topic_note=self.topic_note.data or "",
            summary=self.summary.data or "",
            advice=self.advice.data or "",
            follow_up=self.follow_up.data or "",
            follow_up_on=self.follow_up_on.data,
            document_file_id=_file_id(self.document.data),
        )

    @property
    def empty(self) -> bool:
        """Whether nothing but the kind was typed, chosen or uploaded."""
        values = self.values()
        return values == CounsellingInput(kind=values.kind, student_ids=[])

    def insert(self, words: str) -> None:
        """Put words behind the advice, as if they had been typed."""
        said = "\n".join(filter(None, (self.advice.data or "", words)))
        self.advice.data, self.advice.raw_data = said, [said]


def counselling_form(
    actor: Actor,
    year: int,
    *,
    students: Iterable[tuple[Person, Placement | None]],
    topics: Sequence[str],
    **data: Any,
) -> CounsellingForm:
    """The form for one counsellor: own students, the school's topics and limits, own files.

    :param year: the academic year whose limits are told.
    :param topics: the school's list, with the record's own topic where it is no more in it.
    """
    form = CounsellingForm(stage=CounsellingStage(actor), **data)
    assert actor.school_id is not None
    form.students.choices = [(str(one.id), student_label(one, placed)) for one, placed in students]
    form.topic.choices = [(one, one) for one in topics]
    form.summary.max_points = rules.number(actor.school_id, SUMMARY, year)
    slot = COUNSELLING_SLOTS["document"]
    form.document.max_bytes = rules.number(actor.school_id, slot.rule, year)
    form.document.description = _("PDF、JPG、PNG；團體紀錄的文件只有諮詢教師看得到")
    return form


def student_label(student: Person, placed: Placement | None) -> str:
    """How a student reads in a list of boxes."""
    if placed is None:
        return f"{student.name}（{student.number}）"
    return f"{placed.class_name} {placed.seat:02d} {student.name}（{student.number}）"


class AddendumForm(Form):
    """What is added to a record that stands."""

    text = LongTextField(
        _l("補充說明"),
        max_points=TEXT_POINTS,
        ask=Ask(_l("要補充什麼？"), _l("補充後不能修改或刪除；學生看得到，並附上您的姓名與時間。")),
    )

    class Meta:
        name = "counselling.add"
        title = _l("補充課程諮詢紀錄")


class VoidForm(Form):
    """Why a record does not count."""

    reason = TextField(
        _l("作廢原因"),
        max_points=500,
        ask=Ask(
            _l("為什麼作廢？"),
            _l("紀錄與原因會保留，學生不再看到這筆紀錄。例如：選錯學生，已另行登錄"),
            (_l("選錯學生，已另行登錄。"),),
        ),
    )

    class Meta:
        name = "counselling.void"
        title = _l("作廢課程諮詢紀錄")


class TemplateForm(Form):
    """Words of advice to use again."""

    title = TextField(
        _l("名稱"),
        max_points=TITLE_POINTS,
        ask=Ask(_l("這則建議叫什麼名稱？"), _l("只有您自己看得到。"), (_l("選修物理前的準備"),)),
    )
    body = LongTextField(_l("建議內容"), max_points=TEXT_POINTS, ask=Ask(_l("建議的內容是什麼？")))

    class Meta:
        name = "counselling.template"
        title = _l("常用建議")


class TopicsForm(Form):
    """The school's list of topics."""

    topics = LongTextField(
        _l("諮詢主題"),
        required=False,
        max_points=2000,
        ask=Ask(
            _l("諮詢主題有哪些？"),
            _l("一行一個，依順序列出；清空則恢復系統的預設清單。已登錄的紀錄不受影響。"),
        ),
    )

    class Meta:
        name = "counselling.topics"
        title = _l("諮詢主題清單")


class AssignForm(Form):
    """Whose students are whose."""

    counsellor = ChoiceField(
        _l("課程諮詢教師"), ask=Ask(_l("指派給哪位課程諮詢教師？")), empty=_l("請選擇教師")
    )
    classes = ManyField(
        _l("班級"),
        required=False,
        ask=Ask(_l("負責哪些班級？"), _l("班級的學生異動時，指派會跟著班級名單。")),
    )
    numbers = LongTextField(
        _l("個別學生的學號"),
        required=False,
        max_points=5000,
        ask=Ask(
            _l("另外負責哪些學生？"), _l("以空白、逗號或換行分開，例如 1150101、1150102"), pii=True
        ),
    )
    starts_on = RocDateField(_l("開始日期"), ask=Ask(_l("從哪一天開始？"), _l("例如 115/08/01")))
    ends_on = RocDateField(
        _l("結束日期"),
        required=False,
        ask=Ask(_l("到哪一天為止？"), _l("不填就一直有效；班級的指派到學年結束為止。")),
    )

    class Meta:
        name = "counselling.assign"
        title = _l("指派課程諮詢教師")
