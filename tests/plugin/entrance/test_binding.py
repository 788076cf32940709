"""Who a launch person is, which course an LMS course stands for, who becomes administrator."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from lti.vocabulary import CLAIM_ROLES
from plugin import clock as house_clock
from plugin import db, web
from plugin.actor import Role, system
from plugin.entrance import queries
from plugin.entrance.models import (
    BindingHow,
    ClaimCode,
    CourseBinding,
    LaunchContext,
    LaunchPerson,
)
from plugin.entrance.operations import binding, claiming, sessions
from plugin.errors import Conflict, NotAllowed, NotFound
from plugin.school import operations as school_operations
from plugin.school.models import PersonKind
from plugin.school.terms import term_of
from plugin.trail import chain
from plugin.trail.models import AuditEvent
from tests import factories
from tests.factories import actor_of
from tests.plugin.entrance.conftest import csrf_of

LIS = "https://purl.imsglobal.org/spec/lti/claim/lis"


def rows(model):
    db._close_reads()
    return list(db.reading().scalars(sa.select(model).order_by(model.id)))


def root_of(answer) -> str:
    return "/".join(answer.location.split("/")[:3])


def account(lms, username):
    return lms.lms.world.person(username)


@pytest.fixture
def student(school, installed):
    return factories.make_student(school, number=account(installed, "student1").idnumber)


@pytest.fixture
def teacher(school, installed):
    return factories.make_teacher(school, number=account(installed, "teacher1").idnumber)


@pytest.fixture
def course(school, teacher, student, installed, app):
    term = term_of(house_clock.today())
    return factories.make_course(
        school,
        teacher=teacher,
        students=[student],
        academic_year=term.academic_year,
        term=term.term,
        number=installed.lms.world.courses["2"].idnumber,
    )


class TestPeople:
    def test_by_number(self, client, installed, student):
        answer = installed.launch(client, "student1")
        [found] = rows(LaunchPerson)
        assert (found.person_id, found.bound_how) == (student.id, BindingHow.NUMBER)
        assert "/welcome" not in answer.location
        assert student.name in client.get(answer.location, follow_redirects=True).text

    def test_a_learner_without_a_record_is_no_student(self, client, installed):
        answer = installed.launch(client, "student1")
        assert answer.location.endswith("/welcome")
        page = client.get(answer.location)
        assert "您的帳號還沒有配對" in page.text
        assert "校內名冊沒有這個學號" in page.text
        assert client.get(root_of(answer) + "/accounts").status_code == 403

    @pytest.mark.parametrize(("trusted", "bound"), [(False, False), (True, True)])
    def test_by_email_only_where_the_school_trusts_it(
        self, client, installed, school, trusted, bound
    ):
        """Moodle never says whether an address is verified."""
        mail = account(installed, "student1").email
        factories.make_student(school, number="X1", email=mail)
        with db.writing() as session:
            session.merge(school).settings = {"trust_lms_email": trusted}
        installed.launch(client, "student1")
        assert (rows(LaunchPerson)[0].bound_how is BindingHow.EMAIL) is bound

    def test_two_people_of_the_same_address_wait(self, client, installed, school):
        mail = account(installed, "student1").email
        for number in ("X1", "X2"):
            factories.make_student(school, number=number, email=mail)
        with db.writing() as session:
            session.merge(school).settings = {"trust_lms_email": True}
        installed.launch(client, "student1")
        assert rows(LaunchPerson)[0].person_id is None
        [waiting] = queries.waiting_people(school.id).items
        assert len(waiting.candidates) == 2

    def test_somebody_who_left_is_not_bound(self, client, installed, school):
        number = account(installed, "student1").idnumber
        factories.make_student(school, number=number, active=False)
        installed.launch(client, "student1")
        assert rows(LaunchPerson)[0].person_id is None

    def test_bound_at_the_next_launch_once_the_roster_is_there(self, client, installed, school):
        installed.launch(client, "student1")
        factories.make_student(school, number=account(installed, "student1").idnumber)
        installed.launch(client, "student1")
        assert rows(LaunchPerson)[0].person_id is not None

    def test_the_same_number_in_another_school_is_somebody_else(self, client, installed):
        other = factories.make_school()
        factories.make_student(other, number=account(installed, "student1").idnumber)
        installed.launch(client, "student1")
        assert rows(LaunchPerson)[0].person_id is None


class TestQueue:
    @pytest.fixture
    def registrar(self, school, act_as):
        return actor_of(factories.make_staff(school, Role.REGISTRY))

    @pytest.fixture
    def waiting(self, client, installed):
        installed.launch(client, "student1")
        return rows(LaunchPerson)[0]

    def test_bind_and_undo(self, waiting, registrar, school, client, installed):
        person = factories.make_student(school)
        binding.bind_person(registrar, waiting.id, person.id)
        assert rows(LaunchPerson)[0].bound_how is BindingHow.REGISTRY
        assert not queries.waiting_people(school.id).items
        binding.unbind_person(registrar, waiting.id)
        factories.make_student(school, number=account(installed, "student1").idnumber)
        installed.launch(client, "student1")
        assert rows(LaunchPerson)[0].person_id is None, "undone by hand: not bound by itself again"
        verbs = [e.verb for e in rows(AuditEvent) if e.verb.startswith("person.")]
        assert verbs[-2:] == ["person.bind", "person.unbind"]
        assert list(chain.verify()) == []

    def test_not_twice(self, waiting, registrar, school):
        person = factories.make_student(school)
        binding.bind_person(registrar, waiting.id, person.id)
        with pytest.raises(Conflict):
            binding.bind_person(registrar, waiting.id, person.id)

    def test_of_another_school(self, waiting, registrar, app):
        other = factories.make_school()
        with pytest.raises(NotFound):
            binding.bind_person(registrar, waiting.id, factories.make_student(other).id)
        stranger = actor_of(factories.make_staff(other, Role.REGISTRY))
        with pytest.raises(NotFound):
            binding.bind_person(stranger, waiting.id, factories.make_student(other).id)
        with pytest.raises(NotFound):
            binding.unbind_person(stranger, waiting.id)

    def test_the_registry_cannot_make_itself_administrator(self, waiting, registrar, school):
        """By saying that a second account of its own is the administrator's."""
        boss = factories.make_staff(school, Role.ADMINISTRATOR)
        with pytest.raises(NotAllowed):
            binding.bind_person(registrar, waiting.id, boss.id)
        with pytest.raises(NotAllowed):
            claiming.person_code(registrar, boss.id)
        assert claiming.person_code(actor_of(boss), boss.id)
        binding.bind_person(actor_of(boss), waiting.id, boss.id)
        assert rows(LaunchPerson)[0].person_id == boss.id

    def test_the_registry_cannot_shut_an_administrator_out(self, waiting, registrar, school):
        boss = factories.make_staff(school, Role.ADMINISTRATOR)
        binding.bind_person(actor_of(boss), waiting.id, boss.id)
        with pytest.raises(NotAllowed):
            binding.unbind_person(registrar, waiting.id, sure=True)
        assert rows(LaunchPerson)[0].person_id == boss.id
        assert "person.unbind" not in [e.verb for e in rows(AuditEvent)]

    def test_the_last_administrators_account_is_asked_about(
        self, waiting, school, client, act_as, installed
    ):
        boss = factories.make_staff(school, Role.ADMINISTRATOR)
        second = factories.make_staff(school, Role.ADMINISTRATOR)
        binding.bind_person(actor_of(boss), waiting.id, boss.id)
        act_as(actor_of(second))
        page = client.get("/accounts/bound")
        door, form = f"/accounts/{waiting.id}/unbind", {"csrf_token": csrf_of(page.text)}
        asked = client.post(door, data=form)
        assert asked.status_code == 409
        assert 'name="sure" value="1"' in asked.text
        assert rows(LaunchPerson)[0].person_id == boss.id
        assert client.post(door, data=form | {"sure": "1"}).status_code == 303
        assert rows(LaunchPerson)[0].person_id is None

    def test_with_another_administrators_account_nobody_is_asked(
        self, waiting, school, client, installed
    ):
        boss = factories.make_staff(school, Role.ADMINISTRATOR)
        second = factories.make_staff(school, Role.ADMINISTRATOR)
        binding.bind_person(actor_of(boss), waiting.id, boss.id)
        installed.launch(client, "teacher1")
        other = next(one for one in rows(LaunchPerson) if one.id != waiting.id)
        if other.person_id is None:
            binding.bind_person(actor_of(boss), other.id, second.id)
        binding.unbind_person(actor_of(second), waiting.id)
        assert next(one for one in rows(LaunchPerson) if one.id == waiting.id).person_id is None

    def test_the_pages(self, waiting, registrar, school, client, act_as):
        person = factories.make_student(school, name=waiting.name)
        act_as(registrar)
        assert person.number in client.get("/accounts").text
        assert person.number in client.get(f"/accounts/{waiting.id}").text
        page = client.get(f"/accounts/{waiting.id}", query_string={"text": person.number})
        answer = client.post(
            f"/accounts/{waiting.id}/bind",
            data={"csrf_token": csrf_of(page.text), "person": person.id},
        )
        assert answer.status_code == 303
        assert rows(LaunchPerson)[0].person_id == person.id
        page = client.get("/accounts/bound")
        assert person.name in page.text
        client.post(f"/accounts/{waiting.id}/unbind", data={"csrf_token": csrf_of(page.text)})
        assert rows(LaunchPerson)[0].person_id is None

    @pytest.mark.parametrize(
        "path", ["/accounts", "/accounts/bound", "/lms-courses", "/connections"]
    )
    def test_not_for_teachers(self, school, client, act_as, path):
        act_as(actor_of(factories.make_teacher(school), Role.TEACHER))
        assert client.get(path).status_code == 403


