"""Cases as their applicant sees them, and the school side's list of its people's cases."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa
from flask_babel import gettext as _

from plugin import db
from plugin.actor import Actor
from plugin.certification import papers, policy
from plugin.certification.forms.renewal import proof_label
from plugin.certification.models import (
    CaseClock,
    CaseEvent,
    CaseFile,
    CaseState,
    CaseVersion,
    CertificationCase,
    Correction,
    CorrectionItem,
    Mode,
    SchoolSide,
)
from plugin.errors import NotFound
from plugin.ids import row_id
from plugin.paging import PAGE_SIZE, Page
from plugin.vault import queries as vault
from plugin.vault.models import Receipt, StoredFile


@dataclass(frozen=True)
class Filed:
    """A document of a version, with its final receipt."""

    name: str
    label: str
    file: StoredFile
    receipt: Receipt | None


@dataclass(frozen=True)
class Asked:
    """An open request for correction: field → what is to be done."""

    correction: Correction
    items: dict[str, str]


@dataclass(frozen=True)
class Whole:
    """Everything of a case that its applicant may read."""

    case: CertificationCase
    versions: tuple[CaseVersion, ...]
    files: tuple[Filed, ...]
    """Of the newest version."""
    events: tuple[CaseEvent, ...]
    clocks: tuple[CaseClock, ...]
    """Those that run."""
    asked: Asked | None
    side: SchoolSide | None

    @property
    def newest(self) -> CaseVersion | None:
        """The version that holds; None before it is handed in."""
        return self.versions[0] if self.versions else None


def own(actor: Actor, after: int | None = None) -> Page[CertificationCase]:
    """The actor's cases, the newest first."""
    query = sa.select(CertificationCase).where(
        CertificationCase.school_id == actor.school_id,
        CertificationCase.applicant_id == (actor.person_id or 0),
    )
    return _page(query, after)


def seen(actor: Actor, case_id: int) -> CertificationCase:
    """A case to which the actor stands as applicant or, on the school side, as its desk.

    :raises NotFound: none such for this person.
    """
    case = db.reading().get(CertificationCase, case_id)
    if case is None or not policy.stands(actor, case) & {
        policy.Who.APPLICANT, policy.Who.SCHOOL_DESK,
    }:  # fmt: skip
        raise NotFound(_("找不到這件申請案。"), remedy=_("請由清單重新選擇。"))
    return case


def owned(actor: Actor, case_id: int) -> CertificationCase:
    """The actor's own case.

    :raises NotFound: none, or somebody else's.
    """
    case = seen(actor, case_id)
    policy.require(policy.owns(actor, case), _("找不到這件申請案。"))
    return case


def whole(actor: Actor, case_id: int) -> Whole:
    """A case with all that belongs to it; a constant number of statements.

    :raises NotFound: none such for this person.
    """
    case = seen(actor, case_id)
    session = db.reading()
    versions = session.scalars(
        sa.select(CaseVersion)
        .where(CaseVersion.case_id == case.id)
        .order_by(CaseVersion.number.desc())
    ).all()
    events = session.scalars(
        sa.select(CaseEvent).where(CaseEvent.case_id == case.id).order_by(CaseEvent.id.desc())
    ).all()
    clocks = session.scalars(
        sa.select(CaseClock)
        .where(CaseClock.case_id == case.id, CaseClock.ended_at.is_(None))
        .order_by(CaseClock.due_on)
    ).all()
    return Whole(
        case,
        tuple(versions),
        files_of(versions[0].id) if versions else (),
        tuple(events),
        tuple(clocks),
        asked(case),
        session.get(SchoolSide, case.id) if case.mode is Mode.SCHOOL else None,
    )


def asked(case: CertificationCase) -> Asked | None:
    """The request for correction that is open."""
    if case.state is not CaseState.CORRECTION:
        return None
    session = db.reading()
    correction = session.scalar(
        sa.select(Correction)
        .where(Correction.case_id == case.id, Correction.ended_at.is_(None))
        .order_by(Correction.id.desc())
        .limit(1)
    )
    if correction is None:
        return None
    query = sa.select(CorrectionItem).where(CorrectionItem.correction_id == correction.id)
    items = {one.field: one.words for one in session.scalars(query.order_by(CorrectionItem.id))}
    return Asked(correction, items)


def files_of(version_id: int) -> tuple[Filed, ...]:
    """The documents of a version in the order of the form, with their receipts."""
    query = (
        sa.select(CaseFile.slot, StoredFile)
        .join(StoredFile, StoredFile.id == CaseFile.file_id)
        .where(CaseFile.version_id == version_id)
        .order_by(CaseFile.id)
    )
    found = {row.slot: row.StoredFile for row in db.reading().execute(query)}
    receipts = vault.receipts(file.id for file in found.values())
    known = papers.papers()
    order = [name for name in known if name in found] + [
        name for name in found if name not in known
    ]
    return tuple(
        Filed(
            name,
            str(known[name].label) if name in known else proof_label(name),
            found[name],
            receipts.get(found[name].id),
        )
        for name in order
    )


def of_school(actor: Actor, state: str, after: int | None = None) -> Page[CertificationCase]:
    """What the school's people have prepared, the newest first; drafts are their own affair."""
    policy.require(policy.school_desk(actor), _("找不到這個頁面。"))
    query = sa.select(CertificationCase).where(
        CertificationCase.school_id == actor.school_id,
        CertificationCase.mode == Mode.SCHOOL,
        CertificationCase.state != CaseState.DRAFT,
        CertificationCase.applicant_id != (actor.person_id or 0),
    )
    if state in {one.value for one in CaseState}:
        query = query.where(CertificationCase.state == CaseState(state))
    return _page(query, after)


def counts_of_school(school_id: int) -> dict[CaseState, int]:
    """How many cases of the school side stand in which state."""
    query = (
        sa.select(CertificationCase.state, sa.func.count())
        .where(
            CertificationCase.school_id == school_id,
            CertificationCase.mode == Mode.SCHOOL,
            CertificationCase.state != CaseState.DRAFT,
        )
        .group_by(CertificationCase.state)
    )
    return {row[0]: row[1] for row in db.reading().execute(query)}


def _page(query: sa.Select[CertificationCase], after: int | None) -> Page[CertificationCase]:
    if after is not None:
        query = query.where(CertificationCase.id < after)
    rows = db.reading().scalars(query.order_by(CertificationCase.id.desc()).limit(PAGE_SIZE + 1))
    return Page.cut(rows.all(), PAGE_SIZE, lambda one: one.id)


def after_of(text: str | None) -> int | None:
    """`?after=` of an address."""
    return row_id(text)
