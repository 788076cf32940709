"""Messages about a person: from the gradebook, their data, the terms of use, their children."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from lti.platform.testing import SUBMISSION_REVIEW
from plugin import clock, db
from plugin.actor import Role
from plugin.entrance import agreement
from plugin.entrance.models import LaunchPerson, Registration, TermsAnswer
from plugin.school.models import School
from plugin.trail import events
from plugin.trail.models import AuditEvent
from tests import factories
from tests.plugin.entrance.conftest import csrf_of
from tests.plugin.entrance.test_messages import (
    CLAIM,
    INSTRUCTOR,
    LEARNER,
    arrive,
    launch,
    path_of,
)

MENTOR = "http://purl.imsglobal.org/vocab/lis/v2/membership#Mentor"
EULA = "https://purl.imsglobal.org/spec/lti/claim/eulaservice"
PRIVACY = ("DataPrivacyLaunchRequest", "LtiDataPrivacyLaunchRequest")


def message(kind, **more):
    return {CLAIM + "message_type": kind} | more


def account(person="student1"):
    db._close_reads()
    return db.reading().scalar(sa.select(LaunchPerson))


class TestReview:
    """What the entrance does; which outcomes are opened is the portfolio's (test_review)."""

    def review(self, client, lms, subject, person="teacher1", **claims):
        begun = lms.begin(client, person, message=SUBMISSION_REVIEW, for_user="student1")
        sent = lms.claims(person, nonce=begun.nonce, message=SUBMISSION_REVIEW, for_user="student1")
        sent[CLAIM + "for_user"] = {"user_id": subject}
        data = {"state": begun.state, "id_token": lms.sign(sent | claims)}
        return client.post("/lti/launch", data=data)

    @pytest.fixture
    def student(self, client, installed, school):
        """student1 has been here once, and is a student of the school."""
        world = installed.lms.world
        number = world.courses["2"].idnumber
        teacher = factories.make_teacher(school, number=world.person("teacher1").idnumber)
        student = factories.make_student(school, number=world.person("student1").idnumber)
        factories.make_course(school, teacher=teacher, students=[student], number=number)
        assert launch(client, installed, "student1").status_code == 303
        return student

    def test_a_teacher_is_led_to_the_students_work(self, client, installed, student):
        subject = installed.lms.world.person("student1").id
        answer = self.review(client, installed, subject)
        page, where = arrive(client, answer)
        assert where == "/review"
        assert page.request.args["student"] == str(student.id)
        assert "還沒有送出成果" in page.text

    def test_a_student_may_say_whom_they_like(self, client, installed, student):
        """Moodle signs this for any student, of anybody (measured); it opens nothing."""
        subject = installed.lms.world.person("student2").id
        answer = self.review(client, installed, subject, "student1")
        assert answer.status_code == 403
        assert "REVIEW_NOT_ALLOWED" in answer.text

    def test_somebody_who_was_never_here(self, client, installed, student):
        page, where = arrive(client, self.review(client, installed, "4711"))
        assert where == "/welcome/review"
        assert "還沒有從這個平臺開啟過歷程" in page.text

    def test_somebody_who_is_not_matched(self, client, installed, student):
        launch(client, installed, "student2")
        subject = installed.lms.world.person("student2").id
        page, _where = arrive(client, self.review(client, installed, subject))
        assert "還沒有與校內名冊配對" in page.text

    def test_the_same_account_in_another_school_is_somebody_else(self, client, installed, student):
        other = factories.make_school()
        theirs = factories.make_student(other)
        with db.writing() as session:
            [registration] = session.scalars(sa.select(Registration))
            session.add(
                LaunchPerson(
                    registration_id=registration.id, school_id=other.id, subject="777", name="別校",
                    email="", number="", person_id=theirs.id, first_seen_at=clock.now(),
                    changed_at=clock.now(),
                )
            )  # fmt: skip
        page, where = arrive(client, self.review(client, installed, "777"))
        assert where == "/welcome/review"
        assert "別校" not in page.text

    def test_a_page_of_it_without_the_message(self, client, installed, student):
        answer = launch(client, installed, "teacher1")
        root = "/".join(answer.location.split("/")[:3])
        assert client.get(root + "/welcome/review").status_code == 404


