"""The roster: of the demo LMS over HTTP, and of platforms that behave worse."""

import json
import tracemalloc
from urllib.parse import urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lti.http import Limits
from lti.services import pages
from lti.services.errors import ServiceError
from lti.services.pages import next_page, with_path, with_query
from lti.services.roster import MEDIA_TYPE, Member, members, read_member

from .support import Asked, Installed, Reply, Server, fails

LEARNER = "http://purl.imsglobal.org/vocab/lis/v2/membership#Learner"
INSTRUCTOR = "http://purl.imsglobal.org/vocab/lis/v2/membership#Instructor"
GRADER = "http://purl.imsglobal.org/vocab/lis/v2/membership/Instructor#Grader"
STUDENT = "http://purl.imsglobal.org/vocab/lis/v2/institution/person#Student"


def person(number: object, **more: object) -> dict[str, object]:
    return {"user_id": str(number), "roles": [LEARNER], "status": "Active"} | more


def listing(*people: dict[str, object]) -> dict[str, object]:
    return {"id": "x", "context": {"id": "2"}, "members": list(people)}


def read(server: Server, path: str = "/members", **options) -> list[Member]:
    return list(members(server.connector(), server.url + path, **options))


class TestDemoLms:
    def test_everybody_in_one_answer(self, installed: Installed):
        found = {one.user_id: one for one in members(installed.connector, installed.roster_url())}
        assert len(found) == 16
        student = found["4"]
        assert (student.name, student.given_name, student.family_name) == ("吳怡君", "怡君", "吳")
        assert student.sourcedid == "S002"
        assert student.email.startswith("student2@")
        assert student.roles == ("Learner",)
        assert student.active

    def test_pages_give_the_same_people(self, installed: Installed):
        url = installed.roster_url()
        whole = list(members(installed.connector, url))
        assert list(members(installed.connector, url, page_limit=5)) == whole

    def test_a_role_that_is_lost_on_the_second_page(self, installed: Installed):
        url = installed.roster_url()
        teachers = [one.user_id for one in members(installed.connector, url, role="Instructor")]
        assert teachers == ["33"]
        learners = list(members(installed.connector, url, role="Learner", page_limit=3))
        assert len(learners) == 15
        assert all(one.roles == ("Learner",) for one in learners)

    def test_who_leaves_is_simply_not_there_any_more(self, installed: Installed):
        course = installed.lms.lms.world.courses["2"]
        del course.members["4"]
        found = [one.user_id for one in members(installed.connector, installed.roster_url())]
        assert len(found) == 15
        assert "4" not in found

    def test_a_course_that_is_gone(self, installed: Installed):
        with fails("SERVICE_REFUSED") as info:
            list(members(installed.connector, installed.roster_url("999")))
        assert info.value.status == 404

    def test_a_platform_that_is_down(self, installed: Installed):
        installed.lms.faults.service_status = 503
        with fails("SERVICE_BUSY"):
            list(members(installed.connector, installed.roster_url()))


class TestWhatIsAskedFor:
    def test_exactly_this_media_type_and_nothing_that_was_not_wanted(self, server):
        server.replies["/members"] = Reply(body=listing())
        assert read(server) == []
        asked = server.calls("/members")[0]
        assert asked.headers["Accept"] == MEDIA_TYPE
        assert asked.query == {}

    def test_limit_link_and_role(self, server):
        server.replies["/members"] = Reply(body=listing())
        read(server, "/members?course=Ab%2F1", page_limit=50, rlid="l 1", role=LEARNER)
        asked = server.calls("/members")[0]
        assert asked.query == {"course": "Ab/1", "limit": "50", "rlid": "l 1", "role": LEARNER}


