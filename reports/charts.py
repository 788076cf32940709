"""Charts as SVG that a strict content policy allows: no style, no script, everything escaped.

Lengths are percentages of the width and letters have a size of their own, so that bars shrink on
a phone and words do not. Each chart says in words what it shows (`title`, `desc`); the page puts
the table with the same figures beside it. Colours differ in lightness as well, and parts of a bar
are hatched, so that they are told apart without colours (WCAG 1.4.1).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

ROW = 46
"""Height of a bar with its words, in pixels."""
BAR = 16
LEGEND, GAP = 22, 4
"""Height of a line of the legend, and what is left below it."""
BESIDE = 2
"""Names of the legend on one line: more would run into each other on a phone."""
INK, QUIET, EMPTY = "#1d211c", "#4a4f47", "#e6e2d6"
TONES = {
    "good": ("#0b5a4a", ""),
    "wait": ("#c98a16", "slant"),
    "bad": ("#a8341f", "cross"),
    "info": ("#2f6f9f", "back"),
    "calm": ("#8d948a", "dots"),
}
"""Tone → fill and hatching."""


@dataclass(frozen=True)
class Series:
    """One kind of figure in every bar.

    :param tone: a key of `TONES`.
    """

    name: str
    tone: str


@dataclass(frozen=True)
class Bar:
    """One bar: its words and a figure for each series, none below zero."""

    label: str
    values: tuple[int, ...]

    @property
    def total(self) -> int:
        return sum(self.values)


@dataclass(frozen=True)
class Chart:
    """A chart that is drawn, and the figures for the table beside it."""

    title: str
    series: tuple[Series, ...]
    bars: tuple[Bar, ...]
    svg: Markup


def bars(
    key: str,
    title: str,
    description: str,
    series: Sequence[Series],
    rows: Sequence[Bar],
    *,
    whole: bool = False,
) -> Chart:
    """Bars one below the other, each of as many parts as there are series.

    :param key: letters, digits and dashes; unique on its page.
    :param whole: every bar fills the width (shares); else the longest does (amounts).
    :raises ValueError: a bar with another number of figures, or one below zero.
    """
    for row in rows:
        if len(row.values) != len(series) or min(row.values, default=0) < 0:
            raise ValueError(f"{row.label}: {row.values} for {len(series)} series")
    most = max((row.total for row in rows), default=0)
    begin = -(-len(series) // BESIDE) * LEGEND + GAP if len(series) > 1 else 0
    height = begin + len(rows) * ROW + GAP
    out = [
        Markup(
            '<svg width="100%" height="{h}" role="img" focusable="false" '
            'aria-labelledby="{k}-title {k}-desc">'
            '<title id="{k}-title">{t}</title><desc id="{k}-desc">{d}</desc>'
        ).format(h=height, k=key, t=title, d=description),
        _hatchings(key, series),
        _legend(key, series),
    ]
    for number, row in enumerate(rows):
        scale = row.total if whole else most
        out.append(_bar(key, row, series, begin + number * ROW, scale))
    out.append(Markup("</svg>"))
    return Chart(title, tuple(series), tuple(rows), Markup("").join(out))


def _bar(key: str, row: Bar, series: Sequence[Series], top: int, scale: int) -> Markup:
    words = Markup('<text x="0" y="{y}" font-size="14" fill="{c}">{t}</text>').format(
        y=top + 16, c=INK, t=row.label
    )
    figure = Markup(
        '<text x="100%" y="{y}" font-size="14" text-anchor="end" fill="{c}">{n}</text>'
    ).format(y=top + 16, c=INK, n=" / ".join(str(one) for one in row.values))
    parts = [
        Markup('<rect x="0" y="{y}" width="100%" height="{h}" rx="3" fill="{c}"></rect>').format(
            y=top + 22, h=BAR, c=EMPTY
        )
    ]
    begin = 0.0
    for value, one in zip(row.values, series, strict=True):
        width = 100 * value / scale if scale else 0.0
        if value:
            parts.append(_piece(key, one, f"{begin:.3f}%", f"{width:.3f}%", top + 22, BAR))
        begin += width
    return Markup("").join([words, figure, *parts])


def _piece(key: str, one: Series, x: str, width: str, y: int, height: int) -> Markup:
    colour, hatching = TONES[one.tone]
    place = Markup('x="{x}" y="{y}" width="{w}" height="{h}"').format(x=x, y=y, w=width, h=height)
    plain = Markup('<rect {p} fill="{c}"></rect>').format(p=place, c=colour)
    if not hatching:
        return plain
    return plain + Markup('<rect {p} fill="url(#{k}-{n})"></rect>').format(
        p=place, k=key, n=hatching
    )


def _hatchings(key: str, series: Sequence[Series]) -> Markup:
    lines = {
        "slant": "M-1,1 l2,-2 M0,8 l8,-8 M7,9 l2,-2",
        "back": "M-1,7 l2,2 M0,0 l8,8 M7,-1 l2,2",
        "cross": "M0,4 h8 M4,0 v8",
        "dots": "M2,2 h2 M6,6 h2",
    }
    wanted = sorted({TONES[one.tone][1] for one in series} - {""})
    made = [
        Markup(
            '<pattern id="{k}-{n}" width="8" height="8" patternUnits="userSpaceOnUse">'
            '<path d="{d}" stroke="#fff" stroke-width="1.4" stroke-opacity="0.7" fill="none">'
            "</path></pattern>"
        ).format(k=key, n=name, d=lines[name])
        for name in wanted
    ]
    return Markup("<defs>{}</defs>").format(Markup("").join(made)) if made else Markup("")


def _legend(key: str, series: Sequence[Series]) -> Markup:
    """Marks with their names, a few on a line; a single series needs none."""
    if len(series) < 2:
        return Markup("")
    out = []
    for number, one in enumerate(series):
        line, place = divmod(number, BESIDE)
        x, y = f"{place * 100 / BESIDE:.2f}%", line * LEGEND
        out.append(_piece(key, one, x, "12", y + 3, 12))
        out.append(
            Markup('<text x="{x}" dx="17" y="{y}" font-size="13" fill="{c}">{t}</text>').format(
                x=x, y=y + 14, c=QUIET, t=one.name
            )
        )
    return Markup("").join(out)
