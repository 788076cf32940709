"""The papers of certification, read back: words, tags, fonts, pages."""

from __future__ import annotations

import dataclasses
from datetime import UTC, date, datetime
from pathlib import Path

import pikepdf
import pypdfium2
import pytest

from reports.certification.application import Application, Essay, Paper, application_pdf
from reports.certification.experience import ExperienceForm, experience_pdf
from reports.certification.hours_table import HourLine, HoursTable, TopicBlock, hours_pdf
from reports.certification.letter import Grid, OfficialLetter, letter_pdf
from reports.certification.minutes import Minutes, MinutesItem, minutes_pdf
from reports.certification.words import hours, long_moment, ordinal, weekday_date
from tests.reports.pdfreader import Reader, embedded_fonts, poppler_text, qpdf_check

RARE = "王堃峯𠮷"
AT = datetime(2026, 11, 20, 6, 30, tzinfo=UTC)
URL = "https://licheng.example.edu.tw/office/MOE01/status"
LETTER = OfficialLetter(
    office="環境教育認證核發機關",
    title="環境教育人員認證申請補正通知書",
    recipient=RARE,
    dated=date(2026, 11, 20),
    number="EE11500001-02",
    case_number="EE11500001",
    subject="經審查應予補正，請查照。",
    points=("依據第十一條。", "逾期駁回。"),
    contact=(("承辦人", "李承辦"),),
    facts=(("補正期限", "115年12月7日（星期一）24時前"),),
    tables=(
        Grid(
            "應補正項目",
            ("序", "項目", "應補正之事項"),
            (("1", "環境教育計畫", "未標示年度。\n職掌未分工。"),),
            (10, 45, 0),
        ),
    ),
    quoted=(("審查意見", "第一段\n<script>第二段"),),
    remedy="得於送達之次日起三十日內提起訴願。",
    check_url=URL,
)
APPLICATION = Application(
    office="環境教育認證核發機關",
    case_number="EE11500001",
    version=2,
    applicant=RARE,
    made_at=AT,
    state="已受理",
    summary=(("申請類別", "行政"),),
    facts=(("基本資料", (("中文姓名", RARE), ("聯絡電話", ""))),),
    essays=(Essay("如何落實學校環境教育規劃與執行", "", "第一段\n第二段", 6),),
    papers=(Paper("環境教育計畫", True, "計畫.pdf", 2048, 3, "ab" * 32), Paper("參考資料", False)),
    declarations=(("填報資料如有不實，願負法律責任。", "同意"),),
    check_url=URL,
)
TABLE = HoursTable(
    name=RARE,
    organisation="歷程測試國民小學",
    case_number="",
    made_on=date(2026, 11, 20),
    topics=(
        TopicBlock(
            "環境倫理",
            120,
            (
                HourLine(date(2026, 3, 1), "倫理研習", "大學", "字第1號", 150, 90, True,
                         "超過上限的部分不採計", 1),
            ),
        ),
        TopicBlock("環境概論", 120, ()),
    ),
    needed=1440,
    refused=(HourLine(date(2025, 1, 1), "瑜伽", "協會", "", 120, 0, False, "議題不採計"),),
    digital=(90, 900),
)  # fmt: skip
MINUTES = Minutes(
    office="環境教育認證核發機關",
    name="115年度第3次審查小組會議",
    held_on=date(2026, 11, 20),
    place="第一會議室",
    chair="陳主席",
    recorder="李承辦",
    present=("張委員",),
    items=(
        MinutesItem("EE11500001", RARE, "行政", "經歷", "通過"),
        MinutesItem("EE11500002", "李喆", "教學", "專長", "駁回", "年資不足。"),
        MinutesItem("EE11500003", "林一", "教學", "專長", "通過"),
    ),
)


def read(tmp_path: Path, data: bytes) -> tuple[str, Reader]:
    """Check what holds for every paper; gives its text without white space."""
    path = tmp_path / "paper.pdf"
    path.write_bytes(data)
    qpdf_check(path)
    assert all(embedded_fonts(path))
    reader = Reader(path)
    assert reader.roles()["H1"] == 1
    assert str(reader.pdf.Root.Lang) == "zh-Hant-TW"
    for page in reader.pdf.pages:
        width, height = (float(side) for side in page.mediabox[2:])
        assert (round(width), round(height)) == (595, 842)
    return poppler_text(path), reader


def _other(tmp_path: Path) -> Path:
    folder = tmp_path / "other"
    folder.mkdir()
    return folder


def test_a_letter_has_the_parts_of_an_official_letter(tmp_path: Path) -> None:
    text, reader = read(tmp_path, letter_pdf(LETTER))
    for part in (
        f"受文者：{RARE}君",
        "發文日期：中華民國115年11月20日",
        "發文字號：EE11500001-02",
        "承辦人：李承辦",
        "主旨：經審查應予補正，請查照。",
        "一、依據第十一條。",
        "二、逾期駁回。",
        "補正期限115年12月7日（星期一）24時前",
        "<script>第二段",
        "救濟教示得於送達之次日起三十日內提起訴願。",
        "正本：",
    ):
        assert part in text, part
    assert ["1", "環境教育計畫", "未標示年度。職掌未分工。"] in reader.rows()
    figures = [str(one.Alt) for one in reader.elements("Figure")]
    assert any(URL in words for words in figures)