class TestPages:
    def test_addresses_keep_their_case(self, server):
        def page(asked: Asked) -> Reply:
            if not asked.query:
                link = f'<{server.url}/members?Page=AbC&t=%E2%9c%93>; REL="Next"; title="a, <b>"'
                return Reply(body=listing(person(1)), links=(link,))
            return Reply(body=listing(person(asked.query["Page"])))

        server.replies["/members"] = page
        assert [one.user_id for one in read(server)] == ["1", "AbC"]
        assert server.calls("/members")[1].query == {"Page": "AbC", "t": "✓"}

    def test_pages_share_a_connection(self, server):
        def page(asked: Asked) -> Reply:
            number = int(asked.query.get("p", 1))
            links = (f'</members?p={number + 1}>; rel="next"',) if number < 20 else ()
            return Reply(body=listing(person(number)), links=links)

        server.replies["/members"] = page
        assert len(read(server)) == 20
        assert server.connections == 2, "one for the token, one for the pages"

    def test_a_page_that_leads_to_itself(self, server):
        server.replies["/members"] = Reply(body=listing(person(1)), links=("</members>; rel=next",))
        with fails("PAGES_ENDLESS"):
            read(server)
        assert len(server.calls("/members")) == 1

    def test_two_pages_that_lead_to_each_other(self, server):
        server.replies["/members"] = Reply(body=listing(), links=("</other#a>; rel=next",))
        server.replies["/other"] = Reply(body=listing(), links=("</members>; rel=next",))
        with fails("PAGES_ENDLESS") as info:
            read(server)
        assert not info.value.retry

    def test_pages_that_never_end(self, server, monkeypatch):
        monkeypatch.setattr(pages, "MAX_PAGES", 7)
        server.replies["/members"] = lambda asked: Reply(
            body=listing(), links=(f"</members?p={len(server.asked)}>; rel=next",)
        )
        with fails("PAGES_ENDLESS"):
            read(server)
        assert len(server.calls("/members")) == 7

    def test_too_many_people(self, server, monkeypatch):
        monkeypatch.setattr(pages, "MAX_ELEMENTS", 3)
        server.replies["/members"] = Reply(body=listing(*(person(n) for n in range(4))))
        with fails("PAGES_ENDLESS"):
            read(server)

    def test_pages_that_take_too_long_together(self, server, monkeypatch):
        monkeypatch.setattr(pages, "MAX_WAIT", 0.0)
        server.replies["/members"] = lambda asked: Reply(
            body=listing(), links=(f"</members?p={len(server.asked)}>; rel=next",)
        )
        with fails("PAGES_ENDLESS"):
            read(server)
        assert len(server.calls("/members")) == 1

    def test_the_next_page_is_at_another_host(self, server):
        link = f"<{server.elsewhere}/members>; rel=next"
        server.replies["/members"] = Reply(body=listing(person(1)), links=(link,))
        with fails("SERVICE_ANSWER_INVALID"):
            read(server)
        assert len(server.calls("/members")) == 1, "and is not asked with our token"

    @pytest.mark.parametrize("target", ["", "http://[bad", "javascript:1", "file:///etc/passwd"])
    def test_the_next_page_is_nowhere(self, server, target):
        server.replies["/members"] = Reply(body=listing(), links=(f"<{target}>; rel=next",))
        with fails("SERVICE_ANSWER_INVALID"):
            read(server)

    def test_a_token_that_ends_between_two_pages(self, server):
        names = iter(["first", "second"])
        server.replies["/token"] = lambda _: Reply(body={"access_token": next(names)})

        def page(asked: Asked) -> Reply:
            token, second = asked.headers["Authorization"].split()[1], "p" in asked.query
            if token == "first" and second:
                return Reply(401)
            links = () if second else ("</members?p=2>; rel=next",)
            return Reply(body=listing(person(token)), links=links)

        server.replies["/members"] = page
        assert [one.user_id for one in read(server)] == ["first", "second"]

    def test_a_later_page_that_fails_is_told_and_not_taken_for_the_end(self, server):
        server.replies["/members"] = Reply(body=listing(person(1)), links=("</b>; rel=next",))
        server.replies["/b"] = Reply(500)
        reading = members(server.connector(), f"{server.url}/members")
        assert next(reading).user_id == "1"
        with fails("SERVICE_BUSY"):
            next(reading)