class TestCourses:
    def test_by_number(self, client, installed, course):
        installed.launch(client, "student1")
        [found] = rows(CourseBinding)
        assert (found.course_id, found.bound_by_id) == (course.id, None)

    def test_the_actor_knows_the_course(self, app, client, installed, course, student):
        answer = installed.launch(client, "student1")
        with app.test_request_context("/"):
            pass
        seen = []
        load = app.extensions["licheng.actor_loader"]
        app.extensions["licheng.actor_loader"] = lambda: seen.append(load()) or seen[-1]
        client.get(answer.location)
        actor = seen[-1]
        assert actor.course_ids == (course.id,)
        assert (actor.person_id, actor.roles) == (student.id, {Role.STUDENT})
        assert actor.launch_session_id is not None

    def test_whose_a_session_is_without_a_request_of_it(
        self, app, client, installed, course, student
    ):
        """A link to a file carries no session, and asks whether the one it was made in stands."""
        answer = installed.launch(client, "student1")
        seen = []
        load = app.extensions["licheng.actor_loader"]
        app.extensions["licheng.actor_loader"] = lambda: seen.append(load()) or seen[-1]
        client.get(answer.location)
        app.extensions["licheng.actor_loader"] = load
        ask = app.extensions["licheng.link_reader"]
        assert ask(student.school_id, seen[-1].launch_session_id) == seen[-1]
        assert ask(student.school_id + 1, seen[-1].launch_session_id) is None
        sessions.end(seen[-1].launch_session_id)
        db._close_reads()
        assert ask(student.school_id, seen[-1].launch_session_id) is None

    def test_a_teacher_chooses_own_courses(self, client, installed, school, teacher):
        term = term_of(house_clock.today())
        mine = factories.make_course(
            school, teacher=teacher, academic_year=term.academic_year, term=term.term
        )
        foreign = factories.make_course(
            school, academic_year=term.academic_year, term=term.term, name="別人的課"
        )
        answer = installed.launch(client, "teacher1")
        assert answer.location.endswith("/welcome/course")
        page = client.get(answer.location)
        assert mine.number in page.text
        assert foreign.number not in page.text
        token = csrf_of(page.text)
        chosen = client.post(answer.location, data={"csrf_token": token, "courses": [str(mine.id)]})
        assert chosen.status_code == 303
        assert [b.course_id for b in rows(CourseBinding)] == [mine.id]
        wrong = client.post(
            answer.location, data={"csrf_token": token, "courses": [str(foreign.id)]}
        )
        assert wrong.status_code == 422
        assert "/welcome/course" not in installed.launch(client, "teacher1").location

    def test_a_teacher_cannot_choose_a_course_of_somebody_else(
        self, client, installed, school, teacher, app
    ):
        foreign = factories.make_course(school)
        installed.launch(client, "teacher1")
        [context] = rows(LaunchContext)
        with pytest.raises(NotAllowed):
            binding.choose_courses(actor_of(teacher), context.id, [foreign.id])
        assert not rows(CourseBinding)

    def test_the_registry_chooses_several_and_takes_them_back(
        self, client, installed, school, course, app
    ):
        second = factories.make_course(school)
        installed.launch(client, "student1")
        [context] = rows(LaunchContext)
        registrar = actor_of(factories.make_staff(school, Role.REGISTRY))
        binding.choose_courses(registrar, context.id, [course.id, second.id])
        assert {b.course_id for b in rows(CourseBinding)} == {course.id, second.id}
        binding.choose_courses(registrar, context.id, [])
        installed.launch(client, "student1")
        assert not rows(CourseBinding), "taken back by hand: the number binds nothing any more"

    def test_of_another_school(self, client, installed, app):
        installed.launch(client, "student1")
        [context] = rows(LaunchContext)
        other = actor_of(factories.make_staff(factories.make_school(), Role.REGISTRY))
        with pytest.raises(NotFound):
            binding.choose_courses(other, context.id, [])

    def test_the_registrys_pages(self, client, installed, school, course, act_as):
        installed.launch(client, "student1")
        [context] = rows(LaunchContext)
        act_as(actor_of(factories.make_staff(school, Role.REGISTRY)))
        assert course.name in client.get("/lms-courses").text
        page = client.get(f"/lms-courses/{context.id}")
        assert 'type="search"' in page.text
        nothing = client.get(f"/lms-courses/{context.id}?text=no such course").text
        assert "no such course" in nothing  # what was typed stays in the field
        answer = client.post(f"/lms-courses/{context.id}", data={"csrf_token": csrf_of(page.text)})
        assert answer.location == "/lms-courses"
        assert not rows(CourseBinding)


