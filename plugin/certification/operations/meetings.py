"""Meetings of the committee 審查小組會議: called, their agenda, what they resolve.

Nothing happens to a case before its meeting is closed (`meeting_closing`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from plugin import clock, db
from plugin.actor import Actor
from plugin.certification import completeness, policy, resolutions
from plugin.certification.models import CertificationCase, Meeting, MeetingItem, MeetingMember
from plugin.certification.operations import kernel
from plugin.certification.queries import meeting_cases, review
from plugin.certification.queries import meetings as queries
from plugin.errors import Conflict, InvalidInput
from plugin.trail import chain

MOST = 200
"""Cases of one meeting."""
NAME, TIME, PLACE, PERSON = 100, 40, 100, 60
NAMES, NOTES = 2000, 5000
FAR = timedelta(days=366)


@dataclass(frozen=True)
class Facts:
    """What is said of a meeting. :param members: ids of reviewers who were present.
    :param present: further names, one a line. :param notes: other matters, one a line."""

    name: str
    held_on: date
    time: str = ""
    place: str = ""
    chair: str = ""
    recorder: str = ""
    members: Sequence[int] = ()
    present: str = ""
    notes: str = ""


def save(actor: Actor, facts: Facts, meeting_id: int | None = None) -> Meeting:
    """Call a meeting, or change what is said of it.

    :raises InvalidInput: no name, a day far away, somebody who is no reviewer, too much.
    :raises NotFound: not the office, no such meeting. :raises Conflict: it is closed.
    """
    require_office(actor)
    one = _checked(facts)
    with db.writing() as session:
        if meeting_id is None:
            meeting = Meeting(school_id=actor.school_id, made_at=clock.now())
            session.add(meeting)
        else:
            meeting = held(session, actor, meeting_id)
        meeting.name, meeting.held_on, meeting.time = one.name, one.held_on, one.time
        meeting.place, meeting.chair, meeting.recorder = one.place, one.chair, one.recorder
        meeting.present, meeting.notes = one.present, one.notes
        session.flush()
        _seat(session, meeting, one.members)
        chain.record(
            actor, "certification.meeting.save", "meeting", meeting.id,
            held_on=meeting.held_on.isoformat(), members=sorted(set(one.members)),
            again=meeting_id is not None,
        )  # fmt: skip
        return meeting


def add(actor: Actor, meeting_id: int, case_ids: Iterable[int]) -> int:
    """Put cases on the agenda, behind those that stand there; all of them or none.

    :returns: how many.
    :raises InvalidInput: none. :raises NotFound: no such meeting or case of this office.
    :raises Conflict: a case is not under review (any more), or on an open agenda already.
    """
    wanted = sorted(set(case_ids))
    if not wanted:
        raise InvalidInput(_("還沒有選取案件。"))
    with db.writing() as session:
        meeting = held(session, actor, meeting_id)
        n, last = session.execute(
            sa.select(sa.func.count(), sa.func.max(MeetingItem.position)).where(
                MeetingItem.meeting_id == meeting.id
            )
        ).one()
        if n + len(wanted) > MOST:
            raise Conflict(_("一場會議最多 %(n)s 件。", n=MOST), remedy=_("請另開一場會議。"))
        for place, case_id in enumerate(wanted, (last or 0) + 1):
            # Held one after another by id: two agendas that want the same cases do not block
            # each other, and the second sees what the first has taken.
            case = kernel.held(session, actor.school_id, case_id)
            policy.require(policy.handles(actor, case), _("找不到這件申請案。"))
            _require_free(session, case)
            session.add(MeetingItem(meeting_id=meeting.id, case_id=case.id, position=place))
        session.flush()
        chain.record(actor, "certification.meeting.add", "meeting", meeting.id, cases=list(wanted))
        return len(wanted)


def remove(actor: Actor, meeting_id: int, item_ids: Collection[int]) -> int:
    """Take cases off the agenda; returns how many. What was resolved on them is gone.

    :raises InvalidInput: none. :raises NotFound: no such meeting. :raises Conflict: it is closed.
    """
    with db.writing() as session:
        meeting = held(session, actor, meeting_id)
        some = _items(session, actor, meeting, item_ids)
        for item, _case in some:
            session.delete(item)
        session.flush()
        cases = sorted(item.case_id for item, _case in some)
        chain.record(actor, "certification.meeting.remove", "meeting", meeting.id, cases=cases)
        return len(some)


def move(actor: Actor, meeting_id: int, item_id: int, step: int) -> None:
    """Let a case change places with the one before it (-1) or behind it (1); at the end nothing
    happens.

    :raises NotFound: no such meeting or case on it. :raises Conflict: it is closed.
    """
    with db.writing() as session:
        meeting = held(session, actor, meeting_id)
        query = sa.select(MeetingItem).where(MeetingItem.meeting_id == meeting.id)
        some = list(session.scalars(query.order_by(MeetingItem.position, MeetingItem.id)))
        place = next((n for n, one in enumerate(some) if one.id == item_id), None)
        if place is None:
            raise queries.missing()
        other = place + (1 if step > 0 else -1)
        if 0 <= other < len(some):
            some[place], some[other] = some[other], some[place]
            for n, one in enumerate(some, 1):
                one.position = n
            session.flush()
            chain.record(
                actor, "certification.meeting.order", "meeting", meeting.id, item=item_id, place=n
            )


def resolve(
    actor: Actor,
    item_id: int,
    resolution: str,
    words: str = "",
    items: Mapping[str, str] | None = None,
    withdrawn: Collection[int] = (),
    *,
    whole: bool = True,
) -> MeetingItem:
    """Keep what was resolved on a case.

    :param words: told to the applicant with the decision; with `defer` they stand in the minutes.
    :param items: with `correct`: name of the form's field → what is to be corrected.
    :param withdrawn: members who declared that they withdraw from it 迴避.
    :param whole: False while it is written: what is missing may be missing.
    :raises InvalidInput: not to be resolved on such a case, something missing, too many words,
        a field that the form does not have, somebody who was not present.
    :raises NotFound: not a case on an agenda of this office, or one's own.
    :raises Conflict: the meeting is closed.
    """
    words, apart = words.strip(), sorted(set(withdrawn))
    with db.writing() as session:
        found = session.get(MeetingItem, item_id)
        if found is None:
            raise queries.missing()
        meeting = held(session, actor, found.meeting_id)
        ((item, case),) = _items(session, actor, meeting, [item_id])
        asked = _asked(case, items or {}) if resolution == "correct" else {}
        faults = _resolution_faults(case, resolution, words, asked)
        if whole:
            faults = resolutions.unfinished(resolution, words, asked) | faults
        if not set(apart) <= {one.person_id for one in queries.members(meeting)}:
            faults["withdrawn"] = _("只能選出席的委員。")
        if faults:
            raise InvalidInput(next(iter(faults.values())), fields=faults)
        before = item.resolution
        item.resolution, item.words = resolution, words
        item.items, item.withdrawn = asked, apart
        session.flush()
        if whole or before != resolution:
            chain.record(
                actor, "certification.meeting.resolve", "meeting", meeting.id,
                case_id=case.id, resolution=resolution, fields=sorted(asked), withdrawn=apart,
            )  # fmt: skip
        return item


def resolve_many(actor: Actor, meeting_id: int, item_ids: Collection[int], resolution: str) -> int:
    """Resolve the same on many cases; the comments of their reviewers become the words of a
    certification. What stands in the way of one is shown on the agenda and before the closing.

    :param resolution: one of `resolutions.BULK`.
    :returns: how many.
    :raises InvalidInput: none, or a resolution that needs its own words.
    :raises NotFound: no such meeting. :raises Conflict: it is closed.
    """
    if resolution not in resolutions.BULK:
        raise InvalidInput(_("這項決議要逐件登錄。"))
    with db.writing() as session:
        meeting = held(session, actor, meeting_id)
        some = _items(session, actor, meeting, item_ids)
        for item, case in some:
            said = ""
            if resolution == "certify":
                said = item.words or review.comments(review.sheets(actor, case))
            item.resolution, item.items = resolution, {}
            item.words = said[: resolutions.most_words(resolution)]
        session.flush()
        chain.record(
            actor, "certification.meeting.resolve_many", "meeting", meeting.id,
            cases=sorted(case.id for _item, case in some), resolution=resolution,
        )  # fmt: skip
        return len(some)


def held(session: Session, actor: Actor, meeting_id: int, *, closing: bool = False) -> Meeting:
    """A meeting of the actor's office, held against every other change.

    :param closing: one whose closing has begun as well.
    :raises NotFound: no such meeting of this office. :raises Conflict: its closing has begun.
    """
    require_office(actor)
    meeting = session.scalar(
        sa.select(Meeting)
        .where(Meeting.id == meeting_id, Meeting.school_id == actor.school_id)
        .with_for_update(**db.HELD)
        .execution_options(populate_existing=True)
    )
    if meeting is None:
        raise queries.missing()
    if meeting.closing_at is not None and not closing:
        raise Conflict(_("這場會議已經結案，不能再修改。"))
    return meeting


def require_office(actor: Actor) -> None:
    """:raises NotFound: not one of an office."""
    policy.require(policy.office(actor) and actor.school_id is not None, queries.missing().message)


def _require_free(session: Session, case: CertificationCase) -> None:
    """:raises Conflict: not before a meeting now."""
    if case.state not in meeting_cases.BEFORE:
        raise Conflict(_("案件 %(number)s 目前不在委員審查階段，不能提會。", number=case.number))
    other = session.scalar(
        sa.select(Meeting.name)
        .join(MeetingItem, MeetingItem.meeting_id == Meeting.id)
        .where(MeetingItem.case_id == case.id, Meeting.closed_at.is_(None))
        .limit(1)
    )
    if other is not None:
        raise Conflict(
            _("案件 %(number)s 已經在「%(name)s」的議程上。", number=case.number, name=other),
            remedy=_("請先從那場會議的議程移出。"),
        )


def _items(
    session: Session, actor: Actor, meeting: Meeting, item_ids: Collection[int]
) -> list[tuple[MeetingItem, CertificationCase]]:
    """Cases on the agenda that the actor handles; one's own is never among them.

    :raises InvalidInput: none were named. :raises NotFound: one is not there.
    """
    if not item_ids:
        raise InvalidInput(_("還沒有選取案件。"))
    query = (
        sa.select(MeetingItem, CertificationCase)
        .join(CertificationCase, CertificationCase.id == MeetingItem.case_id)
        .where(MeetingItem.meeting_id == meeting.id, MeetingItem.id.in_(item_ids))
        .order_by(MeetingItem.id)
        .execution_options(populate_existing=True)
    )
    found = [(row[0], row[1]) for row in session.execute(query)]
    if len(found) != len(set(item_ids)):
        raise queries.missing()
    for _item, case in found:
        policy.require(policy.handles(actor, case), _("找不到這件申請案。"))
    return found


def _asked(case: CertificationCase, items: Mapping[str, str]) -> dict[str, str]:
    """What is to be corrected, in the order of the form.

    :raises InvalidInput: the form has no such field.
    """
    known = completeness.labels(case)
    if unknown := set(items) - set(known):
        raise InvalidInput(_("申請書沒有這個項目：%(name)s。", name=min(unknown)))
    return {name: items[name].strip() for name in known if name in items}


def _resolution_faults(
    case: CertificationCase, resolution: str, words: str, items: Mapping[str, str]
) -> dict[str, str]:
    faults = {}
    if resolution and resolution not in resolutions.offered(case):
        faults["resolution"] = _("這件申請案不能作成這項決議。")
    most = resolutions.most_words(resolution)
    if len(words) > most:
        faults["words"] = _("說明請在 %(n)s 字以內。", n=most)
    for name, said in items.items():
        if len(said) > resolutions.ITEM_POINTS:
            faults[name] = _("說明請在 %(n)s 字以內。", n=resolutions.ITEM_POINTS)
    return faults


def _seat(session: Session, meeting: Meeting, wanted: Collection[int]) -> None:
    """Who was present. :raises InvalidInput: somebody who is no reviewer."""
    query = sa.select(MeetingMember).where(MeetingMember.meeting_id == meeting.id)
    before = {one.person_id: one for one in session.scalars(query)}
    new = set(wanted) - set(before)
    if new - {one.person.id for one in review.committee(meeting.school_id)}:
        fault = _("所選的人不是審查委員。")
        raise InvalidInput(fault, fields={"members": fault})
    for person_id in set(before) - set(wanted):
        session.delete(before[person_id])
    session.add_all(MeetingMember(meeting_id=meeting.id, person_id=one) for one in sorted(new))
    session.flush()


def _checked(facts: Facts) -> Facts:
    """:raises InvalidInput: what is said of a meeting cannot be so."""
    names = facts.present.replace("、", "\n").replace(",", "\n").splitlines()
    present = "\n".join(dict.fromkeys(filter(None, (" ".join(one.split()) for one in names))))
    notes = "\n".join(filter(None, (one.strip() for one in facts.notes.splitlines())))
    one = Facts(
        name=" ".join(facts.name.split()),
        held_on=facts.held_on,
        time=" ".join(facts.time.split()),
        place=" ".join(facts.place.split()),
        chair=" ".join(facts.chair.split()),
        recorder=" ".join(facts.recorder.split()),
        members=facts.members,
        present=present,
        notes=notes,
    )
    faults = {}
    if not one.name:
        faults["name"] = _("請填會議名稱。")
    if abs(one.held_on - clock.today()) > FAR:
        faults["held_on"] = _("會議日期請填一年以內的日期。")
    limits = (
        ("name", NAME), ("time", TIME), ("place", PLACE), ("chair", PERSON),
        ("recorder", PERSON), ("present", NAMES), ("notes", NOTES),
    )  # fmt: skip
    for field, most in limits:
        if len(getattr(one, field)) > most:
            faults[field] = _("請在 %(n)s 字以內。", n=most)
    if faults:
        raise InvalidInput(next(iter(faults.values())), fields=faults)
    return one
