"""Outcomes: handing in, returning, extending."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, time
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from forms.definition import Ask, Form, Group
from forms.fields import ChoiceField, LongTextField, RocDateField, SummaryField, TextField
from forms.file_field import FileAnswerField
from forms.files import StagedFile
from plugin.actor import Actor
from plugin.clock import TAIPEI
from plugin.portfolio.operations.drafts import OutcomeInput
from plugin.portfolio.operations.intake import SLOTS
from plugin.portfolio.stage import OutcomeStage
from plugin.school import rules
from plugin.school.models import Course
from plugin.uploads import FILE_CAP
from plugin.vault.check import MEDIA_TYPES


class OutcomeForm(Form):
    """One outcome: course, title, summary, files, use of AI."""

    course_id = ChoiceField(
        _l("課程"),
        ask=Ask(_l("這是哪一門課的學習成果？"), _l("只列出您修習、採計學分的課程。")),
        empty=_l("請選擇課程"),
    )
    title = TextField(
        _l("成果名稱"),
        max_points=60,
        ask=Ask(
            _l("這件成果叫什麼名稱？"),
            _l("例如：〈赤壁賦〉讀書心得"),
            (_l("〈赤壁賦〉讀書心得"),),
        ),
    )
    summary = SummaryField(
        _l("成果簡述"),
        ask=Ask(
            _l("請用幾句話簡述這件成果。"),
            _l("說明做了什麼、學到什麼。標點與換行各算 1 字。"),
            (_l("比較前後〈赤壁賦〉的心境轉折，並以心智圖整理論點。"),),
        ),
    )
    document = FileAnswerField(
        _l("文件檔"),
        accept=[MEDIA_TYPES[kind] for kind in SLOTS["document"].kinds],
        required=False,
        ask=Ask(_l("請上傳文件檔（PDF、JPG 或 PNG）。")),
    )
    media = FileAnswerField(
        _l("影音檔"),
        accept=[MEDIA_TYPES[kind] for kind in SLOTS["media"].kinds],
        required=False,
        ask=Ask(_l("請上傳影音檔（MP3 或 MP4）。")),
    )
    ai_note = LongTextField(
        _l("AI 使用揭露"),
        max_points=500,
        required=False,
        ask=Ask(
            _l("製作這件成果時有使用 AI 嗎？怎麼用的？"),
            _l("如果使用了 AI 工具，請寫下工具名稱與用途；沒有使用可以不填。"),
            (_l("以翻譯工具查單字，文字由本人撰寫。"),),
        ),
    )

    class Meta:
        name = "outcome.upload"
        title = _l("課程學習成果")
        groups = (
            Group("course", _l("課程與名稱"), ("course_id", "title", "summary")),
            Group("files", _l("檔案"), ("document", "media"), _l("至少上傳一個檔案。")),
            Group("ai", _l("AI 使用揭露"), ("ai_note",)),
        )

    def check(self, names: frozenset[str]) -> None:
        """At least one of the two files (SPEC §1, Files)."""
        if not {"document", "media"} <= names or self.document.errors or self.media.errors:
            return
        if self.document.data is None and self.media.data is None:
            self.document.errors = [_("請至少上傳一個檔案：文件檔或影音檔。")]

    def values(self) -> OutcomeInput:
        """What the operation takes; a course that is not offered is none."""
        known = dict(self.course_id.plain_choices())
        course = self.course_id.data if self.course_id.data in known else None
        return OutcomeInput(
            course_id=int(course) if course else None,
            title=self.title.data or "",
            summary=self.summary.data or "",
            ai_note=self.ai_note.data or "",
            document_file_id=_file_id(self.document.data),
            media_file_id=_file_id(self.media.data),
        )

    @property
    def empty(self) -> bool:
        """Whether nothing at all was typed or uploaded."""
        return self.values() == OutcomeInput()


def outcome_form(actor: Actor, courses: Iterable[Course], year: int, **data: Any) -> OutcomeForm:
    """The form for one student: own courses, the school's limits, own files.

    :param year: the academic year whose limits are told.
    """
    form = OutcomeForm(stage=OutcomeStage(actor), **data)
    assert actor.school_id is not None
    form.course_id.choices = [(str(one.id), course_label(one)) for one in courses]
    form.summary.max_points = rules.number(actor.school_id, "outcome.summary.max_points", year)
    for name, slot in SLOTS.items():
        form[name].max_bytes = rules.number(actor.school_id, slot.rule, year)
        form[name].description = "、".join(kind.upper() for kind in slot.kinds)
    # Too large a document has to arrive: the server offers to make it smaller.
    form.document.sent_bytes = FILE_CAP
    return form


def course_label(course: Course) -> str:
    """How a course reads in a list."""
    return _(
        "%(name)s（%(year)s 學年度第 %(term)s 學期）",
        name=course.name,
        year=course.academic_year,
        term=course.term,
    )


class ReturnForm(Form):
    """Why an outcome goes back to its student."""

    reason = LongTextField(
        _l("退回原因"),
        max_points=500,
        ask=Ask(
            _l("為什麼退回？請告訴學生要改什麼。"),
            _l("學生會看到這段文字。認證只確認是否為本課程的成果，不評優劣。"),
            (_l("檔案無法辨識，請重新掃描後上傳。"),),
        ),
    )

    class Meta:
        name = "outcome.return"
        title = _l("退回成果")

    def insert(self, words: str) -> None:
        """Put words behind the reason, as if they had been typed."""
        said = "\n".join(filter(None, (self.reason.data or "", words)))
        self.reason.data, self.reason.raw_data = said, [said]


REASONS = (
    _l("這不是本課程的學習成果，請改選正確的課程後再送出。"),
    _l("檔案無法開啟或內容不清楚，請重新製作後上傳。"),
    _l("檔案內容與成果簡述不符，請修正後再送出。"),
    _l("引用他人作品未註明出處，請補上來源後再送出。"),
)
"""Templates of reasons; the teacher may change the words."""


class ExtendForm(Form):
    """Until when overdue outcomes may still be decided."""

    until = RocDateField(
        _l("延長至"),
        ask=Ask(_l("延長到哪一天？"), _l("例如 115/12/05，到當天 23:59 為止。"), ("115/12/05",)),
    )

    class Meta:
        name = "outcome.extend"
        title = _l("延長認證期限")

    @property
    def moment(self) -> datetime:
        """The last minute of that day in Taipei; asked once the form is valid."""
        assert self.until.data is not None
        return datetime.combine(self.until.data, time(23, 59, 59), TAIPEI)


def _file_id(file: StagedFile | None) -> int | None:
    return int(file.ref) if file is not None else None
