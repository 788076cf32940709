"""An office, its committee, and cases that come before a meeting."""

from __future__ import annotations

from collections.abc import Sequence

from plugin import clock, db
from plugin.actor import Actor
from plugin.certification import criteria
from plugin.certification.models import (
    Assignment,
    CaseState,
    Category,
    CertificationCase,
    Meeting,
    MeetingItem,
    ReviewerProfile,
    ReviewVerdict,
    Score,
)
from plugin.certification.operations import meetings
from plugin.certification.operations.meetings import Facts
from plugin.school.models import School
from tests.factories.certification import make_applicant, make_case, make_reviewer
from tests.plugin.certification.desk_world import ANSWERS

FIT, UNFIT = ReviewVerdict.FIT, ReviewVerdict.UNFIT


def members(office: School, *names: str) -> list[Actor]:
    """Reviewers whose data are known."""
    some = [make_reviewer(office, name=name) for name in names or ("林委員", "陳委員")]
    with db.writing() as session:
        for one in some:
            session.add(
                ReviewerProfile(
                    person_id=one.person_id, school_id=office.id, organisation="別的學校",
                    co_authors="", changed_at=clock.now(),
                )
            )  # fmt: skip
    return some


def reviewed(
    office: School,
    some: Sequence[Actor],
    verdicts: Sequence[ReviewVerdict | None] = (FIT, FIT),
    *,
    n: int = 1,
    category: Category = Category.ADMINISTRATIVE,
    state: CaseState = CaseState.REVIEW,
) -> CertificationCase:
    """A case with the sheets of these members; None: not handed in."""
    applicant = make_applicant(office, national_id=f"A1{n:08d}")
    answers = ANSWERS | {"category": category.value}
    returns_to = CaseState.REVIEW if state is CaseState.ORAL else None
    case = make_case(applicant, state, category=category, answers=answers, returns_to=returns_to)
    now = clock.now()
    marks = {one.key: one.weight for one in criteria.sheet(category)}
    with db.writing() as session:
        for who, verdict in zip(some, verdicts, strict=False):
            row = Assignment(
                case_id=case.id, reviewer_id=who.person_id, due_on=clock.today(),
                assigned_at=now, declared_at=now,
            )  # fmt: skip
            session.add(row)
            session.flush()
            if verdict is not None:
                session.add(
                    Score(
                        assignment_id=row.id, marks=marks, total=100, verdict=verdict,
                        comment="計畫完整。", saved_at=now, handed_in_at=now,
                    )
                )  # fmt: skip
    return case


def called(clerk: Actor, some: Sequence[Actor], **more: object) -> Meeting:
    """A meeting at which these members are present."""
    told: dict = {
        "name": "115 年度第 3 次審查小組會議",
        "held_on": clock.today(),
        "time": "下午2時至4時",
        "place": "第一會議室",
        "chair": "張主席",
        "recorder": "李紀錄",
        "members": [one.person_id for one in some],
    }
    return meetings.save(clerk, Facts(**(told | more)))


def before(clerk: Actor, meeting: Meeting, *cases: CertificationCase) -> list[MeetingItem]:
    """Put cases on the agenda; in the order given."""
    meetings.add(clerk, meeting.id, [one.id for one in cases])
    return [item_of(meeting, one) for one in cases]


def item_of(meeting: Meeting, case: CertificationCase) -> MeetingItem:
    """The case on the agenda, as it stands."""
    query = db.reading().query(MeetingItem).filter_by(meeting_id=meeting.id, case_id=case.id)
    return query.populate_existing().one()


def state_of(case: CertificationCase) -> CaseState:
    """As it stands."""
    return db.reading().get_one(CertificationCase, case.id, populate_existing=True).state


def now(meeting: Meeting) -> Meeting:
    """As it stands."""
    return db.reading().get_one(Meeting, meeting.id, populate_existing=True)
