"""Reminding of closings: once for each person, closing and day, whatever stops in between."""

from __future__ import annotations

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from forms.jinja import roc_date
from plugin import clock, db, tenancy
from plugin.actor import system
from plugin.school import reminding, windows
from plugin.school.calendar_models import ReminderRun
from plugin.school.reminding import Slot, Task
from plugin.trail.chain import record
from plugin.trail.notify import notify

CHUNK = 500
"""People of one transaction: nobody waits long for the write lock, memory stays small."""


def remind() -> int:
    """Tell everybody who still must act before a closing whose reminder is due; returns how many.

    Safe to run at any time and twice. Each school is seen by itself.
    """
    told = 0
    for slot in reminding.closing(reminding.MOST_DAYS):
        task = reminding.task_of(slot.kind)
        if task is None:
            continue
        with tenancy.within(slot.school_id):
            days = reminding.due(slot, clock.now())
            if days is not None:
                told += _all(task, slot, days)
    return told


def _all(task: Task, slot: Slot, days: int) -> int:
    told = 0
    while True:
        some, done = _some(task, slot, days)
        told += some
        if done:
            return told


def _some(task: Task, slot: Slot, days: int) -> tuple[int, bool]:
    """The next portion, told and remembered in one transaction; whether it was the last."""
    with db.writing() as session:
        run = _run(session, slot, days)
        if run.finished_at is not None:
            return 0, True
        people = reminding.waiting(task, slot, after=run.after_person_id, limit=CHUNK)
        told = _tell(task, slot, people) if people else 0
        run.told += told
        if people:
            run.after_person_id = people[-1]
        if len(people) < CHUNK:
            run.finished_at = clock.now()
            if run.told:
                record(
                    system(slot.school_id), "reminder.send", "reminder_run", run.id,
                    kind=slot.kind, year=slot.academic_year, days=days, told=run.told,
                )  # fmt: skip
        return told, run.finished_at is not None


def _run(session: Session, slot: Slot, days: int) -> ReminderRun:
    """The row of this closing and day, held; made when it is the first time."""
    which = {
        "school_id": slot.school_id,
        "academic_year": slot.academic_year,
        "term": slot.term,
        "kind": slot.kind,
        "grade": slot.grade,
        "extension_id": slot.extension_id,
        "closes_on": slot.closes_at.astimezone(clock.TAIPEI).date(),
        "days": days,
    }
    query = sa.select(ReminderRun).filter_by(**which).with_for_update(**db.HELD)
    run = session.scalar(query)
    if run is None:
        run = ReminderRun(**which, begun_at=clock.now(), after_person_id=0, told=0)
        session.add(run)
        session.flush()
    return run


def _tell(task: Task, slot: Slot, people: list[int]) -> int:
    name = str(windows.LABELS[slot.kind])
    day = slot.closes_at.astimezone(clock.TAIPEI).date()
    left = (day - clock.today()).days
    subject = (
        _("「%(name)s」還有 %(days)s 天截止", name=name, days=left)
        if left
        else _("「%(name)s」今天截止", name=name)
    )
    body = f"{task.words}\n\n" + _(
        "「%(name)s」在%(closes)s截止，請在截止前完成。", name=name, closes=roc_date(slot.closes_at)
    )
    return notify(people, subject, body, task.path, school_id=slot.school_id, mail=True)
