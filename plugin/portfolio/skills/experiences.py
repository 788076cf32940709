"""A student's experiences: one skill for each of the ten kinds, one for what was returned."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from flask_babel import LazyString
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from forms.definition import Form
from plugin import skills
from plugin.actor import Actor
from plugin.errors import Conflict
from plugin.portfolio import kinds, policy
from plugin.portfolio.forms.experiences import ExperienceForm, blank, experience_form
from plugin.portfolio.kinds import Kind
from plugin.portfolio.models import Experience, ExperienceState
from plugin.portfolio.operations import experience_drafts as drafts
from plugin.portfolio.operations import experiences as operations
from plugin.portfolio.operations.found import missing, seen_experience
from plugin.portfolio.queries import experiences as queries
from plugin.portfolio.queries import seasons
from plugin.portfolio.skills import kind_words
from plugin.portfolio.skills.outcomes import STUDENT
from plugin.portfolio.states import EXPERIENCE_EDITABLE
from plugin.school.terms import Term
from plugin.skills import Asked, FormSkill, Going
from plugin.skills.replies import Button, Facts, Link, Part, Reply, Say

_MENDS = ("退回", "補正", "重新送", "重送", "修改", "更正", "改好", "returned", "revise")
YEARS = 2
"""Of so many years something may still be mended."""


def _term(actor: Actor) -> Term:
    """The season in which a new experience would be sent."""
    assert actor.school_id is not None
    assert actor.person_id is not None
    return seasons.now(actor.school_id, actor.person_id).term


def returned(actor: Actor) -> list[queries.Line]:
    """What was returned to the student, newest first."""
    return [
        line
        for year in queries.years(actor)[:YEARS]
        for line in queries.own(actor, year)
        if line.experience.state is ExperienceState.RETURNED
    ]


def _named(actor: Actor, asked: Asked) -> list[queries.Line]:
    """What was returned and is named in the sentence."""
    title = str(asked.slots.get("title", ""))
    return [
        line
        for line in returned(actor)
        if line.experience.title
        and (line.experience.title in asked.words or (title and title in line.experience.title))
    ]


def _mends(actor: Actor, asked: Asked) -> bool:
    """Whether the sentence is about something that was returned."""
    return any(one in asked.words for one in _MENDS) or bool(_named(actor, asked))


def _meant(asked: Asked) -> list[str]:
    """The kinds that are named, by the marked words before all the others."""
    return kind_words.named(str(asked.slots.get("category", ""))) or kind_words.named(asked.words)


def _suits(name: str) -> Callable[[Actor, Asked], bool]:
    def suits(actor: Actor, asked: Asked) -> bool:
        return name in _meant(asked) and not _mends(actor, asked)

    return suits


def _form(name: str, actor: Actor, _subject: str, data: Any) -> ExperienceForm:
    year = _term(actor).academic_year
    return experience_form(actor, name, year, formdata=data, meta={"csrf": False})


def _slots(of_kind: Kind) -> dict[str, str]:
    """Slot → field, as far as the kind has such a field."""
    known = {one.key for one in of_kind.fields}
    days = [one.key for one in of_kind.fields if one.type == "date"]
    wanted = {
        "title": of_kind.title[0],
        "summary": "summary",
        "date_from": "start_on",
        "date_to": "end_on",
        "date": days[0] if len(days) == 1 else "",
        "count": "hours" if "hours" in known else "periods",
        "value": "score",
        "unit": "unit" if "unit" in known else "organiser",
        "place": "place",
    }
    return {slot: key for slot, key in wanted.items() if key in known | {"summary"}}


def _fill(name: str, actor: Actor, asked: Asked, _given: Form) -> Mapping[str, Sequence[str]]:
    """Year and term, said or of now, where the kind asks for them."""
    now = dict(blank(name, _term(actor)))
    said = {"year": asked.slots.get("academic_year"), "term": asked.slots.get("term")}
    return {key: [str(said.get(key) or words)] for key, words in now.items()}


def _send(name: str, actor: Actor, form: Form, going: Going) -> Reply:
    assert isinstance(form, ExperienceForm)
    made = drafts.start(actor, name, form.values(), begun_at=going.begun_at, page_key=going.key)
    return _sent(actor, made)


def _sent(actor: Actor, experience: Experience) -> Reply:
    numbers: list[str] = []
    if experience.state in EXPERIENCE_EDITABLE:  # else this very run was sent before
        sent = operations.send(actor, experience.id)
        experience, numbers = sent.experience, [one.number for one in sent.receipts]
    words = _("已收到並送出「%(title)s」。勾選期間可以勾選這筆多元表現。", title=experience.title)
    parts: list[Part] = [Say(words, "good")]
    if numbers:
        parts.append(Facts([(_("收件回條"), number, "") for number in numbers]))
    page = {"experience_id": experience.id}
    parts.append(Link(_("查看這筆多元表現"), "portfolio.experience", page))
    return Reply((*parts, Button(_("再上傳一筆"), _("上傳多元表現"))))


def _page(name: str, _actor: Actor, _subject: str) -> Link:
    return Link(_("這一類自己的頁面"), "portfolio.experience_new", {"kind": name})


def _subject(name: str, _actor: Actor, _asked: Asked) -> str:
    return f"kind:{name}"


def _warning(_actor: Actor, _form: Form) -> str:
    return _("送出後由學務處保管；勾選之前可以撤回修改，送出過的紀錄不能刪除。")


def _titled(name: str) -> Any:
    return LazyString(lambda: _("上傳%(kind)s", kind=str(kinds.latest(name).name)))


for _place, _name in enumerate(kinds.names()):
    skills.register(
        FormSkill(
            intent="experience.upload",
            name=f"experience.upload:{_name}",
            title=_titled(_name),
            who=STUDENT,
            policy=policy.students,
            build=partial(_form, _name),
            fields=_slots(kinds.latest(_name)),
            fill=partial(_fill, _name),
            subject=partial(_subject, _name),
            run=partial(_send, _name),
            confirm=_l("送出"),
            warning=_warning,
            page=partial(_page, _name),
            suits=_suits(_name),
            order=10 + _place,
        )
    )


def _mended(actor: Actor, asked: Asked) -> str:
    """What was returned: what is named, else the newest.

    :raises Conflict: nothing was.
    """
    found = _named(actor, asked) or returned(actor)
    if not found:
        raise Conflict(
            _("目前沒有被退回的多元表現。"), remedy=_("要改已送出的，請先到那一筆的頁面撤回。")
        )
    return f"experience:{found[0].experience.id}"


def _kept(actor: Actor, subject: str) -> Experience:
    kind, _colon, number = subject.partition(":")
    if kind != "experience":
        raise missing()
    return seen_experience(actor, int(number))


def _mend_form(actor: Actor, subject: str, data: Any) -> ExperienceForm:
    one = _kept(actor, subject)
    return experience_form(actor, one.kind, one.academic_year, formdata=data, meta={"csrf": False})


def _first(actor: Actor, subject: str) -> Mapping[str, Sequence[str]]:
    one = _kept(actor, subject)
    found = {
        **one.details,
        "summary": one.summary,
        "link": one.link,
        "ai_note": one.ai_note,
        "document-ref": str(one.document_file_id or ""),
        "media-ref": str(one.media_file_id or ""),
    }
    return {name: [words] for name, words in found.items() if words}


def _mend(actor: Actor, form: Form, going: Going) -> Reply:
    assert isinstance(form, ExperienceForm)
    one = _kept(actor, going.subject)
    if one.state in EXPERIENCE_EDITABLE:
        one = drafts.save(actor, one.id, form.values(), begun_at=going.begun_at)
    return _sent(actor, one)


def _own_page(_actor: Actor, subject: str) -> Link:
    number = int(subject.partition(":")[2])
    return Link(_("這筆多元表現自己的頁面"), "portfolio.experience_edit", {"experience_id": number})


skills.register(
    FormSkill(
        intent="experience.upload",
        name="experience.mend",
        title=_l("補正退回的多元表現"),
        who=STUDENT,
        policy=policy.students,
        build=_mend_form,
        fields={"summary": "summary"},
        subject=_mended,
        first=_first,
        run=_mend,
        confirm=_l("送出"),
        warning=_warning,
        page=_own_page,
        suits=_mends,
        order=40,
    )
)
