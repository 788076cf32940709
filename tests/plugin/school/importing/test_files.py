"""Files as they come: encodings, marks, bombs, paths, formulas, sheets of any shape."""

from __future__ import annotations

import io
import zipfile
from datetime import date
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from forms.dates import parse_date
from plugin import db
from plugin.school.importing import files, tables
from plugin.school.importing.errors import FileUnreadable
from plugin.school.importing.models import ImportFault, ImportState
from plugin.school.importing.rows import identity_stands
from plugin.school.models import Person
from tests.plugin.school.importing.world import (
    SCHOOL,
    STUDENTS,
    Registry,
    changed,
    csv_bytes,
    faults,
    only,
    told,
    workbook,
    zipped,
)

TEACHERS = SCHOOL["教師"]


@pytest.fixture
def registry(app: Flask) -> Registry:
    return Registry()


def names() -> set[str]:
    db._close_reads()
    return set(db.reading().scalars(sa.select(Person.name)))


class TestText:
    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp950"])
    def test_encodings(self, registry: Registry, encoding: str) -> None:
        one = registry.apply(registry.upload(csv_bytes(TEACHERS, encoding), "教師.csv"))
        assert one.state is ImportState.APPLIED, (one.message, told(one))
        assert {"陳老師", "林老師"} <= names()

    def test_no_encoding_at_all(self, registry: Registry) -> None:
        with pytest.raises(FileUnreadable, match="編碼"):
            registry.upload(b"\xff\xfe\x00\xd8" * 2 + b"\x81\xff\x00", "教師.csv")

    @pytest.mark.parametrize("mark", [",", ";", "\t"])
    def test_separators_and_a_title_above(self, registry: Registry, mark: str) -> None:
        text = "本校教師名單\n\n" + "\n".join(mark.join(map(str, row)) for row in TEACHERS)
        one = registry.upload(text.encode(), "whatever.csv")
        assert (one.state, one.counts["teachers"]["new"]) == (ImportState.READY, 2)

    def test_a_row_of_explanations_is_passed_over(self, registry: Registry) -> None:
        rows = [TEACHERS[0], ("※必填", "說明", ""), *TEACHERS[1:]]
        assert registry.upload(csv_bytes(rows), "教師.csv").counts["teachers"]["rows"] == 2

    def test_formulas_are_text(self, registry: Registry) -> None:
        rows = [TEACHERS[0], ("T9", "=HYPERLINK(1)", ""), ("'0099", "'+陳", "")]
        registry.apply(registry.upload(csv_bytes(rows), "教師.csv"))
        assert {"=HYPERLINK(1)", "+陳"} <= names()
        assert db.reading().scalar(sa.select(Person.name).where(Person.number == "0099")) == "+陳"

    @given(st.text(max_size=30))
    def test_a_clean_text_is_clean(self, text: str) -> None:
        once = files.clean(text)
        assert once == once.strip()
        assert once.isprintable()

    @given(st.dates(date(1912, 1, 1), date(2900, 1, 1)))
    def test_a_date_means_the_same_in_both_calendars(self, day: date) -> None:
        roc = f"{day.year - 1911:03}{day.month:02}{day.day:02}"
        assert parse_date(roc) == parse_date(tables.text_of(day)) == day

    @given(st.integers(0, 9_999_999), st.sampled_from("ABCDEFGHJKLMNPQRSTUVXYWZIO"))
    def test_one_check_digit_stands(self, number: int, letter: str) -> None:
        body = f"{letter}1{number:07}"
        assert sum(identity_stands(f"{body}{last}") for last in range(10)) == 1


