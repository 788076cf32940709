"""What the school desk keeps beside the calendar: year plan, regulations, working group."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _

from forms.text import normalise
from plugin import clock, db
from plugin.actor import Actor
from plugin.errors import Conflict, InvalidInput
from plugin.school import calendar_queries, policy, rules, terms, year_plan
from plugin.school.calendar_models import (
    GroupMeeting,
    GroupSeat,
    PlanItem,
    PlanPart,
    Regulation,
)
from plugin.school.operations._own import require_year
from plugin.trail.chain import record
from plugin.uploads import Staged
from plugin.vault import operations as vault
from plugin.vault.models import FileState, StoredFile

REGULATION_SLOT = "regulation"
REGULATION_BYTES = 20 * 1_048_576
"""A scanned resolution with its stamps; no rule of the central database, so no row of ours."""


def save_plan_item(
    actor: Actor,
    academic_year: int,
    part: PlanPart,
    title: str,
    starts_on: date,
    ends_on: date,
    *,
    unit: str = "",
    item_id: int | None = None,
) -> PlanItem:
    """Put a piece of work into the year plan, or change it.

    :raises InvalidInput: it ends before it begins, or has no title. :raises NotFound: no such item.
    """
    school_id = policy.require_keeper(actor)
    require_year(academic_year)
    if ends_on < starts_on:
        words = _("結束日期不能早於開始日期。")
        raise InvalidInput(words, fields={"ends_on": words})
    with db.writing() as session:
        if item_id is None:
            item = PlanItem(school_id=school_id, academic_year=academic_year)
            session.add(item)
        else:
            item = calendar_queries.own(PlanItem, school_id, item_id)
        item.part, item.title, item.unit = part, _line(title, "title", 60), normalise(unit)[:60]
        item.starts_on, item.ends_on = starts_on, ends_on
        session.flush()
        record(actor, "plan.set", "plan_item", item.id, year=item.academic_year)
        return item


def remove_plan_item(actor: Actor, item_id: int) -> PlanItem:
    """Take a piece of work out of the year plan. :raises NotFound: no such item."""
    school_id = policy.require_keeper(actor)
    with db.writing() as session:
        item = calendar_queries.own(PlanItem, school_id, item_id)
        record(actor, "plan.remove", "plan_item", item.id, year=item.academic_year)
        session.delete(item)
        return item


def lay_out_plan(actor: Actor, academic_year: int) -> int:
    """Add what the template has and the year's plan has not (by title and first day); how many."""
    school_id = policy.require_keeper(actor)
    require_year(academic_year)
    with db.writing() as session:
        there = {
            (one.title, one.starts_on)
            for one in calendar_queries.plan_items(school_id, academic_year)
        }
        new = [
            one
            for one in year_plan.template_items(academic_year)
            if (one.title, one.starts_on) not in there
        ]
        session.add_all(
            PlanItem(
                school_id=school_id, academic_year=academic_year, part=one.part, title=one.title,
                unit=one.unit, starts_on=one.starts_on, ends_on=one.ends_on,
            )
            for one in new
        )  # fmt: skip
        if new:
            record(actor, "plan.lay_out", "school", school_id, year=academic_year, items=len(new))
        return len(new)


def receive_regulation(actor: Actor, staged: Staged) -> StoredFile:
    """Keep an uploaded paper as a draft file, until the version is saved.

    :raises FileRefused: no PDF, or too large.
    """
    policy.require_keeper(actor)
    assert actor.person_id is not None
    year = terms.term_of(clock.today()).academic_year
    days = rules.number(actor.school_id or 0, "draft.keep_days", year)
    return vault.accept(
        actor,
        staged,
        owner_id=actor.person_id,
        slot=REGULATION_SLOT,
        max_bytes=REGULATION_BYTES,
        kinds=("pdf",),
        expires_at=clock.now() + timedelta(days=days),
    )


