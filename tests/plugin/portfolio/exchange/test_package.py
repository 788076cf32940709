"""The exchange package by itself: whatever goes out comes in again, byte for byte."""

from __future__ import annotations

import hashlib
import string
import uuid
from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from reports.exchange import GivenFile, GivenItem, GivenStudent, layout, write_exchange
from reports.exchange_read import Found, read_package
from reports.lockedzip import LockedZip, PackageRefused

BASE = "193301_2026_11_20_09_30_00"
TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc", "Z"]), max_size=12).map(str.strip)
DAYS = st.dates(date(2020, 1, 1), date(2030, 1, 1)).map(date.isoformat)
NOT_WRITTEN = {"document", "document_md5", "media", "media_md5"}


def read(path: Path, password: str = "a password") -> Found:
    with LockedZip(path, password) as package:
        return read_package(package)


@st.composite
def files(draw: st.DrawFn, folder: Path) -> GivenFile | None:
    content = draw(st.none() | st.binary(max_size=300))
    if content is None:
        return None
    path = folder / uuid.uuid4().hex
    path.write_bytes(content)
    md5 = hashlib.md5(content, usedforsecurity=False).hexdigest()
    sha256 = hashlib.sha256(content).hexdigest()
    kind = draw(st.sampled_from(["pdf", "jpg", "mp4"]))
    return GivenFile(path, draw(TEXT.filter(bool)), kind, len(content), md5, sha256)


@st.composite
def items(draw: st.DrawFn, folder: Path, kind: str) -> GivenItem:
    said = layout()
    cells = said.outcomes
    own = {}
    if kind:
        cells = (*said.kinds[kind].head, *said.kinds[kind].tail)
        own = {
            cell.key: draw(DAYS if cell.format == "date" else TEXT) for cell in said.kinds[kind].own
        }
    record = {
        cell.key: draw({"date": DAYS, "id": st.just("A123456789")}.get(cell.format, TEXT))
        for cell in cells
        if cell.key not in NOT_WRITTEN
    }
    extra = {"title": draw(TEXT), "periods": draw(st.integers(0, 9))}
    return GivenItem(kind, record, own, extra, draw(files(folder)), draw(files(folder)))


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_out_and_in_again(tmp_path: Path, data: st.DataObject) -> None:
    letters = st.text(string.ascii_uppercase + string.digits, min_size=8, max_size=10)
    students = []
    for national_id in data.draw(st.lists(letters, min_size=1, max_size=3, unique=True)):
        basic = {"national_id": national_id, "name": data.draw(TEXT), "birthday": data.draw(DAYS)}
        kinds = data.draw(st.lists(st.sampled_from(sorted(layout().kinds)), max_size=4))
        students.append(
            GivenStudent(
                basic,
                (),
                tuple(data.draw(st.lists(items(tmp_path, ""), max_size=3))),
                tuple(data.draw(items(tmp_path, kind)) for kind in kinds),
            )
        )
    path = tmp_path / f"{uuid.uuid4().hex}.zip"
    totals = write_exchange(path, BASE, students, "a password")
    found = read(path)
    assert (found.faults, found.origin_code) == ([], "193301")
    assert len(found.students) == totals["students"] == len(students)
    for before, after in zip(students, found.students, strict=True):
        assert {key: after.basic[key] for key in before.basic} == before.basic
        given_items = [*before.outcomes, *before.experiences]
        order = ["", *layout().kinds]
        given_items.sort(key=lambda one: order.index(one.kind))
        for one, other in zip(given_items, after.items, strict=True):
            assert one.kind == other.kind
            assert {key: other.record[key] for key in one.record} == one.record
            assert other.own == one.own
            assert other.extra == one.extra
            for slot in ("document", "media"):
                file, came = getattr(one, slot), getattr(other, slot)
                assert (file is None) == (came is None)
                if file is not None:
                    assert (came.name, came.sha256, came.md5, came.size) == (
                        file.name, file.sha256, file.md5, file.size,
                    )  # fmt: skip


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.integers(0, 1882), st.integers(1, 255))
@example(1623, 1)  # a length in the directory, by 256: the entry swallows the next
@example(1838, 1)  # the name of our own list of sums
def test_one_flipped_byte_is_refused_or_makes_no_difference(
    tmp_path: Path, at: int, difference: int
) -> None:
    path = tmp_path / "whole.zip"
    if not path.exists():
        source = tmp_path / "source"
        source.write_bytes(b"%PDF bytes of a file")
        content = source.read_bytes()
        file = GivenFile(
            source, "心得.pdf", "pdf", len(content),
            hashlib.md5(content, usedforsecurity=False).hexdigest(),
            hashlib.sha256(content).hexdigest(),
        )  # fmt: skip
        item = GivenItem("", {"summary": "摘要", "code": "1"}, {}, {"title": "題"}, file)
        student = GivenStudent({"national_id": "A123456789"}, (), (item,))
        write_exchange(path, BASE, [student], "a password")
    content = bytearray(path.read_bytes())
    assert len(content) == 1883  # as the strategy and the examples say
    content[at] ^= difference
    changed = tmp_path / "changed.zip"
    changed.write_bytes(content)
    try:
        found = read(changed)
    except PackageRefused:
        return
    assert found.faults or found.students == read(path).students


def test_what_has_no_password_or_no_id_is_not_written(tmp_path: Path) -> None:
    student = GivenStudent({"national_id": "A123456789"})
    with pytest.raises(ValueError, match="password"):
        write_exchange(tmp_path / "a.zip", BASE, [student], "")
    with pytest.raises(ValueError, match="national ID"):
        write_exchange(tmp_path / "a.zip", BASE, [GivenStudent({})], "a password")
