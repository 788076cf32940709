"""Closing a meeting: the queue carries its resolutions out, each exactly once, and keeps minutes.

A case is one transaction: what follows for it, its history, letter, mail, audit line, and that the
resolution is done. A worker that is killed leaves whole cases; the next one goes on behind them.
What cannot be carried out any more is left, with the reason, and stops nothing.
"""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Callable
from dataclasses import replace

import sqlalchemy as sa
from flask import current_app
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from plugin import actor as actors
from plugin import clock, db, jobs
from plugin.actor import Actor, Role
from plugin.certification import meeting_minutes, policy, resolutions
from plugin.certification.models import CaseState, CertificationCase, Meeting, MeetingItem
from plugin.certification.operations import certifying, kernel, meetings, orals, processing
from plugin.certification.queries import meetings as queries
from plugin.errors import Conflict, InvalidInput, Refusal
from plugin.school import queries as schools
from plugin.settings import Settings
from plugin.trail import chain
from plugin.trail.notify import notify
from plugin.vault import operations as vault
from plugin.vault.models import FileState, StoredFile

CLOSE = "certification.meeting"
SLOT = "certification.minutes"
DONE, LEFT = "done", "left"


class NotReady(InvalidInput):
    """A meeting is to be closed of which something is not written yet."""

    code = "MEETING_NOT_READY"


def close(actor: Actor, meeting_id: int) -> int:
    """Close a meeting: from now on it is locked, and the queue carries it out.

    Asked twice, or by two people, it happens once; asked again after a failure it goes on.

    :returns: the job's id.
    :raises NotReady: no cases, nobody present, no chair, a case without its resolution.
    :raises NotFound: no such meeting of this office. :raises Conflict: it is over.
    """
    with db.writing() as session:
        meeting = meetings.held(session, actor, meeting_id, closing=True)
        if meeting.closed_at is not None and meeting.minutes_file_id is not None:
            raise Conflict(_("這場會議已經結案。"))
        if meeting.closing_at is not None:
            job = session.get(jobs.Job, meeting.job_id) if meeting.job_id is not None else None
            if job is not None and job.state is not jobs.JobState.FAILED:
                return job.id
        else:
            lacks = unready(actor, meeting)
            if lacks:
                raise NotReady(
                    _("還不能結案：%(what)s。", what=_("；").join(lacks)),
                    remedy=_("請先補齊，再結案。"),
                )
            _settle_withdrawals(session, meeting)
            meeting.closing_at = clock.now()
        meeting.closing_by_id = actor.person_id
        session.flush()
        chain.record(actor, "certification.meeting.close", "meeting", meeting.id)
        meeting.job_id = jobs.enqueue(actor, CLOSE, {"meeting_id": meeting.id})
        return meeting.job_id


def unready(actor: Actor, meeting: Meeting) -> list[str]:
    """What must be written before a meeting is closed, in words; empty: nothing."""
    found = []
    if meeting.held_on > clock.today():
        found.append(_("會議日期還沒有到"))
    if not meeting.chair:
        found.append(_("還沒有填主席"))
    if not queries.members(meeting) and not queries.guests(meeting):
        found.append(_("還沒有填出席人員"))
    some = queries.agenda(actor, meeting)
    if not some:
        found.append(_("議程上沒有案件"))
    open_ = [one.case.number for one in some if not one.whole]
    if open_:
        shown = _("、").join(open_[:5])
        more = _("等") if len(open_) > 5 else ""
        found.append(
            _("%(n)s 件還沒有完整的決議（%(which)s%(more)s）", n=len(open_), which=shown, more=more)
        )
    return found


