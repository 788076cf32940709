"""How far a class or the school is, and reminding those who still must act."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from forms.definition import Form
from forms.said import day_said
from plugin import clock, skills
from plugin.actor import Actor, Role
from plugin.clock import TAIPEI
from plugin.portfolio import policy
from plugin.portfolio.forms.desk_picking import RemindClassForm, RemindForm
from plugin.portfolio.operations import reminding
from plugin.portfolio.queries import progress as figures
from plugin.portfolio.queries.overviews import dashboard, duties, matrix
from plugin.portfolio.queries.overviews.duties import Duty
from plugin.portfolio.queries.progress import ClassProgress
from plugin.portfolio.views.overviews.homeroom import told as reminded
from plugin.school import queries as school
from plugin.school import windows
from plugin.school.models import SchoolClass
from plugin.school.terms import term_of
from plugin.skills import Asked, FormSkill, Going, QuerySkill
from plugin.skills.replies import Bars, Link, Part, Progress, Reply, Say, Table, reply

HOMEROOM = _l("導師")
SHOWN = Table.SHOWN
_WHOLE = re.compile(r"全校|各班|每班|年級|whole school|all classes", re.IGNORECASE)
_TEACHERS = re.compile(r"老師|老师|教師|教师|teacher", re.IGNORECASE)
_STUDENTS = re.compile(r"學生|学生|同學|同学|students?|pupils?", re.IGNORECASE)
_DUTIES = (
    ({Duty.RECEIPT}, r"收訖|收讫|receipt"),
    ({Duty.SELECT, Duty.SELECT_EXPERIENCES}, r"勾選|勾选|select|choos"),
    ({Duty.MEND, Duty.MEND_EXPERIENCE}, r"退回|補件|returned"),
    ({Duty.SEND, Duty.FINISH}, r"上傳|上传|上船|沒交|没交|沒傳|未傳|upload|hand"),
)
"""What is asked for → the duties that are left; otherwise all of them."""


def _year(asked: Asked) -> int:
    return int(asked.slots.get("academic_year") or term_of(clock.today()).academic_year)


def _named(classes: Sequence[Any], asked: Asked) -> list[Any]:
    """The classes that the sentence names; all when it names none of them."""
    name = str(asked.slots.get("class_name", ""))
    return [one for one in classes if name and (name in one.name or name == one.code)]


def _of_class(actor: Actor, asked: Asked) -> Reply:
    """The homeroom teacher's own classes: figures, and who still has something to do."""
    assert actor.school_id is not None
    assert actor.person_id is not None
    year = _year(asked)
    classes = school.homeroom_classes(actor.school_id, actor.person_id, year)
    if not classes:
        words = _("%(year)s 學年度沒有您擔任導師的班級。", year=year)
        return reply(words, Link(_("看導師班"), "portfolio.homeroom", {"year": year}))
    parts: list[Part] = []
    for one in _named(classes, asked) or classes:
        (progress,) = figures.of_classes([one], year)
        parts += [*_class_figures(progress), *_students(one, asked)]
    return Reply(tuple(parts))


def _class_figures(one: ClassProgress) -> list[Part]:
    words = _(
        "%(name)s共 %(n)s 人，已送出成果的有 %(uploaded)s 人；成果已認證 %(certified)s 件、"
        "待認證 %(sent)s 件、退回 %(returned)s 件。",
        name=one.name,
        n=one.students,
        uploaded=one.uploaded,
        certified=one.count("certified"),
        sent=one.count("sent"),
        returned=one.count("returned"),
    )
    bars = [
        (_("已送出成果"), one.uploaded, one.students),
        (_("已開始勾選"), one.selected, one.students),
        (_("已確認勾選"), one.confirmed, one.students),
    ]
    return [Say(words), Bars(_("%(name)s的進度", name=one.name), bars, _("人"))]


