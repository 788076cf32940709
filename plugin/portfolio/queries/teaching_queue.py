"""A teacher's queue: filters, counts, pages by key, and what stands before and after an item."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from plugin import db
from plugin.actor import Actor
from plugin.ids import row_id
from plugin.paging import PAGE_SIZE, Page
from plugin.portfolio.models import Decision, FileLook, Outcome, OutcomeState
from plugin.portfolio.queries.teaching import (
    DECIDABLE_OR_DECIDED,
    Waiting,
    lines,
    taught_ids,
    waiting,
)
from plugin.school.course_queries import like_text
from plugin.school.models import Course, Person, SchoolClass
from plugin.vault.models import StoredFile

DECIDED, EVERY = "decided", "all"
STATES: Mapping[str, tuple[OutcomeState, ...]] = {
    **{state.value: (state,) for state in DECIDABLE_OR_DECIDED},
    DECIDED: (OutcomeState.CERTIFIED, OutcomeState.RETURNED),
    EVERY: DECIDABLE_OR_DECIDED,
}
"""What `?state=` may say."""

FILES: Mapping[str, tuple[str, ...]] = {
    "pdf": ("pdf",),
    "picture": ("jpg", "png"),
    "sound": ("mp3",),
    "film": ("mp4",),
}
"""What `?file=` may say, and the kinds of stored files that it means."""


@dataclass(frozen=True)
class Filter:
    """What a teacher looks for; empty means everything."""

    state: str = OutcomeState.SENT.value
    course_id: int | None = None
    class_id: int | None = None
    student_id: int | None = None
    text: str = ""
    file: str = ""
    ai: str = ""
    """`yes` or `no`: whether an AI note goes with it."""
    newest: bool = False
    """The other way round than what has waited longest first."""

    @classmethod
    def read(cls, asked: Mapping[str, str]) -> Filter:
        """From an address; what it cannot say is not asked."""

        def known(name: str, values: Collection[str], otherwise: str = "") -> str:
            return asked[name] if asked.get(name, "") in values else otherwise

        return cls(
            state=known("state", STATES, OutcomeState.SENT.value),
            course_id=row_id(asked.get("course")),
            class_id=row_id(asked.get("class")),
            student_id=row_id(asked.get("student")),
            text=asked.get("q", "").strip()[:100],
            file=known("file", FILES),
            ai=known("ai", ("yes", "no")),
            newest=asked.get("order") == "newest",
        )

    @property
    def args(self) -> dict[str, str | int]:
        """For an address; what says nothing is left out, so that they stay short."""
        said = {
            "state": "" if self.state == OutcomeState.SENT else self.state,
            "course": self.course_id,
            "class": self.class_id,
            "student": self.student_id,
            "q": self.text,
            "file": self.file,
            "ai": self.ai,
            "order": "newest" if self.newest else "",
        }
        return {name: value for name, value in said.items() if value}

    @property
    def narrowed(self) -> bool:
        """Whether anything but the state and the order is asked for."""
        return bool(self.args.keys() - {"state", "order"})


@dataclass(frozen=True)
class Place:
    """Where an item stands in a filtered queue.

    :param number: how many stand before it, plus one; it need not be in the queue any more.
    """

    number: int
    total: int
    before: int | None
    after: int | None


def queue(
    actor: Actor, wanted: Filter, *, after: str | None = None, limit: int = PAGE_SIZE
) -> Page[Waiting]:
    """The outcomes of the actor's courses that the filter lets through, one page."""
    # The page is found first and joined after: a planner does not see how few courses it is of,
    # and would join all that the school has sent.
    order = _order(wanted.newest)
    page = _chosen(sa.select(Outcome.id), actor, wanted)
    if (begin := _key(after)) is not None:
        page = page.where(_beyond(begin, wanted.newest))
    page = page.order_by(*order).limit(limit + 1).correlate(None)
    rows = waiting(lines().where(Outcome.id.in_(page)).order_by(*order))
    return Page.cut(rows, limit, lambda one: one.key)


def counts(actor: Actor, wanted: Filter) -> dict[str, int]:
    """How many there are by each `?state=`, with all that is otherwise asked for."""
    anywhere = replace(wanted, state=EVERY)
    query = _chosen(sa.select(Outcome.state, sa.func.count()), actor, anywhere)
    found = dict(db.reading().execute(query.group_by(Outcome.state)).all())
    return {name: sum(found.get(one, 0) for one in states) for name, states in STATES.items()}


