"""A student's export of everything: asked for, made in the queue, kept for the rule's days."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from forms.jinja import roc_date
from plugin import clock, db, jobs
from plugin.actor import Actor, Role
from plugin.errors import NotAllowed, NotFound
from plugin.portfolio.models import ExportState, PortfolioExport
from plugin.portfolio.operations.found import ForeignRecord, audited, hold_student, missing, nowhere
from plugin.portfolio.queries import counselling as counselling_queries
from plugin.school import queries as school_queries
from plugin.school import rules
from plugin.school.models import Person, PersonKind
from plugin.school.terms import term_of
from plugin.trail.chain import record
from plugin.trail.notify import notify
from plugin.vault import operations as vault
from plugin.vault.models import FileState, StoredFile

BUILD = "portfolio.export"
SLOT = "portfolio.export"
"""How the vault knows the package: it takes nothing of the student's space."""
KEEP_DAYS, BY_PARENT = "export.keep_days", "export.by_parent"


class ExportRefused(NotAllowed):
    """The school does not let parents export."""

    code = "EXPORT_REFUSED"


def subject(actor: Actor, student_id: int | None) -> Person:
    """Whose portfolio the actor may export: the student's own, or a child's where the school
    allows it today.

    :param student_id: None: the actor's own, or the first child's.
    :raises NotFound: somebody else's. :raises ExportRefused: the school's rule says no.
    """
    if actor.school_id is None or actor.person_id is None:
        raise missing()
    if actor.has(Role.STUDENT) and student_id in {None, actor.person_id}:
        return _student(actor.school_id, actor.person_id)
    wanted = student_id if student_id is not None else next(iter(actor.child_ids), None)
    if wanted is None or not actor.has(Role.PARENT) or wanted not in actor.child_ids:
        raise missing()
    child = _student(actor.school_id, wanted)
    year = term_of(clock.today()).academic_year
    if rules.value(actor.school_id, BY_PARENT, year).value is not True:
        raise ExportRefused(
            _("貴校目前沒有開放家長匯出子女的學習歷程檔案。"),
            remedy=_("學生本人可以匯出；如需開放，請洽註冊組。"),
            rule=BY_PARENT,
        )
    return child


def may_add_counselling(actor: Actor, student_id: int) -> bool:
    """Whether the actor may have the counselling records of the student in a folder of its own."""
    return student_id in counselling_queries.readable_by(actor)


@audited
def begin(actor: Actor, student_id: int | None, *, counselling: bool = False) -> PortfolioExport:
    """Ask for an export; one that is being made is not made twice.

    :param counselling: with the counselling records, where the actor may read them.
    :raises NotFound: somebody else's portfolio. :raises ExportRefused: a parent who may not.
    """
    student = subject(actor, student_id)
    with db.writing() as session:
        assert actor.person_id is not None
        hold_student(session, student.id)
        running = session.scalar(
            sa.select(PortfolioExport)
            .outerjoin(jobs.Job, jobs.Job.id == PortfolioExport.job_id)
            .where(
                PortfolioExport.asked_by_id == actor.person_id,
                PortfolioExport.student_id == student.id,
                PortfolioExport.state == ExportState.BUILDING,
                jobs.Job.state.in_([jobs.JobState.QUEUED, jobs.JobState.RUNNING]),
            )
        )
        if running is not None:
            return running
        with_counselling = counselling and may_add_counselling(actor, student.id)
        export = PortfolioExport(
            school_id=student.school_id,
            student_id=student.id,
            asked_by_id=actor.person_id,
            counselling=with_counselling,
            state=ExportState.BUILDING,
            made_at=clock.now(),
        )
        session.add(export)
        session.flush()
        record(
            actor, "export.begin", "person", student.id,
            export=export.id, counselling=with_counselling,
        )  # fmt: skip
        export.job_id = jobs.enqueue(
            actor, BUILD, {"export_id": export.id}, key=f"{BUILD}-{export.id}"
        )
        return export


def seen(actor: Actor, export_id: int) -> PortfolioExport:
    """An export that the actor asked for and may still have.

    :raises NotFound: somebody else's, also the student's own that a parent asked for.
    :raises ExportRefused: the school no longer lets parents export.
    """
    return _seen(actor, export_id)


@audited
def _seen(actor: Actor, export_id: int) -> PortfolioExport:
    export = db.reading().get(PortfolioExport, export_id)
    if export is None:
        raise nowhere(PortfolioExport, export_id)
    if export.asked_by_id != actor.person_id or export.school_id != actor.school_id:
        raise ForeignRecord("portfolio_export", export_id)
    subject(actor, export.student_id)
    return export


def finish(
    actor: Actor, export_id: int, file: StoredFile, sha256: str, totals: Mapping[str, int]
) -> None:
    """The package is in the vault: tell who asked; earlier packages of theirs make room."""
    with db.writing() as session:
        export = session.get_one(PortfolioExport, export_id)
        export.state, export.ready_at = ExportState.READY, clock.now()
        export.package_file_id, export.expires_at = file.id, file.expires_at
        export.totals = dict(totals)
        session.flush()
        _end_earlier(session, actor, export)
        record(
            actor, "export.ready", "person", export.student_id,
            export=export.id, file=file.id, sha256=sha256, **totals,
        )  # fmt: skip
        notify(
            [export.asked_by_id],
            _("學習歷程檔案已匯出，可以下載"),
            _(
                "您要求的匯出檔已經完成，請在 %(date)s 前下載；期限後會刪除，可以隨時重新匯出。",
                date=roc_date(file.expires_at),
            ),
            f"/exports/{export.id}",
            school_id=export.school_id,
            mail=False,
        )


def fail(actor: Actor, export_id: int, reason: str) -> None:
    """It could not be made; the page says why."""
    with db.writing() as session:
        export = session.get_one(PortfolioExport, export_id)
        export.state, export.failure = ExportState.FAILED, reason[:500]
        record(actor, "export.fail", "person", export.student_id, export=export.id)


def keep_days(school_id: int) -> timedelta:
    """How long a package is kept."""
    year = term_of(clock.today()).academic_year
    return timedelta(days=rules.number(school_id, KEEP_DAYS, year))


def _end_earlier(session: Session, actor: Actor, export: PortfolioExport) -> None:
    earlier = session.scalars(
        sa.select(PortfolioExport)
        .join(StoredFile, StoredFile.id == PortfolioExport.package_file_id)
        .where(
            PortfolioExport.asked_by_id == export.asked_by_id,
            PortfolioExport.student_id == export.student_id,
            PortfolioExport.id < export.id,
            StoredFile.state == FileState.DRAFT,
        )
    ).all()
    for one in earlier:  # at most one or two: each new package ends the one before
        assert one.package_file_id is not None
        one.expires_at = clock.now()
        vault.discard(actor, one.package_file_id)


def _student(school_id: int, student_id: int) -> Person:
    found = school_queries.person(school_id, student_id)
    if found is None or found.kind is not PersonKind.STUDENT:
        raise NotFound(missing().message, remedy=missing().remedy)
    return found
