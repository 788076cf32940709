"""Training: from the marked sentences to one model file.

Thresholds and temperature are fitted on sentences that the model of their fold has not seen, split
before anything is augmented. The same sentences and seed give the same model.
"""

from __future__ import annotations

import fcntl
import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from plugin.assistant.understanding import classifier as classifying
from plugin.assistant.understanding import tagger as tagging
from plugin.assistant.understanding.augment import SEED, pools, spoken_by, variants
from plugin.assistant.understanding.entities import told_again
from plugin.assistant.understanding.intents import ANYONE, OUT_OF_SCOPE, intents
from plugin.assistant.understanding.marked import FOLDER, Marked, read_all
from plugin.assistant.understanding.model import (
    Model,
    Thresholds,
    fingerprint,
    fingerprint_of,
    save,
)
from plugin.assistant.understanding.reading import UnderstandingError
from plugin.assistant.understanding.slots import seen_slots

TODAY = date(2026, 11, 20)
"""Relative dates of the sentences count from this day while the tagger is fitted."""
VARIED = 0.5
"""Share of the sentences that are learnt in a variant too; all of them gain nothing more."""
FOLDS = 2
EVERY = 10**7
"""All features: the model of a fold need not be small."""
FALSE_REFUSALS = 0.055
ROOM = 0.01
"""Share of sentences within scope that the model of a fold may refuse; the aim is 5 %, and a model
of all sentences refuses a third fewer than one of half of them. The last `ROOM` of it is kept for
what is refused by confidence rather than by class."""
CLEAR_RIGHT = 0.985
"""Share of clear readings that must be right on sentences held out."""


Limits = tuple[float, float, Thresholds]
"""Temperature, caution and thresholds."""


@dataclass(frozen=True)
class Held:
    """What a model said about sentences that it had not seen."""

    sentences: list[Marked]
    roles: list[str]
    intents: tuple[str, ...]
    scores: NDArray[np.float32]


def spoken(sentences: Iterable[Marked], seed: int = SEED) -> list[tuple[Marked, str]]:
    """Each sentence with a role that says it."""
    chance = random.Random(seed)  # noqa: S311
    return [
        (one, spoken_by(one, chance, sorted(intents()[one.intent].speakers))) for one in sentences
    ]


def fit_classifier(
    sentences: Sequence[Marked],
    pool: dict[str, list[str]],
    *,
    varied: float = VARIED,
    most: int = classifying.MOST_FEATURES,
) -> classifying.Classifier:
    """The classifier of these sentences and of variants of a share of them."""
    chance = random.Random(SEED)  # noqa: S311
    said, meant, written = [], [], []
    for one in sentences:
        speakers = sorted(intents()[one.intent].speakers)
        made = list(variants(one, pool, chance, int(chance.random() < varied)))
        if one.role == ANYONE:
            made.append(one)  # by a second role
        for variant in made:
            said.append((variant.text, spoken_by(variant, chance, speakers)))
            meant.append(one.intent)
            written.append(variant is one)
    return classifying.fit(said, meant, written=written, most=most)


def fit_tagger(sentences: Sequence[Marked]) -> bytes:
    """The tagger of these sentences; those of intents without any slot have nothing to teach."""
    filled = {one.intent for one in sentences if one.marks}
    chance = random.Random(SEED)  # noqa: S311
    taught = [one for one in sentences if one.intent in filled]
    taught += list(told_again(taught, pools(sentences), chance))
    chance.shuffle(taught)
    return tagging.fit(taught, TODAY)


def folds(sentences: Sequence[Marked], many: int, seed: int = SEED) -> list[list[int]]:
    """Positions of the sentences in `many` parts, each intent spread over all."""
    chance = random.Random(seed)  # noqa: S311
    parts: list[list[int]] = [[] for _ in range(many)]
    by_intent: dict[str, list[int]] = {}
    for at, one in enumerate(sentences):
        by_intent.setdefault(one.intent, []).append(at)
    turn = 0
    for positions in by_intent.values():
        chance.shuffle(positions)
        for at in positions:
            parts[turn % many].append(at)
            turn += 1
    return parts


def held_out(sentences: Sequence[Marked], *, many: int = FOLDS) -> Held:
    """Scores for one of `many` parts by a classifier that has not seen it; thousands of sentences
    are enough for a temperature and thresholds."""
    part, *_ = folds(sentences, many)
    out = set(part)
    said = spoken(sentences)
    rest = [one for at, one in enumerate(sentences) if at not in out]
    fitted = fit_classifier(rest, pools(rest), varied=0, most=EVERY)
    names = tuple(sorted({one.intent for one in sentences}))
    columns = [names.index(name) for name in fitted.intents]
    asked = [said[at] for at in sorted(part)]
    scores = np.full((len(asked), len(names)), -5.0, np.float32)
    for row, (one, role) in enumerate(asked):
        scores[row, columns] = fitted.scores(one.text, role)
    return Held([one for one, _ in asked], [role for _, role in asked], names, scores)