def place(actor: Actor, wanted: Filter, outcome: Outcome) -> Place:
    """The item before and after an outcome in a filtered queue; at its end, what it begins with.

    Two statements however long the queue is.
    """
    assert outcome.sent_at is not None
    here = (outcome.sent_at, outcome.id)
    behind, ahead = _beyond(here, wanted.newest), _beyond(here, not wanted.newest)
    numbers = _chosen(
        sa.select(sa.func.count(), sa.func.sum(sa.case((ahead, 1), else_=0))),
        actor,
        wanted,
    )
    total, earlier = db.reading().execute(numbers).one()
    others = _chosen(sa.select(Outcome.id), actor, wanted).where(Outcome.id != outcome.id)
    order, backwards = _order(wanted.newest), _order(not wanted.newest)
    parts = [
        others.where(ahead).order_by(*backwards).limit(1),
        others.where(behind).order_by(*order).limit(1),
        others.order_by(*order).limit(1),
    ]
    before, after, first = (
        db.reading().execute(sa.select(*(part.scalar_subquery() for part in parts))).one()
    )
    return Place(int(earlier or 0) + 1, total, before, after or first)


def opened(actor: Actor, rows: Collection[Waiting]) -> frozenset[int]:
    """Which outcomes' files the actor has opened, all of them; one query."""
    query = sa.select(FileLook.outcome_id, FileLook.file_id).where(
        FileLook.person_id == actor.person_id,
        FileLook.outcome_id.in_([one.outcome.id for one in rows]),
    )
    seen = {tuple(row) for row in db.reading().execute(query)}
    return frozenset(
        one.outcome.id
        for one in rows
        if all((one.outcome.id, file.id) in seen for file in (one.document, one.media) if file)
    )


def opened_files(actor: Actor, outcome_id: int) -> frozenset[int]:
    """The ids of an outcome's files that the actor has opened."""
    query = sa.select(FileLook.file_id).where(
        FileLook.person_id == actor.person_id, FileLook.outcome_id == outcome_id
    )
    return frozenset(db.reading().scalars(query))


def last_decisions(outcome_ids: Collection[int]) -> dict[int, Decision]:
    """The last decision about each of some outcomes; one query."""
    newest = (
        sa.select(sa.func.max(Decision.id))
        .where(Decision.outcome_id.in_(outcome_ids))
        .group_by(Decision.outcome_id)
    )
    rows = db.reading().scalars(sa.select(Decision).where(Decision.id.in_(newest)))
    return {one.outcome_id: one for one in rows}


def _chosen(query: sa.Select, actor: Actor, wanted: Filter) -> sa.Select:
    """Outcomes of the actor that the filter lets through; what it asks of is joined, no more."""
    query = query.select_from(Outcome)
    if wanted.text or wanted.class_id is not None:
        query = lines(query)
    query = query.where(
        Outcome.course_id.in_(taught_ids(actor)),
        Outcome.state.in_(STATES[wanted.state]),
        Outcome.sent_at.is_not(None),
    )
    if wanted.course_id is not None:
        query = query.where(Outcome.course_id == wanted.course_id)
    if wanted.class_id is not None:
        query = query.where(SchoolClass.id == wanted.class_id)
    if wanted.student_id is not None:
        query = query.where(Outcome.student_id == wanted.student_id)
    if wanted.file:
        query = query.where(_has_file(FILES[wanted.file]))
    if wanted.ai:
        query = query.where(
            (Outcome.ai_note != "") if wanted.ai == "yes" else Outcome.ai_note == ""
        )
    if wanted.text:
        like = f"%{like_text(wanted.text)}%"
        searched = (Outcome.title, Outcome.summary, Person.name, Person.number, Course.name)
        query = query.where(sa.or_(*(one.like(like, escape="\\") for one in searched)))
    return query


def _has_file(kinds: Collection[str]) -> sa.ColumnElement[bool]:
    return (
        sa.exists()
        .where(
            StoredFile.id.in_([Outcome.document_file_id, Outcome.media_file_id]),
            StoredFile.kind.in_(kinds),
        )
        .correlate(Outcome)
    )


def _order(newest: bool) -> tuple[sa.ColumnElement[Any], ...]:
    keys: tuple[Any, ...] = (Outcome.sent_at, Outcome.id)
    return tuple(key.desc() if newest else key.asc() for key in keys)


def _beyond(begin: tuple[datetime, int], newest: bool) -> sa.ColumnElement[bool]:
    """What comes after `begin` in the order of the queue."""
    keys = sa.tuple_(Outcome.sent_at, Outcome.id)
    return keys < begin if newest else keys > begin


def _key(after: str | None) -> tuple[datetime, int] | None:
    """The place a page begins after; nonsense begins at the top."""
    moment, _between, outcome_id = (after or "").partition("_")
    try:
        found = datetime.fromisoformat(moment)
    except ValueError:
        return None
    known = row_id(outcome_id)
    return (found, known) if known is not None and found.tzinfo is not None else None
