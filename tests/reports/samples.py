"""Rows and manifests for the tests, all dated by a clock that stands still."""

import dataclasses
from collections.abc import Iterable
from datetime import UTC, date, datetime

from reports.manifest import ClassBlock, Manifest, ManifestRow

MADE_AT = datetime(2025, 11, 20, 6, 30, tzinfo=UTC)
RARE = "𤧟堃峯𨥫喆㛄𡍼犇𣲷"


def row(**changes) -> ManifestRow:
    base = ManifestRow(
        class_name="高二忠班",
        seat="07",
        student_number="0920301",
        student_name="王小明",
        course="物理",
        course_code="112000B00H1110101103120",
        title="自由落體實驗報告",
        file_name="報告_01.pdf",
        file_type="PDF",
        size=1_572_864,
        sha256="0123456789abcdef" * 4,
        certified_by="陳老師",
        date=date(2025, 11, 3),
    )
    return dataclasses.replace(base, **changes)


def experience(**changes) -> ManifestRow:
    return row(**{"course": "競賽參與紀錄", "course_code": "", "certified_by": "佐證"} | changes)


def manifest(classes: Iterable[ClassBlock], **changes) -> Manifest:
    base = Manifest(
        school_name="市立歷程高級中學",
        school_code="000B00",
        academic_year=114,
        term=1,
        version=2,
        number="114-1-000B00-02",
        made_at=MADE_AT,
        made_by="註冊組 王小明",
        verify_url="https://licheng.example.edu.tw/verify/abc",
        classes=classes,
    )
    return dataclasses.replace(base, **changes)
