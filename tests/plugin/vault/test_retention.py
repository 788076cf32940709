"""The retention table: what it allows to end, and what it does not."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from plugin import db, retention, schedule
from plugin.actor import Actor, Role
from plugin.entrance import launches
from plugin.portfolio import packages
from plugin.portfolio.operations import export, intake, slips
from plugin.portfolio.operations.receipts import slips as receipt_slips
from plugin.retention import Action, NothingEnds
from plugin.school.importing.operations import SLOT as IMPORT_SLOT
from plugin.school.models import Person
from plugin.school.operations import papers
from plugin.vault import operations, queries
from plugin.vault.models import FileState
from tests.factories import FrozenClock, actor_of, make_school, make_staff, make_student
from tests.plugin.vault.conftest import HandIn


def test_a_draft_in_a_slot_that_no_row_governs_never_ends(
    hand_in: HandIn, clock: FrozenClock
) -> None:
    ruled, unruled = hand_in(days=10), hand_in("photo.jpg", days=10, slot="of-no-row")
    clock.advance(days=20)
    assert operations.warn_expiring(retention.of_files()) == 1
    clock.advance(days=2)
    assert operations.purge_expired(retention.of_files()) == 1
    found = queries.files([ruled.id, unruled.id])
    assert found[ruled.id].state is FileState.PURGED
    assert found[unruled.id].state is FileState.DRAFT


def test_without_a_row_or_where_the_row_says_that_it_stays_nothing_ends(app: Flask) -> None:
    stays = retention.row("submission")
    with pytest.raises(NothingEnds):
        stays.before(app.extensions["licheng.clock"]())
    with pytest.raises(NothingEnds):
        operations.purge_expired([stays])
    with pytest.raises(NothingEnds):
        operations.purge_expired([retention.row("launch_log")])
    with pytest.raises(NothingEnds):
        retention.row("diary")
    for name in ("submission", "diary"):
        with pytest.raises(NothingEnds):
            schedule.recurring("test.purge", every=timedelta(days=1), ends=(name,))
    assert "test.purge" not in schedule._recurring


def test_a_row_holds_from_its_day(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    old = retention.Row("preview", Action.DELETE, date(2020, 1, 1), "a", timedelta(days=9))
    new = retention.Row("preview", Action.DELETE, date(2026, 8, 1), "b", timedelta(days=2))
    monkeypatch.setattr(retention, "table", lambda: {"preview": (old, new)})
    assert retention.row("preview", date(2026, 7, 31)) is old
    assert retention.row("preview", date(2026, 8, 1)) is new
    assert retention.row("preview", date(2019, 1, 1)) is old, "before the first, the first holds"


def test_files_that_expire_are_in_a_slot_with_a_row(app: Flask) -> None:
    governed = set(retention.slots_of(retention.of_files()))
    slots = (intake.SLOTS, intake.EXPERIENCE_SLOTS, intake.COUNSELLING_SLOTS)
    used = {slot.stored_as for some in slots for slot in some.values()} | {
        papers.REGULATION_SLOT,
        packages.RECEIPT_SLOT,
        packages.EXCHANGE_SLOT,
        export.SLOT,
        slips.SLOT,
        receipt_slips.SLOT,
        IMPORT_SLOT,
        f"{IMPORT_SLOT}-faults",
    }
    assert used <= governed


def test_what_is_noted_of_opened_files_stays_like_the_trail(
    client: FlaskClient,
    hand_in: HandIn,
    act_as: Callable[[Actor | None], Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with pytest.raises(NothingEnds):
        schedule.recurring("test.purge", every=timedelta(days=1), ends=("file_opening",))
    file = hand_in("work.pdf")
    operations.note_opening(file, reader_id=file.owner_id)
    act_as(actor_of(db.reading().get_one(Person, file.owner_id)))
    assert retention.until("file_opening") in client.get("/privacy").text
    monkeypatch.setitem(retention.UNTIL, "file_opening", "到畢業後十年")
    assert "到畢業後十年" in client.get("/privacy").text


def test_pages_look_back_no_further_than_the_log_is_kept(app: Flask) -> None:
    assert max(launches.DAYS) == retention.row("launch_log").days


def test_the_administrator_reads_the_table(
    client: FlaskClient, act_as: Callable[[Actor | None], Any]
) -> None:
    school = make_school()
    act_as(actor_of(make_staff(school, Role.ADMINISTRATOR)))
    page = client.get("/school/retention")
    assert page.status_code == 200
    for words in ("草稿檔案", "開啟紀錄", "365 天", "匯出檔", "7 天", "失效後 1 小時", "同期保存"):
        assert words in page.text
    assert "0 分鐘" not in page.text, "what ends at once is said in words"
    assert page.text.count("起適用") == 1, "one day holds for all: it is said once"
    assert "/school/retention" in client.get("/school/rules").text
    for person in (make_staff(school, Role.REGISTRY), make_student(school)):
        act_as(actor_of(person))
        assert client.get("/school/retention").status_code == 403
        assert "/school/retention" not in client.get("/school/rules").text


def test_the_privacy_page_speaks_from_the_table(
    client: FlaskClient, act_as: Callable[[Actor | None], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    student = make_student(make_school())
    act_as(actor_of(student))
    assert retention.until("roster") in client.get("/privacy").text
    monkeypatch.setitem(retention.UNTIL, "roster", "到畢業後十年")
    assert "到畢業後十年" in client.get("/privacy").text
