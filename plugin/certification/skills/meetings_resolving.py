"""What a meeting of the committee resolves on a case, by talking."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from flask_babel import gettext as _

from forms.definition import Form
from plugin import skills
from plugin.actor import Actor
from plugin.certification import completeness, meeting_forms, policy, reasons, resolutions
from plugin.certification.forms.meetings import ITEM
from plugin.certification.forms.talking import SaidResolutionForm, only_when, said_resolution
from plugin.certification.models import Meeting
from plugin.certification.operations import meeting_closing
from plugin.certification.operations import meetings as operations
from plugin.certification.queries import meeting_cases, office_case, review
from plugin.certification.queries import meetings as queries
from plugin.certification.queries.meetings import Line
from plugin.certification.skills import found, meetings_found
from plugin.certification.skills import meetings_titles as titles
from plugin.certification.skills.deciding import CALLED
from plugin.errors import Conflict, InvalidInput
from plugin.skills import Asked, FormSkill, Going, WhichOne
from plugin.skills.replies import Link, Part, Reply, reply


def _subject(actor: Actor, asked: Asked) -> str:
    """The case of that number; else the only one that has no resolution yet.

    :raises NotFound: no such case. :raises Conflict: it is on no open agenda, or none is left.
    :raises WhichOne: several are left.
    """
    case = meetings_found.case_in(actor, asked)
    if case is not None:
        return meetings_found.about_item(meetings_found.on_agenda(actor, case)[1])
    meeting = meetings_found.still_open(meetings_found.one(actor, asked, titles.RESOLVE))
    left = meetings_found.to_resolve(actor, meeting)
    if not left:
        raise Conflict(
            _("「%(name)s」議程上的案件都有決議了。", name=meeting.name),
            remedy=_("要修改決議，請說案件編號。"),
        )
    if len(left) == 1:
        return meetings_found.about_item(left[0])
    raise WhichOne(
        _("「%(title)s」是哪一件？", title=titles.RESOLVE),
        offers=[
            (f"{one.case.number} {one.case.name}", f"{titles.RESOLVE} {one.case.number}")
            for one in left[: found.OFFERED]
        ],
    )


def _line(actor: Actor, subject: str) -> tuple[Meeting, Line]:
    """:raises NotFound: not on an agenda of this office any more, or one's own case."""
    return queries.item_seen(actor, found.id_of(subject))


def _stands(actor: Actor, subject: str) -> str:
    meetings_found.still_open(_line(actor, subject)[0])
    return subject


def _form(actor: Actor, subject: str, data: Any) -> SaidResolutionForm:
    meeting, line = _line(actor, subject)
    case = line.case
    labels = meeting_cases.correctable(case)
    versions = office_case.versions(case) if labels else ()
    files = {one.name for each in versions[:1] for one in office_case.attached(case, each)}
    kind = said_resolution(
        labels, lambda name: reasons.of(name, file=name in files, essay=name.startswith("essay"))
    )
    form = kind(data, meta={"csrf": False, "item_id": line.item.id})
    meeting_forms.offer_resolutions(form, meeting, line)
    form.asked.ask = replace(form.asked.ask, help=_("欄位或文件的名稱，可以說好幾項。"))
    only_when(form, "asked", lambda form: form.corrects and bool(form.asked.choices))
    offers = [(one, one) for one in _offered(actor, line, form.resolution.data or "")]
    form.words.ask = replace(form.words.ask, offers=offers)
    found.titled(form, case)
    return form


def _offered(actor: Actor, line: Line, resolution: str) -> Sequence[str]:
    """Words that are often said with a resolution."""
    if resolution == "refuse":
        return [str(one) for one in reasons.REFUSALS]
    said = _comments(actor, line) if resolution in resolutions.CERTIFYING else ""
    return [said] if said else []


def _comments(actor: Actor, line: Line) -> str:
    """What the reviewers say to the applicant, without their names."""
    said = review.comments(review.sheets(actor, line.case))
    return said[: resolutions.MOST_COMMENTS].strip()


def _standing(actor: Actor, subject: str) -> Mapping[str, Sequence[str]]:
    """What was resolved before."""
    item = _line(actor, subject)[1].item
    said = {
        "resolution": [item.resolution],
        "words": [item.words],
        "asked": list(item.items),
        "withdrawn": [str(one) for one in item.withdrawn],
        **{ITEM + name: [words] for name, words in item.items.items()},
    }
    return {name: words for name, words in said.items() if any(words)}