class TestClaim:
    def enter(self, client, answer, code):
        path = root_of(answer) + "/welcome/code"
        page = client.get(path)
        return client.post(path, data={"csrf_token": csrf_of(page.text), "code": code})

    def test_the_first_administrator(self, client, installed, school):
        code = claiming.administrator_code(system(school.id))
        answer = installed.launch(client, "admin")
        done = self.enter(client, answer, code.lower().replace("-", " "))
        assert done.status_code == 303
        [account] = rows(LaunchPerson)
        assert account.bound_how is BindingHow.CODE
        assert client.get(root_of(answer) + "/connections").status_code == 200
        held = actor_of(db.reading().get(factories.school.Person, account.person_id)).roles
        assert Role.ADMINISTRATOR in held

    def test_a_member_of_staff_of_that_number_becomes_it(self, client, installed, school, teacher):
        code = claiming.administrator_code(system(school.id))
        self.enter(client, installed.launch(client, "teacher1"), code)
        assert Role.ADMINISTRATOR in actor_of(teacher).roles

    def test_once(self, client, installed, school):
        code = claiming.administrator_code(system(school.id))
        self.enter(client, installed.launch(client, "admin"), code)
        again = self.enter(client, installed.launch(client, "teacher1"), code)
        assert again.status_code == 422
        assert "這個代碼不能使用" in again.text
        assert code in again.text, "what was typed is still there"

    def test_expired(self, client, installed, school, clock):
        code = claiming.administrator_code(system(school.id))
        clock.advance(days=14)
        # an LMS checks its own token times against the machine's clock
        answer = installed.launch(client, "admin")
        assert self.enter(client, answer, code).status_code == 422

    def test_guessing_ends_and_leaves_a_trace(self, client, installed, school, clock):
        answer = installed.launch(client, "student1")
        code = claiming.administrator_code(system(school.id))
        for _try in range(claiming.TRIES):
            self.enter(client, answer, "AAAA-AAAA-AAAA")
        assert [one.verb for one in rows(AuditEvent)].count("code.refused") == claiming.TRIES
        assert "暫時不能再試" in self.enter(client, answer, code).text
        clock.advance(hours=1, seconds=1)
        assert self.enter(client, answer, code).status_code == 303

    def test_of_another_school(self, client, installed, app):
        code = claiming.administrator_code(system(factories.make_school().id))
        assert self.enter(client, installed.launch(client, "admin"), code).status_code == 422

    def test_a_persons_code(self, client, installed, school):
        person = factories.make_student(school)
        registrar = actor_of(factories.make_staff(school, Role.REGISTRY))
        code = claiming.person_code(registrar, person.id)
        self.enter(client, installed.launch(client, "student1"), code)
        assert rows(LaunchPerson)[0].person_id == person.id

    def test_a_student_does_not_become_administrator(self, client, installed, school, student):
        code = claiming.administrator_code(system(school.id))
        answer = self.enter(client, installed.launch(client, "student1"), code)
        assert answer.status_code == 422
        assert rows(ClaimCode)[0].used_at is None

    def test_only_digests_are_stored(self, school, app):
        code = claiming.administrator_code(system(school.id))
        assert code.replace("-", "") not in str(vars(rows(ClaimCode)[0]))

    def test_who_may_make_codes(self, school):
        teacher = actor_of(factories.make_teacher(school), Role.TEACHER)
        with pytest.raises(NotAllowed):
            claiming.administrator_code(teacher)
        with pytest.raises(NotAllowed):
            claiming.person_code(teacher, 1)


