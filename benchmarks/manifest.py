"""The submission manifest against the same rows set by other makers of PDF.

``python -m benchmarks.manifest [--rows 10800] [--classes 60] [--rounds 3]
[--peer weasyprint|typst|reportlab|none|all] [--same-size] [--no-growth]``

The peers are what one would write first. WeasyPrint: one HTML document, one table a section, a page
break before each class, page numbers by CSS counters, no tags (tagging would slow it further).
Typst: a table a section with a repeated header, tagged, to the standard that ours keeps (ua-1).
ReportLab: a table of plain strings a section, which neither wraps nor tags: what is too long runs
into the next cell, so it does less than the others. All set the same twelve columns at the same
size on A4 landscape. A peer that is not installed (``pip install typst reportlab``) is said and
left, and its bar says nothing then.

Compared are CPU seconds, user and system, of the process and those it waited for: the wall clock
of a shared machine is a matter of luck. Start-up is among them. Typst and ReportLab set as many
rows as ours. WeasyPrint would take minutes and gigabytes for that; as its time grows with the rows
(exponent 0.99 to 1.02), it sets two smaller schools, and what a row more costs it, its start-up
left out, is multiplied by the rows and compared with the whole of ours, start-up included.
``--same-size`` has it set all the rows instead.

At the end ours alone sets 1,000, 10,000 and 100,000 rows: the CPU time must grow no faster than the
rows, and the peak stay within 150 MB.
"""

import argparse
import html
import importlib.util
import math
import os
import statistics
import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks.harness import Bar, Run, Side, append, compare, run_side

SMALL = 2000
"""Below this many rows start-up dominates: everything runs, no bar is held."""

STYLE = """
@page { size: A4 landscape; margin: 27mm 10mm 15mm;
        @bottom-center { content: '第 ' counter(page) ' 頁，共 ' counter(pages) ' 頁'; } }
body { font: 7.6pt/9.6pt 'Noto Sans CJK TC', 'TW-Sung-Ext-B'; margin: 0 }
section { break-before: page }
table { width: 100%; border-collapse: collapse }
th, td { border: .4pt solid #ccd6d1; padding: 2.4pt 2.6pt; text-align: left }
th { background: #e9f1ee; color: #0b5a4a }
"""


def run_ours(rows: int, classes: int) -> int:
    from benchmarks.school import school
    from reports.manifest import write_manifest

    with tempfile.TemporaryDirectory() as room:
        write_manifest(school(rows, classes), Path(room) / "manifest.pdf")
    return 0


def run_weasyprint(rows: int, classes: int) -> int:
    import weasyprint

    with tempfile.TemporaryDirectory() as room:
        weasyprint.HTML(string=_document(rows, classes)).write_pdf(Path(room) / "manifest.pdf")
    return 0


def run_typst(rows: int, classes: int) -> int:
    import typst

    with tempfile.TemporaryDirectory() as room:
        source = Path(room) / "manifest.typ"
        source.write_text(_typst(rows, classes), encoding="utf-8")
        typst.compile(str(source), output=str(Path(room) / "manifest.pdf"), pdf_standards=["ua-1"])
    return 0


def run_reportlab(rows: int, classes: int) -> int:
    from reportlab.lib.pagesizes import A4, landscape
    from reportlab.lib.styles import ParagraphStyle
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.ttfonts import TTFont
    from reportlab.platypus import LongTable, PageBreak, Paragraph, SimpleDocTemplate

    pdfmetrics.registerFont(TTFont("Sung", TRUE_TYPE))
    heading = ParagraphStyle("h", fontName="Sung", fontSize=12, leading=16)
    grid = [
        ("FONT", (0, 0), (-1, -1), "Sung", 7.6, 9.6),
        ("GRID", (0, 0), (-1, -1), 0.4, "#ccd6d1"),
        ("BACKGROUND", (0, 0), (-1, 0), "#e9f1ee"),
    ]
    story: list[object] = []
    for name, sections in _sections(rows, classes):
        story += [PageBreak(), Paragraph(name, heading)]
        for title, lines in sections:
            story.append(Paragraph(title, heading))
            table = [TITLES.split(), *lines]
            story.append(LongTable(table, colWidths=WIDTHS, repeatRows=1, style=grid))
    with tempfile.TemporaryDirectory() as room:
        SimpleDocTemplate(
            str(Path(room) / "manifest.pdf"), pagesize=landscape(A4), leftMargin=28, rightMargin=28
        ).build(story)
    return 0