class TestAnswers:
    @pytest.mark.parametrize(
        "body",
        [b"", b"<html>", b"[]", b'{"members": 1}', b'{"members": [1]}', b'{"error": "x"}', b"\xff"],
    )
    def test_no_roster(self, server, body):
        server.replies["/members"] = Reply(body=body)
        with fails("SERVICE_ANSWER_INVALID"):
            read(server)

    def test_cut_off(self, server):
        raw = json.dumps(listing(person(1), person(2))).encode()
        headers = {"Content-Length": str(len(raw)), "Connection": "close"}
        server.replies["/members"] = Reply(body=raw[:-30], headers=headers)
        with pytest.raises(ServiceError) as info:
            read(server)
        assert info.value.code in ("SERVICE_UNREACHABLE", "SERVICE_ANSWER_INVALID")

    @pytest.mark.parametrize("announced", [True, False])
    def test_larger_than_allowed(self, server, monkeypatch, announced):
        monkeypatch.setattr(pages, "LIMITS", Limits(size=10_000))
        raw = json.dumps(listing(*(person(n) for n in range(500)))).encode()
        headers = {} if announced else {"Content-Length": "9" * 30, "Connection": "close"}
        server.replies["/members"] = Reply(body=raw, headers=headers)
        with pytest.raises(ServiceError) as info:
            read(server)
        assert info.value.code in ("SERVICE_ANSWER_INVALID", "SERVICE_UNREACHABLE")

    def test_a_whole_school_in_one_answer_takes_no_more_memory_than_a_class(self, server):
        def growth(count: int) -> int:
            raw = json.dumps(listing(*(full(n) for n in range(count)))).encode()
            server.replies["/members"] = Reply(body=raw)
            tracemalloc.start()
            try:
                assert sum(1 for _ in members(server.connector(), f"{server.url}/members")) == count
                return tracemalloc.get_traced_memory()[1]
            finally:
                tracemalloc.stop()

        growth(500)
        assert growth(5000) < growth(500) * 1.5 + 50_000


def full(number: int) -> dict[str, object]:
    return person(
        number, name="怡君 吳", given_name="怡君", family_name="吳", email="a@school.test"
    )


class TestMembers:
    def test_all_that_may_be_told(self):
        assert read_member(
            {
                "status": "Active",
                "name": "Jane Q. Public",
                "given_name": "Jane",
                "family_name": "Doe",
                "email": "Jane@Platform.example.edu",
                "user_id": "0ae836b9-7fc9-4060-006f-27b2066ac545",
                "lis_person_sourcedid": "59254-6782-12ab",
                "roles": [INSTRUCTOR, 7],
                "group_enrollments": [{"group_id": "a"}, {"group_id": 2}, {"id": "x"}, "y"],
                "message": [{"https://purl.imsglobal.org/spec/lti/claim/locale": "en"}],
            }
        ) == Member(
            user_id="0ae836b9-7fc9-4060-006f-27b2066ac545",
            name="Jane Q. Public",
            given_name="Jane",
            family_name="Doe",
            email="jane@platform.example.edu",
            sourcedid="59254-6782-12ab",
            roles=(INSTRUCTOR,),
            active=True,
            group_ids=("a", "2"),
        )

    @pytest.mark.parametrize(
        ("status", "active"),
        [
            ("Active", True),
            ("Inactive", False),
            ("Deleted", False),
            ("deleted", False),
            ("http://purl.imsglobal.org/vocab/lis/v2/status#Inactive", False),
            ("liss:Active", True),
            (None, True),
            (5, True),
        ],
    )
    def test_status(self, status, active):
        assert read_member({"user_id": "1", "status": status}).active is active

    def test_a_number_that_is_nested_as_in_a_launch(self):
        assert read_member({"user_id": "1", "lis": {"person_sourcedid": "S1"}}).sourcedid == "S1"
        flat = {"user_id": "1", "lis_person_sourcedid": "", "lis": {"person_sourcedid": "S1"}}
        assert read_member(flat).sourcedid == ""

    @pytest.mark.parametrize("user_id", [None, "", " ", True, [], "x" * 256, "a\0"])
    def test_nobody_in_particular(self, user_id):
        assert read_member({"user_id": user_id, "name": "吳怡君"}) is None

    @pytest.mark.parametrize(
        ("role", "found"),
        [
            ("Learner", ["1", "4"]),
            (LEARNER, ["1", "4"]),
            ("Instructor", ["2"]),
            (INSTRUCTOR, ["2"]),
            (GRADER, ["2"]),
            (STUDENT, ["3", "4"]),
            ("Student", []),
            ("Mentor", []),
        ],
    )
    def test_a_role_is_looked_for_by_ourselves(self, server, role, found):
        server.replies["/members"] = Reply(
            body=listing(
                person(1, roles=["Learner"]),
                person(2, roles=[GRADER]),
                person(3, roles=[STUDENT]),
                person(4, roles=[STUDENT, LEARNER]),
            )
        )
        assert [one.user_id for one in read(server, role=role)] == found


