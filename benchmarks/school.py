"""Rows of an invented school, the same for the same arguments."""

import hashlib
import random
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

from reports.manifest.model import ClassBlock, Manifest, ManifestRow

FAMILY = "陳林黃張李王吳劉蔡楊許鄭謝郭洪邱曾廖賴徐"
GIVEN = "怡君家豪淑芬志明雅婷冠宇詩涵承恩宥廷品妤子晴柏翰堃峯喆犇宜蓁思妤俊傑佳穎"
COURSES = (
    "國語文",
    "英語文",
    "數學A",
    "物理",
    "加深加廣選修物理一（力學）",
    "公民與社會",
    "專題實作",
    "程式設計",
)
KINDS = ("競賽參與紀錄", "服務學習紀錄", "檢定證照紀錄", "團體活動時間紀錄")
TITLES = (
    "讀書心得報告",
    "自由落體實驗報告與誤差分析",
    "我的家鄉水文調查",
    "用統計看校園噪音：從取樣到推論的完整過程",
    "短篇小說創作",
)
TYPES = ("pdf", "jpg", "png", "mp3", "mp4")
MADE_AT = datetime(2025, 11, 20, 6, 30, tzinfo=UTC)


def rows(dice: random.Random, name: str, count: int, experience: bool) -> Iterator[ManifestRow]:
    """``count`` rows of one class, three a student."""
    # cheap to make, for this is inside what each side is timed for
    first_number = 11200000 + hash_number(name) % 90000 * 10
    student_name = ""
    for index in range(count):
        student = index // 3 + 1
        if index % 3 == 0:
            who = random.Random(f"{name}{student}")
            student_name = who.choice(FAMILY) + "".join(who.sample(GIVEN, 2))
        title = dice.choice(TITLES)
        kind = dice.choice(TYPES)
        yield ManifestRow(
            class_name=name,
            seat=f"{student:02}",
            student_number=f"{first_number + student:08}",
            student_name=student_name,
            course=dice.choice(KINDS if experience else COURSES),
            course_code="" if experience else f"112000B00H11101011{dice.randrange(10**5):05}",
            title=f"{title}（{dice.randrange(1, 400)}）",
            file_name=f"{title}_{dice.randrange(10**6):06}.{kind}",
            file_type=kind.upper(),
            size=dice.randrange(20_000, 4_194_304),
            sha256=hashlib.sha256(f"{name}{index}{experience}".encode()).hexdigest(),
            certified_by="佐證" if experience else dice.choice(FAMILY) + "老師",
            date=date(2025, 9, 1) + timedelta(days=dice.randrange(80)),
        )


def hash_number(text: str) -> int:
    """A number that does not change from process to process."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big")


def school(total: int, classes: int = 60) -> Manifest:
    """A manifest of ``total`` rows in ``classes`` classes, two thirds of them outcomes."""
    classes = max(1, min(classes, total))

    def blocks() -> Iterator[ClassBlock]:
        for index in range(classes):
            count = total // classes + (1 if index < total % classes else 0)
            name = f"{['高一', '高二', '高三'][index * 3 // classes]}{index + 1:02}班"
            dice = random.Random(index)
            yield ClassBlock(
                name,
                rows(dice, name, count - count // 3, False),
                rows(dice, name, count // 3, True),
            )

    return Manifest(
        school_name="市立歷程高級中學",
        school_code="000B00",
        academic_year=114,
        term=1,
        version=1,
        number="114-1-000B00-01",
        made_at=MADE_AT,
        made_by="註冊組 王小明",
        verify_url="https://licheng.example.edu.tw/verify/114-1-000B00-01",
        classes=blocks(),
        total_rows=total,
    )
