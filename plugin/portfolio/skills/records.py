"""A student's records: courses, basic data, posts, experiences; a report that one is wrong."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from forms.definition import Form
from plugin import clock, skills
from plugin.actor import Actor
from plugin.portfolio import policy
from plugin.portfolio.forms.academic import ReportForm
from plugin.portfolio.models import CaseArea
from plugin.portfolio.operations.academic import cases
from plugin.portfolio.operations.found import missing
from plugin.portfolio.queries.academic import people
from plugin.portfolio.skills import records_shown as shown
from plugin.portfolio.skills.outcomes import STUDENT
from plugin.portfolio.skills.people import companions
from plugin.school import queries as school
from plugin.school.models import Person
from plugin.school.terms import term_of
from plugin.skills import Asked, FormSkill, Going, QuerySkill
from plugin.skills.replies import Button, Link, Part, Reply, Say, reply

Shows = Callable[[Person, Asked, bool], list[Part]]

COURSES, BASIC, POSTS, EXPERIENCES, ALL = "courses", "basic", "posts", "experiences", "all"
_WORDS = {
    POSTS: ("幹部", "干部", "班長", "股長", "社長", "擔任", "小老師", "officer", "leader"),
    EXPERIENCES: (
        "多元", "多表", "志工", "服務學習", "服務時數", "競賽", "獎", "證照", "證書", "檢定",
        "experience", "volunteer", "award",
    ),
    BASIC: (
        "基本資料", "基本资料", "學籍", "座號", "班級資料", "個人資料", "學生資料", "個資",
        "basic data", "profile",
    ),
    COURSES: (
        "課", "课", "成績", "成绩", "學分", "学分", "分數", "幾分", "級距", "分布", "及格", "科目",
        "補考", "被當", "all pass", "course", "score", "credit", "grade", "fail",
    ),
    ALL: ("時間軸", "全部", "所有", "學習歷程", "timeline"),
}  # fmt: skip
"""What is asked for → words that say so, in the order in which they decide."""

_WRONG = (
    "寫錯", "登錯", "打錯", "有錯", "有誤", "不對", "錯了", "更正", "回報", "反映", "漏登", "沒登",
    "沒有登", "少登", "不正確", "wrong", "incorrect", "report",
)  # fmt: skip
_WONDERS = ("對不對", "有沒有", "對嗎", "正確嗎")
"""Who wonders whether something is wrong looks first."""


def _about(asked: Asked) -> str:
    """What is asked for; "" when nothing says so."""
    for words in (str(asked.slots.get("item_kind", "")), asked.words):
        said = words.lower()
        for one, some in _WORDS.items():
            if any(word in said for word in some):
                return one
    return COURSES if asked.slots.get("course") else ""


def _reports(asked: Asked) -> bool:
    said = asked.words.lower()
    return any(one in said for one in _WRONG) and not any(one in said for one in _WONDERS)


def _suits(what: str) -> Callable[[Actor, Asked], bool]:
    """One of them, when it is named; everything, when nothing is."""

    def suits(actor: Actor, asked: Asked) -> bool:
        if policy.students(actor) and _reports(asked):
            return False
        return (_about(asked) or ALL) == what

    return suits


def _answer(shows: Shows) -> Callable[[Actor, Asked], Reply]:
    """The same for the student and, by name, for whoever may read a student's records."""

    def answer(actor: Actor, asked: Asked) -> Reply:
        parts: list[Part] = []
        if policy.students(actor) and not asked.slots.get("student"):
            return Reply((*shows(_me(actor), asked, True), *_ways()))
        for student in companions(actor, asked):
            parts.append(Say(_("%(name)s（%(number)s）", name=student.name, number=student.number)))
            parts += shows(student, asked, False)
        return Reply(tuple(parts))

    return answer


def _ways() -> list[Part]:
    return [Button(_("資料有誤，我要回報"), _("回報資料錯誤"))]


def _me(actor: Actor) -> Person:
    assert actor.school_id is not None
    assert actor.person_id is not None
    found = school.person(actor.school_id, actor.person_id)
    if found is None:
        raise missing()
    return found


def _reads(actor: Actor | None) -> bool:
    return policy.students(actor) or policy.companions(actor)


for _place, (_what, _title, _shows) in enumerate(
    (
        (COURSES, _l("看修課紀錄"), shown.courses),
        (BASIC, _l("看基本資料"), shown.basic),
        (POSTS, _l("看幹部紀錄"), shown.posts),
        (EXPERIENCES, _l("看多元表現"), shown.experiences),
        (ALL, _l("看全部紀錄"), shown.everything),
    )
):
    skills.register(
        QuerySkill(
            intent="record.show",
            name=f"record.show:{_what}",
            title=_title,
            who=_l("學生、家長、導師與課程諮詢教師"),
            policy=_reads,
            answer=_answer(_shows),
            suits=_suits(_what),
            order=10 + _place,
        )
    )


def _report_form(_actor: Actor, _subject: str, data: Any) -> ReportForm:
    return ReportForm(data, meta={"csrf": False})


_AREAS = {
    COURSES: CaseArea.COURSES.value,
    BASIC: CaseArea.BASIC.value,
    POSTS: CaseArea.POSTS.value,
}


def _area(_actor: Actor, asked: Asked, _given: Form) -> Mapping[str, Sequence[str]]:
    about = _AREAS.get(_about(asked))
    return {"area": [about]} if about else {}


def _report(actor: Actor, form: Form, going: Going) -> Reply:
    case = cases.report(
        actor, CaseArea(form["area"].data), term_of(clock.today()), form["text"].data or "",
        page_key=going.key,
    )  # fmt: skip
    waiting = len(people.open_cases_of(case.student_id, list(CaseArea)))
    return reply(
        Say(_("已收到您的回報，查明後會在這裡答覆，並通知您。"), "good"),
        Say(_("目前有 %(n)s 件回報等待答覆。", n=waiting), "hint"),
        Link(_("看我的錯誤回報"), "portfolio.basic_mine", {"_anchor": "cases"}),
    )


skills.register(
    FormSkill(
        intent="record.show",
        name="record.report",
        title=_l("回報資料錯誤"),
        who=STUDENT,
        policy=policy.students,
        build=_report_form,
        fields={"reason": "text"},
        fill=_area,
        run=_report,
        confirm=_l("送出回報"),
        warning=lambda _actor, _form: _("學籍與修課紀錄由註冊組查明，幹部紀錄由學務處查明。"),
        page=lambda _actor, _subject: Link(_l("回報資料錯誤"), "portfolio.record_report"),
        suits=lambda _actor, asked: _reports(asked),
        order=40,
    )
)
