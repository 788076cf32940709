"""What an earlier system handed in: the school's list, and a student's own."""

from __future__ import annotations

from flask import render_template, request
from flask_babel import gettext as _

from plugin import web
from plugin.ids import row_id
from plugin.portfolio import policy
from plugin.portfolio.models import SelectionKind
from plugin.portfolio.queries import earlier
from plugin.web import Route


def earlier_list() -> str:
    """Of the school, by year and kind."""
    actor = web.current_actor()
    year, kind, text = (request.args.get(one, "") for one in ("year", "kind", "q"))
    words = {
        SelectionKind.OUTCOME: _("課程學習成果"),
        SelectionKind.EXPERIENCE: _("多元表現"),
    }
    return render_template(
        "portfolio/earlier.html",
        found=earlier.page(
            actor, year=row_id(year), kind=kind, text=text, after=request.args.get("after")
        ),
        office=True,
        filters=[
            {
                "name": "year",
                "label": _("學年度"),
                "value": year,
                "choices": [
                    ("", _("全部")),
                    *((str(one), _("%(year)d 學年度", year=one)) for one in earlier.years(actor)),
                ],
            },
            {
                "name": "kind",
                "label": _("資料"),
                "value": kind,
                "choices": [
                    ("", _("全部")),
                    *((one.value, words[one]) for one in earlier.kinds_of(actor)),
                ],
            },
            {"name": "q", "label": _("學號或姓名"), "value": text},
        ],
        filtered=bool(year or kind or text),
    )


def earlier_mine() -> str:
    """Of the student who looks."""
    return render_template(
        "portfolio/earlier.html",
        found=earlier.mine(web.current_actor(), after=request.args.get("after")),
        office=False,
        filters=[],
        filtered=False,
    )


routes = [
    Route("/earlier", earlier_list, policy.earlier_readers),
    Route("/earlier/mine", earlier_mine, policy.students),
]
