"""Who belongs to the demo school and what is taught there: plain values, always the same."""

from __future__ import annotations

import itertools
import random
from dataclasses import dataclass, field
from datetime import date, timedelta

from plugin.actor import Role
from plugin.school.terms import ROC, Term

SCHOOL_CODE, SCHOOL_NAME = "990001", "青田高級中學"
MAIL_DOMAIN = "qingtian.test"
OFFICE_CODE, OFFICE_NAME = "990901", "青田環境教育認證中心"
OFFICE_COURSE, OFFICE_COURSE_ID = "certify", "902"
"""Short name and id of the LMS course in which the issuing office's people meet the tool."""
OFFICE_ACTIVITY = "環境教育認證"
"""How the LMS calls it there."""
CLASSES, SEATS = {1: 3, 2: 3, 3: 1}, 20
"""How many classes each grade has; how many students a class."""
_DIGITS = "一二三四五六七八九"

SUBJECTS = {
    # key: name, credits, domain (characters 20–21 of the course code)
    "CHI": ("國語文", 4, "01"),
    "ENG": ("英語文", 4, "01"),
    "MAT": ("數學", 4, "02"),
    "PHY": ("基礎物理", 2, "04"),
    "ART": ("美術", 2, "05"),
}
"""The subjects that carry credits."""

CLUB = "CLB"
"""團體活動時間: no credits and attribute 0, so no outcome can come of it."""

_SURNAMES = "陳林黃張李王吳劉蔡楊許鄭謝郭洪曾邱廖賴周葉蘇莊呂江何羅高蕭潘簡朱鍾游詹胡施沈余盧"
_FIRST = "怡家思冠雅宗詩柏欣承宥品芷彥語子宜承睿郁筱育佳俊心昱靖禹若映沛允采書亭翊恩念以"
_SECOND = "君豪妤廷婷翰涵安蓉恩翔妍晴均霖瑜臻軒蓁睿潔倫穎傑怡辰萱哲瑄齊芯澤彤宸瑋綺謙嫻甯岑"
RARE = {
    (1, 1, 7): "游錫堃",
    (1, 1, 12): "王喆",
    (1, 2, 5): "林峯",
    (1, 2, 9): "陳犇",
    (1, 3, 4): "黃𤧟",
    (2, 1, 6): "巴奈・庫穗・達給・撒古流・巴瓦瓦隆・卡拉瓦斯・馬勒額",
}
"""Names that printers and databases stumble over, by (grade, class, seat)."""


@dataclass(frozen=True)
class PlannedPerson:
    """One person, before there is a row for them."""

    number: str
    """學號 or staff number; the LMS's idnumber."""
    username: str
    family: str
    given: str
    group: str
    """Heading under which the LMS's role switch shows them."""
    hint: str = ""
    roles: tuple[Role, ...] = ()
    lms_role: str = "teacher"
    national_id: str = ""
    birthday: date | None = None

    @property
    def name(self) -> str:
        return self.family + self.given

    @property
    def email(self) -> str:
        return f"{self.username}@{MAIL_DOMAIN}"


@dataclass(frozen=True)
class PlannedClass:
    """One class with its students by seat, from 1."""

    grade: int
    code: str
    name: str
    homeroom: str
    """Staff number."""
    students: tuple[PlannedPerson, ...]


@dataclass(frozen=True)
class PlannedCourse:
    """One course of one class in one term."""

    term: Term
    number: str
    code: str
    name: str
    subject: str
    grade: int
    credits: int
    teacher: str
    """Staff number."""
    class_code: str


