"""Messages of an LMS: what a link leads to, and what may be chosen for one."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import urlsplit

import jwt
import pytest
import sqlalchemy as sa

from lti.deep_linking import CONTENT_ITEMS
from lti.platform.testing import DEEP_LINKING
from plugin import db
from plugin.actor import Role
from plugin.desk import destinations
from plugin.desk.destinations import Destination, Way
from plugin.entrance import columns
from plugin.entrance.models import LaunchPerson
from tests import factories
from tests.plugin.entrance.conftest import csrf_of

CLAIM = "https://purl.imsglobal.org/spec/lti/claim/"
SETTINGS = "https://purl.imsglobal.org/spec/lti-dl/claim/deep_linking_settings"
AGS = "https://purl.imsglobal.org/spec/lti-ags/claim/endpoint"
DL = "https://purl.imsglobal.org/spec/lti-dl/claim/"
LEARNER = "http://purl.imsglobal.org/vocab/lis/v2/membership#Learner"
INSTRUCTOR = "http://purl.imsglobal.org/vocab/lis/v2/membership#Instructor"
ADMINISTRATOR = "http://purl.imsglobal.org/vocab/lis/v2/institution/person#Administrator"


def launch(client, lms, person, *, drop=(), change=lambda claims: None, message=None, **claims):
    """A launch whose claims were altered; the answer to its post."""
    options = {"message": message} if message else {}
    begun = lms.begin(client, person, **options)
    sent = lms.claims(person, nonce=begun.nonce, **options) | claims
    for name in drop:
        sent.pop(name, None)
    change(sent)
    answer = client.post("/lti/launch", data={"state": begun.state, "id_token": lms.sign(sent)})
    assert answer.status_code == 303, answer.text
    return answer


def arrive(client, answer):
    """The first page that shows something, and its address without the session."""
    page = client.get(answer.location, follow_redirects=True)
    assert page.status_code == 200, page.text
    return page, path_of(page)


def path_of(page):
    return "/" + page.request.path.split("/", 3)[-1]


@pytest.fixture
def people(school, installed):
    """teacher1 and student1 of the LMS stand in the roster, in the course of LMS course 2."""
    world = installed.lms.world
    teacher = factories.make_teacher(school, number=world.person("teacher1").idnumber)
    student = factories.make_student(school, number=world.person("student1").idnumber)
    number = world.courses["2"].idnumber
    course = factories.make_course(school, teacher=teacher, students=[student], number=number)
    return teacher, student, course


class Selecting:
    """One content selection, from the launch to the answer that the platform gets."""

    def __init__(self, client, lms, person="teacher1", **launched):
        self.client, self.lms = client, lms
        lms.tool.jwks = client.get("/lti/jwks").json
        self.address = launch(client, lms, person, message=DEEP_LINKING, **launched).location
        assert self.address.endswith("/welcome/select")

    def page(self, status=200):
        page = self.client.get(self.address)
        assert page.status_code == status, page.text
        return page

    def send(self, *items, act="add", **fields):
        token = csrf_of(self.page().text)
        data = {"csrf_token": token, "act": act, "item": list(items), **fields}
        return self.client.post(self.address, data=data)

    def said(self, page):
        """The message in the answer page, verified as the platform would."""
        assert page.status_code == 200, page.text
        token = page.text.split('name="JWT" value="')[1].split('"')[0]
        key = jwt.PyJWK(self.lms.tool.jwks["keys"][0])
        return jwt.decode(token, key, ["RS256"], audience=self.lms.issuer, leeway=10**9)

    def choose(self, *items, **fields):
        return self.said(self.send(*items, **fields))[CONTENT_ITEMS]


class TestChoosing:
    def test_a_teacher_adds_a_link(self, client, installed):
        [item] = Selecting(client, installed).choose("outcomes", column="y")
        assert item["type"] == "ltiResourceLink"
        assert item["title"] == "繳交本課程學習成果"
        assert item["url"] == "http://localhost/lti/launch?open=outcomes"
        assert item["custom"] == {"open": "outcomes"}
        assert item["text"]
        assert item["lineItem"]["scoreMaximum"] == 1
        assert item["lineItem"]["resourceId"] == columns.RESOURCE_ID
        assert item["lineItem"]["tag"] == columns.TAG
        assert item["lineItem"]["submissionReview"]

    def test_the_answer_goes_to_the_platform_only(self, client, installed):
        selecting = Selecting(client, installed)
        for page in (selecting.page(), selecting.send("desk")):
            policy = page.headers["Content-Security-Policy"]
            assert f"form-action 'self' {installed.issuer}" in policy
        assert "data-post-now" in page.text
        assert "csrf_token" not in page.text.split("data-post-now")[1].split("</form>")[0]

    def test_several_with_titles_of_their_own(self, client, installed):
        items = Selecting(client, installed).choose(
            "desk", "outcomes", "certification", **{"title-desk": " 我的首頁 ", "column": ""}
        )
        assert [one["custom"]["open"] for one in items] == ["outcomes", "certification", "desk"]
        assert [one["title"] for one in items] == ["繳交本課程學習成果", "認證桌", "我的首頁"]
        assert not any("lineItem" in one for one in items), "no column was wanted"

    def test_one_where_the_platform_takes_one(self, client, installed):
        def one_only(claims):
            claims[SETTINGS]["accept_multiple"] = False

        selecting = Selecting(client, installed, change=one_only)
        assert 'type="radio"' in selecting.page().text
        [item] = selecting.choose("desk", title="首頁", column="y")
        assert item["custom"] == {"open": "desk"}
        assert item["title"] == "首頁"
        assert "lineItem" not in item, "nothing is handed in there"
        [item] = selecting.choose("outcomes", column="y")
        assert item["title"] == "繳交本課程學習成果"
        assert item["lineItem"]
        assert len(selecting.choose("desk", "outcomes")) == 1

    def test_nothing_or_nonsense_is_asked_again(self, client, installed):
        selecting = Selecting(client, installed)
        assert selecting.send().status_code == 422
        assert selecting.send("review").status_code == 422, "no link is made for that"
        answer = selecting.send("desk", **{"title-desk": "長" * 201})
        assert answer.status_code == 422
        assert "長長長" in answer.text, "what was typed is still there"

    def test_taking_it_back(self, client, installed):
        selecting = Selecting(client, installed)
        message = selecting.said(selecting.send(act="cancel"))
        assert message[CONTENT_ITEMS] == []
        assert DL + "errormsg" not in message

    def test_data_comes_back_and_only_if_it_came(self, client, installed):
        def with_data(claims):
            claims[SETTINGS]["data"] = "opaque=&ü"

        selecting = Selecting(client, installed, change=with_data)
        assert selecting.said(selecting.send("desk"))[DL + "data"] == "opaque=&ü"
        plain = Selecting(client, installed)
        assert DL + "data" not in plain.said(plain.send("desk"))

    def test_a_platform_that_takes_no_links_is_told(self, client, installed):
        def files_only(claims):
            claims[SETTINGS]["accept_types"] = ["file", "html"]

        selecting = Selecting(client, installed, change=files_only)
        message = selecting.said(selecting.page())
        assert message[CONTENT_ITEMS] == []
        assert "不接受外部工具的連結" in message[DL + "errormsg"]
        assert "ltiResourceLink" in message[DL + "errorlog"]

    @pytest.mark.parametrize("why", ["says no", "no service", "may not score"])
    def test_no_column_where_it_would_stay_empty(self, client, installed, why):
        def without(claims):
            if why == "says no":
                claims[SETTINGS]["accept_lineitem"] = False
            elif why == "no service":
                del claims[AGS]
            else:
                claims[AGS]["scope"] = [one for one in claims[AGS]["scope"] if "score" not in one]

        selecting = Selecting(client, installed, change=without)
        assert "成績簿" not in selecting.page().text
        [item] = selecting.choose("outcomes", column="y")
        assert "lineItem" not in item

    def test_in_a_course_without_activities(self, client, installed):
        """Moodle names no roster then; the addresses it told before are kept."""
        selecting = Selecting(
            client,
            installed,
            drop=["https://purl.imsglobal.org/spec/lti-nrps/claim/namesroleservice"],
        )
        assert len(selecting.choose("outcomes")) == 1

    def test_a_platform_that_does_not_say_who_chooses(self, client, installed):
        selecting = Selecting(client, installed, drop=["sub"])
        assert len(selecting.choose("desk")) == 1

    def test_a_room_that_comes_later_is_on_offer_at_once(self, app, client, installed, people):
        for name, kind in (("experience-contest", "contest"), ("experience-service", "service")):
            way = Way(
                frozenset({Role.STUDENT}), "portfolio.selection", lambda _a, k=kind: {"kind": k}
            )
            destinations.offer(app, Destination(name, f"多元表現：{kind}", "", (way,), order=60))
        items = Selecting(client, installed).choose("experience-service", "desk")
        assert [one["title"] for one in items] == ["學習歷程工作台", "多元表現：service"]
        answer = launch(client, installed, "student1", **{CLAIM + "custom": items[1]["custom"]})
        opened = client.get(answer.location)
        assert opened.location.endswith("/selection?kind=service")


class TestWhoChooses:
    def test_a_student_cannot(self, client, installed):
        address = launch(client, installed, "student1", message=DEEP_LINKING).location
        assert client.get(address).status_code == 403
        assert client.post(address).status_code in {400, 403}

    def test_a_student_whom_the_lms_calls_a_teacher_cannot(self, client, installed, people):
        roles = {CLAIM + "roles": [INSTRUCTOR]}
        address = launch(client, installed, "student1", message=DEEP_LINKING, **roles).location
        assert client.get(address).status_code == 403

    def test_a_teacher_who_is_not_matched_yet_can(self, client, installed):
        selecting = Selecting(client, installed, "teacher2")
        assert len(selecting.choose("outcomes")) == 1
        subject = installed.lms.world.person("teacher2").id
        [account] = db.reading().scalars(sa.select(LaunchPerson).filter_by(subject=subject))
        assert account.person_id is None

    def test_an_administrator_outside_of_a_course(self, client, installed):
        selecting = Selecting(
            client,
            installed,
            "admin",
            drop=[CLAIM + "context"],
            **{CLAIM + "roles": [ADMINISTRATOR]},
        )
        assert "繳交本課程學習成果" not in selecting.page().text
        assert selecting.send("outcomes").status_code == 422
        assert [one["custom"]["open"] for one in selecting.choose("desk")] == ["desk"]

    def test_nobody_without_being_asked(self, client, installed):
        answer = launch(client, installed, "teacher1")
        root = "/".join(answer.location.split("/")[:3])
        assert client.get(root + "/welcome/select").status_code == 404

    @pytest.mark.parametrize("role", ["", "Mentor"])
    def test_neither_parents_nor_people_without_a_role(self, client, installed, role):
        roles = [f"http://purl.imsglobal.org/vocab/lis/v2/membership#{role}"] if role else []
        address = launch(
            client, installed, "parent1", message=DEEP_LINKING, **{CLAIM + "roles": roles}
        ).location
        assert client.get(address).status_code == 403


class TestLeading:
    def opened(self, client, installed, person, place, **claims):
        given = {CLAIM + "custom": {"open": place}} | claims
        return arrive(client, launch(client, installed, person, **given))

    def test_a_student_to_the_outcomes_of_this_course(self, client, installed, people):
        _teacher, _student, course = people
        page, where = self.opened(client, installed, "student1", "outcomes")
        assert where == "/outcomes"
        assert page.request.args["course"] == str(course.id)
        assert f"「{course.name}」的學習成果" in page.text
        assert f"/outcomes/new?course={course.id}" in page.text

    def test_a_teacher_to_what_waits_in_this_course(self, client, installed, people):
        _teacher, _student, course = people
        page, where = self.opened(client, installed, "teacher1", "outcomes")
        assert where == "/certification"
        assert page.request.args["course"] == str(course.id)

    def test_the_registry_to_the_progress(self, client, installed, school, people):
        number = installed.lms.world.person("manager1").idnumber
        factories.make_staff(school, Role.REGISTRY, number=number)
        roles = {CLAIM + "roles": [ADMINISTRATOR]}
        _page, where = self.opened(client, installed, "manager1", "outcomes", **roles)
        assert where == "/progress"

    def test_a_teacher_to_the_desk_of_certification(self, client, installed, people):
        page, where = self.opened(client, installed, "teacher1", "certification")
        assert where == "/certification"
        assert not page.request.args

    def test_a_student_at_the_certification_desk_is_told(self, client, installed, people):
        page, where = self.opened(client, installed, "student1", "certification")
        assert where == "/"
        assert page.status_code == 200
        assert "這個連結是「認證桌」，不是您的身分使用的頁面" in page.text

    @pytest.mark.parametrize("place", ["", "desk", "nowhere", "review", "../x", "一", "x" * 99])
    def test_what_is_not_there_is_the_desk(self, client, installed, people, place):
        page, where = self.opened(client, installed, "student1", place)
        assert where == "/"
        assert page.status_code == 200
        assert "不是您的身分" not in page.text

    def test_the_address_of_the_link_wins(self, client, installed, people):
        """A platform's administrator may have set the parameter for every link."""
        target = {CLAIM + "target_link_uri": "http://localhost/lti/launch?open=certification"}
        login = installed.login_fields("teacher1")
        login["target_link_uri"] = target[CLAIM + "target_link_uri"]
        answer = client.post("/lti/login", data=login)
        query = dict(one.split("=", 1) for one in urlsplit(answer.location).query.split("&"))
        sent = installed.claims("teacher1", nonce=query["nonce"]) | target
        sent[CLAIM + "custom"] = {"open": "outcomes"}
        posted = client.post(
            "/lti/launch", data={"state": query["state"], "id_token": installed.sign(sent)}
        )
        page, where = arrive(client, posted)
        assert where == "/certification"
        assert not page.request.args

    def test_somebody_not_matched_yet_waits_and_then_goes_on(self, client, installed, school):
        answer = launch(client, installed, "student1", **{CLAIM + "custom": {"open": "outcomes"}})
        _page, where = arrive(client, answer)
        assert where == "/welcome"
        number = installed.lms.world.person("student1").idnumber
        student = factories.make_student(school, number=number)
        with db.writing() as session:
            session.execute(sa.update(LaunchPerson).values(person_id=student.id))
        _page, where = arrive(client, answer)
        assert where == "/outcomes"

    def test_a_teacher_says_which_course_it_is_and_goes_on(self, client, installed, school):
        number = installed.lms.world.person("teacher1").idnumber
        teacher = factories.make_teacher(school, number=number)
        course = factories.make_course(school, teacher=teacher)
        answer = launch(client, installed, "teacher1", **{CLAIM + "custom": {"open": "outcomes"}})
        assert answer.location.endswith("/welcome/course")
        token = csrf_of(client.get(answer.location).text)
        data = {"csrf_token": token, "courses": [str(course.id)]}
        page = client.post(answer.location, data=data, follow_redirects=True)
        assert path_of(page) == "/certification"
        assert page.request.args["course"] == str(course.id)

    def test_who_chose_no_course_is_not_asked_for_ever(self, client, installed, school):
        number = installed.lms.world.person("teacher1").idnumber
        factories.make_teacher(school, number=number)
        answer = launch(client, installed, "teacher1", **{CLAIM + "custom": {"open": "outcomes"}})
        token = csrf_of(client.get(answer.location).text)
        page = client.post(answer.location, data={"csrf_token": token}, follow_redirects=True)
        assert path_of(page) == "/certification"


@pytest.mark.parametrize("name", ["", "A", "a=b", "a\nb", "一", "-a", "a" * 41])
def test_a_name_that_some_platform_would_change(name):
    with pytest.raises(ValueError, match="name"):
        replace(Destination("desk", "", "", ()), name=name)


def test_the_picture_may_be_shown_by_an_lms(client):
    answer = client.get("/lti/icon")
    assert answer.status_code == 200
    assert answer.mimetype == "image/svg+xml"
    assert answer.data.startswith(b"<svg")
    assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
