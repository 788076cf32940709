"""What people of the journeys of certification do again and again."""

from __future__ import annotations

import random
import re
from pathlib import Path

from playwright.sync_api import Frame, Locator, Page, expect

from plugin.demo import office_papers
from plugin.demo.plan import OFFICE_ACTIVITY, OFFICE_CODE, OFFICE_COURSE_ID, national_id
from scripts import applicant
from tests.journeys.browser import Someone, axe, runs_off
from tests.journeys.stack import POOL, Stack

SCHOOL = "青田國民小學"
PAPERS = ("experience", "hours", "plan", "results")
"""What an administrative application by experience asks for of somebody not designated."""
KEEP, NEXT = "先儲存", "儲存並繼續"


def somebody() -> tuple[str, str]:
    """A national ID and an address that nobody has used before."""
    number = national_id(random.Random())
    return number, f"{number.lower()}@school.test"


def area(stack: Stack) -> str:
    """Address of the office's public pages."""
    return f"{stack.url}/office/{OFFICE_CODE}/certification"


def sound(page: Page | Frame) -> None:
    """axe finds nothing on the page, and it is not wider than the window."""
    assert axe(page) == [], page.url
    assert runs_off(page) == 0, page.url


def follow(page: Page | Frame, pressed: Locator) -> None:
    """Press a link or a button, and wait for the page that comes."""
    with page.expect_navigation():
        pressed.click()


def enter(someone: Someone, number: str, email: str) -> Page:
    """Come in by the public door: ID, address, a question, the code of a real mail."""
    mail, page = someone.stack.house.mail, someone.page
    had = applicant.codes_of(mail, email)
    someone.watch.expected.add(422)  # asked for a code twice within a minute
    page.goto(f"{area(someone.stack)}/enter")
    ask_for_code(page, number, email)
    if found := re.search(r"(\d+) 秒後可以再寄", page.locator("main").inner_text()):
        # Asked twice within a minute: whoever has changed the device waits as they are told.
        page.wait_for_timeout((int(found[1]) + 1) * 1000)
        ask_for_code(page, number, email)
    page.get_by_label("驗證碼").fill(applicant.code_for(mail, email, before=had))
    page.get_by_role("button", name="提交").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("環境教育人員認證")
    return page


def ask_for_code(page: Page, number: str, email: str) -> None:
    """Fill the door's form in and answer its question."""
    page.get_by_label("身分證統一編號").fill(number)
    page.get_by_label("電子信箱").fill(email)
    page.locator("#answer").fill(applicant.answer(applicant.question_in(page.content())))
    page.wait_for_timeout(applicant.READING_SECONDS * 1000)
    follow(page, page.get_by_role("button", name="寄送驗證碼"))


def consent(page: Page, publish: str = "同意公開") -> None:
    """The first step, and on to the next."""
    page.get_by_label("我保證填報資料及附件屬實").check()
    page.get_by_label(publish, exact=True).check()
    page.get_by_label("我已詳細閱讀並同意上述說明").check()
    page.get_by_role("button", name=NEXT).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("基本資料")


def basics(page: Page, name: str, *, category: str = "行政人員") -> None:
    """All but the school of service; what is known stands there already."""
    for label, words in (
        ("中文姓名", name),
        ("英文姓", "LIN"),
        ("英文名", "JO-SHUI"),
        ("生日", "78/4/5"),
        ("聯絡電話", "04-22330011#12"),
        ("行動電話", "0900000000"),
        ("職稱", "衛生組長"),
    ):
        page.get_by_label(label).fill(words)
    page.get_by_label("女", exact=True).check()
    page.get_by_label(category, exact=True).check()
    page.get_by_label("經歷（辦法第 5 條）").check()
    page.get_by_role("group", name="是否為指定人員").get_by_label("否", exact=True).check()


def essays(page: Page) -> None:
    """The five answers."""
    page.get_by_label("氣候變遷", exact=True).check()
    for name, words in office_papers.essays().items():
        page.locator(f"textarea[name={name}]").fill(words)


def paper(name: str) -> Path:
    """A document of the demo applicants; the demo seed has made it."""
    return POOL / f"ee-{name}.pdf"


def hand_up(page: Page, name: str) -> None:
    """Choose a document; it is sent at once and stays."""
    page.locator(f"input[type=file][name={name}]").set_input_files(paper(name))
    expect(page.locator(f"input[name={name}-ref]")).to_have_count(1)


def number_on(page: Page | Frame) -> str:
    """The case number that a page shows."""
    found = page.locator("main").get_by_text("EE1").first.inner_text()
    start = found.index("EE1")
    return found[start : start + len("EE115-00001")]


def office(someone: Someone, username: str) -> Frame:
    """Somebody of the issuing office opens it from its course in the LMS."""
    person = someone.stack.person(username)
    frame = someone.launch(person, OFFICE_COURSE_ID, OFFICE_ACTIVITY)
    expect(frame.get_by_role("heading", level=1)).to_have_text("首頁")  # which lesson: not asked
    return frame
