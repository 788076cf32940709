"""The workbooks' file links by the school's setting: paths in the package, or addresses that end,
can be taken back, and are noted when somebody opens them."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from plugin import clock, db
from plugin.errors import Conflict, NotFound
from plugin.portfolio.bundle_rows import outcome_row
from plugin.portfolio.models import Submission, SubmissionFileKind
from plugin.portfolio.operations import lending as operations
from plugin.portfolio.operations import selection
from plugin.portfolio.queries import lending, submissions
from plugin.trail.models import AuditEvent
from plugin.vault.models import FileLending, FileLink, FileOpening, StoredFile
from tests.factories import make_rule
from tests.plugin.portfolio.submission_world import YEAR, build, frozen, opened
from tests.plugin.portfolio.world import World, make_world, mp3, pdf

NAME = "王小明_B123456789.pdf"
DAYS = 90


@pytest.fixture
def chosen(world: World) -> World:
    """An outcome with two files that will be handed in."""
    outcome = world.certified(
        document_file_id=world.file(pdf("心得"), name=NAME),
        media_file_id=world.file(mp3(), "media", name="朗讀.mp3"),
    )
    selection.select(world.pupil, outcome.id)
    selection.lock(world.pupil, YEAR)
    return world


@pytest.fixture
def lent(chosen: World) -> World:
    """The school writes addresses."""
    make_rule(chosen.school, operations.RULE, DAYS)
    return chosen


def links(made: Submission) -> list[str]:
    (row,) = submissions.all_rows(made.id, personal=True)
    line = outcome_row(row, night=False)
    return [line["document_link"], line["media_link"]]


def test_without_the_setting_they_are_paths(chosen: World) -> None:
    made = frozen(chosen)
    make_rule(chosen.school, operations.RULE, DAYS)  # too late for this one
    assert all(one.startswith("files/") for one in links(made))
    assert lending.lending(made.id) is None


def test_an_address_is_the_same_whoever_writes_it_and_opens_nothing_before_the_end(
    lent: World, client: FlaskClient
) -> None:
    made = frozen(lent)
    first, second = links(made)
    db._close_reads()
    assert links(made) == [first, second]
    assert first != second
    assert client.get(urlsplit(first).path).status_code == 403
    operations.complete(lent.clerk, made)
    operations.complete(lent.clerk, made)
    assert client.get(urlsplit(first).path, buffered=True).data == pdf("心得")


def test_the_workbook_of_a_submission(
    lent: World, client: FlaskClient, act_as: Callable[[Any], Any]
) -> None:
    made = build(lent)
    written = [
        str(cell.value)
        for sheet in opened(made, SubmissionFileKind.WORKBOOK)
        for line in sheet.iter_rows()
        for cell in line
        if str(cell.value).startswith(("http", "files/"))
    ]
    assert written == links(made)
    document, media = (urlsplit(one).path for one in written)
    assert unquote(document).isascii()
    found = lending.lending(made.id)
    assert found is not None
    assert found.expires_at == clock.now() + timedelta(days=DAYS)

    act_as(None)
    answer = client.get(document, buffered=True)
    assert answer.data == pdf("心得")
    assert "filename*=UTF-8''%E7%8E%8B" in answer.headers["Content-Disposition"]
    act_as(lent.clerk)
    page = client.get(f"/submissions/{made.id}/links").text
    assert NAME in page
    assert page.count("使用中") == 3  # the sum, and each file
    address = re.search(rf'href="(/submissions/{made.id}/links/revoke\?link=\d+)"', page)
    assert address
    asked = client.get(address[1]).text
    assert "停用後立即失效" in asked
    token = re.search(r'name="csrf_token" value="([^"]+)"', asked)
    assert token
    link = address[1].partition("link=")[2]
    form = {"csrf_token": token[1], "link": link}
    assert client.post(f"/submissions/{made.id}/links/revoke", data=form).status_code == 302
    assert "已停用" in client.get(f"/submissions/{made.id}/links").text

    act_as(None)
    refused = client.get(document)
    assert refused.status_code == 403
    assert "這個檔案連結已失效。" in refused.text
    assert client.get(media, buffered=True).status_code == 200
    noted = db.reading().scalars(sa.select(FileOpening)).all()
    assert [one.reader_id for one in noted] == [None, None]
    verbs = db.reading().scalars(
        sa.select(AuditEvent.verb).where(AuditEvent.verb.startswith("file_lending."))
    )
    assert list(verbs) == ["file_lending.lend", "file_lending.revoke"]


def test_one_link_that_is_none_never_means_all(
    lent: World, client: FlaskClient, act_as: Callable[[Any], Any]
) -> None:
    made = frozen(lent)
    operations.complete(lent.clerk, made)
    act_as(lent.clerk)
    asked = client.get(f"/submissions/{made.id}/links/revoke").text
    token = re.search(r'name="csrf_token" value="([^"]+)"', asked)
    assert token
    form = {"csrf_token": token[1], "link": "x"}
    assert client.post(f"/submissions/{made.id}/links/revoke", data=form).status_code == 404
    standing = sa.select(sa.func.count(FileLink.id)).where(FileLink.revoked_at.is_(None))
    assert db.reading().scalar(standing) == 2


def test_the_question_names_the_one_file(
    lent: World, client: FlaskClient, act_as: Callable[[Any], Any]
) -> None:
    made = frozen(lent)
    operations.complete(lent.clerk, made)
    act_as(lent.clerk)
    links = db.reading().scalars(sa.select(FileLink).order_by(FileLink.id)).all()
    names = [db.reading().get_one(StoredFile, one.file_id).name for one in links]
    asking = f"/submissions/{made.id}/links/revoke"
    assert len(set(names)) == 2
    for link, name in zip(links, names, strict=True):
        page = client.get(f"{asking}?link={link.id}").text
        assert [one for one in names if one in page] == [name]
    of_all = client.get(asking).text
    assert not any(name in of_all for name in names)
    assert client.get(f"{asking}?link=987654321").status_code == 404


def test_who_takes_them_back(lent: World) -> None:
    made = frozen(lent)
    operations.complete(lent.clerk, made)
    for actor in (make_world().clerk, lent.master, lent.pupil):
        with pytest.raises(NotFound):
            operations.revoke(actor, made.id)
    assert operations.revoke(lent.clerk, made.id) == 2
    with pytest.raises(Conflict):
        operations.revoke(lent.clerk, made.id)
    assert db.reading().scalar(sa.select(sa.func.count(FileLending.id))) == 1
