"""The public door: whom a code lets in, and whom nothing lets in."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from plugin import db, jobs, schedule
from plugin.actor import Role
from plugin.certification import human, identity
from plugin.certification.models import CaseState, DoorMark, EntryCode
from plugin.certification.operations import addresses, door, door_counts
from plugin.certification.operations.door import CodeRefused
from plugin.certification.operations.door_counts import Visitor
from plugin.entrance.models import LaunchSession
from plugin.errors import Conflict, InvalidInput, LimitReached, NotFound
from plugin.school.models import Person, PersonKind, School
from plugin.school.operations import applicants
from plugin.trail.models import AuditEvent, OutboundMail
from tests.factories import FrozenClock, make_school
from tests.factories.certification import make_applicant, make_case, make_clerk, make_office
from tests.factories.school import actor_of, make_person, make_staff, make_student
from tests.plugin.certification.door_world import (
    EMAIL,
    ID,
    Door,
    Mailbox,
    asked,
    csrf,
    mailbox,
    solve,
    ticket,
)

OTHER_ID = "B123456780"
HERE = Visitor("browser", "network")


@pytest.fixture
def office(app: Flask) -> School:
    return make_office()


@pytest.fixture
def box(app: Flask) -> Iterator[Mailbox]:
    with mailbox(app) as found:
        yield found


@pytest.fixture
def at_door(office: School, client: FlaskClient, clock: FrozenClock) -> Door:
    return Door(office, client, clock)


def rows(model: Any) -> list[Any]:
    db._close_reads()
    return list(db.reading().scalars(sa.select(model).order_by(model.id)))


def code_of(mails: int = -1) -> str:
    """The code in a mail that waits to leave."""
    found = re.search(r"\b(\d{6})\b", rows(OutboundMail)[mails].body)
    assert found is not None
    return found[1]


def test_from_the_first_page_to_the_own_cases_by_real_mail(
    at_door: Door, box: Mailbox, client: FlaskClient
) -> None:
    answer = at_door.ask()
    assert answer.status_code == 303
    [(to, mail)] = box.mails
    assert to == [EMAIL]
    assert box.code() not in mail["Subject"]
    assert at_door.office.name in mail.get_content()
    assert ID not in mail.get_content()
    page = client.get(answer.location)
    assert "w***@example.edu.tw" in page.text
    assert "無效" not in page.text
    entered = at_door.type_code(f" {box.code()[:3]}-{box.code()[3:]} ")
    assert entered.status_code == 303
    assert re.fullmatch(r"/s/[\w-]{32}/certification/cases", entered.location)
    assert client.get(entered.location).status_code == 200
    desk = client.get(entered.location.removesuffix("certification/cases"))
    assert desk.status_code == 200
    assert "申請人" in desk.text
    assert "學習平臺" not in desk.text
    [person] = rows(Person)
    assert (person.kind, person.email, person.national_id) == (PersonKind.APPLICANT, EMAIL, ID)
    [code] = rows(EntryCode)
    assert box.code() not in str(vars(code)), "only a digest is stored"
    for event in rows(AuditEvent):
        assert ID not in str(event.detail)
        assert EMAIL not in str(event.detail)


def test_coming_again_finds_the_same_person_on_another_device(
    app: Flask, at_door: Door, clock: FrozenClock, office: School
) -> None:
    at_door.ask()
    assert at_door.type_code(code_of()).status_code == 303
    clock.advance(hours=2)
    phone = Door(office, app.test_client(), clock)
    phone.ask(national_id="a１２３４５６７８９", email=f" {EMAIL.upper()} ")
    assert phone.type_code(code_of()).status_code == 303
    assert len(rows(Person)) == 1
    assert {one.person_id for one in rows(LaunchSession)} == {rows(Person)[0].id}


def test_the_answer_is_the_same_whether_the_id_is_known_or_not(
    app: Flask, office: School, clock: FrozenClock
) -> None:
    make_case(make_applicant(office))
    pages = []
    for national_id in (ID, OTHER_ID):
        one = Door(office, app.test_client(), clock)
        answer = one.ask(national_id=national_id)
        page = one.client.get(answer.location)
        text = re.sub(r'value="[^"]*"|\d\d:\d\d', "", page.text)
        pages.append((answer.status_code, answer.location, text))
        clock.advance(minutes=5)
    assert pages[0] == pages[1]


def test_an_id_with_another_address_opens_nothing_of_before(at_door: Door, office: School) -> None:
    applicant = make_applicant(office)
    make_case(applicant, CaseState.PROCEDURAL)
    at_door.ask(email="thief@example.org")
    at_door.type_code(code_of())
    stranger = rows(Person)[-1]
    assert stranger.id != applicant.person_id
    assert rows(OutboundMail)[-1].recipient == "thief@example.org"


def test_somebody_of_the_roster_is_themselves_and_an_applicant_only(
    at_door: Door, office: School, client: FlaskClient
) -> None:
    clerk = make_staff(office, Role.ISSUING_OFFICE, email=EMAIL, national_id=ID)
    make_student(office, email=EMAIL, national_id=ID)
    at_door.ask()
    entered = at_door.type_code(code_of())
    assert rows(LaunchSession)[0].person_id == clerk.id
    token = entered.location.split("/")[2]
    assert client.get(f"/s/{token}/certification/pages").status_code == 403


def test_without_an_id_on_the_roster_the_own_case_says_who_it_is(
    at_door: Door, office: School
) -> None:
    teacher = make_person(office, PersonKind.STAFF, email=EMAIL)
    colleague = make_person(office, PersonKind.STAFF, email="colleague@example.edu.tw")
    make_case(actor_of(teacher), national_id=ID)
    at_door.ask()
    at_door.type_code(code_of())
    at_door.clock.advance(hours=3)
    at_door.ask(email=str(colleague.email), national_id=ID)
    first = rows(LaunchSession)[0]
    assert first.person_id == teacher.id


def test_the_code_is_good_once_for_ten_minutes_and_five_tries(
    app: Flask, office: School, clock: FrozenClock
) -> None:
    waiting = door.send(office.id, ID, EMAIL, HERE)
    code = code_of()
    wrong = f"{(int(code) + 1) % 10**6:06}"
    for left in (4, 3, 2, 1):
        with pytest.raises(CodeRefused, match=f"{left} 次"):
            door.enter(office.id, waiting, wrong, "b")
    assert door.enter(office.id, waiting, code, "b")
    with pytest.raises(CodeRefused, match="不能使用"):
        door.enter(office.id, waiting, code, "b")

    clock.advance(minutes=1)
    second = door.send(office.id, ID, EMAIL, HERE)
    for _try in range(5):
        with pytest.raises(CodeRefused):
            door.enter(office.id, second, wrong, "b")
    with pytest.raises(CodeRefused, match="不能使用"):
        door.enter(office.id, second, code_of(), "b")

    clock.advance(minutes=1)
    third = door.send(office.id, ID, EMAIL, HERE)
    clock.advance(minutes=10)
    with pytest.raises(CodeRefused, match="不能使用"):
        door.enter(office.id, third, code_of(), "b")


def test_a_new_code_makes_the_old_one_void(app: Flask, office: School, clock: FrozenClock) -> None:
    first = door.send(office.id, ID, EMAIL, HERE)
    old = code_of()
    with pytest.raises(LimitReached, match="剛剛寄出"):
        door.resend(office.id, first, HERE)
    clock.advance(seconds=61)
    second = door.resend(office.id, first, HERE)
    with pytest.raises(CodeRefused):
        door.enter(office.id, first, old, "b")
    assert door.enter(office.id, second, code_of(), "b")
    assert len(rows(LaunchSession)) == 1


def test_a_code_is_of_its_office(app: Flask, office: School) -> None:
    waiting = door.send(office.id, ID, EMAIL, HERE)
    with pytest.raises(CodeRefused):
        door.enter(make_office().id, waiting, code_of(), "b")
    with pytest.raises(InvalidInput):
        door.send(office.id, "A123456788", EMAIL, HERE)


@pytest.mark.parametrize(
    ("what", "most"), [("person", 5), ("address", 5), ("browser", 10), ("network", 60)]
)
def test_no_more_than_so_many_codes_an_hour(
    app: Flask, office: School, clock: FrozenClock, what: str, most: int
) -> None:
    ids = valid_ids(most + 2)

    def send(n: int) -> int:
        return door.send(
            office.id,
            ID if what == "person" else ids[n],
            EMAIL if what == "address" else f"t{n}@example.org",
            Visitor(
                "browser" if what == "browser" else f"b{n}",
                "network" if what == "network" else f"n{n}",
            ),
        )

    for n in range(most):
        send(n)
    before = len(rows(OutboundMail))
    with pytest.raises(LimitReached):
        send(most)
    assert len(rows(OutboundMail)) == before
    clock.advance(hours=1, seconds=1)
    send(most)


def valid_ids(count: int) -> list[str]:
    """Well-formed numbers, nobody's."""
    from plugin.school.identity import well_formed

    found = (f"F1{n:07}{check}" for n in range(1000) for check in range(10))
    return [one for one in found if well_formed(one)][:count]


