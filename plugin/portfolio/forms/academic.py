"""Reports of errors and their answers, officer posts, basic data."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from forms.definition import Ask, Form, Group
from forms.fields import ChoiceField, LongTextField, NumberField, RocDateField, TextField
from forms.validators import Between
from plugin.portfolio.models import BasicRecord, CaseArea, ChangeKind, OfficerPost, PostLevel
from plugin.portfolio.operations.academic.basics import BasicInput
from plugin.portfolio.operations.academic.found import TEXT_POINTS
from plugin.portfolio.operations.academic.posts import WORDS_POINTS, PostInput
from plugin.portfolio.record_kinds import code_table
from plugin.school.terms import Term

AREAS = {
    CaseArea.BASIC: _l("學籍資料"),
    CaseArea.POSTS: _l("幹部紀錄"),
    CaseArea.COURSES: _l("修課紀錄"),
}
LEVELS = {
    PostLevel.SCHOOL: _l("校級幹部"),
    PostLevel.CLASS: _l("班級幹部"),
    PostLevel.CLUB: _l("社團幹部"),
}
CHANGES = {
    ChangeKind.NONE: _l("沒有異動"),
    ChangeKind.TRANSFER_IN: _l("轉入"),
    ChangeKind.TRANSFER_OUT: _l("轉出"),
    ChangeKind.DEPARTMENT: _l("轉科"),
    ChangeKind.SUSPEND: _l("休學"),
    ChangeKind.RESUME: _l("復學"),
    ChangeKind.EXTEND: _l("延修"),
    ChangeKind.DIVISION: _l("跨部"),
}


class ReportForm(Form):
    """Something in the own records is wrong."""

    area = ChoiceField(
        _l("哪一項資料"),
        choices=[(area.value, words) for area, words in AREAS.items()],
        ask=Ask(_l("哪一項資料有錯？"), _l("學籍與修課紀錄由註冊組查明，幹部紀錄由學務處查明。")),
    )
    text = LongTextField(
        _l("哪裡有錯"),
        max_points=TEXT_POINTS,
        ask=Ask(
            _l("哪裡有錯，正確的內容是什麼？"),
            _l("例如：班級座號應為 12 號；或：上學期擔任學藝股長，沒有列出。"),
            (_l("上學期擔任學藝股長，沒有列出。"),),
        ),
    )

    class Meta:
        name = "records.report"
        title = _l("回報資料錯誤")


class AnswerForm(Form):
    """What came of a report."""

    result = ChoiceField(
        _l("處理結果"),
        choices=[("corrected", _l("已更正資料")), ("answered", _l("資料無誤，說明如下"))],
        ask=Ask(_l("處理的結果是什麼？"), _l("要更正的資料請先改好再答覆。")),
    )
    answer = LongTextField(
        _l("答覆"),
        max_points=TEXT_POINTS,
        ask=Ask(
            _l("要怎麼答覆學生？"),
            _l("學生會看到，並附上您的姓名與日期；送出後不能修改。"),
            (_l("已依導師提供的名單補登。"),),
        ),
    )

    class Meta:
        name = "records.answer"
        title = _l("答覆錯誤回報")


class ReasonForm(Form):
    """Why something is taken back or thawed."""

    reason = LongTextField(
        _l("原因"),
        max_points=TEXT_POINTS,
        ask=Ask(_l("原因是什麼？"), _l("會與您的姓名、時間一起留在紀錄裡。")),
    )

    class Meta:
        name = "records.reason"
        title = _l("說明原因")


class PostForm(Form):
    """One officer post of one student."""

    number = TextField(
        _l("學號"),
        max_points=32,
        ask=Ask(_l("學生的學號是？"), examples=("1150101",), pii=True),
    )
    term = ChoiceField(_l("學期"), ask=Ask(_l("哪一個學期的幹部？")))
    level = ChoiceField(
        _l("幹部等級"),
        choices=[(level.value, words) for level, words in LEVELS.items()],
        ask=Ask(_l("是校級、班級還是社團幹部？")),
    )
    unit = TextField(
        _l("單位名稱"),
        max_points=WORDS_POINTS,
        ask=Ask(
            _l("在哪個單位擔任？"),
            _l("例如：一年一班、學生會、天文社"),
            (_l("學生會"), _l("天文社")),
        ),
    )
    duty = TextField(
        _l("擔任職務"),
        max_points=WORDS_POINTS,
        ask=Ask(_l("擔任什麼職務？"), examples=(_l("班長"), _l("社長"))),
    )
    starts_on = RocDateField(
        _l("開始日期"),
        ask=Ask(_l("從哪一天開始擔任？"), _l("例如 115/09/01"), ("115/09/01",)),
    )
    ends_on = RocDateField(
        _l("結束日期"),
        ask=Ask(_l("擔任到哪一天？"), _l("例如 116/01/20"), ("116/01/20",)),
    )

    class Meta:
        name = "post.add"
        title = _l("登錄幹部紀錄")

    def check(self, names: frozenset[str]) -> None:
        start, end = self.starts_on.data, self.ends_on.data
        if {"starts_on", "ends_on"} <= names and start and end and end < start:
            self.ends_on.errors = [*self.ends_on.errors, _("結束日期早於開始日期。")]

    def values(
        self, student_id: int, term: Term | None = None, duty: str | None = None
    ) -> PostInput:
        """What the operation takes; the form must be valid.

        :param term, duty: of the grid and its row, whose form does not ask for them.
        """
        start, end = self.starts_on.data, self.ends_on.data
        assert start is not None
        assert end is not None
        return PostInput(
            student_id=student_id,
            term=term or read_term(self.term.data) or Term(0, 0),
            level=PostLevel(self.level.data),
            unit=self.unit.data or "",
            duty=(self.duty.data or "") if duty is None else duty,
            starts_on=start,
            ends_on=end,
        )


class PostGridForm(PostForm):
    """What many posts of a class or club have in common; the rows are duties of students."""

    number = None  # type: ignore[assignment]
    term = None  # type: ignore[assignment]
    duty = None  # type: ignore[assignment]

    class Meta(PostForm.Meta):
        name = "post.grid"
        title = _l("整批登錄幹部紀錄")


def post_data(post: OfficerPost, number: str) -> dict[str, Any]:
    """A post as its form shows it."""
    return {
        "number": number,
        "term": f"{post.academic_year}-{post.term}",
        "level": post.level.value,
        "unit": post.unit,
        "duty": post.duty,
        "starts_on": post.starts_on,
        "ends_on": post.ends_on,
    }


def term_choices(terms: Iterable[Term]) -> list[tuple[str, str]]:
    """Terms as a list to choose from."""
    return [(f"{one.academic_year}-{one.term}", one.label) for one in terms]


def read_term(text: str | None) -> Term | None:
    """The term that was chosen; None for what is none."""
    year, _minus, number = (text or "").partition("-")
    if number in {"1", "2"} and year.isascii() and year.isdigit() and len(year) <= 3:
        return Term(int(year), int(number))
    return None


def _text(label: Any, prompt: Any, points: int = 40, help: Any = "", **more: Any) -> TextField:  # noqa: A002
    return TextField(label, max_points=points, ask=Ask(prompt, help), **{"required": False} | more)


class BasicForm(Form):
    """A student's basic data of a term."""

    grade = NumberField(_l("年級"), [Between(0, 6)], ask=Ask(_l("幾年級？")))
    class_code = _text(_l("班級代碼"), _l("班級代碼是？"), 16)
    class_name = _text(_l("班級名稱"), _l("班級名稱是？"))
    seat = NumberField(_l("座號"), [Between(0, 999)], ask=Ask(_l("座號是？")), required=False)
    cluster = _text(_l("群別代碼"), _l("群別代碼是？"), 10)
    department = _text(_l("科班學程別代碼"), _l("科班學程別代碼是？"), 20)
    division = _text(
        _l("部別代碼"), _l("部別代碼是？"), 10, _l("代碼 1 到 7；代碼的文字請依主管機關公告。")
    )
    class_kind = _text(_l("班別"), _l("班別代碼是？"), 10, _l("例如：1 日間部（一般班）、9 實驗班"))
    status = _text(
        _l("學籍狀態"), _l("學籍狀態是？"), 40, _l("例如：在學、休學、延修"), required=True
    )
    change = ChoiceField(
        _l("學籍異動"),
        choices=[(change.value, words) for change, words in CHANGES.items()],
        ask=Ask(_l("這個學期有學籍異動嗎？")),
    )
    changed_on = RocDateField(
        _l("學籍異動日期"),
        required=False,
        ask=Ask(_l("哪一天異動？"), _l("例如 115/09/01；沒有異動請留白"), ("115/09/01",)),
    )
    sex = ChoiceField(
        _l("性別代碼"),
        required=False,
        choices=[("1", _l("1 男")), ("2", _l("2 女"))],
        ask=Ask(_l("性別代碼是？"), pii=True),
    )
    special = _text(
        _l("特殊身分別"), _l("特殊身分別代碼是？"), help=_l("數個代碼以逗號分開；一般生填 0 或留白")
    )
    tribe = _text(_l("原住民族別"), _l("原住民族別是？"))
    native_kind = _text(_l("原住民身分別"), _l("原住民身分別代碼是？"))
    dialect = _text(_l("族語認證報考方言"), _l("族語認證報考哪一種方言？"))
    exam_year = _text(_l("報考年度"), _l("報考年度是？"), help=_l("民國年；沒有請填 0 或留白"))
    exam_until = _text(_l("族語認證有效日期"), _l("族語認證有效到哪一年？"), help=_l("民國年"))
    experiment = _text(_l("實驗班名稱"), _l("實驗班名稱是？"))
    admission = _text(_l("入學方式"), _l("以什麼方式入學？"), help=_l("例如：分區免試、直升入學"))
    home_school = _text(_l("所屬學校代碼"), _l("所屬學校的代碼是？"), 6)
    lent_school = _text(
        _l("借讀學校代碼"), _l("借讀學校的代碼是？"), 6, _l("填了才會列入「學生借讀資料」")
    )
    lent_cluster = _text(_l("借讀群別"), _l("借讀的群別代碼是？"), 10)
    lent_department = _text(_l("借讀科班學程別"), _l("借讀的科班學程別代碼是？"), 20)
    lent_kind = _text(_l("借讀代碼"), _l("借讀代碼是？"), 10)
    lent_from = RocDateField(_l("申請開始日期"), required=False, ask=Ask(_l("借讀從哪一天開始？")))
    lent_until = RocDateField(_l("申請結束日期"), required=False, ask=Ask(_l("借讀到哪一天結束？")))

    class Meta:
        name = "basic.set"
        title = _l("基本資料")
        groups = (
            Group("place", _l("班級與座號"), ("grade", "class_code", "class_name", "seat")),
            Group("study", _l("群科與部別"), ("cluster", "department", "division", "class_kind")),
            Group("status", _l("學籍狀態"), ("status", "change", "changed_on")),
            Group("more", _l("名冊的其他欄位"), (
                "sex", "special", "tribe", "native_kind", "dialect", "exam_year", "exam_until",
                "experiment", "admission")),
            Group("lent", _l("借讀他校"), (
                "home_school", "lent_school", "lent_cluster", "lent_department", "lent_kind",
                "lent_from", "lent_until"), _l("沒有借讀就留白。")),
        )  # fmt: skip

    def values(self) -> BasicInput:
        """What the operation takes; the form must be valid."""
        details = {name: _plain(self[name].data) for name in DETAILS}
        return BasicInput(
            grade=int(self.grade.data or 0),
            seat=int(self.seat.data or 0),
            change=ChangeKind(self.change.data),
            changed_on=self.changed_on.data,
            details={name: text for name, text in details.items() if text},
            **{name: self[name].data or "" for name in TEXTS},
        )


TEXTS = (
    "class_code", "class_name", "cluster", "department", "division", "class_kind", "status",
)  # fmt: skip
DETAILS = (
    "sex", "special", "tribe", "native_kind", "dialect", "exam_year", "exam_until", "experiment",
    "admission", "home_school", "lent_school", "lent_cluster", "lent_department", "lent_kind",
    "lent_from", "lent_until",
)  # fmt: skip
DAYS = {"lent_from", "lent_until"}


def basic_data(row: BasicRecord) -> dict[str, Any]:
    """Basic data as their form shows them."""
    found: dict[str, Any] = {name: getattr(row, name) for name in ("grade", "seat", *TEXTS)}
    found |= {"change": row.change.value, "changed_on": row.changed_on}
    for name in DETAILS:
        text = row.details.get(name) or None
        found[name] = date.fromisoformat(text) if text and name in DAYS else text
    return found


def class_kind_words(code: str) -> str:
    """A code of 班別 with its words."""
    return code_table("class_kind").said(code) if code else ""


def _plain(value: Any) -> str:
    return value.isoformat() if isinstance(value, date) else str(value or "")
