"""The assistant's own commands in a fresh checkout: no secret, no database, no setting."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from plugin.assistant.bare import asked_for

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize(
    ("argv", "is_ours"),
    [
        (["flask", "assistant", "evaluate", "x"], True),
        ([".venv/bin/flask", "--app", "wsgi", "assistant", "train"], True),
        (["flask", "-A", "assistant", "db", "upgrade"], False),
        (["flask", "db", "upgrade"], False),
        (["gunicorn", "wsgi:app"], False),
        (["flask"], False),
    ],
)
def test_only_these_commands_are_meant(argv: list[str], is_ours: bool) -> None:
    assert asked_for(argv) is is_ours


def test_evaluate_needs_no_installation(tmp_path: Path) -> None:
    """What is wrong with the file is told; nothing asks for a secret."""
    file = tmp_path / "sentences.yml"
    file.write_text("- {role: student, text: 嗨, intent: no.such, slots: {}}\n", encoding="utf-8")
    bare = {name: value for name, value in os.environ.items() if not name.startswith("LICHENG_")}
    done = subprocess.run(
        [sys.executable, "-m", "flask", "assistant", "evaluate", str(file)],
        cwd=ROOT, env=bare, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert "no.such" in done.stderr
    assert "SECRET" not in done.stderr
