"""Records of one student whom the reader may see, as parts of a reply."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from flask_babel import gettext as _

from forms.said import day_said
from plugin import clock
from plugin.portfolio.forms.academic import CHANGES, LEVELS
from plugin.portfolio.models import ChangeKind, ExperienceState
from plugin.portfolio.operations.experiences import PER_YEAR
from plugin.portfolio.queries import experiences as experience_queries
from plugin.portfolio.queries.academic import people, records
from plugin.portfolio.states import EXPERIENCE_LABELS
from plugin.school import rules
from plugin.school.models import Person
from plugin.school.terms import Term, term_of
from plugin.skills import Asked
from plugin.skills.replies import Bars, Facts, Link, Part, Say, Table

SHOWN = Table.SHOWN
TERMS_SHOWN = 6
"""Bars of credits: as many terms as a school of three years has."""


def courses(student: Person, asked: Asked, own: bool) -> list[Part]:
    """Records of a term: the one that is asked for, else the newest; credits of them all."""
    sheet = records.sheet_of(student)
    page = _page(_("看全部修課紀錄"), "portfolio.records_mine", student, own)
    if not sheet.terms:
        told = _("還沒有修課紀錄。任課教師登錄或註冊組匯入成績後，會依學期列出。")
        return [Say(told), page]
    found = [one for one in sheet.terms if _is_asked(one.term, asked)]
    course = str(asked.slots.get("course", ""))
    if course:
        named = [line for one in found for line in one.lines if course in line.record.subject]
        return _named_course(course, named, student, own, page)
    if not found:
        told = _("這個學期沒有修課紀錄；累計取得 %(n)s 學分。", n=sheet.credits)
        return [Say(told), page]
    newest = found[0]
    failed = sum(line.standing.passed is False for line in newest.lines)
    told = _(
        "%(term)s共 %(count)s 科，取得 %(credits)s 學分；累計取得 %(total)s 學分。",
        term=newest.term.label,
        count=len(newest.lines),
        credits=newest.credits,
        total=sheet.credits,
    )
    parts: list[Part] = [Say(told)]
    if failed:
        parts.append(Say(_("有 %(n)s 科不及格。", n=failed), "warning"))
    if len(sheet.terms) > 1:
        bars = [(one.term.label, one.credits, None) for one in sheet.terms[:TERMS_SHOWN]]
        parts.append(Bars(_("各學期取得學分"), bars[::-1], _("學分")))
    return [*parts, _course_table(newest.term.label, newest.lines, student, own, page)]


def _named_course(
    course: str, lines: list[records.Line], student: Person, own: bool, page: Link
) -> list[Part]:
    if not lines:
        return [Say(_("沒有「%(course)s」的修課紀錄。", course=course)), page]
    line = lines[0]
    told = _(
        "「%(subject)s」成績 %(score)s，%(result)s，取得 %(credits)s 學分。",
        subject=line.record.subject,
        score=_score(line.record.score),
        result=_result(line),
        credits=line.standing.earned,
    )
    return [Say(told), _course_table(_("修課紀錄"), lines, student, own, page)]


def _course_table(caption: str, lines: Any, student: Person, own: bool, page: Link) -> Table:
    def row(line: records.Line) -> list[Any]:
        to = {"record_id": line.record.id}
        if own:
            link = Link(line.record.subject, "portfolio.record_mine", to)
        else:
            link = Link(line.record.subject, "portfolio.record_of", {"person_id": student.id, **to})
        return [link, line.record.credits, _score(line.record.score), _result(line)]

    return Table(
        caption,
        [_("科目"), _("學分"), _("成績"), _("結果")],
        [row(line) for line in lines[:SHOWN]],
        total=len(lines),
        more=page,
    )


def _score(value: Decimal | None) -> str:
    return "—" if value is None else f"{value:f}"


def _result(line: records.Line) -> str:
    if line.standing.passed is None:
        return _("尚無成績")
    return _("及格") if line.standing.passed else _("不及格")


def basic(student: Person, asked: Asked, own: bool) -> list[Part]:
    """Enrolment term by term. What identifies a person stays on the page."""
    found = people.basics_of(student.id)
    page = _page(_("看基本資料"), "portfolio.basic_mine", student, own)
    if not found:
        return [Say(_("註冊組還沒有登錄學籍資料。")), page]
    newest = found[0]
    facts = [
        (_("學期"), Term(newest.academic_year, newest.term).label, ""),
        (_("班級座號"), f"{newest.class_name or '—'} {newest.seat or ''}".strip(), ""),
        (_("學籍狀態"), newest.status, ""),
    ]
    if newest.change is not ChangeKind.NONE:
        facts.append((_("學籍異動"), CHANGES[newest.change], ""))
    told = _("學籍資料有 %(n)s 個學期，最近一次如下；身分證號與生日請到頁面核對。", n=len(found))
    return [Say(told), Facts(facts, _("學籍資料")), page]


def posts(student: Person, asked: Asked, own: bool) -> list[Part]:
    """Posts that the school has entered."""
    found = people.posts_of(student.id)
    found = [one for one in found if _of_year(one.academic_year, asked)] if _says(asked) else found
    page = _page(_("看幹部紀錄"), "portfolio.basic_mine", student, own)
    if not found:
        return [Say(_("還沒有學校登錄的幹部紀錄。")), page]
    rows = [
        [one.duty, one.unit or "—", LEVELS[one.level], _span(one.starts_on, one.ends_on)]
        for one in found[:SHOWN]
    ]
    columns = [_("擔任職務"), _("單位名稱"), _("幹部等級"), _("期間")]
    return [
        Say(_("學校登錄的幹部紀錄共 %(n)s 筆。", n=len(found))),
        Table(_("幹部紀錄"), columns, rows, total=len(found), more=page),
    ]


def experiences(student: Person, asked: Asked, own: bool) -> list[Part]:
    """Experiences of a year: how many of its places are taken, what was returned, each one."""
    year = int(asked.slots.get("academic_year") or term_of(clock.today()).academic_year)
    lines = experience_queries.of_student(student.id, year)
    if own:
        page = Link(_("看全部多元表現"), "portfolio.experience_list", {"year": year})
    else:
        page = Link(_("看全部多元表現"), "portfolio.experiences_of", {"person_id": student.id})
    if not lines:
        return [Say(_("%(year)s 學年度還沒有送出多元表現。", year=year)), page]
    taken = sum(one.experience.state is ExperienceState.SENT for one in lines)
    limit = rules.number(student.school_id, PER_YEAR, year)
    parts: list[Part] = [
        Say(
            _(
                "%(year)s 學年度已送出 %(taken)s 件多元表現，上限 %(limit)s 件。",
                year=year,
                taken=taken,
                limit=limit,
            )
        )
    ]
    if back := len(lines) - taken:
        parts.append(Say(_("有 %(n)s 件被退回，請補正。", n=back), "warning"))
    if hours := _hours(lines):
        parts.append(Facts([(_("服務學習時數"), _("%(n)s 小時", n=f"{hours.normalize():f}"), "")]))
    parts.append(Bars(_("已送出件數"), [(_("多元表現"), taken, limit)], _("件")))
    lines = sorted(lines, key=lambda one: one.experience.state is not ExperienceState.RETURNED)
    columns = [_("名稱"), _("類別"), _("狀態")]
    rows = [_experience(one, student, own) for one in lines[:SHOWN]]
    return [*parts, Table(_("多元表現"), columns, rows, total=len(lines), more=page)]


def _hours(lines: list[experience_queries.Line]) -> Decimal:
    """Hours of service learning that were sent."""
    found = Decimal(0)
    for line in lines:
        if line.kind.key == "service" and line.experience.state is ExperienceState.SENT:
            value = line.kind.field("hours").read(line.experience.details.get("hours", ""))
            found += value if isinstance(value, Decimal) else 0
    return found


def _experience(line: experience_queries.Line, student: Person, own: bool) -> list[Any]:
    one = line.experience
    to = {"experience_id": one.id}
    title = one.title or _("（未命名）")
    if own:
        link = Link(title, "portfolio.experience", to)
    else:
        link = Link(title, "portfolio.experience_of", {"person_id": student.id, **to})
    return [link, str(line.kind.name), EXPERIENCE_LABELS[one.state].text]


def everything(student: Person, asked: Asked, own: bool) -> list[Part]:
    """How much there is of each, and where all of it stands in order of time."""
    year = term_of(clock.today()).academic_year
    sheet = records.sheet_of(student)
    counts = experience_queries.counts_of([student.id], year)
    facts = [
        (_("修課紀錄"), _("%(n)s 個學期，取得 %(credits)s 學分", n=len(sheet.terms),
                     credits=sheet.credits), ""),
        (_("學籍資料"), _("%(n)s 個學期", n=len(people.basics_of(student.id))), ""),
        (_("幹部紀錄"), _("%(n)s 筆", n=len(people.posts_of(student.id))), ""),
        (_("本學年度已送出多元表現"), _("%(n)s 件", n=counts.get(student.id, 0)), ""),
    ]  # fmt: skip
    if own:
        timeline = Link(_("看時間軸"), "portfolio.timeline")
    else:
        timeline = Link(_("看時間軸"), "portfolio.timeline_of", {"person_id": student.id})
    told = _("各種紀錄的數量如下；時間軸依先後列出全部。")
    return [Say(told), Facts(facts, _("紀錄總覽")), timeline]


def _page(label: str, mine: str, student: Person, own: bool) -> Link:
    return Link(label, mine) if own else Link(label, "portfolio.records_of",
                                              {"person_id": student.id})  # fmt: skip


def _span(begin: date, end: date) -> str:
    return _("%(begin)s 至 %(end)s", begin=day_said(begin), end=day_said(end))


def _says(asked: Asked) -> bool:
    return bool(asked.slots.get("academic_year"))


def _of_year(year: int, asked: Asked) -> bool:
    return str(year) == str(asked.slots["academic_year"])


def _is_asked(term: Term, asked: Asked) -> bool:
    """Whether a term is that of the sentence, as far as it names one."""
    year, number = asked.slots.get("academic_year"), asked.slots.get("term")
    return (not year or str(term.academic_year) == str(year)) and (
        not number or str(term.term) == str(number)
    )