class TestRoles:
    def actor(self, app, client, answer):
        seen = []
        load = app.extensions["licheng.actor_loader"]
        app.extensions["licheng.actor_loader"] = lambda: seen.append(load()) or seen[-1]
        client.get(root_of(answer) + "/welcome")
        app.extensions["licheng.actor_loader"] = load
        return seen[-1]

    def test_an_lms_teacher_who_is_staff_is_a_teacher(self, app, client, installed, teacher):
        actor = self.actor(app, client, installed.launch(client, "teacher1"))
        assert actor.roles == {Role.TEACHER}

    def test_an_lms_teacher_who_is_a_student_here_is_a_student(
        self, app, client, installed, school
    ):
        factories.make_student(school, number=account(installed, "teacher1").idnumber)
        actor = self.actor(app, client, installed.launch(client, "teacher1"))
        assert actor.roles == {Role.STUDENT}

    @pytest.mark.parametrize("switched_on", [False, True])
    def test_a_site_administrator_only_by_the_schools_switch(
        self, app, client, installed, school, switched_on
    ):
        factories.make_teacher(school, number=account(installed, "admin").idnumber)
        with db.writing() as session:
            session.merge(school).settings = {
                "lms_roles": {"institution_administrator": switched_on}
            }
        actor = self.actor(app, client, installed.launch(client, "admin"))
        assert (Role.ADMINISTRATOR in actor.roles) is switched_on

    @pytest.mark.parametrize("switch", ["institution_administrator", "system_administrator"])
    def test_the_administrator_of_a_course_is_none_of_the_school(
        self, app, client, installed, school, switch
    ):
        """A teacher may call somebody so in a course of their own; the switches speak of
        accounts."""
        factories.make_teacher(school, number=account(installed, "teacher1").idnumber)
        with db.writing() as session:
            session.merge(school).settings = {"lms_roles": {switch: True}}
        begun = installed.begin(client, "teacher1")
        claims = installed.claims("teacher1", nonce=begun.nonce) | {
            CLAIM_ROLES: ["http://purl.imsglobal.org/vocab/lis/v2/membership#Administrator"]
        }
        answer = client.post(
            "/lti/launch", data={"state": begun.state, "id_token": installed.sign(claims)}
        )
        assert Role.ADMINISTRATOR not in self.actor(app, client, answer).roles

    def test_somebody_who_left_meanwhile_holds_nothing(self, app, client, installed, student):
        answer = installed.launch(client, "student1")
        with db.writing() as session:
            session.merge(student).active = False
        actor = self.actor(app, client, answer)
        assert (actor.person_id, actor.roles) == (None, frozenset())