def test_a_person_answers_a_program_does_not(at_door: Door) -> None:
    wrong = at_door.ask(answer="不知道")
    assert wrong.status_code == 422
    assert "答案不對" in wrong.text
    filled = at_door.ask(website="https://spam.example")
    assert filled.status_code == 422
    page = at_door.client.get(f"{at_door.area}/enter").text
    fields = {
        "csrf_token": csrf(page),
        "question": ticket(page),
        "national_id": ID,
        "email": EMAIL,
        "answer": solve(asked(page)),
    }
    hasty = at_door.client.post(f"{at_door.area}/enter", data=fields)
    assert "太快" in hasty.text
    at_door.clock.advance(seconds=30)
    again = at_door.client.post(f"{at_door.area}/enter", data=fields)
    assert "已經送出過" in again.text, "a question is answered once"
    forged = at_door.ask(question=fields["question"][:-1] + "é")
    assert "題目" in forged.text
    assert not rows(OutboundMail)
    assert at_door.ask().status_code == 303


def test_a_question_is_of_its_office_and_does_not_last(
    app: Flask, office: School, clock: FrozenClock
) -> None:
    question = human.ask(office.id, "zh_Hant_TW")
    assert human.read(make_office().id, question.ticket) is None
    read = human.read(office.id, question.ticket)
    assert read is not None
    assert read.fresh
    clock.advance(minutes=31)
    late = human.read(office.id, question.ticket)
    assert late is not None
    assert not late.fresh