@dataclass(frozen=True)
class Plan:
    """The whole school in the present term; `last_courses` were taught in the term before."""

    term: Term
    before: Term
    staff: tuple[PlannedPerson, ...]
    parent: PlannedPerson
    classes: tuple[PlannedClass, ...]
    last_classes: tuple[PlannedClass, ...]
    """Where today's second grade sat a year ago; empty when the last term is of the same year."""
    courses: tuple[PlannedCourse, ...]
    last_courses: tuple[PlannedCourse, ...] = field(default=())

    @property
    def students(self) -> list[PlannedPerson]:
        return [student for one in self.classes for student in one.students]

    def class_of(self, code: str) -> PlannedClass:
        return next(one for one in self.classes if one.code == code)

    def person(self, number: str) -> PlannedPerson:
        return next(p for p in [*self.staff, self.parent, *self.students] if p.number == number)


def make_plan(term: Term) -> Plan:
    """The demo school as it is in `term`; the same term gives the same school."""
    chance = random.Random(f"青田{term.academic_year}")  # a stage, not a lottery: any seed will do
    staff, teachers = _staff()
    classes = tuple(
        _class(chance, term.academic_year, grade, n, teachers)
        for grade, count in CLASSES.items()
        for n in range(1, count + 1)
    )
    courses = tuple(_courses(term, classes, teachers))
    before = Term(term.academic_year, 1) if term.term == 2 else Term(term.academic_year - 1, 2)
    upper = tuple(one for one in classes if one.grade == 2)
    none: tuple[PlannedClass, ...] = ()
    if before.academic_year == term.academic_year:
        last_classes, taught = none, upper
    else:
        # A year ago the second grade was the first, in the same classes with other names.
        last_classes = taught = tuple(
            PlannedClass(1, f"1{c.code[1:]}", f"一年{c.name[2:]}", c.homeroom, c.students)
            for c in upper
        )
    last = tuple(_courses(before, taught, teachers, subjects=("CHI", "MAT", "ART")))
    child = classes[0].students[0]
    parent = PlannedPerson(
        "P00001", "parent1", child.family, "大同", "家長", "查看孩子的學習歷程（唯讀）",
        (Role.PARENT,), "parent",
    )  # fmt: skip
    return Plan(term, before, staff, parent, classes, last_classes, courses, last)


def _staff() -> tuple[tuple[PlannedPerson, ...], dict[tuple[str, int], str]]:
    """Everybody employed, and who teaches which (subject, grade)."""
    taught = [(subject, grade) for grade in CLASSES for subject in SUBJECTS]
    names = [
        "周美玲",
        "許建國",
        "蔡雅慧",
        "李志強",
        "吳佩珊",
        "鄭文傑",
        "謝淑芬",
        "郭俊宏",
        "洪麗雲",
        "曾國華",
        "彭雅雯",
        "江宗達",
        "石美珍",
        "田書豪",
        "莫麗君",
    ]
    people, teachers = [], {}
    for n, (name, (subject, grade)) in enumerate(zip(names, taught, strict=True), 1):
        number, of = f"T{n:03}", f"{_DIGITS[grade - 1]}年級{SUBJECTS[subject][0]}"
        teachers[subject, grade] = number
        hint = f"{of}；認證學生的成果" if n <= 2 else of
        people.append(_member(number, f"teacher{n}", name, "教師", hint))
    office = [
        ("A001", "registry1", "林淑惠", "行政", "註冊組：統計、提交、名冊", Role.REGISTRY),
        ("A002", "affairs1", "賴明德", "行政", "學務處", Role.STUDENT_AFFAIRS),
        ("A003", "counsellor1", "廖心怡", "行政", "課程諮詢教師", Role.COUNSELLOR),
        ("A004", "admin", "簡資安", "平臺管理者", "LMS 管理者：安裝工具；也是歷程的系統管理者",
         Role.ADMINISTRATOR),
    ]  # fmt: skip
    for number, username, name, group, hint, role in office:
        lms_role = {"admin": "admin", "counsellor1": "noneditingteacher"}.get(username, "teacher")
        people.append(_member(number, username, name, group, hint, (role,), lms_role))
    return tuple(people), teachers


