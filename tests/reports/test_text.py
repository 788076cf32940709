"""Breaking and cleaning text, for any string a person can send."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reports.typeset.chars import ODD, clusters, printable
from reports.typeset.fonts import FontChain
from reports.typeset.text import Setter


@pytest.fixture(scope="module")
def setter() -> Setter:
    return Setter(FontChain(), 7.6, 9.6)


ANY = st.text(st.characters(), max_size=60)


@settings(max_examples=150, deadline=None)
@given(text=ANY, width=st.floats(5, 300))
def test_no_character_is_lost_and_no_line_is_wider(setter, text, width):
    lines = setter.lines(text, width)
    assert "".join(lines) == printable(text) or "".join(lines) == "".join(clusters(printable(text)))
    for line in lines:
        over = setter.width(line.removesuffix(" ")) > width + 0.01
        assert not over or len(clusters(line.rstrip(" "))) <= 1


@settings(max_examples=150, deadline=None)
@given(text=ANY)
def test_what_is_printable_stays_so_and_shows_nothing_odd(text):
    clean = printable(text)
    assert printable(clean) == clean
    assert not ODD.search(clean)


@settings(max_examples=150, deadline=None)
@given(text=st.text("一二三四五（）「」，。、", min_size=1, max_size=80))
def test_punctuation_stays_on_its_side_wherever_there_is_a_choice(setter, text):
    lines = setter.wrap(text, 60)
    for before, after in pairwise(lines):
        if any(_legal(a, b) for a, b in pairwise(before)):
            assert _legal(before[-1], after[0])


def _legal(before: str, after: str) -> bool:
    return after not in "）」，。、" and before not in "（「"


def test_words_break_at_their_joints(setter):
    assert setter.wrap("very_long-file.name", setter.width("very_long-f")) == [
        "very_long-",
        "file.name",
    ]


def test_closing_punctuation_does_not_begin_a_line(setter):
    assert setter.wrap("一二三四，五", setter.width("一二三四")) == ["一二三", "四，五"]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\tb\nc", "a b c"),
        ("\u202eabc", "[U+202E]abc"),
        ("\ud800", "[U+D800]"),
        ("零\u200b寬", "零[U+200B]寬"),
        ("堃\u3000峯", "堃\u3000峯"),
    ],
)
def test_invisible_characters_are_shown(text, shown):
    assert printable(text) == shown