PEERS = {"weasyprint": run_weasyprint, "typst": run_typst, "reportlab": run_reportlab}
BARS = {
    # ours against each at full size: (CPU seconds, memory), at least
    "weasyprint": (60.0, 2.0),
    "typst": (3.0, 4.0),
    "reportlab": (2.0, 1.0),
}
TITLES = "班級 座號 學號 姓名 課程 名稱 檔名 類型 大小 SHA-256 認證教師 日期"
WIDTHS = [48, 28, 54, 71, 122, 133, 108, 28, 45, 65, 57, 48]
TRUE_TYPE = "/usr/share/fonts/truetype/cns11643/TW-Sung-98_1.ttf"
"""ReportLab takes no OpenType outlines such as Noto's."""


def _sections(rows: int, classes: int) -> Iterator[tuple[str, list[tuple[str, list[list[str]]]]]]:
    """Class by class, the two sections as plain cells."""
    from benchmarks.school import school
    from reports.manifest.model import SHA256_PRINTED
    from reports.manifest.words import file_size, roc_date

    for block in school(rows, classes).classes:
        yield block.name, [
            (
                title,
                [
                    [
                        row.class_name, row.seat, row.student_number, row.student_name,
                        f"{row.course}\n{row.course_code}".strip(), row.title, row.file_name,
                        row.file_type, file_size(row.size), row.sha256[:SHA256_PRINTED],
                        row.certified_by, roc_date(row.date),
                    ]
                    for row in section
                ],
            )
            for title, section in (
                ("課程學習成果", block.outcomes),
                ("多元表現", block.experiences),
            )
        ]  # fmt: skip


def _typst(rows: int, classes: int) -> str:
    """The document as a Typst source: strings in code, so that no sign is markup."""

    def text(value: str) -> str:
        for sign, written in (("\\", "\\\\"), ('"', '\\"'), ("\n", "\\n")):
            value = value.replace(sign, written)
        return f'"{value}"'

    widths = ", ".join(f"{width}fr" for width in WIDTHS)
    head = ", ".join(text(title) for title in TITLES.split())
    parts = [
        '#set document(title: "提交名冊")',
        '#set page("a4", flipped: true, numbering: "1 / 1")',
        "#set page(margin: (x: 10mm, top: 27mm, bottom: 15mm))",
        '#set text(font: ("Noto Sans CJK TC", "TW-Sung-Ext-B"), size: 7.6pt)',
        '#set text(lang: "zh", region: "TW")',
    ]
    for name, sections in _sections(rows, classes):
        parts.append(f"#pagebreak(weak: true)\n#heading(level: 1, {text(name)})")
        for title, lines in sections:
            cells = ",\n".join(", ".join(map(text, line)) for line in lines)
            parts.append(
                f"#heading(level: 2, {text(title)})\n#table(columns: ({widths}), stroke: 0.4pt, "
                f"inset: 2.4pt, table.header({head}),\n{cells})"
            )
    return "\n".join(parts)


def _document(rows: int, classes: int) -> str:
    from benchmarks.school import school
    from reports.manifest.model import SHA256_PRINTED
    from reports.manifest.words import file_size, roc_date

    head = "".join(f"<th>{name}</th>" for name in TITLES.split())
    parts = [f'<html lang="zh-Hant-TW"><title>提交名冊</title><style>{STYLE}</style>']
    for block in school(rows, classes).classes:
        parts.append(f"<section><h2>{html.escape(block.name)}</h2>")
        for title, section in (
            ("課程學習成果", block.outcomes),
            ("多元表現", block.experiences),
        ):
            parts.append(f"<h3>{title}</h3><table><thead><tr>{head}</tr></thead><tbody>")
            for row in section:
                course = html.escape(row.course)
                if row.course_code:
                    course += "<br>" + html.escape(row.course_code)
                cells = [
                    html.escape(row.class_name),
                    row.seat,
                    row.student_number,
                    html.escape(row.student_name),
                    course,
                    html.escape(row.title),
                    html.escape(row.file_name),
                    row.file_type,
                    file_size(row.size),
                    row.sha256[:SHA256_PRINTED],
                    html.escape(row.certified_by),
                    roc_date(row.date),
                ]
                parts.append("".join(["<tr>", *(f"<td>{cell}</td>" for cell in cells), "</tr>"]))
            parts.append("</tbody></table>")
        parts.append("</section>")
    return "".join(parts)


GROWTH = (1000, 10_000, 100_000)
EXPONENT, PEAK_MB = 1.05, 150.0
WEASYPRINT_ROWS = (500, 2000)


def run_once(side: str, rows: int, classes: int) -> Run:
    """One process that sets so many rows; says what it took."""
    run = run_side(
        Side.of_module("benchmarks.manifest", side, "--rows", str(rows), "--classes", str(classes)),
        timeout=1800,
    )
    print(f"  {side}, {rows:>7,} rows  {run.cpu:7.2f} s CPU  {run.rss:6.0f} MB", flush=True)
    return run