VALUE = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=5,
)
FIELDS = ("user_id", "name", "given_name", "family_name", "email", "lis_person_sourcedid", "roles")
MORE = ("status", "group_enrollments", "lis", "message")
ENTRY = st.fixed_dictionaries(
    {}, optional={field: VALUE | st.text() | st.lists(VALUE) for field in (*FIELDS, *MORE)}
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.dictionaries(st.sampled_from(["members", "id", "context"]), st.lists(ENTRY) | VALUE))
def test_whatever_a_platform_answers(server: Server, document):
    """Members or a `ServiceError`, and nothing else; and members that a database can take."""
    server.replies["/members"] = Reply(body=json.dumps(document).encode())
    try:
        found = read(server)
    except ServiceError:
        return
    for one in found:
        assert one.user_id
        for text in (one.user_id, one.name, one.email, one.sourcedid, *one.roles, *one.group_ids):
            text.encode("utf-8")
            assert "\0" not in text


class TestLinkHeader:
    BASE = "https://lms.example/a/b?x=1"

    @pytest.mark.parametrize(
        ("header", "found"),
        [
            ("", ""),
            ('<https://LMS.example/P?Page=AbC>; rel="next"', "https://LMS.example/P?Page=AbC"),
            ("<c>; rel=next", "https://lms.example/a/c"),
            ("<?p=2>;rel=next", "https://lms.example/a/b?p=2"),
            ('<c>; title="x; rel=next"', ""),
            ('<c>; rel="prev next"', "https://lms.example/a/c"),
            ('<c>; rel="nextish"', ""),
            ('<c>; rel="prev"; rel="next"', ""),
            ("<a,b>; rel=prev, <c,d>; rel=next", "https://lms.example/a/c,d"),
            ("<a>; rel=first, <b>; crossorigin; rel=next", "https://lms.example/a/b"),
            ("<a>, <b>; rel=next", "https://lms.example/a/b"),
            ("rel=next", ""),
            ("<a>; rel=“next”", ""),
            ("<a#frag>; rel=next", "https://lms.example/a/a"),
            ("<" * 16_000, ""),
            ("<a>" + ";" * 16_000, ""),
            ("<a>" + '; x="y"' * 2000 + "; rel=next", "https://lms.example/a/a"),
        ],
    )
    def test_which_page_is_next(self, header, found):
        assert next_page({"link": header}, self.BASE) == found

    @pytest.mark.parametrize(
        "header", ["<>; rel=next", f"<{'a' * 5000}>; rel=next", "x" * 20_000, "<//[>; rel=next"]
    )
    def test_none_that_can_be_followed(self, header):
        with fails("SERVICE_ANSWER_INVALID"):
            next_page({"link": header}, self.BASE)

    @given(st.text(alphabet='<>;,="\\ relnxt/:?a[]', max_size=60))
    def test_noise(self, header):
        try:
            found = next_page({"link": header}, self.BASE)
        except ServiceError:
            return
        assert found == "" or header

    def test_several_headers(self, server):
        server.replies["/members"] = Reply(
            body=listing(), links=("</first>; rel=first", "</second>; rel=next")
        )
        server.replies["/second"] = Reply(body=listing(person(2)))
        assert [one.user_id for one in read(server)] == ["2"]


class TestAddresses:
    def test_parameters_are_added_and_nothing_else_is_changed(self):
        assert with_query("https://a/b?T=%2f&x", {"tag": "學習", "n": ""}) == (
            "https://a/b?T=%2f&x&" + urlencode({"tag": "學習"})
        )
        assert with_query("https://a/b#c", {"l": "5"}) == "https://a/b?l=5"
        assert with_query("https://a/b?limit=10", {"limit": "5"}) == "https://a/b?limit=10"

    def test_a_path_goes_before_the_query(self):
        assert with_path("https://a/1/lineitem?type_id=3", "/scores") == (
            "https://a/1/lineitem/scores?type_id=3"
        )
        assert with_path("https://a/eula/", "/user") == "https://a/eula/user"
