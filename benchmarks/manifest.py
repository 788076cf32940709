"""The submission manifest against the same rows as one plain WeasyPrint document.

``python -m benchmarks.manifest [--rows 10800] [--classes 60] [--rounds 1]``

The peer is what one would write first: one HTML document, one table a section, a page break
before each class, page numbers by CSS counters, no tags (tagging would slow it further).
Both sides set the same twelve columns at the same size on A4 landscape.
"""

import argparse
import html
import os
import tempfile
from pathlib import Path

from benchmarks.harness import Bar, Side, compare

SMALL = 2000
"""Below this many rows start-up dominates; only the wall ratio is then held, and loosely."""

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


def run_peer(rows: int, classes: int) -> int:
    import weasyprint

    with tempfile.TemporaryDirectory() as room:
        weasyprint.HTML(string=_document(rows, classes)).write_pdf(Path(room) / "manifest.pdf")
    return 0


def _document(rows: int, classes: int) -> str:
    from benchmarks.school import school
    from reports.manifest.model import SHA256_PRINTED
    from reports.manifest.words import file_size, roc_date

    titles = "班級 座號 學號 姓名 課程 名稱 檔名 類型 大小 SHA-256 認證教師 日期"
    head = "".join(f"<th>{name}</th>" for name in titles.split())
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


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=int(os.environ.get("BENCH_ROWS", "10800")))
    parser.add_argument("--classes", type=int, default=60)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--side", choices=("ours", "peer"))
    args = parser.parse_args()
    if args.side:
        return (run_ours if args.side == "ours" else run_peer)(args.rows, args.classes)
    size = ["--rows", str(args.rows), "--classes", str(args.classes)]
    full = args.rows >= SMALL
    return compare(
        "manifest",
        ours=Side.of_module("benchmarks.manifest", "ours", *size),
        peer=Side.of_module("benchmarks.manifest", "peer", *size),
        rounds=args.rounds,
        bars=[Bar("wall", 4.0), Bar("rss", 2.0)] if full else [Bar("wall", 1.0)],
        note=f"{args.rows:,} rows in {args.classes} classes",
    )


if __name__ == "__main__":
    raise SystemExit(main())
