"""A student takes everything home: what is in it, what proves it, what stays, who may."""

from __future__ import annotations

import io
import json
import subprocess
import zipfile
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pikepdf
import pytest
import sqlalchemy as sa
from flask import Flask
from PIL import Image
from playwright.sync_api import sync_playwright

from plugin import db, jobs, retention
from plugin.actor import Actor
from plugin.errors import NotFound
from plugin.portfolio.export import work
from plugin.portfolio.export.thumbnails import Drawing
from plugin.portfolio.models import ExportState, PortfolioExport, SelectionKind
from plugin.portfolio.operations import export, selection
from plugin.portfolio.operations.export import ExportRefused
from plugin.portfolio.queries.overviews import storage
from plugin.school.models import Rule
from plugin.settings import Settings
from plugin.trail.models import AuditEvent, Message
from plugin.vault import operations as vault
from plugin.vault import queries as vault_queries
from plugin.vault.models import FileState, StoredFile
from tests.factories import actor_of, make_parent, make_rule, make_student
from tests.journeys.browser import ARGUMENTS, executable
from tests.plugin.portfolio import experience_world
from tests.plugin.portfolio.consultations import Rooms, make_rooms
from tests.plugin.portfolio.overviews.academic_rows import academic
from tests.plugin.portfolio.world import World, mp3, pdf, png
from tests.reports.pdfreader import Reader, poppler_text


def fetched(one: PortfolioExport) -> tuple[PortfolioExport, StoredFile, Path]:
    """The finished export and where its package lies."""
    found = db.reading().get_one(PortfolioExport, one.id, populate_existing=True)
    assert found.state is ExportState.READY, found.failure
    file = db.reading().get_one(StoredFile, found.package_file_id)
    return found, file, vault_queries.path(file.sha256, file.size)


def unpacked(one: PortfolioExport, folder: Path) -> Path:
    _found, _file, path = fetched(one)
    with zipfile.ZipFile(path) as package:
        assert package.testzip() is None
        package.extractall(folder / "unpacked")
    (top,) = (folder / "unpacked").iterdir()
    return top


def records(top: Path) -> dict[str, list[dict]]:
    data = json.loads((top / "records.json").read_text())
    return {part["key"]: part["records"] for part in data["parts"]}


@pytest.fixture
def full(world: World) -> World:
    """Work in every state, with files of every kind."""
    world.certified(title="讀書心得", media_file_id=world.file(mp3(), "media", name="朗讀.mp3"),
                    document_file_id=world.file(name="心得 v2/最終.pdf"))  # fmt: skip
    world.sent(title="../../etc/passwd", document_file_id=world.file(png(), name="圖.png"))
    world.draft(title="草稿一件")
    academic(world)
    done = experience_world.sent(world, "work")
    experience_world.sent(world, "contest")
    selection.select(world.pupil, done.id, SelectionKind.EXPERIENCE)
    return world


