"""Selection slips 勾選確認單: a student's own, or of a class in one paper by the queue."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from flask import current_app
from flask_babel import gettext as _

from plugin import clock, db, jobs
from plugin.actor import Actor, Role
from plugin.clock import TAIPEI
from plugin.errors import Conflict
from plugin.portfolio.bundle_rows import LINK, PROOF
from plugin.portfolio.models import SelectionSlip
from plugin.portfolio.operations import downloads
from plugin.portfolio.operations.found import missing
from plugin.portfolio.queries import slips as queries
from plugin.portfolio.queries.slips import Chosen, Listed
from plugin.school import batches, rules
from plugin.school import queries as school_queries
from plugin.school.models import Person, School, SchoolClass, WindowKind
from plugin.settings import Settings
from plugin.trail.chain import record
from plugin.vault.models import StoredFile
from reports import slip as paper

PRINT = "selection.slips"
SLOT = "selection.slip"


@dataclass(frozen=True)
class Printed:
    """The paper of a class: for how many, and how many had not confirmed."""

    file: StoredFile
    students: int
    without: int


def own(actor: Actor, academic_year: int) -> StoredFile:
    """The student's own slip.

    :raises Conflict: the selection is not confirmed yet.
    """
    if actor.person_id is None or actor.school_id is None or not actor.has(Role.STUDENT):
        raise missing()
    student = school_queries.person(actor.school_id, actor.person_id)
    placed = school_queries.class_of([actor.person_id], academic_year).get(actor.person_id)
    if student is None or placed is None:
        raise Conflict(
            _("您在這個學年度還沒有班級座號，不能列印確認單。"), remedy=_("請洽註冊組。")
        )
    found = queries.chosen_of([student.id], academic_year)[student.id]
    if not found.confirmed:
        raise Conflict(
            _("勾選還沒有確認，不能列印確認單。"),
            remedy=_("請先在勾選頁確認課程學習成果與多元表現。"),
        )
    school_class = school_queries.school_class(actor.school_id, placed.class_id)
    assert school_class is not None
    content = _print(actor, school_class, [(placed.seat, student, found)])
    return downloads.paper(actor, f"{academic_year}-selection-slip.pdf", content, slot=SLOT)


def begin(actor: Actor, class_id: int) -> int:
    """Queue the slips of a class in one paper; returns the job's id.

    :raises NotFound: no class of the registry's school.
    """
    if not actor.has(Role.REGISTRY) or actor.school_id is None:
        raise missing()
    if school_queries.school_class(actor.school_id, class_id) is None:
        raise missing()
    with db.writing():
        return jobs.enqueue(actor, PRINT, {"class_id": class_id})


def print_class(actor: Actor, class_id: int) -> Printed:
    """The slips of everybody in a class who has confirmed.

    :raises Conflict: nobody has.
    """
    assert actor.school_id is not None
    school_class = school_queries.school_class(actor.school_id, class_id)
    assert school_class is not None
    students = school_queries.students_of_class(class_id)
    found = queries.chosen_of([one.id for _seat, one in students], school_class.academic_year)
    ready = [
        (seat, one, found[one.id])
        for seat, one in students
        if one.id in found and found[one.id].confirmed
    ]
    if not ready:
        raise Conflict(_("這個班級還沒有學生確認勾選。"))
    content = _print(actor, school_class, ready)
    name = f"{school_class.academic_year}-{school_class.code}-selection-slips.pdf"
    file = downloads.paper(actor, name, content, slot=SLOT)
    return Printed(file, len(ready), len(students) - len(ready))


def tell_printed(actor: Actor, job_id: int) -> None:
    """Whoever asked for a class's slips may fetch them."""
    downloads.tell_printed(actor, _("勾選確認單已經準備好"), f"/selections/slips/{job_id}")


def _print(
    actor: Actor, school_class: SchoolClass, rows: Sequence[tuple[int, Person, Chosen]]
) -> bytes:
    school = school_queries.school(school_class.school_id)
    year = school_class.academic_year
    with db.writing() as session:
        slips = [
            SelectionSlip(
                school_id=school.id,
                student_id=student.id,
                academic_year=year,
                outcomes=len(found.outcomes),
                experiences=len(found.experiences),
                digest=found.digest,
                token=secrets.token_urlsafe(32),
                made_by_id=actor.person_id,
                made_at=clock.now(),
            )
            for _seat, student, found in rows
        ]
        session.add_all(slips)
        session.flush()
        record(
            actor, "selection.slips", "school_class", school_class.id,
            year=year, students=len(slips),
        )  # fmt: skip
        pages = [
            _page(school, school_class, slip, *row) for slip, row in zip(slips, rows, strict=True)
        ]
    return paper.selection_slips_pdf(pages)


def _page(
    school: School,
    school_class: SchoolClass,
    slip: SelectionSlip,
    seat: int,
    student: Person,
    found: Chosen,
) -> paper.SelectionSlip:
    settings: Settings = current_app.extensions["licheng.settings"]
    year = school_class.academic_year
    return paper.SelectionSlip(
        number=slip.number,
        school_name=school.name,
        academic_year=year,
        class_name=school_class.name,
        seat=str(seat),
        student_number=student.number,
        student_name=student.name,
        outcome_limit=rules.number(school.id, "selection.outcomes.max", year),
        experience_limit=rules.number(school.id, "selection.experiences.max", year),
        made_at=slip.made_at,
        due=_due(school.id, school_class),
        verify_url=f"{settings.public_url}/verify/slip/{slip.token}",
        outcomes=tuple(_item(one) for one in found.outcomes),
        experiences=tuple(_item(one) for one in found.experiences),
    )


def _item(one: Listed) -> paper.SlipItem:
    words = {**PROOF, "link": LINK}
    return paper.SlipItem(
        one.about,
        one.title,
        one.certified_by or "、".join(words[name] for name in one.proof),
        one.at.astimezone(TAIPEI).date() if one.at else None,
    )


def _due(school_id: int, school_class: SchoolClass) -> str:
    """The day on which the window closes, as the paper says it."""
    _batch, period = batches.current(
        school_id, WindowKind.SELECTION, school_class.academic_year, school_class.grade
    )
    if period is None:
        return "學校指定日期"
    day = period.closes_at.astimezone(TAIPEI)
    return f"{day.year - 1911} 年 {day.month} 月 {day.day} 日"
