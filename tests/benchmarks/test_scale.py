"""The scale benchmark runs, at a size that tells nothing about speed."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from benchmarks import scale


def test_every_page_is_asked_for_at_both_ends(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("LICHENG_TEST_DATABASE_URL", raising=False)
    monkeypatch.setattr(scale, "WARM_UP", 0)
    code = scale.judge(scale.make_app(tmp_path), 1000, 2000, 2, time.perf_counter)
    said = capsys.readouterr().out
    assert code in {0, 1}
    assert "1,000 outcomes in 1 schools" in said
    assert "2,000 outcomes in 2 schools" in said
    for page in ("registry: dashboard", "homeroom: matrix", "student: timeline"):
        assert page in said
