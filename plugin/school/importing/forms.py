"""Which file, of which term."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from forms.definition import Ask, Form, Group
from forms.fields import ChoiceField, TickField
from forms.file_field import FileAnswerField
from plugin.school.importing.files import MAX_BYTES


class UploadForm(Form):
    """Bring a file in."""

    file = FileAnswerField(
        _l("檔案"),
        accept=(".xlsx", ".csv", ".zip", ".txt"),
        max_bytes=MAX_BYTES,
        ask=Ask(
            _l("要匯入哪一個檔案？"),
            _l("XLSX、CSV、OneRoster 1.2 的 ZIP，或課程計畫平臺的課程代碼 TXT；最多 32 MB。"),
        ),
    )
    year = ChoiceField(
        _l("學年度"),
        ask=Ask(_l("哪一個學年度的資料？"), _l("檔案裡沒有寫學年度的列，就算這個學年度。")),
    )
    term = ChoiceField(
        _l("學期"),
        choices=[("1", _l("第 1 學期")), ("2", _l("第 2 學期"))],
        ask=Ask(_l("哪一個學期的資料？"), _l("檔案裡沒有寫學期的列，就算這個學期。")),
    )
    kind = ChoiceField(
        _l("資料種類"),
        required=False,
        empty=_l("由工作表名稱或欄名判斷"),
        ask=Ask(
            _l("檔案裡是哪一種資料？"), _l("用範本或 OneRoster 時不必選；看不出來時才需要指定。")
        ),
    )
    complete = TickField(
        _l("這份是完整名單"),
        required=False,
        ask=Ask(
            _l("這份是完整名單嗎？"),
            _l(
                "勾選後，系統裡有、檔案裡沒有的學生、教師、修課與授課會停用（不會刪除），"
                "套用前會先列出來。只匯入部分資料時請不要勾選。"
            ),
        ),
    )

    class Meta:
        name = "import.upload"
        title = _l("上傳要匯入的檔案")
        groups = (
            Group("file", _l("檔案"), ("file",)),
            Group("what", _l("內容"), ("year", "term", "kind", "complete")),
        )