def carry_out(asker: Actor, meeting_id: int, tell: Callable[[int, int], None]) -> dict[str, int]:
    """Carry a closed meeting out, from where the last worker stopped; then make its minutes.

    :param asker: who closed it, as the job has them: with their roles of now they go on.
    :param tell: hears how many steps of how many are done; the minutes are the last.
    :returns: how many cases were decided, and how many were left.
    :raises Refusal: whoever closed it is no longer one of the office; somebody else may go on.
    """
    meeting = db.reading().get_one(Meeting, meeting_id)
    actor = _office_of(asker)
    query = sa.select(MeetingItem.id).where(MeetingItem.meeting_id == meeting_id)
    ids = list(db.reading().scalars(query.order_by(MeetingItem.position, MeetingItem.id)))
    for n, item_id in enumerate(ids, 1):
        carry(actor, item_id)
        tell(n, len(ids) + 1)
    counts = _finish(actor, meeting_id)
    keep_minutes(meeting.school_id, meeting_id)
    tell(len(ids) + 1, len(ids) + 1)
    return counts


def carry(actor: Actor, item_id: int) -> None:
    """Carry one resolution out, or leave it with the reason; done before: nothing happens."""
    try:
        with db.writing() as session:
            item = _pending(session, item_id)
            if item is None:
                return
            case = kernel.held(session, actor.school_id, item.case_id)
            why = _why_not(actor, session.get_one(Meeting, item.meeting_id), item, case)
            if why:
                _leave(actor, item, why)
                return
            _follow(actor, case, item)
            item.done_at = clock.now()
            session.flush()
            chain.record(
                actor, "certification.meeting.carry", "certification_case", case.id,
                meeting=item.meeting_id, resolution=item.resolution,
            )  # fmt: skip
    except Refusal as refusal:
        # What it had begun is rolled back; only the reason stays.
        with db.writing() as session:
            item = _pending(session, item_id)
            if item is not None:
                _leave(actor, item, refusal.message)


def keep_minutes(school_id: int, meeting_id: int) -> int:
    """Make the minutes of a closed meeting and keep them in the vault; made before: nothing.

    :returns: the id of the file.
    :raises FontMissing: a font of the house is not installed.
    :raises VaultUnavailable: a disk would not take it.
    """
    meeting = db.reading().get_one(Meeting, meeting_id)
    if meeting.minutes_file_id is not None:
        return meeting.minutes_file_id
    # The name tells whose minutes they are: those that a killed worker had kept are found again.
    name = f"會議紀錄-{meeting.held_on.isoformat()}-{meeting.id}.pdf"
    file = _kept(school_id, name)
    if file is None:
        settings: Settings = current_app.extensions["licheng.settings"]
        folder = settings.reports / f"minutes-{meeting.id}"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(mode=0o700, parents=True)
        try:
            meeting_minutes.write(folder / "minutes.pdf", actors.system(school_id), meeting)
            file = vault.deposit(
                actors.system(school_id), folder / "minutes.pdf", slot=SLOT, name=name,
                media_type="application/pdf", kind="pdf",
            )  # fmt: skip
        finally:
            shutil.rmtree(folder, ignore_errors=True)
    with db.writing() as session:
        row = session.get_one(Meeting, meeting_id, with_for_update=True)
        if row.minutes_file_id is None:
            row.minutes_file_id = file.id
            session.flush()
            chain.record(
                actors.system(school_id), "certification.meeting.minutes", "meeting", row.id,
                file=file.id, sha256=file.sha256,
            )  # fmt: skip
    return file.id


def _office_of(asker: Actor) -> Actor:
    """Whoever closed it, with the roles they hold now.

    :raises Conflict: they are no longer one of the office.
    """
    roles: frozenset[Role] = frozenset()
    if asker.school_id is not None and asker.person_id is not None:
        roles = schools.roles_of(asker.school_id, asker.person_id, clock.today())
    actor = replace(asker, roles=roles)
    if not policy.office(actor):
        raise Conflict(
            _("結案的人已不是承辦人，會議沒有執行完。"), remedy=_("請由其他承辦人接著執行。")
        )
    return actor


def _pending(session: Session, item_id: int) -> MeetingItem | None:
    """The case on the agenda, held; None when it is done or left."""
    item = session.scalars(
        sa.select(MeetingItem)
        .where(MeetingItem.id == item_id)
        .with_for_update(**db.HELD)
        .execution_options(populate_existing=True)
    ).one()
    return item if item.done_at is None and not item.left_words else None


