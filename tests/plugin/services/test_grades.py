"""Grades are told to the gradebook of the demo LMS, over HTTP."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import has_request_context
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lti.services import grades
from lti.services.errors import ServiceError
from plugin import db, jobs, schedule
from plugin.actor import Role
from plugin.entrance.models import (
    Deployment,
    DeploymentState,
    LaunchPerson,
    Registration,
    RegistrationState,
)
from plugin.entrance.operations import binding
from plugin.errors import NotAllowed, NotFound
from plugin.portfolio.operations import certification, outcomes
from plugin.services import listening, queries, telling
from plugin.services.models import (
    CourseMember,
    GradeColumn,
    GradePush,
    Progress,
    PushState,
    ServiceToken,
)
from plugin.services.operations import planning, pushes
from plugin.trail import events
from plugin.trail.models import AuditEvent
from tests import factories
from tests.plugin.portfolio import world
from tests.plugin.services.conftest import add, column_of, push_of, rows


@pytest.fixture
def truth(app) -> Callable[..., dict]:
    """What the portfolio says, said by hand: `truth[course, person] = "certified"`."""
    said: dict[tuple[int, int], str] = {}

    def progress(school_id, *, course_ids=None, person_ids=None):
        return {
            (course, person): word
            for (course, person), word in said.items()
            if (course_ids is None or course in course_ids)
            and (person_ids is None or person in person_ids)
        }

    app.extensions["licheng.progress"] = progress
    return said


@pytest.fixture
def lesson(connected, truth):
    """Course 2 of the LMS stands for a course; its students 3, 4, 5 are ours."""
    return Lesson(connected, truth)


class Lesson:
    def __init__(self, connected, truth, product="moodle"):
        self.connected, self.truth, self.school = connected, truth, connected.school
        if product != "moodle":
            with db.writing() as session:
                session.get_one(Registration, connected.registration_id).product = product
        self.context = connected.context()
        self.people = {s: factories.make_student(self.school) for s in ("3", "4", "5")}
        self.course = factories.make_course(self.school, students=self.people.values())
        connected.bind(self.context, self.course)
        self.accounts = {s: connected.account(s, p) for s, p in self.people.items()}

    def happens(self, word, *subjects):
        """Outcomes of these students move: what the portfolio would say and announce."""
        for subject in subjects:
            self.truth[self.course.id, self.people[subject].id] = word
        with db.writing():
            for subject in subjects:
                events.announce(
                    events.outcome_certified, school_id=self.school.id, outcome_id=1,
                    person_id=self.people[subject].id, course_id=self.course.id,
                )  # fmt: skip

    def push(self, subject="3"):
        return push_of(self.accounts[subject])

    def grade(self, subject="3"):
        return self.connected.grade(subject)

    @property
    def faults(self):
        return self.connected.platform.faults


def due(clock, minutes=1):
    """The clock comes round."""
    clock.advance(minutes=minutes)
    schedule.tick("services.grades_due")
    db._close_reads()


def test_a_certified_outcome_is_one_point(lesson):
    lesson.happens("certified", "3")
    assert lesson.grade() == 1
    assert lesson.grade("4") is None
    [column] = lesson.connected.columns
    assert (column.label, column.maximum, column.link_id) == ("學習成果認證", 1, None)
    push = lesson.push()
    assert (push.state, push.told, push.code) == (PushState.SENT, Progress.CERTIFIED, "")
    [line] = rows(AuditEvent, verb="grade.told")
    assert line.detail == {"progress": "certified", "context": lesson.context.id}


def test_the_second_one_goes_into_the_same_column(lesson):
    lesson.happens("certified", "3")
    lesson.happens("certified", "4")
    assert (lesson.grade("3"), lesson.grade("4")) == (1, 1)
    assert len(lesson.connected.columns) == 1


def test_a_column_that_is_there_is_used(lesson):
    lesson.happens("certified", "3")
    with db.writing() as session:
        session.delete(session.get_one(GradeColumn, lesson.context.id))
    lesson.happens("certified", "4")
    assert len(lesson.connected.columns) == 1
    assert lesson.grade("4") == 1


def test_submitted_is_not_told_where_it_empties_a_grade(lesson):
    lesson.happens("submitted", "3")
    assert lesson.connected.columns == []
    assert lesson.push().state is PushState.SKIPPED
    lesson.happens("certified", "3")
    assert lesson.grade() == 1


def test_submitted_is_told_without_a_number_where_it_does_not(connected, truth, monkeypatch):
    lesson = Lesson(connected, truth, product="canvas")
    told = spy(monkeypatch)
    lesson.happens("submitted", "3")
    lesson.happens("certified", "3")
    assert [(one.given, one.activity, one.grading) for one in told] == [
        (None, "Submitted", "PendingManual"),
        (1.0, "Completed", "FullyGraded"),
    ]
    assert lesson.grade() == 1


@pytest.mark.parametrize("product", ["moodle", "canvas"])
def test_a_grade_is_never_taken_back(connected, truth, monkeypatch, product):
    """Reopened, withdrawn, sent again, returned: the gradebook shows 1 all the same."""
    lesson = Lesson(connected, truth, product=product)
    lesson.happens("certified", "3")
    told = spy(monkeypatch)
    lesson.happens("submitted", "3")
    del lesson.truth[lesson.course.id, lesson.people["3"].id]
    planning.ask(lesson.school.id, course_ids=[lesson.course.id])
    lesson.happens("submitted", "3")
    lesson.happens("certified", "3")
    assert told == []
    assert lesson.grade() == 1
    assert lesson.push().told is Progress.CERTIFIED


def test_of_several_outcomes_and_courses_the_furthest_counts(lesson):
    other = factories.make_course(lesson.school, students=lesson.people.values())
    lesson.connected.bind(lesson.context, other)
    lesson.truth[other.id, lesson.people["3"].id] = "certified"
    lesson.happens("submitted", "3")
    assert lesson.grade() == 1


def test_every_lms_course_of_a_course_is_told(lesson, connected):
    second = connected.context("3")
    connected.bind(second, lesson.course)
    lesson.happens("certified", "3")
    assert {column.course_id for column in connected.columns} == {"2", "3"}
    assert [push.state for push in rows(GradePush)] == [PushState.SENT] * 2


def test_many_at_once_are_one_job_and_two_tokens(lesson, monkeypatch):
    """One token for the columns, one for the scores, however many scores."""
    asked = count_tokens(monkeypatch)
    before = len(rows(jobs.Job, kind=planning.JOB))
    with listening.gathered():
        lesson.happens("certified", "3", "4", "5")
    assert len(rows(jobs.Job, kind=planning.JOB)) == before + 1
    assert [lesson.grade(s) for s in ("3", "4", "5")] == [1, 1, 1]
    assert len(asked) == 2


def test_two_hundred_of_one_request_are_one_job(lesson, app, monkeypatch):
    monkeypatch.setattr(listening, "has_request_context", has_request_context)
    with app.test_request_context():
        lesson.happens("certified", *["3", "4", "5"] * 67)
        assert rows(jobs.Job, kind=planning.JOB) == []
        app.process_response(app.make_response(""))
    [job] = rows(jobs.Job, kind=planning.JOB)
    assert job.args["courses"] == [lesson.course.id]
    assert lesson.grade("5") == 1


def test_planning_costs_a_constant_number_of_statements(lesson, count_statements):
    found = []
    for size in (3, 120):
        for n in range(size):
            student = factories.make_student(lesson.school)
            lesson.connected.account(f"{size}-{n}", student)
            lesson.truth[lesson.course.id, student.id] = "certified"
        with count_statements() as statements:
            planning.plan(lesson.school.id, course_ids=[lesson.course.id])
        found.append(len(statements))
    assert found[0] == found[1]


class TestConflict:
    """409: the score is not newer than what is there."""

    def test_another_second_helps(self, lesson, clock):
        lesson.happens("certified", "4")
        [column] = lesson.connected.columns
        # As if the platform had stamped its own now onto a score of this very second.
        stored(lesson, column, "3", clock().timestamp())
        lesson.happens("certified", "3")
        assert lesson.grade() == 1
        assert lesson.push().attempts == 0

    def test_one_that_does_not_go_away_waits(self, lesson, clock):
        lesson.happens("certified", "4")
        [column] = lesson.connected.columns
        stored(lesson, column, "3", clock().timestamp() + 1000)
        lesson.happens("certified", "3")
        push = lesson.push()
        assert (push.state, push.code) == (PushState.WAITING, "SCORE_CONFLICT")
        assert lesson.grade() is None
        due(clock, minutes=20)
        assert lesson.grade() == 1

    def test_what_rose_meanwhile_is_what_is_told_again(self, connected, truth, monkeypatch):
        lesson = Lesson(connected, truth, product="canvas")
        told = []

        def post(connector, url, score, timestamp):
            told.append(score.activity)
            if len(told) == 1:
                key = (lesson.course.id, lesson.people["3"].id)
                lesson.truth[key] = "certified"
                planning.plan(lesson.school.id, course_ids=[lesson.course.id])
                raise ServiceError("SCORE_CONFLICT")

        monkeypatch.setattr(grades, "post_score", post)
        lesson.happens("submitted", "3")
        assert told == ["Submitted", "Completed"]
        assert lesson.push().told is Progress.CERTIFIED


class TestFailure:
    def test_a_dead_token_endpoint_and_its_recovery(self, lesson, clock, monkeypatch):
        lesson.faults.token_status = 503
        asked = count_tokens(monkeypatch)
        lesson.happens("certified", "3", "4", "5")
        assert {one.state for one in rows(GradePush)} == {PushState.WAITING}
        assert lesson.push().code == "SERVICE_BUSY"
        tries = len(asked)
        due(clock, minutes=0)
        assert len(asked) == tries, "not before its time"
        due(clock)
        assert len(asked) == tries + 1, "one try for all three"
        lesson.faults.token_status = 200
        due(clock, minutes=2)
        assert [lesson.grade(s) for s in ("3", "4", "5")] == [1, 1, 1]
        assert lesson.push().attempts == 0

    def test_waits_grow_and_end(self, lesson, clock):
        lesson.faults.service_status = 503
        lesson.happens("certified", "3")
        waits = []
        while lesson.push().state is PushState.WAITING:
            waits.append(lesson.push().next_at - clock())
            clock.set(lesson.push().next_at)
            due(clock, minutes=0)
        assert waits[:3] == [timedelta(minutes=1), timedelta(minutes=2), timedelta(minutes=4)]
        assert max(waits) == timedelta(hours=6)
        assert lesson.push().state is PushState.FAILED
        assert [one.detail["code"] for one in rows(AuditEvent, verb="grade.failed")] == [
            "SERVICE_BUSY"
        ]
        lesson.faults.service_status = 200
        due(clock)
        assert lesson.grade() is None, "it waits for somebody"

    def test_who_is_not_in_the_course(self, lesson, connected, clock):
        connected.members_of().pop("3")
        lesson.happens("certified", "3", "4")
        assert lesson.grade("4") == 1
        push = lesson.push()
        assert (push.state, push.code) == (PushState.FAILED, "MEMBER_UNKNOWN")
        lesson.happens("certified", "3")
        assert lesson.push().attempts == 1, "the same again would fail again"

    def test_who_comes_into_the_course_later(self, lesson, connected):
        from plugin.services import syncing

        role = connected.members_of().pop("3")
        lesson.happens("certified", "3")
        connected.members_of()["3"] = role
        syncing.synchronise(lesson.context.id, "test")
        assert lesson.grade() == 1

    def test_who_has_left_by_the_roster_is_not_told_of(self, lesson):
        add(
            CourseMember(
                launch_context_id=lesson.context.id, launch_person_id=lesson.accounts["3"].id,
                active=False, first_seen_at=lesson.context.first_seen_at,
            )
        )  # fmt: skip
        lesson.happens("certified", "3")
        assert rows(GradePush) == []

    def test_a_column_that_was_deleted_is_made_again_once(self, lesson, monkeypatch):
        lesson.happens("certified", "3")
        drop_columns(lesson)
        lesson.happens("certified", "4")
        assert lesson.grade("4") == 1
        assert len(lesson.connected.columns) == 1
        monkeypatch.setattr(grades, "post_score", raises("COLUMN_GONE"))
        lesson.happens("certified", "5")
        assert len(lesson.connected.columns) == 1, "found again, not made again and again"
        assert lesson.push("5").code == "COLUMN_GONE"

    def test_a_killed_worker_tells_the_same_again(self, lesson, clock, monkeypatch):
        """Between the platform's answer and our note of it."""

        def killed(*_args):
            raise SystemExit

        monkeypatch.setattr(pushes, "told", killed)
        with pytest.raises(SystemExit):
            lesson.happens("certified", "3")
        monkeypatch.undo()
        assert lesson.grade() == 1
        assert lesson.push().state is PushState.WAITING
        monkeypatch.setattr(telling, "pause", lambda seconds: clock.advance(seconds=seconds))
        clock.advance(minutes=1)
        jobs.recover()
        due(clock)
        assert lesson.push().state is PushState.SENT
        assert lesson.grade() == 1
        assert len(lesson.connected.columns) == 1

    def test_a_stopped_platform_is_left_alone_and_loses_nothing(self, lesson, clock):
        lesson.faults.service_status = 503
        lesson.happens("certified", "3")
        lesson.faults.service_status = 200
        with db.writing() as session:
            registration = session.get_one(Registration, lesson.connected.registration_id)
            registration.state = RegistrationState.DISABLED
        due(clock)
        assert lesson.push().state is PushState.WAITING
        with db.writing() as session:
            registration = session.get_one(Registration, lesson.connected.registration_id)
            registration.state = RegistrationState.ACTIVE
        due(clock, minutes=7 * 60)
        assert lesson.grade() == 1

    def test_a_stopped_deployment_is_told_nothing(self, lesson, clock):
        """The token would still be good for the whole site."""
        lesson.faults.service_status = 503
        lesson.happens("certified", "3")
        lesson.faults.service_status = 200
        with db.writing() as session:
            deployment = session.scalars(sa.select(Deployment)).one()
            deployment.state = DeploymentState.DISABLED
        due(clock)
        assert lesson.push().state is PushState.WAITING
        with db.writing() as session:
            session.merge(deployment).state = DeploymentState.ACTIVE
        due(clock, minutes=7 * 60)
        assert lesson.grade() == 1

    def test_an_administrator_tries_again(self, lesson):
        lesson.faults.service_status = 403
        lesson.happens("certified", "3", "4")
        with db.writing() as session:
            for push in session.scalars(planning.sa.select(GradePush)):
                push.state, push.next_at = PushState.FAILED, None
        lesson.faults.service_status = 200
        boss = factories.actor_of(factories.make_staff(lesson.school, Role.ADMINISTRATOR))
        assert pushes.try_again(boss, lesson.push("3").id) == 1
        assert (lesson.grade("3"), lesson.grade("4")) == (1, None)
        assert pushes.try_again(boss) == 1
        assert lesson.grade("4") == 1
        with pytest.raises(NotFound):
            pushes.try_again(boss, lesson.push("3").id)

    def test_nobody_else_does(self, lesson):
        clerk = factories.actor_of(factories.make_staff(lesson.school, Role.REGISTRY))
        stranger = factories.make_staff(factories.make_school(), Role.ADMINISTRATOR)
        lesson.happens("certified", "3")
        with pytest.raises(NotAllowed):
            pushes.try_again(clerk)
        assert pushes.try_again(factories.actor_of(stranger)) == 0


