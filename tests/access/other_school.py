"""The other school: one real thing of each kind, all its texts marked, and how it shares an LMS."""

from __future__ import annotations

import json
from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from plugin import clock, db
from plugin.actor import Role
from plugin.assistant.dialogue.state import State, Task
from plugin.assistant.models import Conversation, Speaker, Turn
from plugin.entrance.models import (
    CourseBinding,
    Deployment,
    DeploymentState,
    Invitation,
    LaunchContext,
    LaunchLog,
    LaunchPerson,
    Registration,
    RegistrationState,
)
from plugin.jobs import Job, JobState
from plugin.portfolio.models import (
    AdmissionPreview,
    AdviceTemplate,
    AnswerVerdict,
    BasicRecord,
    CaseArea,
    CaseState,
    CentralImport,
    CentralItem,
    CentralMatch,
    CentralState,
    CertifyingChoice,
    CheckState,
    Counselling,
    CounsellingAddendum,
    CounsellingKind,
    CounsellingState,
    CounsellingStudent,
    CounsellingTopic,
    CounsellingVersion,
    CounsellorAssignment,
    CourseFreeze,
    CourseRecord,
    DigestRun,
    EarlierRecord,
    ExchangeArrival,
    ExchangeCourse,
    ExchangeIn,
    ExchangeOut,
    ExchangeOutStudent,
    ExchangePost,
    ExchangeSetting,
    ExportState,
    FileLook,
    HoldState,
    InState,
    OfficerPost,
    Outcome,
    OutState,
    PortfolioExport,
    PostLevel,
    ReceiptAnswer,
    ReceiptMapping,
    ReceiptSheet,
    ReceiptStatement,
    RecordCase,
    Reminder,
    ReturnReason,
    SelectionHold,
    SelectionKind,
    SelectionSlip,
    SheetState,
    ShrinkOffer,
    ShrinkState,
    StatementKind,
    Submission,
    SubmissionCheck,
    SubmissionFault,
    SubmissionRow,
    SubmissionState,
    Substitution,
    TermWorkbook,
    TermWorkbookRow,
)
from plugin.portfolio.operations import experiences, selection
from plugin.school import calendar_queries
from plugin.school import operations as school_operations
from plugin.school.batches import Batch
from plugin.school.calendar_models import Audience, PlanPart, ReminderRun
from plugin.school.importing.definition import Action
from plugin.school.importing.models import (
    ImportChange,
    ImportFault,
    ImportState,
    PlanCourse,
    SchoolImport,
)
from plugin.school.models import (
    Course,
    CourseTeacher,
    Person,
    RoleGrant,
    SchoolClass,
    WindowKind,
)
from plugin.school.operations import briefings, papers
from plugin.services.models import (
    CourseGroup,
    CourseMember,
    Errand,
    ErrandKind,
    GradeColumn,
    GradePush,
    Progress,
    PushState,
    RosterState,
)
from plugin.trail.models import Message
from plugin.trail.notify import notify
from plugin.vault.models import FileLending, FileLink, FileOpening, Receipt
from tests.access.other_office import make_office_things
from tests.access.other_office_rows import make_office_rows
from tests.factories import make_staff, make_window
from tests.plugin.portfolio import experience_world
from tests.plugin.portfolio.world import World, make_world, pdf, staged

SECRET = "別校機密"
"""Stands in every text of the other school."""

ISSUER = "https://canvas.instructure.example"

Ids = dict[str, int | str]


