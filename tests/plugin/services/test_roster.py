"""Rosters of LMS courses, read over HTTP from the demo LMS."""

from __future__ import annotations

import tracemalloc
from datetime import timedelta

import pytest

from lti.platform import world
from lti.services.errors import ServiceError
from lti.services.roster import Member
from plugin import db, jobs
from plugin.actor import Role
from plugin.entrance.models import (
    Deployment,
    DeploymentState,
    LaunchPerson,
    Registration,
    RegistrationState,
)
from plugin.errors import Conflict, NotFound
from plugin.services import listening, queries, syncing
from plugin.services.models import CourseGroup, CourseMember, RosterState, ServiceToken
from plugin.services.operations import groups, members, rosters
from plugin.trail.models import AuditEvent
from tests import factories
from tests.plugin.services.conftest import add, rows, state_of


def sync(context):
    db._close_reads()
    found = syncing.synchronise(context.id, "test")
    db._close_reads()
    return found


def active(context):
    return {
        account.subject: member
        for member in rows(CourseMember, launch_context_id=context.id, active=True)
        for account in rows(LaunchPerson, id=member.launch_person_id)
    }


def person_in(connected, **fields):
    """An LMS account, in the people of the LMS and in course 2."""
    one = world.Person(**({"username": fields["id"], "family_name": "", "given_name": ""} | fields))
    connected.platform.lms.world.people[one.id] = one
    connected.members_of()[one.id] = one.role
    return one


def test_everybody_in_the_course_becomes_known(connected):
    context = connected.context()
    said = sync(context)
    everybody = connected.members_of()
    assert said["members"] == len(everybody)
    accounts = {one.subject: one for one in rows(LaunchPerson)}
    assert set(accounts) == set(everybody)
    assert accounts["3"].name == "張小明"
    assert accounts["3"].number == "S001"
    assert accounts["3"].email == "student1@qingtian.test"
    state = state_of(context)
    assert (state.code, state.members, state.failures) == ("OK", len(everybody), 0)
    assert state.lease_until is None
    [line] = rows(AuditEvent, verb="roster.sync")
    assert line.detail["members"] == len(everybody)
    assert "張" not in str(line.detail)


def test_accounts_are_bound_by_the_rules_of_the_launch(connected):
    student = factories.make_student(connected.school, number="S001")
    stranger = factories.make_student(factories.make_school(), number="S002")
    sync(connected.context())
    accounts = {one.subject: one for one in rows(LaunchPerson)}
    assert accounts["3"].person_id == student.id
    assert accounts["3"].bound_how == "number"
    assert accounts["4"].person_id is None, f"{stranger.number} is of another school"


def test_by_email_only_where_the_school_trusts_its_lms(connected, connect, app):
    email = "student2@qingtian.test"
    factories.make_student(connected.school, number="other", email=email)
    sync(connected.context())
    assert rows(LaunchPerson, subject="4")[0].person_id is None
    trusting = factories.make_school(settings={"trust_lms_email": True})
    student = factories.make_student(trusting, number="other", email=email)
    there = connect(trusting)
    sync(there.context())
    [account] = rows(LaunchPerson, subject="4", school_id=trusting.id)
    assert account.person_id == student.id


def test_a_binding_that_the_registry_undid_stays_undone(connected):
    factories.make_student(connected.school, number="S001")
    connected.account("3", number="S001", hold=True)
    sync(connected.context())
    assert rows(LaunchPerson, subject="3")[0].person_id is None


def test_roles_of_the_roster_grant_and_take_nothing(connected):
    """Moodle's roster calls a non-editing teacher a Learner, whom the launch calls Instructor."""
    account = connected.account("34", taught=True)
    context = connected.context()
    sync(context)
    assert active(context)["34"].roles == ["learner"]
    assert rows(LaunchPerson, id=account.id)[0].taught is True


def test_what_a_platform_leaves_out_empties_nothing(connected):
    connected.account("3", name="張小明", email="old@qingtian.test", number="S001",
                      email_verified=True)  # fmt: skip
    connected.tool.claims = ["iss", "sub"]
    connected.platform.lms.world.people["3"] = world.Person("3", "student1", "", "", idnumber="")
    sync(connected.context())
    [account] = rows(LaunchPerson, subject="3")
    assert (account.name, account.email, account.number) == (
        "張小明", "old@qingtian.test", "S001",
    )  # fmt: skip
    assert account.email_verified is True


