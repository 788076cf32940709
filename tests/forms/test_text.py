"""Counting is the same on the server and in the browser."""

from __future__ import annotations

import json
import subprocess

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from forms.text import TRIMMED, count_letters, count_points, normalise
from scripts.assets import node_command
from tests.forms.support import ROOT

RUNNER = """
import { normalise, countPoints, countLetters } from %s;
let text = "";
process.stdin.setEncoding("utf8");
for await (const part of process.stdin) text += part;
const cases = JSON.parse(text);
process.stdout.write(
  JSON.stringify(cases.map((one) => [normalise(one), countPoints(one), countLetters(one)])),
);
"""


def in_javascript(texts: list[str]) -> list[tuple[str, int, int]]:
    module = json.dumps((ROOT / "assets" / "js" / "counter.js").as_uri())
    done = subprocess.run(
        [*node_command(), "--no-warnings", "--input-type=module", "--eval", RUNNER % module],
        input=json.dumps(texts),
        capture_output=True,
        encoding="utf-8",
        check=True,
    )
    return [(text, points, letters) for text, points, letters in json.loads(done.stdout)]


@pytest.mark.parametrize(
    ("text", "points"),
    [
        ("", 0),
        ("歷程", 2),
        ("  歷程\u3000\n", 2),
        ("第一行\r\n第二行", 7),
        ("第一行\n第二行", 7),
        ("第一行\r第二行", 7),
        ("𤧟堃峯喆犇", 5),
        ("e\u0301", 1),
        ("👩‍🏫", 3),
        ("\ufeff前後\u2003", 2),
    ],
)
def test_counts_code_points_after_nfc_and_trimming(text: str, points: int) -> None:
    assert count_points(text) == points


@pytest.mark.parametrize(
    ("text", "letters"),
    [
        ("", 0),
        ("環境，教育。", 4),
        ("「氣候變遷」——減碳！", 6),
        ("CO2 減量 50%", 7),
        ("一　二\n三\t四", 4),
        ("👩‍🏫節能♻️", 2),
        ("\U0001fae8愛地球", 3),
        ("𤧟堃", 2),
        ("e\u0301", 1),
        ("ㄅㄆㄇ", 3),
    ],
)
def test_an_essay_counts_neither_punctuation_nor_white_space(text: str, letters: int) -> None:
    assert count_letters(text) == letters
    assert in_javascript([text])[0][2] == letters


def test_a_line_break_counts_one_inside_and_nothing_at_the_ends() -> None:
    assert count_points("\r\n甲\r\n乙\r\n") == 3


def test_normalise_is_idempotent() -> None:
    text = " \u00a0e\u0301\r\n乙 "
    assert normalise(normalise(text)) == normalise(text) == "é\n乙"


# Code points assigned after this Python's Unicode version may compose in the browser only.
CASES = st.text(
    st.one_of(
        st.characters(exclude_categories=("Cs", "Cn")),
        st.sampled_from(
            TRIMMED + "\r\n𤧟堃\u0301\u0304é가ᄀ\u1161👩\u200d🏫\u200b\x1c\x1d\x1e\x1f"
        ),
    ),
    max_size=40,
)


def test_the_browser_counts_the_same() -> None:
    collected: list[str] = []

    @settings(
        max_examples=400,
        phases=[Phase.generate],
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(CASES)
    def collect(text: str) -> None:
        collected.append(text)

    collect()
    collected += [one * 2 for one in TRIMMED] + [f"{one}甲{one}" for one in TRIMMED]
    expected = [(normalise(text), count_points(text), count_letters(text)) for text in collected]
    assert in_javascript(collected) == expected
