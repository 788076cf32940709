"""The issuing office's queue: what waits, until when, and what was decided."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import sqlalchemy as sa

from plugin import clock, db
from plugin.actor import Actor
from plugin.certification.clocks import APPLICANTS
from plugin.certification.ending import Left, horizon, left
from plugin.certification.identity import digest_of_id
from plugin.certification.models import (
    CaseClock,
    CaseKind,
    CaseState,
    Category,
    CertificationCase,
    Mode,
    Path,
)
from plugin.certification.states import OPEN
from plugin.ids import row_id
from plugin.paging import PAGE_SIZE, Page
from plugin.school.course_queries import like_text
from plugin.school.models import Person
from plugin.school.office_calendar import table_of

WAITING, DECIDED, EVERY = "waiting", "decided", "all"
OURS = frozenset(
    {CaseState.RECEIVED, CaseState.PROCEDURAL, CaseState.FEE_CLAIMED, CaseState.REVIEW}
)
"""Where the office has to do something."""
_ENDED = frozenset(CaseState) - OPEN - {CaseState.DRAFT, CaseState.PREPARED, CaseState.FILED}
STATES: Mapping[str, frozenset[CaseState]] = {
    WAITING: OPEN,
    "ours": OURS,
    **{one.value: frozenset({one}) for one in CaseState if one in OPEN},
    DECIDED: _ENDED,
    **{one.value: frozenset({one}) for one in CaseState if one in _ENDED},
    EVERY: OPEN | _ENDED,
}
"""`?state=` and the states that it means."""
CLOCKS = ("over", "near", "office", "applicant")
"""`?clock=`: over, to be warned of, whose it is."""
_NEVER = date(9999, 12, 31)


@dataclass(frozen=True)
class Filter:
    """What somebody of the office looks for; empty means everything.

    :param who: an applicant, found by national ID (which is never part of an address).
    """

    state: str = WAITING
    clock: str = ""
    category: str = ""
    path: str = ""
    kind: str = ""
    who: int | None = None
    text: str = ""

    @classmethod
    def read(cls, asked: Mapping[str, str]) -> Filter:
        """From an address; what it cannot say is not asked."""

        def known(name: str, values: Collection[str], otherwise: str = "") -> str:
            return asked[name] if asked.get(name, "") in values else otherwise

        return cls(
            state=known("state", STATES, WAITING),
            clock=known("clock", CLOCKS),
            category=known("category", [one.value for one in Category]),
            path=known("path", [one.value for one in Path]),
            kind=known("kind", [one.value for one in CaseKind]),
            who=row_id(asked.get("who")),
            text=unicodedata.normalize("NFKC", asked.get("q", "")).strip()[:60],
        )

    @property
    def args(self) -> dict[str, str | int]:
        """For an address; what says nothing is left out."""
        said = {
            "state": "" if self.state == WAITING else self.state,
            "clock": self.clock,
            "category": self.category,
            "path": self.path,
            "kind": self.kind,
            "who": self.who,
            "q": self.text,
        }
        return {name: value for name, value in said.items() if value}

    @property
    def narrowed(self) -> bool:
        """Whether anything but the state is asked for."""
        return bool(self.args.keys() - {"state"})

    @property
    def by_due(self) -> bool:
        """Sorted by what ends first; what is decided has no clock and stands newest first."""
        return STATES[self.state] <= OPEN


@dataclass(frozen=True)
class Line:
    """A case of the queue; its applicant's name as the school knows it."""

    case: CertificationCase
    person_name: str
    due_on: date | None
    clocks: tuple[Left, ...]

    @property
    def key(self) -> str:
        """Where the next page begins."""
        return f"{(self.due_on or _NEVER).isoformat()}_{self.case.id}"


def queue(
    actor: Actor, wanted: Filter, *, after: str | None = None, limit: int = PAGE_SIZE
) -> Page[Line]:
    """The cases that the filter lets through, one page; three statements."""
    due = _due(wanted)
    query = _chosen(sa.select(CertificationCase, Person.name, due), actor, wanted)
    begin = _key(after)
    if begin is not None:
        query = query.where(_beyond(wanted, due, begin))
    query = query.order_by(*_order(wanted, due)).limit(limit + 1)
    rows = db.reading().execute(query).all()
    running = clocks_of(actor.school_id or 0, [case.id for case, *_rest in rows])
    lines = [
        Line(case, name, None if day == _NEVER else day, running.get(case.id, ()))
        for case, name, day in rows
    ]
    return Page.cut(lines, limit, lambda one: one.key)


def counts(actor: Actor, wanted: Filter) -> dict[str, int]:
    """How many there are by each `?state=`, with all that is otherwise asked for; one statement."""
    anywhere = replace(wanted, state=EVERY)
    query = _chosen(sa.select(CertificationCase.state, sa.func.count()), actor, anywhere)
    rows = db.reading().execute(query.group_by(CertificationCase.state))
    found: dict[CaseState, int] = dict(rows.all())  # type: ignore[arg-type]
    return {name: sum(found.get(one, 0) for one in states) for name, states in STATES.items()}


def next_of(actor: Actor, wanted: Filter, case: CertificationCase) -> int | None:
    """The case that stands after this one in the queue, or the first of the others."""
    due = _due(wanted)
    others = _chosen(sa.select(CertificationCase.id), actor, wanted).where(
        CertificationCase.id != case.id
    )
    order = _order(wanted, due)
    here = db.reading().scalar(
        sa.select(due).select_from(CertificationCase).where(CertificationCase.id == case.id)
    )
    behind = others.where(_beyond(wanted, due, (here or _NEVER, case.id)))
    return db.reading().scalar(behind.order_by(*order).limit(1)) or db.reading().scalar(
        others.order_by(*order).limit(1)
    )


