"""The page 匯入資料 as the registry meets it; templates; what it costs."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from typing import Any

import openpyxl
import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event

from benchmarks import import_school
from plugin import db, tenancy
from plugin.actor import Role
from plugin.errors import NotAllowed, NotFound
from plugin.school.importing import operations, template
from plugin.school.importing.models import ImportFault, ImportState, SchoolImport
from plugin.school.importing.operations.kinds import OWN
from plugin.school.importing.queries import changes as lines_of
from plugin.school.models import Person, PersonKind
from plugin.vault import queries as vault
from plugin.vault.models import StoredFile
from tests.factories import actor_of, make_person, make_school, make_staff
from tests.plugin.school.importing.world import (
    SCHOOL,
    TERM,
    Registry,
    changed,
    csv_bytes,
    faults,
    only,
    told,
    workbook,
)
from tests.plugin.school.test_pages import token

ADDRESS = "/school/imports/"


@pytest.fixture
def registry(app: Flask) -> Registry:
    return Registry()


@pytest.fixture
def page(client: FlaskClient, registry: Registry, act_as: Callable[[Any], Any]) -> FlaskClient:
    act_as(registry.actor)
    return client


def send(client: FlaskClient, content: bytes, name: str, **fields: Any) -> Any:
    data = {"csrf_token": token(client, f"{ADDRESS}new"), "year": "115", "term": "1", **fields}
    data["file"] = (io.BytesIO(content), name)
    return client.post(f"{ADDRESS}new", data=data, content_type="multipart/form-data")


def post(client: FlaskClient, address: str, verb: str) -> Any:
    return client.post(f"{address}/{verb}", data={"csrf_token": token(client, f"{ADDRESS}new")})


class TestFromUploadToUndo:
    def test_the_whole_way(self, page: FlaskClient, registry: Registry) -> None:
        assert "還沒有匯入過資料" in page.get(ADDRESS).text
        address = send(page, workbook(SCHOOL), "115 開學.xlsx").location
        one = db.reading().scalars(sa.select(SchoolImport)).one()
        assert "job-progress" in page.get(address).text or one.state is ImportState.READY
        registry.worked(one)
        shown = page.get(address).text
        assert "套用 15 筆變更" in shown
        assert "王小明" in shown
        assert "A123456789" not in shown
        assert "身分證號：A12****789" in re.sub("<[^>]+>", "", shown)
        assert post(page, address, "apply").location == address
        registry.worked(one)
        assert "已套用" in page.get(address).text
        listed = page.get(ADDRESS).text
        assert "新增 15" in listed
        assert f"{address}/undo" in listed
        assert "復原這次匯入" in page.get(f"{address}/undo").text
        post(page, address, "undo")
        registry.worked(one)
        assert "已復原" in page.get(address).text
        assert db.reading().scalar(sa.select(sa.func.count(Person.id))) == 1

    def test_secrets_are_masked_in_changes(self, page: FlaskClient, registry: Registry) -> None:
        registry.brought(SCHOOL)
        one = registry.book(changed(SCHOOL, "學生", 1, 3, "F131104093"))
        shown = page.get(f"{ADDRESS}{one.id}").text
        assert "F13****093" in shown
        assert "A12****789" in shown
        assert "F131104093" not in shown

    def test_bad_rows_as_a_table_and_as_a_file(self, page: FlaskClient, registry: Registry) -> None:
        rows = [SCHOOL["教師"][0], *((f"T{n}", "", "x") for n in range(60))]
        one = registry.book({"教師": rows})
        shown = page.get(f"{ADDRESS}{one.id}").text
        assert "有 120 個錯誤" in shown
        assert "C2" in shown
        after = re.search(r'href="([^"]*after=\d+[^"]*)"', shown)
        assert after, "a second page"
        assert page.get(after[1].replace("&amp;", "&")).status_code == 200
        file = db.reading().get_one(StoredFile, one.faults_file_id)
        text = vault.path(file.sha256, file.size).read_bytes().decode("utf-8-sig")
        assert text.count("\r\n") == 121
        assert "教師,2,C2,電子郵件,x," in text
        assert post(page, f"{ADDRESS}{one.id}", "apply").status_code == 302
        assert db.reading().get_one(SchoolImport, one.id).state is ImportState.FAULTY

    def test_a_file_that_is_none(self, page: FlaskClient) -> None:
        answer = send(page, b"\x89PNG\r\n\x1a\n" + bytes(range(256)), "photo.png")
        assert answer.status_code == 422
        assert "編碼" in answer.text
        assert db.reading().scalar(sa.select(sa.func.count(SchoolImport.id))) == 0

    def test_letting_go(self, page: FlaskClient, registry: Registry) -> None:
        one = registry.book(changed(SCHOOL, "教師", 1, 2, "x"))
        post(page, f"{ADDRESS}{one.id}", "cancel")
        assert db.reading().scalar(sa.select(sa.func.count(ImportFault.id))) == 0
        assert "已放棄" in page.get(ADDRESS).text

    def test_english(self, page: FlaskClient, registry: Registry) -> None:
        one = registry.book(SCHOOL)
        assert page.get(f"{ADDRESS}{one.id}?lang=en").status_code == 200


class TestWho:
    def test_only_the_registry_and_administrators(self, registry: Registry) -> None:
        one = registry.book(SCHOOL)
        other = actor_of(make_staff(registry.school, Role.COUNSELLOR))
        affairs = actor_of(make_staff(registry.school, Role.STUDENT_AFFAIRS))
        with tenancy.within(registry.school.id):
            for verb in (operations.apply, operations.undo, operations.cancel):
                with pytest.raises(NotAllowed):
                    verb(other, one.id)
                with pytest.raises(NotFound):  # brings some kinds in, and sees their own imports
                    verb(affairs, one.id)

    def test_another_school_finds_nothing(self, registry: Registry) -> None:
        one = registry.book(SCHOOL)
        theirs = Registry(make_school())
        with tenancy.within(theirs.school.id):
            for verb in (operations.apply, operations.undo, operations.cancel):
                with pytest.raises(NotFound):
                    verb(theirs.actor, one.id)
            with pytest.raises(NotFound):
                operations.start(theirs.actor, one.file_id, TERM)

    def test_numbers_are_of_one_school(self, registry: Registry) -> None:
        make_person(make_school(), PersonKind.STAFF, number="T001", name="別校")
        registry.brought(SCHOOL)
        query = sa.select(Person.name).where(Person.number == "T001")
        assert sorted(db.reading().scalars(query)) == ["別校", "陳老師"]


class TestTemplates:
    def test_a_template_filled_in_comes_back(self, page: FlaskClient, registry: Registry) -> None:
        answer = page.get(f"{ADDRESS}template.xlsx")
        assert "attachment" in answer.headers["Content-Disposition"]
        book = openpyxl.load_workbook(io.BytesIO(answer.data))
        assert book.sheetnames == [one.sheet.title for one in template.offered()] + ["填寫說明"]
        lists = {one.formula1 for one in book["授課"].data_validations.dataValidation}
        assert '"任課教師,協同教師,代理人"' in lists
        assert book["學生"].column_dimensions["C"].width >= 12
        for title, rows in SCHOOL.items():
            heads = {cell.value: cell.column for cell in book[title][1]}
            for number, row in enumerate(rows[1:], 2):
                for head, value in zip(rows[0], row, strict=True):
                    book[title].cell(number, heads[head], None if value == "" else str(value))
        out = io.BytesIO()
        book.save(out)
        one = registry.upload(out.getvalue(), "template.xlsx")
        assert one.state is ImportState.READY, (one.message, told(one))
        assert sum(kind["new"] for kind in one.counts.values()) == 15

    def test_a_csv_template_comes_back(self, page: FlaskClient, registry: Registry) -> None:
        for of in template.offered():
            answer = page.get(f"{ADDRESS}template/{of.kind}.csv")
            assert answer.data.startswith(b"\xef\xbb\xbf")
            one = registry.upload(answer.data, f"{of.kind}.csv")
            assert one.state is ImportState.UNCHANGED, (of.kind, one.message)
        assert page.get(f"{ADDRESS}template/plan.csv").status_code == 404

    def test_every_column_is_explained(self, app: Flask) -> None:
        with app.test_request_context():
            for of in OWN:
                for column in of.sheet.columns:
                    assert column.title, (of.kind, column.key)
                    assert str(column.help), (of.kind, column.key)


class TestCost:
    def test_statements_do_not_grow_with_the_rows_of_a_chunk(self, registry: Registry) -> None:
        said: list[str] = []
        engine = db.engine()

        def count(_c: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
            said.append(statement.split(" WHERE", maxsplit=1)[0][:60])

        def cost(first: int, students: int) -> int:
            content = {
                title: list(rows) for title, rows in import_school.sheets(first + students, 3)
            }
            said.clear()
            event.listen(engine, "before_cursor_execute", count)
            one = registry.book(content)
            one = registry.apply(one)
            event.remove(engine, "before_cursor_execute", count)
            assert one.state is ImportState.APPLIED, (one.message, told(one)[:3])
            return len(said)

        few = cost(0, import_school.A_CLASS)
        many = cost(import_school.A_CLASS, 4 * import_school.A_CLASS)
        assert many <= few + 12, "rows that are there already are found by a statement a kind"

    def test_the_benchmark_runs_in_small(self, capsys: pytest.CaptureFixture[str]) -> None:
        import_school.run("peer", 20, 2)
        assert "BENCH-VALUE" in capsys.readouterr().out


def test_a_preview_is_paged(registry: Registry) -> None:
    rows = [SCHOOL["教師"][0], *((f"T{n:03}", "某人", "") for n in range(130))]
    one = registry.upload(csv_bytes(rows), "教師.csv")
    with tenancy.within(registry.school.id):
        first = lines_of(one.id)
        second = lines_of(one.id, after=first.next)
        gone = lines_of(one.id, action="gone")
    assert (len(first.items), second.items[0].key, gone.items) == (50, "T050", ())


def test_what_is_chosen_wins_over_guessing(registry: Registry) -> None:
    one = registry.upload(csv_bytes([("編號", "姓名"), ("T1", "某人")]), "a.csv", kind="teachers")
    assert one.counts["teachers"]["new"] == 1
    unknown = registry.upload(csv_bytes([("甲", "乙"), ("1", "2")]), "b.csv")
    assert unknown.state is ImportState.REFUSED
    wrong = registry.book(only(SCHOOL, "教師"), kind="courses")
    assert wrong.state is ImportState.REFUSED
    assert not faults(wrong)
