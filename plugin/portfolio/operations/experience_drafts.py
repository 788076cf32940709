"""The student's drafts of experiences: whatever was typed and uploaded is kept, right or wrong.

Rules are asked when an experience is sent, not when it is saved.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from forms.text import normalise
from plugin import db
from plugin.actor import Actor
from plugin.errors import Conflict, InvalidInput
from plugin.portfolio.kinds import UnknownKind, kind
from plugin.portfolio.models import Experience, ExperienceState
from plugin.portfolio.operations import attaching
from plugin.portfolio.operations.found import audited, missing, own_experience
from plugin.portfolio.operations.intake import EXPERIENCE_SLOTS
from plugin.portfolio.queries import seasons
from plugin.portfolio.states import EXPERIENCE_EDITABLE, EXPERIENCE_LABELS
from plugin.school import windows
from plugin.trail.chain import record

DRAFT_TEXT_POINTS = 5000
"""A draft may be longer than what can be sent, but not endless."""
DETAIL_POINTS = 500
TITLE_POINTS = 200


@dataclass(frozen=True)
class ExperienceInput:
    """What a student says of an experience; files are ids of draft files in the vault.

    :param details: field key → text (`models.Experience.details`).
    """

    details: Mapping[str, str] = field(default_factory=dict)
    summary: str = ""
    link: str = ""
    ai_note: str = ""
    document_file_id: int | None = None
    media_file_id: int | None = None


@audited
def start(
    actor: Actor,
    name: str,
    values: ExperienceInput,
    *,
    begun_at: datetime,
    page_key: str | None = None,
) -> Experience:
    """Begin a draft of a kind.

    :param name: a key of `kinds`.
    :param begun_at: when the upload began (the request's first byte).
    :param page_key: of the page shown; the same page sent twice is one experience.
    :raises InvalidInput: a text beyond all measure.
    :raises NotFound: no such kind, or a file that is not the student's own.
    """
    with db.writing() as session:
        assert actor.school_id is not None
        assert actor.person_id is not None
        if page_key:
            begun = session.scalar(
                sa.select(Experience).where(
                    Experience.student_id == actor.person_id,
                    Experience.page_key == page_key[:32],
                )
            )
            if begun is not None:
                if begun.state in EXPERIENCE_EDITABLE:
                    _fill(session, actor, begun, values, begun_at)
                    record(actor, "experience.save", "experience", begun.id, **_said(begun))
                    session.flush()
                return begun
        season = seasons.now(actor.school_id, actor.person_id)
        experience = Experience(
            school_id=actor.school_id,
            student_id=actor.person_id,
            kind=_known(name, season.term.academic_year),
            academic_year=season.term.academic_year,
            term=season.term.term,
            state=ExperienceState.DRAFT,
            started_at=begun_at,
            page_key=page_key[:32] if page_key else None,
        )
        session.add(experience)
        _fill(session, actor, experience, values, begun_at)
        session.flush()
        record(actor, "experience.start", "experience", experience.id, **_said(experience))
        return experience


@audited
def save(
    actor: Actor,
    experience_id: int,
    values: ExperienceInput,
    *,
    begun_at: datetime,
    version: int | None = None,
) -> Experience:
    """Keep what is typed in a draft or a returned experience.

    :param version: what the page showed; another one now means that another tab was faster.
    :raises Conflict: sent meanwhile, or changed in another tab.
    :raises NotFound: somebody else's.
    """
    with db.writing() as session:
        experience = own_experience(session, actor, experience_id)
        if experience.state not in EXPERIENCE_EDITABLE:
            state = EXPERIENCE_LABELS[experience.state].text
            raise Conflict(
                _("這筆多元表現目前是「%(state)s」，不能修改。", state=state),
                remedy=_("請先撤回，再修改。"),
            )
        if version is not None and experience.version != version:
            raise Conflict(
                _("這份草稿剛才在另一個視窗存過，這次的修改沒有蓋過它。"),
                remedy=_("請比對另一個視窗的內容後，重新開啟草稿再修改。"),
            )
        _fill(session, actor, experience, values, begun_at)
        record(actor, "experience.save", "experience", experience.id, **_said(experience))
        session.flush()
        return experience


@audited
def discard(actor: Actor, experience_id: int) -> None:
    """Throw a draft away that was never sent; its draft files go with it.

    :raises Conflict: it was sent once: then its history stays.
    """
    with db.writing() as session:
        experience = own_experience(session, actor, experience_id)
        if experience.state is not ExperienceState.DRAFT or experience.sent_at is not None:
            raise Conflict(
                _("曾經送出的多元表現會保留紀錄，不能刪除。"),
                remedy=_("不想提交的，不勾選即可。"),
            )
        record(actor, "experience.discard", "experience", experience.id, **_said(experience))
        files = attaching.ids_of(experience)
        session.delete(experience)
        session.flush()
        for file_id in files:
            attaching.let_go(session, actor, file_id)


def place(experience: Experience, *, started_at: datetime | None = None) -> seasons.Season:
    """Put a draft into the year and term that take it now; a returned one stays in its year."""
    season = seasons.of(experience, started_at=started_at)
    if experience.state is ExperienceState.DRAFT:
        experience.academic_year, experience.term = season.term.academic_year, season.term.term
    return season


def _fill(
    session: Session,
    actor: Actor,
    experience: Experience,
    values: ExperienceInput,
    begun_at: datetime,
) -> None:
    for name in ("summary", "link", "ai_note"):
        text = normalise(getattr(values, name))
        if len(text) > DRAFT_TEXT_POINTS:
            raise _too_long(name)
        setattr(experience, name, text)
    season = place(experience)
    of_kind = kind(experience.kind, experience.academic_year)
    known = {one.key for one in of_kind.fields}
    details = {key: normalise(text) for key, text in values.details.items() if key in known}
    for key, text in details.items():
        if len(text) > DETAIL_POINTS:
            raise _too_long(key)
    experience.details = {key: text for key, text in details.items() if text}
    experience.title = of_kind.title_of(experience.details)[:TITLE_POINTS]
    for slot in EXPERIENCE_SLOTS:
        file_id = getattr(values, f"{slot}_file_id")
        attaching.exchange(session, actor, experience, EXPERIENCE_SLOTS, slot, file_id)
    if season.window is not None and windows.open_at(season.window, begun_at):
        experience.started_at = begun_at


def _known(name: str, year: int) -> str:
    try:
        return kind(name, year).key
    except UnknownKind as error:
        raise missing() from error


def _said(experience: Experience) -> dict[str, object]:
    return {"kind": experience.kind, **attaching.told(experience)}


def _too_long(name: str) -> InvalidInput:
    return InvalidInput(_("文字太長，無法存成草稿。"), fields={name: _("文字太長，請刪減後再存。")})