def test_news_of_the_roster_are_taken_over(connected):
    connected.account("3", name="舊名", email="old@x.test", email_verified=True)
    sync(connected.context())
    [account] = rows(LaunchPerson, subject="3")
    assert (account.name, account.email) == ("張小明", "student1@qingtian.test")
    assert account.email_verified is None, "that was said of another address"


def test_who_vanishes_is_inactive_and_may_return(connected, clock):
    context = connected.context()
    sync(context)
    role = connected.members_of().pop("3")
    clock.advance(hours=1)
    assert sync(context)["gone"] == 1
    [account] = rows(LaunchPerson, subject="3")
    [member] = rows(CourseMember, launch_person_id=account.id)
    assert (member.active, member.gone_at) == (False, clock())
    connected.members_of()["3"] = role
    sync(context)
    [again] = rows(CourseMember, launch_person_id=account.id)
    assert (again.id, again.active, again.gone_at) == (member.id, True, None)


def test_a_run_that_fails_half_way_loses_nobody(connected, monkeypatch):
    context = connected.context()
    sync(context)
    before = set(active(context))
    whole = syncing.members

    def breaks(*args, **options):
        for n, one in enumerate(whole(*args, **options)):
            if n == 3:
                raise ServiceError("SERVICE_UNREACHABLE", "gone")
            yield one

    monkeypatch.setattr(syncing, "members", breaks)
    monkeypatch.setattr(members, "BATCH", 2)
    connected.members_of().pop("5")
    assert sync(context) == {"code": "SERVICE_UNREACHABLE"}
    assert set(active(context)) == before
    state = state_of(context)
    assert (state.code, state.failures, state.members) == ("SERVICE_UNREACHABLE", 1, len(before))
    monkeypatch.undo()
    assert sync(context)["gone"] == 1
    assert set(active(context)) == before - {"5"}


def test_failures_wait_longer_each_time_and_end(connected, clock):
    context = connected.context()
    connected.platform.faults.service_status = 503
    waits = []
    for _ in range(8):
        sync(context)
        waits.append(state_of(context).next_at - clock())
    assert waits == [timedelta(minutes=2**n) for n in range(8)]
    connected.platform.faults.service_status = 200
    assert sync(context)["members"]
    assert state_of(context).failures == 0


def test_a_platform_that_refuses_tokens_and_comes_back(connected):
    context = connected.context()
    connected.platform.faults.token_status = 503
    assert sync(context) == {"code": "SERVICE_BUSY"}
    connected.platform.faults.token_status = 200
    assert sync(context)["members"]


def test_two_schools_on_one_registration_never_mix(connected, connect):
    other = factories.make_school()
    there = connect(other, shared=connected)
    ours, theirs = connected.context("2"), there.context("3")
    mine = factories.make_student(connected.school, number="S001")
    yours = factories.make_student(other, number="S001")
    sync(ours)
    sync(theirs)
    assert {one.person_id for one in rows(LaunchPerson, subject="3")} == {mine.id, yours.id}
    for context, school in ((ours, connected.school), (theirs, other)):
        for member in rows(CourseMember, launch_context_id=context.id):
            [account] = rows(LaunchPerson, id=member.launch_person_id)
            assert account.school_id == school.id


@pytest.mark.parametrize("stopped", ["registration", "deployment"])
def test_what_is_stopped_is_not_asked(connected, stopped):
    context = connected.context()
    with db.writing() as session:
        if stopped == "registration":
            session.get_one(
                Registration, connected.registration_id
            ).state = RegistrationState.DISABLED
        else:
            session.get_one(Deployment, connected.deployment_id).state = DeploymentState.DISABLED
    assert sync(context) == {"skipped": True}
    assert rows(LaunchPerson) == []


def test_a_roster_at_a_host_that_is_not_the_platforms(connected, cli):
    """No token goes there; the page says what to do, the chain has its line, the check finds it."""
    context = connected.context(memberships_url="https://elsewhere.example/members")
    assert sync(context) == {"code": "SERVICE_FOREIGN"}
    assert (state_of(context).code, state_of(context).detail) == (
        "SERVICE_FOREIGN", "elsewhere.example",
    )  # fmt: skip
    assert rows(AuditEvent, verb="roster.failed")[0].detail["code"] == "SERVICE_FOREIGN"
    assert rows(ServiceToken) == []
    done = cli.invoke(args=["lti", "check"])
    assert done.exit_code == 1
    assert "elsewhere.example" in done.output
    with db.writing() as session:
        row = session.get_one(Registration, connected.registration_id)
        row.launch_origins = ["https://elsewhere.example"]
    assert "elsewhere.example" not in cli.invoke(args=["lti", "check"]).output