class TestLater:
    """What happened before anybody knew whose account it is, or which course."""

    def test_a_person_who_is_bound_later(self, lesson, connected):
        student = factories.make_student(lesson.school)
        lesson.truth[lesson.course.id, student.id] = "certified"
        account = connected.account("6")
        planning.ask(lesson.school.id, course_ids=[lesson.course.id])
        assert lesson.grade("6") is None
        clerk = factories.actor_of(factories.make_staff(lesson.school, Role.REGISTRY))
        binding.bind_person(clerk, account.id, student.id)
        assert lesson.grade("6") == 1

    def test_a_course_that_is_bound_later(self, lesson, connected):
        later = connected.context("3")
        lesson.happens("certified", "3")
        clerk = factories.actor_of(factories.make_staff(lesson.school, Role.REGISTRY))
        binding.choose_courses(clerk, later.id, [lesson.course.id])
        assert {column.course_id for column in connected.columns} == {"2", "3"}

    def test_what_a_lost_event_should_have_led_to(self, lesson, clock):
        lesson.truth[lesson.course.id, lesson.people["3"].id] = "certified"
        for _ in range(24):
            clock.advance(hours=1)
            schedule.tick("services.round")
        assert lesson.grade() == 1

    def test_an_account_that_is_undone_is_not_told(self, lesson, clock):
        lesson.faults.service_status = 503
        lesson.happens("certified", "3")
        clerk = factories.actor_of(factories.make_staff(lesson.school, Role.REGISTRY))
        binding.unbind_person(clerk, lesson.accounts["3"].id)
        lesson.faults.service_status = 200
        due(clock)
        assert lesson.grade() is None
        assert (lesson.push().state, lesson.push().code) == (PushState.SKIPPED, "UNBOUND")
        binding.bind_person(clerk, lesson.accounts["3"].id, lesson.people["3"].id)
        assert lesson.grade() == 1

    def test_an_account_that_is_somebody_elses_now(self, lesson, clock):
        """What the first one earned is not told for the second."""
        lesson.faults.service_status = 503
        lesson.happens("certified", "3")
        clerk = factories.actor_of(factories.make_staff(lesson.school, Role.REGISTRY))
        binding.unbind_person(clerk, lesson.accounts["3"].id)
        another = factories.make_student(lesson.school)
        lesson.truth[lesson.course.id, another.id] = "submitted"
        binding.bind_person(clerk, lesson.accounts["3"].id, another.id)
        lesson.faults.service_status = 200
        due(clock)
        assert lesson.grade() is None


