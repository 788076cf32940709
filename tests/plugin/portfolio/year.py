"""A school that is used by its pages alone: who acts, what is posted, the queue's work between.

Nothing here writes into the database; what a step needs to know it reads off a page, as people do.
"""

from __future__ import annotations

import html
import io
import re
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import openpyxl
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from huey import Huey

from plugin import db, jobs
from plugin.portfolio.kinds import kind
from plugin.school.models import Person, School
from tests.factories import YEAR, FrozenClock, actor_of
from tests.plugin.portfolio.experience_world import typed

CODE = "990115"
WANG, LI, CHEN = "1150101", "1150102", "1150103"
IDS = {WANG: "A123456789", LI: "B223456782", CHEN: "F131104093"}
CHINESE, MATHEMATICS = "國語文", "數學"
GOOD_CODE = f"115{CODE}H1110101010102"
"""Of mathematics; in September the office has not got it yet."""

SHEETS: dict[str, list[dict[str, Any]]] = {
    "教師": [
        {"教職員編號": "T001", "姓名": "陳老師"},
        {"教職員編號": "T002", "姓名": "林老師"},
    ],
    "班級": [{"班級代碼": "101", "班級名稱": "一年一班", "年級": "1", "導師編號": "T001"}],
    "學生": [
        {"班級代碼": "101", "座號": str(seat), "學號": number, "身分證號": IDS[number],
         "出生日期": birthday, "姓名": name}
        for seat, (number, name, birthday) in enumerate(
            [(WANG, "王小明", "099/03/04"), (LI, "李小華", "099/05/06"),
             (CHEN, "陳小美", "2010-07-08")],
            1,
        )
    ],
    "課程": [
        {"課程編號": "CHI1", "科目名稱": CHINESE, "課程代碼": f"115{CODE}H1110101010101",
         "年級": "1", "學分": "4"},
        {"課程編號": "MAT1", "科目名稱": MATHEMATICS, "課程代碼": "", "年級": "1",
         "學分": "4"},
    ],
    "授課": [
        {"課程編號": "CHI1", "教職員編號": "T001", "授課身分": "任課教師"},
        {"課程編號": "MAT1", "教職員編號": "T002", "授課身分": "任課教師"},
    ],
    "修課": [
        *({"課程編號": "CHI1", "學號": number} for number in IDS),
        {"課程編號": "MAT1", "學號": WANG},
    ],
}  # fmt: skip
"""What the school's office knows in September."""

SECRET = "只在諮詢室說過的話犇QX8815"
"""Stands in every text of the consultation."""
INSIDE = "COUNSELLING-FILE-QX8816"
"""Stands within the file of the consultation."""
MEMBER = "115_O.json"
FILM = kind("work", YEAR).title_of(typed("work"))
SERVICE = kind("service", YEAR).title_of(typed("service"))
OUTCOMES = (
    (WANG, CHINESE, "〈赤壁賦〉讀書心得", "比較前後赤壁賦的心境。"),
    (WANG, MATHEMATICS, "圓錐曲線的應用", "以橋梁照片擬合拋物線。"),
    (LI, CHINESE, "小說評論", "分析敘事觀點的轉換。"),
    (CHEN, CHINESE, "新詩朗讀", "錄下自己的朗讀並自評。"),
)
EXPERIENCES = (
    (WANG, "work", FILM, "在校慶放映的短片。"),
    (LI, "service", SERVICE, "陪伴小學生閱讀。"),
)


