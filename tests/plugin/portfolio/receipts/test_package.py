"""Reading a receipt package: every hash verified, never anything accepted that was changed."""

from __future__ import annotations

import io
import stat
import tracemalloc
import zipfile
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from reports import received
from reports.lockedzip import Limits, LockedZip, PackageRefused, safe_name
from reports.received import Received, default_mapping, read_csv, read_zip, verify
from tests.plugin.portfolio.receipts.packing import (
    PASSWORD,
    as_json,
    listed,
    packed,
    zipcrypto,
)

FILES = {
    "115_O.json": as_json(
        [
            {
                "基本資料": {"ID": "a123456789"},
                "課程學習成果紀錄": [
                    {"科目名稱": "國語文", "課程學習成果簡述": "心得", "收訖狀態": "收訖"}
                ],
                "多元表現": {"作品成果紀錄": [{"名稱": "短片", "作品成果MD5": "0" * 32}]},
            }
        ],
        bom=True,
    ),
    "補充/115_M.csv": "身分證號,名稱,收訖狀態,說明\nB223456789,小論文,失敗,檔案無法開啟\n".encode(),
}


def read(content: bytes, folder: Path, password: str = PASSWORD) -> list[Received]:
    path = folder / "package.zip"
    path.write_bytes(content)
    with LockedZip(path, password) as package:
        return list(read_zip(package, verify(package), default_mapping()))


@pytest.mark.parametrize("make", [packed, zipcrypto, lambda files: packed(files, "")])
def test_each_encryption_is_read(make: Callable[..., bytes], tmp_path: Path) -> None:
    found = read(make(FILES), tmp_path)
    assert [(one.student, one.title, one.accepted) for one in found] == [
        ("A123456789", "國語文", True),
        ("A123456789", "短片", True),
        ("B223456789", "小論文", False),
    ]
    assert found[1].hashes == ("0" * 32,)
    assert found[2].note == "失敗 檔案無法開啟"


@lru_cache(maxsize=2)
def whole(kind: str) -> bytes:
    return {"aes": packed, "crypto": zipcrypto}[kind](FILES)


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_one_flipped_byte_is_refused_or_makes_no_difference(
    tmp_path: Path, data: st.DataObject
) -> None:
    content = bytearray(whole(data.draw(st.sampled_from(["aes", "crypto"]))))
    at = data.draw(st.integers(0, len(content) - 1))
    content[at] ^= data.draw(st.integers(1, 255))
    try:
        found = read(bytes(content), tmp_path)
    except PackageRefused:
        return
    assert found == read(whole("aes"), tmp_path)


@pytest.mark.parametrize("name", sorted(FILES))
def test_a_wrong_byte_is_refused_by_the_name_of_its_file(name: str, tmp_path: Path) -> None:
    wrong = dict(FILES)
    wrong[name] = wrong[name].replace(b"\xe5", b"\xe6", 1)
    assert wrong != FILES
    with pytest.raises(PackageRefused) as refused:
        read(packed(wrong, sha=listed(FILES)), tmp_path)
    assert (refused.value.reason, refused.value.name) == ("hash", name)


def test_a_byte_changed_behind_the_encryption_names_its_file(tmp_path: Path) -> None:
    content = packed(FILES)
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        member = package.getinfo("115_O.json")
    changed = bytearray(content)
    changed[member.header_offset + 30 + len(member.filename) + 60] ^= 1
    with pytest.raises(PackageRefused) as refused:
        read(bytes(changed), tmp_path)
    assert (refused.value.reason, refused.value.name) == ("broken", "115_O.json")


@pytest.mark.parametrize("password", ["", "wrong"])
@pytest.mark.parametrize("make", [packed, zipcrypto])
def test_the_password_is_asked_for_plainly(
    make: Callable[..., bytes], password: str, tmp_path: Path
) -> None:
    with pytest.raises(PackageRefused) as refused:
        read(make(FILES), tmp_path, password)
    assert refused.value.reason.startswith("password")


@pytest.mark.parametrize(
    ("sha", "reason"),
    [
        (b"", "list"),
        (b"this is no list.txt", "list"),
        (listed({"115_O.json": FILES["115_O.json"]}), "unlisted"),
        (listed({**FILES, "more.json": b"{}"}), "missing"),
        (listed({**FILES, "115_O.json": b"x"}), "hash"),
    ],
)
def test_the_list_and_the_files_must_agree(sha: bytes, reason: str, tmp_path: Path) -> None:
    with pytest.raises(PackageRefused) as refused:
        read(packed(FILES, sha=sha), tmp_path)
    assert refused.value.reason == reason


@pytest.mark.parametrize("kind", ["md5", "sha1", "sha512"])
def test_lists_in_other_hashes_and_orders(kind: str, tmp_path: Path) -> None:
    lines = listed(FILES, kind).decode().splitlines()
    turned = "\n".join(f"{name},{sha.upper()}" for sha, name in (one.split("  ") for one in lines))
    for sha in ("\ufeff" + "\n".join(lines), "檔案 雜湊\n" + turned):
        assert len(read(packed(FILES, sha=sha.encode()), tmp_path)) == 3


def test_without_a_list_nothing_is_taken(tmp_path: Path) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as package:
        package.writestr("a.json", FILES["115_O.json"])
    with pytest.raises(PackageRefused) as refused:
        read(out.getvalue(), tmp_path)
    assert refused.value.reason == "no_list"


