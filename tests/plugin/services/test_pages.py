"""The room's pages, its door for notices, and its single messages."""

from __future__ import annotations

import json
import threading
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from lti import vocabulary as v
from lti.services import notices as lti_notices
from plugin import db, retention, schedule
from plugin.actor import Role
from plugin.desk import registry
from plugin.entrance.models import Deployment, DeploymentState, TermsAnswer
from plugin.services import queries
from plugin.services.models import (
    CourseMember,
    Errand,
    ErrandKind,
    GradePush,
    PlatformNotice,
    Progress,
    PushState,
    RosterState,
)
from plugin.services.operations import errands, notices, rosters
from plugin.trail import events
from plugin.trail.models import AuditEvent
from tests import factories
from tests.plugin.entrance.conftest import csrf_of
from tests.plugin.services.conftest import add, rows, state_of


@pytest.fixture
def boss(connected):
    return factories.actor_of(factories.make_staff(connected.school, Role.ADMINISTRATOR))


def failed_push(connected, context, person, code="MEMBER_UNKNOWN", state=PushState.FAILED):
    account = connected.account(f"s{person.id}", person, name=person.name)
    return add(
        GradePush(
            school_id=context.school_id, launch_context_id=context.id,
            launch_person_id=account.id, person_id=person.id, progress=Progress.CERTIFIED,
            state=state, code=code, attempts=3, wanted_at=context.first_seen_at,
            next_at=context.first_seen_at if state is PushState.WAITING else None,
        )
    )  # fmt: skip


class TestServicesPage:
    def test_nothing_yet(self, client, act_as, boss):
        act_as(boss)
        page = client.get("/connections/services").text
        for words in ("沒有讀取失敗的名單", "沒有未送出的成績", "還沒有收到平臺的通知"):
            assert words in page

    def test_what_failed_is_told_in_plain_words(self, client, act_as, boss, connected):
        context = connected.context()
        student = factories.make_student(connected.school)
        failed_push(connected, context, student)
        add(RosterState(launch_context_id=context.id, code="SCOPE_REFUSED", failures=2))
        act_as(boss)
        page = client.get("/connections/services").text
        assert "平臺的課程裡沒有這位學生" in page
        assert "學習平臺沒有授權歷程使用這項服務" in page
        assert student.name in page

    def test_trying_again(self, client, act_as, boss, connected):
        context = connected.context()
        pushes = [
            failed_push(connected, context, factories.make_student(connected.school))
            for _ in range(3)
        ]
        act_as(boss)
        token = {"csrf_token": csrf_of(client.get("/connections/services").text)}
        one = client.post(f"/connections/services/grades/{pushes[0].id}", data=token)
        assert one.status_code == 303
        assert [line.detail["count"] for line in rows(AuditEvent, verb="grade.retry")] == [1]
        # Unknown to the LMS as they are, all fail again; but each was tried.
        client.post("/connections/services/grades", data=token)
        assert {push.attempts for push in rows(GradePush)} == {1}

    def test_waiting_ones(self, client, act_as, boss, connected):
        context = connected.context()
        student = factories.make_student(connected.school)
        failed_push(connected, context, student, "SERVICE_BUSY", PushState.WAITING)
        act_as(boss)
        assert student.name not in client.get("/connections/services").text
        assert student.name in client.get("/connections/services?show=waiting").text

    def test_pages_by_key(self, client, act_as, boss, connected, monkeypatch):
        context = connected.context()
        made = [
            failed_push(connected, context, factories.make_student(connected.school))
            for _ in range(60)
        ]
        act_as(boss)
        first = client.get("/connections/services").text
        assert f"grades/{made[49].id}" in first
        assert f"grades/{made[50].id}" not in first
        second = client.get(f"/connections/services?after={made[49].id}").text
        assert f"grades/{made[59].id}" in second

    def test_nothing_of_another_school(self, client, act_as, connected):
        context = connected.context()
        student = factories.make_student(connected.school)
        push = failed_push(connected, context, student)
        stranger = factories.make_staff(factories.make_school(), Role.ADMINISTRATOR)
        act_as(factories.actor_of(stranger))
        page = client.get("/connections/services").text
        assert student.name not in page
        token = {"csrf_token": csrf_of(client.get("/connections/services").text)}
        assert client.post(f"/connections/services/grades/{push.id}", data=token).status_code == 404
        assert client.get(f"/rosters/{context.id}").status_code == 404

    def test_as_many_queries_however_many_rows(
        self, client, act_as, boss, connected, count_statements
    ):
        context = connected.context()
        act_as(boss)
        found = []
        for size in (1, 30):
            for _ in range(size):
                failed_push(connected, context, factories.make_student(connected.school))
            for path in ("/connections/services", "/rosters", f"/rosters/{context.id}"):
                with count_statements() as statements:
                    assert client.get(path).status_code == 200
                found.append(len(statements))
        assert found[:3] == found[3:]


