"""Take everything home: a student's own portfolio, a child's where the school allows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from forms.definition import Form, field_names
from plugin import skills
from plugin.actor import Actor
from plugin.errors import InvalidInput
from plugin.portfolio import policy
from plugin.portfolio.forms.overviews import ExportForm
from plugin.portfolio.operations import export as operations
from plugin.portfolio.skills.outcomes import STUDENT
from plugin.portfolio.skills.people import FAMILY, children
from plugin.skills import Asked, FormSkill, Going, QuerySkill
from plugin.skills.replies import Link, Progress, Reply, Say, reply

_PREVIEWS = ("備審", "審查", "預覽", "自述", "綜整", "大學端", "教授", "admission", "preview")


def _whose(actor: Actor, asked: Asked) -> str:
    """Whose portfolio it is.

    :raises ExportRefused: the school does not let parents export. :raises NotFound: nobody.
    :raises InvalidInput: one of several children, and none is named.
    """
    if policy.students(actor):
        student = operations.subject(actor, None)
    else:
        found = children(actor, asked)
        if len(found) > 1:
            names = _("、").join(one.name for one in found)
            raise InvalidInput(
                _("請說出要匯出哪一位子女的檔案。"),
                remedy=_("您的子女：%(names)s。例如：匯出%(name)s的學習歷程。",
                         names=names, name=found[0].name),
            )  # fmt: skip
        student = operations.subject(actor, found[0].id)
    return f"student:{student.id}"


def _id(subject: str) -> int:
    return int(subject.partition(":")[2])


def _form(actor: Actor, subject: str, data: Any) -> ExportForm:
    form = ExportForm(data, meta={"csrf": False})
    if not operations.may_add_counselling(actor, _id(subject)):
        del form.counselling
    return form


def _fill(_actor: Actor, asked: Asked, form: Form) -> Mapping[str, Sequence[str]]:
    if "counselling" in field_names(form) and "諮詢" in asked.words:
        return {"counselling": ["y"]}
    return {}


def _begin(actor: Actor, form: Form, going: Going) -> Reply:
    ticked = "counselling" in field_names(form) and bool(form["counselling"].data)
    made = operations.begin(actor, _id(going.subject), counselling=ticked)
    page = Link(_("查看與下載匯出檔"), "portfolio.export", {"export_id": made.id})
    told = Say(_("已經開始匯出，完成後會通知您；可以先做別的事。"), "good")
    if made.job_id is None:
        return reply(told, page)
    return reply(told, Progress(made.job_id, _("製作匯出檔"), page))


def _warning(actor: Actor, _form: Form) -> str:
    assert actor.school_id is not None
    return _(
        "匯出檔保存 %(days)s 天，期限後會刪除，可以隨時重新匯出；共用電腦上用完請刪除。",
        days=operations.keep_days(actor.school_id).days,
    )


def _page(_actor: Actor, subject: str) -> Link:
    return Link(_("到匯出頁"), "portfolio.export_list", {"student": _id(subject)})


def _previews(_actor: Actor, asked: Asked) -> bool:
    return any(one in asked.words.lower() for one in _PREVIEWS)


def _preview(_actor: Actor, _asked: Asked) -> Reply:
    return reply(
        _("備審預覽可以挑選課程學習成果與多元表現，寫自述與綜整心得，再產生 PDF；不會提交出去。"),
        Link(_("到備審預覽"), "portfolio.admission"),
    )


skills.register(
    FormSkill(
        intent="portfolio.export",
        title=_l("匯出學習歷程檔案"),
        who=FAMILY,
        policy=policy.exporters,
        build=_form,
        fill=_fill,
        subject=_whose,
        run=_begin,
        confirm=_l("開始匯出"),
        warning=_warning,
        page=_page,
        suits=lambda actor, asked: not (policy.students(actor) and _previews(actor, asked)),
        order=10,
    )
)
skills.register(
    QuerySkill(
        intent="portfolio.export",
        name="admission.preview",
        title=_l("備審預覽"),
        who=STUDENT,
        policy=policy.students,
        answer=_preview,
        suits=_previews,
        order=20,
    )
)