_RESOLVED = {
    "defer": r"保留|下次再議|再議|defer",
    "correct": r"補正|補件|correct",
    "certify_exempt": r"免(展示|口試|演出|解說)\S*(通過|發證)|通過\S*免(展示|口試)",
    "exempt": r"免(辦理)?(展示|口試|演出|解說)|exempt",
    "oral": r"展示|口試|\boral\b",
    "refuse": r"駁回|不通過|不予|refuse|reject",
    "certify": r"通過|同意認證|准予|certify|pass",
}
"""In the order in which they are believed."""
_WHY = re.compile(r"(?:理由|原因|說明)(?:是|為|[:：])?\s*(?P<why>\S.*)$|因為\s*(?P<because>\S.*)$")


def _heard(actor: Actor, asked: Asked, form: Form) -> Mapping[str, Sequence[str]]:
    """決議駁回，理由是年資不足一年: the resolution and its words, and items by their names."""
    told: dict[str, Sequence[str]] = {}
    offered = {value for value, _label in form["resolution"].plain_choices()}
    resolution = next(
        (one for one, words in _RESOLVED.items() if one in offered and found.says(words, asked)), ""
    )
    why = _WHY.search(asked.words)
    if resolution:
        told["resolution"] = [resolution]
    if why:
        told["words"] = [why["why"] or why["because"]]
    elif resolution in resolutions.CERTIFYING:
        said = _comments(actor, queries.item_seen(actor, form.meta.item_id)[1])
        told |= {"words": [said]} if said else {}
    labels = dict(form["asked"].plain_choices())
    called = [name for words, name in CALLED.items() if words in asked.words and name in labels]
    if called:
        told["asked"] = list(dict.fromkeys(called))
    return told


def _warning(actor: Actor, form: Form) -> str:
    """What it will do, and what stands against it as things are."""
    assert isinstance(form, SaidResolutionForm)
    line = queries.item_seen(actor, form.meta.item_id)[1]
    resolution, words = form.resolution.data or "", form.words.data or ""
    apart = {one.person_id for one in line.withdrawn}
    now = {int(one) for one in form.withdrawn.data or ()} - apart
    before = {one.person_id for one in line.withdrawn if not one.known} - {
        int(one) for one in form.withdrawn.data or ()
    }
    counted = line.counted - len(now) + len(before)
    told = [_("結案時：%(what)s", what=resolutions.CONSEQUENCES[resolution])]
    if resolutions.departs(line.at, resolution):
        told.append(_("與審查結論不同。"))
    told.append(resolutions.obstacle(line.case, line.at, resolution, words, counted))
    return "\n\n".join(one for one in told if one)


def _resolve(actor: Actor, form: Form, going: Going) -> Reply:
    assert isinstance(form, SaidResolutionForm)
    meeting, line = _line(actor, going.subject)
    try:
        operations.resolve(
            actor, line.item.id, form.resolution.data or "", form.words.data or "",
            form.items(), [int(one) for one in form.withdrawn.data or ()],
        )  # fmt: skip
    except InvalidInput as refusal:
        known = completeness.labels(line.case)
        refusal.fields = {
            ITEM + name if name in known else name: fault for name, fault in refusal.fields.items()
        }
        raise
    return reply(
        found.good(_("已登錄 %(number)s 的決議。", number=line.case.number)),
        *_following(actor, meeting),
    )


def _following(actor: Actor, meeting: Meeting) -> list[Part]:
    """The next case without a resolution; the closing when there is none."""
    left = meetings_found.to_resolve(actor, meeting)
    following: list[Part] = [meetings_found.resolve_button(one) for one in left[:3]]
    if not meeting_closing.unready(actor, meeting):
        following.append(meetings_found.button(titles.CLOSE, meeting))
    return [
        *following,
        meetings_found.button(titles.AGENDA, meeting),
        meetings_found.page(meeting),
    ]


def _page(_actor: Actor, subject: str) -> Link:
    item_id = found.id_of(subject)
    return Link(titles.RESOLVE, "certification.meeting_case", {"agenda_id": item_id})


def _again(actor: Actor, subject: str, _form: Form) -> frozenset[str]:
    """What was resolved before is asked anew; it may stand."""
    had = bool(_line(actor, subject)[1].item.resolution)
    return frozenset({"resolution", "words"}) if had else frozenset()


skills.register(
    FormSkill(
        intent="certification.review",
        name="certification.meeting.resolve",
        title=titles.RESOLVE,
        who=found.OFFICE,
        policy=policy.office,
        build=_form,
        subject=_subject,
        stands=_stands,
        first=_standing,
        anew=_again,
        fill=_heard,
        run=_resolve,
        confirm=titles.RESOLVE,
        warning=_warning,
        page=_page,
        suits=meetings_found.means("resolve"),
        order=56,
    )
)