def _students(one: SchoolClass, asked: Asked) -> list[Part]:
    """A student who is named, or those of the class who still must act."""
    page = Link(
        _("看%(name)s每位學生的進度", name=one.name),
        "portfolio.homeroom",
        {"class": one.id, "year": one.academic_year},
    )
    seats = school.students_of_class(one.id)
    name = str(asked.slots.get("student", ""))
    if name:
        lines = [
            line for line in matrix.of_class(one, seats) if name in line.student.name
        ]  # fmt: skip
        caption = _("學生的進度")
        nobody = _("%(class_name)s沒有「%(name)s」這位學生。", class_name=one.name, name=name)
    else:
        wanted = next((about for about, words in _DUTIES if _says(words, asked)), set(Duty))
        lines = [
            line
            for line in matrix.of_class(one, seats, acting_only=True)
            if wanted & set(line.duties)
        ]
        caption = _("還有事項沒完成的學生")
        nobody = _("目前沒有學生有未完成的事項。")
    if not lines:
        return [Say(nobody), page]
    rows = [
        [
            line.seat,
            line.student.name,
            line.count("sent") + line.count("certified"),
            _("、").join(str(duties.SHORT[duty]) for duty in line.duties) or _("無"),
        ]
        for line in lines[:SHOWN]
    ]
    columns = [_("座號"), _("姓名"), _("已送出成果"), _("待完成")]
    return [Table(caption, columns, rows, total=len(lines), more=page)]


def _says(words: str, asked: Asked) -> bool:
    return bool(re.search(words, asked.words, re.IGNORECASE))


def _of_school(actor: Actor, asked: Asked) -> Reply:
    """The school by grade and class; one class that is named; the teachers for whom work waits."""
    assert actor.school_id is not None
    year = _year(asked)
    page = Link(_("看全校進度"), "portfolio.dashboard", {"year": year})
    classes = school.classes(actor.school_id, year)
    named = _named(classes, asked)
    if asked.slots.get("class_name") and not named:
        words = _("找不到「%(name)s」這個班級。", name=asked.slots["class_name"])
        return reply(Say(words, "warning"), page)
    if named:
        found = figures.of_classes(named[:3], year)
        return Reply((*(part for one in found for part in _class_figures(one)), page))
    if _TEACHERS.search(asked.words):
        return _teachers(actor, year, page)
    grades = dashboard.grades(actor, year)
    if not grades:
        return reply(_("%(year)s 學年度還沒有班級資料。", year=year), page)
    total = sum(one.students for one in grades)
    sending = sum(one.senders for one in grades)
    told = _(
        "%(year)s 學年度全校 %(n)s 人，已送出成果的有 %(sending)s 人，已確認成果勾選的有 "
        "%(confirmed)s 人。",
        year=year,
        n=total,
        sending=sending,
        confirmed=sum(one.confirmed for one in grades),
    )
    bars = [(windows.grade_words(one.grade), one.senders, one.students) for one in grades]
    rows = [
        [
            one.outcomes.name,
            one.outcomes.students,
            one.outcomes.uploaded,
            f"{one.outcomes.decided_percent}%" if one.outcomes.uploaded else "—",
            one.outcomes.confirmed,
            one.experiences.senders,
        ]
        for one in dashboard.classes(actor, year, limit=SHOWN).items
    ]
    columns = [
        _("班級"), _("人數"), _("送出成果"), _("認證完成"), _("確認勾選"), _("送出多元表現"),
    ]  # fmt: skip
    return reply(
        told,
        Bars(_("已送出成果的學生"), bars, _("人")),
        Table(_("各班進度"), columns, rows, total=len(classes), more=page),
    )


def _teachers(actor: Actor, year: int, page: Link) -> Reply:
    waiting = dashboard.teachers(actor, year, limit=SHOWN)
    if not waiting.items:
        return reply(_("目前沒有等待教師認證的成果。"), page)
    rows = [
        [
            one.teacher.name,
            one.waiting,
            day_said(one.since.astimezone(TAIPEI).date()) if one.since else "—",
            one.decided,
        ]
        for one in waiting.items
    ]
    columns = [_("教師"), _("待認證"), _("最早送出"), _("已處理")]
    told = _("還有成果等待認證的教師，待認證最多的在前：")
    return reply(told, Table(_("待認證最多的教師"), columns, rows, more=page))