class TestApart:
    def test_two_schools_on_one_registration(self, connected, connect, truth):
        ours = Lesson(connected, truth)
        other = factories.make_school()
        there = connect(other, shared=connected)
        context = there.context("3")
        student = factories.make_student(other)
        course = factories.make_course(other, students=[student])
        there.bind(context, course)
        there.account("3", student)
        truth[course.id, student.id] = "certified"
        planning.ask(other.id, course_ids=[course.id])
        assert {column.course_id for column in connected.columns} == {"3"}
        ours.happens("certified", "4")
        assert {push.school_id for push in rows(GradePush)} == {ours.school.id, other.id}

    def test_asked_about_another_schools_course(self, lesson):
        other = factories.make_school()
        lesson.truth[lesson.course.id, lesson.people["3"].id] = "certified"
        assert planning.plan(other.id, course_ids=[lesson.course.id]) == []
        assert planning.plan(other.id, context_ids=[lesson.context.id]) == []

    def test_two_writers_at_one_gradebook_are_one(self, lesson, clock):
        book = pushes.hold(lesson.context.id, "one")
        assert pushes.hold(lesson.context.id, "two") is None
        clock.advance(pushes.LEASE + timedelta(seconds=1))
        assert pushes.hold(lesson.context.id, "two") is not None
        with pytest.raises(pushes.Lost):
            pushes.due(book)
        assert column_of(lesson.context).holder == "two"

    def test_clients_on_one_issuer_share_no_token(self, connected, connect, truth):
        Lesson(connected, truth).happens("certified", "3")
        other = connect(factories.make_school())
        Lesson(other, truth).happens("certified", "3")
        kept = rows(ServiceToken)
        assert len({one.token for one in kept}) == len(kept) == 4
        assert {one.registration_id for one in kept} == {
            connected.registration_id, other.registration_id,
        }  # fmt: skip

    def test_tokens_are_not_readable_on_disk(self, lesson):
        lesson.happens("certified", "3")
        raw = db.reading().execute(planning.sa.text("SELECT token FROM service_token")).scalars()
        issued = set(lesson.connected.platform.lms.tokens)
        assert issued
        assert not issued & set(raw)


