"""Marked sentences: what is read, what is refused; variants keep their marks."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from plugin.assistant.understanding.augment import pools, variants
from plugin.assistant.understanding.intents import intents, role_of, roles
from plugin.assistant.understanding.marked import FOLDER, Mark, parse, read_all, read_file
from plugin.assistant.understanding.reading import UnderstandingError


def test_a_line_is_its_text_and_its_marks() -> None:
    one = parse("傳<course 國文>，標題<title 水質>", "outcome.upload", "student")
    assert one.text == "傳國文，標題水質"
    assert [(mark.slot, one.words(mark)) for mark in one.marks] == [
        ("course", "國文"),
        ("title", "水質"),
    ]


@pytest.mark.parametrize("line", ["<colour 紅>", "傳<course 國文", "a > b"])
def test_a_bad_line_is_named(line: str) -> None:
    with pytest.raises(UnderstandingError, match=r"outcome\.upload"):
        parse(line, "outcome.upload", "student")


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("outcome.upload", "pupil: |\n  傳\n"),
        ("outcome.dance", "anyone: |\n  傳\n"),
        ("outcome.upload", "anyone: [\n"),
    ],
)
def test_a_bad_file_is_named(tmp_path: Path, name: str, content: str) -> None:
    path = tmp_path / f"{name}.yaml"
    path.write_text(content, "utf-8")
    with pytest.raises(UnderstandingError, match=name):
        list(read_file(path))


def test_every_intent_of_the_product_has_sentences() -> None:
    assert {path.stem for path in FOLDER.glob("*.yaml")} == set(intents())
    assert len(read_all()) > 5000


def test_variants_keep_their_marks_and_are_the_same_each_time() -> None:
    one = parse("傳<course 國文>，<teacher 陳>老師，<count 三>件", "outcome.upload", "student")
    other = parse("<course 數學>、<teacher 林>、<count 兩>", "outcome.upload", "student")
    pool = pools([one, other])
    made = [list(variants(one, pool, random.Random(1), 40)) for _ in range(2)]
    assert made[0] == made[1]
    assert len({variant.text for variant in made[0]}) > 10
    for variant in made[0]:
        assert [mark.slot for mark in variant.marks] == ["course", "teacher", "count"]
        for mark in variant.marks:
            assert variant.words(mark) in pool[mark.slot]


@pytest.mark.parametrize(
    ("word", "role"),
    [("registrar", "registry"), ("admin", "administrator"), ("affairs", "student_affairs"),
     ("學生", "student"), ("IR officer", "ir_officer"), ("Training-Unit", "training_unit")],
)  # fmt: skip
def test_roles_by_other_words(word: str, role: str) -> None:
    assert role_of(word) == role
    assert role in roles()


def test_an_unknown_role_is_none() -> None:
    assert role_of("astronaut") is None


def test_marks_have_places() -> None:
    assert parse("甲<title 乙丙>", "deny", "anyone").marks == (Mark("title", 1, 3),)
