"""The BagIt package, opened and validated by others."""

import hashlib
import io
import subprocess
import zipfile
import zlib
from datetime import UTC, datetime
from pathlib import Path

import bagit
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reports import zipstream
from reports.errors import SourceChanged, UnsafePath
from reports.package import (
    BagInfo,
    PackageFile,
    PackageMember,
    write_bag_directory,
    write_package,
)
from reports.paths import Names, safe_name, safe_path

INFO = BagInfo(
    "市立歷程高級中學",
    "114-1-000B00-02",
    "114 學年度第 1 學期\n提交資料",
    datetime(2025, 11, 20, 17, 30, tzinfo=UTC),
    contact_name="註冊組",
    more=(("Bag-Group-Identifier", "000B00"),),
)


def stored(room: Path, name: str, data: bytes, path: str | None = None) -> PackageFile:
    source = room / f"source-{hashlib.sha256(name.encode()).hexdigest()[:8]}"
    source.write_bytes(data)
    return PackageFile(
        path or name, len(data), zlib.crc32(data), hashlib.sha256(data).hexdigest(), source
    )


def contents(room: Path) -> list[PackageFile | PackageMember]:
    return [
        stored(room, "成果/高二忠班/07_王堃峯_報告.pdf", b"%PDF-1.7 report"),
        stored(room, "成果/高二忠班/empty.mp3", b""),
        stored(room, "多元表現/100%.png", b"\x89PNG" * 1000),
        PackageMember("提交名冊.pdf", b"%PDF manifest"),
        PackageMember("提交名冊.csv", "\ufeff班級\r\n".encode()),
    ]


def unpack(archive: Path, room: Path) -> Path:
    with zipfile.ZipFile(archive) as opened:
        assert opened.testzip() is None
        opened.extractall(room)
    (top,) = room.iterdir()
    return top


def test_it_opens_everywhere_and_validates(tmp_path):
    target = tmp_path / "package.zip"
    calls = []
    total = sum(
        getattr(f, "size", None) or len(getattr(f, "data", b"")) for f in contents(tmp_path)
    )
    result = write_package(
        target,
        contents(tmp_path),
        INFO,
        total_bytes=total,
        progress=lambda *call: calls.append(call),
    )
    tested = subprocess.run(["unzip", "-t", str(target)], capture_output=True, text=True)
    assert tested.returncode == 0, tested.stdout + tested.stderr
    (tmp_path / "out").mkdir()
    top = unpack(target, tmp_path / "out")
    assert top.name == "114-1-000B00-02"
    bag = bagit.Bag(str(top))
    bag.validate(processes=1)
    assert bag.info["Source-Organization"] == "市立歷程高級中學"
    assert bag.info["External-Description"] == "114 學年度第 1 學期 提交資料"
    assert bag.info["Payload-Oxum"] == f"{result.payload_bytes}.5"
    assert bag.info["Bagging-Date"] == "2025-11-21", "the day in Taipei"
    assert set(bag.payload_files()) == {
        "data/成果/高二忠班/07_王堃峯_報告.pdf",
        "data/成果/高二忠班/empty.mp3",
        "data/多元表現/100％.png",
        "data/提交名冊.pdf",
        "data/提交名冊.csv",
    }
    assert result.renamed == {"多元表現/100%.png": "多元表現/100％.png"}
    assert result.size == target.stat().st_size
    assert calls[-1] == (total, total)


def test_one_flipped_byte_is_found(tmp_path):
    target = tmp_path / "package.zip"
    write_package(target, contents(tmp_path), INFO)
    data = bytearray(target.read_bytes())
    data[data.index(b"%PDF-1.7 report") + 3] ^= 1
    target.write_bytes(data)
    with zipfile.ZipFile(target) as opened:
        assert opened.testzip().endswith("07_王堃峯_報告.pdf")
    (tmp_path / "bag").mkdir()
    good = tmp_path / "good.zip"
    write_package(good, contents(tmp_path), INFO)
    top = unpack(good, tmp_path / "bag")
    (top / "data" / "提交名冊.pdf").write_bytes(b"%PDF manifesT")
    with pytest.raises(bagit.BagValidationError, match="提交名冊"):
        bagit.Bag(str(top)).validate(processes=1)