def test_without_the_scope_nothing_is_planned(connect, school, truth):
    roster = "https://purl.imsglobal.org/spec/lti-nrps/scope/contextmembership.readonly"
    lesson = Lesson(connect(school, scopes=[roster]), truth)
    lesson.happens("certified", "3")
    assert rows(GradePush) == []


def test_a_school_without_gradebooks_makes_no_jobs(app, truth):
    school = factories.make_school()
    planning.ask(school.id, course_ids=[1], person_ids=[2])
    assert rows(jobs.Job) == []


def test_the_whole_way_from_the_portfolio(app, connect):
    """Sent, certified, reopened, sent again: by the portfolio's own operations."""
    made = world.make_world()
    there = connect(made.school)
    there.bind(there.context(), made.course)
    account = there.account("3", made.student)
    outcome = made.sent()
    assert push_of(account).state is PushState.SKIPPED
    certification.certify(made.master, outcome.id)
    assert there.grade("3") == 1
    outcomes.reopen(made.pupil, outcome.id)
    outcomes.send(made.pupil, outcome.id)
    assert there.grade("3") == 1
    assert queries.push_counts(made.school.id) == {PushState.SENT: 1}


# --- any sequence ---------------------------------------------------------------------------------


STEPS = st.lists(
    st.sampled_from(
        ["submitted", "certified", "nothing", "deliver", "conflict", "fail", "kill", "unbind",
         "bind", "again", "round"]
    ),
    max_size=14,
)  # fmt: skip


