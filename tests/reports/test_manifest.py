"""The submission manifest, read back by other programs than the one that wrote it."""

import dataclasses
import io
import logging

import pikepdf
import pypdfium2
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from reports.errors import FontMissing
from reports.manifest import ClassBlock, Totals, write_manifest
from reports.manifest.writer import ROWS
from reports.typeset import fonts
from reports.typeset.book import Sheet
from reports.typeset.chars import clusters, printable
from tests.reports.pdfreader import Reader, embedded_fonts, poppler_text, qpdf_check
from tests.reports.samples import RARE, experience, manifest, row


def school_of(classes: int = 3, each: int = 30) -> list[ClassBlock]:
    return [
        ClassBlock(
            f"高二{index:02}班",
            [
                row(
                    class_name=f"高二{index:02}班",
                    seat=f"{n:02}",
                    title=f"成果第{n}件",
                    item=f"o{n}",
                )
                for n in range(each)
            ],
            [experience(class_name=f"高二{index:02}班", seat=f"{n:02}") for n in range(5)],
        )
        for index in range(classes)
    ]


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    path = tmp_path_factory.mktemp("manifest") / "manifest.pdf"
    calls = []
    result = write_manifest(
        manifest(school_of(), total_rows=105), path, progress=lambda *call: calls.append(call)
    )
    return path, result, calls


def test_every_cell_of_every_row_is_there(made):
    path, _, _ = made
    wanted = []
    for block in school_of():
        for item in (*block.outcomes, *block.experiences):
            wanted.append(
                [
                    item.class_name,
                    item.seat,
                    "0920301",
                    "王小明",
                    item.course + item.course_code,
                    item.title,
                    "報告_01.pdf",
                    "PDF",
                    "1.5 MB",
                    "0123456789ab",
                    item.certified_by,
                    "114.11.03",
                ]
            )
    rows = [cells for cells in Reader(path).rows() if len(cells) == 12 and cells[0] != "班級"]
    assert rows == wanted


def test_other_readers_find_the_same_text(made):
    path, _, _ = made
    text = poppler_text(path)
    for n in range(30):
        assert text.count(f"成果第{n}件") == 3
    assert text.count("114.11.03") == 105
    assert "第2頁，共" in text


def test_pages_classes_and_bookmarks(made):
    path, result, _ = made
    reader = Reader(path)
    assert len(reader.pdf.pages) == result.pages
    with reader.pdf.open_outline() as outline:
        titles = [entry.title for entry in outline.root]
        below = [[child.title for child in entry.children] for entry in outline.root]
    assert titles == ["封面", "高二00班", "高二01班", "高二02班", "全校統計"]
    assert below[1] == ["課程學習成果", "多元表現"]
    document = pypdfium2.PdfDocument(path)
    for index, first in enumerate(result.class_pages):
        text = document[first - 1].get_textpage().get_text_range()
        assert f"高二{index:02}班" in text
        others = [f"高二{n:02}班" for n in range(3) if n != index]
        assert not any(other in text for other in others), "a class begins on its own page"
    for index in range(1, result.pages):
        text = document[index].get_textpage().get_text_range()
        assert f"第 {index + 1} 頁" in text
        assert f"，共 {result.pages} 頁" in text
    document.close()


def test_totals_of_class_and_school(made):
    path, result, _ = made
    one = Totals(30, 30, 30, 5, 5, 35 * 1_572_864)
    one = dataclasses.replace(one, students=1)
    assert [totals for _, totals in result.by_class] == [one] * 3
    assert result.totals == one + one + one
    assert result.rows == 105
    rows = Reader(path).rows()
    assert ["全校合計", "3", "90", "90", "15", "15", "157.5 MB", ""] in rows
    assert "課程學習成果90件（檔案90個）" in poppler_text(path)


def test_files_of_one_item_count_as_one_item(tmp_path):
    block = ClassBlock(
        "高一仁班",
        [row(item="a"), row(item="a", file_type="MP3"), row(item="b", file_name="", sha256="")],
    )
    result = write_manifest(manifest([block]), tmp_path / "m.pdf")
    assert (result.totals.outcomes, result.totals.outcome_files) == (2, 2)


