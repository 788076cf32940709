"""Every word has its English, with the same placeholders."""

from __future__ import annotations

import shutil
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from flask import Flask, request
from flask_babel import gettext as _

from forms import i18n as wiring
from forms.said import day_said, moment_said
from scripts import i18n

CATALOGUES = i18n.catalogues()
DAY, MOMENT = date(2026, 11, 30), datetime(2026, 11, 30, 9, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def template() -> Catalog:
    return i18n.collect()


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: path.parent.parent.name)
def test_no_word_is_missing(path: Path, template: Catalog) -> None:
    left = list(i18n.missing(i18n.read(path), template))
    assert left == [], "run: python scripts/i18n.py update, then translate"


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: path.parent.parent.name)
def test_every_word_is_translated_with_its_placeholders(path: Path) -> None:
    assert list(i18n.faults(i18n.read(path))) == []


def test_there_is_an_english_catalogue() -> None:
    assert [path.parent.parent.name for path in CATALOGUES] == ["en"]


def catalogue(*pairs: tuple[str, str]) -> Catalog:
    made = Catalog(locale="en")
    for source, translation in pairs:
        made.add(source, translation)
    return made


def test_the_check_finds_what_is_wrong() -> None:
    found = list(
        i18n.faults(
            catalogue(
                ("草稿", ""),
                ("共 %(n)s 件", "%(m)s in all"),
                ("目前 {count} 字", "characters"),
                ("首頁", "首頁"),
                ("上傳", "Upload"),
            )
        )
    )
    kinds = [one.split(":")[0] for one in found]
    assert kinds == [
        "not translated",
        "placeholders differ",
        "placeholders differ",
        "Chinese left in English",
    ]


def test_a_page_speaks_english_where_the_reader_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(i18n.TRANSLATIONS, tmp_path / "translations")
    for made in (tmp_path / "translations").rglob("*.mo"):
        made.unlink()
    monkeypatch.setattr(i18n, "TRANSLATIONS", tmp_path / "translations")
    assert [path.suffix for path in i18n.compile_all()] == [".mo"]
    assert list(i18n.compile_all()) == []

    site = Flask("words")
    wiring.init_app(site, lambda: request.args.get("lang"), translations=tmp_path / "translations")
    said = {}
    for asked in ("en", "zh_Hant_TW", "tlh"):
        with site.test_request_context(f"/?lang={asked}"):
            said[asked] = (_("送出"), wiring.html_lang(), day_said(DAY), moment_said(MOMENT))
    chinese = ("送出", "zh-Hant-TW", "民國115年11月30日", "民國115年11月30日（星期一）17:00")
    assert said == {
        "en": ("Send", "en", "Mon 30 Nov 2026", "Mon 30 Nov 2026, 17:00"),
        "zh_Hant_TW": chinese,
        "tlh": chinese,
    }