class TestPrivacy:
    @pytest.mark.parametrize("kind", PRIVACY)
    def test_what_is_kept_of_somebody_whom_nobody_knows(self, client, installed, kind):
        answer = launch(client, installed, "student1", drop=[CLAIM + "context"], **message(kind))
        page, where = arrive(client, answer)
        assert where == "/privacy"
        person = installed.lms.world.person("student1")
        assert person.idnumber in page.text
        for words in ("還沒有配對", "學習平臺的帳號", "第 3 條", "15 日", "30 日", "註冊組"):
            assert words in page.text

    def test_counts_of_the_rooms(self, client, installed, school):
        number = installed.lms.world.person("student1").idnumber
        factories.make_student(school, number=number, national_id="A123456789")
        page, _where = arrive(client, launch(client, installed, "student1", **message(PRIVACY[0])))
        assert "加密保存的身分證號" in page.text
        assert "A123456789" not in page.text
        assert "課程學習成果" not in page.text, "nothing there, nothing said"

    def test_an_administrator_asks_for_somebody(self, client, installed, school):
        launch(client, installed, "student1")
        other = account()
        number = installed.lms.world.person("manager1").idnumber
        factories.make_staff(school, Role.REGISTRY, number=number)
        asked = message(PRIVACY[1], **{CLAIM + "for_user": {"user_id": other.subject}})
        page, _where = arrive(client, launch(client, installed, "manager1", **asked))
        assert "這位使用者的個人資料" in page.text
        assert other.number in page.text
        [line] = db.reading().scalars(
            sa.select(AuditEvent).where(AuditEvent.verb == "privacy.look_up")
        )
        assert line.subject_id == other.id

    @pytest.mark.parametrize("roles", [[LEARNER], [INSTRUCTOR]])
    def test_others_see_their_own_whoever_is_named(self, client, installed, school, roles):
        launch(client, installed, "student1")
        other = account()
        number = installed.lms.world.person("teacher1").idnumber
        factories.make_teacher(school, number=number)
        asked = message(PRIVACY[1], **{CLAIM + "for_user": {"user_id": other.subject}})
        asked[CLAIM + "roles"] = roles
        page, _where = arrive(client, launch(client, installed, "teacher1", **asked))
        assert number in page.text
        assert other.number not in page.text

    def test_somebody_the_house_does_not_know(self, client, installed, school):
        number = installed.lms.world.person("manager1").idnumber
        factories.make_staff(school, Role.ADMINISTRATOR, number=number)
        asked = message(PRIVACY[0], **{CLAIM + "for_user": {"user_id": "4711"}})
        answer = launch(client, installed, "manager1", **asked)
        page = client.get(answer.location)
        assert page.status_code == 404
        assert "沒有這位使用者的資料" in page.text

    def test_every_page_leads_there(self, client, installed):
        page, _where = arrive(client, launch(client, installed, "student1"))
        assert "/privacy" in page.text


class TestTerms:
    @pytest.fixture
    def told(self, app):
        """What listeners hear of answers."""
        heard = []

        def hear(_sender, **said):
            heard.append(said)

        events.terms_answered.connect(hear)
        yield heard
        events.terms_answered.disconnect(hear)

    def asked(self, client, installed, person="student1", back="", **more):
        """A launch of this message: the page, and what its form needs."""
        claims = message("LtiEulaRequest") | more
        claims[EULA] = {"url": "https://lms.example/eula/5", "scope": []}
        claims[CLAIM + "launch_presentation"] = {"return_url": back} if back else {}
        answer = launch(client, installed, person, drop=[CLAIM + "resource_link"], **claims)
        page = client.get(answer.location)
        assert page.status_code == 200, page.text
        assert path_of(page) == "/terms"
        return answer.location, page

    def say(self, client, address, page, act, version=None):
        data = {
            "csrf_token": csrf_of(page.text),
            "act": act,
            "version": version or agreement.current(),
        }
        return client.post(address, data=data)

    def answers(self):
        db._close_reads()
        return [
            (one.version, one.accepted)
            for one in db.reading().scalars(sa.select(TermsAnswer).order_by(TermsAnswer.id))
        ]

    @pytest.mark.parametrize(("act", "accepted"), [("accept", True), ("decline", False)])
    def test_an_answer(self, client, installed, told, act, accepted):
        address, page = self.asked(client, installed, back=f"{installed.issuer}/back?sesskey=1")
        assert f"form-action 'self' {installed.issuer}" in page.headers["Content-Security-Policy"]
        answer = self.say(client, address, page, act)
        assert answer.status_code == 303
        assert answer.location == f"{installed.issuer}/back?sesskey=1"
        assert self.answers() == [(agreement.current(), accepted)]
        person = account()
        [heard] = told
        [row] = db.reading().scalars(sa.select(TermsAnswer))
        assert heard == {
            "school_id": person.school_id,
            "launch_person_id": person.id,
            "registration_id": person.registration_id,
            "answer_id": row.id,
            "url": "https://lms.example/eula/5",
            "subject": person.subject,
        }
        [line] = db.reading().scalars(
            sa.select(AuditEvent).where(AuditEvent.verb == f"terms.{act}")
        )
        assert line.detail == {"version": agreement.current()}

    @pytest.mark.parametrize("back", ["", "javascript:alert(1)", "not an address"])
    def test_without_a_way_back_there_is_a_page(self, client, installed, back):
        address, page = self.asked(client, installed, back=back)
        done = client.get(self.say(client, address, page, "accept").location)
        assert "已記下您的答覆" in done.text
        assert "javascript:" not in done.text

    def test_a_dialog_that_waits_for_a_message_gets_it(self, client, installed):
        with db.writing() as session:
            session.execute(sa.update(Registration).values(product="canvas"))
        address, page = self.asked(client, installed, back=f"{installed.issuer}/back")
        done = client.get(self.say(client, address, page, "accept").location)
        assert 'data-lms-subject="lti.close"' in done.text
        assert f'data-lms-close="{installed.issuer}"' in done.text

    def test_changed_later_nothing_is_lost(self, client, installed, told):
        address, page = self.asked(client, installed)
        self.say(client, address, page, "accept")
        launched, _where = arrive(client, launch(client, installed, "student1"))
        root = "/".join(launched.request.path.split("/")[:3])
        assert "同意了" in client.get(root + "/privacy").text
        again = client.get(root + "/terms")
        assert "同意了這個版本" in again.text
        self.say(client, root + "/terms", again, "decline")
        assert self.answers() == [(agreement.current(), True), (agreement.current(), False)]
        assert "表示不同意" in client.get(root + "/privacy").text
        assert len(told) == 1, "a platform that did not ask is told nothing"

    def test_terms_that_were_published_anew_meanwhile(self, client, installed):
        address, page = self.asked(client, installed)
        answer = self.say(client, address, page, "accept", version="1999-01")
        assert "約定有了新的版本" in client.get(answer.location).text
        assert self.answers() == []

    def test_nonsense_is_no_answer(self, client, installed):
        address, page = self.asked(client, installed)
        assert self.say(client, address, page, "perhaps").status_code == 303
        assert self.answers() == []

    def test_both_languages_say_the_same(self):
        for version in agreement.versions():
            chinese, english = (agreement.terms(version, one) for one in agreement.LANGUAGES)
            assert chinese.version == english.version == version
            assert [len(one.points) for one in chinese.sections] == [
                len(one.points) for one in english.sections
            ]
        with pytest.raises(KeyError):
            agreement.terms("../models", "en")