class TestRosterPages:
    def test_a_teacher_sees_own_courses(self, client, act_as, connected):
        context, other = connected.context(), connected.context("3")
        teacher = factories.make_teacher(connected.school)
        connected.bind(context, factories.make_course(connected.school, teacher=teacher))
        actor = factories.actor_of(teacher)
        rosters.ask(actor, context.id)
        act_as(actor)
        page = client.get("/rosters").text
        assert context.title in page
        assert other.title not in page
        members = client.get(f"/rosters/{context.id}").text
        assert "張小明" in members
        assert "尚未認出" in members
        assert client.get(f"/rosters/{other.id}").status_code == 404

    def test_who_has_handed_in_nothing(self, client, act_as, boss, connected):
        context = connected.context()
        students = [factories.make_student(connected.school, number=f"S00{n}") for n in (1, 2)]
        rosters.ask(boss, context.id)
        [account] = rows(queries.LaunchPerson, person_id=students[0].id)
        add(
            GradePush(
                school_id=connected.school.id, launch_context_id=context.id,
                launch_person_id=account.id, person_id=students[0].id,
                progress=Progress.SUBMITTED, state=PushState.SKIPPED,
                wanted_at=context.first_seen_at,
            )
        )  # fmt: skip
        counts = queries.counts(context.id)
        assert (counts.members, counts.without) == (16, 1)
        assert counts.unbound == 14
        act_as(boss)
        page = client.get(f"/rosters/{context.id}?show=without").text
        assert students[1].number in page
        assert students[0].number not in page
        assert "已繳交" in client.get(f"/rosters/{context.id}").text

    def test_filters_and_pages(self, client, act_as, boss, connected):
        context = connected.context()
        rosters.ask(boss, context.id)
        connected.members_of().pop("3")
        rosters.ask(boss, context.id)
        act_as(boss)
        assert "張小明" not in client.get(f"/rosters/{context.id}").text
        assert "張小明" in client.get(f"/rosters/{context.id}?show=gone").text
        first = queries.members(context.id, limit=10)
        second = queries.members(context.id, after=first.next, limit=10)
        assert len(first.items) + len(second.items) == state_of(context).members

    def test_the_button(self, client, act_as, boss, connected):
        context = connected.context()
        act_as(boss)
        token = {"csrf_token": csrf_of(client.get(f"/rosters/{context.id}").text)}
        assert client.post(f"/rosters/{context.id}/now", data=token).status_code == 303
        assert len(rows(CourseMember)) == 16
        rosters.begin(context.id, "somebody")
        assert client.post(f"/rosters/{context.id}/now", data=token).status_code == 409
        page = client.get("/rosters").text
        assert "更新中" in page

    def test_states(self, client, act_as, boss, connected):
        connected.context()
        failing = connected.context("3")
        add(RosterState(launch_context_id=failing.id, code="SERVICE_BUSY", failures=1))
        act_as(boss)
        assert failing.title in client.get("/rosters?state=failed").text
        assert failing.title not in client.get("/rosters?state=good").text
        assert "學習平臺正忙" in client.get(f"/rosters/{failing.id}").text

    def test_a_platform_that_offers_none(self, client, act_as, boss, connected):
        context = connected.context(memberships_url="")
        act_as(boss)
        assert "平臺沒有提供名單" in client.get(f"/rosters/{context.id}").text

    def test_students_have_no_business_here(self, client, act_as, connected):
        context = connected.context()
        act_as(factories.actor_of(factories.make_student(connected.school)))
        assert client.get("/rosters").status_code == 403
        assert client.get(f"/rosters/{context.id}").status_code == 403


def test_the_desk_says_so_only_when_something_failed(app, connected, boss):
    def cards():
        db._close_reads()
        return [
            card
            for card in registry.cards_for(boss, Role.ADMINISTRATOR)
            if card.href_endpoint == "services.services"
        ]

    assert cards() == []
    failed_push(connected, connected.context(), factories.make_student(connected.school))
    [card] = cards()
    assert (card.figure, card.tone) == (1, "bad")


# --- notices --------------------------------------------------------------------------------------