class TestWorkbooks:
    def test_leading_empty_rows_and_columns_keep_their_cells(self, registry: Registry) -> None:
        rows = [[""], ["", *TEACHERS[0]], ["", "T1", "", ""]]
        (fault,) = faults(registry.book({"教師": rows}))
        assert (fault.cell, fault.column) == ("C3", "姓名")

    def test_numbers_are_read_as_they_look(self, registry: Registry) -> None:
        registry.brought({"教師": [TEACHERS[0], (1150101, 5.0, "")]})
        assert db.reading().scalar(sa.select(Person.name).where(Person.number == "1150101")) == "5"

    def test_bad_cells_say_where_why_and_what_to_do(self, registry: Registry) -> None:
        sheets = changed(only(SCHOOL, "教師", "班級", "學生"), "學生", 1, 3, "A123456780")
        sheets = changed(changed(sheets, "學生", 2, 4, "99/13/40"), "學生", 2, 0, "999")
        sheets["學生"].append(["101", 1, "1150101", "", "", "重複", "no-address"])
        one = registry.book(sheets)
        found = {(row.cell, row.column): row for row in faults(one)}
        assert set(found) == {("D2", "身分證號"), ("E3", "出生日期"), ("G4", "電子郵件")}
        assert found["D2", "身分證號"].value == "A123456780"
        assert all(row.reason and row.remedy for row in found.values())
        raw = db.reading().connection().exec_driver_sql("SELECT value FROM import_fault")
        assert "A123456780" not in str(raw.all())

    def test_rows_that_stand_twice(self, registry: Registry) -> None:
        rows = [STUDENTS, ("", "", "S1", "", "", "甲", ""), ("", "", "S1", "", "", "乙", "")]
        rows += [("", "", "S2", "", "", "丙", "")] * 2
        one = registry.book({"學生": rows})
        (fault,) = faults(one)
        assert (fault.cell, fault.reason) == ("C3", "「學號」與第 2 列重複。")
        assert one.counts["students"]["left_out"] == {"與前面的列完全相同": 1}

    def test_a_sheet_nobody_knows_is_passed_over_and_said(self, registry: Registry) -> None:
        one = registry.book({"教師": TEACHERS, "備忘": [("買", "粉筆")]})
        assert "備忘" in str(one.counts["teachers"]["left_out"])

    def test_missing_columns(self, registry: Registry) -> None:
        one = registry.book({"學生": [("學號",), ("1",)]})
        assert one.state is ImportState.REFUSED
        assert "姓名" in one.message

    def test_a_cell_at_the_end_of_the_world(self, registry: Registry) -> None:
        import openpyxl

        book = openpyxl.Workbook()
        book.active["XFD1048576"] = "x"
        out = io.BytesIO()
        book.save(out)
        one = registry.upload(out.getvalue(), "a.xlsx")
        assert (one.state, "XFD1048576" in one.message) == (ImportState.REFUSED, True)

    def test_a_cover_of_another_school(self, registry: Registry) -> None:
        cover = [("學校代碼", "學年度", "學期", "名冊別"), ("000001", "115", "1", "24")]
        one = registry.book({"封面": cover, "教師": TEACHERS})
        assert (one.state, "000001" in one.message) == (ImportState.REFUSED, True)

    def test_a_cover_tells_the_term(self, registry: Registry) -> None:
        cover = [("學校代碼", "學年度", "學期"), (registry.school.code, "114", "2")]
        one = registry.book({"封面": cover, "課程": SCHOOL["課程"]})
        assert (one.academic_year, one.term) == (114, 2)


class TestArchives:
    def test_paths_that_lead_out(self, registry: Registry) -> None:
        for name in ("../manifest.csv", "/manifest.csv", "a\\..\\..\\manifest.csv"):
            with pytest.raises(FileUnreadable, match="路徑"):
                registry.upload(zipped({name: "x"}), "a.zip")

    def test_no_manifest(self, registry: Registry) -> None:
        with pytest.raises(FileUnreadable, match=r"manifest\.csv"):
            registry.upload(zipped({"users.csv": "x"}), "a.zip")

    def test_bombs(self, tmp_path: Path, app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(files, "MAX_UNPACKED", 1_000_000)
        path = tmp_path / "a.zip"
        path.write_bytes(zipped({"manifest.csv": b"0" * 1_000_001}))
        with pytest.raises(FileUnreadable, match="太大"), files.opened(path):
            pass

    def test_a_header_that_lies(self, app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
        stream = files.Bounded(io.BytesIO(b"0" * 100), 50)
        with pytest.raises(FileUnreadable):
            io.BufferedReader(stream).read()

    def test_broken_and_locked(self, registry: Registry) -> None:
        with pytest.raises(FileUnreadable):
            registry.upload(zipped({"manifest.csv": "x" * 500})[:80], "a.zip")
        with pytest.raises(FileUnreadable, match="密碼"):
            registry.upload(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"0" * 600, "a.xlsx")
        with pytest.raises(FileUnreadable, match="空的"):
            registry.upload(b"", "a.csv")

    def test_a_workbook_cut_off(self, registry: Registry) -> None:
        content = workbook({"教師": TEACHERS})
        out = io.BytesIO()
        with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w") as new:
            for info in old.infolist():
                data = old.read(info)
                sheet = info.filename.startswith("xl/worksheets/")
                new.writestr(info.filename, data[: len(data) // 2] if sheet else data)
        one = registry.upload(out.getvalue(), "a.xlsx")
        assert one.state is ImportState.REFUSED
        assert db.reading().scalar(sa.select(sa.func.count(ImportFault.id))) == 0
