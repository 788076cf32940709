"""Which intent a sentence has: a linear model over hashed character n-grams, in plain NumPy.

scikit-learn fits the weights when the model is trained (`fitting`); a server only multiplies.
Features: characters 1 to 4 with the sentence's borders, the same with figures and quotations
blotted out, words in Latin letters, pairs of characters further apart, the role, and the role
together with pairs of characters; ideas (concepts.yaml) alone, in pairs, with the role and with
pairs of characters; what the last clause says, and what is said after a negation.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import combinations, pairwise
from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np
import yaml
from numpy.typing import NDArray

from plugin.assistant.understanding.normal import normal

GROUPS = {
    "student": "pupil",
    "parent": "pupil",
    "teacher": "teacher",
    "counsellor": "counsellor",
    "homeroom": "staff",
    "registry": "staff",
    "student_affairs": "staff",
    "administrator": "staff",
    "reviewer": "office",
    "training_unit": "office",
    "unit_staff": "office",
    "ir_officer": "office",
}
"""Roles that mean the same by the same words."""

MOST_FEATURES = 120_000
"""Features that the model keeps: 11 MB of weights."""
CONCEPT_WEIGHT = 2
"""How much an idea weighs beside letters."""
MOST_IDEAS = 12
"""Sentences with more ideas than this get none of them with pairs of characters."""
STRICTNESS = 3.0
"""How much a wrong training sentence costs (C of the machine), chosen by cross-validation."""

_DROPPED = re.compile(r"[\s.!?~,;:'\"()《》\-、_*#/|=]+")
_BLOTTED = (
    (re.compile(r'"[^"]{1,60}"|《[^》]{1,60}》'), "Q"),
    (re.compile(r"[a-z]{1,3}-?\d{2,}(?:-\d+)*"), "N"),
    (re.compile(r"\d+(?:[./:-]\d+)*|[〇零一二三四五六七八九十百千萬兩廿]{2,}"), "0"),
    (re.compile(r"[一二三四五六七八九十]+(?=[件個份人位名筆張項節月號元])"), "0"),
)
_WORD = re.compile(r"[a-z]+(?:'[a-z]+)?")
_CLAUSE = re.compile(r"[,;.!?:]+|但是?|可是|不過|而是|然後|and |but ")
_NEGATION = re.compile(r"不是|不要|沒有要|沒要|不用|別|不想|不必|先不|not |don't|instead of")


@cache
def _concepts() -> tuple[tuple[str, re.Pattern[str]], ...]:
    path = Path(__file__).resolve().parent / "concepts.yaml"
    read = yaml.safe_load(path.read_text("utf-8"))
    return tuple((name, re.compile(str(words))) for name, words in read.items())


@cache
def _courses() -> re.Pattern[str]:
    path = Path(__file__).resolve().parent / "gazetteer.yaml"
    words = {normal(one) for one in yaml.safe_load(path.read_text("utf-8"))["course"].split()}
    ordered = sorted(words, key=len, reverse=True)
    return re.compile("|".join(rf"\b{w}\b" if w.isascii() else re.escape(w) for w in ordered))


def _ideas(text: str) -> list[tuple[str, str]]:
    """The ideas in a text, each with the words that name it."""
    return [(name, found[0]) for name, words in _concepts() if (found := words.search(text))]


def _clauses(text: str) -> list[str]:
    """What the last of several clauses says, and what is said after a negation and beside it."""
    clauses = [one.strip() for one in _CLAUSE.split(text) if one.strip()]
    if not clauses:
        return []
    names = []
    if len(clauses) > 1:
        names += _saying("l", clauses[-1])
    negated = [_NEGATION.search(one) for one in clauses]
    if any(negated):
        for clause, found in zip(clauses, negated, strict=True):
            if found:
                names += _saying("n", clause[found.end() :])
            else:
                names += [f"p {idea}" for idea, _ in _ideas(clause)]
    return names


def _saying(sign: str, clause: str) -> list[str]:
    pairs = [f"{sign} {clause[i : i + 2]}" for i in range(len(clause) - 1)]
    return pairs + [f"{sign}k {idea}" for idea, _ in _ideas(clause)]


def _blotted(text: str) -> str:
    """The text with quotations, numbers and names of courses blotted out."""
    for pattern, sign in _BLOTTED:
        text = pattern.sub(sign, text)
    return _courses().sub("C", text)


def _framed(text: str) -> str:
    return f"^{_DROPPED.sub(' ', text).strip()}$"


def features(text: str, role: str) -> Counter[int]:
    """Hashed features of a sentence and how often each stands in it."""
    text = normal(text)
    plain, blotted = _framed(text), _framed(_blotted(text))
    group = GROUPS.get(role, role)
    names: list[str] = []
    for size in (1, 2, 3, 4):
        names += [plain[i : i + size] for i in range(len(plain) - size + 1)]
        if blotted != plain:
            names += ["b" + blotted[i : i + size] for i in range(len(blotted) - size + 1)]
    words = _WORD.findall(text)
    names += [f"w {word}" for word in words]
    names += [f"w {one} {two}" for one, two in pairwise(words)]
    close = plain.replace(" ", "")
    for gap in (2, 3):
        names += [f"s{gap}{close[i]}{close[i + gap]}" for i in range(len(close) - gap)]
    names += [f"r {role}", f"g {group}"]
    names += [f"g {group} {plain[i : i + 2]}" for i in range(len(plain) - 1)]
    named = _ideas(text)
    ideas = [idea for idea, _ in named]
    names += [f"kw {idea} {by}" for idea, by in named]
    names += [f"k {idea}" for idea in ideas] * CONCEPT_WEIGHT
    names += [f"kg {idea} {group}" for idea in ideas] * CONCEPT_WEIGHT
    names += [f"kk {one} {two}" for one, two in combinations(ideas, 2)]
    if len(ideas) < MOST_IDEAS:
        pairs = {close[i : i + 2] for i in range(1, len(close) - 2)}
        names += [f"kb {idea} {pair}" for idea in ideas for pair in sorted(pairs)]
    names += _clauses(text)
    names.append(f"length {min(len(plain) // 4, 6)}")
    return Counter(crc32(name.encode()) for name in names)


@dataclass(frozen=True)
class Classifier:
    """The fitted model.

    :param keys: hashes of the features that count, ascending.
    :param idf: weight of each by its rarity.
    :param weights: features × intents.
    :param temperature: softens the scores into probabilities (fitted on sentences held out).
    """

    intents: tuple[str, ...]
    keys: NDArray[np.uint32]
    idf: NDArray[np.float32]
    weights: NDArray[np.float16]
    bias: NDArray[np.float32]
    temperature: float

    def scores(self, text: str, role: str) -> NDArray[np.float32]:
        """One number an intent, not yet probabilities."""
        columns, values = vector(features(text, role), self.keys, self.idf)
        found: NDArray[np.float32] = values @ self.weights[columns].astype(np.float32) + self.bias
        return found

    def probabilities(self, text: str, role: str) -> NDArray[np.float32]:
        """Calibrated probability of each intent, in the order of `intents`."""
        return softmax(self.scores(text, role) / self.temperature)

    def arrays(self) -> Mapping[str, NDArray]:
        """What the model file keeps."""
        return {
            "keys": self.keys,
            "idf": self.idf,
            "weights": self.weights,
            "bias": self.bias,
        }


def vector(
    counted: Mapping[int, int], keys: NDArray[np.uint32], idf: NDArray[np.float32]
) -> tuple[NDArray[np.intp], NDArray[np.float32]]:
    """Columns and TF-IDF values of the features that the model knows, of length 1."""
    hashes = np.fromiter(counted.keys(), np.uint32, len(counted))
    times = np.fromiter(counted.values(), np.float32, len(counted))
    at = np.minimum(np.searchsorted(keys, hashes), len(keys) - 1)
    known = keys[at] == hashes
    columns = at[known]
    values = (1 + np.log(times[known])) * idf[columns]
    length = float(np.sqrt((values * values).sum()))
    return columns, (values / length if length else values).astype(np.float32)


def softmax(scores: NDArray[np.float32]) -> NDArray[np.float32]:
    """Scores as probabilities, along the last axis."""
    raised = np.exp(scores - scores.max(axis=-1, keepdims=True))
    found: NDArray[np.float32] = raised / raised.sum(axis=-1, keepdims=True)
    return found


def fit(
    said: Sequence[tuple[str, str]],
    meant: Sequence[str],
    *,
    written: Sequence[bool] | None = None,
    rarest: int = 3,
    most: int = MOST_FEATURES,
) -> Classifier:
    """Fit the weights to (text, role) pairs and what they mean; temperature still 1.

    :param written: which of the pairs somebody wrote; these alone choose the features, because
        variants of them cost as much and tell nothing new. All when left out.
    :param rarest: a feature in fewer sentences does not count.
    :param most: features that are kept, the strongest.
    """
    counted = [features(text, role) for text, role in said]
    seen: Counter[int] = Counter()
    for one in counted:
        seen.update(one.keys())
    keys, idf = _weighed([key for key, times in seen.items() if times >= rarest], seen, len(said))
    matrix = _matrix(counted, keys, idf)
    if len(keys) > most:
        chosen = [at for at in range(len(said)) if written is None or written[at]]
        first = _machine(matrix[chosen], [meant[at] for at in chosen])
        strong = np.sort(np.abs(first.coef_).max(axis=0).argsort()[-most:])
        keys, idf = keys[strong], idf[strong]
        matrix = _of_length_one(matrix[:, strong])
    machine = _machine(matrix, meant)
    return Classifier(
        tuple(machine.classes_),
        keys,
        idf,
        machine.coef_.T.astype(np.float16).copy(),
        machine.intercept_.astype(np.float32),
        1.0,
    )


def _weighed(
    kept: Sequence[int], seen: Mapping[int, int], sentences: int
) -> tuple[NDArray[np.uint32], NDArray[np.float32]]:
    """Features in order, and how rare each is."""
    keys = np.array(sorted(kept), np.uint32)
    often = np.array([seen[int(key)] for key in keys], np.float32)
    return keys, (np.log((1 + sentences) / (1 + often)) + 1).astype(np.float32)


def _matrix(
    counted: Sequence[Mapping[int, int]], keys: NDArray[np.uint32], idf: NDArray[np.float32]
) -> Any:
    """Sentences × features, sparse."""
    from scipy.sparse import csr_matrix

    rows, columns, values = [0], [], []
    for one in counted:
        at, value = vector(one, keys, idf)
        columns.append(at)
        values.append(value)
        rows.append(rows[-1] + len(at))
    matrix = csr_matrix(
        (np.concatenate(values), np.concatenate(columns), rows), shape=(len(counted), len(keys))
    )
    matrix.sort_indices()
    return matrix


def _of_length_one(matrix: Any) -> Any:
    """Each row as `vector` makes it when only these columns are known."""
    from scipy.sparse import diags

    lengths = np.sqrt(matrix.multiply(matrix).sum(axis=1)).A1
    scaled = (diags(1 / np.maximum(lengths, 1e-9)) @ matrix).tocsr()
    scaled.sort_indices()
    return scaled


def _machine(matrix: Any, meant: Sequence[str]) -> Any:
    """The fitted machine; a coarse tolerance, since a finer one takes twice as long and gains
    nothing on sentences held out."""
    from sklearn.svm import LinearSVC

    return LinearSVC(C=STRICTNESS, tol=1.0, random_state=0, max_iter=300).fit(matrix, list(meant))