@given(steps=STEPS, tells=st.booleans())
@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_what_was_told_never_falls(steps, tells, connected, truth, clock, monkeypatch):
    """Whatever happens in whatever order: nothing after a grade, and never less."""
    with monkeypatch.context() as patch:
        lesson = Lesson(connected_anew(connected), truth, "canvas" if tells else "moodle")
        told, mood = [], ["deliver"]

        def post(_connector, _url, score, _timestamp):
            if mood[0] == "conflict":
                raise ServiceError("SCORE_CONFLICT")
            if mood[0] == "fail":
                raise ServiceError("SERVICE_UNREACHABLE")
            told.append(score)
            if mood[0] == "kill":
                raise KeyboardInterrupt

        patch.setattr(grades, "post_score", post)
        patch.setattr(telling._Telling, "_column", lambda self, _connector: "https://x.test/1")
        patch.setattr(jobs, "_wake", lambda *_args: None)
        key = (lesson.course.id, lesson.people["3"].id)
        for step in steps:
            if step in {"submitted", "certified"}:
                truth[key] = step
            elif step == "nothing":
                truth.pop(key, None)
            elif step in {"unbind", "bind"}:
                with db.writing() as session:
                    account = session.get_one(LaunchPerson, lesson.accounts["3"].id)
                    account.person_id = lesson.people["3" if step == "bind" else "4"].id
            elif step in {"deliver", "conflict", "fail", "kill"}:
                mood[0] = step
                clock.advance(minutes=10)
                with suppress(KeyboardInterrupt):
                    telling.tell(lesson.context.id, "test")
            elif step == "again":
                with db.writing() as session:
                    for push in session.scalars(
                        planning.sa.select(GradePush).filter_by(state=PushState.FAILED)
                    ):
                        push.state, push.next_at = PushState.WAITING, clock()
            planning.plan(lesson.school.id, context_ids=[lesson.context.id])
            ranks = [2 if one.given == 1 else 1 for one in told]
            assert ranks == sorted(ranks)
            assert tells or 1 not in ranks
            for push in rows(GradePush, launch_context_id=lesson.context.id):
                assert push.told is None or planning.RANK[push.told] in ranks
        truth.clear()