@pytest.mark.parametrize("language", ["zh_Hant_TW", "en"])
def test_every_question_has_the_answer_that_its_words_ask_for(
    app: Flask, office: School, language: str
) -> None:
    kinds = set()
    for _time in range(200):
        question = human.ask(office.id, language)
        read = human.read(office.id, question.ticket)
        assert read is not None
        right = solve(question.words)
        kinds.add(right.isdigit())
        assert read.takes(f" {right.upper()}。")
        assert not read.takes(right + "x")
        assert not read.takes("")
    assert kinds == {True, False}


def test_whoever_mistypes_the_id_keeps_question_and_answer(at_door: Door) -> None:
    page = at_door.client.get(f"{at_door.area}/enter").text
    wrong = at_door.ask(national_id="A123456788")
    assert wrong.status_code == 422
    assert "不是有效的身分證" in wrong.text
    assert asked(wrong.text)
    assert f'value="{solve(asked(wrong.text))}"' in wrong.text
    assert ticket(page) != ticket(wrong.text)
    assert not rows(DoorMark)


def test_whoever_is_in_does_not_stand_at_the_door(at_door: Door, client: FlaskClient) -> None:
    at_door.ask()
    token = at_door.type_code(code_of()).location.split("/")[2]
    inside = client.get(f"/s/{token}{at_door.area}/enter")
    assert inside.location == f"/s/{token}/certification/cases"
    at_door.clock.advance(hours=13)
    outside = client.get(f"/s/{token}{at_door.area}/enter")
    assert outside.location == f"{at_door.area}/enter"
    ended = client.get(f"/s/{token}/")
    assert ended.status_code == 401
    assert f'href="{at_door.area}"' in ended.text


