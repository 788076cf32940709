"""Nothing of a counselling record leaves the school: every byte of a submission is searched.

The marks are words that occur nowhere else. They are looked for in every form in which a file
could carry them: plain, in UTF-16, within zip members, within the streams of a PDF, in its text.
"""

from __future__ import annotations

import io
import subprocess
import zipfile
from collections.abc import Iterator
from dataclasses import replace

import pikepdf
import pytest
import sqlalchemy as sa
from flask import Flask

from plugin import clock, db
from plugin.actor import Role
from plugin.errors import Refusal
from plugin.portfolio.models import (
    CounsellingVersion,
    SelectionKind,
    SubmissionFile,
    SubmissionFileKind,
    SubmissionState,
)
from plugin.portfolio.operations import selection
from plugin.portfolio.operations import submission as operations
from plugin.portfolio.operations.counselling import keeping, phrases, writing
from plugin.portfolio.queries import submissions
from plugin.school import operations as school_operations
from plugin.school import rules
from plugin.school.models import WindowKind
from plugin.vault import queries as vault
from plugin.vault.models import StoredFile
from tests.factories import make_rule, make_window
from tests.plugin.portfolio import experience_world
from tests.plugin.portfolio.consultations import TODAY, Rooms, make_rooms
from tests.plugin.portfolio.world import World, make_world, pdf

YEAR = 115
MARK = "不出校門之諮詢暗記犇QX7741"
"""Stands in every text of the record, and in the name of its file."""
INSIDE = "COUNSELLING-FILE-QX7742"
"""Stands within the file."""


@pytest.fixture
def rooms(app: Flask) -> Rooms:
    return make_rooms(make_world())


def a_record(rooms: Rooms) -> StoredFile:
    """A record of the student with the mark wherever words go, also in how it read before it was
    changed; its document, which the record before had, too."""
    phrases.set_topics(rooms.me, [f"{MARK}題"])
    phrases.keep_template(rooms.me, f"{MARK}範本", MARK)
    file_id = rooms.file(pdf(INSIDE), f"{MARK}.pdf")
    marked = {
        "topic": f"{MARK}題", "topic_note": MARK, "place": MARK, "summary": MARK, "advice": MARK,
        "follow_up": MARK, "follow_up_on": TODAY, "document_file_id": file_id,
    }  # fmt: skip
    record = rooms.kept(**marked)
    changed = rooms.values(**marked | {"summary": f"{MARK}改"})
    writing.revise(rooms.me, record.id, changed, begun_at=clock.now())
    (version,) = db.reading().scalars(sa.select(CounsellingVersion))
    assert (version.summary, version.document_file_id) == (MARK, file_id)
    db._close_reads()
    keeping.add(rooms.me, record.id, MARK)
    return db.reading().get_one(StoredFile, file_id)


def submitted(world: World) -> dict[str, bytes]:
    """Every file of a real submission of the student's outcome and experience, by kind."""
    outcome = world.certified(title="提交的成果")
    selection.choose(world.pupil, YEAR, [outcome.id])
    selection.lock(world.pupil, YEAR)
    make_window(world.school, WindowKind.EXPERIENCE_UPLOAD)
    experience = experience_world.sent(world, "service", summary="提交的多元表現")
    selection.choose(world.pupil, YEAR, [experience.id], SelectionKind.EXPERIENCE)
    selection.lock(world.pupil, YEAR, SelectionKind.EXPERIENCE)
    made = operations.begin(world.clerk, YEAR)
    db._close_reads()
    found = submissions.files(made.id)
    assert set(found) == set(SubmissionFileKind)
    state = db.reading().get_one(type(made), made.id).state
    assert state is SubmissionState.FROZEN
    return {str(kind): vault.path(one.sha256, one.size).read_bytes() for kind, one in found.items()}


def layers(name: str, content: bytes) -> Iterator[tuple[str, bytes]]:
    """The bytes as they are, and all that is packed within them, with where it lies."""
    yield name, content
    if zipfile.is_zipfile(io.BytesIO(content)):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            yield f"{name}: names", "\n".join(archive.namelist()).encode()
            for member in archive.infolist():
                yield f"{name}: comment", member.comment + member.extra
                yield from layers(f"{name}/{member.filename}", archive.read(member))
    if content[:5] == b"%PDF-":
        with pikepdf.open(io.BytesIO(content)) as document:
            yield f"{name}: information", str(dict(document.docinfo)).encode()
            for number, one in enumerate(document.objects):
                if isinstance(one, pikepdf.Stream):
                    try:
                        yield from layers(f"{name}: stream {number}", one.read_bytes())
                    except pikepdf.PdfError:  # a picture
                        yield f"{name}: stream {number}", one.read_raw_bytes()
        text = subprocess.run(
            ["pdftotext", "-", "-"], input=content, capture_output=True, check=True
        ).stdout
        yield f"{name}: text", text.replace(b"\n", b"")


