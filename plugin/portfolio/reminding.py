"""Who still must act before a window of the portfolio closes (`plugin.school.reminding`).

Each is a SELECT of person ids. Nobody is told who has nothing to do: a student without any work
of the year is not asked to confirm a selection.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import sqlalchemy as sa
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import aliased

from plugin import clock
from plugin.actor import Role
from plugin.portfolio.models import (
    BasicRecord,
    Counselling,
    CounsellingState,
    CourseFreeze,
    CourseRecord,
    Experience,
    ExperienceState,
    HoldState,
    OfficerPost,
    Outcome,
    OutcomeState,
    ReceiptSheet,
    Selection,
    SelectionHold,
    SelectionKind,
    SheetState,
    Submission,
    SubmissionState,
)
from plugin.portfolio.queries.batches import anything, of_grades
from plugin.school import windows
from plugin.school.batches import Batch, of_grade
from plugin.school.course_queries import valid_on
from plugin.school.models import (
    ClassSeat,
    Course,
    CourseTeacher,
    Enrolment,
    RoleGrant,
    SchoolClass,
    WindowKind,
)
from plugin.school.reminding import Slot, registers
from plugin.school.terms import Term
from plugin.school.windows import FINAL_GRADE

UNSENT = (OutcomeState.DRAFT, OutcomeState.RETURNED)


def _outcomes_unsent(slot: Slot) -> sa.Select[Any]:
    """Students with a draft, or with returned work that was not sent again."""
    return sa.select(Outcome.student_id).where(
        Outcome.school_id == slot.school_id,
        Outcome.academic_year == slot.academic_year,
        Outcome.term == slot.term,
        Outcome.state.in_(UNSENT),
        *slot.conditions(student=Outcome.student_id),
    )


def _certification_waits(slot: Slot) -> sa.Select[Any]:
    """Who teaches a course today in which something waits for a decision."""
    return (
        sa.select(CourseTeacher.person_id)
        .join(Outcome, Outcome.course_id == CourseTeacher.course_id)
        .where(
            Outcome.school_id == slot.school_id,
            Outcome.academic_year == slot.academic_year,
            Outcome.term == slot.term,
            Outcome.state == OutcomeState.SENT,
            *valid_on(CourseTeacher, clock.today()),
            *slot.conditions(course=Outcome.course_id, grade=Outcome.grade),
        )
    )


def _experiences_unsent(slot: Slot) -> sa.Select[Any]:
    """Students with a draft, or with a returned one that was not sent again."""
    return sa.select(Experience.student_id).where(
        Experience.school_id == slot.school_id,
        Experience.academic_year == slot.academic_year,
        Experience.term == slot.term,
        Experience.state.in_((ExperienceState.DRAFT, ExperienceState.RETURNED)),
        *slot.conditions(student=Experience.student_id),
    )


def _selection_unconfirmed(slot: Slot) -> sa.Select[Any]:
    """Students who have something to select and have not confirmed a selection of it."""
    outcomes = sa.select(Outcome.student_id).where(
        Outcome.school_id == slot.school_id,
        Outcome.academic_year == slot.academic_year,
        Outcome.state == OutcomeState.CERTIFIED,
        ~_confirmed(slot, SelectionKind.OUTCOME, Outcome.student_id),
        *slot.conditions(student=Outcome.student_id),
    )
    experiences = sa.select(Experience.student_id).where(
        Experience.school_id == slot.school_id,
        Experience.academic_year == slot.academic_year,
        Experience.state == ExperienceState.SENT,
        ~_confirmed(slot, SelectionKind.EXPERIENCE, Experience.student_id),
        *slot.conditions(student=Experience.student_id),
    )
    either = outcomes.union_all(experiences).subquery()
    return sa.select(either.c.student_id).where(~_locked(slot, either.c.student_id))


def _locked(slot: Slot, student: Any) -> sa.ColumnElement[bool]:
    """The registry's last word on the student's class locks it: they can change nothing."""
    later = aliased(SelectionHold)
    last = sa.select(sa.func.max(later.id)).where(later.class_id == ClassSeat.class_id)
    return sa.exists().where(
        ClassSeat.student_id == student,
        ClassSeat.class_id == SchoolClass.id,
        SchoolClass.academic_year == slot.academic_year,
        SelectionHold.class_id == ClassSeat.class_id,
        SelectionHold.state == HoldState.LOCKED,
        SelectionHold.id == last.correlate(ClassSeat).scalar_subquery(),
    )


def _confirmed(slot: Slot, kind: SelectionKind, student: Any) -> sa.ColumnElement[bool]:
    return sa.exists().where(
        Selection.student_id == student,
        Selection.academic_year == slot.academic_year,
        Selection.kind == kind,
        Selection.locked_at.is_not(None),
    )


def _receipt_unconfirmed(slot: Slot) -> sa.Select[Any]:
    """Students whose newest sheet waits for them: nothing said yet, or every dispute answered."""
    return (
        sa.select(ReceiptSheet.student_id)
        .join(Submission, Submission.id == ReceiptSheet.submission_id)
        .where(
            ReceiptSheet.school_id == slot.school_id,
            ReceiptSheet.academic_year == slot.academic_year,
            ReceiptSheet.current,
            ReceiptSheet.state.in_((SheetState.WAITING, SheetState.ANSWERED)),
            *_of_batch(slot),
        )
    )


def _of_batch(slot: Slot) -> list[sa.ColumnElement[bool]]:
    """The sheets whose window this is: those of its batch, or of all that have none of their
    own."""
    with_own = [
        one
        for one in of_grade(FINAL_GRADE)
        if windows.exact(slot.school_id, slot.kind, slot.academic_year, one.place, FINAL_GRADE)
    ]
    # a batch's window is not one of its grade: the other batch may be among all the others
    others = tuple(
        one
        for one in slot.others
        if windows.exact(slot.school_id, slot.kind, slot.academic_year, 0, one)
    )
    found = replace(slot, others=others).conditions(
        student=ReceiptSheet.student_id, grade=ReceiptSheet.grade
    )
    if slot.term:
        return [Submission.batch == list(Batch)[slot.term], *found]
    return [Submission.batch.not_in(with_own), *found]


def _counselling_drafts(slot: Slot) -> sa.Select[Any]:
    """Counsellors with consultations of the term that are not registered yet."""
    term = Term(slot.academic_year, slot.term)
    return sa.select(Counselling.counsellor_id).where(
        Counselling.school_id == slot.school_id,
        Counselling.state == CounsellingState.DRAFT,
        Counselling.held_on.between(term.first_day, term.last_day),
    )


def _not_submitted(slot: Slot) -> sa.Select[Any]:
    """The registry, as long as a batch whose window this is has not been handed in."""
    owed = [
        sa.and_(
            _has_classes(slot, batches[0]),
            ~_handed_in(slot, batches),
            *_something_left(slot, batches),
        )
        for batches in _batches_of(slot)
    ]
    return _holders(slot, Role.REGISTRY).where(sa.or_(sa.false(), *owed))


def _something_left(slot: Slot, batches: tuple[Batch, ...]) -> list[sa.ColumnElement[bool]]:
    """Of the third year's second batch alone: something is selected that the first has not handed
    in. Where there is nothing, nothing can be handed in, and nobody is asked to."""
    if batches != (Batch.SECOND,):
        return []
    return [anything(slot.school_id, slot.academic_year, Batch.SECOND)]


def _batches_of(slot: Slot) -> list[tuple[Batch, ...]]:
    """What a submission window asks for; of batches that share one, either will do."""
    third = tuple(one for one in of_grade(FINAL_GRADE) if _is_of(slot, FINAL_GRADE, one))
    ordinary = any(_is_of(slot, grade, Batch.ORDINARY) for grade in range(1, FINAL_GRADE))
    return [(Batch.ORDINARY,)] * ordinary + [third] * bool(third)


def _is_of(slot: Slot, grade: int, batch: Batch) -> bool:
    found = windows.find(
        slot.school_id, slot.kind, slot.academic_year, grade=grade, batch=batch.place
    )
    return found is not None and (found.term, found.grade) == (slot.term, slot.grade)


def _has_classes(slot: Slot, batch: Batch) -> sa.ColumnElement[bool]:
    return sa.exists().where(
        SchoolClass.school_id == slot.school_id,
        SchoolClass.academic_year == slot.academic_year,
        of_grades(batch),
    )


def _handed_in(slot: Slot, batches: tuple[Batch, ...]) -> sa.ColumnElement[bool]:
    return sa.exists().where(
        Submission.school_id == slot.school_id,
        Submission.academic_year == slot.academic_year,
        Submission.batch.in_(batches),
        Submission.state == SubmissionState.FROZEN,
    )


def _no_posts(slot: Slot) -> sa.Select[Any]:
    """Student affairs, as long as no post of the term is registered."""
    there = sa.exists().where(
        OfficerPost.school_id == slot.school_id,
        OfficerPost.academic_year == slot.academic_year,
        OfficerPost.term == slot.term,
        OfficerPost.removed_at.is_(None),
    )
    return _holders(slot, Role.STUDENT_AFFAIRS).where(~there)


def _no_basic_data(slot: Slot) -> sa.Select[Any]:
    """The registry, as long as no enrolment of the term is registered."""
    there = sa.exists().where(
        BasicRecord.school_id == slot.school_id,
        BasicRecord.academic_year == slot.academic_year,
        BasicRecord.term == slot.term,
    )
    return _holders(slot, Role.REGISTRY).where(~there)


def _courses_open(slot: Slot) -> sa.Select[Any]:
    """Who teaches a course in which a student has no result yet and nothing is frozen."""
    frozen = sa.exists().where(
        CourseFreeze.school_id == slot.school_id,
        CourseFreeze.academic_year == slot.academic_year,
        CourseFreeze.term == slot.term,
        CourseFreeze.thawed_at.is_(None),
        sa.or_(CourseFreeze.course_id.is_(None), CourseFreeze.course_id == Course.id),
    )
    result = sa.exists().where(
        CourseRecord.course_id == Enrolment.course_id,
        CourseRecord.student_id == Enrolment.student_id,
        CourseRecord.removed_at.is_(None),
        sa.or_(CourseRecord.score.is_not(None), CourseRecord.passed.is_not(None)),
    )
    return (
        sa.select(CourseTeacher.person_id)
        .join(Course, Course.id == CourseTeacher.course_id)
        .join(Enrolment, Enrolment.course_id == Course.id)
        .where(
            Course.school_id == slot.school_id,
            Course.academic_year == slot.academic_year,
            Course.term == slot.term,
            Enrolment.active,
            *valid_on(CourseTeacher, clock.today()),
            *slot.conditions(course=Course.id, grade=Course.grade),
            ~frozen,
            ~result,
        )
    )


def _holders(slot: Slot, role: Role) -> sa.Select[Any]:
    """Who holds a granted role today."""
    today = clock.today()
    return sa.select(RoleGrant.person_id).where(
        RoleGrant.school_id == slot.school_id,
        RoleGrant.role == role,
        RoleGrant.revoked_at.is_(None),
        RoleGrant.starts_on <= today,
        sa.or_(RoleGrant.ends_on.is_(None), RoleGrant.ends_on >= today),
    )


registers(
    WindowKind.OUTCOME_UPLOAD, (Role.STUDENT,), _outcomes_unsent,
    words=_l("您有課程學習成果還沒有送出。"),
    path="/outcomes", endpoint="portfolio.outcome_list",
)  # fmt: skip
registers(
    WindowKind.CERTIFICATION, (Role.TEACHER, Role.SUBSTITUTE), _certification_waits,
    words=_l("您的課程還有學習成果等待認證。"),
    path="/certification", endpoint="portfolio.certification_queue",
)  # fmt: skip
registers(
    WindowKind.EXPERIENCE_UPLOAD, (Role.STUDENT,), _experiences_unsent,
    words=_l("您有多元表現還沒有送出。"),
    path="/experiences", endpoint="portfolio.experience_list",
)  # fmt: skip
registers(
    WindowKind.SELECTION, (Role.STUDENT,), _selection_unconfirmed,
    words=_l("您還沒有確認勾選。"),
    path="/selection", endpoint="portfolio.selection",
)  # fmt: skip
registers(
    WindowKind.RECEIPT, (Role.STUDENT,), _receipt_unconfirmed,
    words=_l("您還沒有確認收訖明細。"),
    path="/handed-in", endpoint="portfolio.handed_in",
)  # fmt: skip
registers(
    WindowKind.COUNSELLING, (Role.COUNSELLOR,), _counselling_drafts,
    words=_l("您有課程諮詢紀錄草稿還沒有登錄。"),
    path="/counselling/records?state=draft", endpoint="portfolio.counselling_records",
)  # fmt: skip
registers(
    WindowKind.SUBMISSION, (Role.REGISTRY,), _not_submitted,
    words=_l("本學年度的資料還沒有提交。"),
    path="/submissions", endpoint="portfolio.submission_list",
)  # fmt: skip
registers(
    WindowKind.POSTS, (Role.STUDENT_AFFAIRS,), _no_posts,
    words=_l("本學期的幹部紀錄還沒有登錄。"),
    path="/academic/posts", endpoint="portfolio.post_list",
)  # fmt: skip
registers(
    WindowKind.BASIC_DATA, (Role.REGISTRY,), _no_basic_data,
    words=_l("本學期的基本資料還沒有登錄。"),
    path="/academic/basics", endpoint="portfolio.basic_list",
)  # fmt: skip
registers(
    WindowKind.COURSE_RECORDS, (Role.TEACHER,), _courses_open,
    words=_l("您的課程還有修課紀錄沒有完成登錄。"),
    path="/academic/teaching", endpoint="portfolio.grade_courses",
)  # fmt: skip
