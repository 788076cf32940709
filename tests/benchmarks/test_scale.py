"""The scale benchmark runs, at a size that tells nothing about speed; what it writes holds."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
import sqlalchemy as sa

from benchmarks import scale, scale_rows

SMALLER = dataclasses.replace(scale_rows.LARGE, students=90, classes=6)


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scale, "WARM_UP", 0)
    monkeypatch.setattr(scale, "LARGE", SMALLER)


def test_every_page_is_asked_for_at_both_ends(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code = scale.judge(scale.make_app(tmp_path), 1200, 2400, 1, "cpu")
    said = capsys.readouterr().out
    assert code in {0, 1}
    assert "1,200 outcomes, 2,000 files, 1 schools" in said
    assert "2,940 outcomes, 5,620 files, 3 schools" in said
    for page, _, _ in scale.pages_of(SMALLER):
        assert f"100 {page}" in said
        assert f"1,800 {page}" in said
    assert "more statements at the large end: []" in said


def test_no_row_refers_to_one_that_is_not_there(tmp_path: Path) -> None:
    app = scale.make_app(tmp_path)
    filler = scale.Filler(app)
    filler.fill(1)
    filler.add_large()
    with filler.engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA foreign_key_check").all() == []
        handed = connection.execute(
            sa.text("SELECT record_kind, COUNT(*) FROM submission_row GROUP BY record_kind")
        )
        assert {kind: count > 0 for kind, count in handed} == {"OUTCOME": True, "EXPERIENCE": True}
        selected = connection.execute(
            sa.text(
                "SELECT COUNT(*) FROM selection_item GROUP BY selection_id ORDER BY 1 DESC LIMIT 1"
            )
        )
        assert selected.scalar() == 6, "nobody selects more than the rules let"


def test_the_schools_are_as_large_as_they_are_said_to_be() -> None:
    assert scale_rows.LARGE.all_outcomes == 10_800
    assert 1000 * scale_rows.ORDINARY.students == 100_000
    assert 1000 * scale_rows.ORDINARY.all_outcomes == 1_200_000