def connection(shared: str, ours: int | None, theirs: int) -> int:
    """The other school's registration, and how the two schools meet in an LMS.

    `own`: each its own platform, ours has none. `deployments`: one registration of the issuer,
    made by us, with a deployment for each school (Canvas). `clients`: two clients of one issuer.
    `vendor`: one registration of no school (Blackboard), a deployment for each.
    """
    now = clock.now()

    def registration(school_id: int | None, client_id: str, issuer: str) -> int:
        made = Registration(
            school_id=school_id, issuer=issuer, client_id=client_id,
            auth_login_url="https://lms.example/a", token_url="https://lms.example/t",
            key_set_url="https://lms.example/k", state=RegistrationState.ACTIVE,
            created_at=now, updated_at=now,
        )  # fmt: skip
        with db.writing() as session:
            session.add(made)
            session.flush()
            return made.id

    def deployment(registration_id: int, school_id: int, name: str) -> None:
        with db.writing() as session:
            session.add(
                Deployment(
                    registration_id=registration_id,
                    deployment_id=name,
                    school_id=school_id,
                    state=DeploymentState.ACTIVE,
                    first_seen_at=now,
                )
            )

    if shared == "own" or ours is None:
        return registration(theirs, "theirs", f"https://{SECRET}.example")
    if shared == "clients":
        mine = registration(ours, "ours", ISSUER)
        deployment(mine, ours, "1")
        return registration(theirs, SECRET, ISSUER)
    mine = registration(None if shared == "vendor" else ours, "both", ISSUER)
    deployment(mine, ours, "1")
    return mine


