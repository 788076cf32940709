"""The homeroom teacher's matrix: everybody of a class by what is done, and one press to remind."""

from __future__ import annotations

import csv
import io
from typing import Any

from flask import current_app, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response

from plugin import web
from plugin.actor import Actor
from plugin.errors import Refusal
from plugin.ids import row_id
from plugin.portfolio.operations import reminding
from plugin.portfolio.operations.found import missing
from plugin.portfolio.operations.selection import EXPERIENCE_LIMIT, LIMIT
from plugin.portfolio.queries import progress as figures
from plugin.portfolio.queries.overviews import duties, matrix
from plugin.portfolio.views._shared import asked_year, tell, this_year
from plugin.school import queries as school_queries
from plugin.school import rules
from plugin.school.models import SchoolClass
from plugin.vault import names
from reports.sheets import csv_text

COLUMNS = (
    ("seat", _l("座號")),
    ("name", _l("姓名")),
    ("draft", _l("草稿")),
    ("sent", _l("待認證")),
    ("certified", _l("已認證")),
    ("returned", _l("退回")),
    ("experiences", _l("多元表現")),
    ("chosen", _l("成果勾選")),
    ("chosen_experiences", _l("多元勾選")),
    ("handed_in", _l("收訖")),
    ("duties", _l("待完成")),
)
"""Key of `matrix.SORTS` → heading."""
NUMERIC = frozenset({"seat", "draft", "sent", "certified", "returned", "experiences"})


def homeroom() -> str:
    """My classes: figures of each student, read only."""
    actor = web.current_actor()
    year = asked_year()
    classes = figures.of_homeroom(actor, year)
    one = _asked(actor, year)
    sort, downwards = _order()
    acting = request.args.get("who") == "acting"
    seats = school_queries.students_of_class(one.id) if one else []
    lines = (
        matrix.of_class(one, seats, sort=sort, downwards=downwards, acting_only=acting)
        if one
        else []
    )
    return render_template(
        "portfolio/overviews/homeroom.html",
        year=year,
        years=list(range(this_year(), this_year() - 3, -1)),
        current=year == this_year(),
        classes=classes,
        one=one,
        progress=next((row for row in classes if one and row.class_id == one.id), None),
        lines=lines,
        acting=acting,
        columns=COLUMNS,
        numeric=NUMERIC,
        sort=sort,
        downwards=downwards,
        outcome_limit=rules.number(actor.school_id or 0, LIMIT, year),
        experience_limit=rules.number(actor.school_id or 0, EXPERIENCE_LIMIT, year),
        short=duties.SHORT,
    )


def homeroom_csv() -> Response:
    """The same as a sheet; formulas in names stay text."""
    actor = web.current_actor()
    year = asked_year()
    one = _asked(actor, year)
    if one is None:
        raise missing()
    lines = matrix.of_class(one, school_queries.students_of_class(one.id))
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(
        [
            _("座號"), _("學號"), _("姓名"), _("草稿"), _("待認證"), _("已認證"), _("退回"),
            _("逾期"), _("多元表現已送出"), _("多元表現退回"), _("成果勾選件數"),
            _("成果勾選已確認"), _("多元表現勾選件數"), _("多元表現勾選已確認"), _("收訖件數"),
            _("待完成"),
        ]
    )  # fmt: skip
    for line in lines:
        done = line.figures
        writer.writerow(
            [
                line.seat, csv_text(line.student.number), csv_text(line.student.name),
                *(line.count(one) for one in ("draft", "sent", "certified", "returned", "overdue")),
                line.experiences("sent"), line.experiences("returned"),
                done.chosen, _yes(done.locked), done.chosen_experiences,
                _yes(done.locked_experiences), done.handed_in,
                _("、").join(str(duties.SHORT[duty]) for duty in line.duties),
            ]
        )  # fmt: skip
    answer = current_app.response_class("\ufeff" + out.getvalue(), mimetype="text/csv")
    name = f"{one.academic_year}-{one.code}-{_('學習歷程進度')}.csv"
    answer.headers["Content-Disposition"] = names.disposition(name)
    answer.headers["Cache-Control"] = "no-store"
    return answer


def homeroom_remind() -> Response:
    """Remind those of the class who still must act."""
    class_id = row_id(request.form.get("class")) or 0
    try:
        done = reminding.remind_class(web.current_actor(), class_id)
    except Refusal as refusal:
        tell(refusal)
    else:
        flash(told(done))
    back: dict[str, Any] = {"class": class_id}
    return redirect(url_for("portfolio.homeroom", **back))


def told(done: reminding.Reminded) -> str:
    """What a press came to."""
    if not done.told and not done.already:
        return _("目前沒有人需要提醒。")
    words = _("已提醒 %(n)s 人（通知與電子郵件）。", n=done.told)
    if done.already:
        words += _("另有 %(n)s 人今天已經提醒過，不再重複。", n=done.already)
    return words


def _asked(actor: Actor, year: int) -> SchoolClass | None:
    """The class that was asked for among the actor's own, or the first of them."""
    assert actor.school_id is not None
    assert actor.person_id is not None
    mine = school_queries.homeroom_classes(actor.school_id, actor.person_id, year)
    asked = row_id(request.args.get("class"))
    return next((one for one in mine if one.id == asked), mine[0] if mine else None)


def _order() -> tuple[str, bool]:
    sort = request.args.get("sort", "seat")
    return (sort if sort in matrix.SORTS else "seat"), request.args.get("down") == "1"


def _yes(value: bool) -> str:
    return _("是") if value else _("否")
