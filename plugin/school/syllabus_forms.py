"""What is asked for a course's syllabus."""

from __future__ import annotations

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms.validators import ValidationError

from forms.definition import Ask, Form
from forms.fields import TextField
from plugin.school import syllabus


class SyllabusForm(Form):
    """Where the syllabus of a course can be read."""

    url = TextField(
        _l("科目教學大綱"),
        required=False,
        max_points=syllabus.LONGEST,
        ask=Ask(
            _l("這門課的教學大綱在哪個網址？"),
            _l("請填不必登入就能開啟的網址；不填表示沒有連結。"),
            ("https://www.example.edu.tw/syllabus/chi101",),
        ),
    )

    class Meta:
        name = "course.syllabus"
        title = _l("設定教學大綱連結")

    def validate_url(self, field: TextField) -> None:
        """An https address, or nothing."""
        if field.data and not syllabus.is_address(field.data):
            raise ValidationError(_("請填完整的網址，以 https:// 開頭。"))
