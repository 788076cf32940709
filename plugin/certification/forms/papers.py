"""Which paper of a case is to be made."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from forms.definition import Ask, Form
from forms.fields import ChoiceField


class PaperForm(Form):
    """One of those that are made when somebody asks; the person's own choices are set."""

    paper = ChoiceField(
        _l("文件"),
        choices=[],
        ask=Ask(_l("要製作哪一份文件？"), _l("審查卷是申請書與所有附件合成的一個 PDF。")),
    )

    class Meta(Form.Meta):
        name = "certification.paper"
        title = _l("製作文件")