def test_it_is_tagged_and_says_so(made):
    path, _, _ = made
    reader = Reader(path)
    roles = reader.roles()
    assert roles["Document"] == 1
    assert roles["H1"] == 1
    assert roles["H2"] == 4
    assert roles["H3"] == 6
    tables = [t for t in reader.elements("Table") if any(k.S == "/TBody" for k in t.K)]
    assert len(tables) >= 7
    heads = list(reader.elements("TH"))
    scopes = {str(head.A.Scope) for head in heads if "/A" in head and "/Scope" in head.A}
    assert {"/Column", "/Row"} <= scopes
    assert all("/Alt" in figure for figure in reader.elements("Figure"))
    root = reader.pdf.Root
    assert root.MarkInfo.Marked is True
    assert str(root.Lang) == "zh-Hant-TW"
    assert root.ViewerPreferences.DisplayDocTitle is True
    with reader.pdf.open_metadata() as metadata:
        assert metadata["pdfuaid:part"] == "1"
        assert "提交名冊" in metadata["dc:title"]
    assert all(page.obj.Tabs == "/S" for page in reader.pdf.pages)
    assert reader.owners_agree()


def test_the_file_is_sound_and_carries_its_fonts(made):
    path, result, _ = made
    assert "No syntax or stream encoding errors" in qpdf_check(path)
    flags = embedded_fonts(path)
    assert flags
    assert all(flags)
    assert path.stat().st_size == result.size


def test_nothing_leaves_its_cell(tmp_path):
    long = [
        row(title="題" * 200, student_name="一二三四五六七八九十" * 3),
        row(title="A" * 200, file_name="very_long-name.with.dots_" * 8),
        row(course="加深加廣選修" * 6, class_name="綜合職能科三年級甲班", certified_by="歐陽" * 9),
        row(file_name="x" * 255, title="（一）「二」，" * 20, student_number="9" * 40),
    ]
    path = tmp_path / "m.pdf"
    write_manifest(manifest([ClassBlock("高二忠班", long * 3)]), path)
    sheet = Sheet()
    room = sheet.width - sheet.left - sheet.right
    total = sum(column.share for column in ROWS)
    edges = [sheet.left]
    for column in ROWS:
        edges.append(edges[-1] + column.share / total * room)
    document = pypdfium2.PdfDocument(path)
    source = pikepdf.open(path)
    seen = 0
    for index in range(1, len(document) - 1):
        page = document[index]
        text = page.get_textpage()
        rules = horizontal_rules(source.pages[index])
        for at in range(text.count_chars()):
            left, bottom, right, top = text.get_charbox(at)
            if not rules or top > max(rules) or bottom < min(rules) or right <= left:
                continue
            seen += 1
            assert not any(left + 0.2 < edge < right - 0.2 for edge in edges), at
            assert not any(bottom + 0.2 < rule < top - 0.2 for rule in rules), at
    assert seen > 3000
    document.close()


def horizontal_rules(page: pikepdf.Page) -> list[float]:
    """Heights of the lines that a page draws right across."""
    found, start = set(), (0.0, 0.0)
    for operands, operator in pikepdf.parse_content_stream(page, "m l"):
        point = (float(operands[0]), float(operands[1]))
        if str(operator) == "m":
            start = point
        elif point[1] == start[1] and point[0] - start[0] > 700:
            found.add(point[1])
    return sorted(found)


def test_rare_characters_are_printed_with_real_glyphs(tmp_path):
    path = tmp_path / "m.pdf"
    result = write_manifest(
        manifest([ClassBlock(f"{RARE}班", [row(student_name=RARE)])], school_name="堃峯高中"), path
    )
    assert result.missing == ()
    assert RARE in poppler_text(path)
    assert RARE in [cells[3] for cells in Reader(path).rows() if len(cells) == 12]
    assert all(embedded_fonts(path))


def test_a_character_no_font_has_is_seen_and_told(tmp_path, caplog):
    path = tmp_path / "m.pdf"
    with caplog.at_level(logging.WARNING):
        result = write_manifest(manifest([ClassBlock("班", [row(title="笑\U0001f600臉")])]), path)
    assert result.missing == ("\U0001f600",)
    assert "U+1F600" in caplog.text
    assert "笑\U0001f600臉" in [cells[5] for cells in Reader(path).rows() if len(cells) == 12]
    assert "1個字無字型可印" in poppler_text(path)