def growth(classes: int) -> int:
    """Ours alone at growing sizes; 1 when it grows faster than the rows, or takes too much."""
    print("\nmanifest, ours alone")
    runs = [run_once("ours", rows, classes) for rows in GROWTH]
    span = math.log(GROWTH[-1] / GROWTH[-2])
    exponent = math.log(runs[-1].cpu / runs[-2].cpu) / span
    peak = max(run.rss for run in runs)
    print(f"  exponent {exponent:.2f} of CPU from {GROWTH[-2]:,} to {GROWTH[-1]:,} rows")
    print(f"  highest peak {peak:.0f} MB")
    missed = exponent > EXPONENT or peak > PEAK_MB
    if missed:
        print(f"  MISSED: exponent at most {EXPONENT}, peak at most {PEAK_MB} MB")
    return int(missed)


def against_weasyprint(rows: int, classes: int, rounds: int) -> int:
    """What a row more costs WeasyPrint, times the rows, against the whole of ours."""
    few, many = WEASYPRINT_ROWS
    print(f"\nmanifest-weasyprint: {rows:,} rows of ours, {few:,} and {many:,} of WeasyPrint")
    ours = [run_once("ours", rows, classes) for _ in range(rounds)]
    small, large = (
        run_once("weasyprint", size, max(1, size * classes // rows)) for size in WEASYPRINT_ROWS
    )
    a_row = (large.cpu - small.cpu) / (many - few)
    memory = large.rss + (large.rss - small.rss) / (many - few) * (rows - many)
    mine = statistics.median(run.cpu for run in ours)
    peak = statistics.median(run.rss for run in ours)
    wanted, lean = BARS["weasyprint"]
    print(f"  WeasyPrint {a_row * 1e3:.1f} ms CPU a row, start-up left out; ours {mine:.2f} s")
    print(f"  reckoned for {rows:,} rows: {a_row * rows:.0f} s and {memory:.0f} MB")
    print(f"  ratio {a_row * rows / mine:.1f} x CPU, {memory / peak:.1f} x memory")
    append("manifest", mine, a_row * rows, "s CPU, WeasyPrint's reckoned by the row")
    missed = rows >= SMALL and (a_row * rows / mine < wanted or memory / peak < lean)
    if missed:
        print(f"  MISSED: wanted {wanted} x CPU, {lean} x memory")
    return int(missed)


def against(peer: str, rows: int, classes: int, rounds: int) -> int:
    """Ours beside one peer at the same size; 0 also when it is not there to be measured."""
    size = ["--rows", str(rows), "--classes", str(classes)]
    seconds, memory = BARS[peer]
    return compare(
        "manifest" if peer == "weasyprint" else f"manifest-{peer}",
        ours=Side.of_module("benchmarks.manifest", "ours", *size),
        peer=Side.of_module("benchmarks.manifest", peer, *size),
        metric="cpu",
        rounds=rounds,
        bars=[Bar("cpu", seconds), Bar("rss", memory)] if rows >= SMALL else [],
        note=f"{rows:,} rows in {classes} classes, {peer}",
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=int(os.environ.get("BENCH_ROWS", "10800")))
    parser.add_argument("--classes", type=int, default=60)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--peer", choices=(*PEERS, "none", "all"), default="all")
    parser.add_argument("--same-size", action="store_true", help="WeasyPrint sets all the rows")
    parser.add_argument("--no-growth", action="store_true", help="leave ours alone out")
    parser.add_argument("--side", choices=("ours", *PEERS))
    args = parser.parse_args()
    if args.side:
        return (run_ours if args.side == "ours" else PEERS[args.side])(args.rows, args.classes)
    print(f"load of the machine: {' '.join(f'{load:.1f}' for load in os.getloadavg())}")
    missed = 0
    for peer in {"none": (), "all": tuple(PEERS)}.get(args.peer, (args.peer,)):
        if importlib.util.find_spec(peer) is None:
            print(f"\nmanifest: {peer} is not installed, left out")
        elif peer == "weasyprint" and not args.same_size:
            missed |= against_weasyprint(args.rows, args.classes, args.rounds)
        else:
            rounds = 1 if peer == "weasyprint" else args.rounds
            missed |= against(peer, args.rows, args.classes, rounds)
    if not args.no_growth and args.rows >= SMALL:
        missed |= growth(args.classes)
    print(f"load of the machine: {' '.join(f'{load:.1f}' for load in os.getloadavg())}")
    return missed


if __name__ == "__main__":
    raise SystemExit(main())
