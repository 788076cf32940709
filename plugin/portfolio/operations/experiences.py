"""Sending an experience, taking it back; student affairs return what is wrong.

Nobody certifies an experience: once sent it can be selected.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

import sqlalchemy as sa
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy.orm import Session

from forms.text import normalise
from plugin import clock, db
from plugin.actor import Actor
from plugin.errors import Conflict, InvalidInput, LimitReached
from plugin.portfolio import notices, policy
from plugin.portfolio.forms.experiences import LINK_POINTS, NOTE_POINTS, faults
from plugin.portfolio.kinds import DOCUMENT, kind
from plugin.portfolio.models import (
    Experience,
    ExperienceReturn,
    ExperienceState,
    SelectedExperience,
)
from plugin.portfolio.operations import attaching
from plugin.portfolio.operations.experience_drafts import place
from plugin.portfolio.operations.found import (
    ForeignRecord,
    audited,
    hold_student,
    nowhere,
    own_experience,
)
from plugin.portfolio.operations.intake import EXPERIENCE_SLOTS
from plugin.portfolio.queries import experiences as queries
from plugin.portfolio.queries import seasons
from plugin.portfolio.states import EXPERIENCE_LABELS, move_experience
from plugin.school import rules, windows
from plugin.school.models import WindowKind
from plugin.trail.chain import record
from plugin.vault import operations as vault
from plugin.vault.models import Receipt

PER_YEAR = "experience.per_year.max"
SUMMARY = "experience.summary.max_points"
REASON_POINTS = 500


@dataclass(frozen=True)
class SentExperience:
    """What sending led to: the final receipts of its files."""

    experience: Experience
    receipts: list[Receipt] = field(default_factory=list)


@audited
def send(actor: Actor, experience_id: int) -> SentExperience:
    """Send a draft, or a returned experience again.

    :raises InvalidInput: something is missing, wrong or too long; `fields` says what.
    :raises WindowClosed: outside the upload window and its grace, and without time to correct it.
    :raises LimitReached: the year's places are taken.
    :raises Conflict: it was sent already.
    """
    with db.writing() as session:
        experience = own_experience(session, actor, experience_id)
        if experience.state is ExperienceState.SENT:
            raise Conflict(_("這筆多元表現已經送出了。"), remedy=_("要修改請先撤回。"))
        season = place(experience, started_at=experience.started_at)
        _require_complete(experience)
        hold_student(session, experience.student_id)
        _require_open(experience, season)
        _require_place(experience)
        move_experience(experience, "send_in")
        experience.grade = season.grade
        experience.sent_at, experience.correct_until = clock.now(), None
        receipts = vault.keep(actor, attaching.ids_of(experience))
        record(
            actor,
            "experience.send",
            "experience",
            experience.id,
            kind=experience.kind,
            year=experience.academic_year,
            receipts=[receipt.number for receipt in receipts],
        )
        session.flush()
        notices.experience_sent(experience)
        return SentExperience(experience, receipts)


@audited
def withdraw(actor: Actor, experience_id: int) -> Experience:
    """Take a sent experience back while the window is open; its place is free again.

    :raises Conflict: it is selected, or not sent.
    :raises WindowClosed: what is withdrawn now could not be sent again.
    """
    with db.writing() as session:
        experience = own_experience(session, actor, experience_id)
        if experience.state is not ExperienceState.SENT:
            state = EXPERIENCE_LABELS[experience.state].text
            raise Conflict(
                _("這筆多元表現目前是「%(state)s」，不能撤回。", state=state),
                remedy=_("請重新整理頁面，看看最新的狀態。"),
            )
        hold_student(session, experience.student_id)
        if is_selected(session, experience):
            raise Conflict(
                _("這筆多元表現已被勾選，不能撤回。"), remedy=_("請先到勾選頁取消勾選。")
            )
        _require_season(experience, seasons.of(experience))
        move_experience(experience, "withdraw")
        vault.end_links(actor, [experience.document_file_id, experience.media_file_id])
        record(actor, "experience.withdraw", "experience", experience.id)
        return experience


@audited
def return_(
    actor: Actor,
    experience_id: int,
    reason: str,
    *,
    until: datetime | None = None,
    version: int | None = None,
) -> ExperienceReturn:
    """Return an experience whose data are wrong; what is selected stays selected, to be mended.

    :param until: so long it may be sent again though the window has closed.
    :param version: what was looked at; sent anew meanwhile means look again.
    :raises InvalidInput: no reason, too long a one, or a moment that has passed.
    :raises Conflict: withdrawn or returned meanwhile.
    :raises NotFound: another school's, or the actor is not of student affairs.
    """
    reason = _reason(reason)
    if until is not None and until <= clock.now():
        words = _("「可補正至」必須是今天或以後的日期。")
        raise InvalidInput(words, fields={"until": words})
    with db.writing() as session:
        found = session.get(
            Experience, experience_id, with_for_update=db.HELD, populate_existing=True
        )
        experience = _looked_after(actor, found, experience_id)
        stale = version is not None and version != experience.version
        if experience.state is not ExperienceState.SENT or stale:
            raise Conflict(
                _("「%(title)s」在您開啟後有變動，沒有退回。", title=experience.title),
                remedy=_("請重新檢視最新的內容再決定。"),
            )
        assert actor.person_id is not None
        move_experience(experience, "return_")
        experience.correct_until = until
        returned = ExperienceReturn(
            experience_id=experience.id,
            reason=reason,
            by_id=actor.person_id,
            by_name=actor.name,
            at=clock.now(),
            correct_until=until,
            title=experience.title,
            details=dict(experience.details),
        )
        session.add(returned)
        session.flush()
        record(
            actor,
            "experience.return",
            "experience",
            experience.id,
            returned=returned.id,
            until=until.isoformat() if until else None,
        )
        notices.experience_returned(experience, returned)
        return returned


@audited
def seen_by_affairs(actor: Actor, experience_id: int) -> Experience:
    """An experience of the school that was sent, for student affairs to look at.

    :raises NotFound: none, another school's, or a draft; reaching for a foreign one is noted.
    """
    return _looked_after(actor, db.reading().get(Experience, experience_id), experience_id)


def is_selected(session: Session, experience: Experience) -> bool:
    """Whether its student has selected it."""
    chosen = sa.select(SelectedExperience.id).where(
        SelectedExperience.experience_id == experience.id
    )
    return session.scalar(chosen.limit(1)) is not None


def _looked_after(actor: Actor, found: Experience | None, experience_id: int) -> Experience:
    if found is None:
        raise nowhere(Experience, experience_id)
    if not policy.looks_after(actor, found):
        raise ForeignRecord("experience", experience_id)
    return found


def _require_open(experience: Experience, season: seasons.Season) -> None:
    """The window with its grace, or the time that was given to correct a returned one."""
    until = experience.correct_until
    if until is None or clock.now() > until:
        _require_season(experience, season)


def _require_season(experience: Experience, season: seasons.Season) -> None:
    """:raises WindowClosed: no window of the year takes it now; says which one was closest."""
    if not season.open:
        windows.require_open(
            experience.school_id,
            WindowKind.EXPERIENCE_UPLOAD,
            season.term.academic_year,
            season.term.term,
            season.grade,
            student_id=experience.student_id,
        )


def _require_complete(experience: Experience) -> None:
    """Everything that must be there is there; all faults are told at once."""
    year = experience.academic_year
    of_kind = kind(experience.kind, year)
    found = faults(experience.kind, year, experience.details)
    most = rules.number(experience.school_id, SUMMARY, year)
    rule = None
    if len(experience.summary) > most:
        rule = SUMMARY
        found["summary"] = ngettext(
            "「內容簡述」最多 %(most)s 字，目前多了 %(num)s 字，請刪減後再送出。",
            "「內容簡述」最多 %(most)s 字，目前多了 %(num)s 字，請刪減後再送出。",
            len(experience.summary) - most,
            most=most,
        )
    for name, points in (("link", LINK_POINTS), ("ai_note", NOTE_POINTS)):
        if len(getattr(experience, name)) > points:
            found[name] = _("文字太長，請刪減後再送出。")
    if of_kind.proof == DOCUMENT and experience.document_file_id is None:
        found["document"] = _("請上傳「證明文件」。")
    elif not attaching.ids_of(experience) and not experience.link:
        found["document"] = _("請至少提供一項佐證：證明文件、影音檔或外部影音連結。")
    found |= attaching.oversized(experience, EXPERIENCE_SLOTS)
    if found:
        raise InvalidInput(
            _("還有資料需要補齊，已為您存成草稿。"),
            remedy=_("請修改下列項目後再送出。"),
            rule=rule,
            fields=found,
        )


def _require_place(experience: Experience) -> None:
    limit = rules.number(experience.school_id, PER_YEAR, experience.academic_year)
    taken = queries.places_taken(experience.student_id, experience.academic_year)
    if taken >= limit:
        raise LimitReached(
            _(
                "%(year)s 學年度已送出 %(taken)s 件多元表現，上限是 %(limit)s 件。",
                year=experience.academic_year,
                taken=taken,
                limit=limit,
            ),
            remedy=_("可以先撤回一件，再送出這一件；草稿已保留。"),
            rule=PER_YEAR,
        )


def _reason(text: str) -> str:
    reason = normalise(text)
    if not reason:
        raise InvalidInput(
            _("請寫下退回的原因，讓學生知道要改什麼。"),
            fields={"reason": _("請填寫「退回原因」。")},
        )
    if len(reason) > REASON_POINTS:
        raise InvalidInput(
            _("退回原因最多 %(most)s 字。", most=REASON_POINTS),
            fields={"reason": _("「退回原因」最多 %(most)s 字，請刪減。", most=REASON_POINTS)},
        )
    return reason
