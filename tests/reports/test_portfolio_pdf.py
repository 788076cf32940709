"""The PDF portfolio: tagged, bookmarked, A4, fonts embedded, small pictures, bounded memory."""

import subprocess
import sys
from dataclasses import replace

import pikepdf
import pytest

from reports.dossier import Part
from reports.portfolio_pdf import MAX_THUMBNAIL, NotAThumbnail, portfolio_pdf, write_portfolio_pdf
from scripts.house import ROOT
from tests.reports.dossiers import NASTY, dossier, entry, jpeg, said
from tests.reports.pdfreader import Reader, embedded_fonts, poppler_text, qpdf_check
from tests.reports.samples import RARE


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Three records: with a picture, with a broken file, with whatever people write."""
    path = tmp_path_factory.mktemp("portfolio") / "p.pdf"
    worse = replace(entry(3), title=f"{NASTY}𤧟\u202e", texts=((said("簡述"), said("x" * 3000)),))
    broken = entry(2, problem=said("第一頁無法製成縮圖"), name="壞掉的檔.pdf")
    inside = Part("counselling", said("課程諮詢紀錄"), (entry(9, "talk"),), inside=True)
    whole = dossier(entry(1, thumbnail=jpeg()), broken, worse)
    whole = replace(
        whole, parts=(*whole.parts, inside), texts=((said("學習歷程自述"), said("想\n說")),)
    )
    write_portfolio_pdf(whole, path)
    return path


def test_what_is_in_it(made):
    text = poppler_text(made)
    for part in (
        "學習歷程檔案", RARE, "1120001", "一年三班7號", "目錄", "讀書心得1", "國語文（一）",
        "讀完之後的想法。", "第二段。", "退回：請補充出處", "793.3KB", "ab" * 32,
        "壞掉的檔.pdf", "第一頁無法製成縮圖", "校內資料，不提交", "沒有紀錄。", "[U+202E]",
        "這是個人副本。", "onerror=",
    ):  # fmt: skip
        assert part in text, part


def test_tagged_a4_fonts_embedded(made):
    qpdf_check(made)
    reader = Reader(made)
    assert reader.pdf.Root.MarkInfo.Marked
    assert str(reader.pdf.Root.Lang) == "zh-Hant-TW"
    assert reader.roles()["Figure"] == 1
    figure = next(reader.elements("Figure"))
    assert "報告.pdf" in str(figure.Alt)
    assert all(embedded_fonts(made))
    for page in reader.pdf.pages:
        assert [round(float(one)) for one in page.mediabox] == [0, 0, 595, 842]


def test_a_bookmark_for_every_part_and_record(made):
    with pikepdf.open(made) as pdf, pdf.open_outline() as outline:
        found = {one.title: [child.title for child in one.children] for one in outline.root}
    assert list(found) == ["目錄", "學習歷程自述", "課程學習成果", "課程諮詢紀錄"]
    assert found["課程學習成果"][:2] == ["讀書心得 1", "讀書心得 2"]
    assert len(found["課程學習成果"]) == 3


def test_the_contents_name_the_page_of_each_record(made):
    pages = subprocess.run(
        ["pdftotext", "-layout", str(made), "-"], capture_output=True, text=True, check=True
    ).stdout.split("\f")
    line = next(one for one in pages[1].splitlines() if "讀書心得 2" in one)
    number = int(line.split()[-1])
    assert "壞掉的檔.pdf" in pages[number - 1]


def test_only_small_jpegs_are_drawn():
    with pytest.raises(NotAThumbnail):
        portfolio_pdf(dossier(entry(1, thumbnail=b"<svg xmlns='x'/>")))
    large = b"\xff\xd8\xff" + bytes(MAX_THUMBNAIL)
    with pytest.raises(NotAThumbnail):
        portfolio_pdf(dossier(entry(1, thumbnail=large)))


def test_an_empty_portfolio_is_a_cover_and_contents(tmp_path):
    path = tmp_path / "empty.pdf"
    write_portfolio_pdf(dossier(note=None), path)
    assert poppler_text(path).count("沒有紀錄。") == 2


SIXTY = """
import sys
from pathlib import Path
from tests.reports.dossiers import dossier, entry, jpeg
from reports.portfolio_pdf import write_portfolio_pdf
picture = jpeg(760, 40)
entries = [entry(n, thumbnail=picture + bytes([n])) for n in range(60)]
write_portfolio_pdf(dossier(*entries), Path(sys.argv[1]))
# Not ru_maxrss: Linux lets a new process begin with the peak of the one that started it.
status = Path("/proc/self/status").read_text()
peak = next(line for line in status.splitlines() if line.startswith("VmHWM:"))
print(int(peak.split()[1]) // 1024, len(picture))
"""


def test_sixty_records_stay_within_memory(tmp_path):
    """Sixty different pictures of the size that the export makes, in a process of their own."""
    path = tmp_path / "sixty.pdf"
    done = subprocess.run(
        [sys.executable, "-c", SIXTY, str(path)],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    mebibytes, picture = map(int, done.stdout.split())
    assert picture > 100_000
    assert mebibytes < 400
    with pikepdf.open(path) as pdf:
        assert len(pdf.pages) >= 62