class TestConnections:
    @pytest.fixture
    def administrator(self, school, act_as):
        return act_as(actor_of(factories.make_staff(school, Role.ADMINISTRATOR)))

    def test_the_page(self, client, installed, administrator):
        installed.launch(client, "student1")
        page = client.get("/connections")
        assert installed.issuer in page.text
        assert installed.tool.client_id in page.text
        assert account(installed, "student1").email not in page.text

    def test_make_and_revoke_a_link(self, client, installed, administrator):
        page = client.get("/connections")
        made = client.post(
            "/connections/invite", data={"csrf_token": csrf_of(page.text), "days": "7"}
        )
        link = made.text.split('id="invitation-link" value="')[1].split('"')[0]
        path = link.removeprefix("http://localhost")
        assert client.get(path).status_code == 200
        client.post("/connections/invitations/2/revoke", data={"csrf_token": csrf_of(page.text)})
        assert client.get(path).status_code == 403

    def test_a_link_for_too_long(self, client, installed, administrator):
        page = client.get("/connections")
        refused = client.post(
            "/connections/invite", data={"csrf_token": csrf_of(page.text), "days": "91"}
        )
        assert refused.status_code == 422

    def test_disable_and_enable(self, client, installed, administrator):
        token = csrf_of(client.get("/connections").text)
        for path in ("/connections/registrations/1", "/connections/deployments/1"):
            client.post(path, data={"csrf_token": token, "active": "0"})
            login = client.post("/lti/login", data=installed.login_fields("student1"))
            assert (
                login.status_code == 403 or installed.launch(client, "student1").status_code == 403
            )
            client.post(path, data={"csrf_token": token, "active": "1"})
            assert installed.launch(client, "student1").status_code == 303


def test_staff_entered_by_a_claim_can_be_found(school):
    """The person made for the first administrator is an ordinary member of staff."""
    made = school_operations.add_person(system(school.id), PersonKind.STAFF, "lms-1", "管理員")
    assert made.kind is PersonKind.STAFF
    assert web.holding(Role.ADMINISTRATOR)(actor_of(made)) is False