@pytest.mark.parametrize(
    "name", ["../a.json", "/etc/passwd", "a/../../b.json", "C:\\x.json", "a\\..\\b.json", "a//b"]
)
def test_tricks_with_paths_are_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(PackageRefused) as refused:
        read(packed({name: b"{}"}, ""), tmp_path)
    assert refused.value.reason == "path"


def test_links_and_doubles_are_refused(tmp_path: Path) -> None:
    link = zipfile.ZipInfo("a.json")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    assert safe_name(link) is None
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as package:
        package.writestr("a.json", b"{}")
        with pytest.warns(UserWarning, match="Duplicate name"):
            package.writestr("a.json", b"[]")
    with pytest.raises(PackageRefused) as refused:
        read(out.getvalue(), tmp_path)
    assert refused.value.reason == "twice"


def test_bombs_are_refused_before_and_while_they_unfold(tmp_path: Path) -> None:
    bomb = packed({"a.json": bytes(40 << 20)}, "")
    with pytest.raises(PackageRefused) as refused:
        read(bomb, tmp_path)
    assert refused.value.reason == "too_large"
    path = tmp_path / "some.zip"
    path.write_bytes(packed({f"{n}.json": b"{}" for n in range(20)}, ""))
    with pytest.raises(PackageRefused) as refused:
        LockedZip(path, "", Limits(files=10))
    assert refused.value.reason == "too_many"
    path.write_bytes(packed({"a.json": b"x" * 1000}, ""))
    with pytest.raises(PackageRefused) as refused:
        LockedZip(path, "", Limits(all_bytes=500))
    assert refused.value.reason == "too_large"


@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.binary(max_size=400))
@example(b"PK\x05\x06" + bytes(18))
@example(b"PK\x03\x04")
def test_any_bytes_are_read_or_refused(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(PackageRefused):
        read(content, tmp_path)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp950", "utf-16"])
def test_a_bare_csv_in_any_encoding(
    encoding: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(received, "CHUNK", 7)  # in the middle of characters
    text = '身分證號,名稱,檔名\nA123456789,"小論文,上",a.pdf\n'
    path = tmp_path / "a.csv"
    path.write_bytes(text.encode(encoding))
    (found,) = read_csv("a.csv", path, default_mapping())
    assert (found.student, found.title, found.files) == ("A123456789", "小論文,上", ("a.pdf",))


def test_a_file_without_known_columns_says_so(tmp_path: Path) -> None:
    with pytest.raises(PackageRefused) as refused:
        read(packed({"a.json": as_json([{"who": "A123456789", "what": "x"}])}), tmp_path)
    assert refused.value.reason == "no_records"
    with pytest.raises(PackageRefused) as refused:
        read(packed({"a.json": b"{not json"}), tmp_path)
    assert (refused.value.reason, refused.value.name) == ("layout", "a.json")


@pytest.mark.parametrize(
    ("name", "content", "limit", "reason"),
    [
        ("a.json", as_json([{"學號": "1", "名稱": "長" * 100}]), "JSON_BYTES", "json_large"),
        ("a.csv", "學號,名稱\n".encode() + b"1," + b"x" * 100, "ROW_CHARS", "layout"),
        ("a.csv", "學號,名稱\n".encode() + b'1,"' + b"x\n" * 50 + b'"', "ROW_CHARS", "layout"),
        ("a.csv", "學號,名稱\n1,".encode() + b"\x80\xff", "ROW_CHARS", "layout"),
    ],
)
def test_what_is_too_large_to_be_held_is_refused_by_name(
    name: str, content: bytes, limit: str, reason: str, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr(received, limit, 90)
    with pytest.raises(PackageRefused) as refused:
        read(packed({name: content}), tmp_path)
    assert (refused.value.reason, refused.value.name) == (reason, name)


def test_rows_each_within_the_limit_are_read_however_many(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(received, "ROW_CHARS", 30)
    rows = "".join(f'{n},"上\n下{n}"\n' for n in range(100))
    found = read(packed({"a.csv": f"學號,名稱\n{rows}".encode()}), tmp_path)
    assert [(one.number, one.title) for one in found] == [
        (str(n), f"上\n下{n}") for n in range(100)
    ]


def test_memory_does_not_grow_with_the_files(tmp_path: Path) -> None:
    """Ten times as many files of the same size: the peak is that of one file."""

    def peak(files: int) -> int:
        content = {
            f"{n}.{kind}": text
            for n in range(files)
            for kind, text in (("json", one_json), ("csv", one_csv))
        }
        path = tmp_path / "package.zip"
        path.write_bytes(packed(content, ""))
        del content
        tracemalloc.start()
        try:
            with LockedZip(path) as package:
                encodings = verify(package)
                count = sum(1 for _one in read_zip(package, encodings, default_mapping()))
            assert count == files * 2 * records
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    records = 60
    rows = [{"學號": f"{n:06}", "名稱": f"{n}" + "長" * 1500} for n in range(records)]
    one_json = as_json(rows)
    one_csv = ("學號,名稱\n" + "".join(",".join(row.values()) + "\n" for row in rows)).encode()
    few, many = peak(2), peak(16)
    assert many < few + len(one_json) // 2, (few, many, len(one_json))
