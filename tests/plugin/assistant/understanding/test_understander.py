"""The whole of understanding with the trained model."""

from __future__ import annotations

import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from plugin.assistant.understanding import Understander, UnderstandingError
from plugin.assistant.understanding.intents import intents
from plugin.assistant.understanding.model import ModelMissing, ModelStale, fingerprint, load
from plugin.assistant.understanding.train import train

TODAY = date(2026, 11, 18)


@pytest.mark.parametrize(
    ("role", "text", "intent", "slots"),
    [
        (
            "student",
            "幫我上傳陳老師國文課的讀書心得，標題是在孤獨裡長大",
            "outcome.upload",
            {"teacher": "陳", "course": "國文", "title": "在孤獨裡長大"},
        ),
        ("student", "帮我上传国文课的成果", "outcome.upload", {"course": "国文"}),
        ("registry", "產生114學年度下學期的提交名冊", "manifest.generate",
         {"academic_year": 114, "term": "2"}),
        ("student", "認證進度", "outcome.status", {}),
        ("homeroom", "全班認證進度", "progress.show", {}),
        ("student", "今天天氣如何", "out_of_scope", {}),
    ],
)  # fmt: skip
def test_sentences(
    understander: Understander, role: str, text: str, intent: str, slots: dict[str, object]
) -> None:
    found = understander.read(text, role=role, today=TODAY)
    assert (found.intent, found.slots) == (intent, slots)


def test_readings_are_all_intents_and_probabilities(understander: Understander) -> None:
    found = understander.read("上傳成果", role="student", today=TODAY)
    assert {reading.intent for reading in found.readings} == set(intents())
    confidences = [reading.confidence for reading in found.readings]
    assert confidences == sorted(confidences, reverse=True)
    assert sum(confidences) == pytest.approx(1, abs=1e-4)


@pytest.mark.parametrize("text", ["", " ", "？！…", "\n", "　", "🙏" * 5000, "\ud800", "0" * 9000])
def test_anything_may_be_typed(understander: Understander, text: str) -> None:
    found = understander.read(text, role="nobody", today=TODAY)
    assert found.verdict in {"clear", "unsure", "nothing"}
    assert len(found.readings) == len(intents())


def test_nothing_typed_is_nothing(understander: Understander) -> None:
    found = understander.read("  ", role="student", today=TODAY)
    assert (found.verdict, found.intent, found.slots) == ("nothing", "out_of_scope", {})


def test_a_server_loads_neither_scikit_learn_nor_scipy(model_path: Path) -> None:
    code = (
        "import sys; from datetime import date; from pathlib import Path;"
        "from plugin.assistant.understanding import Understander;"
        f"Understander.at(Path({str(model_path)!r})).read('上傳', role='student',"
        " today=date(2026, 11, 18));"
        "print([one for one in ('sklearn', 'scipy', 'flask', 'sqlalchemy') if one in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = done.stdout.strip()
    assert "sklearn" not in loaded
    assert "scipy" not in loaded


def test_a_model_is_refused_when_missing_stale_or_damaged(tmp_path: Path, model_path: Path) -> None:
    with pytest.raises(ModelMissing, match="flask assistant train"):
        load(tmp_path / "none")
    with pytest.raises(ModelStale, match="flask assistant train"):
        load(model_path, expected="something else")
    cut = tmp_path / "cut"
    cut.write_bytes(model_path.read_bytes()[:5000])
    with pytest.raises(ModelStale):
        load(cut)
    assert load(model_path, expected=fingerprint()).slots


def test_training_again_does_nothing(model_path: Path) -> None:
    before = model_path.stat().st_mtime_ns
    assert train(model_path) is False
    assert model_path.stat().st_mtime_ns == before


def test_training_from_few_sentences_is_the_same_each_time(tmp_path: Path) -> None:
    folder = tmp_path / "sentences"
    folder.mkdir()
    (folder / "greet.yaml").write_text("anyone: |\n  你好\n  哈囉\n  早安\n  嗨\n", "utf-8")
    (folder / "outcome.upload.yaml").write_text(
        "student: |\n  上傳<course 國文>\n  傳<course 數學>\n  上傳成果\n  交<course 英文>\n",
        "utf-8",
    )
    (folder / "help.yaml").write_text("anyone: |\n  你會什麼\n  教我用\n  說明\n  幫助\n", "utf-8")
    assert train(tmp_path / "one", folder=folder)
    assert train(tmp_path / "two", folder=folder)
    one, two = load(tmp_path / "one"), load(tmp_path / "two")
    assert (one.classifier.weights == two.classifier.weights).all()
    assert one.classifier.temperature == two.classifier.temperature
    said = [
        Understander(model).read("上傳國文", role="student", today=TODAY) for model in (one, two)
    ]
    assert said[0] == said[1]
    assert {reading.intent for reading in said[0].readings} == {
        "greet",
        "help",
        "outcome.upload",
    }


def test_training_needs_three_intents(tmp_path: Path) -> None:
    with pytest.raises(UnderstandingError, match="three intents"):
        train(tmp_path / "one", folder=tmp_path)
