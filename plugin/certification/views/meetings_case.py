"""What a meeting resolves on one case."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from forms import page
from plugin import web
from plugin.actor import Actor
from plugin.certification import meeting_forms, policy, resolutions
from plugin.certification.forms import meetings as forms
from plugin.certification.forms.words import CATEGORIES, PATHS
from plugin.certification.models import CaseState, Meeting
from plugin.certification.operations import meetings as operations
from plugin.certification.outlook import VERDICTS, Stand
from plugin.certification.queries import meeting_cases, review
from plugin.certification.queries import meetings as queries
from plugin.errors import NotFound, Refusal
from plugin.web import Route

Answer = Response | str | tuple[str, int]
BOTH = ("GET", "POST")


def meeting_case(agenda_id: int) -> Answer:
    """What is resolved on a case: kept while it is written."""
    actor = web.current_actor()
    one, line = queries.item_seen(actor, agenda_id)
    back = url_for("certification.meeting", sitting_id=one.id)
    if one.closing_at is not None:
        flash(_("這場會議已經結案，不能再修改。"), "warning")
        return redirect(back)
    form = _resolution_form(actor, one, line)
    if request.method == "POST":
        quiet = bool(request.headers.get("X-Licheng-Autosave"))
        valid = form.validate()
        if quiet or valid:
            further = form.resolution.data == "correct"
            try:
                _resolve(actor, line, form, whole=not quiet and not further)
            except NotFound:
                raise
            except Refusal as refusal:
                if quiet:
                    return refusal.message, 422
                form.add_errors(refusal.fields or {"": f"{refusal.message}{refusal.remedy}"})
            else:
                if quiet:
                    return "", 204
                if further:
                    return redirect(
                        url_for("certification.meeting_correction", agenda_id=agenda_id)
                    )
                flash(_("已登錄 %(number)s 的決議。", number=line.case.number))
                return redirect(_following(actor, one, line))
    return page.render(
        form,
        submit=_("登錄決議"),
        cancel=back,
        template="certification/meetings_case.html",
        one=one,
        line=line,
        consequences=resolutions.CONSEQUENCES,
        **words(),
    )


def meeting_correction(agenda_id: int) -> Answer:
    """What is to be corrected, item by item."""
    actor = web.current_actor()
    one, line = queries.item_seen(actor, agenda_id)
    case_page = url_for("certification.meeting_case", agenda_id=agenda_id)
    labels = meeting_cases.correctable(line.case)
    picked = {name: labels[name] for name in labels if name in line.item.items}
    if line.item.resolution != "correct" or not picked or one.closing_at is not None:
        flash(_("還沒有選取要補正的項目。"), "error")
        return redirect(case_page)
    build = forms.asked_form(picked)
    if request.method == "POST":
        form = build()
        if form.validate():
            item = line.item
            try:
                operations.resolve(
                    actor, agenda_id, "correct", item.words, form.items(), item.withdrawn
                )
            except NotFound:
                raise
            except Refusal as refusal:
                form.add_errors(
                    {forms.ITEM + name: words for name, words in refusal.fields.items()}
                    or {"": f"{refusal.message}{refusal.remedy}"}
                )
            else:
                flash(_("已登錄 %(number)s 的決議。", number=line.case.number))
                return redirect(_following(actor, one, line))
    else:
        kept = {forms.ITEM + name: said for name, said in line.item.items.items()}
        form = build(None, data=kept)
    return page.render(
        form,
        submit=_("登錄決議"),
        cancel=case_page,
        template="certification/meetings_correction.html",
        one=one,
        line=line,
    )


def words() -> dict[str, Any]:
    """What the templates of meetings name."""
    return {
        "words": {**dict(CATEGORIES), **dict(PATHS)},
        "resolutions": resolutions.RESOLUTIONS,
        "verdicts": VERDICTS,
        "Stand": Stand,
        "States": CaseState,
    }


def _resolution_form(actor: Actor, one: Meeting, line: queries.Line) -> forms.ResolutionForm:
    item = line.item
    if request.method == "POST":
        form = forms.ResolutionForm()
    else:
        said = item.words
        if not item.resolution and not said:
            said = review.comments(review.sheets(actor, line.case))
        data = {
            "resolution": item.resolution, "words": said, "asked": list(item.items),
            "withdrawn": [str(person_id) for person_id in item.withdrawn],
        }  # fmt: skip
        form = forms.ResolutionForm(None, data=data)
    meeting_forms.offer_resolutions(form, one, line)
    return form


def _resolve(actor: Actor, line: queries.Line, form: forms.ResolutionForm, *, whole: bool) -> None:
    """Keep what was typed; words for items that stay ticked are kept with them."""
    before = line.item.items
    resolution = form.resolution.data or ""
    operations.resolve(
        actor,
        line.item.id,
        resolution,
        form.words.data or "",
        {name: before.get(name, "") for name in form.asked.data or ()},
        [int(one) for one in form.withdrawn.data or ()],
        whole=whole,
    )


def _following(actor: Actor, one: Meeting, line: queries.Line) -> str:
    """The next case without a resolution; the meeting when there is none."""
    some = queries.agenda(actor, one)
    place = next((n for n, each in enumerate(some) if each.item.id == line.item.id), -1)
    for each in [*some[place + 1 :], *some[:place]]:
        if not each.own and not each.whole:
            return url_for("certification.meeting_case", agenda_id=each.item.id)
    return url_for("certification.meeting", sitting_id=one.id)


_CASE = "/certification/meetings/cases/<int:agenda_id>"

routes = [
    Route(_CASE, meeting_case, policy.office, BOTH),
    Route(f"{_CASE}/correction", meeting_correction, policy.office, BOTH),
]