class TestMentor:
    """Who sees whose child: the register of guardians decides, the claim narrows."""

    @pytest.fixture
    def family(self, client, installed, school):
        """By the register parent1 has two children, student1 and student2."""
        world = installed.lms.world
        children = []
        for name in ("student1", "student2", "student3"):
            children.append(factories.make_student(school, number=world.person(name).idnumber))
            launch(client, installed, name)
        number = world.person("parent1").idnumber or "P001"
        parent = factories.make_parent(school, *children[:2], number=number)
        return parent, children

    def actor(self, app, client, installed, roles, mentored=None, parent=None):
        """The actor of a launch of parent1."""
        claims = {CLAIM + "roles": roles}
        claims[CLAIM + "lis"] = {"person_sourcedid": parent.number}
        if mentored is not None:
            world = installed.lms.world
            claims[CLAIM + "role_scope_mentor"] = [world.person(one).id for one in mentored]
        answer = launch(client, installed, "parent1", **claims)
        found = []
        loader = app.extensions["licheng.actor_loader"]
        app.extensions["licheng.actor_loader"] = lambda: found.append(loader()) or found[-1]
        try:
            client.get(answer.location)
        finally:
            app.extensions["licheng.actor_loader"] = loader
        return found[-1]

    def test_the_claim_narrows(self, app, client, installed, family):
        parent, children = family
        actor = self.actor(app, client, installed, [MENTOR], ["student2"], parent)
        assert actor.child_ids == (children[1].id,)
        assert Role.PARENT in actor.roles

    def test_it_never_widens(self, app, client, installed, family):
        parent, children = family
        actor = self.actor(app, client, installed, [MENTOR], ["student1", "student3"], parent)
        assert actor.child_ids == (children[0].id,)

    @pytest.mark.parametrize("mentored", [None, [], ["student3"], ["teacher1"]])
    def test_no_claim_nobody(self, app, client, installed, family, mentored):
        parent, _children = family
        actor = self.actor(app, client, installed, [MENTOR], mentored, parent)
        assert actor.child_ids == ()
        assert Role.PARENT not in actor.roles

    def test_moodle_calls_parents_learners_and_the_register_decides(
        self, app, client, installed, family
    ):
        parent, children = family
        actor = self.actor(app, client, installed, [LEARNER], ["student3"], parent)
        assert actor.child_ids == tuple(one.id for one in children[:2])
        assert actor.roles == {Role.PARENT}

    def test_a_mentor_is_never_staff(self, app, client, installed, family):
        parent, _children = family
        actor = self.actor(app, client, installed, [MENTOR, INSTRUCTOR], ["student1"], parent)
        assert actor.roles == {Role.PARENT}

    def test_a_school_whose_lms_is_kept_by_its_registry(
        self, app, client, installed, school, family
    ):
        parent, children = family
        with db.writing() as session:
            settings = {"lms_roles": {"mentor_children": True}}
            session.execute(
                sa.update(School).where(School.id == school.id).values(settings=settings)
            )
        actor = self.actor(app, client, installed, [MENTOR], ["student3", "teacher1"], parent)
        assert actor.child_ids == (children[2].id,)
