"""Set a window of the calendar by talking; how many files are allowed is a rule, not a window."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from forms.definition import Form
from forms.jinja import roc_date
from plugin import clock, skills
from plugin.actor import Actor
from plugin.clock import TAIPEI
from plugin.school import concerns, operations, policy, window_words, windows, year_plan
from plugin.school.models import Window, WindowKind
from plugin.school.picking_forms import AnyWindowForm, place_words, read_place
from plugin.school.terms import FIRST_YEAR, LAST_YEAR, Term, term_of
from plugin.school.year_plan import Key, Planned
from plugin.skills import NEW, Asked, FormSkill, Going, QuerySkill
from plugin.skills.replies import Link, Reply, Say, reply

KEEPERS = _l("註冊組與系統管理者")
_LIMIT = re.compile(r"上限|件數|件数|最多|幾件|限制|不限|\d+ ?件|limit|\bmax", re.IGNORECASE)
_NOW = re.compile(r"現在|现在|立刻|立即|馬上|\bnow\b", re.IGNORECASE)
_CLOSES = re.compile(r"關|关|截止|結束|结束|止|延|到|close|until|end", re.IGNORECASE)
_OPENS = re.compile(r"開放|开放|開始|开始|起|open|start|from", re.IGNORECASE)


def _school(actor: Actor) -> int:
    return policy.require_keeper(actor)


def _subject(actor: Actor, asked: Asked) -> str:
    """The window that the words name: its draft is its own, so that one window's dates never
    stand in another's form."""
    named = str(asked.slots.get("window", ""))
    kind = window_words.kind(named) or window_words.kind(asked.words)
    if kind is None:
        return NEW
    today = term_of(clock.today())
    year = int(asked.slots.get("academic_year") or today.academic_year)
    if not FIRST_YEAR <= year <= LAST_YEAR:
        return NEW
    grade, batch = window_words.grade(asked.words), window_words.batch(asked.words)
    if kind in windows.YEARLY:
        return place_words(year, (kind, batch, grade))
    begins = str(asked.slots.get("date_from", ""))
    at = term_of(date.fromisoformat(begins)) if begins else today
    term = int(asked.slots.get("term") or at.term)
    return place_words(year, (kind, term, grade))


def _form(actor: Actor, subject: str, data: Any) -> AnyWindowForm:
    form = AnyWindowForm(data, meta={"csrf": False})
    del form.confirmed  # what it stands for is told above the button that saves
    for hour in (form.opens_time, form.closes_time):
        if not hour.raw_data:  # that of the window as it stands comes before the usual one
            hour.data = None
    if subject == NEW:
        form.which.choices = _all(actor)
    else:
        form.which.choices = [(subject, _label(*read_place(subject)))]
    return form


def _all(actor: Actor) -> list[tuple[str, str]]:
    """Every kind for all grades, this term's and the year's, and those of grades that are set."""
    now = term_of(clock.today())
    year = now.academic_year
    keys: list[Key] = [(kind, 0 if kind in windows.YEARLY else now.term, 0) for kind in WindowKind]
    keys += [
        (one.kind, one.term, one.grade)
        for one in windows.of_year(_school(actor), year)
        if one.grade and one.term in {0, now.term}
    ]
    return [(place_words(year, key), _label(year, key)) for key in keys]


def _label(year: int, key: Key) -> str:
    name = _title(key)
    term = Term(year, 0 if key[0] in windows.YEARLY else key[1])
    return _("%(name)s（%(term)s）", name=name, term=term.label)


def _title(key: Key) -> str:
    now = clock.now()
    return windows.title(Planned(*key, now, now))


def _first(_actor: Actor, subject: str) -> Mapping[str, Sequence[str]]:
    return {} if subject == NEW else {"which": [subject]}


def _fill(actor: Actor, asked: Asked, form: Form) -> Mapping[str, Sequence[str]]:
    """What the sentence says, and for the rest the window as it stands."""
    opens, closes = _days(asked)
    given = {"opens_on": opens, "closes_on": closes}
    given |= {"opens_time": "08:00", "closes_time": "17:00"}
    found = _standing(actor, form)
    if found is not None:
        was_open, was_closed = (one.astimezone(TAIPEI) for one in (found.opens_at, found.closes_at))
        given |= {"opens_time": f"{was_open:%H:%M}", "closes_time": f"{was_closed:%H:%M}"}
        given["opens_on"] = opens or was_open.date().isoformat()
        if opens and not closes:
            given["closes_on"] = was_closed.date().isoformat()
    if _NOW.search(asked.words) and _CLOSES.search(asked.words) and not closes:
        now = clock.now().astimezone(TAIPEI)
        given |= {"closes_on": now.date().isoformat(), "closes_time": f"{now:%H:%M}"}
    return {name: [words] for name, words in given.items() if words}