def make_other_school(shared: str = "own", ours: int | None = None) -> tuple[World, Ids]:
    """The other school, and the ids of its things by argument name."""
    world = make_world()
    sent, certified = world.sent(title=SECRET), world.certified(title=SECRET, summary=SECRET)
    draft = world.draft(title=SECRET)
    make_window(world.school, WindowKind.EXPERIENCE_UPLOAD)
    given = {"name": SECRET, "made_on": "2026-11-01"}
    experience = experience_world.sent(world, "work", details=given, summary=SECRET)
    selection.select(world.pupil, experience.id, SelectionKind.EXPERIENCE)
    returned = experience_world.sent(world, "work", details=given)
    experiences.return_(experience_world.officer(world), returned.id, SECRET)
    boss = make_staff(world.school, Role.ADMINISTRATOR, Role.COUNSELLOR)
    now, school_id = clock.now(), world.school.id
    registration_id = connection(shared, ours, school_id)
    with db.writing() as session:
        session.execute(sa.update(Person).where(Person.school_id == school_id).values(name=SECRET))
        session.execute(sa.update(Course).where(Course.school_id == school_id).values(name=SECRET))
        session.execute(
            sa.update(SchoolClass).where(SchoolClass.school_id == school_id).values(name=SECRET)
        )
        deployment = Deployment(
            registration_id=registration_id, deployment_id=SECRET, school_id=school_id,
            state=DeploymentState.WAITING, first_seen_at=now,
        )  # fmt: skip
        account = LaunchPerson(
            registration_id=registration_id, school_id=school_id, subject="9", name=SECRET,
            email=f"{SECRET}@x.example", number=SECRET, first_seen_at=now, changed_at=now,
        )  # fmt: skip
        pupil = LaunchPerson(
            registration_id=registration_id, school_id=school_id, subject="10", name=SECRET,
            email="", number=SECRET, first_seen_at=now, changed_at=now,
            person_id=world.student.id, bound_at=now,
        )  # fmt: skip
        context = LaunchContext(
            registration_id=registration_id, school_id=school_id, context_id="9", label=SECRET,
            title=SECRET, number=SECRET, memberships_url="https://lms.example/m",
            line_items_url="https://lms.example/l", first_seen_at=now, changed_at=now,
        )  # fmt: skip
        invitation = Invitation(
            school_id=school_id, token_digest="0" * 64, created_at=now,
            expires_at=now + timedelta(days=1),
        )  # fmt: skip
        submission = Submission(
            school_id=school_id, academic_year=115, version=1, number=SECRET,
            state=SubmissionState.FROZEN, made_by_name=SECRET, made_at=now, frozen_at=now,
            totals=dict.fromkeys(["rows", "students", "classes", "files", "bytes"], 1),
            token="of-the-other-school",
        )  # fmt: skip
        submission_check = SubmissionCheck(
            school_id=school_id, academic_year=115, batch=Batch.ORDINARY, state=CheckState.DONE,
            made_by_name=SECRET, made_at=now, done_at=now,
            totals=dict.fromkeys(
                ["rows", "outcomes", "experiences", "students", "classes", "files", "bytes",
                 "errors", "warnings"], 1,
            ),
        )  # fmt: skip
        job = Job(
            school_id=school_id, kind="selection.slips", args={}, asked_by_id=world.registry.id,
            state=JobState.DONE, created_at=now, error=SECRET,
        )  # fmt: skip
        session.add_all(
            [
                Reminder(
                    school_id=school_id, person_id=world.student.id, day=clock.today(), at=now,
                    duties=[SECRET],
                ),
                AdmissionPreview(
                    school_id=school_id, student_id=world.student.id, statement=SECRET,
                    synthesis=SECRET, outcome_ids=[certified.id], changed_at=now,
                ),
            ]
        )  # fmt: skip
        export = PortfolioExport(
            school_id=school_id, student_id=world.student.id, asked_by_id=world.student.id,
            state=ExportState.FAILED, failure=SECRET, made_at=now,
        )  # fmt: skip
        session.add_all([deployment, account, pupil, context, invitation, submission, export])
        session.add_all([submission_check, job])
        session.flush()
        session.add_all(
            [
                SubmissionFault(
                    check_id=submission_check.id, sequence=1, code="outcome.no_summary",
                    blocks=True, record_kind=SelectionKind.OUTCOME, outcome_id=sent.id,
                    student_id=world.student.id, class_id=world.school_class.id,
                ),
                SelectionHold(
                    class_id=world.school_class.id, state=HoldState.OPEN, reason=SECRET,
                    until=now - timedelta(days=1), by_name=SECRET, at=now,
                ),
                SelectionSlip(
                    school_id=school_id, student_id=world.student.id, academic_year=115,
                    outcomes=1, experiences=1, digest="0" * 64, token="slip-of-the-other-school",
                    made_at=now,
                ),
            ]
        )  # fmt: skip
        session.flush()
        push = GradePush(
            school_id=school_id, launch_context_id=context.id, launch_person_id=pupil.id,
            person_id=world.student.id, progress=Progress.SUBMITTED, state=PushState.FAILED,
            code="COLUMN_GONE", detail=SECRET, wanted_at=now,
        )  # fmt: skip
        errand = Errand(
            school_id=school_id, registration_id=registration_id, kind=ErrandKind.TERMS,
            subject_id=1, url=f"https://{SECRET}/e", state=PushState.FAILED, detail=SECRET,
        )  # fmt: skip
        session.add_all(
            [
                push,
                errand,
                CourseBinding(
                    launch_context_id=context.id, course_id=world.course.id, bound_at=now
                ),
                CourseMember(
                    launch_context_id=context.id, launch_person_id=pupil.id, first_seen_at=now
                ),
                CourseGroup(launch_context_id=context.id, group_id="1", name=SECRET),
                RosterState(launch_context_id=context.id, code="OK", done_at=now, members=1),
                GradeColumn(
                    launch_context_id=context.id, line_item_url=f"https://{SECRET}/l", made_at=now
                ),
                LaunchLog(
                    at=now,
                    school_id=school_id,
                    registration_id=registration_id,
                    code="OK",
                    detail=SECRET,
                ),
            ]
        )
        counselling = _counselling(session, world, boss.id)
        academic = _academic(session, world)
        certification = _certification(session, world, boss.id, sent)
        issued = make_office_things(
            session, school_id, world.student.id, academic["case_id"], SECRET
        )
        make_office_rows(session, school_id, world.student.id, academic["case_id"], issued, SECRET)
        brought_in = _brought_in(session, world, sent.document_file_id or 0)
        handed_in = _handed_in(session, world, submission, sent)
        exchanged = _exchanged(session, world, sent, certified)
        talked = _talked(session, world)
        notify([world.student.id], SECRET[:2], SECRET, school_id=school_id, mail=False)
        session.flush()
        ids: Ids = {
            "outcome_id": sent.id,
            "experience_id": experience.id,
            "submission_id": submission.id,
            "export_id": export.id,
            "check_id": submission_check.id,
            "job_id": job.id,
            "person_id": world.student.id,
            "class_id": world.school_class.id,
            "course_id": world.course.id,
            "teaching_id": session.scalars(
                sa.select(CourseTeacher.id).where(CourseTeacher.course_id == world.course.id)
            ).one(),
            "grant_id": session.scalars(
                sa.select(RoleGrant.id).where(RoleGrant.person_id == boss.id).limit(1)
            ).one(),
            "launch_person_id": account.id,
            "context_id": context.id,
            "invitation_id": invitation.id,
            "deployment_id": deployment.id,
            "registration_id": registration_id,
            "push_id": push.id,
            "errand_id": errand.id,
            "key": talked,
            "message_id": session.scalar(sa.select(sa.func.max(Message.id))) or 0,
            "number": session.scalars(
                sa.select(Receipt.number).where(Receipt.file_id == sent.document_file_id).limit(1)
            ).one(),
            "file": sent.document_file_id or 0,
            "certified": certified.id,
            "draft": draft.id,
            **counselling,
            **academic,
            **_calendar(world),
            **certification,
            **issued,
            "code": world.school.code,
            **brought_in,
            **handed_in,
            **exchanged,
        }
    return world, ids


