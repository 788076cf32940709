"""Links to files work without cookies, for a while, for what they name, and run nothing."""

from __future__ import annotations

import io
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image

from plugin.actor import Actor
from plugin.vault import links, operations, queries, receipts
from plugin.vault.links import LIFETIME
from tests.factories import FrozenClock
from tests.plugin.vault.conftest import HandIn, pdf_bytes


def test_a_link_gives_the_bytes_and_nothing_that_runs(
    hand_in: HandIn, student: Actor, bare: FlaskClient, samples: Path
) -> None:
    file = hand_in("work.pdf")
    answer = bare.get(links.url(file, student))
    assert answer.status_code == 200
    assert answer.data == (samples / "work.pdf").read_bytes()
    assert answer.mimetype == "application/pdf"
    assert answer.headers["Content-Disposition"].startswith("attachment;")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert "Set-Cookie" not in answer.headers


def test_the_path_carries_no_session(app: Flask, hand_in: HandIn, student: Actor) -> None:
    file = hand_in()
    with app.test_request_context("/outcomes", environ_overrides={"SCRIPT_NAME": "/s/secret"}):
        assert links.url(file, student).startswith("/files/")
        assert "secret" not in links.url(file, student) + links.page_url(file, student, 1)


def test_names_survive_the_way(hand_in: HandIn, student: Actor, bare: FlaskClient) -> None:
    from urllib.parse import unquote

    name = '讀書心得 "終版"?#100%.pdf'
    file = hand_in(name, content=pdf_bytes())
    answer = bare.get(links.url(file, student))
    assert answer.status_code == 200
    header = answer.headers["Content-Disposition"]
    assert unquote(header.partition("filename*=UTF-8''")[2]) == name


def test_sound_and_film_can_be_wound(
    hand_in: HandIn, student: Actor, bare: FlaskClient, samples: Path
) -> None:
    url = links.url(hand_in("film.mp4"), student)
    content = (samples / "film.mp4").read_bytes()
    part = bare.get(url, headers={"Range": "bytes=100-299"})
    assert part.status_code == 206
    assert part.data == content[100:300]
    assert part.headers["Content-Range"] == f"bytes 100-299/{len(content)}"
    assert bare.get(url).headers["Accept-Ranges"] == "bytes"
    assert bare.get(url, headers={"Range": "bytes=99999999-"}).status_code == 416


def test_a_link_ends(
    hand_in: HandIn, student: Actor, bare: FlaskClient, clock: FrozenClock
) -> None:
    url = links.url(hand_in(), student)
    clock.advance(LIFETIME)
    assert bare.get(url).status_code == 200
    clock.advance(minutes=11)
    assert bare.get(url).status_code == 403


def test_a_link_shown_again_soon_is_the_same(
    hand_in: HandIn, student: Actor, clock: FrozenClock
) -> None:
    file = hand_in()
    clock.advance(seconds=1)  # 09:30 sharp is the end of a step
    first = links.url(file, student)
    clock.advance(minutes=9)
    assert links.url(file, student) == first


@pytest.mark.parametrize(
    "token",
    ["1", "1-1-ffffffff-" + "0" * 32, "x-y-z-w", "1-1-1-é", "", "-" * 3, "1-1-1-1-1"],
)
def test_a_forged_link_opens_nothing(hand_in: HandIn, bare: FlaskClient, token: str) -> None:
    hand_in()
    assert bare.get(f"/files/{token}").status_code in {403, 404}
    assert bare.get(f"/files/lent/{token}").status_code in {403, 404}


def test_a_link_opens_only_its_file(hand_in: HandIn, student: Actor, bare: FlaskClient) -> None:
    token = links.url(hand_in("work.pdf"), student).split("/")[2]
    for place in (0, len(token) // 2, len(token) - 2):
        changed = token[:place] + ("A" if token[place] != "A" else "B") + token[place + 1 :]
        assert bare.get(f"/files/{changed}").status_code == 403
        assert bare.get(f"/files/{changed}/page/1.png").status_code == 403
    assert bare.get(f"/files/lent/{token}").status_code == 403


def test_a_purged_file_is_gone(hand_in: HandIn, student: Actor, bare: FlaskClient) -> None:
    file = hand_in()
    url = links.url(file, student, lifetime=timedelta(days=9))
    operations.discard(student, file.id)
    assert bare.get(url).status_code == 404


def test_pages_of_a_pdf_are_drawn(hand_in: HandIn, student: Actor, bare: FlaskClient) -> None:
    file = hand_in("work.pdf")
    for _again in range(2):
        answer = bare.get(links.page_url(file, student, 2))
        assert answer.status_code == 200
        assert answer.mimetype == "image/png"
        assert "sandbox" in answer.headers["Content-Security-Policy"]
        assert Image.open(io.BytesIO(answer.data)).size[0] == 1200
    assert bare.get(links.page_url(file, student, 3)).status_code == 404
    picture = hand_in("photo.jpg")
    assert bare.get(links.page_url(picture, student, 1)).status_code == 404


def test_a_receipt_can_be_checked_by_anybody(
    hand_in: HandIn, student: Actor, bare: FlaskClient
) -> None:
    file = hand_in("work.pdf", content=pdf_bytes())
    receipt = operations.keep(student, [file.id])[0]
    answer = bare.get(f"/receipts/{receipt.number}?code={receipts.code(receipt)}")
    assert answer.status_code == 200
    assert file.sha256 in answer.text
    assert student.name not in answer.text
    assert file.name not in answer.text
    assert (
        bare.get(f"/receipts/{receipt.number.lower()}?code={receipt.signature}").status_code == 200
    )


@pytest.mark.parametrize("code", ["", "0000-0000-0000-0000", "ffff"])
def test_a_receipt_with_a_wrong_code_tells_nothing(
    hand_in: HandIn, bare: FlaskClient, code: str
) -> None:
    file = hand_in()
    receipt = queries.receipts([file.id])[file.id]
    answer = bare.get(f"/receipts/{receipt.number}?code={code}")
    assert answer.status_code == 404
    assert file.sha256 not in answer.text
    unknown = bare.get(f"/receipts/20200101-AAAAAAAAAA?code={code}")
    assert unknown.text.replace("20200101-AAAAAAAAAA", receipt.number) == answer.text


def test_the_search_leads_to_the_receipt(hand_in: HandIn, bare: FlaskClient) -> None:
    file = hand_in()
    receipt = queries.receipts([file.id])[file.id]
    assert bare.get("/receipts").status_code == 200
    asked = {"number": f" {receipt.number} ", "code": receipts.code(receipt)}
    found = bare.get("/receipts", query_string=asked, follow_redirects=True)
    assert file.sha256 in found.text


def test_a_draft_receipt_says_until_when(hand_in: HandIn, bare: FlaskClient) -> None:
    file = hand_in(days=30)
    receipt = queries.receipts([file.id])[file.id]
    page = bare.get(f"/receipts/{receipt.number}?code={receipts.code(receipt)}").text
    assert "草稿" in page
    assert "115年12月20日" in page