def _days(asked: Asked) -> tuple[str, str]:
    """The opening and the closing day, ISO; a bare day is what the verb says."""
    opens, closes = (str(asked.slots.get(name, "")) for name in ("date_from", "date_to"))
    day = str(asked.slots.get("date", ""))
    if day and _OPENS.search(asked.words) and not _CLOSES.search(asked.words):
        return opens or day, closes
    return opens, closes or day


def _standing(actor: Actor, form: Form) -> Window | None:
    """The window as it is set now."""
    chosen = form["which"].data
    if not chosen:
        return None
    year, (kind, term, grade) = read_place(str(chosen))
    return windows.exact(_school(actor), kind, year, term, grade)


def _warning(actor: Actor, form: Form) -> str:
    """What the window's page asks to be looked at again before it is saved."""
    assert isinstance(form, AnyWindowForm)
    year, key = form.place
    plan = year_plan.current(_school(actor), year)
    plan[key] = Planned(*key, form.opens_at, form.closes_at)
    told = [one.text for one in concerns.of(_school(actor), year, plan, [key])]
    found = _standing(actor, form)
    if found is not None:
        told.insert(0, _("目前是 %(span)s。", span=_span(found.opens_at, found.closes_at)))
    return "\n\n".join(told)


def _set(actor: Actor, form: Form, _going: Going) -> Reply:
    assert isinstance(form, AnyWindowForm)
    year, (kind, term, grade) = form.place
    window, _told = operations.set_window(
        actor, kind, year, form.opens_at, form.closes_at, term=term, grade=grade, confirmed=True
    )
    words = _(
        "已儲存「%(name)s」的期間：%(span)s。",
        name=windows.title(window),
        span=_span(window.opens_at, window.closes_at),
    )
    calendar = Link(_("看作業期程（可以復原這次變更）"), "school.calendar", {"year": year})
    return reply(Say(words, "good"), calendar)


def _span(opens: datetime, closes: datetime) -> str:
    return _("%(begin)s 至 %(end)s", begin=roc_date(opens), end=roc_date(closes))


def _page(_actor: Actor, subject: str) -> Link:
    if subject == NEW:
        return Link(_("到作業期程頁"), "school.calendar")
    year, (kind, term, grade) = read_place(subject)
    place = {"year": year, "term": term, "kind": kind.value, "grade": grade}
    return Link(_("這個期間自己的頁面"), "school.set_window", place)


def _about_limits(_actor: Actor, asked: Asked) -> bool:
    """Whether how many or how large is asked for, and no day."""
    dated = {"date", "date_from", "date_to"} & set(asked.slots)
    return not dated and ("count" in asked.slots or bool(_LIMIT.search(asked.words)))


def _limits(actor: Actor, _asked: Asked) -> Reply:
    words = _("件數與大小上限是學校的規則，請到規則頁變更；每次變更都要填依據，並留下紀錄。")
    if policy.administrators(actor):
        return reply(words, Link(_("到規則頁"), "school.rules"))
    told = _("規則由系統管理者變更，您可以查看目前的值。")
    return reply(words, told, Link(_("看規則"), "school.rules"))


skills.register(
    FormSkill(
        intent="window.set",
        title=_l("設定作業期間"),
        who=KEEPERS,
        policy=policy.keepers,
        build=_form,
        fields={"window": "which"},
        subject=_subject,
        first=_first,
        fill=_fill,
        run=_set,
        confirm=_l("儲存期間"),
        warning=_warning,
        page=_page,
        suits=lambda actor, asked: not _about_limits(actor, asked),
        order=10,
    )
)
skills.register(
    QuerySkill(
        intent="window.set",
        name="window.limits",
        title=_l("變更件數上限"),
        who=KEEPERS,
        policy=policy.keepers,
        answer=_limits,
        suits=_about_limits,
        order=20,
    )
)
