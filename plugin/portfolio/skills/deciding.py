"""Teachers: what waits for them, certify, return; each item is its own truth."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from forms.definition import Form
from forms.said import day_said
from plugin import skills
from plugin.actor import Actor
from plugin.clock import TAIPEI
from plugin.portfolio import policy
from plugin.portfolio.forms import REASONS
from plugin.portfolio.forms.deciding import CertifyForm, ReturnManyForm
from plugin.portfolio.operations import certification
from plugin.portfolio.operations.certification import Result
from plugin.portfolio.queries import teaching, teaching_desk, teaching_queue
from plugin.portfolio.queries.teaching import Waiting
from plugin.portfolio.queries.teaching_queue import Filter
from plugin.skills import Asked, FormSkill, Going, QuerySkill
from plugin.skills.replies import Bars, Button, Link, Part, Reply, Say, Table, reply

WHO = _l("任課教師與代理人")
MOST = certification.BULK
_ALL = re.compile(r"全部|全都|全數|所有|通通|統統|整批|\ball\b|\bevery", re.IGNORECASE)
_OLDEST = re.compile(r"前|最早|最舊|最久|\bfirst\b|\boldest\b", re.IGNORECASE)
_PLACE = re.compile(r"第\s*(\d{1,3}|[一二兩三四五六七八九十]{1,3})\s*[件個份筆項]")
_DIGITS = {word: place for place, word in enumerate("零一二三四五六七八九")} | {"兩": 2}
_RETURNS = re.compile(r"退|打回|return|send .*back|reject", re.IGNORECASE)
OFFERED = 6
"""Reasons to press; the page has them all."""


def _queue(actor: Actor) -> list[Waiting]:
    """What has waited longest, as many as can be decided at once."""
    return list(teaching_queue.queue(actor, Filter(), limit=MOST).items)


def _value(line: Waiting) -> str:
    return f"{line.outcome.id}:{line.outcome.version}"


def _label(line: Waiting) -> str:
    seat = f"{line.class_name} {line.seat or ''}".strip()
    return f"{line.outcome.title} · {line.student.name} · {seat} · {line.course.name}"


def _fitting(lines: Sequence[Waiting], asked: Asked) -> list[Waiting]:
    """Those that fit every name in the sentence; all of them when it names nothing.

    A day is that on which they were sent, unless none was: then it is that of the wish.
    """
    named = {slot: str(asked.slots[slot]) for slot in _OF if asked.slots.get(slot)}
    day = named.pop("date", "")
    found = [
        line
        for line in lines
        if all(_is(slot, line, words, asked) for slot, words in named.items())
    ]
    return [line for line in found if _sent_on(line) == day] or found


def _is(slot: str, line: Waiting, words: str, asked: Asked) -> bool:
    """Whether a line is called so; of several students or titles a slot holds only the first."""
    name = _OF[slot](line)
    if slot == "class_name":
        words = words.removesuffix("班")
    if slot == "course":  # 國文 for 國語文, its characters in their order
        rest = iter(name)
        return all(one in rest for one in words)
    return words in name or (slot in {"student", "title"} and len(name) > 1 and name in asked.words)


def _sent_on(line: Waiting) -> str:
    sent = line.outcome.sent_at
    return sent.astimezone(TAIPEI).date().isoformat() if sent else ""


def _places(asked: Asked) -> list[int]:
    """What is pointed at: 第一件和第三件 → 1, 3; in the order of the list, oldest first."""
    return [_number(words) for words in _PLACE.findall(asked.words)]


def _number(words: str) -> int:
    if words.isdecimal():
        return int(words)
    tens, ten, ones = words.rpartition("十")
    found = _DIGITS.get(ones, 0)
    return found + 10 * (_DIGITS.get(tens, 0) if tens else 1) if ten else found


def _meant(actor: Actor, asked: Asked) -> list[Waiting]:
    """The waiting outcomes that the sentence speaks of; none when it leaves open which.

    A number that is not theirs, or a place beyond them, leaves it open, too.
    """
    count, places = int(asked.slots.get("count") or 0), _places(asked)
    named = any(asked.slots.get(slot) for slot in _OF if slot != "date")
    if not (named or count or places or _ALL.search(asked.words)):
        return []
    found = _fitting(_queue(actor), asked)
    if places:
        fits = all(0 < one <= len(found) for one in places)
        return [found[one - 1] for one in dict.fromkeys(places)] if fits else []
    if count and _OLDEST.search(asked.words):
        found = found[:count]
    return [] if count and len(found) != count else found


_OF: Mapping[str, Callable[[Waiting], str]] = {
    "title": lambda line: line.outcome.title,
    "student": lambda line: line.student.name,
    "course": lambda line: line.course.name,
    "class_name": lambda line: line.class_name,
    "date": _sent_on,
    "term": lambda line: str(line.outcome.term),
    "academic_year": lambda line: str(line.outcome.academic_year),
}


def _fill(actor: Actor, asked: Asked, _form: Form) -> Mapping[str, Sequence[str]]:
    meant = _meant(actor, asked)
    return {"outcomes": [_value(line) for line in meant]} if meant else {}


def _fill_return(actor: Actor, asked: Asked, form: Form) -> Mapping[str, Sequence[str]]:
    """Which, and why: a clause that only names an outcome is no reason for returning it."""
    given = dict(_fill(actor, asked, form))
    reason = str(asked.slots.get("reason", ""))
    titles = [line.outcome.title for line in _queue(actor) if line.outcome.title in reason]
    rest = [
        one.strip()
        for one in re.split(r"[,，。;；]", asked.words)
        if one.strip() and not any(title and title in one for title in titles)
    ]
    if any(titles) and rest:
        given["reason"] = ["，".join(rest)]
    elif reason and set(asked.slots) == {"reason"} and not _RETURNS.search(asked.words):
        given["reason"] = [asked.words.strip()]  # all of it is the reason, in however many clauses
    return given


def _choices(actor: Actor) -> list[tuple[str, str]]:
    return [(_value(line), _label(line)) for line in _queue(actor)]


def _versions(form: Form) -> dict[int, int | None]:
    pairs = (one.partition(":") for one in form["outcomes"].data)
    return {int(outcome_id): int(version) for outcome_id, _colon, version in pairs}


# What waits ----------------------------------------------------------------------------------


def _pending(actor: Actor, asked: Asked) -> Reply:
    waiting = teaching.waiting_count(actor)
    page = Link(_("到認證清單"), "portfolio.certification_queue")
    if not waiting:
        return reply(Say(_("目前沒有待認證的成果。"), "good"), page)
    queue = _queue(actor)
    lines = _fitting(queue, asked)
    told = _("共有 %(count)s 件等您認證，等最久的排在前面。", count=waiting)
    if not lines:
        lines, told = queue, _("沒有符合的；共有 %(count)s 件等您認證。", count=waiting)
    elif len(lines) < len(queue):
        told = _("共有 %(count)s 件等您認證，符合的有 %(n)s 件。", count=waiting, n=len(lines))
    courses: dict[str, int] = {}
    for line in lines:
        courses[line.course.name] = courses.get(line.course.name, 0) + 1
    bars = [(name, float(count), None) for name, count in courses.items()][: Table.SHOWN]
    parts: list[Part] = [Say(told)]
    if len(bars) > 1:
        parts.append(Bars(_("各課程待認證"), bars, _("件")))
    parts += [
        Table(
            _("待認證的成果"),
            [_("名稱"), _("學生"), _("課程"), _("送出日期")],
            [_row(line) for line in lines[: Table.SHOWN]],
            total=waiting if len(lines) == len(queue) else len(lines),
            more=page,
        ),
        Button(_l("認證成果"), _l("認證成果")),
        Button(_l("退回成果"), _l("退回成果")),
    ]
    return Reply(tuple(parts))


def _row(line: Waiting) -> list[Any]:
    sent = line.outcome.sent_at
    return [
        Link(line.outcome.title, "portfolio.certification_item", {"outcome_id": line.outcome.id}),
        f"{line.student.name}（{line.class_name} {line.seat or ''}）",
        line.course.name,
        day_said(sent.astimezone(TAIPEI).date()) if sent else "",
    ]


skills.register(
    QuerySkill(
        intent="certify.pending",
        title=_l("看待認證的成果"),
        who=WHO,
        policy=policy.teachers,
        answer=_pending,
        order=10,
    )
)


# Deciding ------------------------------------------------------------------------------------


def _certify_form(actor: Actor, _subject: str, data: Any) -> CertifyForm:
    form = CertifyForm(data, meta={"csrf": False})
    form.outcomes.choices = _choices(actor)
    return form


def _certify(actor: Actor, form: Form, _going: Going) -> Reply:
    return _told(
        certification.certify_many(actor, _versions(form)), lambda n: _("已認證 %(n)s 件。", n=n)
    )


def _told(results: Sequence[Result], words_of: Callable[[int], str]) -> Reply:
    done = [one for one in results if one.done]
    failed = [one for one in results if not one.done]
    tone = "warning" if failed else "good"
    words = words_of(len(done))
    if failed:
        words += _("未完成 %(failed)s 件，其他人可能先處理了。", failed=len(failed))
    parts: list[Part] = [Say(words, tone)]
    if failed:
        rows = [[one.title, one.message] for one in failed[: Table.SHOWN]]
        parts.append(Table(_("沒有完成的"), [_("名稱"), _("原因")], rows, total=len(failed)))
    elif len(done) <= Table.SHOWN:
        titles = _("、").join(f"「{one.title}」" for one in done)
        parts.append(Say(titles, "hint"))
    parts.append(Link(_("到認證清單"), "portfolio.certification_queue"))
    return Reply(tuple(parts))


def _page(_actor: Actor, _subject: str) -> Link:
    return Link(_("到認證清單"), "portfolio.certification_queue")


skills.register(
    FormSkill(
        intent="certify.approve",
        title=_l("認證成果"),
        who=WHO,
        policy=policy.teachers,
        build=_certify_form,
        fields={"title": "outcomes", "student": "outcomes"},
        fill=_fill,
        run=_certify,
        confirm=_l("認證成果"),
        warning=lambda _actor, _form: _(
            "認證只確認是您課程的成果，不評優劣；之後要更改，須以另一個決定更正。"
        ),
        page=_page,
        order=10,
    )
)


def _return_form(actor: Actor, _subject: str, data: Any) -> ReturnManyForm:
    form = ReturnManyForm(data, meta={"csrf": False})
    form.outcomes.choices = _choices(actor)
    kept = [one.text for one in teaching_desk.reasons(actor, REASONS)[:OFFERED]]
    form.reason.ask = replace(form.reason.ask, offers=[(one, one) for one in kept])
    return form


def _return(actor: Actor, form: Form, _going: Going) -> Reply:
    results = certification.return_many(actor, _versions(form), form["reason"].data or "")
    return _told(results, lambda n: _("已退回 %(n)s 件。", n=n))


skills.register(
    FormSkill(
        intent="certify.return",
        title=_l("退回成果"),
        who=WHO,
        policy=policy.teachers,
        build=_return_form,
        fields={
            "title": "outcomes",
            "student": "outcomes",
            "reason": "reason",
        },
        fill=_fill_return,
        run=_return,
        confirm=_l("退回"),
        warning=lambda _actor, _form: _("學生會看到退回原因，可以修改後再送。"),
        page=_page,
        order=10,
    )
)