def hidden(mark: str) -> list[bytes]:
    """The mark in the encodings in which a file may hold it."""
    ascii_part = mark.encode("ascii", "ignore")
    found = [mark.encode(), mark.encode("utf-16-le"), mark.encode("utf-16-be"), ascii_part]
    escaped = mark.encode("ascii", "backslashreplace"), mark.encode("ascii", "xmlcharrefreplace")
    return [*found, *escaped]


def found_in(files: dict[str, bytes], *marks: bytes) -> list[str]:
    return [
        f"{mark!r} in {where}"
        for name, content in files.items()
        for where, layer in layers(name, content)
        for mark in marks
        if mark in layer
    ]


def test_nothing_of_it_is_in_any_file_of_a_submission(rooms: Rooms) -> None:
    document = a_record(rooms)
    files = submitted(rooms.world)
    marks = [
        *hidden(MARK),
        *hidden(INSIDE),
        document.sha256.encode(),
        document.sha256[:12].encode(),
    ]
    assert found_in(files, *marks) == []
    content = vault.path(document.sha256, document.size).read_bytes()
    whole = [where for name, one in files.items() for where, layer in layers(name, one)
             if content in layer]  # fmt: skip
    assert whole == []
    assert "廖心怡" not in "".join(str(one.cells) for one in _rows(rooms))


def test_the_search_finds_what_is_there(rooms: Rooms) -> None:
    """The same search, for words of the outcome that was handed in: in every kind of file."""
    a_record(rooms)
    files = submitted(rooms.world)
    for kind, mark in (
        ("manifest", "提交的成果"), ("sheet", "提交的成果"), ("csv", "提交的成果"),
        ("workbook", "讀完之後的想法。"), ("package", "提交的成果"),
    ):  # fmt: skip
        assert found_in({kind: files[kind]}, mark.encode()), kind
    row = _rows(rooms)[0]
    sha256 = row.cells["document"]["sha256"]
    size = row.cells["document"]["size"]
    bytes_ = vault.path(sha256, size).read_bytes()
    assert found_in({"package": files["package"]}, bytes_)
    buried = io.BytesIO()
    with zipfile.ZipFile(buried, "w", zipfile.ZIP_DEFLATED) as inner:
        inner.writestr("a.txt", MARK)
    outer = io.BytesIO()
    with zipfile.ZipFile(outer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("inner.zip", buried.getvalue())
    assert MARK.encode() not in outer.getvalue()
    assert found_in({"outer": outer.getvalue()}, *hidden(MARK))


def test_no_row_of_a_snapshot_refers_to_it(rooms: Rooms) -> None:
    document = a_record(rooms)
    submitted(rooms.world)
    assert document.id not in set(db.reading().scalars(sa.select(SubmissionFile.file_id)))
    for row in _rows(rooms):
        assert MARK not in str(row.cells)
        assert document.sha256 not in str(row.cells)


def test_no_school_can_let_it_leave(rooms: Rooms) -> None:
    """The rule is fixed: nobody sets it, and a row that came there otherwise does not count."""
    boss = replace(rooms.world.clerk, roles=frozenset({Role.ADMINISTRATOR}))
    with pytest.raises(Refusal) as refused:
        school_operations.set_rule(boss, "counselling.leaves_school", YEAR, True, "校務會議")
    assert refused.value.rule == "counselling.leaves_school"
    make_rule(rooms.world.school, "counselling.leaves_school", True, from_year=108)
    db._close_reads()
    for year in (108, 115, 200):
        value = rules.value(rooms.world.school.id, "counselling.leaves_school", year)
        assert (value.value, value.fixed) == (False, True)
    a_record(rooms)
    assert found_in(submitted(rooms.world), *hidden(MARK), *hidden(INSIDE)) == []


def test_what_leaves_reads_none_of_its_tables(rooms: Rooms) -> None:
    """The statements of a real submission, read as they ran."""
    a_record(rooms)
    seen: list[str] = []

    @sa.event.listens_for(db.engine(), "before_cursor_execute")
    def keep(_c: object, _cursor: object, statement: str, *_rest: object) -> None:
        seen.append(statement)

    submitted(rooms.world)
    assert any("FROM submission" in one or "INTO submission" in one for one in seen)
    tables = ("counselling", "counsellor_assignment", "advice_template")
    assert [one for one in seen if any(table in one for table in tables)] == []


def _rows(rooms: Rooms) -> list:  # type: ignore[type-arg]
    (made,) = submissions.versions(rooms.world.clerk, YEAR)
    return list(submissions.all_rows(made.id))
