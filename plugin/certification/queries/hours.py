"""A person's ledger of hours: their entries, what other rooms know, and what counts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import sqlalchemy as sa
from flask_babel import gettext as _

from plugin import clock, db, jobs
from plugin.actor import Actor
from plugin.certification import hours
from plugin.certification.certificates import last_day
from plugin.certification.hours import Needs, Tally, Training
from plugin.certification.models import (
    CaseKind,
    Category,
    Certificate,
    CertificateState,
    CertificationCase,
    HourEntry,
    HoursPaper,
    Path,
    Renewal,
)
from plugin.errors import NotFound
from plugin.school import rules
from plugin.school.terms import term_of
from plugin.vault.models import FileState, StoredFile

MOST = 500
"""Entries of one person; a ledger is judged as a whole."""


@dataclass(frozen=True)
class View:
    """One way to look at the ledger: for an application, or for the renewal of a certificate.

    :param key: as it stands in an address: `administrative`, `teaching`, `renewal-12`.
    """

    key: str
    label: str
    needs: Needs


def trainings(actor: Actor) -> list[Training]:
    """What a person took part in: own entries, and what other rooms know to be finished."""
    assert actor.person_id is not None
    found = [_training(one) for one in entries(actor)]
    for source in hours.sources:
        found.extend(source(actor))
    return found


def entries(actor: Actor) -> list[HourEntry]:
    """The person's own entries that stand, the newest training first."""
    query = sa.select(HourEntry).where(
        HourEntry.person_id == actor.person_id, HourEntry.ended_at.is_(None)
    )
    query = query.order_by(HourEntry.held_on.desc(), HourEntry.id.desc()).limit(MOST)
    return list(db.reading().scalars(query))


def entry(actor: Actor, entry_id: int) -> HourEntry:
    """One of the person's own entries.

    :raises NotFound: somebody else's, or taken away.
    """
    found = db.reading().get(HourEntry, entry_id)
    if found is None or found.person_id != actor.person_id or found.ended_at is not None:
        raise NotFound(_("找不到這筆研習紀錄。"))
    return found


def files(some: list[Training]) -> dict[int, StoredFile]:
    """The proofs of trainings, by file; one statement."""
    ids = {one.file_id for one in some if one.file_id is not None}
    query = sa.select(StoredFile).where(
        StoredFile.id.in_(ids), StoredFile.state != FileState.PURGED
    )
    return {one.id: one for one in db.reading().scalars(query)}


def views(actor: Actor) -> list[View]:
    """How the person may look at the ledger; the one that matters now comes first."""
    assert actor.school_id is not None
    today = clock.today()
    case = own_case(actor)
    on = case.confirmed_at.astimezone(clock.TAIPEI).date() if case and case.confirmed_at else today
    found = []
    for key, category, label in (
        ("administrative", Category.ADMINISTRATIVE, _("申請認證：行政人員（經歷）")),
        ("teaching", Category.TEACHING, _("申請認證：教學人員（經歷）")),
    ):
        needs = hours.for_application(actor.school_id, category, Path.EXPERIENCE, on)
        assert needs is not None
        found.append(View(key, label, needs))
    if case is not None and case.category is Category.TEACHING:
        found.reverse()
    renewals = [
        View(
            f"renewal-{one.id}",
            _("展延：%(number)s", number=one.number),
            renewal_needs(one),
        )
        for one in _renewable(actor)
    ]
    new = case is not None and case.kind is CaseKind.NEW and case.decided_at is None
    return [*found, *renewals] if new else [*renewals, *found]


def tally(actor: Actor, needs: Needs) -> Tally:
    """The ledger as it counts today."""
    return hours.tally(trainings(actor), needs, clock.today())


def of_case(actor: Actor, case: CertificationCase) -> Tally | None:
    """The hours of a case of the person's own; None: it needs none.

    :raises NotFound: a renewal without a certificate.
    """
    needs = needs_of(case)
    return None if needs is None else tally(actor, needs)


def needs_of(case: CertificationCase) -> Needs | None:
    """What a case needs, by the day of its application. :raises NotFound: as `of_case`."""
    if case.kind is CaseKind.RENEWAL:
        query = (
            sa.select(Certificate)
            .join(Renewal, Renewal.certificate_id == Certificate.id)
            .where(Renewal.case_id == case.id)
        )
        found = db.reading().scalar(query)
        if found is None:
            raise NotFound(_("找不到要展延的證書。"))
        return renewal_needs(found)
    on = clock.today()
    if case.confirmed_at is not None:
        on = case.confirmed_at.astimezone(clock.TAIPEI).date()
    return hours.for_application(case.school_id, case.category, case.path, on)


def renewal_total(person_id: int, certificate: Certificate) -> Tally:
    """The hours that a person has for the renewal of a certificate, by everything that is known.

    Who may ask for somebody else's asks the caller.
    """
    person = Actor(school_id=certificate.school_id, person_id=person_id)
    return tally(person, renewal_needs(certificate))


def renewal_needs(certificate: Certificate) -> Needs:
    """What the renewal of a certificate needs: hours within the validity that runs now.

    :raises NotFound: it does not expire, so there is nothing to renew.
    """
    ends = certificate.expires_on
    if ends is None:
        raise NotFound(_("這張證書沒有有效期限，不需要展延。"))
    year = term_of(ends).academic_year
    years = rules.number(certificate.school_id, "certificate.years", year)
    begins = max(certificate.issued_on, _first_day(ends, years))
    return hours.for_renewal(certificate.school_id, begins, ends)


def own_case(actor: Actor) -> CertificationCase | None:
    """The person's newest case."""
    query = sa.select(CertificationCase).where(CertificationCase.applicant_id == actor.person_id)
    return db.reading().scalar(query.order_by(CertificationCase.id.desc()).limit(1))


def paper(actor: Actor) -> tuple[HoursPaper, jobs.Job | None] | None:
    """The joined table of the person, and the work that makes it; None: there is none."""
    query = sa.select(HoursPaper).where(HoursPaper.person_id == actor.person_id)
    found = db.reading().scalar(query)
    if found is None:
        return None
    job = db.reading().get(jobs.Job, found.job_id) if found.job_id is not None else None
    return found, job


def _renewable(actor: Actor) -> list[Certificate]:
    query = sa.select(Certificate).where(
        Certificate.holder_id == actor.person_id,
        Certificate.state == CertificateState.VALID,
        Certificate.expires_on >= clock.today(),
    )
    return list(db.reading().scalars(query.order_by(Certificate.id.desc())))


def _first_day(ends: date, years: int) -> date:
    """The first day of the validity that ends on a day: the inverse of `last_day`."""
    near = ends - timedelta(days=365 * years + years // 4 - 2)
    while last_day(near, years) >= ends:
        near -= timedelta(days=1)
    return near + timedelta(days=1)


def _training(one: HourEntry) -> Training:
    return Training(
        one.topic,
        one.title,
        one.provider,
        one.provider_kind,
        one.approval_number,
        one.held_on,
        one.minutes,
        one.digital,
        one.file_id,
        one.id,
        one.source,
    )
