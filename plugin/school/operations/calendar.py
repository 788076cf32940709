"""The calendar of windows: one by one, a year at once, and undone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from plugin import clock, db
from plugin.actor import Actor
from plugin.errors import Conflict, InvalidInput, NotFound, Refusal
from plugin.school import concerns, policy, windows, year_plan
from plugin.school.calendar_models import CalendarChange
from plugin.school.concerns import Concern
from plugin.school.models import Window, WindowKind
from plugin.school.operations._own import require_year
from plugin.school.year_plan import Key, Planned
from plugin.trail import events
from plugin.trail.chain import record

Times = tuple[datetime, datetime]
"""Opens, closes."""

MOST_GRADE = 4


class Unconfirmed(Refusal):
    """Something should be looked at again before it is saved, and nobody has said they did."""

    code = "UNCONFIRMED"

    def __init__(self, found: list[Concern]) -> None:
        super().__init__(
            "".join(one.text for one in found),
            remedy=_("請確認後再儲存。"),
            rule=next((one.rule for one in found if one.rule), None),
        )
        self.concerns = found


def set_window(
    actor: Actor,
    kind: WindowKind,
    academic_year: int,
    opens_at: datetime,
    closes_at: datetime,
    *,
    term: int = 0,
    grade: int = 0,
    confirmed: bool = True,
) -> tuple[Window, list[Concern]]:
    """Set or move a window; returns it with what the school should look at again.

    :param term: 0 for a yearly kind (of grade 3 the number of the batch, or 0), else 1 or 2.
    :param grade: 0 for all grades; a grade's own window wins over it.
    :param confirmed: False refuses what should be looked at again.
    :raises InvalidInput: it closes before it opens, or the term does not fit the kind.
    :raises Unconfirmed: `confirmed` is False and there is something to look at.
    """
    key = (kind, term, grade)
    found = lay_out(actor, academic_year, {key: (opens_at, closes_at)}, confirmed=confirmed)
    window = windows.exact(policy.require_keeper(actor), kind, academic_year, term, grade)
    assert window is not None
    return window, found


def remove_window(
    actor: Actor, kind: WindowKind, academic_year: int, *, term: int = 0, grade: int = 0
) -> None:
    """Take a window away: what it opened is not set any more.

    :raises NotFound: there is none.
    """
    school_id = policy.require_keeper(actor)
    if windows.exact(school_id, kind, academic_year, term, grade) is None:
        raise NotFound(_("這個期間尚未設定。"), remedy=_("請由作業期程頁重新選擇。"))
    lay_out(actor, academic_year, {(kind, term, grade): None}, confirmed=True)


def lay_out(
    actor: Actor, academic_year: int, asked: Mapping[Key, Times | None], *, confirmed: bool
) -> list[Concern]:
    """Set, move and take away windows of a year at once; None takes one away.

    What stays as it is, is not touched. All of it is one change, which can be undone.

    :returns: what the school should look at again about what was changed.
    :raises InvalidInput: a window closes before it opens, or its term does not fit its kind.
    :raises Unconfirmed: there is something to look at, and `confirmed` is False.
    """
    school_id = policy.require_keeper(actor)
    require_year(academic_year)
    for key, times in asked.items():
        _require_sense(key, times)
    with db.writing() as session:
        rows = _held(session, school_id, academic_year)
        changed = {key: times for key, times in asked.items() if _times(rows.get(key)) != times}
        before = {key: _times(rows.get(key)) for key in changed}
        plan = year_plan.current(school_id, academic_year)
        for key, times in changed.items():
            plan.pop(key, None)
            if times is not None:
                plan[key] = Planned(*key, *times)
        found = concerns.of(school_id, academic_year, plan, asked)
        if found and not confirmed:
            raise Unconfirmed(found)
        if changed:
            change = CalendarChange(
                school_id=school_id,
                academic_year=academic_year,
                before=_rows(before),
                after=_rows(changed),
                made_at=clock.now(),
                made_by_id=actor.person_id,
                made_by_name=actor.name,
            )
            session.add(change)
            session.flush()
            _apply(session, actor, academic_year, rows, changed, change.id)
        return found


def undo(actor: Actor, change_id: int) -> CalendarChange:
    """Take the last change of a year's windows back, as long as nothing has moved since.

    :raises NotFound: no such change here.
    :raises Conflict: it was undone already, or is not the last one.
    """
    school_id = policy.require_keeper(actor)
    with db.writing() as session:
        change = session.get(CalendarChange, change_id)
        if change is None or change.school_id != school_id:
            raise NotFound(_("找不到這次變更。"), remedy=_("請由作業期程頁重新選擇。"))
        rows = _held(session, school_id, change.academic_year)
        after = _read(change.after)
        newest = session.scalar(
            sa.select(sa.func.max(CalendarChange.id)).where(
                CalendarChange.school_id == school_id,
                CalendarChange.academic_year == change.academic_year,
                CalendarChange.undone_at.is_(None),
            )
        )
        untouched = all(_times(rows.get(key)) == times for key, times in after.items())
        if change.undone_at is not None or newest != change.id or not untouched:
            raise Conflict(
                _("這次變更已經復原，或之後又有新的變更，不能復原。"),
                remedy=_("請由作業期程頁查看目前的期間。"),
            )
        change.undone_at, change.undone_by_id = clock.now(), actor.person_id
        record(actor, "calendar.undo", "calendar_change", change.id, year=change.academic_year)
        _apply(session, actor, change.academic_year, rows, _read(change.before), change.id)
        return change


def _apply(
    session: Session,
    actor: Actor,
    year: int,
    rows: dict[Key, Window],
    changed: Mapping[Key, Times | None],
    change_id: int,
) -> None:
    school_id = policy.require_keeper(actor)
    for key, times in changed.items():
        kind, term, grade = key
        window = rows.get(key)
        told = {
            "kind": kind,
            "year": year,
            "term": term,
            "grade": grade,
            "before": _iso(_times(window)),
            "after": _iso(times),
            "change": change_id,
        }
        if times is None:
            if window is not None:
                record(actor, "window.remove", "window", window.id, **told)
                session.delete(window)
            continue
        if window is None:
            window = Window(
                school_id=school_id, academic_year=year, term=term, kind=kind, grade=grade,
                opens_at=times[0], closes_at=times[1],
            )  # fmt: skip
            session.add(window)
        window.opens_at, window.closes_at = times
        session.flush()
        record(actor, "window.set", "window", window.id, **told)
        events.announce(events.window_set, school_id=school_id, window_id=window.id)
    session.flush()
    session.info.pop("school_windows", None)


def _require_sense(key: Key, times: Times | None) -> None:
    kind, term, grade = key
    of_batch = kind in windows.BATCHED and grade == windows.FINAL_GRADE and term in {1, 2}
    fits = (kind in windows.YEARLY) == (term == 0) and term in {0, 1, 2}
    if not (fits or of_batch) or not 0 <= grade <= MOST_GRADE:
        raise InvalidInput(_("這個項目的學期不正確。"), fields={"term": _("請重新選擇學期。")})
    if times is not None and times[1] <= times[0]:
        raise InvalidInput(
            _("截止時間要晚於開放時間。"), fields={"closes_at": _("請填開放時間之後的時間。")}
        )


def _held(session: Session, school_id: int, year: int) -> dict[Key, Window]:
    """The year's windows as they are now, held until the transaction ends."""
    query = (
        sa.select(Window)
        .where(Window.school_id == school_id, Window.academic_year == year)
        .with_for_update(**db.HELD)
        .execution_options(populate_existing=True)
    )
    return {(one.kind, one.term, one.grade): one for one in session.scalars(query)}


def _times(window: Window | None) -> Times | None:
    return None if window is None else (window.opens_at, window.closes_at)


def _iso(times: Times | None) -> list[str] | None:
    return None if times is None else [one.isoformat() for one in times]


def _rows(changed: Mapping[Key, Times | None]) -> list[list[object]]:
    return [[*key, *(_iso(times) or (None, None))] for key, times in changed.items()]


def _read(rows: Iterable[list[str | int | None]]) -> dict[Key, Times | None]:
    found: dict[Key, Times | None] = {}
    for kind, term, grade, opens, closes in rows:
        key = (WindowKind(str(kind)), int(term or 0), int(grade or 0))
        gone = opens is None or closes is None
        found[key] = (
            None
            if gone
            else (datetime.fromisoformat(str(opens)), datetime.fromisoformat(str(closes)))
        )
    return found
