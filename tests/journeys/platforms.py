"""What people do on the pages of an LMS, whichever it acts as, and in the tool's frame in them."""

from __future__ import annotations

import os
from collections.abc import Callable

from playwright.sync_api import Frame, Locator, Page, expect

from scripts import run
from tests.journeys.browser import Someone, axe, frame_in, picture, runs_off
from tests.journeys.stack import Stack

NEXT_STEP = {
    "moodle": "顯示在活動選單",
    "canvas": "Canvas 會列出歷程要求的權限",
    "brightspace": "檢視部署 → 新增部署",
    "generic": "在平臺的工具清單啟用",
}
"""What the success page of the installation tells the administrator of each LMS to do next."""
STRANGER = {
    "id": "990",
    "username": "guest990",
    "family_name": "林",
    "given_name": "旁聽",
    "email": "guest990@example.test",
    "idnumber": "",
    "role": "student",
    "group": "旁聽生",
    "hint": "",
}
"""Somebody whom the LMS knows and the school's roster does not."""

ASK_AGAIN = """async ([row, words]) => {
  for (;;) {
    const text = await (await fetch(location.href)).text();
    const page = new DOMParser().parseFromString(text, "text/html");
    const rows = [...page.querySelectorAll("tr")].map((one) => one.textContent);
    if (rows.some((one) => one.includes(row) && one.includes(words))) return true;
    await new Promise((done) => setTimeout(done, 300));
  }
}"""

ASK_UNTIL_GONE = """async (words) => {
  while ((await (await fetch(location.href)).text()).includes(words)) {
    await new Promise((done) => setTimeout(done, 300));
  }
  return true;
}"""


def sound(page: Frame | Page, name: str = "") -> None:
    """A page without axe's complaints and no wider than its frame."""
    assert axe(page) == [], page.url
    assert runs_off(page) == 0, page.url
    if name and os.environ.get("LICHENG_PICTURES"):
        picture(page if isinstance(page, Page) else page.page, name)


def row_of(page: Page | Frame, words: str) -> Locator:
    return page.get_by_role("row").filter(has_text=words)


def wait_for_row(page: Page | Frame, row: str, words: str) -> None:
    """Ask for this page until a row of its tables says so: workers do what is awaited here."""
    page.wait_for_function(ASK_AGAIN, arg=[row, words])
    page.goto(page.url)
    expect(row_of(page, row)).to_contain_text(words)


def wait_until_gone(page: Page, words: str) -> None:
    """Ask for this page until it says so no longer."""
    page.wait_for_function(ASK_UNTIL_GONE, arg=words)
    page.goto(page.url)
    expect(page.get_by_text(words)).to_have_count(0)


def name_of(person: dict[str, str]) -> str:
    return person["family_name"] + person["given_name"]


def install(someone: Someone, stack: Stack) -> None:
    """Paste the link, confirm in the tool's own page, read what comes next, activate."""
    page = someone.page
    someone.become(stack.person("admin"))
    page.goto(f"{stack.lms_url}/admin/tools")
    page.get_by_label("工具註冊網址").fill(run.invitation(stack.house))
    page.get_by_role("button", name="加入 LTI Advantage").click()
    tool = _registration_page(someone)
    tool.locator("#main-content").wait_for()
    sound(tool, f"{stack.mode}-install")
    tool.get_by_role("button", name="確認安裝").click()
    expect(tool.get_by_role("heading", level=1)).to_contain_text("安裝完成")
    expect(tool.locator("main")).to_contain_text(NEXT_STEP[stack.mode])
    sound(tool, f"{stack.mode}-installed")
    tool.get_by_role("button", name="完成，關閉這個畫面").click()
    # The LMS was told that it is done, and shows its tools.
    card = page.locator(".tool-card")
    expect(card).to_contain_text("待啟用")
    card.get_by_role("button", name="啟用").click()
    expect(card).to_contain_text("已啟用")


