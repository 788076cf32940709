"""Which outcomes a teacher decides, where no page shows the queue beside the button."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from forms.definition import Ask, Form, Group
from forms.fields import ManyField
from plugin.portfolio.forms.outcomes import ReturnForm

_ASK = Ask(
    _l("要處理哪幾件？"),
    _l("說出成果名稱、學生姓名或第幾件，用頓號隔開；也可以說「全部」。"),
    (_l("第一件和第三件"),),
)


class CertifyForm(Form):
    """Outcomes that were made in the teacher's course.

    A choice is `id:version`: what was changed after it was read is no choice any more.
    """

    outcomes = ManyField(_l("成果"), ask=_ASK)

    class Meta:
        name = "outcome.certify"
        title = _l("認證成果")


class ReturnManyForm(ReturnForm):
    """Outcomes that go back to their students for one reason; choices as in `CertifyForm`."""

    outcomes = ManyField(_l("成果"), ask=_ASK)

    class Meta:
        name = "outcome.return_many"
        title = _l("退回成果")
        groups = (Group("which", _l("退回成果"), ("outcomes", "reason")),)