def add_regulation(
    actor: Actor, passed_on: date, passed_by: str, file_id: int, *, note: str = ""
) -> Regulation:
    """A new version of the school's 補充規定; earlier ones stay.

    :raises InvalidInput: a day in the future, or a paper that is not the actor's own upload.
    """
    school_id = policy.require_keeper(actor)
    if passed_on > clock.today():
        words = _("通過日期不能晚於今天。")
        raise InvalidInput(words, fields={"passed_on": words})
    with db.writing() as session:
        file = session.get(StoredFile, file_id)
        mine = file is not None and (file.owner_id, file.school_id, file.slot) == (
            actor.person_id, school_id, REGULATION_SLOT,
        )  # fmt: skip
        if file is None or not mine or file.state is FileState.PURGED:
            words = _("檔案已經過期，請重新上傳。")
            raise InvalidInput(words, fields={"paper": words})
        used = sa.select(Regulation.id).where(Regulation.file_id == file_id)
        if session.scalar(used) is not None:
            raise Conflict(_("這個檔案已經登錄為補充規定。"), remedy=_("請重新整理清單。"))
        newest = session.scalar(
            sa.select(sa.func.max(Regulation.version)).where(Regulation.school_id == school_id)
        )
        made = Regulation(
            school_id=school_id,
            version=(newest or 0) + 1,
            passed_on=passed_on,
            passed_by=_line(passed_by, "passed_by", 60),
            note=normalise(note)[:200],
            file_id=file_id,
            made_at=clock.now(),
            made_by_id=actor.person_id,
        )
        session.add(made)
        vault.keep(actor, [file_id])
        session.flush()
        record(
            actor, "regulation.add", "regulation", made.id,
            version=made.version, passed_on=passed_on.isoformat(), file=file_id,
        )  # fmt: skip
        return made


def save_seat(
    actor: Actor,
    academic_year: int,
    post: str,
    name: str,
    *,
    note: str = "",
    seat_id: int | None = None,
) -> GroupSeat:
    """Put a seat into the working group of a year, or say who sits in it."""
    school_id = policy.require_keeper(actor)
    require_year(academic_year)
    with db.writing() as session:
        if seat_id is None:
            last = max(
                (one.place for one in calendar_queries.seats(school_id, academic_year)), default=0
            )
            seat = GroupSeat(school_id=school_id, academic_year=academic_year, place=last + 1)
            session.add(seat)
        else:
            seat = calendar_queries.own(GroupSeat, school_id, seat_id)
        seat.post, seat.name = _line(post, "post", 60), normalise(name)[:60]
        seat.note = normalise(note)[:100]
        session.flush()
        record(actor, "group.seat", "group_seat", seat.id, year=seat.academic_year)
        return seat


def remove_seat(actor: Actor, seat_id: int) -> GroupSeat:
    """Take a seat out of the working group. :raises NotFound: no such seat."""
    school_id = policy.require_keeper(actor)
    with db.writing() as session:
        seat = calendar_queries.own(GroupSeat, school_id, seat_id)
        record(actor, "group.remove_seat", "group_seat", seat.id, year=seat.academic_year)
        session.delete(seat)
        return seat


def lay_out_seats(actor: Actor, academic_year: int) -> int:
    """The seats of last year, or of the template, where the year has none; how many."""
    school_id = policy.require_keeper(actor)
    require_year(academic_year)
    with db.writing() as session:
        if calendar_queries.seats(school_id, academic_year):
            return 0
        before = calendar_queries.seats(school_id, academic_year - 1)
        rows = [(one.post, one.note) for one in before] or year_plan.template_seats()
        session.add_all(
            GroupSeat(
                school_id=school_id, academic_year=academic_year, place=place, post=post, note=note
            )
            for place, (post, note) in enumerate(rows, 1)
        )
        record(actor, "group.lay_out", "school", school_id, year=academic_year, seats=len(rows))
        return len(rows)


def save_meeting(
    actor: Actor, values: Mapping[str, Any], *, meeting_id: int | None = None
) -> GroupMeeting:
    """Write the minutes of a meeting, or correct them.

    :param values: `held_on`, `place`, `chair`, `present`, `minutes`.
    """
    school_id = policy.require_keeper(actor)
    with db.writing() as session:
        if meeting_id is None:
            meeting = GroupMeeting(
                school_id=school_id, made_at=clock.now(), made_by_id=actor.person_id
            )
            session.add(meeting)
        else:
            meeting = calendar_queries.own(GroupMeeting, school_id, meeting_id)
        meeting.held_on = values["held_on"]
        meeting.place = _line(values["place"], "place", 60)
        meeting.chair = _line(values["chair"], "chair", 60)
        meeting.present = normalise(values.get("present") or "")[:2000]
        meeting.minutes = _line(values["minutes"], "minutes", 10_000)
        session.flush()
        record(
            actor, "group.meeting", "group_meeting", meeting.id,
            held_on=meeting.held_on.isoformat(), again=meeting_id is not None,
        )  # fmt: skip
        return meeting


def _line(text: str, field: str, most: int) -> str:
    said = normalise(text or "")
    if not 1 <= len(said) <= most:
        words = _("請填 1 到 %(most)s 字。", most=most)
        raise InvalidInput(words, fields={field: words})
    return said
