"""Student papers as real PDFs: four ways of laying a page out."""

from __future__ import annotations

import html
from pathlib import Path

from plugin.demo.work import Work

_BASE = """
@page { size: A4; margin: 2.2cm 2cm; @bottom-center { content: counter(page); font-size: 9pt } }
body { font: 11pt/1.9 "Noto Serif CJK TC", "Noto Sans CJK TC", "TW-Sung", serif; color: #222 }
h1 { font: bold 20pt/1.4 "Noto Sans CJK TC", sans-serif; margin: 0 0 .3cm }
h2 { font: bold 13pt/1.5 "Noto Sans CJK TC", sans-serif; margin: .6cm 0 .1cm }
p { margin: 0 0 .25cm; text-indent: 2em; text-align: justify }
.abstract { border-left: 3pt solid #888; padding-left: .4cm; text-indent: 0; color: #444 }
table { border-collapse: collapse; width: 100%; font-size: 10pt }
th, td { border: .5pt solid #777; padding: .15cm .25cm; text-align: left; vertical-align: top }
th { background: #eee }
"""
_LAYOUTS = {
    "essay": "h1 { text-align: center; margin-top: 1cm } h2 { text-align: center }",
    "columns": "main { columns: 2; column-gap: .9cm; column-rule: .5pt solid #bbb }",
    "report": """@page :first { margin: 0; background: #e9f0ea; @bottom-center { content: '' } }
        header { height: 29.6cm; box-sizing: border-box; padding: 9cm 2.5cm; break-after: page }
        h1 { font-size: 28pt; border-bottom: 4pt solid #3a6b4c; padding-bottom: .4cm }""",
    "table": "h2 { color: #1b4f8a } h2::before { content: '■ '; font-size: 9pt }",
    "lab": """body { font-family: "Noto Sans CJK TC", sans-serif } h1 { background: #20425f;
        color: #fff; padding: .4cm } h2 { border-bottom: 1pt solid #20425f }""",
}


def typeset(work: Work, target: Path) -> None:
    """Set one paper."""
    from weasyprint import HTML

    HTML(string=page(work)).write_pdf(target, pdf_tags=True)


def page(work: Work) -> str:
    """The paper as HTML."""
    parts = [
        f"<section><h2>{_text(head)}</h2>{_paragraphs(body)}</section>"
        for head, body in work.parts.items()
    ]
    if work.table:
        parts.insert(1, _table(work.table))
    if work.series:
        parts.insert(2, _chart(work))
    weeks = [["週次", "進度"], *([f"第 {n} 週", head] for n, head in enumerate(work.parts, 2))]
    diary = f"<section><h2>進度紀錄</h2>{_table(weeks)}</section>" if work.diary else ""
    return f"""<!doctype html><html lang="zh-Hant-TW"><head><meta charset="utf-8">
<title>{_text(work.title)}</title><style>{_BASE}{_LAYOUTS[work.layout]}</style></head><body>
<header><h1>{_text(work.title)}</h1><p class="abstract">{_text(work.summary)}</p></header>
<main>{"".join(parts)}{diary}</main>
</body></html>"""


def _text(value: str) -> str:
    return html.escape(value, quote=False)


def _paragraphs(body: str) -> str:
    return f"<p>{_text(body)}</p>"


def _table(rows: list[list[str]]) -> str:
    head = "".join(f"<th>{_text(cell)}</th>" for cell in rows[0])
    body = "".join(
        "<tr>" + "".join(f"<td>{_text(cell)}</td>" for cell in row) + "</tr>" for row in rows[1:]
    )
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _chart(work: Work) -> str:
    """A bar chart as SVG."""
    top, width = max(work.series) * 1.1, 60
    bars = []
    for n, (value, label) in enumerate(zip(work.series, work.labels, strict=True)):
        height, x = value / top * 180, 40 + n * width
        bars.append(
            f'<rect x="{x}" y="{200 - height:.1f}" width="36" height="{height:.1f}"'
            ' fill="#5b8fb9"/>'
            f'<text x="{x + 18}" y="{195 - height:.1f}" text-anchor="middle">{value:g}</text>'
            f'<text x="{x + 18}" y="216" text-anchor="middle">{_text(label)}</text>'
        )
    return (
        '<svg viewBox="0 0 480 230" width="15cm" font-size="11" font-family="Noto Sans CJK TC">'
        f'<line x1="30" y1="200" x2="470" y2="200" stroke="#333"/>{"".join(bars)}'
        f'<text x="32" y="14">單位：{_text(work.unit)}</text></svg>'
    )