def test_direction_and_control_characters_are_shown(tmp_path):
    path = tmp_path / "m.pdf"
    result = write_manifest(
        manifest([ClassBlock("班", [row(file_name="a\u202efdp.exe\x07\ttab\nline")])]), path
    )
    assert result.cleaned == ("\x07", "\u202e")
    assert "a[U+202E]fdp.exe[U+0007] tab line" in [
        cells[6] for cells in Reader(path).rows() if len(cells) == 12
    ]


def test_blanks_keep_their_width_beside_variation_selectors(tmp_path):
    path = tmp_path / "m.pdf"
    write_manifest(manifest([ClassBlock("班", [row(student_name="葛\U000e0100")])]), path)
    reader = Reader(path)
    for font in reader.pdf.pages[1].Resources.Font.values():
        widths = list(font.DescendantFonts[0].W)
        assert 0 not in [int(w) for part in widths if not isinstance(part, int) for w in part]


def test_a_row_taller_than_a_page_goes_on(tmp_path):
    path = tmp_path / "m.pdf"
    title = "".join(chr(0x4E00 + n) for n in range(3000))
    result = write_manifest(manifest([ClassBlock("班", [row(), row(title=title), row()])]), path)
    assert result.pages > 6
    reader = Reader(path)
    assert [cells[5] for cells in reader.rows() if len(cells) == 12][2] == title
    assert reader.owners_agree()
    qpdf_check(path)


@pytest.mark.parametrize(
    "classes",
    [
        [],
        [ClassBlock("空班")],
        [ClassBlock("一列", [row()])],
        [ClassBlock("多元", [], [experience()])],
    ],
)
def test_none_and_one(tmp_path, classes):
    path = tmp_path / "m.pdf"
    result = write_manifest(manifest(classes), path)
    qpdf_check(path)
    assert ("本次無提交資料" in poppler_text(path)) == (not classes or result.rows < 2)
    assert Reader(path).owners_agree()


def test_the_same_input_gives_the_same_bytes():
    one, two = io.BytesIO(), io.BytesIO()
    write_manifest(manifest(school_of(2, 3)), one)
    write_manifest(manifest(school_of(2, 3)), two)
    assert one.getvalue() == two.getvalue()


def test_progress_counts_rows(made):
    _, _, calls = made
    assert calls[-1] == (105, 105)
    assert [done for done, _ in calls] == sorted(done for done, _ in calls)


def test_a_fault_in_the_rows_leaves_no_file(tmp_path):
    def rows():
        yield row()
        raise LookupError("gone")

    with pytest.raises(LookupError):
        write_manifest(manifest([ClassBlock("班", rows())]), tmp_path / "m.pdf")
    assert list(tmp_path.iterdir()) == []


def test_a_missing_font_is_named(monkeypatch):
    monkeypatch.setattr(fonts, "SANS", "No Such Family")
    monkeypatch.setattr(fonts, "REQUIRED", frozenset({"No Such Family"}))
    with pytest.raises(FontMissing, match="No Such Family") as caught:
        fonts.FontChain()
    assert caught.value.code == "report.font_missing"


@settings(max_examples=12, deadline=None)
@example(texts=["\ud800", "", "", "", "", ""], seat="")
@example(texts=["\x00\x1f&<", "", "", "", "", ""], seat="")
@given(
    texts=st.lists(st.text(st.characters(), max_size=40), min_size=6, max_size=6),
    seat=st.text(max_size=3),
)
def test_any_text_makes_a_sound_file(tmp_path_factory, texts, seat):
    path = tmp_path_factory.mktemp("any") / "m.pdf"
    name, student, course, title, file_name, teacher = texts
    line = row(
        class_name=name,
        seat=seat,
        student_name=student,
        course=course,
        title=title,
        file_name=file_name,
        certified_by=teacher,
    )
    block = ClassBlock(name, [line], [experience(title=title)])
    write_manifest(manifest([block], school_name=name, made_by=teacher), path)
    qpdf_check(path)
    reader = Reader(path)
    assert reader.owners_agree()
    cells = next(cells for cells in reader.rows() if cells[2:3] == ["0920301"])
    wanted = "".join(clusters(printable(title)))
    assert cells[5] == wanted