def connected_anew(connected):
    """The same connection, for another school: examples do not meet."""
    from dataclasses import replace

    school = factories.make_school()
    add(
        Deployment(
            registration_id=connected.registration_id, deployment_id=f"d{school.id}",
            school_id=school.id, state=DeploymentState.ACTIVE,
            first_seen_at=school.created_at,
        )
    )  # fmt: skip
    with db.writing() as session:
        session.get_one(Registration, connected.registration_id).product = "moodle"
    return replace(connected, school=school)


# --- helpers --------------------------------------------------------------------------------------


def spy(monkeypatch):
    """Scores that are sent from now on; they do go."""
    told, send = [], grades.post_score

    def post(connector, url, score, timestamp):
        send(connector, url, score, timestamp)
        told.append(score)

    monkeypatch.setattr(grades, "post_score", post)
    return told


def count_tokens(monkeypatch):
    from lti.services.connector import Connector

    asked, fetch = [], Connector._new_token

    def counted(self, scopes):
        asked.append(scopes)
        return fetch(self, scopes)

    monkeypatch.setattr(Connector, "_new_token", counted)
    return asked


def raises(code):
    def post(*_args):
        raise ServiceError(code)

    return post


def stored(lesson, column, subject, stamp):
    """The LMS holds a score (emptied by hand) of this second already."""
    from lti.platform.state import Score

    state = lesson.connected.platform.lms.state
    with state.lock:
        state.put_score(Score(column.id, subject, None, "", int(stamp)))


def drop_columns(lesson):
    state = lesson.connected.platform.lms.state
    with state.change():
        for column in lesson.connected.columns:
            state.drop_item(column.id)