def _brought_in(session: Session, world: World, file_id: int) -> Ids:
    """A file of school data with a preview and a bad row, and a course of the plan."""
    school_id = world.school.id
    made = SchoolImport(
        school_id=school_id, file_id=file_id, academic_year=115, term=1, state=ImportState.READY,
        counts={}, message=SECRET, made_by_name=SECRET, made_at=clock.now(),
    )  # fmt: skip
    session.add(made)
    session.flush()
    said = {"number": SECRET, "name": SECRET}
    content = {"values": said, "before": {}, "after": said, "kept": {}}
    session.add_all(
        [
            ImportChange(
                import_id=made.id, kind="students", row=2, action=Action.NEW, content=content
            ),
            ImportFault(
                import_id=made.id, sheet=SECRET, row=2, cell="A2", column=SECRET, value=SECRET,
                reason=SECRET, remedy=SECRET,
            ),
            PlanCourse(school_id=school_id, code="1", name=SECRET),
        ]
    )  # fmt: skip
    return {"import_id": made.id}


def _handed_in(session: Session, world: World, submission: Submission, sent: Outcome) -> Ids:
    """A student's sheet with a dispute and its answer, and what the central side received."""
    now, school_id = clock.now(), world.school.id
    row = SubmissionRow(
        submission_id=submission.id, sequence=1, outcome_id=sent.id, student_id=world.student.id,
        cells={"title": SECRET, "class_name": SECRET, "document": None, "media": None},
        digest="0" * 64,
    )  # fmt: skip
    sheet = ReceiptSheet(
        school_id=school_id, submission_id=submission.id, academic_year=115,
        student_id=world.student.id, class_id=world.school_class.id, class_name=SECRET, items=1,
        digest="0" * 64, state=SheetState.DISPUTED, received=0,
    )  # fmt: skip
    central = CentralImport(
        school_id=school_id, academic_year=115, submission_id=submission.id,
        file_id=sent.document_file_id or 0, name=SECRET, sha256="0" * 64, password=SECRET,
        mapping={"names": {}, "words": []}, state=CentralState.DONE, made_by_name=SECRET,
        made_at=now,
        totals=dict.fromkeys(
            ["files", "records", "matched", "missing", "unknown_students", "unknown_items"], 1
        ),
    )  # fmt: skip
    mapping = ReceiptMapping(
        school_id=school_id, mapping={"names": {"title": [SECRET]}, "words": [SECRET]},
        set_by_name=SECRET, set_at=now,
    )  # fmt: skip
    lending = FileLending(
        school_id=school_id, subject=f"submission:{submission.id}", made_at=now,
        expires_at=now + timedelta(days=9),
    )  # fmt: skip
    session.add_all([row, sheet, central, mapping, lending])
    session.flush()
    lent = FileLink(lending_id=lending.id, file_id=sent.document_file_id)
    session.add(lent)
    session.flush()
    session.add(FileOpening(school_id=school_id, file_id=lent.file_id, link_id=lent.id, at=now))
    said = [
        ReceiptStatement(
            sheet_id=sheet.id, row_id=row.id, kind=StatementKind.DISPUTE, reason="other",
            text=SECRET, by_id=world.student.id, by_name=SECRET, at=now,
        )
        for _twice in range(2)
    ]  # fmt: skip
    session.add_all(said)
    session.flush()
    session.add_all(
        [
            ReceiptAnswer(
                statement_id=said[0].id, verdict=AnswerVerdict.UPHELD, text=SECRET,
                by_id=world.registry.id, by_name=SECRET, at=now,
            ),
            CentralItem(
                import_id=central.id, sequence=1, match=CentralMatch.UNKNOWN_STUDENT,
                accepted=True, label=SECRET, source=SECRET, stranger=SECRET,
            ),
        ]
    )  # fmt: skip
    return {"sheet_id": sheet.id, "statement_id": said[1].id, "central_id": central.id}