def test_without_the_scope_nothing_is_asked(connect, school):
    there = connect(school, scopes=["https://purl.imsglobal.org/spec/lti-ags/scope/score"])
    assert sync(there.context()) == {"code": "SCOPE_REFUSED"}


def test_test_users_and_impossible_ids_are_nobody(connected):
    run = rosters.begin(connected.context().id, "test")
    test_user = "http://purl.imsglobal.org/vocab/lti/system/person#TestUser"
    said = [
        member("1", roles=(test_user, "Learner")),
        member("字"),
        member("x" * 256),
        member("2"),
        member("2", name="又一次"),
    ]
    members.take(run, said)
    [account] = rows(LaunchPerson)
    assert account.subject == "2"


def test_who_is_named_as_inactive_is_not_made(connected):
    context = connected.context()
    run = rosters.begin(context.id, "test")
    members.take(run, [member("1"), member("2", active=False)])
    assert set(active(context)) == {"1"}
    assert [one.subject for one in rows(LaunchPerson)] == ["1"]
    members.take(run, [member("1", active=False)])
    assert active(context) == {}


def test_two_runs_at_once_are_one(connected, clock):
    context = connected.context()
    first = rosters.begin(context.id, "one")
    assert rosters.begin(context.id, "two") is None
    assert sync(context) == {"running": True}
    taken_over = rosters.begin(context.id, "one")
    assert taken_over is not None, "the same job, after its worker died"
    with pytest.raises(rosters.Overtaken):
        members.take(first, [member("1")])
    clock.advance(rosters.LEASE + timedelta(seconds=1))
    assert sync(context)["members"]
    with pytest.raises(rosters.Overtaken):
        members.take(taken_over, [member("1")])


def test_groups_by_name_and_by_number(connected):
    context = connected.context()
    run = rosters.begin(context.id, "test")
    named = [groups.Group("g1", "甲組", set_name="分組報告"), groups.Group("g2", "乙組")]
    groups.take_groups(run, named)
    members.take(run, [member("1", group_ids=("g1", "g9")), member("2", group_ids=("g2",))])
    rosters.finish(run, 2)
    shown = {one.account.subject: one.groups for one in queries.members(context.id).items}
    assert shown == {"1": ("g9", "甲組"), "2": ("乙組",)}
    run = rosters.begin(context.id, "test")
    groups.take_groups(run, named[:1])
    members.take(run, [member("1", group_ids=()), member("2", group_ids=("g1",))])
    shown = {one.account.subject: one.groups for one in queries.members(context.id).items}
    assert shown == {"1": (), "2": ("甲組",)}
    assert {one.group_id: one.active for one in rows(CourseGroup)}["g2"] is False


def test_groups_of_a_platform_that_has_none_spoil_nothing(connected):
    context = connected.context(groups_url=f"{connected.platform.issuer}/nothing/groups")
    assert sync(context)["members"]
    assert state_of(context).detail.startswith("groups: ")


def test_thousands_of_members_in_constant_memory(connected, app):
    """5,000 over real pages; what is held at once does not grow with them."""
    for n in range(5000):
        person_in(connected, id=str(10_000 + n), family_name="陳", given_name=f"{n}",
                  idnumber=f"N{n}", email=f"n{n}@x.test")  # fmt: skip
    with db.writing() as session:  # page by page, as large platforms do
        session.get_one(Registration, connected.registration_id).product = "canvas"
    context = connected.context()
    run = rosters.begin(context.id, "warm")
    members.take(run, [member("3")])
    rosters.fail(run, ServiceError("SERVICE_UNREACHABLE"))
    db._close_reads()
    seen = []
    tracemalloc.start()

    def progress(done):
        seen.append((done, tracemalloc.get_traced_memory()[0]))

    try:
        said = syncing.synchronise(context.id, "test", progress)
    finally:
        tracemalloc.stop()
    assert said["members"] > 5000
    assert len(seen) > 20
    early = max(held for _done, held in seen[2:6])
    late = max(held for _done, held in seen[-4:])
    assert late < early + 4 * 1024 * 1024, seen


def test_a_page_costs_a_constant_number_of_statements(connected, count_statements):
    context = connected.context()
    found = []
    for size in (20, 200):
        run = rosters.begin(context.id, "test")
        with count_statements() as statements:
            members.take(run, [member(f"{size}-{n}") for n in range(size)])
        found.append(len(statements))
    assert found[0] == found[1]


