"""Every component in every state: whole, escaped, and free of inline script and style."""

from __future__ import annotations

from datetime import date, timedelta, timezone
from pathlib import Path

import pytest
from flask import Flask
from lxml import html

from forms.assets import AssetMissing, Assets
from forms.deadline import Deadline
from forms.jinja import roc_date, short_hash
from forms.sizes import file_size
from forms.states import StateLabel, UnknownState, register_states, state_label
from tests.forms.gallery import State, gallery_app
from tests.forms.support import NOON

HOSTILE = "\"'><script>alert(1)</script>{{ 7*7 }}"
PAGES = ["/gallery", "/confirm", "/error/HTTP_404", "/error/UNEXPECTED"]


@pytest.mark.parametrize("path", PAGES)
def test_what_people_write_is_text(path: str) -> None:
    page = gallery_app(HOSTILE).test_client().get(path)
    assert page.status_code == 200
    text = page.get_data(as_text=True)
    assert "<script>alert" not in text
    assert "49" not in html.fromstring(text).findtext(".//title")
    if path != "/error/UNEXPECTED":
        assert "{{ 7*7 }}" in html.fromstring(text).text_content()
    handlers = [name for one in html.fromstring(text).iter() for name in one.attrib]
    assert not [name for name in handlers if name.startswith("on")]


@pytest.mark.parametrize("path", PAGES)
def test_pages_pass_a_policy_without_inline_code(path: str) -> None:
    page = html.fromstring(gallery_app().test_client().get(path).data)
    assert page.cssselect("style, [style], script:not([src])") == []
    ids = [one.get("id") for one in page.cssselect("[id]")]
    repeated = {one for one in ids if ids.count(one) > 1} - {"job-progress"}
    assert repeated == set()


def test_the_header_says_who_and_where_and_how_much_is_unread() -> None:
    page = html.fromstring(gallery_app().test_client().get("/gallery").data)
    header = page.cssselect(".lc-header")[0].text_content()
    for words in ("歷程", "臺北市立示範高級中學", "王𤧟堃", "學生", "則未讀", "English"):
        assert words in header
    (active,) = page.cssselect('.govuk-service-navigation__link[aria-current="true"]')
    assert active.text_content().strip() == "我的首頁"
    assert page.cssselect(".govuk-skip-link")[0].get("href") == "#main-content"
    assert "只存一份" in page.cssselect(".lc-banner")[0].text_content()


def test_an_unexpected_fault_asks_nothing_of_the_database() -> None:
    app = gallery_app()

    def broken() -> None:
        raise RuntimeError("the database is the fault")

    app.extensions["licheng.frame"] = broken
    assert app.test_client().get("/error/UNEXPECTED").status_code == 200


def test_messages_come_in_three_tones() -> None:
    page = html.fromstring(gallery_app().test_client().get("/gallery").data)
    tones = [one.get("class").split("--")[1] for one in page.cssselect("main > .lc-message")]
    assert tones == ["good", "warning", "error"]


def test_cells_carry_the_label_of_their_column() -> None:
    page = html.fromstring(gallery_app().test_client().get("/gallery").data)
    first = page.cssselect(".lc-table tbody tr")[0]
    labels = [one.get("data-label") for one in first.cssselect("[data-label]")]
    assert labels == ["學生", "名稱", "字數", "狀態", "操作"]


def test_only_a_moving_job_is_polled(site: Flask) -> None:
    template = (
        "{% from 'components/progress.html' import progress %}"
        "{{ progress('製作', 3, 10, poll='/jobs/1', state=state) }}"
    )
    found = {}
    with site.test_request_context():
        for state in ("queued", "running", "done", "failed"):
            text = site.jinja_env.from_string(template).render(state=state)
            (box,) = html.fragments_fromstring(text)
            found[state] = box.get("hx-get")
    assert found == {"queued": "/jobs/1", "running": "/jobs/1", "done": None, "failed": None}


@pytest.mark.parametrize(
    ("left", "phase", "words"),
    [
        (timedelta(days=30), "open", "還有 30 天 0 小時"),
        (timedelta(days=7), "soon", "還有 7 天 0 小時"),
        (timedelta(hours=5, minutes=19, seconds=30), "soon", "還有 5 小時 20 分"),
        (timedelta(hours=1), "last-hour", "還有 1 小時 0 分"),
        (timedelta(seconds=1), "last-hour", "還有 1 分"),
        (timedelta(0), "closed", ""),
        (timedelta(days=-1), "closed", ""),
    ],
)
def test_deadlines_say_how_near_they_are(
    context: Flask, left: timedelta, phase: str, words: str
) -> None:
    deadline = Deadline("上傳", NOON + left, NOON)
    assert (deadline.phase, deadline.left) == (phase, words)


def test_a_window_that_is_not_open_yet(context: Flask) -> None:
    deadline = Deadline("上傳", NOON + timedelta(days=9), NOON, NOON + timedelta(days=2))
    assert (deadline.phase, deadline.left) == ("ahead", "")


def test_moments_are_shown_in_taipei_with_weekday_and_minute(context: Flask) -> None:
    assert roc_date(NOON.replace(month=11, day=30, hour=9)) == "民國115年11月30日（星期一）17:00"
    ahead = NOON.astimezone(timezone(timedelta(hours=-10)))
    assert roc_date(ahead) == "民國115年11月20日（星期五）12:00"
    assert roc_date(date(2026, 11, 30)) == "民國115年11月30日（星期一）"
    assert roc_date(None) == "—"
    with pytest.raises(ValueError, match="time zone"):
        roc_date(NOON.replace(tzinfo=None))


def test_english_pages_count_years_as_english_does(site: Flask) -> None:
    with site.test_request_context("/?lang=en"):
        assert roc_date(NOON) == "Fri 20 Nov 2026, 12:00"
        assert roc_date(date(2026, 11, 30)) == "Mon 30 Nov 2026"


@pytest.mark.parametrize(
    ("size", "words"),
    [
        (0, "0 bytes"),
        (1023, "1023 bytes"),
        (1024, "1 KB"),
        (1025, "2 KB"),
        (1048575, "1.0 MB"),
        (1048576, "1.0 MB"),
        (2097152, "2.0 MB"),
        (2097153, "2.01 MB"),
        (5242880, "5.0 MB"),
    ],
)
def test_a_size_over_a_limit_never_reads_as_the_limit(size: int, words: str) -> None:
    assert file_size(size) == words


def test_hashes_are_shortened_in_fours() -> None:
    assert short_hash("0123456789abcdef") == "0123 4567 89ab"


def test_states_are_named_from_outside(site: Flask) -> None:
    with site.app_context():
        with pytest.raises(UnknownState):
            state_label("outcome", "draft")
        register_states(site, "outcome", {State.DRAFT: StateLabel("草稿")})
        assert state_label("outcome", "draft").text == "草稿"
        assert state_label("outcome", State.DRAFT).tone == "calm"
    with pytest.raises(ValueError, match="tone"):
        StateLabel("草稿", "purple")


def test_an_asset_that_was_not_built_says_what_to_run(tmp_path: Path) -> None:
    assets = Assets(tmp_path)
    with pytest.raises(AssetMissing, match=r"scripts/assets\.py"):
        assets.url("licheng.css")
    (tmp_path / "manifest.json").write_text('{"licheng.css": "0123456789ab/licheng.css"}')
    assert assets.url("licheng.css") == "/static/0123456789ab/licheng.css"
    with pytest.raises(AssetMissing):
        assets.url("other.css")
