"""Who gets through which door of exchange: role × school; and what the pages say."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from plugin import db
from plugin.actor import Actor, Role
from plugin.portfolio.models import ExchangeIn, ExchangeOut, InState, Outcome
from plugin.uploads import FILE_CAP, LARGER_FILES
from tests.factories import actor_of, make_staff, make_student
from tests.plugin.portfolio.exchange.between import PASSWORD, Two
from tests.plugin.portfolio.test_access import NO, NONE, OK, OUT, STATUS

PEOPLE = ("exchange", "foreign exchange", "registry", "student", "teacher", "administrator",
          "nobody")  # fmt: skip
ANY = {"exchange": OK, "foreign exchange": OK, "registry": OK, "nobody": OUT}
OURS = ANY | {"foreign exchange": NONE}

MATRIX = {
    ("GET", "/exchange"): ANY,
    ("GET", "/exchange/password"): ANY,
    ("POST", "/exchange/password"): ANY,
    ("GET", "/exchange/out/new"): ANY,
    ("POST", "/exchange/out/new"): ANY,
    ("GET", "/exchange/out/<exchange_out>"): OURS,
    ("GET", "/exchange/in/new"): ANY,
    ("POST", "/exchange/in/new"): ANY,
    ("GET", "/exchange/in/<exchange_in>"): OURS,
    ("POST", "/exchange/in/<exchange_in>/<act>"): OURS,
}


def test_the_matrix_names_every_route(app: Flask) -> None:
    found = set()
    for rule in app.url_map.iter_rules():
        if rule.rule.startswith("/exchange"):
            path = re.sub(r"<int:(\w+?)_id>", r"<\1>", rule.rule)
            path = re.sub(r"<any\([^>]*>", "<act>", path)
            found |= {(verb, path) for verb in (rule.methods or set()) - {"HEAD", "OPTIONS"}}
    assert found == set(MATRIX)


def test_access(
    client: FlaskClient, two: Two, act_as: Callable[[Any], Any], tmp_path: Path
) -> None:
    two.old.certified()
    made = two.build()
    found = two.bring(two.content(made), tmp_path)
    with db.writing() as session:  # as if the old school had brought it
        session.execute(sa.update(ExchangeIn).values(school_id=two.old.school.id))
    people: dict[str, Actor | None] = {
        "exchange": two.sender,
        "foreign exchange": two.taker,
        "registry": two.old.clerk,
        "student": two.old.pupil,
        "teacher": two.old.master,
        "administrator": actor_of(make_staff(two.old.school, Role.ADMINISTRATOR)),
        "nobody": None,
    }
    faults = []
    for who in PEOPLE:
        act_as(people[who])
        token = re.search(r'name="csrf-token" content="([^"]+)"', client.get("/").text)
        for (verb, path), said in MATRIX.items():
            address = path.replace("<exchange_out>", str(made.id)).replace("<act>", "again")
            address = address.replace("<exchange_in>", str(found.id))
            form = {"csrf_token": token[1] if token else ""} if verb == "POST" else None
            answer = client.open(address, method=verb, data=form)
            met = STATUS.get(answer.status_code, str(answer.status_code))
            if met != said.get(who, NO):
                faults.append(f"{verb} {path} by {who}: {met}, not {said.get(who, NO)}")
    assert faults == []


def post(client: FlaskClient, path: str, **data: Any) -> Any:
    token = re.search(r'name="csrf-token" content="([^"]+)"', client.get("/exchange").text)[1]
    data["csrf_token"] = token
    kind = "multipart/form-data" if "package" in data else None
    return client.post(path, data=data, content_type=kind)


def test_from_the_students_to_the_download(
    client: FlaskClient, two: Two, act_as: Callable[[Any], Any]
) -> None:
    two.work()
    act_as(two.sender)
    number = two.old.student.number
    unknown = post(client, "/exchange/out/new", students="X-NOBODY", reason="轉學", act="make")
    assert unknown.status_code == 422
    look = post(client, "/exchange/out/new", students=number, reason="轉學", act="look")
    assert two.old.student.name in look.text
    assert db.reading().scalars(sa.select(ExchangeOut)).all() == []
    made = post(client, "/exchange/out/new", students=number, reason="轉學", act="make")
    assert made.status_code == 302
    page = client.get(made.location).text
    address = re.search(r'href="(/files/[^"]+)"', page)[1]
    with client.get(address) as answer:
        assert answer.headers["Content-Disposition"].startswith("attachment")
        assert answer.data.startswith(b"PK")
    assert PASSWORD not in page


def test_from_the_upload_to_the_students_page(
    client: FlaskClient, two: Two, act_as: Callable[[Any], Any]
) -> None:
    two.work()
    content = two.content(two.build())
    act_as(two.taker)

    def upload(password: str) -> Any:
        return post(client, "/exchange/in/new", password=password,
                    package=(io.BytesIO(content), "old.zip"))  # fmt: skip

    refused = client.get(upload("wrong").location).text
    assert "密碼不正確" in refused
    brought = upload(PASSWORD)
    page = client.get(brought.location).text
    assert "赤壁賦心得" in page
    assert "A123456789" not in page
    taken = post(client, f"{brought.location}/take")
    assert taken.status_code == 302
    assert (
        db.reading()
        .scalars(sa.select(ExchangeIn.state).order_by(ExchangeIn.id.desc()).limit(1))
        .one()
        is InState.TAKEN
    )
    outcome = (
        db.reading()
        .scalars(sa.select(Outcome).where(Outcome.student_id == two.moved.id).order_by(Outcome.id))
        .first()
    )
    act_as(actor_of(two.moved))
    assert two.old.school.code in client.get(f"/outcomes/{outcome.id}").text
    act_as(two.taker)
    undone = post(client, f"{brought.location}/undo")
    assert undone.status_code == 302
    assert db.reading().get(Outcome, outcome.id) is None


def test_what_is_no_zip_is_told_at_the_field(
    client: FlaskClient, two: Two, act_as: Callable[[Any], Any]
) -> None:
    act_as(two.taker)
    answer = post(client, "/exchange/in/new", package=(io.BytesIO(b"%PDF"), "a.zip"))
    assert answer.status_code == 422
    assert "這不是 ZIP 檔" in answer.text


def test_a_short_password_is_refused_and_none_is_written_back(
    client: FlaskClient, two: Two, act_as: Callable[[Any], Any]
) -> None:
    act_as(two.sender)
    answer = post(client, "/exchange/password", password="abc-xyz", unit_code="000000000")
    assert answer.status_code == 422
    assert "abc-xyz" not in answer.text
    assert (
        post(
            client, "/exchange/password", password="long enough", unit_code="000000000"
        ).status_code
        == 302
    )


def test_packages_may_be_larger_than_other_files(app: Flask) -> None:
    for endpoint in ("portfolio.exchange_in_new", "portfolio.central_new"):
        assert endpoint in app.view_functions
        assert LARGER_FILES[endpoint] > FILE_CAP
    with app.test_request_context("/exchange/in/new", method="POST") as context:
        assert context.request.max_file_size > FILE_CAP
    with app.test_request_context("/outcomes/new", method="POST") as context:
        assert context.request.max_file_size == FILE_CAP


def test_a_preview_of_many_students_is_paged(
    client: FlaskClient, two: Two, act_as: Callable[[Any], Any], tmp_path: Path
) -> None:
    many = [
        make_student(two.old.school, national_id=f"D1{n:08d}", birthday="2010-01-01")
        for n in range(12)
    ]
    found = two.bring(two.content(two.build(*many)), tmp_path)
    act_as(two.taker)
    first = client.get(f"/exchange/in/{found.id}").text
    rest = client.get(f"/exchange/in/{found.id}?after=10").text
    names = [f"D1•••••{n:03d}" for n in range(12)]
    assert [name in first for name in names].count(True) == 10
    assert [name in rest for name in names].count(True) == 2
