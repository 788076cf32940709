"""The reviewer's dossier: joined, bookmarked, stamped; what is broken is named, nothing is lost."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pikepdf
import pypdfium2
import pytest
from PIL import Image

from reports.certification.dossier import Attachment, Joined, write_dossier
from reports.certification.experience import ExperienceForm, experience_pdf
from tests.reports.pdfreader import embedded_fonts, qpdf_check

AT = datetime(2026, 11, 20, 6, 30, tzinfo=UTC)


@pytest.fixture(scope="module")
def form(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A paper of one page with words that can be selected."""
    path = tmp_path_factory.mktemp("form") / "form.pdf"
    path.write_bytes(experience_pdf(ExperienceForm(name="王堃峯")))
    return path


def joined(target: Path, form: Path, *attachments: Attachment) -> Joined:
    return write_dossier(
        target,
        form.read_bytes(),
        attachments,
        office="核發機關",
        case_number="EE11500001",
        applicant="王堃峯",
        made_at=AT,
    )


def texts(path: Path) -> list[str]:
    document = pypdfium2.PdfDocument(path)
    return ["".join(page.get_textpage().get_text_bounded().split()) for page in document]


def bookmarks(path: Path) -> list[tuple[str, int]]:
    document = pypdfium2.PdfDocument(path)
    return [(one.get_title(), one.get_dest().get_index()) for one in document.get_toc()]


def test_documents_come_in_order_each_page_stamped(tmp_path: Path, form: Path) -> None:
    two = tmp_path / "two.pdf"
    with pikepdf.open(form) as pdf:
        pdf.pages.append(pdf.pages[0])
        pdf.save(two)
    target = tmp_path / "dossier.pdf"
    found = joined(
        target,
        form,
        Attachment("環境教育計畫", "計畫.pdf", two, 100, "ab" * 32),
        Attachment("參考資料", "參考.pdf", form, 100, "cd" * 32),
    )
    assert found == Joined(5, {})
    qpdf_check(target)
    assert all(embedded_fonts(target))
    assert bookmarks(target) == [
        ("目錄", 0),
        ("申請書", 1),
        ("附件 1　環境教育計畫", 2),
        ("附件 2　參考資料", 4),
    ]
    pages = texts(target)
    assert "EE11500001申請書第1頁，共1頁全卷2/5" in pages[1]
    assert "EE11500001附件1環境教育計畫第2頁，共2頁全卷4/5" in pages[3]
    assert all("環境教育推動經歷證明文件" in page for page in pages[1:])
    assert "3–4" in pages[0]