@dataclass
class Year:
    """One school, one browser, a clock, and a worker who is called by name."""

    app: Flask
    client: FlaskClient
    act_as: Callable[[Any], Any]
    clock: FrozenClock
    school: School

    def __post_init__(self) -> None:
        # the tests' queue does each job at once; here it lies in its file until `work`
        self.queue: Huey = self.app.extensions["licheng.queue"]
        self.queue.immediate = False

    def be(self, who: Person | str) -> Person:
        """From now on the pages are asked for by this person (a number, or a row)."""
        if isinstance(who, str):
            query = sa.select(Person).where(
                Person.school_id == self.school.id, Person.number == who
            )
            who = db.reading().scalars(query).one()
        self.act_as(actor_of(who))
        return who

    def page(self, address: str, *words: str) -> str:
        """A page as it is shown, with these words in it."""
        answer = self.client.get(address)
        assert answer.status_code == 200, (address, answer.status_code)
        for one in words:
            assert one in answer.text, f"{address}: no {one}\n{plain(answer.text)}"
        return answer.text

    def post(self, address: str, page: str = "", /, **values: Any) -> str:
        """Send a form with what its page carries hidden; returns where that leads."""
        shown = self.page(page or address)
        hidden = dict(re.findall(r'name="(version|page_key)" value="([^"]+)"', shown))
        token = re.search(r'name="csrf-token" content="([^"]+)"', shown)
        assert token
        files = any(isinstance(one, tuple) for one in values.values())
        answer = self.client.post(
            address,
            data=hidden | {"csrf_token": token[1]} | values,
            content_type="multipart/form-data" if files else None,
        )
        answer.request.environ["wsgi.input"].close()  # a large body is a temporary file
        assert answer.status_code == 302, (address, plain(answer.text))
        return str(answer.location)

    def work(self, failed: int = 0) -> None:
        """The worker empties the queue; so many jobs of the year were refused, none is left."""
        done = 0
        while (task := self.queue.dequeue()) is not None:
            self.queue.execute(task)
            done += 1
        assert done, "nothing was queued"
        db._close_reads()
        query = sa.select(jobs.Job.kind, jobs.Job.state, jobs.Job.error).where(
            jobs.Job.state != jobs.JobState.DONE
        )
        assert len(left := db.reading().execute(query).all()) == failed, left

    def bring(self, content: bytes, preview: str) -> None:
        """Bring a file in and have it applied, the worker working after each step."""
        address = self.post("/school/imports/new", file=(io.BytesIO(content), "校務系統匯出.xlsx"),
                            year=str(YEAR), term="1")  # fmt: skip
        self.page(address, "job-progress")
        self.work()
        self.page(address, preview)
        self.post(f"{address}/apply", address)
        self.work()
        self.page(address, "已套用")

    def course_id(self, name: str) -> str:
        """The course as the form offers it; a single one is chosen already."""
        page = self.page("/outcomes/new")
        offered = re.findall(
            r'name="course_id"[^>]*value="(\d+)"(?:(?!<input).)*?<label[^>]*>\s*([^<]+)'
            r'|<option value="(\d+)"[^>]*>([^<]+)', page, re.S,
        )  # fmt: skip
        names = {(one[1] or one[3]).strip(): one[0] or one[2] for one in offered}
        return next(value for label, value in names.items() if label.startswith(name))

    def download(self, address: str) -> bytes:
        """A file by its link, as an attachment."""
        with self.client.get(html.unescape(address)) as answer:
            assert answer.status_code == 200
            assert answer.headers["Content-Disposition"].startswith("attachment")
            return bytes(answer.data)

    def files(self, submission: str) -> dict[str, bytes]:
        """Every file of a submission's page by what it is called there."""
        found = re.findall(r'href="([^"]+)" download>([^<]+)<', self.page(submission))
        return {title: self.download(address) for address, title in found}


def filled(template: bytes, sheets: Mapping[str, Sequence[Mapping[str, Any]]]) -> bytes:
    """The school's template with rows typed into it."""
    book = openpyxl.load_workbook(io.BytesIO(template))
    for title, rows in sheets.items():
        columns = {cell.value: cell.column for cell in book[title][1]}
        for at, row in enumerate(rows, 2):
            for heading, value in row.items():
                book[title].cell(at, columns[heading], value)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def table(workbook: bytes, sheet: str) -> list[dict[str, Any]]:
    """A sheet of a workbook, row by row."""
    book = openpyxl.load_workbook(io.BytesIO(workbook))
    header, *rows = book[sheet].iter_rows(values_only=True)
    return [dict(zip(header, row, strict=True)) for row in rows]


def flipped(package: bytes, member: str) -> bytes:
    """The package with one bit of a member's encrypted bytes turned."""
    with zipfile.ZipFile(io.BytesIO(package)) as archive:
        info = archive.getinfo(member)
    changed = bytearray(package)
    changed[info.header_offset + 30 + len(info.filename) + 60] ^= 1
    return bytes(changed)


def plain(page: str) -> str:
    """What stands on a page, without its marks."""
    body = page.partition("<main")[2] or page
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", body)))[:3000]


def found(pattern: str, page: str) -> str:
    """What an address or a field on a page says."""
    match = re.search(pattern, page)
    assert match, f"no {pattern}\n{plain(page)}"
    return match[1]
