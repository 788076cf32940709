"""The school's figures for the registry and student affairs: charts, tables, what waits, remind."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from plugin import clock, web
from plugin.actor import Role
from plugin.errors import Refusal
from plugin.portfolio.models import OutcomeState
from plugin.portfolio.operations import reminding
from plugin.portfolio.queries import experiences
from plugin.portfolio.queries import progress as figures
from plugin.portfolio.queries.by_student import Year
from plugin.portfolio.queries.overviews import dashboard as queries
from plugin.portfolio.queries.overviews.dashboard import GradeFigures, TeacherFigures
from plugin.portfolio.states import LABELS
from plugin.portfolio.views._shared import asked_year, tell, this_year
from plugin.school import windows
from plugin.school.models import WindowKind
from reports import charts
from reports.charts import Bar, Chart, Series

STATES = (
    OutcomeState.CERTIFIED, OutcomeState.SENT, OutcomeState.RETURNED, OutcomeState.OVERDUE,
)  # fmt: skip
SHOWN_WINDOWS = (
    WindowKind.OUTCOME_UPLOAD, WindowKind.CERTIFICATION, WindowKind.EXPERIENCE_UPLOAD,
    WindowKind.SELECTION, WindowKind.SUBMISSION, WindowKind.RECEIPT,
)  # fmt: skip


def dashboard() -> str:
    """How far the school is."""
    actor = web.current_actor()
    assert actor.school_id is not None
    year = asked_year()
    counted = Year(year)
    grades = queries.grades(actor, year, counted=counted)
    classes = queries.classes(actor, year, after=request.args.get("classes"), counted=counted)
    teachers = queries.teachers(actor, year, after=request.args.get("teachers"))
    now = clock.now()
    return render_template(
        "portfolio/overviews/dashboard.html",
        year=year,
        years=list(range(this_year(), this_year() - 4, -1)),
        current=year == this_year(),
        totals=figures.totals(actor, year),
        experience_totals=experiences.totals(actor, year),
        grades=grades,
        outcome_chart=_outcomes(grades),
        students_chart=_students(grades),
        teachers_chart=_teachers(teachers.items[:10]),
        classes=classes,
        teachers=teachers,
        oldest=queries.oldest(actor) if year == this_year() else [],
        windows=[
            one
            for one in windows.of_year(actor.school_id, year)
            if one.kind in SHOWN_WINDOWS and one.closes_at > now
        ],
        labels=windows.LABELS,
        grade_words=windows.grade_words,
        now=now,
        reminded=queries.reminded_today(actor),
        may_remind=actor.has(Role.REGISTRY, Role.STUDENT_AFFAIRS),
        may_remind_teachers=actor.has(Role.REGISTRY),
        may_extend=actor.has(Role.REGISTRY, Role.ADMINISTRATOR),
        checks_experiences=actor.has(Role.STUDENT_AFFAIRS),
        States=OutcomeState,
    )


def dashboard_remind() -> Response:
    """Remind those who still must act; the queue does it."""
    try:
        reminding.remind_school(web.current_actor(), request.form.get("whom", ""))
    except Refusal as refusal:
        tell(refusal)
    else:
        flash(_("已開始提醒還沒完成的人；今天已經提醒過的不會再收到。"))
    return redirect(url_for("portfolio.dashboard"))


def _outcomes(grades: list[GradeFigures]) -> Chart:
    return charts.bars(
        "outcomes",
        _("各年級的課程學習成果"),
        _("每個年級一條，依狀態分段；數字依序為件數。"),
        [Series(str(LABELS[one].text), LABELS[one].tone) for one in STATES],
        [
            Bar(
                windows.grade_words(one.grade),
                tuple(one.outcomes.get(state, 0) for state in STATES),
            )
            for one in grades
        ],
    )


def _students(grades: list[GradeFigures]) -> Chart:
    rows = []
    for one in grades:
        name = windows.grade_words(one.grade)
        for words, n in (
            (_("%(grade)s：送出成果", grade=name), one.senders),
            (_("%(grade)s：送出多元表現", grade=name), one.experience_senders),
            (_("%(grade)s：確認成果勾選", grade=name), one.confirmed),
        ):
            rows.append(Bar(words, (min(n, one.students), max(one.students - n, 0))))
    return charts.bars(
        "students",
        _("學生完成的比例"),
        _("每個年級三條：送出成果、送出多元表現、確認勾選；數字為已完成與未完成的人數。"),
        [Series(_("已完成"), "good"), Series(_("未完成"), "calm")],
        rows,
        whole=True,
    )


def _teachers(some: tuple[TeacherFigures, ...]) -> Chart:
    return charts.bars(
        "teachers",
        _("待認證最多的教師"),
        _("每位教師一條，長度為待認證的件數。"),
        [Series(_("待認證"), "wait")],
        [Bar(one.teacher.name, (one.waiting,)) for one in some],
    )
