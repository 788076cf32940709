"""What is pasted from a spreadsheet: nothing is guessed, nothing is lost."""

from __future__ import annotations

import csv
import io

import pytest
from flask import Flask
from hypothesis import given, settings
from hypothesis import strategies as st

from plugin.portfolio import pasting

NAMES = {"1150101": "王小明", "1150102": "陳怡君", "1150103": "巴奈・庫穗"}
COLUMNS = [
    ("score", ("學期學業成績", "成績")),
    ("makeup_score", ("補考成績",)),
    ("note", ("評語",)),
]


def read(app: Flask, text: str) -> pasting.Pasted:
    with app.test_request_context():
        return pasting.read(text, COLUMNS, NAMES)


@pytest.mark.parametrize(
    "text",
    [
        "1150101\t王小明\t88.5\t\t很好\r\n1150102\t陳怡君\t59\t61",
        "1150101\t88.5\t\t很好\n\n1150102\t59\t61\n",
        "學號\t姓名\t成績\t補考成績\t評語\n1150101\t王小明\t88.5\t\t很好\n１１５０１０２\t陳怡君\t59\t61\t",
        "評語\t座號\t學號\t學期學業成績\t補考成績\n很好\t1\t1150101\t88.5\t\n\t2\t1150102\t59\t61",
    ],
)
def test_lines_with_and_without_names_and_headings(app: Flask, text: str) -> None:
    found = read(app, text)
    assert found.faults == []
    said = {n: {k: v for k, v in cells.items() if v} for n, cells in found.cells.items()}
    assert said == {
        "1150101": {"score": "88.5", "note": "很好"},
        "1150102": {"score": "59", "makeup_score": "61"},
    }


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("9999999\t88", "沒有學號「9999999」"),
        ("1150101\t陳怡君\t88", "姓名與名單不同"),
        ("1150101\t88\n1150101\t89", "重複出現"),
        ("王小明\t88", "沒有學號"),
    ],
)
def test_what_cannot_be_told_is_said_and_not_used(app: Flask, text: str, words: str) -> None:
    found = read(app, text)
    assert any(words in fault for fault in found.faults)
    assert "89" not in str(found.cells)
    assert "陳怡君" not in str(found.cells)


def test_every_cell_arrives_as_it_stood_in_the_sheet(app: Flask) -> None:
    cell = st.text(
        st.characters(exclude_categories=("Cs", "Cc")) | st.sampled_from('\n\t"'), max_size=20
    )

    @given(st.lists(st.tuples(cell, cell, cell), min_size=3, max_size=3))
    @settings(max_examples=100)
    def check(rows: list[tuple[str, str, str]]) -> None:
        out = io.StringIO()
        writer = csv.writer(out, delimiter="\t", lineterminator="\r\n", quoting=csv.QUOTE_ALL)
        writer.writerow(["學號", "成績", "補考成績", "評語"])
        writer.writerows([(number, *row) for number, row in zip(NAMES, rows, strict=True)])
        found = read(app, out.getvalue())
        assert found.faults == []
        assert [tuple(one.values()) for one in found.cells.values()] == [
            tuple(part.strip() for part in row) for row in rows
        ]

    check()