def _why_not(actor: Actor, meeting: Meeting, item: MeetingItem, case: CertificationCase) -> str:
    if not policy.handles(actor, case):
        return _("這是結案的承辦人自己的案件，請由其他承辦人再提會。")
    (line,) = queries.lines(actor, meeting, [(item, case)])
    return line.obstacle


def _follow(actor: Actor, case: CertificationCase, item: MeetingItem) -> None:
    """What a resolution makes of its case; letters and mails are those of single decisions."""
    resolution, words = item.resolution, item.words
    if resolution in resolutions.CERTIFYING:
        certifying.certify(actor, case.id, words=words)
    elif resolution == "refuse":
        processing.refuse(actor, case.id, words)
    elif resolution == "correct":
        processing.ask_correction(actor, case.id, item.items, words=words)
    elif resolution == "oral":
        said = _("審查小組會議決議：須辦理展示或口試。時間與地點將另行通知。")
        _tell(case, _("請準備環境教育人員認證的展示或口試"), said, words)
    elif resolution == "exempt":
        said = _("審查小組會議決議：免辦理展示（口試）。")
        if case.state is CaseState.ORAL:
            # What was arranged is off; the applicant hears of it with the reason.
            orals.call_off(actor, case.id, said)
        _tell(case, _("環境教育人員認證：免辦理展示（口試）"), said, words)


def _tell(case: CertificationCase, subject: str, said: str, words: str) -> None:
    number = _("案件編號 %(number)s。", number=case.number)
    notify(
        [case.applicant_id],
        subject,
        "\n\n".join(filter(None, (number, said, words))),
        f"/certification/cases/{case.id}",
        school_id=case.school_id,
        mail=True,
    )


def _leave(actor: Actor, item: MeetingItem, why: str) -> None:
    item.left_words = why[:500]
    chain.record(
        actor, "certification.meeting.leave", "certification_case", item.case_id,
        meeting=item.meeting_id, resolution=item.resolution,
    )  # fmt: skip


def _settle_withdrawals(session: Session, meeting: Meeting) -> None:
    """From now on the minutes hold who had withdrawn, whatever becomes known later."""
    query = (
        sa.select(MeetingItem, CertificationCase)
        .join(CertificationCase, CertificationCase.id == MeetingItem.case_id)
        .where(MeetingItem.meeting_id == meeting.id)
    )
    rows = [(row[0], row[1]) for row in session.execute(query)]
    apart = queries.withdrawals(queries.members(meeting), rows)
    for item, case in rows:
        item.withdrawn = [one.person_id for one in apart[case.id]]


def _finish(actor: Actor, meeting_id: int) -> dict[str, int]:
    """All are carried out or left: the meeting is over, and whoever closed it hears so, once."""
    with db.writing() as session:
        meeting = meetings.held(session, actor, meeting_id, closing=True)
        query = sa.select(MeetingItem).where(MeetingItem.meeting_id == meeting.id)
        some = list(session.scalars(query))
        counts = Counter(LEFT if one.left_words else DONE for one in some)
        found = {DONE: counts[DONE], LEFT: counts[LEFT]}
        if meeting.closed_at is None:
            meeting.closed_at = clock.now()
            session.flush()
            chain.record(actor, "certification.meeting.closed", "meeting", meeting.id, **found)
            _tell_office(meeting, found)
        return found


def _tell_office(meeting: Meeting, counts: dict[str, int]) -> None:
    if meeting.closing_by_id is None:
        return
    notify(
        [meeting.closing_by_id],
        _("會議決議已執行完畢"),
        _("「%(name)s」已執行 %(done)s 件，未能執行 %(left)s 件。",
          name=meeting.name, done=counts[DONE], left=counts[LEFT]),
        f"/certification/meetings/{meeting.id}",
        school_id=meeting.school_id,
        mail=False,
    )  # fmt: skip


def _kept(school_id: int, name: str) -> StoredFile | None:
    query = sa.select(StoredFile).where(
        StoredFile.school_id == school_id,
        StoredFile.slot == SLOT,
        StoredFile.name == name,
        StoredFile.state != FileState.PURGED,
    )
    return db.reading().scalar(query.limit(1))
