"""The one file that training makes: a ZIP of plain arrays, the tagger, and a page of JSON.

Nothing in it is ever executed: arrays are read with `allow_pickle=False`. It carries the
fingerprint of what it was made from; a file made from other sentences, code or libraries is stale
and refused, because its weights would answer other features.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import tempfile
import zipfile
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import numpy as np

from plugin.assistant.understanding.classifier import Classifier
from plugin.assistant.understanding.marked import FOLDER
from plugin.assistant.understanding.reading import UnderstandingError
from plugin.assistant.understanding.tagger import Tagger

HERE = Path(__file__).resolve().parent
LIBRARIES = ("numpy", "scikit-learn", "python-crfsuite", "opencc")
AFTERWARDS = frozenset({"__init__.py", "names.py", "reading.py", "shapes.py", "slots.py"})
"""Code that works on what the model answers: changing it leaves a model as good as it was."""
REMEDY = "run `flask assistant train`"


class ModelMissing(UnderstandingError):
    """There is no trained model at the place of the settings."""

    code = "UNDERSTANDING_MODEL_MISSING"


class ModelStale(UnderstandingError):
    """The model was trained from other sentences, code or libraries, or the file is damaged."""

    code = "UNDERSTANDING_MODEL_STALE"


@dataclass(frozen=True)
class Thresholds:
    """Confidence below which nothing was understood, and above which the reading is clear."""

    nothing: float
    clear: float


@dataclass(frozen=True)
class Model:
    """Everything that reading a sentence needs.

    :param slots: which slots the sentences of each intent have.
    """

    classifier: Classifier
    tagger: Tagger
    slots: dict[str, frozenset[str]]
    thresholds: Thresholds
    fingerprint: str


def fingerprint(folder: Path = FOLDER) -> str:
    """Hash of what a model is made from: sentences, the code of this package, libraries."""
    made_of = hashlib.sha256()
    code = [path for path in HERE.rglob("*.py") if path.name not in AFTERWARDS]
    for path in sorted([*code, *HERE.glob("*.yaml"), *folder.glob("*.yaml")]):
        made_of.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    made_of.update(" ".join(f"{one}={version(one)}" for one in LIBRARIES).encode())
    return made_of.hexdigest()


def save(
    path: Path,
    classifier: Classifier,
    tagger: bytes,
    slots: dict[str, frozenset[str]],
    thresholds: Thresholds,
    made_of: str,
) -> None:
    """Write the model; readers see the old file or the whole new one."""
    about = {
        "fingerprint": made_of,
        "intents": classifier.intents,
        "temperature": classifier.temperature,
        "nothing": thresholds.nothing,
        "clear": thresholds.clear,
        "slots": {intent: sorted(names) for intent, names in slots.items()},
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as whole:
                whole.writestr("about.json", json.dumps(about, ensure_ascii=False))
                whole.writestr("tagger.crfsuite", tagger)
                for key, array in classifier.arrays().items():
                    held = io.BytesIO()
                    np.save(held, array, allow_pickle=False)
                    whole.writestr(f"{key}.npy", held.getvalue())
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def fingerprint_of(path: Path) -> str | None:
    """What the model at this place was made from; None: no model, or no whole one."""
    try:
        with zipfile.ZipFile(path) as whole:
            return str(json.loads(whole.read("about.json"))["fingerprint"])
    except (OSError, KeyError, ValueError, zipfile.BadZipFile):
        return None


def load(path: Path, *, expected: str | None = None) -> Model:
    """Read a model.

    :param expected: the fingerprint it must have; None: whatever it has.
    Raises:
        ModelMissing: no file.
        ModelStale: another fingerprint, or a damaged file.
    """
    if not path.exists():
        raise ModelMissing(f"{path}: there is no trained model; {REMEDY}")
    try:
        with zipfile.ZipFile(path) as whole:
            about = json.loads(whole.read("about.json"))
            if expected is not None and about["fingerprint"] != expected:
                raise ModelStale(f"{path}: trained from something else; {REMEDY}")
            arrays = {
                key: np.load(io.BytesIO(whole.read(f"{key}.npy")), allow_pickle=False)
                for key in ("keys", "idf", "weights", "bias")
            }
            tagger = Tagger(whole.read("tagger.crfsuite"))
        return Model(
            Classifier(tuple(about["intents"]), **arrays, temperature=about["temperature"]),
            tagger,
            {intent: frozenset(names) for intent, names in about["slots"].items()},
            Thresholds(about["nothing"], about["clear"]),
            about["fingerprint"],
        )
    except (OSError, KeyError, TypeError, ValueError, zipfile.BadZipFile) as error:
        raise ModelStale(f"{path}: not a whole model; {REMEDY}") from error