class TestPackage:
    def test_everything_is_in_it_and_proven(self, full: World, tmp_path: Path) -> None:
        top = unpacked(export.begin(full.pupil, None), tmp_path)
        assert full.student.number in top.name
        self.holds_every_record(full, top)
        self.names_are_safe(top)
        self.pdf_shows_first_pages(full, top)
        self.viewer_opens_from_the_disk(top)
        self.sha256sum_accepts_the_list(top)

    def holds_every_record(self, full: World, top: Path) -> None:
        found = records(top)
        titles = {one["title"]: one for one in found["outcomes"]}
        assert set(titles) == {"讀書心得", "../../etc/passwd", "草稿一件"}
        certified = titles["讀書心得"]
        assert certified["state"] == "已認證"
        assert full.teacher.name in certified["history"][0]
        assert [one["name"] for one in certified["files"]] == ["最終.pdf", "朗讀.mp3"]
        assert all(one["receipt"] and not one["problem"] for one in certified["files"])
        assert len(found["experiences"]) == 2
        assert found["experiences"][0]["facts"]
        assert len(found["selections"]) == 1
        assert "counselling" not in found
        assert [one["title"] for one in found["basic"]][1:] == ["一年忠班 學藝股長"]
        (grade,) = found["courses"]
        assert (grade["title"], grade["state"]) == ("國語文（一）", "及格")
        assert {"87.5", "80–89: 1"} <= set(grade["facts"].values())
        assert full.student.national_id not in (top / "records.json").read_text()

    def names_are_safe(self, top: Path) -> None:
        assert list(top.parent.iterdir()) == [top]
        for part in records(top).values():
            for file in (file for one in part for file in one["files"]):
                assert (top / file["path"]).stat().st_size == file["size"]

    def sha256sum_accepts_the_list(self, top: Path) -> None:
        command = ["sha256sum", "--strict", "-c", "sha256sum.txt"]
        done = subprocess.run(command, cwd=top, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        files = {one for one in top.rglob("*") if one.is_file()}
        assert len(done.stdout.splitlines()) == len(files) - 1  # the list itself is not in it
        victim = next(one for one in files if one.suffix == ".mp3")
        victim.write_bytes(victim.read_bytes()[:-1] + b"x")
        assert subprocess.run(command, cwd=top, capture_output=True).returncode != 0

    def pdf_shows_first_pages(self, full: World, top: Path) -> None:
        with pikepdf.open(top / "學習歷程檔案.pdf") as found, found.open_outline() as outline:
            marks = [child.title for one in outline.root for child in one.children]
        assert "讀書心得" in marks
        # three outcomes and two experiences have a document
        assert Reader(top / "學習歷程檔案.pdf").roles()["Figure"] == 5

    def viewer_opens_from_the_disk(self, top: Path) -> None:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=executable(), args=ARGUMENTS)
            page = browser.new_context(locale="zh-TW").new_page()
            faults, asked = [], []
            page.on("console", lambda one: faults.append(one.text))
            page.on("request", lambda one: asked.append(one.url))
            page.goto((top / "index.html").as_uri())
            page.locator("#search").fill("朗讀 mp3")
            assert page.locator("article:visible").count() == 1
            page.locator("#search").fill("")
            page.locator("img").scroll_into_view_if_needed()
            shown = "one => one.decode().then(() => one.naturalWidth)"
            assert page.locator("img").evaluate(shown) == 8
            browser.close()
        assert faults == []
        assert all(one.startswith("file:") for one in asked)

    def test_a_broken_file_is_named_and_not_fatal(
        self, world: World, tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """One whose bytes are gone bad is left out; one that cannot be drawn is packed."""
        drawn = work.Drawing.first_page
        monkeypatch.setattr(
            work.Drawing,
            "first_page",
            lambda one, path, sha256, kind: (
                None if kind == "png" else drawn(one, path, sha256, kind)
            ),
        )
        world.draft(title="畫不出來", document_file_id=world.file(png(), name="圖.png"))
        victim = world.draft(title="壞掉的", document_file_id=world.file(pdf("victim")))
        file = db.reading().get_one(StoredFile, victim.document_file_id)
        for folder in (settings.vault_primary, settings.vault_second):
            path = next(Path(folder).rglob(file.sha256))
            path.chmod(0o600)
            path.write_bytes(b"x" * file.size)
        done = export.begin(world.pupil, None)
        top = unpacked(done, tmp_path)
        undrawn, broken = (one["files"][0] for one in records(top)["outcomes"])
        assert (top / undrawn["path"]).exists()
        assert "縮圖" in undrawn["problem"]
        assert broken["path"] is None
        assert "無法完整讀取" in broken["problem"]
        assert fetched(done)[0].totals["missing"] == 1
        text = poppler_text(top / "學習歷程檔案.pdf")
        assert "無法完整讀取" in text
        assert "無法製成縮圖" in text

    def test_nothing_at_all_is_an_export_too(self, world: World, tmp_path: Path) -> None:
        top = unpacked(export.begin(world.pupil, None), tmp_path)
        assert records(top)["outcomes"] == []


class TestThumbnails:
    def test_small_upright_and_on_white(self, app: Flask, tmp_path: Path) -> None:
        large = Image.new("RGBA", (3000, 2000), (0, 0, 0, 0))
        source = tmp_path / "large.png"
        large.save(source)
        data = Drawing(tmp_path).first_page(source, "ab" * 32, "png")
        with Image.open(io.BytesIO(data)) as small:
            assert small.format == "JPEG"
            assert small.size == (900, 600)
            assert small.getpixel((5, 5)) == (255, 255, 255)

    def test_whatever_is_wrong_is_no_picture(self, app: Flask, tmp_path: Path) -> None:
        broken = tmp_path / "broken"
        broken.write_bytes(b"%PDF-1.7 and nothing more")
        drawing = Drawing(tmp_path)
        assert drawing.first_page(broken, "cd" * 32, "pdf") is None
        assert drawing.first_page(broken, "cd" * 32, "jpg") is None
        assert Drawing(tmp_path, seconds=0).first_page(broken, "cd" * 32, "png") is None


class TestCounselling:
    @pytest.fixture
    def rooms(self, world: World) -> Rooms:
        made = make_rooms(world)
        made.kept(document_file_id=made.file(), summary="只在校內的摘要")
        made.kept(*made.mates, summary="團體諮詢的摘要", document_file_id=made.file())
        return made

    def test_a_folder_of_its_own_when_ticked(self, rooms: Rooms, tmp_path: Path) -> None:
        top = unpacked(export.begin(rooms.world.pupil, None, counselling=True), tmp_path)
        folder = top / "課程諮詢紀錄（校內資料，不提交）"
        assert [one.name for one in folder.rglob("*.pdf")] == ["晤談紀錄.pdf"]  # not the group's
        found = records(top)["counselling"]
        assert {one["texts"]["摘要"] for one in found} == {"只在校內的摘要", "團體諮詢的摘要"}
        page = (top / "index.html").read_text()
        assert "校內資料，不提交" in page
        assert not any(one.name in page for one in rooms.mates[1:])
        assert "摘要" not in poppler_text(top / "學習歷程檔案.pdf")  # the PDF is handed on

    def test_not_at_all_when_not_ticked(self, rooms: Rooms, tmp_path: Path) -> None:
        top = unpacked(export.begin(rooms.world.pupil, None), tmp_path)
        for path in top.rglob("*"):
            assert "諮詢" not in path.name
            if path.is_file() and path.suffix in {".html", ".json"}:
                assert "只在校內的摘要" not in path.read_text()

    def test_a_parent_needs_both_rules(self, rooms: Rooms, tmp_path: Path) -> None:
        make_rule(rooms.world.school, "export.by_parent", True)
        without = unpacked(
            export.begin(rooms.family, rooms.mates[0].id, counselling=True), tmp_path / "1"
        )
        assert "counselling" not in records(without)
        make_rule(rooms.world.school, "counselling.shown_to_parent", True)
        db._close_reads()
        with_both = unpacked(
            export.begin(rooms.family, rooms.mates[0].id, counselling=True), tmp_path / "2"
        )
        assert len(records(with_both)["counselling"]) == 2


class TestWho:
    @pytest.fixture
    def family(self, world: World) -> Actor:
        parent = make_parent(world.school, world.student)
        return replace(actor_of(parent), child_ids=(world.student.id,))

    def test_a_parent_only_where_the_school_allows(self, world: World, family: Actor) -> None:
        with pytest.raises(ExportRefused) as refused:
            export.begin(family, world.student.id)
        assert refused.value.rule == "export.by_parent"
        make_rule(world.school, "export.by_parent", True)
        db._close_reads()
        made = export.begin(family, world.student.id)
        assert fetched(made)[0].asked_by_id == family.person_id
        with pytest.raises(NotFound):
            export.seen(world.pupil, made.id)  # each sees what they asked for

    def test_a_rule_that_goes_ends_the_parents_access(self, world: World, family: Actor) -> None:
        make_rule(world.school, "export.by_parent", True)
        made = export.begin(family, world.student.id)
        with db.writing() as session:
            session.execute(sa.delete(Rule).where(Rule.name == "export.by_parent"))
        with pytest.raises(ExportRefused):
            export.seen(family, made.id)

    def test_not_somebody_elses(self, world: World) -> None:
        mate = make_student(world.school, world.school_class)
        for student_id in (mate.id, 10**9):
            with pytest.raises(NotFound):
                export.begin(world.pupil, student_id)
        with pytest.raises(NotFound):
            export.begin(world.master, world.student.id)
        mine = export.begin(world.pupil, None)
        with pytest.raises(NotFound):
            export.seen(actor_of(mate), mine.id)
        reached = sa.select(AuditEvent).where(AuditEvent.verb == "access.foreign")
        assert db.reading().scalars(reached).one().subject_kind == "portfolio_export"


class TestLife:
    def test_kept_by_rule_then_gone(self, world: World, clock) -> None:
        make_rule(world.school, "export.keep_days", 3)
        made = export.begin(world.pupil, None)
        _found, file, path = fetched(made)
        assert file.expires_at == clock() + timedelta(days=3)
        # told when it was made, not once more
        assert vault.warn_expiring(retention.of_files()) == 0
        clock.advance(days=2, hours=23)
        assert vault.purge_expired(retention.of_files()) == 0
        clock.advance(hours=2)
        assert vault.purge_expired(retention.of_files()) == 1
        db._close_reads()
        assert db.reading().get_one(StoredFile, file.id).state is FileState.PURGED
        assert not path.exists()

    def test_a_new_one_ends_the_one_before(self, world: World) -> None:
        first = export.begin(world.pupil, None)
        world.draft()
        second = export.begin(world.pupil, None)
        assert fetched(second)[1].state is FileState.DRAFT
        gone = db.reading().get_one(PortfolioExport, first.id)
        assert db.reading().get_one(StoredFile, gone.package_file_id).state is FileState.PURGED

    def test_audited_and_told(self, world: World) -> None:
        made = export.begin(world.pupil, None)
        found, file, _path = fetched(made)
        lines = {
            one.verb: one.detail
            for one in db.reading().scalars(sa.select(AuditEvent))
            if one.verb.startswith("export.")
        }
        assert lines["export.begin"] == {"export": made.id, "counselling": False}
        assert lines["export.ready"]["sha256"] == file.sha256
        assert world.student.name not in json.dumps(lines, ensure_ascii=False)
        message = db.reading().scalars(sa.select(Message)).one()
        assert message.path == f"/exports/{made.id}"
        assert found.totals["missing"] == 0

    def test_taken_over_after_a_kill(
        self, world: World, monkeypatch: pytest.MonkeyPatch, settings: Settings
    ) -> None:
        """A worker dies after the package is in the vault: the next makes it anew, once."""
        world.certified()
        with monkeypatch.context() as patched:
            patched.setattr(jobs, "_wake", lambda *_more, **_rest: None)
            made = export.begin(world.pupil, None)
            again = export.begin(world.pupil, None)
            assert again.id == made.id
        leftover = settings.reports / f"export-{made.id}"
        leftover.mkdir(parents=True)
        (leftover / "package.zip").write_bytes(b"half")
        with monkeypatch.context() as patched:
            patched.setattr(work.operations, "finish", _killed)
            patched.setattr(jobs, "_wake", lambda *_more, **_rest: None)
            jobs.run(made.job_id)
        jobs.run(made.job_id)
        _found, _file, path = fetched(made)
        assert zipfile.ZipFile(path).testzip() is None
        assert not leftover.exists()
        assert db.reading().get_one(jobs.Job, made.job_id).state is jobs.JobState.DONE

    def test_progress_is_told(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        world.certified()
        told = []
        monkeypatch.setattr(
            jobs.Run, "progress", lambda _run, done, total, note="": told.append((done, note))
        )
        export.begin(world.pupil, None)
        assert [done for done, _note in told] == sorted(done for done, _note in told)
        assert {note for _done, note in told} >= {"gather", "check", "pdf", "pack", "deposit"}

    def test_takes_no_place_of_the_students(self, world: World) -> None:
        world.draft()
        before = storage.of(world.school.id, world.student.id).used
        export.begin(world.pupil, None)
        assert storage.of(world.school.id, world.student.id).used == before > 0


def _killed(*_more, **_rest) -> None:
    raise RuntimeError("the worker is gone")
