"""The same school beside each platform that the demo LMS can act as."""

from __future__ import annotations

import pytest

from lti import vocabulary as v
from lti.platform.notices import copy_claims, notify
from lti.platform.testing import MODES
from lti.products import product
from plugin import db, schedule
from plugin.entrance.models import Deployment, LaunchPerson, Registration
from plugin.services import queries, syncing
from plugin.services.models import CourseGroup, CourseMember, PlatformNotice, PushState
from plugin.services.operations import planning
from tests import factories
from tests.plugin.services.conftest import rows, state_of

every_mode = pytest.mark.parametrize("lms", sorted(MODES), indirect=True)


@pytest.fixture
def progress(app):
    """What the portfolio says, said by hand."""
    said = {}
    app.extensions["licheng.progress"] = lambda _school, **_only: dict(said)
    return said


def use_audience(connected):
    """Where the platform wants another audience than its token address."""
    server = connected.platform.mode.authorization_server
    if server:
        host = connected.platform.issuer.partition("//")[2]
        with db.writing() as session:
            row = session.get_one(Registration, connected.registration_id)
            row.authorization_server = server.format(host=host)


@every_mode
def test_roster_and_grades(connected, progress):
    """Pages of each platform's kind, its media types, its audience, its column."""
    use_audience(connected)
    names = connected.platform.lms.names
    student = factories.make_student(connected.school, number="S001")
    context = connected.context()
    course = factories.make_course(connected.school, students=[student])
    connected.bind(context, course)
    said = syncing.synchronise(context.id, "test")
    assert said.get("members") == len(connected.members_of()), state_of(context).detail
    [account] = rows(LaunchPerson, subject=names.subject("3"))
    assert account.person_id == student.id
    assert account.name == "張小明"
    tells = product(connected.platform.mode.product).tells_submitted
    for word, grade in (("submitted", None), ("certified", 1.0), ("submitted", 1.0)):
        progress[course.id, student.id] = word
        planning.ask(connected.school.id, course_ids=[course.id])
        db._close_reads()
        assert connected.grade("3") == grade, word
        if word == "submitted" and grade is None:
            assert bool(connected.columns) is tells
    assert queries.push_counts(connected.school.id) == {PushState.SENT: 1}
    assert len(connected.columns) == 1


@every_mode
def test_groups_have_names_where_there_are_any(connected):
    use_audience(connected)
    context = connected.context()
    assert bool(context.groups_url) is connected.platform.mode.groups
    syncing.synchronise(context.id, "test")
    assert state_of(context).detail == ""
    shown = {name for one in queries.members(context.id).items for name in one.groups}
    there = {group.name for group in connected.platform.lms.world.courses["2"].groups}
    assert shown == (there if connected.platform.mode.groups else set())
    sets = {group.set for group in connected.platform.lms.world.courses["2"].groups}
    assert {one.set_name for one in rows(CourseGroup)} == (
        sets if connected.platform.mode.groups else set()
    )


@every_mode
def test_the_roster_of_a_link_brings_who_is_new_and_takes_nobody_out(
    connected, client, clock, launched
):
    """Somebody enrolled since the roster was read comes in: the link's roster names them and few
    others. Everybody else stays, and the course's own roster is no younger for it."""
    use_audience(connected)
    here, context = connected.platform.lms, connected.context()
    syncing.synchronise(context.id, "test")
    before, there = state_of(context), len(rows(CourseMember, active=True))
    members = connected.members_of()
    new = next(one.id for one in here.world.people.values() if one.id not in members)
    members[new] = "student"
    activity = here.state.add_activity(connected.tool, "2", "只給新同學")
    activity.only = [new]
    account = connected.account(here.names.subject(new))
    clock.advance(minutes=30)
    launched(context, account, here.names.link(activity.id))
    client.get("/welcome")
    after = rows(CourseMember, active=True)
    assert len(after) == there + 1
    assert account.id in {one.launch_person_id for one in after}
    assert (state_of(context).done_at, state_of(context).code) == (before.done_at, "OK")
    assert state_of(context).members == before.members
    launched(context, account, "a link that is gone")
    with db.writing() as session:
        session.delete(session.merge(after[-1]))
    clock.advance(minutes=30)
    client.get("/welcome")
    assert (state_of(context).code, state_of(context).failures) == ("OK", 0)
    assert state_of(context).lease_until is None
    assert len(rows(CourseMember, active=True)) == there


@pytest.mark.parametrize(
    "lms", sorted(name for name, mode in MODES.items() if mode.notices), indirect=True
)
def test_notices_are_asked_for_and_arrive(connected, client, clock):
    use_audience(connected)
    here = connected.platform.lms
    claims = connected.platform.claims("teacher1", nonce="n")
    with db.writing() as session:
        session.get_one(Deployment, connected.deployment_id).notices_url = claims[v.CLAIM_NOTICES][
            "platform_notification_service_url"
        ]
    held = []
    here.send = lambda handler, body: held.append((handler, body)) or 200
    schedule.tick("services.errands_due")
    copied = here.world.courses["3"]
    notify(
        here, connected.tool, connected.tool.deployment_id, v.NOTICE_CONTEXT_COPY,
        copy_claims(here, copied),
    )  # fmt: skip
    for delivery in here.deliveries:
        delivery.wait()
    assert len(held) == 2
    for handler, body in held:
        assert handler == "http://localhost/lti/notices"
        assert client.post("/lti/notices", json=body).status_code == 200
    assert {one.kind for one in rows(PlatformNotice)} == {v.NOTICE_HELLO, v.NOTICE_CONTEXT_COPY}
