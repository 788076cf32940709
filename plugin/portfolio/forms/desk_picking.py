"""Whom to remind, which batch to check or hand in: a page asks by its buttons, a conversation in
words."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from forms.definition import Ask, Form
from forms.fields import ChoiceField, TextField


class RemindForm(Form):
    """Whom of the school; the choices are those whom the actor may remind."""

    whom = ChoiceField(
        _l("提醒對象"),
        ask=Ask(
            _l("要提醒誰？"),
            _l("只會通知還有事項沒完成的人；每個人一天最多收到一次。"),
        ),
    )

    class Meta:
        name = "reminder.send"
        title = _l("提醒還沒完成的人")


class RemindClassForm(Form):
    """Which class; the choices are the homeroom teacher's own."""

    class_id = ChoiceField(
        _l("班級"),
        ask=Ask(_l("要提醒哪一班？"), _l("只會通知班上還有事項沒完成的學生。")),
    )

    class Meta:
        name = "reminder.class"
        title = _l("提醒班上還沒完成的學生")


class CheckForm(Form):
    """Which batch is looked at."""

    batch = ChoiceField(
        _l("年級與梯次"),
        ask=Ask(_l("是哪個年級、哪個梯次？"), _l("一、二年級一起提交；三年級分兩個梯次。")),
    )

    class Meta:
        name = "submission.check"
        title = _l("提交前的預檢")


class SubmitForm(CheckForm):
    """Which batch is handed in, and why although disputes are open."""

    override = TextField(
        _l("仍要先行提交的原因"),
        required=False,
        max_points=200,
        ask=Ask(
            _l("還有收訖明細的異議沒有回覆。仍要先行提交的原因是什麼？"),
            _l("沒有填寫原因就不會提交；原因會留在稽核紀錄。"),
            (_l("中央資料庫今日截止，異議另案回覆。"),),
        ),
    )

    class Meta:
        name = "submission.create"
        title = _l("建立提交")