def test_an_empty_bag_is_a_bag(tmp_path):
    write_package(tmp_path / "empty.zip", [], INFO)
    (tmp_path / "out").mkdir()
    bagit.Bag(str(unpack(tmp_path / "empty.zip", tmp_path / "out"))).validate(processes=1)


def test_a_directory_bag_validates(tmp_path):
    result = write_bag_directory(tmp_path / "bag", contents(tmp_path), INFO)
    bagit.Bag(str(tmp_path / "bag")).validate(processes=1)
    assert result.payload_files == 5
    with pytest.raises(FileExistsError):
        write_bag_directory(tmp_path / "bag", [], INFO)


def test_the_same_input_gives_the_same_bytes_to_a_stream_too(tmp_path):
    out = io.BytesIO()
    write_package(out, contents(tmp_path), INFO)
    write_package(tmp_path / "p.zip", contents(tmp_path), INFO)
    assert out.getvalue() == (tmp_path / "p.zip").read_bytes()


@pytest.mark.parametrize("refused", [["copy_file_range"], ["copy_file_range", "sendfile"]])
def test_it_copies_where_the_kernel_will_not(tmp_path, monkeypatch, refused):
    def no(*_):
        raise OSError(18, "EXDEV")

    write_package(tmp_path / "a.zip", contents(tmp_path), INFO)
    for name in refused:
        monkeypatch.setattr(zipstream.os, name, no)
    write_package(tmp_path / "b.zip", contents(tmp_path), INFO)
    assert (tmp_path / "a.zip").read_bytes() == (tmp_path / "b.zip").read_bytes()


@pytest.mark.parametrize("data", [b"short", b"much longer than it was"])
def test_a_file_that_changed_its_size_stops_it_without_a_trace(tmp_path, data):
    item = stored(tmp_path, "a.pdf", b"accepted bytes")
    item.source_path.write_bytes(data)
    out = tmp_path / "out"
    out.mkdir()
    with pytest.raises(SourceChanged):
        write_package(out / "p.zip", [item], INFO)
    with pytest.raises(SourceChanged):
        write_bag_directory(out / "bag", [item], INFO)
    assert list(out.iterdir()) == []


@pytest.mark.parametrize("to_a_stream", [False, True])
def test_checked_on_its_way_every_byte_counts(tmp_path, to_a_stream):
    """The same bytes as unchecked; one flipped bit of a file of megabytes, and nothing is there."""
    large = bytes(range(256)) * 10_000
    files = [*contents(tmp_path), stored(tmp_path, "影音/短片.mp4", large)]
    target = tmp_path / "package.zip"
    out = io.BytesIO() if to_a_stream else target
    write_package(out, files, INFO, check=True)
    made = out.getvalue() if to_a_stream else target.read_bytes()
    unchecked = io.BytesIO()
    write_package(unchecked, files, INFO)
    assert made == unchecked.getvalue()
    target.unlink(missing_ok=True)
    flipped = bytearray(large)
    flipped[2_000_000] ^= 1
    files[-1].source_path.write_bytes(flipped)
    with pytest.raises(SourceChanged) as refused:
        write_package(target, files, INFO, check=True)
    assert refused.value.source == files[-1].source_path
    assert not target.exists()


def test_a_full_disk_leaves_the_old_package(tmp_path, monkeypatch):
    target = tmp_path / "out.zip"
    target.write_bytes(b"old")

    def full(*_):
        raise OSError(28, "No space left on device")

    item = stored(tmp_path, "a.pdf", b"x" * 10)
    monkeypatch.setattr(zipstream.os, "copy_file_range", full)
    with pytest.raises(OSError, match="No space"):
        write_package(target, [item], INFO)
    assert target.read_bytes() == b"old"
    assert not list(tmp_path.glob(".*"))


