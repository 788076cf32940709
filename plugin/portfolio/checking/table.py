"""Every fault that a 預檢 knows: its cell, its words, its rule with source, and who mends it."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask_babel import lazy_gettext as _l


class Mender(enum.StrEnum):
    """Who mends a fault, and where (`plugin.portfolio.views.submitting.mending`)."""

    PERSON = "person"
    """The registry, in the student's data."""
    PLACE = "place"
    """The registry, in the classes and seats."""
    COURSE = "course"
    """The registry, in the course's data."""
    SCHOOL = "school"
    """The administrator, in the school's data."""
    OUTCOME = "outcome"
    """The student, on the outcome."""
    EXPERIENCE = "experience"
    """The student, on the experience."""
    SELECTION = "selection"
    """The student, where they select."""
    TEACHER = "teacher"
    """The teachers of the course."""
    VAULT = "vault"
    """The administrator, who heals files."""


MENDER_WORDS = {
    Mender.PERSON: _l("註冊組（學生資料）"),
    Mender.PLACE: _l("註冊組（班級座號）"),
    Mender.COURSE: _l("註冊組（課程資料）"),
    Mender.SCHOOL: _l("系統管理者（學校資料）"),
    Mender.OUTCOME: _l("學生（課程學習成果）"),
    Mender.EXPERIENCE: _l("學生（多元表現）"),
    Mender.SELECTION: _l("學生（勾選）"),
    Mender.TEACHER: _l("任課教師"),
    Mender.VAULT: _l("系統管理者（檔案修復）"),
}

ROSTER = _l("中央資料庫名冊格式（108 課綱）")
CODES = _l("課程計畫平臺課程代碼，23 碼（108 課綱）")
LIMITS = _l("學習歷程檔案作業要點之格式與大小上限")
DIRT = _l("108、109 學年度中央資料庫實際資料常見的錯誤")
OWN = _l("本平臺的提交規則")


@dataclass(frozen=True)
class FaultKind:
    """One thing that may be wrong.

    :param blocks: nothing can be handed in until it is mended.
    :param cell: the column, as the roster calls it; `%(field)s` where the row says which.
    :param words: what is wrong, with `detail` filled in.
    :param once: said once of a student, however many records are selected.
    """

    blocks: bool
    cell: Any
    words: Any
    source: Any
    mender: Mender
    once: bool = False

    def say(self, detail: Mapping[str, Any]) -> str:
        """What is wrong, in the reader's language."""
        return str(self.words) % detail

    def cell_of(self, detail: Mapping[str, Any]) -> str:
        """The column it is about."""
        return str(self.cell) % detail


_IDENTITY = _l("身分證號")
_BIRTHDAY = _l("出生日期")
_CLASS = _l("班級座號")
_CODE = _l("課程代碼")
_FILE = _l("檔案")
_SUMMARY = _l("簡述")
_CHOICE = _l("勾選")