def _member(
    number: str,
    username: str,
    name: str,
    group: str,
    hint: str,
    roles: tuple[Role, ...] = (),
    lms_role: str = "teacher",
) -> PlannedPerson:
    return PlannedPerson(number, username, name[0], name[1:], group, hint, roles, lms_role)


def _class(
    chance: random.Random, year: int, grade: int, n: int, teachers: dict[tuple[str, int], str]
) -> PlannedClass:
    name = f"{_DIGITS[grade - 1]}年{_DIGITS[n - 1]}班"
    homeroom = teachers[list(SUBJECTS)[n - 1], grade]
    intake = year - grade + 1
    students = tuple(_student(chance, intake, grade, n, seat, name) for seat in range(1, SEATS + 1))
    return PlannedClass(grade, f"{grade}{n:02}", name, homeroom, students)


def _student(
    chance: random.Random, intake: int, grade: int, n: int, seat: int, class_name: str
) -> PlannedPerson:
    number = f"{intake}{n:02}{seat:02}"
    name = RARE.get((grade, n, seat)) or (
        chance.choice(_SURNAMES) + chance.choice(_FIRST) + chance.choice(_SECOND)
    )
    birthday = date(intake + ROC - 16, 9, 1) + timedelta(days=chance.randrange(365))
    hint = _HINTS.get((grade, n, seat), "")
    return PlannedPerson(
        number, f"s{number}", name[0], name[1:], f"學生 {class_name}", hint, (Role.STUDENT,),
        "student", national_id(chance), birthday,
    )  # fmt: skip


_HINTS = {
    (1, 1, 1): "七件已認證，可以試勾選",
    (1, 1, 2): "有一件被退回，可以修改重送",
    (1, 1, 3): "從上傳第一件成果開始",
    (2, 1, 1): "已勾選並確認",
    (3, 1, 1): "三年級：第一梯次已勾選並確認",
}


def national_id(chance: random.Random) -> str:
    """A well-formed 身分證字號 of an invented person: letter, sex, seven digits, check digit."""
    codes = dict(zip("ABCDEFGHJKLMNPQRSTUVXYWZIO", range(10, 36), strict=True))
    letter = chance.choice("ABCDEFGHJKLMNPQRSTUVXYWZIO")
    digits = [chance.choice((1, 2)), *(chance.randrange(10) for _ in range(7))]
    weights = range(8, 0, -1)
    total = codes[letter] // 10 + codes[letter] % 10 * 9
    total += sum(w * d for w, d in zip(weights, digits, strict=True))
    return letter + "".join(map(str, digits)) + str(-total % 10)


def _courses(
    term: Term,
    classes: tuple[PlannedClass, ...],
    teachers: dict[tuple[str, int], str],
    subjects: tuple[str, ...] = (*SUBJECTS, CLUB),
) -> list[PlannedCourse]:
    return [
        _course(term, one, subject, teachers)
        for one, subject in itertools.product(classes, subjects)
    ]


def _course(
    term: Term, of: PlannedClass, subject: str, teachers: dict[tuple[str, int], str]
) -> PlannedCourse:
    number = f"{term.academic_year}-{term.term}-{subject}-{of.code}"
    intake = term.academic_year - of.grade + 1
    # intake 3 · school 6 · type H · group 11 · programme 101 · class group 0 · class · way 0 ·
    # attribute · domain 2 · subject 2 (central-rosters §5)
    head = f"{intake}{SCHOOL_CODE}H111010"
    if subject == CLUB:
        code, name, credits_, teacher = f"{head}8000601", "團體活動", 0, of.homeroom
    else:
        title, credits_, domain = SUBJECTS[subject]
        sequence = list(SUBJECTS).index(subject) + 1
        code, name = f"{head}101{domain}{sequence:02}", f"{title}（{_DIGITS[of.grade - 1]}）"
        teacher = teachers[subject, of.grade]
    return PlannedCourse(term, number, code, name, subject, of.grade, credits_, teacher, of.code)
