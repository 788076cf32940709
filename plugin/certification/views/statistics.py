"""The office's figures: charts, tables, a workbook."""

from __future__ import annotations

import io
from collections.abc import Mapping

from flask import Response, render_template, request
from flask_babel import gettext as _

from plugin import clock, web
from plugin.certification import policy
from plugin.certification.forms.words import CATEGORIES, PATHS
from plugin.certification.queries import figures
from plugin.certification.queries.figures import MONTHS, OUTCOMES, Figures, Tally
from plugin.school.terms import ROC
from plugin.vault import names
from plugin.web import Route
from reports import charts
from reports.certification.figures import FigureTable, write_figures
from reports.charts import Bar, Chart, Series

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
TONES = {
    figures.PASSED: "good",
    figures.REFUSED: "bad",
    figures.WITHDRAWN: "calm",
    figures.OPEN: "wait",
}


def statistics() -> str:
    """What was received in a year, what became of it, and how long it took."""
    actor = web.current_actor()
    found = figures.of_year(actor, _year())
    return render_template(
        "certification/desk_statistics.html",
        found=found,
        years=figures.years(actor),
        outcomes=_words(),
        charts=[
            _chart("months", _("各月收件"), _("每月一條，依結果分段。"), _months(found)),
            _chart("categories", _("申請類別"), _("每類一條，依結果分段。"), _categories(found)),
            _chart("paths", _("申請資格"), _("每種資格一條，依結果分段。"), _paths(found)),
            charts.bars(
                "days",
                _("辦理天數"),
                _("由送件到結案的日曆天數；長度為件數。"),
                [Series(_("件數"), "info")],
                [Bar(words, (n,)) for words, n in _spans(found)],
            ),
        ],
        ninety=found.within(90),
    )


def statistics_workbook() -> Response:
    """The same figures as a workbook."""
    actor = web.current_actor()
    found = figures.of_year(actor, _year())
    head = [_("項目"), _("收件"), *_words().values()]

    def table(name: str, rows: Mapping[str, Tally]) -> FigureTable:
        some = [(words, [sum(one.values()), *_parts(one)]) for words, one in rows.items()]
        return FigureTable(name, head, some)

    days = FigureTable(
        _("辦理天數"),
        [_("項目"), _("件數或天數")],
        [
            *((words, [n]) for words, n in _spans(found)),
            (_("中位數（天）"), [found.median]),
            (_("九成案件在幾天內結案"), [found.within(90)]),
        ],
    )
    out = io.BytesIO()
    title = _("民國 %(year)s 年環境教育人員認證統計", year=found.year)
    write_figures(
        out,
        title,
        [
            table(_("合計"), {_("全年"): found.total}),
            table(_("各月收件"), _months(found)),
            table(_("申請類別"), _categories(found)),
            table(_("申請資格"), _paths(found)),
            days,
        ],
    )
    answer = Response(out.getvalue(), mimetype=XLSX)
    answer.headers["Content-Disposition"] = names.disposition(f"{title}.xlsx")
    return answer


def _year() -> int:
    this = clock.today().year - ROC
    asked = request.args.get("year", type=int) or this
    return min(max(asked, 100), this + 1)


def _words() -> dict[str, str]:
    return {
        figures.PASSED: _("通過"),
        figures.REFUSED: _("駁回"),
        figures.WITHDRAWN: _("撤回"),
        figures.OPEN: _("辦理中"),
    }


def _months(found: Figures) -> dict[str, Tally]:
    return {_("%(month)s 月", month=one): found.by_month[one] for one in MONTHS}


def _categories(found: Figures) -> dict[str, Tally]:
    words = dict(CATEGORIES)
    return {str(words[one.value]): tally for one, tally in found.by_category.items()}


def _paths(found: Figures) -> dict[str, Tally]:
    words = dict(PATHS)
    return {str(words[one.value]): tally for one, tally in found.by_path.items()}


def _spans(found: Figures) -> list[tuple[str, int]]:
    lines, below = [], 0
    for most, n in found.spans:
        words = (
            _("%(least)s–%(most)s 天", least=below, most=most)
            if most is not None
            else _("超過 %(most)s 天", most=below - 1)
        )
        lines.append((words, n))
        below = (most or 0) + 1
    return lines


def _parts(one: Tally) -> tuple[int, ...]:
    return tuple(one[name] for name in OUTCOMES)


def _chart(key: str, title: str, description: str, rows: Mapping[str, Tally]) -> Chart:
    return charts.bars(
        key,
        title,
        description,
        [Series(words, TONES[name]) for name, words in _words().items()],
        [Bar(words, _parts(one)) for words, one in rows.items()],
    )


routes = [
    Route("/certification/statistics", statistics, policy.keepers),
    Route("/certification/statistics.xlsx", statistics_workbook, policy.keepers),
]
