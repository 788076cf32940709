"""The LMS as a process of its own, its people file, and the screenless browser."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
import requests

from lti.platform.browser import Browser, forms_in
from lti.platform.testing import PlatformProcess
from lti.platform.world import World, sample


def test_the_process_serves_and_misbehaves_on_request(tmp_path: Path) -> None:
    with PlatformProcess(tmp_path) as lms:
        page = lms.browser("3").get(lms.url)
        assert "張小明的課程" in page.text
        before = requests.get(f"{lms.url}/lti/certs", timeout=5).json()
        lms.set_faults(rotate=True, forget=True)
        assert requests.get(f"{lms.url}/lti/certs", timeout=5).json() != before
        lms.set_faults(jwks_status=503)
        assert requests.get(f"{lms.url}/lti/certs", timeout=5).status_code == 503


def test_a_people_file_may_come_later_and_change(tmp_path: Path) -> None:
    file = tmp_path / "people.json"
    world = World(file)
    assert not world.people
    data = sample()
    file.write_text(json.dumps(data), encoding="utf-8")
    world.refresh()
    assert world.person("student1").family_name == "張"
    data["people"][0]["family_name"] = "章"
    file.write_text(json.dumps(data), encoding="utf-8")
    os.utime(file, ns=(1, 1))
    world.refresh()
    assert world.person("student1").family_name == "章"


def test_an_unknown_role_is_refused() -> None:
    data = sample()
    data["people"][0]["role"] = "pupil"
    with pytest.raises(ValueError, match="unknown LMS role 'pupil'"):
        World(data)


def test_forms_are_read_as_a_browser_would_send_them() -> None:
    (form,) = forms_in(
        """<form action="/x" method="post">
        <input name="a" value="1"><input type="checkbox" name="c" value="p" checked>
        <input type="checkbox" name="c" value="q"><input type="radio" name="r" value="s">
        <select name="k"><option value="u">甲</option><option value="v" selected>乙</option>
        </select>
        <select name="first"><option>一</option><option>二</option></select>
        <textarea name="t">
一行
二行</textarea><input type="file" name="f"><button name="go" value="1">送出</button></form>"""
    )
    assert form.fields == [
        ("a", "1"),
        ("c", "p"),
        ("k", "v"),
        ("first", "一"),
        ("t", "一行\n二行"),
    ]
    assert form.choices == {"c": ["p", "q"], "r": ["s"], "k": ["u", "v"], "first": ["一", "二"]}
    assert form.labels["k", "u"] == "甲"
    assert form.files == ["f"]
    assert form.buttons == [("go", "1", "送出")]
    assert form.data({"c": ["p", "q"], "a": None})[-2:] == [("c", "p"), ("c", "q")]


def test_cookies_of_a_host_can_be_blocked(tmp_path: Path) -> None:
    with PlatformProcess(tmp_path) as lms:
        with pytest.raises(LookupError):
            Browser().get(lms.url).link(text="外部工具")
        kept = lms.browser("2").get(lms.url)
        assert kept.link(text="外部工具")
        browser = Browser(block_cookies_of=["127.0.0.1"])
        assert browser.post(f"{lms.url}/switch", {"person": "2"}).status == 403
        blocked = browser.get(lms.url)
        with pytest.raises(LookupError):
            blocked.link(text="外部工具")


@pytest.mark.parametrize("mode", ["moodle", "canvas"])
def test_secure_cookies_are_kept_and_sent_on_loopback(tmp_path: Path, mode: str) -> None:
    with PlatformProcess(tmp_path, mode=mode) as lms:
        browser = lms.browser("3")
        assert "張小明的課程" in browser.get(lms.url).text
        assert [cookie.secure for cookie in browser.http.cookies] == [mode == "canvas"]
