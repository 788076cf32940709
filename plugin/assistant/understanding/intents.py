"""The intents and roles that exist, read from intents.yaml (names: SPEC section 5)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType

import yaml

HERE = Path(__file__).resolve().parent
FILE = HERE / "intents.yaml"
ANYONE = "anyone"
OUT_OF_SCOPE = "out_of_scope"


@dataclass(frozen=True)
class Intent:
    """One intent.

    :param speakers: roles that usually speak it; every role when it is for anyone.
    :param zh, en: its short name for "did you mean".
    """

    name: str
    speakers: frozenset[str]
    zh: str
    en: str


@cache
def roles() -> tuple[str, ...]:
    """The roles that a sentence may be spoken by."""
    return tuple(_read()["roles"])


@cache
def intents() -> MappingProxyType[str, Intent]:
    """Every intent by its name, in the order of SPEC section 5."""
    found = {}
    for name, one in _read()["intents"].items():
        speakers = roles() if ANYONE in one["speakers"] else one["speakers"]
        found[name] = Intent(name, frozenset(speakers), one["zh"], one["en"])
    return MappingProxyType(found)


@cache
def _read() -> dict:
    read: dict = yaml.safe_load(FILE.read_text("utf-8"))
    return read


_ROLE_WORDS = {
    "student": "student 學生 學員 learner pupil trainee applicant 同學",
    "teacher": "teacher instructor 教師 老師 任課教師 任課老師 substitute 代理人 staff 教職員",
    "counsellor": "counsellor counselor 課程諮詢教師 課諮教師 課諮師 輔導老師 輔導教師 諮詢教師",
    "homeroom": "homeroom homeroom_teacher 導師 班導 班級導師",
    "registry": "registry registrar 註冊組 註冊組長 教務處 教務 academic_affairs exchange 交換人員",
    "student_affairs": "student_affairs affairs 學務處 學務 訓育組 社團",
    "administrator": "administrator admin 管理員 管理者 系統管理員 issuing_office office"
    " 核發機關 校長 programme_office program_office 計畫辦公室",
    "parent": "parent mentor guardian 家長 父母 監護人",
    "reviewer": "reviewer 審查委員 審查 委員 審查員 issuing",
    "training_unit": "training_unit 開課單位 訓練單位 培訓單位 unit provider",
    "unit_staff": "unit_staff 填報人 填報人員 單位填報人 unitstaff",
    "ir_officer": "ir_officer ir 校務研究 校務研究人員 校研",
}
_BY_WORD = {word: role for role, words in _ROLE_WORDS.items() for word in words.split()}


def role_of(word: str) -> str | None:
    """The role that a word names, in Chinese or English, generously; None: no such role."""
    key = word.strip().lower().replace("-", "_").replace(" ", "_")
    return _BY_WORD.get(key) or _BY_WORD.get(key.rstrip("s"))
