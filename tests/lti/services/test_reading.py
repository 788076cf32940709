"""A list read piece by piece says exactly what `json.loads` of the whole would."""

import json
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lti.services.errors import ServiceError
from lti.services.reading import LONGEST_VALUE, elements, id_of, text_of, texts_of

from .support import fails

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
MARKS = [
    *('{"members":', "[", "]", "{", "}", ",", ":", '"a"', "1", "-", "12", "1e9999", "NaN"),
    *("Infinity", "null", "true", "tru", "\\", '"', '"\\ud800"', "\ufeff", " "),
]
OBJECTS = st.lists(st.dictionaries(st.text(max_size=8), JSON, max_size=5), max_size=8)


def cut(raw: bytes, at: list[int]) -> list[bytes]:
    marks = sorted({0, len(raw), *(mark % (len(raw) + 1) for mark in at)})
    return [raw[start:end] for start, end in pairwise(marks)] or [raw]


@given(
    OBJECTS,
    st.dictionaries(st.text().filter(lambda key: key != "members"), JSON, max_size=3),
    st.lists(st.integers(0, 10_000), max_size=20),
    st.booleans(),
    st.sampled_from([None, 1]),
)
def test_the_same_as_the_whole(found, around, marks, before, indent):
    document = {**around, "members": found} if before else {"members": found, **around}
    raw = json.dumps(document, ensure_ascii=before, indent=indent).encode()
    assert list(elements(cut(raw, marks), "members")) == found
    plain = json.dumps(found, indent=indent).encode()
    assert list(elements(cut(plain, marks))) == found


@pytest.mark.parametrize("number", ["-100.0", "1.5e-7", "2E+10", "3e5", "0", "-0.25", "12"])
def test_a_number_cut_anywhere(number):
    raw = f'{{"around":{number},"members":[{{"a":{number}}}]}}'.encode()
    for at in range(1, len(raw)):
        assert list(elements([raw[:at], raw[at:]], "members")) == [{"a": json.loads(number)}]


@given(OBJECTS, st.integers(0, 100_000))
def test_the_beginning_of_an_answer_is_no_answer(found, at):
    raw = json.dumps({"id": 1, "members": found}).encode()
    with fails("SERVICE_ANSWER_INVALID"):
        list(elements([raw[: at % len(raw)]], "members"))


@given(st.binary(max_size=200), st.lists(st.integers(0, 200), max_size=5), st.booleans())
def test_noise(raw, marks, named):
    read_or_refuse(cut(raw, marks), "members" if named else "")


@given(
    st.lists(
        st.sampled_from(MARKS),
        max_size=14,
    )
)
def test_almost_json(parts):
    raw = "".join(parts).encode("utf-8")
    read = read_or_refuse([raw[at : at + 3] for at in range(0, len(raw), 3)], "members")
    if read is not None:
        assert json.loads(raw.decode("utf-8-sig"))["members"] == read


def read_or_refuse(pieces: list[bytes], name: str) -> list[dict[str, Any]] | None:
    try:
        return list(elements(pieces, name))
    except ServiceError as error:
        found = error.code
    assert found == "SERVICE_ANSWER_INVALID"
    return None


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"<html>",
        b"[]",
        b"{}",
        b'{"id": 1}',
        b'{"members": null}',
        b'{"members": {}}',
        b'{"members": ["x"]}',
        b'{"members": [{}, 1]}',
        b'{"members": [{}',
        b'{"members": [{}]',
        b'{"members": [{},]}',
        b'{"members": [{} {}]}',
        b'{"members": []} PHP Notice: something',
        b'{"members": [{"a": NaN}]}',
        b'{"members": [{"a": "\xff"}]}',
        b'{"members": [' + b'{"a":' * 5000 + b"1" + b"}" * 5000 + b"]}",
        b'{"members": [{"a": ' + b"9" * 5000 + b"}]}",
        b'{1: 2, "members": []}',
        '{"members": []}'.encode("utf-16"),
    ],
)
def test_what_is_no_list(raw):
    with fails("SERVICE_ANSWER_INVALID"):
        list(elements([raw], "members"))


def test_marks_that_some_servers_put_before_the_text():
    assert list(elements(['\ufeff{"members": [{"a": 1}]}'.encode()], "members")) == [{"a": 1}]


def test_an_entry_that_does_not_end():
    endless = iter([b'{"members": [{"name": "', *[b"x" * 10_000] * 10_000])
    with fails("SERVICE_ANSWER_INVALID"):
        list(elements(endless, "members"))
    assert len(list(endless)) > 10_000 - LONGEST_VALUE // 10_000 - 5, "read no further"


def test_what_is_read_before_an_end_that_is_missing_has_been_told():
    reading = elements([b'{"members": [{"a": 1}, {"a": 2}, {"a"'], "members")
    assert [next(reading), next(reading)] == [{"a": 1}, {"a": 2}]
    with fails("SERVICE_ANSWER_INVALID"):
        next(reading)


@pytest.mark.parametrize(
    ("value", "text", "identifier"),
    [
        ("4", "4", "4"),
        (4, "", "4"),
        (True, "", ""),
        (None, "", ""),
        (1.5, "", ""),
        ([], "", ""),
        (10**30, "", ""),
        (" a ", "a", " a "),
        ("  ", "", ""),
        ("a\0b", "ab", ""),
        ("a\ud800", "a", ""),
        ("\ue000王", "\ue000王", "\ue000王"),
        ("x" * 256, "x" * 255, ""),
        ("x" * 9999, "", ""),
    ],
)
def test_texts_and_identifiers(value, text, identifier):
    assert text_of(value) == text
    assert id_of(value) == identifier


def test_lists_of_texts():
    assert texts_of(["a", 1, None, "", "b"]) == ("a", "b")
    assert texts_of("a") == ("a",)
    assert texts_of({"a": 1}) == ()
    assert len(texts_of(["a"] * 500)) == 50