def temperature(held: Held) -> float:
    """What makes the probabilities of held-out sentences as sure as they are right."""
    right = np.array([held.intents.index(one.intent) for one in held.sentences])
    rows = np.arange(len(right))

    def surprise(heat: float) -> float:
        chances = classifying.softmax(held.scores / heat)[rows, right]
        return float(-np.log(np.maximum(chances, 1e-9)).mean())

    return min((float(one) for one in np.geomspace(0.05, 2.0, 60)), key=surprise)


def caution(held: Held, heat: float) -> float:
    """How much is added to the score of out_of_scope: as much as false refusals allow.

    Whoever is refused is offered the nearest three readings; whoever is misunderstood is not.
    """
    if OUT_OF_SCOPE not in held.intents:
        return 0.0
    column = held.intents.index(OUT_OF_SCOPE)
    within = np.array([one.intent != OUT_OF_SCOPE for one in held.sentences])
    chosen = 0.0
    for step in np.linspace(0, 3, 61):
        scores = held.scores.copy()
        scores[:, column] += step * heat
        if float((scores[within].argmax(axis=1) == column).mean()) > FALSE_REFUSALS - ROOM:
            break
        chosen = float(step * heat)
    return chosen


def thresholds(held: Held, heat: float) -> Thresholds:
    """Below which confidence a reading is refused, above which it is clear."""
    chances = classifying.softmax(held.scores / heat)
    best, sure = chances.argmax(axis=1), chances.max(axis=1)
    right = np.array([held.intents[at] for at in best]) == [one.intent for one in held.sentences]
    outside = np.array([one.intent == OUT_OF_SCOPE for one in held.sentences])
    refused_by_class = np.array([held.intents[at] == OUT_OF_SCOPE for at in best])
    nothing = 0.0
    for one in np.linspace(0, 0.6, 61):
        refused = refused_by_class | (sure < one)
        if outside.all() or refused[~outside].mean() > FALSE_REFUSALS:
            break
        nothing = float(one)
    clear = 0.9
    for one in np.linspace(nothing, 0.9, 46):
        above = sure >= one
        if above.any() and right[above].mean() >= CLEAR_RIGHT:
            clear = float(one)
            break
    return Thresholds(nothing, max(nothing, clear))


def fitted_limits(held: Held) -> Limits:
    """Temperature, caution and thresholds, in the order in which each builds on the last."""
    heat = temperature(held)
    added = caution(held, heat)
    scores = held.scores.copy()
    if added:
        scores[:, held.intents.index(OUT_OF_SCOPE)] += added
    return heat, added, thresholds(replace(held, scores=scores), heat)


def cautious(fitted: classifying.Classifier, heat: float, added: float) -> classifying.Classifier:
    """The classifier with its temperature, and out_of_scope a little likelier."""
    bias = fitted.bias.copy()
    if OUT_OF_SCOPE in fitted.intents:
        bias[fitted.intents.index(OUT_OF_SCOPE)] += added
    return replace(fitted, bias=bias, temperature=heat)


def fit(sentences: Sequence[Marked], made_of: str = "", *, limits: Limits | None = None) -> Model:
    """A whole model in memory, for reports and tests.

    :param limits: as `fitted_limits` found them before; fitted here when left out, which takes as
        long as the classifier.
    Raises:
        UnderstandingError: fewer than three intents have sentences.
    """
    found, tagger, slots, thresholds_ = _parts(sentences, limits)
    return Model(found, tagging.Tagger(tagger), slots, thresholds_, made_of)


def _parts(
    sentences: Sequence[Marked], known: Limits | None = None
) -> tuple[classifying.Classifier, bytes, dict[str, frozenset[str]], Thresholds]:
    if len({one.intent for one in sentences}) < 3:
        raise UnderstandingError("training needs sentences of at least three intents")
    heat, added, limits = known or fitted_limits(held_out(sentences))
    pool = pools(sentences)
    fitted = cautious(fit_classifier(sentences, pool), heat, added)
    slots = dict(seen_slots((one.intent, one.marks) for one in sentences))
    return fitted, fit_tagger(sentences), slots, limits


def train(path: Path, *, folder: Path = FOLDER, anew: bool = False) -> bool:
    """Make the model file, unless the one there was made from the same.

    :returns: whether it was made now.
    Raises:
        UnderstandingError: sentences that cannot be used.
    """
    made_of = fingerprint(folder)
    if not anew and fingerprint_of(path) == made_of:
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.with_name(f"{path.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not anew and fingerprint_of(path) == made_of:
            return False  # another process has just made it
        save(path, *_parts(read_all(folder)), made_of)
    return True