class TestNotices:
    def notice(self, connected, kind=v.NOTICE_HELLO, identifier="n1", **claims):
        now = int(connected.platform.lms.clock().timestamp())
        body = {
            "iss": connected.platform.issuer,
            "aud": connected.tool.client_id,
            "iat": now,
            "exp": now + 60,
            "nonce": f"nonce-{identifier}",
            v.CLAIM_VERSION: v.VERSION,
            v.CLAIM_DEPLOYMENT_ID: connected.tool.deployment_id,
            lti_notices.CLAIM_NOTICE: {
                "id": identifier, "type": kind, "timestamp": "2026-11-20T01:02:03Z",
            },
        }  # fmt: skip
        return connected.platform.sign(body | claims)

    def copied(self, connected, new="3", origins=("2",), **more):
        return self.notice(
            connected, v.NOTICE_CONTEXT_COPY, f"copy-{new}",
            **{v.CLAIM_CONTEXT: {"id": new},
               lti_notices.CLAIM_ORIGIN_CONTEXTS: list(origins)}, **more,
        )  # fmt: skip

    def deliver(self, client, *tokens):
        body = json.dumps({"notices": [{"jwt": one} for one in tokens]})
        return client.post("/lti/notices", data=body, content_type="application/json").status_code

    def test_hello_is_written_down_once(self, client, connected, act_as, boss):
        token = self.notice(connected)
        assert self.deliver(client, token) == 200
        assert self.deliver(client, token) == 200
        [one] = rows(PlatformNotice)
        assert (one.school_id, one.kind, one.data) == (connected.school.id, v.NOTICE_HELLO, {})
        assert one.done_at is not None
        assert len(rows(AuditEvent, verb="notice.receive")) == 1
        act_as(boss)
        assert "平臺測試通知" in client.get("/connections/services").text

    @pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"notices": []}', b'{"notices": [1]}'])
    def test_no_notices(self, client, connected, body):
        assert client.post("/lti/notices", data=body).status_code == 400

    def test_what_is_not_signed_by_a_platform_of_ours(self, client, connected):
        from lti.platform.testing import foreign_key

        good = self.notice(connected)
        forged = connected.platform.sign(
            {"iss": connected.platform.issuer, "aud": connected.tool.client_id},
            key=foreign_key(),
        )
        assert self.deliver(client, forged) == 400
        assert self.deliver(client, "x.y.z") == 400
        assert self.deliver(client, self.notice(connected, iss="https://other.test")) == 400
        assert self.deliver(client, good[:-10] + "AAAAAAAAAA") == 400
        assert rows(PlatformNotice) == []
        assert self.deliver(client, forged, good) == 200, "a good one beside it counts"
        assert len(rows(PlatformNotice)) == 1

    def test_of_a_deployment_that_is_not_ours_or_stopped(self, client, connected):
        foreign = {v.CLAIM_DEPLOYMENT_ID: "another"}
        assert self.deliver(client, self.notice(connected, **foreign)) == 400
        with db.writing() as session:
            session.get_one(Deployment, connected.deployment_id).state = DeploymentState.DISABLED
        assert self.deliver(client, self.notice(connected)) == 400
        assert rows(PlatformNotice) == []

    def test_a_platform_that_runs_wild_is_bounded(self, client, connected, monkeypatch):
        monkeypatch.setattr(notices, "MOST_PER_DAY", 3)
        tokens = [self.notice(connected, identifier=str(n)) for n in range(5)]
        assert self.deliver(client, *tokens) == 200
        assert len(rows(PlatformNotice)) == 3

    def test_a_copied_course_is_a_question_not_a_binding(self, client, connected, act_as, launched):
        old, new = connected.context("2"), connected.context("3")
        teacher = factories.make_teacher(connected.school)
        course = factories.make_course(
            connected.school, teacher=teacher, number="114-1-CHI101", academic_year=114
        )
        connected.bind(old, course)
        assert self.deliver(client, self.copied(connected)) == 200
        [copy] = queries.copies(connected.school.id)
        assert (copy.context.id, [one.id for one in copy.origins]) == (new.id, [course.id])
        assert rows(queries.CourseBinding, launch_context_id=new.id) == []
        launched(new)
        actor = factories.actor_of(teacher, Role.TEACHER)
        [todo] = [
            one
            for one in registry.todos_for(actor, Role.TEACHER)
            if one.endpoint == "entrance.course"
        ]
        assert "114-1-CHI101" in todo.text
        connected.bind(new, factories.make_course(connected.school, teacher=teacher))
        db._close_reads()
        assert queries.copies(connected.school.id) == []

    def test_originals_of_another_school_are_not_named(self, client, connected, connect):
        other = connect(factories.make_school(), shared=connected)
        theirs = other.context("2")
        other.bind(theirs, factories.make_course(other.school))
        connected.context("3")
        assert self.deliver(client, self.copied(connected)) == 200
        [copy] = queries.copies(connected.school.id)
        assert copy.origins == ()
        assert queries.copies(other.school.id) == []

    def test_old_ones_are_forgotten(self, client, connected, clock):
        self.deliver(client, self.notice(connected))
        clock.advance(retention.row("platform_notice").period)
        clock.advance(seconds=1)
        assert notices.purge(retention.row("platform_notice")) == 1


