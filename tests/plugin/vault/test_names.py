"""File names: what people see; never a path, never a trick."""

from __future__ import annotations

import unicodedata
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.http import parse_options_header

from plugin.vault import names


@pytest.mark.parametrize(
    ("raw", "stored"),
    [
        ("心得.pdf", "心得.pdf"),
        ("../../etc/passwd", "passwd"),
        ("C:\\作業\\心得.pdf", "心得.pdf"),
        ('我的"心得"?.pdf', '我的"心得"?.pdf'),
        ("exe.\u202egpj.pdf", "exe.gpj.pdf"),
        ("a\x00b\r\n.pdf", "ab.pdf"),
        ("e\u0301te\u0301.pdf", "été.pdf"),
        ("", "未命名"),
        ("..", "未命名"),
        (".pdf", "未命名.pdf"),
        ("𤧟堃犇.pdf", "𤧟堃犇.pdf"),
    ],
)
def test_names_people_send(raw: str, stored: str) -> None:
    assert names.clean(raw) == stored


def test_three_hundred_characters_are_shortened_before_the_extension() -> None:
    stored = names.clean("心" * 300 + ".pdf")
    assert stored.endswith("….pdf")
    assert len(stored.encode()) <= 255
    assert stored.startswith("心" * 80)


@given(st.text(max_size=400))
def test_whatever_is_sent_the_stored_name_is_harmless(raw: str) -> None:
    stored = names.clean(raw)
    assert stored
    assert len(stored.encode()) <= names.MAX_BYTES
    assert not set(stored) & set("/\\")
    assert stored not in {".", ".."}
    assert unicodedata.is_normalized("NFC", stored)
    hidden = {"Cc", "Cf", "Cs", "Zl", "Zp"}
    assert not [c for c in stored if unicodedata.category(c) in hidden]
    assert names.clean(stored) == stored


@given(st.text(max_size=80))
def test_the_header_gives_the_name_back(raw: str) -> None:
    stored = names.clean(raw)
    header = names.disposition(stored)
    header.encode("ascii")
    assert "\r" not in header
    assert "\n" not in header
    kind, options = parse_options_header(header)
    assert kind == "attachment"
    assert unquote(header.partition("filename*=UTF-8''")[2]) == stored
    assert options["filename"] == stored