def _registration_page(someone: Someone) -> Frame | Page:
    someone.page.wait_for_url("**/admin/tools/register?*")
    tab = someone.page.locator("#registration-tab")
    if not tab.count():
        return someone.frame()
    with someone.context.expect_page() as opened:
        tab.click()
    return opened.value


def choose_content(
    someone: Someone, course: str, choose: Callable[[Frame], None], name: str = ""
) -> None:
    """Deep linking: open the tool's choice from the course, tick there, save in the LMS."""
    page = someone.page
    page.goto(f"{someone.stack.lms_url}/course/{course}")
    page.get_by_role("link", name="選取內容").click()
    frame = someone.frame()
    choose(frame)
    sound(frame, name)
    frame.get_by_role("button", name="加入課程").click()
    # The tool's page posts its signed answer by itself; the LMS shows it in the same frame.
    answer = frame_in(page)
    expect(answer.get_by_role("heading", name="選取的內容")).to_be_visible()
    expect(answer.locator("main")).to_contain_text("成績簿欄位，滿分 1")
    answer.get_by_role("button", name="儲存並回課程").click()
    page.wait_for_url(f"**/course/{course}")


def link_everywhere(someone: Someone) -> None:
    """Put the tool into every course that has no link to it, as 學習歷程."""
    stack = someone.stack
    someone.become(stack.person("admin"))
    someone.page.goto(f"{stack.lms_url}/admin/tools")
    everywhere = someone.page.locator("form[action$='/everywhere']").first
    with someone.page.expect_response(lambda answer: answer.url.endswith("/everywhere")):
        everywhere.evaluate("""(form) => {
          const title = document.createElement("input");
          Object.assign(title, {type: "hidden", name: "title", value: "學習歷程"});
          form.append(title);
          form.requestSubmit();
        }""")
    expect(someone.page.locator(".tool-card").first).to_be_visible()


def tool_by_hand(someone: Someone, name: str, course: str) -> tuple[str, str, str]:
    """Enter the tool by its addresses, activate it, deploy it once more in one course.

    Returns:
        client id, deployment on the whole site, deployment in the course.
    """
    page, stack = someone.page, someone.stack
    page.goto(f"{stack.lms_url}/admin/tools")
    for label, value in (
        ("工具名稱", name),
        ("登入起始網址", f"{stack.url}/lti/login"),
        ("啟動網址", f"{stack.url}/lti/launch"),
        ("金鑰集網址", f"{stack.url}/lti/jwks"),
    ):
        page.get_by_label(label).fill(value)
    page.get_by_role("button", name="加入", exact=True).click()
    card = page.locator(".tool-card", has_text=name)
    card.get_by_role("button", name="啟用").click()
    card.get_by_label("課程").select_option(course)
    card.get_by_role("button", name="在這門課另行部署").click()
    expect(card).to_contain_text("已啟用")
    client, site, in_course, _domain = card.locator("dd code").all_inner_texts()
    return client, site, in_course


def claim_deployment(someone: Someone, course: str, code: str) -> Frame:
    """Add the newest tool to a course, open it, enter the school's code, open it again."""
    page = someone.page
    page.goto(f"{someone.stack.lms_url}/course/{course}")
    page.get_by_role("button", name="直接加入").last.click()
    page.locator("iframe.tool").wait_for()
    frame = frame_in(page)
    # A storage that does not answer costs the launch its whole patience (tests/journeys/stack.py).
    expect(frame.get_by_role("link", name="輸入部署代碼")).to_be_visible(timeout=30_000)
    sound(frame)
    frame.get_by_role("link", name="輸入部署代碼").click()
    frame.get_by_role("textbox").fill(code)
    sound(frame, "claim-deployment")
    frame.get_by_role("button", name="認領這個部署").click()
    expect(frame.get_by_role("button", name="認領這個部署")).to_have_count(0)
    sound(frame)
    page.goto(page.url)
    return someone.frame()


def gradebook(someone: Someone, course: str) -> Page:
    someone.page.goto(f"{someone.stack.lms_url}/course/{course}/grades")
    return someone.page