def applicant_of(actor: Actor, national_id: str) -> int | None:
    """The applicant who has cases under a national ID; None when nobody has."""
    query = (
        sa.select(CertificationCase.applicant_id)
        .where(
            CertificationCase.school_id == actor.school_id,
            CertificationCase.national_id_digest == digest_of_id(national_id),
            CertificationCase.state.in_(STATES[EVERY]),
        )
        .order_by(CertificationCase.id.desc())
    )
    return db.reading().scalar(query.limit(1))


def clocks_of(school_id: int, case_ids: Collection[int]) -> dict[int, tuple[Left, ...]]:
    """The clocks that have not ended, by case, the earliest first; one statement."""
    query = sa.select(CaseClock).where(
        CaseClock.case_id.in_(case_ids), CaseClock.ended_at.is_(None)
    )
    table = table_of(school_id)
    found: dict[int, list[Left]] = {}
    for one in db.reading().scalars(query.order_by(CaseClock.due_on, CaseClock.id)):
        found.setdefault(one.case_id, []).append(left(one, table))
    return {case_id: tuple(some) for case_id, some in found.items()}


def waiting(actor: Actor) -> dict[str, int]:
    """For the first page: how many wait for the office, how many are over, how many come near."""
    ours = _chosen(sa.select(sa.func.count()), actor, Filter(state="ours")).scalar_subquery()
    parts = [ours]
    for name in ("over", "near"):
        query = _chosen(sa.select(sa.func.count()), actor, Filter(state=WAITING, clock=name))
        parts.append(query.scalar_subquery())
    n_ours, n_over, n_near = db.reading().execute(sa.select(*parts)).one()
    return {"ours": n_ours, "over": n_over, "near": n_near}


def _chosen(query: sa.Select, actor: Actor, wanted: Filter) -> sa.Select:
    """Confirmed cases of the actor's office that are not their own, as the filter says."""
    query = (
        query.select_from(CertificationCase)
        .join(Person, Person.id == CertificationCase.applicant_id)
        .where(
            CertificationCase.school_id == actor.school_id,
            CertificationCase.mode == Mode.OFFICE,
            CertificationCase.state.in_(STATES[wanted.state]),
            CertificationCase.applicant_id != actor.person_id,
            # withdrawn before it was confirmed: never the office's
            CertificationCase.confirmed_at.is_not(None),
        )
    )
    if wanted.category:
        query = query.where(CertificationCase.category == Category(wanted.category))
    if wanted.path:
        query = query.where(CertificationCase.path == Path(wanted.path))
    if wanted.kind:
        query = query.where(CertificationCase.kind == CaseKind(wanted.kind))
    if wanted.who is not None:
        query = query.where(CertificationCase.applicant_id == wanted.who)
    if wanted.clock:
        query = query.where(_has_clock(actor.school_id or 0, wanted.clock))
    if wanted.text:
        like = f"%{like_text(wanted.text)}%"
        query = query.where(
            CertificationCase.number.like(like, escape="\\") | Person.name.like(like, escape="\\")
        )
    return query


def _has_clock(school_id: int, which: str) -> sa.ColumnElement[bool]:
    today = clock.today()
    ticking = (
        CaseClock.case_id == CertificationCase.id,
        CaseClock.ended_at.is_(None),
        CaseClock.paused_on.is_(None),
    )
    noon_is_over = clock.now().astimezone(clock.TAIPEI).hour >= 12
    over = CaseClock.due_on < today
    if noon_is_over:
        over |= (CaseClock.due_on == today) & CaseClock.noon
    kinds = {
        "over": over,
        "near": ~over & (CaseClock.due_on <= horizon(school_id)),
        "office": CaseClock.kind.not_in(APPLICANTS),
        "applicant": CaseClock.kind.in_(APPLICANTS),
    }
    return sa.exists().where(*ticking, kinds[which]).correlate(CertificationCase)


def _due(wanted: Filter) -> sa.ColumnElement[date]:
    """The last day of the clock that ends first; a day that never comes where none runs."""
    if not wanted.by_due:
        return sa.literal(_NEVER, sa.Date)
    soonest = (
        sa.select(sa.func.min(CaseClock.due_on))
        .where(
            CaseClock.case_id == CertificationCase.id,
            CaseClock.ended_at.is_(None),
            CaseClock.paused_on.is_(None),
        )
        .correlate(CertificationCase)
        .scalar_subquery()
    )
    return sa.func.coalesce(soonest, sa.literal(_NEVER, sa.Date), type_=sa.Date)


def _order(wanted: Filter, due: sa.ColumnElement[date]) -> tuple[sa.ColumnElement[Any], ...]:
    if wanted.by_due:
        return due.asc(), CertificationCase.id.asc()
    return (CertificationCase.id.desc(),)


def _beyond(
    wanted: Filter, due: sa.ColumnElement[date], begin: tuple[date, int]
) -> sa.ColumnElement[bool]:
    """What comes after `begin` in the order of the queue."""
    day, case_id = begin
    if not wanted.by_due:
        return CertificationCase.id < case_id
    return (due > day) | ((due == day) & (CertificationCase.id > case_id))


def _key(after: str | None) -> tuple[date, int] | None:
    """The place a page begins after; nonsense begins at the top."""
    day, _between, case_id = (after or "").partition("_")
    try:
        found = date.fromisoformat(day)
    except ValueError:
        return None
    known = row_id(case_id)
    return (found, known) if known is not None else None