# --- single messages ------------------------------------------------------------------------------


class Service:
    """A service of the platform that writes down what it is told."""

    def __init__(self):
        self.status, self.said = 200, []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def _take(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                outer.said.append((self.command, self.path, json.loads(body)))
                self.send_response(outer.status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def do_POST(self):
                self._take()

            def do_PUT(self):
                self._take()

            def log_message(self, *_args):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/service"
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()


@pytest.fixture
def service():
    made = Service()
    yield made
    made.server.shutdown()
    made.server.server_close()


@pytest.fixture
def every_scope(connected):
    connected.tool.scopes = [*connected.tool.scopes, v.SCOPE_NOTICES, v.SCOPE_EULA_USER]


@pytest.mark.usefixtures("every_scope")
class TestErrands:
    def test_notices_are_asked_for_once(self, connected, service, clock):
        with db.writing() as session:
            session.get_one(Deployment, connected.deployment_id).notices_url = service.url
        for _ in range(3):
            schedule.tick("services.errands_due")
            clock.advance(minutes=5)
        assert [(method, body) for method, _path, body in service.said] == [
            ("PUT", {"notice_type": kind, "handler": "http://localhost/lti/notices"})
            for kind in (v.NOTICE_HELLO, v.NOTICE_CONTEXT_COPY)
        ]
        [errand] = rows(Errand)
        assert (errand.state, errand.kind) == (PushState.SENT, ErrandKind.SUBSCRIBE)

    def test_again_when_the_platform_moved_its_service(self, connected, service, clock):
        for url in (service.url, service.url + "/moved"):
            with db.writing() as session:
                session.get_one(Deployment, connected.deployment_id).notices_url = url
            schedule.tick("services.errands_due")
            clock.advance(minutes=5)
        assert [path for _method, path, _body in service.said][2:] == ["/service/moved"] * 2

    def answer(self, connected, url):
        account = connected.account("3")
        answer = add(
            TermsAnswer(
                school_id=connected.school.id, launch_person_id=account.id, version="1",
                accepted=True, at=account.first_seen_at,
            )
        )  # fmt: skip
        with db.writing():
            events.announce(
                events.terms_answered, school_id=connected.school.id,
                launch_person_id=account.id, registration_id=connected.registration_id,
                answer_id=answer.id, url=url, subject="3",
            )  # fmt: skip
        return answer

    def test_an_answer_to_the_terms_is_told(self, connected, service):
        answer = self.answer(connected, service.url)
        [(method, path, body)] = service.said
        assert (method, path) == ("POST", "/service/user")
        assert (body["userId"], body["accepted"]) == ("3", True)
        assert rows(TermsAnswer, id=answer.id)[0].told_at is not None

    def test_it_waits_for_a_service_that_is_down(self, connected, service, clock):
        service.status = 503
        answer = self.answer(connected, service.url)
        [errand] = rows(Errand)
        assert (errand.state, errand.code) == (PushState.WAITING, "SERVICE_BUSY")
        service.status = 200
        clock.advance(minutes=5)
        schedule.tick("services.errands_due")
        assert rows(TermsAnswer, id=answer.id)[0].told_at == clock()

    def test_given_up_it_is_shown_and_tried_again(
        self, connected, service, clock, client, act_as, boss
    ):
        service.status = 400
        self.answer(connected, service.url)
        for _ in range(6):
            clock.advance(hours=6)
            schedule.tick("services.errands_due")
        [errand] = rows(Errand)
        assert errand.state is PushState.FAILED
        act_as(boss)
        page = client.get("/connections/services").text
        assert "回報使用條款的答覆" in page
        service.status = 200
        token = {"csrf_token": csrf_of(page)}
        client.post(f"/connections/services/messages/{errand.id}", data=token)
        assert rows(Errand)[0].state is PushState.SENT

    def test_of_another_school_nobody_tries_again(self, connected, service):
        service.status = 400
        self.answer(connected, service.url)
        stranger = factories.make_staff(factories.make_school(), Role.ADMINISTRATOR)
        [errand] = rows(Errand)
        with pytest.raises(errands.NotFound):
            errands.try_again(replace(factories.actor_of(stranger)), errand.id)
