"""A student's selection: choose, confirm, reopen, look at it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from forms.definition import Form
from forms.said import moment_said
from plugin import clock, skills
from plugin.actor import Actor
from plugin.portfolio import policy
from plugin.portfolio.forms.picking import ChooseForm, ReopenForm
from plugin.portfolio.models import ExperienceState, OutcomeState, SelectionKind
from plugin.portfolio.operations import selection
from plugin.portfolio.queries import experiences, own
from plugin.portfolio.skills.outcomes import STUDENT
from plugin.school import rules
from plugin.school.terms import term_of
from plugin.skills import Asked, FormSkill, Going, QuerySkill
from plugin.skills.replies import Bars, Button, Link, Part, Reply, Say, Table, Text, reply

OUTCOMES, EXPERIENCES = SelectionKind.OUTCOME, SelectionKind.EXPERIENCE
NAMES = {OUTCOMES: _l("課程學習成果"), EXPERIENCES: _l("多元表現")}
PAGES = {OUTCOMES: "portfolio.selection", EXPERIENCES: "portfolio.selected_experiences"}
LIMITS = {OUTCOMES: selection.LIMIT, EXPERIENCES: selection.EXPERIENCE_LIMIT}
_ABOUT_EXPERIENCES = ("多元", "多表", "experience", "競賽", "幹部", "志工", "證照", "檢定")


def _year() -> int:
    return term_of(clock.today()).academic_year


def _ready(actor: Actor, kind: SelectionKind) -> list[tuple[int, str, bool]]:
    """(id, title, selected) of what may be selected this year."""
    if kind is OUTCOMES:
        return [
            (line.outcome.id, line.outcome.title, line.selected)
            for line in own.outcomes(actor, _year())
            if line.outcome.state is OutcomeState.CERTIFIED
        ]
    return [
        (line.experience.id, line.experience.title, line.selected)
        for line in experiences.own(actor, _year())
        if line.experience.state is ExperienceState.SENT or line.selected
    ]


def _form(kind: SelectionKind, actor: Actor, _subject: str, data: Any) -> ChooseForm:
    form = ChooseForm(data, meta={"csrf": False})
    form.records.choices = [(str(one), title) for one, title, _on in _ready(actor, kind)]
    return form


def _choose(kind: SelectionKind, actor: Actor, form: Form, _going: Going) -> Reply:
    wanted = [int(one) for one in form["records"].data]
    selection.choose(actor, _year(), wanted, kind)
    locked = form["lock"].data == "lock"
    if locked:
        selection.lock(actor, _year(), kind)
    words = _("勾選已確認並鎖定。") if locked else _("勾選已儲存，尚未確認。")
    return Reply((Say(words, "good" if locked else "warning"), *_standing(actor, kind)))


def _warning(kind: SelectionKind, actor: Actor, form: Form) -> str:
    chosen = set(form["records"].data or ())
    dropped = [title for one, title, on in _ready(actor, kind) if on and str(one) not in chosen]
    if not dropped:
        return ""
    return _("原本勾選的「%(titles)s」會取消勾選。", titles=_("」、「").join(dropped))


def _standing(actor: Actor, kind: SelectionKind) -> list[Part]:
    ready = _ready(actor, kind)
    chosen = [title for _id, title, on in ready if on]
    assert actor.school_id is not None
    limit = rules.number(actor.school_id, LIMITS[kind], _year())
    held = (
        own.selection(actor, _year()) if kind is OUTCOMES else experiences.selection(actor, _year())
    )
    state = (
        _("已於 %(at)s 確認", at=moment_said(held.locked_at))
        if held and held.locked_at
        else _("尚未確認")
    )
    page = Link(_("到勾選頁"), PAGES[kind], {"year": _year()})
    parts: list[Part] = [
        Say(_("%(kind)s：%(state)s。", kind=NAMES[kind], state=state)),
        Bars(_("已勾選件數"), [(NAMES[kind], len(chosen), limit)], _("件")),
    ]
    if ready:
        rows = [[title, _("已勾選") if on else ""] for _id, title, on in ready[: Table.SHOWN]]
        parts.append(
            Table(_("可以勾選的項目"), [_("名稱"), _("勾選")], rows, total=len(ready), more=page)
        )
    else:
        parts += [Say(_("目前還沒有可以勾選的項目。"), "hint"), page]
    return parts


def _show(actor: Actor, asked: Asked) -> Reply:
    named = f"{asked.slots.get('item_kind', '')}{asked.words}"
    about = _about(named)
    kinds = [about] if about else [OUTCOMES, EXPERIENCES]
    parts: list[Part] = []
    for kind in kinds:
        parts += _standing(actor, kind)
    return Reply(tuple(parts))


def _about(words: str) -> SelectionKind | None:
    if any(one in words for one in _ABOUT_EXPERIENCES):
        return EXPERIENCES
    return OUTCOMES if any(one in words for one in ("成果", "作業", "作品", "outcome")) else None


def _suits(kind: SelectionKind) -> Callable[[Actor, Asked], bool]:
    def suits(actor: Actor, asked: Asked) -> bool:
        if _reopens(asked.words):
            return False
        about = _about(f"{asked.slots.get('item_kind', '')}{asked.words}")
        if about is not None:
            return about is kind
        items = [str(one) for one in _listed(asked.slots.get("items"))]
        titles = {title for _id, title, _on in _ready(actor, kind)}
        return any(item in title for item in items for title in titles)

    return suits


def _listed(value: Any) -> Sequence[Any]:
    return value if isinstance(value, (list, tuple)) else [value] if value else []


def _reopens(words: str) -> bool:
    return any(one in words for one in ("重新開放", "解鎖", "解除鎖定", "打開", "reopen", "unlock"))


def _fill(actor: Actor, asked: Asked, form: Form) -> Mapping[str, Sequence[str]]:
    if any(one in asked.words for one in ("鎖定", "確認", "送出", "定案", "lock")):
        return {"lock": ["lock"]}
    return {}


def _choosing(kind: SelectionKind, title: Text, order: int) -> FormSkill:
    def subject(_actor: Actor, _asked: Asked) -> str:
        return f"{kind.value}:{_year()}"

    def page(_actor: Actor, _subject: str) -> Link:
        return Link(_l("到勾選頁"), PAGES[kind], {"year": _year()})

    return FormSkill(
        intent="selection.choose",
        name=f"selection.choose:{kind.value}",
        title=title,
        who=STUDENT,
        policy=policy.students,
        build=partial(_form, kind),
        fields={"items": "records"},
        fill=_fill,
        subject=subject,
        run=partial(_choose, kind),
        confirm=_l("儲存勾選"),
        warning=partial(_warning, kind),
        page=page,
        suits=_suits(kind),
        order=order,
    )


skills.register(_choosing(OUTCOMES, _l("勾選課程學習成果"), 10))
skills.register(_choosing(EXPERIENCES, _l("勾選多元表現"), 20))


def _reopen_form(_actor: Actor, _subject: str, data: Any) -> ReopenForm:
    return ReopenForm(data, meta={"csrf": False})


def _reopen(actor: Actor, form: Form, _going: Going) -> Reply:
    kind = SelectionKind(form["kind"].data)
    selection.reopen(actor, _year(), kind)
    title = _("勾選課程學習成果") if kind is OUTCOMES else _("勾選多元表現")
    return reply(
        Say(_("勾選已重新開放修改；改好後請記得再確認。"), "warning"), Button(title, title)
    )


skills.register(
    FormSkill(
        intent="selection.choose",
        name="selection.reopen",
        title=_l("重新開放勾選"),
        who=STUDENT,
        policy=policy.students,
        build=_reopen_form,
        fields={"item_kind": "kind"},
        run=_reopen,
        confirm=_l("重新開放"),
        suits=lambda _actor, asked: _reopens(asked.words),
        order=30,
    )
)

skills.register(
    QuerySkill(
        intent="selection.show",
        title=_l("看我的勾選"),
        who=STUDENT,
        policy=policy.students,
        answer=_show,
        order=10,
    )
)
