"""The teacher's pages: the queue, one item with its files, what was decided."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from flask import render_template, request, url_for
from flask_babel import gettext as _

from plugin import clock, web
from plugin.actor import Actor
from plugin.ids import row_id
from plugin.portfolio.forms import REASONS, ReturnForm
from plugin.portfolio.models import Decision, OutcomeState, Verdict
from plugin.portfolio.operations import certification, certification_choices
from plugin.portfolio.queries import own, teaching, teaching_desk, teaching_queue
from plugin.portfolio.queries.teaching import Waiting
from plugin.portfolio.queries.teaching_queue import Filter
from plugin.portfolio.states import LABELS
from plugin.portfolio.views._shared import PAGES_SHOWN, Shown, deadline, shown
from plugin.school.models import WindowKind
from plugin.school.terms import term_of
from plugin.vault import links
from plugin.vault.models import StoredFile

SLOTS = ("document", "media")


def queue() -> str:
    """What waits for me, what has waited longest first, with filters."""
    actor = web.current_actor()
    wanted = Filter.read(request.args)
    found = teaching_queue.queue(actor, wanted, after=request.args.get("after"))
    counts = teaching_queue.counts(actor, wanted)
    term = term_of(clock.today())
    return render_template(
        "portfolio/queue.html",
        rows=found.items,
        next=found.next,
        wanted=wanted,
        counts=counts,
        opened=teaching_queue.opened(actor, found.items),
        courses=teaching.courses(actor),
        classes=teaching.classes(actor),
        states=_states(counts),
        files=_files(),
        now=clock.now(),
        banner=deadline(actor, WindowKind.CERTIFICATION, term.academic_year, term.term),
        standing_in=teaching_desk.standing_in(actor),
        stood_in_for=teaching_desk.stood_in_for(actor),
        just=_just(actor),
        keys=teaching_desk.choice(actor).keys,
        SENT=OutcomeState.SENT.value,
    )


def item(outcome_id: int) -> str:
    """One outcome, its files in place, and the decision."""
    return show(outcome_id, ReturnForm(None))


def decisions() -> str:
    """What I have decided, newest first."""
    found = teaching.decisions(web.current_actor(), after=request.args.get("after"))
    return render_template("portfolio/decisions.html", rows=found.items, next=found.next)


def show(outcome_id: int, form: ReturnForm) -> str:
    """The page of one item, also after something on it was refused."""
    actor = web.current_actor()
    outcome = certification.seen_by_teacher(actor, outcome_id)
    (line,) = teaching.some(actor, [outcome_id])
    wanted = Filter.read(request.args)
    there = [slot for slot in SLOTS if getattr(line, slot) is not None]
    asked = request.args.get("show", "")
    slot = asked if asked in there else next(iter(there), "")  # a returned one may have lost all
    file = getattr(line, slot) if slot else None
    if file is not None:
        certification_choices.opened(actor, outcome_id, file.id)
    decided = own.card(outcome).decisions
    return render_template(
        "portfolio/item.html",
        line=line,
        outcome=outcome,
        wanted=wanted,
        place=teaching_queue.place(actor, wanted, outcome),
        files=_tabs(actor, line, there),
        slot=slot,
        file=_pages(file, actor),
        from_page=_from(),
        decisions=decided,
        just=_just(actor, outcome_id),
        form=form,
        reasons=teaching_desk.reasons(actor, REASONS),
        decidable=outcome.state is OutcomeState.SENT,
        correctable=_correctable(outcome.state, decided),
        keys=teaching_desk.choice(actor).keys,
        CERTIFIED=OutcomeState.CERTIFIED,
        OVERDUE=OutcomeState.OVERDUE,
    )


def back(wanted: Filter, **more: object) -> str:
    """The queue, as it was left."""
    return url_for("portfolio.certification_queue", **wanted.args, **more)  # type: ignore[arg-type]


def _correctable(state: OutcomeState, decided: list[Decision]) -> bool:
    """Whether the last decision still stands, and so may be followed by another."""
    leads = {
        Verdict.CERTIFIED: OutcomeState.CERTIFIED,
        Verdict.RETURNED: OutcomeState.RETURNED,
    }
    return bool(decided) and leads[decided[0].verdict] is state


def _tabs(actor: Actor, line: Waiting, there: list[str]) -> list[dict[str, object]]:
    """The files of an item: which is which, and which were opened."""
    names = {"document": _("文件檔"), "media": _("影音檔")}
    seen = teaching_queue.opened_files(actor, line.outcome.id)
    return [
        {
            "slot": slot,
            "label": names[slot],
            "file": getattr(line, slot),
            "opened": getattr(line, slot).id in seen,
        }
        for slot in there
    ]


def _from() -> int:
    """The page of a PDF that the preview begins with."""
    return max(request.args.get("from", 1, type=int), 1)


def _pages(file: StoredFile | None, actor: Actor) -> Shown | None:
    """A file to look at; of a long PDF the pages that were asked for."""
    found = shown(file, actor)
    begin = _from()
    if file is None or found is None or begin == 1 or begin > _page_count(file):
        return found
    numbers = range(begin, min(_page_count(file), begin + PAGES_SHOWN - 1) + 1)
    pages = tuple(links.page_url(file, actor, number) for number in numbers)
    return replace(found, pages=pages, more_pages=_page_count(file) - numbers[-1])


def _page_count(file: StoredFile) -> int:
    """How many pages can be looked at; 0 of what has none."""
    return int(file.detail.get("pages", 0)) if file.kind == "pdf" else 0


def _just(actor: Actor, outcome_id: int = 0) -> Waiting | None:
    """The item that was decided a moment ago, to correct it at once (`?done=12`)."""
    done = row_id(request.args.get("done"))
    if done is None or done == outcome_id:
        return None
    return next(iter(teaching.some(actor, [done])), None)


def _states(counts: Mapping[str, int]) -> list[tuple[str, str]]:
    words = {state.value: LABELS[state].text for state in teaching.DECIDABLE_OR_DECIDED}
    words |= {teaching_queue.DECIDED: _("已決定"), teaching_queue.EVERY: _("全部")}
    return [(name, f"{words[name]} ({counts[name]})") for name in teaching_queue.STATES]


def _files() -> list[tuple[str, str]]:
    words = {"pdf": _("PDF"), "picture": _("圖片"), "sound": _("聲音"), "film": _("影片")}
    return [("", _("全部")), *((name, words[name]) for name in teaching_queue.FILES)]
