"""`flask assistant evaluate`: what is counted, what is printed, which files are refused."""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from plugin import create_app
from plugin.assistant.evaluation import BadFile, Labelled, evaluate, read_file, told
from plugin.assistant.understanding import train as training
from plugin.assistant.understanding.reading import Reading, Understanding, UnderstandingError
from plugin.settings import Settings

TODAY = date(2026, 11, 18)
ANSWERS = {
    "傳": ("outcome.upload", {"course": "國文課", "count": 3}),
    "多表": ("manifest.generate", {"item_kind": "多表"}),
    "天氣": ("out_of_scope", {}),
    "午餐": ("help", {}),
    "進度": ("out_of_scope", {}),
}


def read(text: str, *, role: str, today: date) -> Understanding:
    intent, slots = ANSWERS[text]
    return Understanding(text, (Reading(intent, 0.9),), slots)


def test_figures() -> None:
    result = evaluate(
        [
            Labelled("傳", "student", "outcome.upload", {"course": "國文", "title": "甲"}),
            Labelled("多表", "registry", "manifest.generate", {"item_kind": "多元表現"}),
            Labelled("天氣", "student", "out_of_scope"),
            Labelled("午餐", "student", "out_of_scope"),
            Labelled("進度", "student", "outcome.status"),
        ],
        read,
        TODAY,
    )
    assert result.lines()[:3] == [
        "intent accuracy: 0.600",
        "slot F1: 0.667",  # right: course, item_kind; wrong: count; lost: title
        "out-of-scope recall: 0.500",
    ]
    assert result.false_refusals == pytest.approx(1 / 3)
    lines = list(told(result.misses))
    assert lines[0].endswith("expected title=甲  found count=3")
    assert [line.split()[0] for line in lines] == ["slots", "intent", "intent"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("[", "not YAML"),
        ("", "a list"),
        ("a: b", "a list"),
        ("- 上傳", "entry 1"),
        ("- {role: student, intent: help}", "has no text"),
        ("- {role: student, text: 傳, intent: dance}", "'dance'"),
        ("- {role: astronaut, text: 傳, intent: help}", "'astronaut'"),
        ("- {role: student, text: 傳, intent: help, slots: [1]}", "mapping"),
        ("- {role: student, text: 傳, intent: help, slots: {colour: 紅}}", "'colour'"),
    ],
)
def test_a_bad_file_is_a_plain_error(tmp_path: Path, content: str, said: str) -> None:
    path = tmp_path / "file.yaml"
    path.write_text(content, "utf-8")
    with pytest.raises(BadFile, match=re.escape(said)):
        read_file(path)


def test_dates_and_numbers_of_yaml_are_values(tmp_path: Path) -> None:
    path = tmp_path / "file.yaml"
    path.write_text(
        "- {role: 學生, text: 傳, intent: outcome.upload, slots: {date: 2026-11-18, term: 1}}\n"
        "- {role: registrar, text: 傳, intent: help}\n",
        "utf-8",
    )
    one, other = read_file(path)
    assert (one.role, other.role, other.slots) == ("student", "registry", {})
    found = evaluate(
        [replace(one, text="甲")],
        lambda text, **_: Understanding(
            text, (Reading("outcome.upload", 1.0),), {"date": "2026-11-18", "term": "1"}
        ),
        TODAY,
    )
    assert found.misses == ()


@pytest.fixture
def command(settings: Settings) -> Any:
    model = Path("var/assistant/model")
    training.train(model)
    return create_app(replace(settings, assistant_model=model)).test_cli_runner()


def test_the_command_ends_with_four_lines(command: Any, tmp_path: Path) -> None:
    path = tmp_path / "file.yaml"
    path.write_text("- {role: student, text: 我要上傳課程學習成果, intent: greet}\n", "utf-8")
    words = ["assistant", "evaluate", str(path), "--today", "2026-11-18"]
    done = command.invoke(args=words)
    assert done.exit_code == 0, done.output
    lines = done.output.splitlines()
    assert "expected greet  found outcome.upload" in lines[0]
    assert lines[-4:-1] == [
        "intent accuracy: 0.000",
        "slot F1: 1.000",
        "out-of-scope recall: 1.000",
    ]
    assert re.fullmatch(r"p95 ms: \d+\.\d", lines[-1])
    done = command.invoke(args=[*words, "--json"])
    told_in_full = json.loads("\n".join(done.output.splitlines()[:-4]))
    assert told_in_full["misses"][0]["intent"] == {"expected": "greet", "found": "outcome.upload"}


def test_the_command_without_a_file_or_a_model(
    settings: Settings, tmp_path: Path, model_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file that is not there is told before anything is trained; a missing model is trained."""
    model = tmp_path / "none"
    trained: list[Path] = []

    def trains(path: Path) -> None:
        trained.append(path)
        shutil.copy(model_path, path)

    monkeypatch.setattr(training, "train", trains)
    command = create_app(replace(settings, assistant_model=model)).test_cli_runner()
    done = command.invoke(args=["assistant", "evaluate", str(tmp_path / "no.yaml")])
    assert (done.exit_code, "cannot be read" in done.output, trained) == (1, True, [])
    path = tmp_path / "file.yaml"
    path.write_text("- {role: student, text: 我要上傳課程學習成果, intent: greet}\n", "utf-8")
    done = command.invoke(args=["assistant", "evaluate", str(path)])
    assert (done.exit_code, trained) == (0, [model])
    assert "expected greet  found outcome.upload" in done.output


def test_a_training_that_cannot_be_is_a_plain_error(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(path: Path) -> None:
        raise UnderstandingError("greet: a mark is not closed")

    monkeypatch.setattr(training, "train", fails)
    command = create_app(replace(settings, assistant_model=tmp_path / "none")).test_cli_runner()
    path = tmp_path / "file.yaml"
    path.write_text("- {role: student, text: 傳, intent: greet}\n", "utf-8")
    done = command.invoke(args=["assistant", "evaluate", str(path)])
    assert (done.exit_code, "Error: greet: a mark is not closed" in done.output) == (1, True)


def test_the_train_command_leaves_a_fresh_model(command: Any) -> None:
    done = command.invoke(args=["assistant", "train"])
    assert "up to date" in done.output
