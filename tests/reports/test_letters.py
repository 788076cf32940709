"""Receipt, selection slip and the guard around templates."""

import dataclasses
from datetime import date, timedelta

import pytest
from jinja2 import UndefinedError

from reports import designed
from reports.errors import FetchRefused
from reports.manifest.words import file_size, period, roc_date, roc_moment
from reports.receipt import Receipt, ReceiptFile, receipt_pdf
from reports.slip import SelectionSlip, SlipItem, selection_slips_pdf
from tests.reports.pdfreader import Reader, embedded_fonts, poppler_text, qpdf_check
from tests.reports.samples import MADE_AT, RARE

RECEIPT = Receipt(
    number="R-114-000123",
    school_name="市立歷程高級中學",
    person_name=f"{RARE}<b>",
    received_at=MADE_AT,
    verify_url="https://licheng.example.edu.tw/r/abc",
    purpose="課程學習成果上傳",
    copies=1,
    files=(ReceiptFile("報告 & <script>.pdf", "PDF", 812_345, "ab" * 32),),
    person_number="1120001",
    class_name="高二忠班",
    seat="07",
    signature="signed-by-the-vault",
    expires_at=MADE_AT + timedelta(days=30),
)
SLIP = SelectionSlip(
    number="S-1",
    school_name="市立歷程高級中學",
    academic_year=114,
    class_name="高二忠班",
    seat="07",
    student_number="1120001",
    student_name="王堃峯",
    outcome_limit=6,
    experience_limit=10,
    made_at=MADE_AT,
    due="114 年 12 月 5 日",
    verify_url="https://licheng.example.edu.tw/s/abc",
    outcomes=(SlipItem("物理", "自由落體", "陳老師", date(2025, 10, 3)),),
)


def test_the_receipt_says_what_was_taken_in(tmp_path):
    path = tmp_path / "receipt.pdf"
    path.write_bytes(receipt_pdf(RECEIPT))
    text = poppler_text(path)
    for part in (
        RARE,
        "報告&<script>.pdf",
        "ab" * 32,
        "793.3KB",
        "R-114-000123",
        "民國114年11月20日14:30",
        "一份",
        "signed-by-the-vault",
        "檔案保存至民國114年12月20日14:30",
    ):
        assert part in text, part
    qpdf_check(path)
    assert all(embedded_fonts(path))
    assert Reader(path).roles()["H1"] == 1


def test_two_copies_and_no_expiry_are_said_too(tmp_path):
    path = tmp_path / "receipt.pdf"
    path.write_bytes(receipt_pdf(dataclasses.replace(RECEIPT, copies=2, expires_at=None, files=())))
    text = poppler_text(path)
    assert "2份" in text
    assert "草稿" not in text
    assert "只保存一份" not in text
    assert "未附檔案" in text


def test_slips_of_a_class_are_one_file_each_student_apart(tmp_path):
    path = tmp_path / "slips.pdf"
    other = dataclasses.replace(SLIP, student_name="李喆", outcomes=())
    path.write_bytes(selection_slips_pdf([SLIP, other]))
    assert len(Reader(path).pdf.pages) == 2
    text = poppler_text(path)
    assert "勾選1件（上限6件）" in text
    assert "家長（監護人）簽名" in text
    assert text.index("王堃峯") < text.index("李喆")
    with pytest.raises(ValueError, match="no slip"):
        selection_slips_pdf([])


@pytest.fixture
def template(tmp_path, monkeypatch):
    def make(body: str) -> None:
        (tmp_path / "t.html").write_text(f'<html lang="zh-Hant-TW"><title>t</title>{body}')

    monkeypatch.setattr(designed, "TEMPLATES", tmp_path)
    designed.environment.cache_clear()
    yield make
    designed.environment.cache_clear()


@pytest.mark.parametrize(
    "body",
    [
        '<img src="http://127.0.0.1:9/x.png">',
        '<img src="file:///etc/passwd">',
        '<link rel="stylesheet" href="https://example.edu.tw/x.css">',
        '<style>body{background:url("file:///etc/hosts")}</style>x',
        '<img src="data:image/svg+xml,%3Csvg/%3E">',
    ],
)
def test_nothing_outside_the_document_is_ever_fetched(template, body):
    template(body)
    with pytest.raises(FetchRefused):
        designed.set_pages("t.html", {})


def test_values_are_escaped_and_cannot_reach_out(template):
    template("<p>{{ name }}</p>")
    data = designed.set_pages("t.html", {"name": '<img src="file:///etc/passwd">\u202e'})
    assert data.startswith(b"%PDF")


def test_a_forgotten_value_is_an_error(template):
    template("{{ nothing }}")
    with pytest.raises(UndefinedError):
        designed.set_pages("t.html", {})


def test_words_and_figures():
    assert roc_date(date(2025, 1, 2)) == "114.01.02"
    assert roc_date(None) == ""
    assert roc_date(date(1911, 1, 2)) == "民前1.01.02"
    assert roc_moment(MADE_AT) == "民國 114 年 11 月 20 日 14:30"
    assert [file_size(n) for n in (None, 0, 1023, 1024, 1_048_575, 1_048_576, 5 * 1024**4)] == [
        "",
        "0 B",
        "1023 B",
        "1.0 KB",
        "1.0 MB",
        "1.0 MB",
        "5,120.0 GB",
    ]
    assert period(114, 1) == "114 學年度第 1 學期"
    assert period(114, 0, "高三第一梯次") == "114 學年度　高三第一梯次"