def test_an_applicant_is_called_by_their_address_until_they_say_their_name(
    app: Flask, office: School
) -> None:
    person = applicants.add(office.id, email=EMAIL, national_id=ID)
    assert person.name == "w***@example.edu.tw"
    assert applicants.said_name(person) == ""
    applicants.call(actor_of(person), " 王小明 ")
    assert applicants.said_name(rows(Person)[0]) == "王小明"
    clerk = make_staff(office, Role.ISSUING_OFFICE, name="林家豪")
    applicants.call(actor_of(clerk), "別的名字")
    assert rows(Person)[1].name == "林家豪", "people of the roster keep the roster's name"
    with pytest.raises(InvalidInput):
        applicants.call(actor_of(person), " ")


def test_the_office_changes_an_address_and_the_old_one_opens_nothing(
    at_door: Door, office: School, clock: FrozenClock, client: FlaskClient
) -> None:
    at_door.ask()
    token = at_door.type_code(code_of()).location.split("/")[2]
    person = rows(Person)[0]
    case = make_case(actor_of(person), CaseState.PROCEDURAL)
    clerk = make_clerk(office)
    for actor in (actor_of(person), make_clerk(make_office()), actor_of(make_staff(office))):
        with pytest.raises(NotFound):
            addresses.change(actor, case.id, "new@example.org", "person")
    with pytest.raises(InvalidInput):
        addresses.change(clerk, case.id, "new@example.org", "because")
    addresses.change(clerk, case.id, " New@Example.org ", "person")
    assert client.get(f"/s/{token}/").status_code == 401, "visits by the old address end"
    assert rows(OutboundMail)[-1].recipient == "new@example.org"
    clock.advance(hours=2)
    at_door.ask(email="new@example.org")
    at_door.type_code(code_of())
    assert rows(LaunchSession)[-1].person_id == person.id
    clock.advance(hours=2)
    at_door.ask()
    at_door.type_code(code_of())
    assert rows(LaunchSession)[-1].person_id != person.id
    with pytest.raises(Conflict):
        addresses.change(clerk, case.id, EMAIL, "letter")


def test_the_office_changes_no_address_of_the_roster(app: Flask, office: School) -> None:
    case = make_case(make_applicant(office), CaseState.PROCEDURAL)
    with pytest.raises(NotFound):
        addresses.change(make_clerk(office), case.id, "new@example.org", "person")


def test_what_is_over_is_forgotten(app: Flask, office: School, clock: FrozenClock) -> None:
    door.send(office.id, ID, EMAIL, HERE)
    clock.advance(hours=25)
    door.send(office.id, OTHER_ID, "b@example.org", HERE)
    jobs.run(schedule.tick("certification.door"))
    assert len(rows(EntryCode)) == 1
    assert len(rows(DoorMark)) == len(door_counts.SENDS)


@pytest.mark.parametrize(
    ("typed", "good"),
    [
        ("wang@example.edu.tw", True),
        ("ｗａｎｇ@example.edu.tw", True),
        ("a.b+c@mail.example.org", True),
        ("wang@example", False),
        ("wang@@example.org", False),
        ("wang@example.org, li@example.org", False),
        ("wang@example.org\r\nBcc: x@example.org", False),
        ("<wang@example.org>", False),
        ("wang@127.0.0.1", False),
        ("", False),
    ],
)
def test_an_address_is_one_address(typed: str, good: bool) -> None:
    assert bool(identity._ADDRESS.fullmatch(identity.kept_address(typed))) is good


def test_there_is_no_door_where_no_certificates_are_issued(app: Flask, client: FlaskClient) -> None:
    school = make_school()
    for path in ("", "/enter", "/status", "/apply"):
        assert client.get(f"/office/{school.code}/certification{path}").status_code == 404
        assert client.get(f"/office/nobody/certification{path}").status_code == 404