def _exchanged(session: Session, world: World, sent: Outcome, certified: Outcome) -> Ids:
    """A package for somebody, and one of somebody that brought an outcome."""
    now, school_id = clock.now(), world.school.id
    out = ExchangeOut(
        school_id=school_id, target=SECRET, reason=SECRET, base_name=SECRET, password=SECRET,
        unit_code="0", state=OutState.DONE, file_id=sent.document_file_id, made_by_name=SECRET,
        made_at=now, finished_at=now,
        totals=dict.fromkeys(
            ["students", "outcomes", "experiences", "posts", "files", "bytes"], 1
        ),
    )  # fmt: skip
    came = ExchangeIn(
        school_id=school_id, file_id=sent.document_file_id or 0, name=SECRET, sha256="0" * 64,
        password=SECRET, origin_code="1", state=InState.READY, made_by_name=SECRET, made_at=now,
        totals=dict.fromkeys(["students", "unknown", "new", "known", "faults", "files"], 0),
    )  # fmt: skip
    setting = ExchangeSetting(
        school_id=school_id, password=SECRET, unit_code="0", set_by_name=SECRET, set_at=now
    )
    session.add_all([out, came, setting])
    session.flush()
    session.add_all(
        [
            ExchangeOutStudent(exchange_out_id=out.id, student_id=world.student.id),
            ExchangeArrival(
                exchange_in_id=came.id, student_id=world.student.id, outcome_id=certified.id,
                item_key="0" * 64, origin_code=SECRET, details={}, arrived_at=now,
            ),
            ExchangeCourse(course_id=world.course.id, origin_code="1", exchange_in_id=came.id),
            EarlierRecord(
                school_id=school_id, student_id=world.student.id, academic_year=114,
                record_kind=SelectionKind.OUTCOME, sheet="regular", item_key="2" * 64,
                cells={"subject": SECRET, "summary": SECRET, "document_link": SECRET},
                brought_at=now,
            ),
            ExchangePost(
                exchange_in_id=came.id, student_id=world.student.id, item_key="1" * 64,
                origin_code="1", academic_year=115, term=1, level=PostLevel.CLUB, unit=SECRET,
                duty=SECRET, starts_on=now.date(), ends_on=now.date(), arrived_at=now,
            ),
            ShrinkOffer(
                school_id=school_id, owner_id=world.student.id, outcome_id=sent.id, token="0" * 32,
                name=SECRET, kind="pdf", size=1, sha256="0" * 64, limit=1,
                state=ShrinkState.OFFERED, made_at=now,
            ),
        ]
    )  # fmt: skip
    return {"exchange_out_id": out.id, "exchange_in_id": came.id}