FAULTS: Mapping[str, FaultKind] = {
    # the school
    "school.test": FaultKind(
        True, _l("學校代碼"), _l("學校代碼 %(code)s 是測試學校，不能提交到中央資料庫。"),
        DIRT, Mender.SCHOOL, once=True,
    ),
    # the student
    "student.no_class": FaultKind(
        True, _CLASS, _l("學生在這個學年度沒有班級座號，名冊無法編排。"),
        ROSTER, Mender.PLACE, once=True,
    ),
    "student.two_classes": FaultKind(
        True, _CLASS, _l("學生在這個學年度同時在兩個班級，同一件資料會重複提交。"),
        ROSTER, Mender.PLACE, once=True,
    ),
    "student.no_identity": FaultKind(
        False, _l("身分證號、出生日期"),
        _l("學生資料缺身分證號或出生日期，公版名冊的這兩欄會是空白。"),
        ROSTER, Mender.PERSON, once=True,
    ),
    "student.id": FaultKind(
        True, _IDENTITY, _l("身分證號（居留證號）的格式或檢查碼不正確。"),
        ROSTER, Mender.PERSON, once=True,
    ),
    "student.same_id": FaultKind(
        True, _IDENTITY, _l("與另一位學生（學號 %(number)s）的身分證號相同。"),
        DIRT, Mender.PERSON, once=True,
    ),
    "student.birthday": FaultKind(
        True, _BIRTHDAY, _l("出生日期不是合理的日期，請核對。"), ROSTER, Mender.PERSON, once=True,
    ),
    "student.unconfirmed": FaultKind(
        False, _CHOICE, _l("學生已勾選但尚未確認。"), OWN, Mender.SELECTION, once=True,
    ),
    "student.too_many": FaultKind(
        True, _CHOICE, _l("勾選了 %(n)s 件，超過每學年 %(limit)s 件的上限。"),
        LIMITS, Mender.SELECTION, once=True,
    ),
    # the course of an outcome
    "course.none": FaultKind(
        True, _CODE, _l("這件成果沒有對應的課程。"), CODES, Mender.OUTCOME,
    ),
    "course.code": FaultKind(
        True, _CODE, _l("%(said)s請更正課程資料。"), CODES, Mender.COURSE,
    ),
    "course.school": FaultKind(
        False, _CODE,
        _l("課程代碼第 4–9 碼是 %(found)s，與本校代碼 %(code)s 不同；轉學、借讀生除外請更正。"),
        CODES, Mender.COURSE,
    ),
    "course.intake": FaultKind(
        False, _CODE,
        _l("課程代碼的適用入學年度是 %(found)s，與 %(year)s 學年度 %(grade)s 年級的課程不符。"),
        CODES, Mender.COURSE,
    ),
    "course.no_outcome": FaultKind(
        True, _CODE,
        _l("團體活動、彈性學習時間的課程，屬性是 D 才能提交學習成果；這門課是 %(found)s。"),
        DIRT, Mender.COURSE,
    ),
    "course.grade": FaultKind(
        True, _l("開課年級"), _l("開課年級是 %(found)s，應為 1 到 3。"), ROSTER, Mender.COURSE,
    ),
    "course.credits": FaultKind(
        True, _l("修課學分（節數）"), _l("修課學分（節數）是 %(found)s，應為 1 到 9。"),
        DIRT, Mender.COURSE,
    ),
    "course.name": FaultKind(
        True, _l("科目名稱"), _l("課程沒有科目名稱。"), ROSTER, Mender.COURSE,
    ),
    # the outcome
    "outcome.state": FaultKind(
        True, _l("認證"), _l("這件成果目前不是「已認證」，不能提交。"), LIMITS, Mender.TEACHER,
    ),
    "outcome.other_files": FaultKind(
        True, _FILE, _l("目前的檔案與教師認證時的不同，需要重新認證。"), OWN, Mender.TEACHER,
    ),
    "outcome.no_file": FaultKind(
        True, _FILE, _l("這件成果沒有檔案。"), LIMITS, Mender.OUTCOME,
    ),
    "outcome.no_summary": FaultKind(
        True, _l("成果簡述"), _l("沒有填成果簡述。"), LIMITS, Mender.OUTCOME,
    ),
    "outcome.text": FaultKind(
        True, "%(field)s", _l("文字裡有看不見的控制字元，名冊無法收。"), ROSTER, Mender.OUTCOME,
    ),
    "outcome.summary": FaultKind(
        True, _l("成果簡述"), _l("有 %(n)s 字，超過 %(limit)s 字。"), LIMITS, Mender.OUTCOME,
    ),
    "outcome.file_kind": FaultKind(
        True, _FILE, _l("%(field)s的格式是 %(found)s，不在可提交的格式內。"),
        LIMITS, Mender.OUTCOME,
    ),
    "outcome.file_size": FaultKind(
        True, _FILE, _l("%(field)s有 %(n)s 位元組，超過 %(limit)s 位元組。"),
        LIMITS, Mender.OUTCOME,
    ),
    # the experience
    "experience.state": FaultKind(
        True, _l("狀態"), _l("這筆多元表現被退回後還沒有更正送出，不能提交。"),
        OWN, Mender.EXPERIENCE,
    ),
    "experience.field": FaultKind(
        True, "%(field)s", "%(said)s", ROSTER, Mender.EXPERIENCE,
    ),
    "experience.no_proof": FaultKind(
        True, _l("佐證"), _l("這一類需要證明文件；目前沒有。"), LIMITS, Mender.EXPERIENCE,
    ),
    "experience.text": FaultKind(
        True, "%(field)s", _l("文字裡有看不見的控制字元，名冊無法收。"),
        ROSTER, Mender.EXPERIENCE,
    ),
    "experience.summary": FaultKind(
        True, _l("內容簡述"), _l("有 %(n)s 字，超過 %(limit)s 字。"), LIMITS, Mender.EXPERIENCE,
    ),
    "experience.file_kind": FaultKind(
        True, _FILE, _l("%(field)s的格式是 %(found)s，不在可提交的格式內。"),
        LIMITS, Mender.EXPERIENCE,
    ),
    "experience.file_size": FaultKind(
        True, _FILE, _l("%(field)s有 %(n)s 位元組，超過 %(limit)s 位元組。"),
        LIMITS, Mender.EXPERIENCE,
    ),
    "experience.no_code": FaultKind(
        False, "%(field)s", _l("沒有代碼；中央資料庫的名冊有這一欄。"), ROSTER, Mender.EXPERIENCE,
    ),
    "experience.zero": FaultKind(
        False, "%(field)s", _l("是 0，通常是忘了填；沒有就留空。"), DIRT, Mender.EXPERIENCE,
    ),
    "experience.no_organiser": FaultKind(
        False, "%(field)s", _l("沒有填主辦（辦理、開設）單位。"), DIRT, Mender.EXPERIENCE,
    ),
    "experience.later": FaultKind(
        False, "%(field)s", _l("%(found)s 在今天之後，請核對。"), DIRT, Mender.EXPERIENCE,
    ),
    "experience.year": FaultKind(
        True, "%(field)s", _l("%(found)s 學年度晚於提交的 %(year)s 學年度。"),
        DIRT, Mender.EXPERIENCE,
    ),
    # the files, whosever they are
    "file.damaged": FaultKind(
        True, _FILE, _l("%(field)s有缺損，請先由系統管理者修復後再提交。"), OWN, Mender.VAULT,
    ),
    "file.missing": FaultKind(
        True, _FILE, _l("%(field)s的每一份副本都讀不到或大小不對。"), OWN, Mender.VAULT,
    ),
    # what will be seen on paper
    "text.glyph": FaultKind(
        False, "%(field)s", _l("「%(found)s」沒有可以列印的字型，提交名冊上會印成〓。"),
        OWN, Mender.PERSON,
    ),
}  # fmt: skip