def test_more_entries_than_a_plain_zip_can_count(tmp_path):
    many = (PackageMember(f"{n // 1000}/{n}", b"") for n in range(66_000))
    write_package(tmp_path / "many.zip", many, INFO)
    with zipfile.ZipFile(tmp_path / "many.zip") as opened:
        assert len(opened.namelist()) == 66_004
        assert opened.read("114-1-000B00-02/data/65/65999") == b""


def test_beyond_four_gigabytes_the_records_are_zip64(tmp_path):
    """A sparse file stands for the big one: its bytes are a hole, only the records matter."""
    size = 4 * 1024**3 + 5
    path = tmp_path / "big.zip"
    with path.open("wb") as handle:
        sink = zipstream.Sink(handle)
        archive = zipstream.StoredZip(sink, datetime(2025, 11, 20, tzinfo=UTC))
        archive.begin("big.bin", size, 0)
        handle.seek(size, 1)
        sink.offset += size
        archive.begin("after.txt", 2, zlib.crc32(b"ok"))
        sink.write(b"ok")
        archive.close()
    with zipfile.ZipFile(path) as opened:
        assert opened.getinfo("big.bin").file_size == size
        assert opened.getinfo("after.txt").header_offset > 0xFFFFFFFF
        assert opened.read("after.txt") == b"ok"


@pytest.mark.parametrize(
    "path", ["", "/etc/passwd", "../x", "a/../../x", "a//b", "C:/x", "\\\\host\\x", "a/./b", "a/"]
)
def test_paths_that_climb_are_refused(tmp_path, path):
    with pytest.raises(UnsafePath):
        write_package(tmp_path / "p.zip", [PackageMember(path, b"")], INFO)
    assert list(tmp_path.iterdir()) == []


def test_equal_names_get_a_number():
    names = Names()
    assert [names.settle(n) for n in ("a/Report.pdf", "a/report.PDF", "a/report.pdf", "a/b")] == [
        "a/Report.pdf",
        "a/report (2).PDF",
        "a/report (3).pdf",
        "a/b",
    ]


@pytest.mark.parametrize(
    ("given_name", "safe"),
    [
        ("a/b\\c.pdf", "a_b_c.pdf"),
        ("con.txt", "_con.txt"),
        ("..", "檔案"),
        ("\u202efdp.exe", "_fdp.exe"),
        ("50%.pdf", "50％.pdf"),
        ("line\nbreak.png", "line_break.png"),
        ("", "檔案"),
        (" x. ", "x"),
    ],
)
def test_names_people_give(given_name, safe):
    assert safe_name(given_name) == safe


def test_a_long_name_keeps_its_extension():
    name = safe_name("長" * 300 + ".pdf")
    assert name.endswith(".pdf")
    assert len(name.encode()) <= 180


@settings(max_examples=200, deadline=None)
@given(st.text(st.characters(), max_size=120))
def test_any_name_becomes_safe_once_and_for_all(name):
    safe = safe_name(name)
    assert safe_name(safe) == safe
    assert safe_path(safe) == safe
    assert safe not in ("", ".", "..")
    safe.encode()


@settings(max_examples=15, deadline=None)
@given(st.lists(st.text(st.characters(), max_size=20), max_size=6))
def test_any_names_make_a_valid_bag(tmp_path_factory, names):
    room = tmp_path_factory.mktemp("any")
    files = [
        PackageMember(f"件/{safe_name(name)}", name.encode("utf-8", "replace")) for name in names
    ]
    write_package(room / "p.zip", files, INFO)
    (room / "out").mkdir()
    bag = bagit.Bag(str(unpack(room / "p.zip", room / "out")))
    bag.validate(processes=1)
    assert len(list(bag.payload_files())) == len(names)
