"""Which file of office days."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from forms.definition import Ask, Form
from forms.file_field import FileAnswerField
from plugin.school.office_calendar_file import MAX_BYTES


class OfficeCalendarForm(Form):
    """Bring in the government's table of a year."""

    file = FileAnswerField(
        _l("辦公日曆表"),
        accept=(".csv", ".txt"),
        max_bytes=MAX_BYTES,
        ask=Ask(
            _l("要上傳哪一年的辦公日曆表？"),
            _l("行政院人事行政總處公布的「政府行政機關辦公日曆表」CSV，一個檔案一年。"),
        ),
    )

    class Meta:
        name = "office_days.upload"
        title = _l("上傳辦公日曆表")