def _certification(session: Session, world: World, substitute_id: int, sent: Outcome) -> Ids:
    """The school's words for returning, a substitute of its teacher, what the teacher opened."""
    now, school_id = clock.now(), world.school.id
    reason = ReturnReason(school_id=school_id, owner_id=None, place=1, text=SECRET, changed_at=now)
    substitution = Substitution(
        school_id=school_id, substitute_id=substitute_id, teacher_id=world.teacher.id,
        starts_on=clock.today(), ends_on=clock.today(), note=SECRET, made_at=now,
    )  # fmt: skip
    session.add_all(
        [
            reason,
            substitution,
            CertifyingChoice(person_id=world.teacher.id, keys=True, digest="off"),
            DigestRun(school_id=school_id, slot_on=clock.today(), teachers=1, at=now),
            FileLook(
                outcome_id=sent.id,
                person_id=world.teacher.id,
                file_id=sent.document_file_id,
                at=now,
            ),
        ]
    )
    session.flush()
    return {"reason_id": reason.id, "substitution_id": substitution.id}


def _calendar(world: World) -> Ids:
    """What its registry keeps beside the calendar: an extension, a change, papers, a briefing."""
    clerk, day = world.clerk, clock.today()
    until = clock.now() + timedelta(days=20)
    given, _told = school_operations.extend_window(
        clerk, WindowKind.OUTCOME_UPLOAD, 115, until, SECRET, term=1, student_id=world.student.id
    )
    school_operations.set_window(
        clerk, WindowKind.POSTS, 115, clock.now(), until, term=1, confirmed=True
    )
    change = calendar_queries.last_change(world.school.id, 115)
    item = papers.save_plan_item(clerk, 115, PlanPart.OTHER, SECRET, day, day, unit=SECRET)
    seat = papers.save_seat(clerk, 115, SECRET, SECRET, note=SECRET)
    said = {"held_on": day, "place": SECRET, "chair": SECRET, "present": SECRET, "minutes": SECRET}
    meeting = papers.save_meeting(clerk, said)
    told = {"audience": Audience.TEACHERS, "title": SECRET, "held_on": day, "place": SECRET}
    briefing = briefings.save(clerk, told)
    briefings.expect(clerk, briefing.id, world.student.number)
    paper = papers.receive_regulation(clerk, staged(pdf(), f"{SECRET}.pdf"))
    papers.add_regulation(clerk, day, SECRET, paper.id, note=SECRET)
    with db.writing() as session:
        session.add(
            ReminderRun(
                school_id=world.school.id, academic_year=115, term=1, kind=WindowKind.POSTS,
                grade=0, closes_on=day, days=7, begun_at=clock.now(),
            )
        )  # fmt: skip
    return {
        "extension_id": given.id,
        "change_id": change.id if change else 0,
        "item_id": item.id,
        "seat_id": seat.id,
        "meeting_id": meeting.id,
        "briefing_id": briefing.id,
    }