class TestWhen:
    """What has a roster read."""

    def test_a_page_after_a_launch_when_it_is_old(self, connected, client, clock, launched):
        context = connected.context()
        launched(context)
        client.get("/welcome")
        assert state_of(context).run == 1
        clock.advance(hours=2)
        client.get("/welcome")
        assert state_of(context).run == 1
        clock.advance(hours=23)
        client.get("/welcome")
        assert state_of(context).run == 2

    def test_not_where_none_is_offered(self, connected, client, launched):
        launched(connected.context(memberships_url=""))
        client.get("/welcome")
        assert rows(RosterState) == []

    def test_not_before_its_time_after_a_failure(self, connected, client, clock, launched):
        context = connected.context()
        connected.platform.faults.service_status = 503
        launched(context)
        client.get("/welcome")
        clock.advance(seconds=30)
        rosters.want(context.id, connected.school.id)
        assert state_of(context).run == 1
        clock.advance(minutes=1)
        rosters.want(context.id, connected.school.id)
        assert state_of(context).run == 2

    def test_at_night_each_course_at_its_own_minute(self, connected, clock):
        contexts = [connected.context(), connected.context("3")]
        for context in contexts:
            rosters.want(context.id, connected.school.id)
        times = [state_of(context).next_at for context in contexts]
        assert times[0] != times[1]
        assert all(1 <= factories.time.TAIPEI.fromutc(t.replace(tzinfo=factories.time.TAIPEI)).hour
                   < 5 for t in times)  # fmt: skip
        assert rosters.enqueue_due(clock()) == 0
        clock.set(max(times))
        assert rosters.enqueue_due(clock()) == 2
        assert [state_of(one).run for one in contexts] == [2, 2]
        assert rosters.enqueue_due(clock()) == 0, "once a night"

    def test_a_course_that_nobody_opens_is_left_alone(self, connected, clock):
        context = connected.context()
        rosters.want(context.id, connected.school.id)
        clock.advance(rosters.OPENED_WITHIN)
        sync(context)
        assert state_of(context).next_at is None

    def test_asked_for_many_times_it_is_one_job(self, connected, app, monkeypatch):
        monkeypatch.setattr(jobs, "_wake", lambda *_args: None)
        context = connected.context()
        for _ in range(5):
            rosters.want(context.id, connected.school.id)
        assert len(rows(jobs.Job, kind=rosters.JOB)) == 1

    def test_by_the_button(self, connected):
        context = connected.context()
        boss = factories.make_staff(connected.school, Role.ADMINISTRATOR)
        rosters.ask(factories.actor_of(boss), context.id)
        assert state_of(context).code == "OK"
        rosters.begin(context.id, "somebody")
        with pytest.raises(Conflict):
            rosters.ask(factories.actor_of(boss), context.id)

    def test_a_teacher_asks_for_own_courses_only(self, connected):
        context, other = connected.context(), connected.context("3")
        teacher = factories.make_teacher(connected.school)
        connected.bind(context, factories.make_course(connected.school, teacher=teacher))
        actor = factories.actor_of(teacher)
        rosters.ask(actor, context.id)
        assert state_of(context).code == "OK"
        with pytest.raises(NotFound):
            rosters.ask(actor, other.id)

    def test_of_another_school_nobody_asks(self, connected):
        boss = factories.make_staff(factories.make_school(), Role.ADMINISTRATOR)
        with pytest.raises(NotFound):
            rosters.ask(factories.actor_of(boss), connected.context().id)


def test_is_old(connected, clock):
    context = connected.context()
    assert listening.is_old(context.id, clock())
    add(RosterState(launch_context_id=context.id, done_at=clock()))
    db._close_reads()
    assert not listening.is_old(context.id, clock() + timedelta(hours=23, minutes=59))
    assert listening.is_old(context.id, clock() + timedelta(hours=24))


def test_the_clock_works_each_slot_once(connected, clock, app):
    from plugin import schedule

    context = connected.context()
    rosters.want(context.id, connected.school.id)
    clock.set(state_of(context).next_at)
    first = schedule.tick("services.rosters")
    assert schedule.tick("services.rosters") == first
    assert state_of(context).run == 2


def test_the_command(connected, cli):
    context = connected.context()
    said = cli.invoke(args=["services", "roster", str(context.id)])
    assert said.exit_code == 0, said.output
    assert "members=16" in said.output
    assert cli.invoke(args=["services", "roster", "999"]).exit_code == 1
    assert "grades waiting\t0" in cli.invoke(
        args=["services", "status", str(connected.school.id)]
    ).output  # fmt: skip


def member(user_id, *, name="", roles=("Learner",), active=True, group_ids=()):
    return Member(user_id, name, "", "", "", "", tuple(roles), active, tuple(group_ids))