def test_a_letter_of_one_point_has_no_number(tmp_path: Path) -> None:
    bare = dataclasses.replace(
        LETTER, points=("依規定辦理。",), remedy="", check_url="", tables=(), quoted=(), contact=()
    )
    text, _reader = read(tmp_path, letter_pdf(bare))
    assert "說明：依規定辦理。" in text
    assert "一、" not in text
    assert "救濟教示" not in text
    assert "二維條碼" not in text


def test_the_application_says_all_that_was_answered(tmp_path: Path) -> None:
    text, reader = read(tmp_path, application_pdf(APPLICATION))
    for part in (
        "EE11500001（第2版）",
        "115年11月20日（星期五）14時30分",
        "一、基本資料",
        "聯絡電話（未填）",
        "二、環境素養說明",
        "6字（不含標點符號及空白）",
        "三、檢附文件",
        "四、聲明與同意",
        "【同意】",
        "申請人簽名或蓋章",
        "校長",
    ):
        assert part in text, part
    rows = reader.rows()
    assert any("計畫.pdf" in "".join(row) and "2.0 KB" in "".join(row) for row in rows)
    assert any("參考資料" in row[1] and "未附" in row[-1] for row in rows if len(row) > 1)


def test_the_blank_form_is_one_page_and_ticks_what_is_known(tmp_path: Path) -> None:
    form = ExperienceForm(
        "EE11500001", RARE, "A123456789", "民國75年1月2日", "歷程測試國民小學", "組長", True
    )
    text, reader = read(tmp_path, experience_pdf(form))
    assert len(reader.pdf.pages) == 1
    assert "✓是" in text
    assert "✓否" not in text
    assert "校長（簽名或蓋章）" in text
    blank, reader = read(_other(tmp_path), experience_pdf(ExperienceForm()))
    assert len(reader.pdf.pages) == 1
    assert "✓" not in blank
    assert "案件編號" not in blank


def test_the_table_of_hours_sums_by_topic(tmp_path: Path) -> None:
    text, _reader = read(tmp_path, hours_pdf(TABLE))
    for part in (
        "環境倫理（至少2小時）",
        "研習2.5小時；超過上限的部分不採計",
        "小計（小時）1.5/2不足",
        "沒有採計的研習。",
        "總計（小時）1.5/24不足",
        "最多採計15小時",
        "議題不採計",
        "（尚未編號）",
    ):
        assert part in text, part
    assert TABLE.counted == 90


def test_minutes_list_every_case_and_sum_them_up(tmp_path: Path) -> None:
    text, reader = read(tmp_path, minutes_pdf(MINUTES))
    assert "合計：通過2件，駁回1件" in text
    assert "年資不足。" in text
    assert [row[1] for row in reader.rows() if row[0] in {"1", "2", "3"}] == [
        "EE11500001",
        "EE11500002",
        "EE11500003",
    ]
    empty = dataclasses.replace(MINUTES, items=(), notes=("散會前確認。",))
    text, _reader = read(_other(tmp_path), minutes_pdf(empty))
    assert "沒有提會的案件。" in text
    assert "一、散會前確認。" in text


def test_a_long_answer_breaks_over_pages_and_nothing_runs_off(tmp_path: Path) -> None:
    long = dataclasses.replace(
        APPLICATION, essays=(Essay("問", "氣候變遷", "字" * 4000, 4000),) * 2
    )
    path = tmp_path / "long.pdf"
    path.write_bytes(application_pdf(long))
    with pikepdf.open(path) as pdf:
        assert len(pdf.pages) > 3
    assert poppler_text(path).count("字" * 30) > 100
    document = pypdfium2.PdfDocument(path)
    for page in document:
        seen = page.render(scale=0.5, grayscale=True).to_pil()
        edge = seen.crop((seen.width - 15, 0, seen.width, seen.height))
        assert edge.getextrema() == (255, 255)


@pytest.mark.parametrize(
    ("number", "words"),
    [(1, "一"), (9, "九"), (10, "十"), (11, "十一"), (20, "二十"), (99, "九十九")],
)
def test_paragraphs_are_numbered_as_clerks_do(number: int, words: str) -> None:
    assert ordinal(number) == words


def test_days_and_hours_in_words() -> None:
    assert weekday_date(date(2026, 11, 20)) == "115年11月20日（星期五）"
    assert (
        long_moment(datetime(2026, 11, 20, 17, 5, tzinfo=UTC)) == "115年11月21日（星期六）1時05分"
    )
    assert [hours(one) for one in (0, 30, 45, 60, 90, 1440)] == [
        "0",
        "0.5",
        "0.75",
        "1",
        "1.5",
        "24",
    ]
    with pytest.raises(ValueError, match="no paragraph"):
        ordinal(0)
