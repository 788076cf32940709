"""Bringing data in: a file is checked and looked at on its own page, so the way there is shown."""

from __future__ import annotations

import re

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from plugin import skills
from plugin.actor import Actor
from plugin.school import policy
from plugin.school.importing import rights
from plugin.skills import Asked, QuerySkill
from plugin.skills.replies import Link, Part, Reply, Say

SHOWN = 6
"""So many kinds are named; the import page has them all."""
_BLANK = re.compile(r"範本|空白|格式|template|format", re.IGNORECASE)
_BACK = re.compile(r"復原|還原|撤銷|取消|undo", re.IGNORECASE)


def _show(actor: Actor, asked: Asked) -> Reply:
    titles = [str(one.sheet.title) for one in rights.kinds(actor)]
    item = str(asked.slots.get("item_kind", ""))
    named = [one for one in titles if item and (one in item or item in one)]
    some = _("、").join((named or titles)[:SHOWN])
    history = Link(_("看匯入紀錄"), "imports.index")
    if _BACK.search(asked.words):
        told = _("最近一次套用的匯入可以復原：請在匯入紀錄打開那一次，按「復原」。")
        return Reply((Say(told), history))
    parts: list[Part] = [
        Say(_("您可以匯入 %(n)s 種資料，例如：%(some)s。", n=len(titles), some=some)),
        Say(
            _(
                "對話裡不收名冊檔案。請到匯入頁上傳：系統先逐列檢查，讓您看過預覽才套用，"
                "套用之後可以復原。"
            )
        ),
        Link(_("到匯入頁上傳檔案"), "imports.upload"),
        Link(_("下載空白範本（XLSX）"), "imports.blank_workbook"),
        history,
    ]
    if _BLANK.search(asked.words):
        parts = [parts[0], parts[3], parts[2]]
    return Reply(tuple(parts))


skills.register(
    QuerySkill(
        intent="roster.import",
        title=_l("匯入名冊與資料"),
        who=_l("註冊組、學務處與系統管理者"),
        policy=policy.importers,
        answer=_show,
    )
)
