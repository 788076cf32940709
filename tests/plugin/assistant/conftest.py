"""One trained model for all tests: made once, kept under var/ until sentences or code change."""

from __future__ import annotations

from pathlib import Path

import pytest

from plugin.assistant import understanding
from plugin.assistant.understanding import Understander
from plugin.assistant.understanding.train import train

MODEL = Path("var/assistant/model")


@pytest.fixture(scope="session")
def model_path() -> Path:
    """The place of a model that is up to date."""
    train(MODEL)
    return MODEL


@pytest.fixture(scope="session")
def understander(model_path: Path) -> Understander:
    """What understands sentences."""
    return Understander.at(model_path)


@pytest.fixture
def trained(understander: Understander, monkeypatch: pytest.MonkeyPatch) -> Understander:
    """The conversation of the test's application understands with it."""
    monkeypatch.setitem(understanding._loaded, MODEL, understander)
    return understander
