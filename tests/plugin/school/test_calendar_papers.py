"""The school desk: year plan, regulations, working group, briefings; and who may what."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from forms.definition import describe
from plugin import clock, db
from plugin.actor import Actor, Role
from plugin.errors import Conflict, InvalidInput, NotAllowed, NotFound
from plugin.school import calendar_queries, operations, paper_forms, regulations, windows
from plugin.school.calendar_models import (
    Audience,
    Briefing,
    BriefingGuest,
    GroupMeeting,
    GroupSeat,
    PlanPart,
)
from plugin.school.models import School, WindowKind
from plugin.school.operations import briefings, papers
from plugin.trail.models import AuditEvent
from plugin.vault.models import FileState, StoredFile
from tests.factories import (
    YEAR,
    FrozenClock,
    actor_of,
    at,
    make_class,
    make_parent,
    make_school,
    make_staff,
    make_student,
    make_teacher,
    make_window,
)
from tests.plugin.portfolio.world import pdf, png, staged

DAY = date(2026, 6, 30)


@pytest.fixture
def school(app: Flask) -> School:
    return make_school()


@pytest.fixture
def clerk(school: School, act_as: Callable[[Any], Any]) -> Actor:
    found: Actor = act_as(actor_of(make_staff(school, Role.REGISTRY)))
    return found


def token(client: FlaskClient, address: str) -> str:
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', client.get(address).text)
    assert found, address
    return found[1]


def post(client: FlaskClient, address: str, page: str = "", **values: Any) -> Any:
    return client.post(address, data={"csrf_token": token(client, page or address), **values})


class TestRegulations:
    def test_a_version_is_kept_and_cited(
        self, client: FlaskClient, clerk: Actor, school: School, act_as: Callable[[Any], Any]
    ) -> None:
        for number, day in ((1, "114/06/30"), (2, "115/06/30")):
            answer = post(
                client, "/school/regulations/new", passed_on=day, passed_by="校務會議",
                note="修正件數", paper=(io.BytesIO(pdf()), "補充規定.pdf"),
            )  # fmt: skip
            assert answer.status_code == 302, answer.text
            newest = regulations.in_force(school.id, clock.today())
            assert newest is not None
            assert newest.version == number
        files = db.reading().scalars(sa.select(StoredFile)).all()
        assert [one.state for one in files] == [FileState.ACCEPTED] * 2
        act_as(actor_of(make_student(school)))
        page = client.get("/school/regulations").text
        assert "第 2 版" in page
        assert "/regulations/new" not in page
        (address, _other) = re.findall(r'href="([^"]+)" download', page)
        with client.get(address) as sent:
            assert sent.headers["Content-Disposition"].startswith("attachment")
        why = client.get("/school/rules/selection.outcomes.max").text
        assert "本校補充規定第 2 版（民國115年6月30日" in why

    def test_a_refusal_names_its_source(self, school: School, clerk: Actor) -> None:
        file = papers.receive_regulation(clerk, staged(pdf()))
        papers.add_regulation(clerk, DAY, "校務會議", file.id)
        make_window(school, WindowKind.SELECTION, opens_at=at(2026, 9, 1), closes_at=at(2026, 9, 9))
        with pytest.raises(Exception, match="勾選") as refusal:
            windows.require_open(school.id, WindowKind.SELECTION, YEAR)
        assert "115 學年度作業期程" in refusal.value.remedy  # type: ignore[attr-defined]
        assert "補充規定第 1 版" in refusal.value.remedy  # type: ignore[attr-defined]

    def test_only_a_paper_of_ones_own_and_once(self, school: School, clerk: Actor) -> None:
        colleague = actor_of(make_staff(school, Role.REGISTRY))
        file = papers.receive_regulation(colleague, staged(pdf()))
        with pytest.raises(InvalidInput):
            papers.add_regulation(clerk, DAY, "校務會議", file.id)
        papers.add_regulation(colleague, DAY, "校務會議", file.id)
        with pytest.raises(Conflict):
            papers.add_regulation(colleague, DAY, "校務會議", file.id)
        with pytest.raises(InvalidInput) as refusal:
            papers.add_regulation(clerk, clock.today() + timedelta(days=1), "校務會議", file.id)
        assert set(refusal.value.fields) == {"passed_on"}

    def test_no_picture(self, client: FlaskClient, clerk: Actor) -> None:
        answer = post(
            client, "/school/regulations/new", passed_on="115/06/30", passed_by="校務會議",
            paper=(io.BytesIO(png()), "規定.pdf"),
        )  # fmt: skip
        assert answer.status_code == 422
        assert db.reading().scalar(sa.select(sa.func.count()).select_from(StoredFile)) == 0


class TestThePlan:
    def test_is_added_to_changed_and_shown_to_all(
        self, client: FlaskClient, clerk: Actor, school: School, act_as: Callable[[Any], Any]
    ) -> None:
        values = {
            "part": "training", "title": "教師操作訓練", "unit": "教務處",
            "starts_on": "115/09/01", "ends_on": "115/09/10",
        }  # fmt: skip
        assert post(client, "/school/plan/new", **values).status_code == 302
        (item,) = calendar_queries.plan_items(school.id, YEAR)
        address = f"/school/plan/{item.id}"
        bad = post(client, address, **(values | {"ends_on": "115/08/30"}))
        assert bad.status_code == 422
        assert post(client, address, **(values | {"title": "種子教師培訓"})).status_code == 302
        act_as(actor_of(make_student(school)))
        shown = client.get("/school/calendar").text
        assert "種子教師培訓" in shown
        assert "9/1–9/10" in shown
        act_as(clerk)
        assert post(client, address, act="remove").status_code == 302
        assert calendar_queries.plan_items(school.id, YEAR) == []


class TestTheGroup:
    def test_seats_from_the_sample_then_from_last_year(
        self, client: FlaskClient, clerk: Actor, school: School
    ) -> None:
        assert post(client, f"/school/group?year={YEAR}").status_code == 302
        first = calendar_queries.seats(school.id, YEAR)
        assert [one.post for one in first][:2] == ["校長（召集人）", "主任（執行秘書）"]
        assert post(
            client, f"/school/group/seats/{first[0].id}", post="校長（召集人）", name="林校長"
        ).status_code == 302  # fmt: skip
        assert post(client, "/school/group/seats/new", post="實習主任").status_code == 302
        assert "林校長" in client.get("/school/group").text
        assert papers.lay_out_seats(clerk, YEAR + 1) == len(first) + 1
        assert {one.name for one in calendar_queries.seats(school.id, YEAR + 1)} == {""}
        assert papers.lay_out_seats(clerk, YEAR + 1) == 0
        assert post(client, f"/school/group/seats/{first[1].id}", act="remove").status_code == 302
        assert len(calendar_queries.seats(school.id, YEAR)) == len(first)

    def test_minutes(self, client: FlaskClient, clerk: Actor, school: School) -> None:
        values = {
            "held_on": "115/09/05", "place": "會議室", "chair": "林校長",
            "present": "林校長、王主任", "minutes": "一、訂定工作計畫。\n二、通過作業期程。",
        }  # fmt: skip
        answer = post(client, "/school/group/meetings/new", **values)
        assert answer.status_code == 302
        page = client.get(answer.location).text
        assert "二、通過作業期程。" in page
        meeting = db.reading().scalars(sa.select(GroupMeeting)).one()
        again = post(
            client, f"/school/group/meetings/{meeting.id}/edit", **(values | {"place": "圖書館"})
        )
        assert "圖書館" in client.get(again.location).text
        lines = db.reading().scalars(
            sa.select(AuditEvent).where(AuditEvent.verb == "group.meeting")
        )
        assert all("林校長" not in str(one.detail) for one in lines)


class TestBriefings:
    def make(self, clerk: Actor, **changes: Any) -> Briefing:
        values: dict[str, Any] = {
            "audience": Audience.STUDENTS, "title": "新生宣導", "held_on": date(2026, 9, 10),
        }  # fmt: skip
        return briefings.save(clerk, values | changes)

    def test_people_by_number_and_by_class(
        self, client: FlaskClient, clerk: Actor, school: School
    ) -> None:
        one = self.make(clerk)
        room = make_class(school, code="101")
        pupils = [make_student(school, room) for _ in range(3)]
        teacher = make_teacher(school, number="T777", name="陳老師")
        elsewhere = make_teacher(make_school(), number="T888")
        text = f"T777\n101\n{pupils[0].number}、T888"
        answer = post(client, f"/school/briefings/{one.id}/expect", numbers=text)
        page = client.get(answer.location).text
        assert "已加入 4 人" in page
        assert "T888" in page, "who is not of this school is named as not found"
        there = db.reading().scalars(sa.select(BriefingGuest.person_id)).all()
        assert set(there) == {teacher.id, *(p.id for p in pupils)}
        assert elsewhere.id not in there
        assert briefings.expect(clerk, one.id, "101").count == 0

    def test_who_came(self, client: FlaskClient, clerk: Actor, school: School) -> None:
        one = self.make(clerk)
        people = [make_teacher(school, number=f"T{n}") for n in range(3)]
        briefings.expect(clerk, one.id, "T0 T1 T2")
        address = f"/school/briefings/{one.id}"
        shown = [p.id for p in people[:2]]
        answer = post(client, address, shown=shown, came=[people[0].id, people[2].id])
        assert "應到 3 人，實到 1 人" in client.get(answer.location).text, (
            "only who was on the page"
        )
        post(client, address, shown=shown, came=[people[1].id])
        rows = {
            guest.person_id: guest.came for guest, _person in calendar_queries.guests(one.id).items
        }
        assert rows == {people[0].id: False, people[1].id: True, people[2].id: False}

    def test_is_announced_and_changed(
        self, client: FlaskClient, clerk: Actor, school: School
    ) -> None:
        values = {"audience": "parents", "title": "親師說明會", "held_on": "115/09/20"}
        answer = post(client, "/school/briefings/new", **values)
        assert "親師說明會" in client.get("/school/briefings").text
        changed = post(client, f"{answer.location}/edit", **(values | {"place": "禮堂"}))
        assert "禮堂" in client.get(changed.location).text

    def test_a_thousand_are_paged(self, clerk: Actor, school: School) -> None:
        one = self.make(clerk)
        for n in range(7):
            make_teacher(school, number=f"T{n}")
        briefings.expect(clerk, one.id, " ".join(f"T{n}" for n in range(7)))
        first = calendar_queries.guests(one.id, limit=5)
        rest = calendar_queries.guests(one.id, after=first.next or "", limit=5)
        assert [len(first.items), len(rest.items), rest.next] == [5, 2, None]

    def test_nothing_and_too_much(self, clerk: Actor) -> None:
        one = self.make(clerk)
        for text in (" \n ", " ".join(f"N{n}" for n in range(briefings.MOST_NUMBERS + 1))):
            with pytest.raises(InvalidInput):
                briefings.expect(clerk, one.id, text)


def test_another_schools_papers_do_not_exist(school: School, clerk: Actor) -> None:
    theirs = actor_of(make_staff(make_school(), Role.REGISTRY))
    item = papers.save_plan_item(theirs, YEAR, PlanPart.OTHER, "他校的工作", DAY, DAY)
    seat = papers.save_seat(theirs, YEAR, "校長", "他")
    one = TestBriefings().make(theirs)
    acts: list[Callable[[], object]] = [
        lambda: papers.remove_plan_item(clerk, item.id),
        lambda: papers.remove_seat(clerk, seat.id),
        lambda: papers.save_seat(clerk, YEAR, "校長", "我", seat_id=seat.id),
        lambda: briefings.expect(clerk, one.id, "T1"),
        lambda: briefings.mark(clerk, one.id, [1], [1]),
    ]
    for act in acts:
        with pytest.raises(NotFound):
            act()
    assert db.reading().get_one(GroupSeat, seat.id).name == "他"


OK, NO = 200, 403
KEPT = [
    f"/school/calendar/{YEAR}", "/school/calendar/extensions/new", "/school/plan",
    "/school/plan/new", "/school/regulations/new", "/school/group", "/school/group/seats/new",
    "/school/group/meetings/new", "/school/briefings", "/school/briefings/new",
]  # fmt: skip
READ = ["/school/calendar", "/school/regulations", "/school/rules"]


def test_who_may_open_what(
    client: FlaskClient, school: School, act_as: Callable[[Any], Any], clock: FrozenClock
) -> None:
    student = make_student(school)
    people = {
        "registry": (actor_of(make_staff(school, Role.REGISTRY)), OK, OK),
        "administrator": (actor_of(make_staff(school, Role.ADMINISTRATOR)), OK, OK),
        "student affairs": (actor_of(make_staff(school, Role.STUDENT_AFFAIRS)), OK, NO),
        "counsellor": (actor_of(make_staff(school, Role.COUNSELLOR)), OK, NO),
        "student": (actor_of(student), OK, NO),
        "parent": (actor_of(make_parent(school, student)), OK, NO),
        "nobody's role": (actor_of(make_staff(school)), NO, NO),
        "nobody": (None, 401, 401),
    }
    for who, (actor, reads, keeps) in people.items():
        act_as(actor)
        found = {path: client.get(path).status_code for path in READ + KEPT}
        assert found == dict.fromkeys(READ, reads) | dict.fromkeys(KEPT, keeps), who
    with pytest.raises(NotAllowed):
        operations.lay_out(actor_of(student), YEAR, {}, confirmed=True)
    with pytest.raises(NotAllowed):
        papers.lay_out_plan(actor_of(student), YEAR)


FORMS = [
    paper_forms.PlanItemForm,
    paper_forms.RegulationForm,
    paper_forms.SeatForm,
    paper_forms.MeetingForm,
    paper_forms.BriefingForm,
    paper_forms.ExpectForm,
]


@pytest.mark.parametrize("form", FORMS)
def test_every_form_can_be_asked_at_every_door(app: Any, form: Any) -> None:
    with app.test_request_context():
        described = describe(form)
    assert described.title
    assert all(field.prompt for field in described.fields)
