"""The rows of the school's own sheets, as forms: what each cell is asked for.

Templates, headings, explanations and checks all follow from these (decision record 0004).
"""

from __future__ import annotations

import re
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms.validators import ValidationError

from forms.definition import Ask, Form
from forms.fields import ChoiceField, NumberField, RocDateField, TextField
from forms.validators import Between, Matches
from plugin import clock
from plugin.school import course_code
from plugin.school.forms import TEACHING
from plugin.school.terms import FIRST_YEAR, LAST_YEAR

_EMAIL = r"[^@\s]+@[^@\s]+\.[^@\s]+"
_IDENTITY = re.compile(r"[A-Z][1289A-D][0-9]{8}")
"""National ID, resident number of the new form (8, 9) and of the old (A to D)."""
_LETTERS = "ABCDEFGHJKLMNPQRSTUVXYWZIO"
"""In the order of their numbers from 10 on."""


def identity_stands(text: str) -> bool:
    """Whether the last digit of a national ID or resident number is what the others demand.

    >>> identity_stands("A123456789"), identity_stands("A123456780"), identity_stands("A800000014")
    (True, False, True)
    """
    if not _IDENTITY.fullmatch(text):
        return False
    first = _LETTERS.index(text[0]) + 10
    second = _LETTERS.index(text[1]) % 10 if text[1].isalpha() else int(text[1])
    digits = [first // 10, first % 10, second, *map(int, text[2:])]
    return (
        sum(a * b for a, b in zip(digits, (1, 9, 8, 7, 6, 5, 4, 3, 2, 1, 1), strict=True)) % 10 == 0
    )


class NumberTextField(TextField):
    """A number that is a name (學號, 班級代碼, 課程代碼): upper case, no spaces inside."""

    def process_formdata(self, valuelist: list[Any]) -> None:
        super().process_formdata(valuelist)
        if self.data:
            self.data = "".join(self.data.split())


class UpperField(NumberTextField):
    """The same in upper case."""

    def process_formdata(self, valuelist: list[Any]) -> None:
        super().process_formdata(valuelist)
        if self.data:
            self.data = self.data.upper()


class EmailField(TextField):
    """An address, in lower case as the school keeps it."""

    def process_formdata(self, valuelist: list[Any]) -> None:
        super().process_formdata(valuelist)
        if self.data:
            self.data = self.data.lower()


def _number(label: Any, prompt: Any, example: str, **more: Any) -> NumberTextField:
    return NumberTextField(
        label, max_points=32, ask=Ask(prompt, more.pop("help", ""), (example,)), **more
    )


def _name(label: Any = None) -> TextField:
    return TextField(
        label or _l("姓名"),
        max_points=60,
        ask=Ask(_l("姓名，與學籍資料相同。"), "", (_l("王小明"),), pii=True),
    )


def _email(**more: Any) -> EmailField:
    return EmailField(
        _l("電子郵件"),
        [Matches(_EMAIL, _l("請填完整的電子郵件，例如 name@school.edu.tw。"))],
        required=False,
        max_points=254,
        ask=Ask(_l("收通知用，可不填。"), "", ("name@school.edu.tw",), pii=True),
        **more,
    )


def _year() -> NumberField:
    return NumberField(
        _l("學年度"),
        [Between(FIRST_YEAR, LAST_YEAR)],
        required=False,
        ask=Ask(_l("民國學年度；不填就用上傳時選的學年度。"), "", ("115",)),
    )


def _term() -> ChoiceField:
    return ChoiceField(
        _l("學期"),
        choices=[("1", "1"), ("2", "2")],
        required=False,
        ask=Ask(_l("1 或 2；不填就用上傳時選的學期。"), "", ("1",)),
    )


def _grade() -> NumberField:
    return NumberField(
        _l("年級"), [Between(1, 12)], ask=Ask(_l("高一填 1、高二填 2、高三填 3。"), "", ("1",))
    )


class ClassRow(Form):
    """A class 班級."""

    year = _year()
    code = NumberTextField(
        _l("班級代碼"),
        max_points=16,
        ask=Ask(_l("全校不重複的班級代碼，名冊依它排序。"), "", ("101",)),
    )
    name = TextField(_l("班級名稱"), max_points=40, ask=Ask(_l("班級名稱"), "", (_l("一年一班"),)))
    grade = _grade()
    homeroom = NumberTextField(
        _l("導師編號"),
        max_points=32,
        required=False,
        ask=Ask(_l("導師的教職員編號；不填就維持原狀。"), "", ("T001",)),
    )

    class Meta:
        name = "import.classes"
        title = _l("班級")


class TeacherRow(Form):
    """A member of staff."""

    number = _number(
        _l("教職員編號"), _l("要與學習平臺上的「ID number」相同，登入時才能對應到本人。"), "T001"
    )
    name = _name()
    email = _email()

    class Meta:
        name = "import.teachers"
        title = _l("教師")


class StudentRow(Form):
    """A student and their seat."""

    year = _year()
    class_code = NumberTextField(
        _l("班級代碼"),
        max_points=16,
        required=False,
        ask=Ask(_l("學生所屬班級的代碼；不填就不更動班級座號。"), "", ("101",)),
    )
    seat = NumberField(
        _l("座號"), [Between(1, 999)], required=False, ask=Ask(_l("班級內的座號。"), "", ("1",))
    )
    number = _number(_l("學號"), _l("要與學習平臺上的「ID number」相同。"), "1150101")
    national_id = UpperField(
        _l("身分證號"),
        required=False,
        max_points=10,
        ask=Ask(
            _l("身分證號或居留證號，製作名冊時需要；加密保存。"), "", ("A123456789",), pii=True
        ),
    )
    birthday = RocDateField(
        _l("出生日期"),
        required=False,
        ask=Ask(_l("民國或西元都可以；加密保存。"), "", ("0980501", "2009/5/1"), pii=True),
    )
    name = _name()
    email = _email()

    class Meta:
        name = "import.students"
        title = _l("學生")

    def validate_national_id(self, field: TextField) -> None:
        """Ten characters whose check digit fits."""
        if field.data and not identity_stands(field.data):
            raise ValidationError(_("身分證號或居留證號的格式或檢查碼不符。"))

    def validate_birthday(self, field: RocDateField) -> None:
        """A day in somebody's life."""
        if field.data and not 1911 < field.data.year <= clock.today().year:
            raise ValidationError(_("出生日期不在合理範圍，請確認民國或西元年。"))


class CourseRow(Form):
    """A course of one term."""

    year = _year()
    term = _term()
    number = NumberTextField(
        _l("課程編號"),
        max_points=64,
        ask=Ask(
            _l("學校自己的課程編號，要與學習平臺課程的「ID number」相同。"), "", ("115-1-CHI101",)
        ),
    )
    name = TextField(_l("科目名稱"), max_points=100, ask=Ask(_l("科目名稱"), "", (_l("國語文"),)))
    code = UpperField(
        _l("課程代碼"),
        required=False,
        ask=Ask(
            _l("23 碼課程代碼；還不知道可先留白，之後再匯入。"), "", ("115193301H11101A1010101",)
        ),
    )
    grade = _grade()
    credits = NumberField(
        _l("學分"),
        [Between(0, 99)],
        required=False,
        ask=Ask(_l("本學期的學分數，不授予學分填 0；新課程必填。"), "", ("4",)),
    )
    periods = NumberField(
        _l("節數"),
        [Between(0, 99)],
        required=False,
        ask=Ask(_l("進修部以節數計算時填寫。"), "", ("4",)),
    )

    class Meta:
        name = "import.courses"
        title = _l("課程")

    def validate_code(self, field: TextField) -> None:
        """23 characters that can stand."""
        if field.data and (fault := course_code.wrong(field.data)):
            raise ValidationError(fault)


class CourseTeacherRow(Form):
    """Who teaches a course."""

    year = _year()
    term = _term()
    course = NumberTextField(
        _l("課程編號"), max_points=64, ask=Ask(_l("「課程」裡的課程編號。"), "", ("115-1-CHI101",))
    )
    teacher = NumberTextField(
        _l("教職員編號"), max_points=32, ask=Ask(_l("「教師」裡的教職員編號。"), "", ("T001",))
    )
    kind = ChoiceField(
        _l("授課身分"),
        choices=[(kind.value, label) for kind, label in TEACHING.items()],
        required=False,
        ask=Ask(_l("任課教師、協同教師或代理人；不填就是任課教師。"), "", (_l("任課教師"),)),
    )
    starts_on = RocDateField(
        _l("開始日期"),
        required=False,
        ask=Ask(_l("不填表示整個學期。"), "", ("115/08/01",)),
    )
    ends_on = RocDateField(
        _l("結束日期"),
        required=False,
        ask=Ask(_l("代理人必填，當天仍有效。"), "", ("115/12/31",)),
    )

    class Meta:
        name = "import.course_teachers"
        title = _l("授課")


class EnrolmentRow(Form):
    """Who takes a course."""

    year = _year()
    term = _term()
    course = NumberTextField(
        _l("課程編號"), max_points=64, ask=Ask(_l("「課程」裡的課程編號。"), "", ("115-1-CHI101",))
    )
    student = NumberTextField(
        _l("學號"), max_points=32, ask=Ask(_l("「學生」裡的學號。"), "", ("1150101",))
    )

    class Meta:
        name = "import.enrolments"
        title = _l("修課")


class ParentRow(Form):
    """A parent of a student."""

    number = _number(
        _l("家長編號"),
        _l("學校給家長的編號，全校不重複；同一位家長有兩個孩子時，兩列填相同的編號。"),
        "P1150101",
    )
    name = _name(_l("家長姓名"))
    email = _email()
    student = NumberTextField(
        _l("學生學號"), max_points=32, ask=Ask(_l("孩子的學號。"), "", ("1150101",))
    )

    class Meta:
        name = "import.parents"
        title = _l("家長")


class PlanCourseRow(Form):
    """A course of the school's plan."""

    code = UpperField(
        _l("課程代碼"), ask=Ask(_l("23 碼課程代碼。"), "", ("115193301H11101A1010101",))
    )
    name = TextField(_l("科目名稱"), max_points=100, ask=Ask(_l("科目名稱"), "", (_l("國語文"),)))
    credits = UpperField(
        _l("授課學期學分"),
        [Matches(r"[0-9A-D]{6}", _l("請填 6 碼，六個學期各一碼，例如 440000。"))],
        required=False,
        ask=Ask(_l("六個學期的學分，各一碼；A 到 D 是對開課程的 1 到 4 學分。"), "", ("440000",)),
    )

    class Meta:
        name = "import.plan"
        title = _l("課程計畫代碼")

    def validate_code(self, field: TextField) -> None:
        """23 characters that can stand."""
        if field.data and (fault := course_code.wrong(field.data)):
            raise ValidationError(fault)