def _counselling(session: Session, world: World, counsellor_id: int) -> Ids:
    """A consultation with everything that hangs on it, and whose student it was."""
    now, school_id = clock.now(), world.school.id
    assignment = CounsellorAssignment(
        school_id=school_id, counsellor_id=counsellor_id, student_id=world.student.id,
        starts_on=clock.today(), made_at=now,
    )  # fmt: skip
    template = AdviceTemplate(
        school_id=school_id, owner_id=counsellor_id, title=SECRET, body=SECRET, changed_at=now
    )
    record = Counselling(
        school_id=school_id, counsellor_id=counsellor_id, counsellor_name=SECRET,
        kind=CounsellingKind.INDIVIDUAL, held_on=clock.today(), place=SECRET, topic=SECRET,
        topic_note=SECRET, summary=SECRET, advice=SECRET, follow_up=SECRET,
        follow_up_on=clock.today(), state=CounsellingState.KEPT, started_at=now, kept_at=now,
    )  # fmt: skip
    topic = CounsellingTopic(school_id=school_id, place=1, label=SECRET)
    session.add_all([assignment, template, record, topic])
    session.flush()
    version = CounsellingVersion(
        counselling_id=record.id, kind=record.kind, held_on=record.held_on, place=SECRET,
        topic=SECRET, topic_note=SECRET, summary=SECRET, advice=SECRET, follow_up=SECRET,
        student_ids=[world.student.id], counsellor_name=SECRET, at=now, replaced_at=now,
    )  # fmt: skip
    session.add_all(
        [
            CounsellingStudent(counselling_id=record.id, student_id=world.student.id),
            CounsellingAddendum(
                counselling_id=record.id, text=SECRET, by_id=counsellor_id, by_name=SECRET, at=now
            ),
            version,
        ]
    )
    return {
        "counselling_id": record.id,
        "template_id": template.id,
        "assignment_id": assignment.id,
    }


def _academic(session: Session, world: World) -> Ids:
    """Basic data, a post, a course record, a freeze, a report of an error, a workbook."""
    now, today, school_id = clock.now(), clock.today(), world.school.id
    common = {
        "school_id": school_id, "student_id": world.student.id, "academic_year": 115, "term": 1,
    }  # fmt: skip
    basic = BasicRecord(**common, class_name=SECRET, status=SECRET, set_at=now)
    post = OfficerPost(
        **common, level=PostLevel.CLUB, unit=SECRET, duty=SECRET, starts_on=today, ends_on=today,
        made_at=now,
    )  # fmt: skip
    record = CourseRecord(
        **common, kind="regular", subject_key=SECRET, subject=SECRET, grade=1, credits=4,
        course_id=world.course.id, note=SECRET, set_at=now,
    )  # fmt: skip
    freeze = CourseFreeze(
        school_id=school_id, academic_year=115, term=1, course_id=world.course.id, frozen_at=now,
        frozen_by_name=SECRET,
    )  # fmt: skip
    case = RecordCase(
        **common, area=CaseArea.BASIC, about=SECRET, text=SECRET, reported_at=now,
        state=CaseState.OPEN,
    )  # fmt: skip
    workbook = TermWorkbook(
        school_id=school_id, academic_year=115, term=1, book="posts", batch="ordinary",
        number="24", version=1, made_by_name=SECRET, made_at=now,
    )  # fmt: skip
    session.add_all([basic, post, record, freeze, case, workbook])
    session.flush()
    line = TermWorkbookRow(
        workbook_id=workbook.id, sequence=1, sheet="posts", record_id=post.id,
        student_id=world.student.id, student_number=SECRET, student_name=SECRET,
        cells={"unit": SECRET}, national_id=SECRET, identity="i", digest="d",
    )  # fmt: skip
    session.add(line)
    return {
        "post_id": post.id,
        "record_id": record.id,
        "case_id": case.id,
        "workbook_id": workbook.id,
    }


def _talked(session: Session, world: World) -> str:
    """A conversation with a form half filled in; the key of its page."""
    now, task = clock.now(), Task("outcome.upload")
    conversation = Conversation(
        school_id=world.school.id, person_id=world.student.id, version=1, updated_at=now,
        state=json.dumps(State([task]).pack()),
    )  # fmt: skip
    session.add(conversation)
    session.flush()
    session.add(
        Turn(
            school_id=world.school.id, conversation_id=conversation.id, speaker=Speaker.PERSON,
            content=SECRET, said_at=now,
        )
    )  # fmt: skip
    return task.key
