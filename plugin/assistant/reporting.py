"""The report on sentences held out: fold by fold, split before anything is augmented.

Writes docs/assistant/report.md with two pictures: the confusion matrix and the learning curve.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path

from plugin.assistant.evaluation import Labelled, Result, evaluate, pairs
from plugin.assistant.understanding import Understander
from plugin.assistant.understanding.augment import pools
from plugin.assistant.understanding.intents import intents
from plugin.assistant.understanding.marked import Marked, read_all
from plugin.assistant.understanding.slots import DATES, read_slots
from plugin.assistant.understanding.train import (
    TODAY,
    fit,
    fit_classifier,
    fitted_limits,
    folds,
    held_out,
    spoken,
)

INK, LINE = "#1d211c", "#0b5a4a"
SHARES = (0.1, 0.25, 0.5, 0.75, 1.0)
MOST_CONFUSED = 15


@dataclass(frozen=True)
class Counted:
    """What is counted of one intent or slot."""

    name: str
    sentences: int
    found: int
    right: int

    @property
    def f1(self) -> float:
        both = self.sentences + self.found
        return 2 * self.right / both if both else 1.0


def labelled(one: Marked, role: str) -> Labelled:
    """A marked sentence as an evaluation takes it; its values by the readers by rule."""
    marked = {mark.slot for mark in one.marks}
    allowed = frozenset(marked | DATES if marked & DATES else marked)
    slots, _ = read_slots(one.text, one.intent, one.marks, TODAY, allowed)
    return Labelled(one.text, role, one.intent, slots)


def write(into: Path, many: int, *, say: Callable[[str], object]) -> Path:
    """Evaluate fold by fold and write the report.

    Raises:
        UnderstandingError: sentences that cannot be used.
    """
    sentences = read_all()
    said = [role for _, role in spoken(sentences)]
    limits = fitted_limits(held_out(sentences))  # four figures; the same for all folds
    results: list[Result] = []
    filled: list[Labelled] = []
    truth: list[tuple[str, str]] = []
    parts = folds(sentences, many)
    for number, part in enumerate(parts, start=1):
        out = set(part)
        rest = [one for at, one in enumerate(sentences) if at not in out]
        read = Understander(fit(rest, limits=limits)).read
        asked = [labelled(sentences[at], said[at]) for at in part]
        result = evaluate(asked, read, TODAY)
        missed = {id(miss.labelled): miss.intent for miss in result.misses}
        truth += [(one.intent, missed.get(id(one), one.intent)) for one in asked]
        results.append(result)
        filled += asked
        say(f"fold {number} of {many}: {'; '.join(result.lines())}")
    curve = _curve(sentences, said, parts[0])
    into.mkdir(parents=True, exist_ok=True)
    (into / "confusion.svg").write_text(confusion(truth), "utf-8")
    (into / "learning.svg").write_text(learning(curve), "utf-8")
    path = into / "report.md"
    path.write_text(page(results, truth, curve, counted_slots(filled, results)), "utf-8")
    return path


def _curve(
    sentences: Sequence[Marked], said: Sequence[str], part: Sequence[int]
) -> list[tuple[int, float]]:
    """Number of sentences trained on → accuracy on one fold; the classifier alone."""
    out = set(part)
    rest = [at for at in range(len(sentences)) if at not in out]
    found = []
    for share in SHARES:
        # every n-th of the sentences, so that each intent keeps its share
        kept = [at for number, at in enumerate(rest) if (number * share) % 1 < share]
        used = [sentences[at] for at in kept]
        fitted = fit_classifier(used, pools(used), varied=0)
        right = 0
        for at in part:
            best = fitted.intents[int(fitted.scores(sentences[at].text, said[at]).argmax())]
            right += best == sentences[at].intent
        found.append((len(used), right / len(part)))
    return found


def counted(truth: Sequence[tuple[str, str]]) -> list[Counted]:
    """Per intent, in the order of intents.yaml."""
    meant, found = Counter(one for one, _ in truth), Counter(one for _, one in truth)
    right = Counter(one for one, other in truth if one == other)
    return [
        Counted(name, meant[name], found[name], right[name]) for name in intents() if meant[name]
    ]


def counted_slots(asked: Sequence[Labelled], results: Sequence[Result]) -> list[Counted]:
    """Per slot, the most frequent first."""
    meant = Counter(slot for one in asked for slot, _ in pairs(one.slots))
    lost = Counter(slot for one in results for miss in one.misses for slot, _ in miss.lost)
    wrong = Counter(slot for one in results for miss in one.misses for slot, _ in miss.wrong)
    return [
        Counted(slot, times, times - lost[slot] + wrong[slot], times - lost[slot])
        for slot, times in meant.most_common()
    ]


def page(
    results: Sequence[Result],
    truth: Sequence[tuple[str, str]],
    curve: Sequence[tuple[int, float]],
    slots: Sequence[Counted],
) -> str:
    """The report as Markdown."""
    rows = counted(truth)
    right, wrong, lost = (
        sum(getattr(one, name) for one in results)
        for name in ("slots_right", "slots_wrong", "slots_lost")
    )
    outside = sum(one.outside for one in results)
    figures = [
        ("intent accuracy", sum(one.right for one in results) / len(truth)),
        ("macro-F1", sum(one.f1 for one in rows) / len(rows)),
        ("right intent among the first three", sum(one.in_top for one in results) / len(truth)),
        ("slot F1", 2 * right / (2 * right + wrong + lost)),
        ("out-of-scope recall", sum(one.outside_right for one in results) / max(outside, 1)),
        ("false refusals", sum(one.refused for one in results) / max(len(truth) - outside, 1)),
    ]
    confused = Counter((one, other) for one, other in truth if one != other)
    return "\n".join(
        [
            "# How well the assistant understands",
            "",
            (
                f"Made by `flask assistant report --folds {len(results)}`: the {len(truth)} marked"
                " sentences are split into folds before anything is augmented, and each is read"
                " by a model that has not seen it. They were written to differ from each other,"
                " so this is harder than everyday use; many are ambiguous without the turn before."
            ),
            "",
            "| figure | value |",
            "|---|---|",
            *(f"| {name} | {value:.3f} |" for name, value in figures),
            "",
            "![Confusion matrix](confusion.svg)",
            "",
            "![Learning curve](learning.svg)",
            "",
            "| sentences trained on | accuracy (classifier alone, no augmentation) |",
            "|---|---|",
            *(f"| {number} | {accuracy:.3f} |" for number, accuracy in curve),
            "",
            "Most often confused:",
            "",
            "| meant | read as | times |",
            "|---|---|---|",
            *(f"| {a} | {b} | {n} |" for (a, b), n in confused.most_common(MOST_CONFUSED)),
            "",
            *_table("intent", "sentences", rows),
            "",
            *_table("slot", "values", slots),
            "",
        ]
    )


def _table(what: str, many: str, rows: Sequence[Counted]) -> list[str]:
    return [
        f"| {what} | {many} | precision | recall | F1 |",
        "|---|---|---|---|---|",
        *(
            f"| {one.name} | {one.sentences} | {one.right / max(one.found, 1):.3f}"
            f" | {one.right / one.sentences:.3f} | {one.f1:.3f} |"
            for one in rows
        ),
    ]


def confusion(truth: Sequence[tuple[str, str]]) -> str:
    """The confusion matrix as SVG: a row what was meant, a column what was read."""
    names = [one.name for one in counted(truth)]
    every = Counter(truth)
    meant = Counter(one for one, _ in truth)
    cell, left, top = 13, 150, 150
    size = cell * len(names)
    legend = (
        "Row: what was meant. Column: what was read."
        " Green: read rightly; red: taken for another, drawn six times as dark."
    )
    parts = [_text(8, 16, legend, "start")]
    for row, one in enumerate(names):
        y = top + row * cell
        parts.append(_text(left - 6, y + 10, one, "end"))
        parts.append(_text(0, 0, one, "start", f"translate({left + row * cell + 10} {top - 6})"))
        for column, other in enumerate(names):
            if times := every[one, other]:
                share = times / meant[one]
                tone = LINE if one == other else "#a8341f"
                depth = max(0.12, share if one == other else min(1, share * 6))
                parts.append(
                    f'<rect x="{left + column * cell}" y="{y}" width="{cell - 1}"'
                    f' height="{cell - 1}" fill="{tone}" fill-opacity="{depth:.2f}">'
                    f"<title>{escape(one)} → {escape(other)}: {times}</title></rect>"
                )
    return _svg(left + size + 10, top + size + 10, "Confusion matrix", parts)


def learning(curve: Sequence[tuple[int, float]]) -> str:
    """The learning curve as SVG."""
    width, height, left = 520, 300, 60
    most = max(number for number, _ in curve)

    def place(number: int, share: float) -> tuple[float, float]:
        return left + number / most * (width - left - 30), height - 40 - share * (height - 70)

    parts = [
        _text(8, 14, "accuracy", "start"),
        _text(width - 20, height - 4, "sentences trained on", "end"),
    ]
    for share in (0.0, 0.25, 0.5, 0.75, 1.0):
        _, y = place(0, share)
        parts.append(f'<path d="M{left} {y:.0f}H{width - 20}" stroke="#d5d0c0"/>')
        parts.append(_text(left - 8, y + 4, f"{share:.0%}", "end"))
    points = [place(*one) for one in curve]
    drawn = " ".join(f"{x:.0f},{y:.0f}" for x, y in points)
    parts.append(f'<polyline points="{drawn}" fill="none" stroke="{LINE}" stroke-width="2"/>')
    for (x, y), (number, share) in zip(points, curve, strict=True):
        parts.append(f'<circle cx="{x:.0f}" cy="{y:.0f}" r="4" fill="{LINE}"/>')
        parts.append(_text(x, y - 10, f"{share:.1%}", "middle"))
        parts.append(_text(x, height - 18, str(number), "middle"))
    return _svg(width, height, "Learning curve: sentences trained on, accuracy", parts)


def _text(x: float, y: float, words: str, anchor: str, moved: str = "") -> str:
    turned = f' transform="{moved} rotate(-90)"' if moved else ""
    return (
        f'<text x="{x:.0f}" y="{y:.0f}" font-size="10" text-anchor="{anchor}"'
        f' fill="{INK}"{turned}>{escape(words)}</text>'
    )


def _svg(width: int, height: int, title: str, parts: Sequence[str]) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}"'
        f' height="{height}" font-family="sans-serif" role="img"><title>{escape(title)}</title>'
        f'<rect width="100%" height="100%" fill="#fff"/>{"".join(parts)}</svg>\n'
    )