def test_what_cannot_be_joined_stands_in_by_name(tmp_path: Path, form: Path) -> None:
    locked, torn, cut = (tmp_path / f"{name}.pdf" for name in ("locked", "torn", "cut"))
    with pikepdf.open(form) as pdf:
        pdf.save(locked, encryption=pikepdf.Encryption(user="x", owner="y"))
    torn.write_bytes(b"%PDF-1.7\nnothing that could be read")
    whole = form.read_bytes()
    cut.write_bytes(whole[: len(whole) // 2])
    target = tmp_path / "dossier.pdf"
    found = joined(
        target,
        form,
        Attachment("有密碼", "a.pdf", locked),
        Attachment("壞檔", "b.pdf", torn),
        Attachment("一半", "c.pdf", cut),
        Attachment("不見", "d.pdf", tmp_path / "none.pdf"),
        Attachment("好的", "e.pdf", form),
    )
    assert found.faults == {
        "有密碼": "encrypted",
        "壞檔": "broken",
        "一半": "broken",
        "不見": "missing",
    }
    qpdf_check(target)
    pages = texts(target)
    assert len(pages) == found.pages == 7
    assert "檔案有密碼或使用限制，無法併入" in pages[2]
    assert "a.pdf" in pages[2]
    assert "檔案已損壞或不完整，無法併入" in pages[3]
    assert "全卷7/7" in pages[6]
    assert ("附件 1　有密碼（未併入）", 2) in bookmarks(target)


def test_an_untidy_document_is_mended_and_joined(tmp_path: Path, form: Path) -> None:
    untidy = tmp_path / "untidy.pdf"
    untidy.write_bytes(form.read_bytes().replace(b"startxref", b"startxxxx"))
    target = tmp_path / "dossier.pdf"
    assert joined(target, form, Attachment("不整齊", "u.pdf", untidy)).faults == {}
    qpdf_check(target)


@pytest.mark.parametrize("turned", [0, 90, 180, 270])
def test_the_stamp_is_above_however_the_page_lies(tmp_path: Path, form: Path, turned: int) -> None:
    lying = tmp_path / "lying.pdf"
    with pikepdf.new() as pdf:
        pdf.add_blank_page(page_size=(842, 595))
        pdf.pages[0].obj["/Rotate"] = turned
        pdf.save(lying)
    target = tmp_path / "dossier.pdf"
    joined(target, form, Attachment("橫的", "x.pdf", lying))
    page = pypdfium2.PdfDocument(target)[2]
    seen = page.render(scale=1, grayscale=True).to_pil()
    dark = [
        y for y in range(seen.height) if seen.crop((0, y, seen.width, y + 1)).getextrema()[0] < 128
    ]
    assert dark
    assert max(dark) < 25


def test_nothing_of_an_attachment_runs(tmp_path: Path, form: Path) -> None:
    active = tmp_path / "active.pdf"
    with pikepdf.open(form) as pdf:
        script = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS="app.alert(1)")
        pdf.Root.OpenAction = script
        pdf.pages[0].obj.AA = pikepdf.Dictionary(O=script)
        link = pikepdf.Dictionary(
            Type=pikepdf.Name.Annot,
            Subtype=pikepdf.Name.Link,
            Rect=[0, 0, 99, 99],
            A=pikepdf.Dictionary(S=pikepdf.Name.URI, URI="https://example.org/"),
        )
        pdf.pages[0].obj.Annots = pikepdf.Array([pdf.make_indirect(link)])
        pdf.save(active)
    target = tmp_path / "dossier.pdf"
    joined(target, form, Attachment("活動", "a.pdf", active))
    with pikepdf.open(target) as pdf:
        assert "/OpenAction" not in pdf.Root
        for page in pdf.pages:
            assert "/AA" not in page.obj
            assert not list(page.obj.get("/Annots", []))


def test_five_large_attachments_take_little_memory(tmp_path: Path, form: Path) -> None:
    large = tmp_path / "large.pdf"
    noise = Image.effect_noise((2600, 2600), 200).convert("RGB")
    noise.save(tmp_path / "noise.jpg", quality=97)
    picture = (tmp_path / "noise.jpg").read_bytes()
    with pikepdf.new() as pdf:
        while (
            sum(len(one.obj.Resources.XObject.P.read_raw_bytes()) for one in pdf.pages) < 18 << 20
        ):
            page = pdf.add_blank_page(page_size=(595, 842))
            image = pikepdf.Stream(pdf, picture + bytes([len(pdf.pages)]))
            image.update(
                {"/Type": pikepdf.Name.XObject, "/Subtype": pikepdf.Name.Image, "/Width": 2600,
                 "/Height": 2600, "/ColorSpace": pikepdf.Name.DeviceRGB, "/BitsPerComponent": 8,
                 "/Filter": pikepdf.Name.DCTDecode}
            )  # fmt: skip
            page.obj.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(P=image))
            page.obj.Contents = pikepdf.Stream(pdf, b"q 595 0 0 842 0 0 cm /P Do Q")
        pdf.save(large)
    size = large.stat().st_size
    assert 18 << 20 < size < 30 << 20
    program = f"""
import resource, sys
sys.path.insert(0, {str(Path.cwd())!r})
from datetime import UTC, datetime
from pathlib import Path
from reports.certification.dossier import Attachment, write_dossier
one = Path({str(large)!r})
def join(n, name):
    write_dossier(Path({str(tmp_path)!r}) / name, Path({str(form)!r}).read_bytes(),
        [Attachment(f"第 {{i}} 件", "x.pdf", one, 1, "") for i in range(n)],
        office="o", case_number="EE1", applicant="a", made_at=datetime.now(UTC))
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
first = join(1, "one.pdf")
print(join(5, "five.pdf") - first)
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert (tmp_path / "five.pdf").stat().st_size > 4.9 * size
    assert int(done.stdout) * 1024 < 2 * size  # four more of them, not held together