skills.register(
    QuerySkill(
        intent="progress.show",
        name="progress.class",
        title=_l("看導師班的進度"),
        who=HOMEROOM,
        policy=policy.homeroom,
        answer=_of_class,
        suits=lambda actor, asked: not (policy.dashboards(actor) and _says(_WHOLE.pattern, asked)),
        order=20,
    )
)
skills.register(
    QuerySkill(
        intent="progress.show",
        name="progress.school",
        title=_l("看全校的進度"),
        who=_l("導師、註冊組、學務處與系統管理者"),
        policy=policy.dashboards,
        answer=_of_school,
        suits=lambda actor, asked: not policy.homeroom(actor) or _says(_WHOLE.pattern, asked),
        order=10,
    )
)


def _remind_form(actor: Actor, _subject: str, data: Any) -> RemindForm:
    form = RemindForm(data, meta={"csrf": False})
    form.whom.choices = [(reminding.STUDENTS, _("還有事項沒完成的學生"))]
    if actor.has(Role.REGISTRY):
        form.whom.choices.append((reminding.TEACHERS, _("還有成果待認證的教師")))
    return form


def _whom(actor: Actor, asked: Asked, _form: Form) -> Mapping[str, Sequence[str]]:
    """Students or teachers, as far as the words say just one of them."""
    said = str(asked.slots.get("audience", "")) or asked.words
    teachers = bool(_TEACHERS.search(said) or asked.slots.get("teacher"))
    students = bool(_STUDENTS.search(said))
    if teachers == students:
        return {}
    if teachers and not actor.has(Role.REGISTRY):
        return {}
    return {"whom": [reminding.TEACHERS if teachers else reminding.STUDENTS]}


def _remind(actor: Actor, form: Form, _going: Going) -> Reply:
    job_id = reminding.remind_school(actor, str(form["whom"].data))
    page = Link(_("看全校進度"), "portfolio.dashboard")
    return reply(
        Say(_("已開始提醒還沒完成的人；今天已經提醒過的不會再收到。"), "good"),
        Progress(job_id, _("寄送提醒"), page),
    )


def _remind_warning(_actor: Actor, _form: Form) -> str:
    return _("會通知全校符合的人（站內通知與電子郵件），不能只挑一個人或一個班；送出後不能收回。")


def _class_form(actor: Actor, _subject: str, data: Any) -> RemindClassForm:
    assert actor.school_id is not None
    assert actor.person_id is not None
    form = RemindClassForm(data, meta={"csrf": False})
    year = term_of(clock.today()).academic_year
    mine = school.homeroom_classes(actor.school_id, actor.person_id, year)
    form.class_id.choices = [(str(one.id), one.name) for one in mine]
    return form


def _only_class(_actor: Actor, asked: Asked, form: Form) -> Mapping[str, Sequence[str]]:
    mine = [value for value, _label in form["class_id"].plain_choices() if value]
    named = asked.slots.get("class_name")
    return {"class_id": mine} if len(mine) == 1 and not named else {}


def _remind_class(actor: Actor, form: Form, _going: Going) -> Reply:
    class_id = int(form["class_id"].data)
    done = reminding.remind_class(actor, class_id)
    page = Link(_("看導師班"), "portfolio.homeroom", {"class": class_id})
    return reply(Say(reminded(done), "good"), page)


skills.register(
    FormSkill(
        intent="reminder.send",
        title=_l("提醒還沒完成的人"),
        who=_l("註冊組、學務處與導師"),
        policy=policy.reminders,
        build=_remind_form,
        fill=_whom,
        run=_remind,
        confirm=_l("送出提醒"),
        warning=_remind_warning,
        page=lambda _actor, _subject: Link(_l("看全校進度"), "portfolio.dashboard"),
        order=10,
    )
)
skills.register(
    FormSkill(
        intent="reminder.send",
        name="reminder.class",
        title=_l("提醒班上還沒完成的學生"),
        who=HOMEROOM,
        policy=policy.homeroom,
        build=_class_form,
        fields={"class_name": "class_id"},
        fill=_only_class,
        run=_remind_class,
        confirm=_l("送出提醒"),
        warning=lambda _actor, _form: _(
            "會通知班上還有事項沒完成的學生；今天已經提醒過的不會再收到。"
        ),
        page=lambda _actor, _subject: Link(_l("看導師班"), "portfolio.homeroom"),
        order=20,
    )
)
