"""One school on each platform that the demo LMS acts as: from the pasted link to the grade.

Each platform is one house, started once for the whole file. What differs between platforms stands
in the tables here; the steps are the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Frame, Playwright, expect

from lti.platform.modes import PRIVACY
from tests.journeys.acts import menu, send_outcome
from tests.journeys.browser import Someone, browser_with, frame_in, visitors
from tests.journeys.platforms import (
    STRANGER,
    choose_content,
    claim_deployment,
    gradebook,
    install,
    link_everywhere,
    name_of,
    row_of,
    sound,
    tool_by_hand,
    wait_for_row,
    wait_until_gone,
)
from tests.journeys.stack import Stack, running
from tests.journeys.test_every_page import OFFICE, PARENTS

LINK, DESK = "本課程的學習成果", "認證桌"
TITLE = "歷程平臺專題"


@pytest.fixture(scope="module", params=["moodle", "canvas", "brightspace"])
def stack(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, chromium: Browser
) -> Iterator[Stack]:
    """A house whose LMS acts as one platform; the tool was installed there by its administrator."""
    mode = request.param
    with running(tmp_path_factory.mktemp(mode), mode, installed=False) as stack:
        with visitors(chromium, stack) as arrive:
            someone = arrive()
            install(someone, stack)
            assert someone.watch.strangers() == []
        yield stack


def test_a_course_from_its_first_link_to_the_grade(someone: Someone, stack: Stack) -> None:
    student = stack.hinted("從上傳第一件成果開始")
    course = stack.course(student, "MAT")
    teacher = stack.teacher_of(course)
    stack.enrol(course, STRANGER)

    # The teacher's course has no activity yet; what comes into it is chosen in the tool.
    someone.become(teacher)
    someone.page.goto(f"{stack.lms_url}/course/{course}")
    expect(someone.page.get_by_text("還沒有活動。")).to_be_visible()
    choose_content(someone, course, _two_of_them, f"{stack.mode}-select")
    expect(someone.page.locator(".tiles a")).to_have_text([re.compile(LINK), re.compile(DESK)])
    assert stack.last_launch() == ("OK", "cookie")

    # A student's first launch, by the link that asks for outcomes of this course.
    frame = someone.launch(student, course, LINK)
    expect(frame.get_by_role("heading", level=1)).to_contain_text("的學習成果")
    sound(frame, f"{stack.mode}-student")
    send_outcome(someone, student, course, TITLE, LINK)

    # The gradebook, and from there the student's work.
    someone.become(teacher)
    book = gradebook(someone, course)
    if stack.mode == "moodle":  # there, to tell of what waits would empty what is there
        stack.let_work_end("services.grades")
        book = gradebook(someone, course)
        expect(row_of(book, name_of(student))).to_contain_text("—")
        expect(row_of(book, name_of(student))).not_to_contain_text("已繳交")
    else:
        wait_for_row(book, name_of(student), "已繳交")
    row_of(book, name_of(student)).get_by_role("link", name="查看繳交").first.click()
    frame = someone.frame()
    expect(frame.get_by_role("heading", level=1)).to_contain_text(TITLE)
    sound(frame, f"{stack.mode}-review")
    frame.get_by_role("button", name="是，認證").click()
    expect(frame.locator(".lc-message")).to_contain_text(f"已認證「{TITLE}」")
    book = gradebook(someone, course)
    wait_for_row(book, name_of(student), "1.0")
    assert row_of(book, name_of(STRANGER)).inner_text().count("—")

    if stack.mode == "moodle":  # and what waits after that empties nothing
        send_outcome(someone, student, course, f"{TITLE}二", LINK)
        stack.let_work_end("services.grades")
        someone.become(teacher)
        expect(row_of(gradebook(someone, course), name_of(student))).to_contain_text("1.0")

    assert someone.watch.leaks() == []
    assert someone.watch.strangers() == []


def test_where_there_is_no_dynamic_registration_both_sides_are_typed_in(
    chromium: Browser, tmp_path: Path
) -> None:
    """As `LICHENG_LMS_MODE=blackboard make run` does it."""
    with running(tmp_path, "blackboard") as stack, visitors(chromium, stack) as arrive:
        someone = arrive()
        student = stack.hinted("從上傳第一件成果開始")
        frame = someone.launch(student, stack.course(student, "MAT"))
        expect(frame.get_by_role("heading", level=1)).to_have_text("首頁")
        expect(frame.locator(".lc-who__person")).to_have_text(name_of(student))
        assert someone.watch.strangers() == []


@pytest.fixture
def linked(stack: Stack, chromium: Browser) -> Stack:
    """The house, with a link to the tool in every course."""
    with visitors(chromium, stack) as arrive:
        link_everywhere(arrive())
    return stack


def test_a_roster_is_read_by_the_button(someone: Someone, linked: Stack) -> None:
    student = linked.hinted("從上傳第一件成果開始")
    course = linked.course(student, "CHI")
    frame = someone.launch(linked.teacher_of(course), course)
    linked.enrol(course, STRANGER)
    menu(frame, "課程名單")
    sound(frame)
    frame.get_by_role("main").get_by_role("link", name=re.compile("國語文|國文")).first.click()
    frame.get_by_role("button", name="立即更新名單").click()
    wait_for_row(frame, name_of(STRANGER), "尚未認出")
    sound(frame, f"{linked.mode}-roster")

    # Whom nobody knows waits for the registry; the others were found by their number.
    frame = someone.launch(linked.person("registry1"), OFFICE)
    menu(frame, "帳號配對")
    wait_for_row(frame, name_of(STRANGER), STRANGER["email"])
    assert not row_of(frame, name_of(student)).count()
    sound(frame, f"{linked.mode}-accounts")
    assert someone.watch.leaks() == []


def on(*modes: str) -> pytest.MarkDecorator:
    """On these platforms only, or on one that is not among the usual."""
    return pytest.mark.parametrize("stack", modes, indirect=True)


@on("moodle", "canvas")
@pytest.mark.parametrize("cookies", ["no third-party", "lms only"])
def test_a_launch_is_proven_whatever_happens_to_cookies(
    cookies: str, playwright: Playwright, linked: Stack, tmp_path: Path
) -> None:
    student = linked.hinted("從上傳第一件成果開始")
    first, second = linked.course(student, "CHI"), linked.course(student, "ENG")
    bare = "storage" if linked.mode == "canvas" else "origin"
    proof = bare if cookies == "lms only" else "cookie"
    with browser_with(playwright, linked, tmp_path / "profile", cookies=cookies) as someone:
        one = someone.launch(student, first)
        assert linked.last_launch() == ("OK", proof)
        other_tab = Someone(linked, someone.context, someone.context.new_page(), someone.watch)
        two = other_tab.open(second)
        assert linked.last_launch() == ("OK", proof)
        # Two tabs of two courses: whatever is done in one, the other stays in its own.
        for _ in range(2):
            for frame, name in ((one, "國語文"), (two, "英語文")):
                frame.page.bring_to_front()  # what lies behind is not painted, nor well clicked
                menu(frame, "我的學習成果")
                frame.wait_for_url("**/outcomes")
                frame.get_by_role("link", name="上傳學習成果").click()
                frame.wait_for_url("**/outcomes/new*")
                expect(frame.get_by_role("radio", name=re.compile(name))).to_be_checked()
        if cookies == "lms only":
            assert set(someone.watch.cookies_sent()) == {""}
        assert someone.watch.leaks() == []
        assert someone.watch.strangers() == []
        assert someone.watch.faults == []


@on("canvas")
def test_a_storage_that_never_answers_does_not_lock_out(
    playwright: Playwright, linked: Stack, tmp_path: Path
) -> None:
    student = linked.hinted("從上傳第一件成果開始")
    with (
        browser_with(playwright, linked, tmp_path / "profile", cookies="lms only") as someone,
        linked.lms_fault(storage_silent=True),
    ):
        frame = someone.launch(student, linked.course(student, "CHI"))
        expect(frame.get_by_role("heading", level=1)).to_have_text("首頁")
        assert linked.last_launch() == ("OK", "origin")
        assert someone.watch.faults == []


@on("moodle")
def test_a_hidden_origin_leads_into_a_window_of_its_own(
    playwright: Playwright, linked: Stack, tmp_path: Path
) -> None:
    student = linked.hinted("從上傳第一件成果開始")
    profile = tmp_path / "profile"
    with (
        browser_with(playwright, linked, profile, cookies="not in the frame") as someone,
        linked.lms_fault(hide_origin=True),
    ):
        someone.watch.expected = {403}
        someone.become(student)
        someone.page.goto(f"{linked.lms_url}/course/{linked.course(student, 'CHI')}")
        someone.page.locator(".tiles a").first.click()
        frame = frame_in(someone.page)
        expect(frame.get_by_role("heading", level=1)).to_have_text("沒有進入歷程")
        expect(frame.locator("main")).to_contain_text("ORIGIN_HIDDEN")
        assert linked.last_launch() == ("ORIGIN_HIDDEN", "")
        sound(frame, "origin-hidden")
        with someone.context.expect_page() as opened:
            frame.get_by_role("link", name="在新視窗開啟").click()
        window = opened.value
        expect(window.get_by_role("heading", level=1)).to_have_text("首頁")
        expect(window.locator(".lc-who__person")).to_have_text(name_of(student))
        assert linked.last_launch() == ("OK", "cookie")
        sound(window)
        assert someone.watch.leaks() == []
        assert someone.watch.faults == []


@on("generic")
def test_terms_and_privacy_are_shown_where_the_platform_asks(
    someone: Someone, linked: Stack
) -> None:
    student = linked.hinted("從上傳第一件成果開始")
    page = someone.page
    someone.become(student)
    for kind in PRIVACY:
        page.goto(f"{linked.lms_url}/")
        page.locator(f"a[href$='/{kind}']").click()
        frame = someone.frame()
        expect(frame.get_by_role("heading", level=1)).to_contain_text("個人資料與同意")
        expect(frame.locator("main")).to_contain_text(name_of(student))
        expect(frame.locator("main")).to_contain_text("您還沒有答覆過約定")
        sound(frame, "privacy")
    course = linked.course(student, "CHI")
    page.goto(f"{linked.lms_url}/course/{course}")
    page.get_by_role("link", name="閱讀使用條款").click()
    frame = someone.frame()
    expect(frame.get_by_role("button", name="不同意")).to_be_visible()
    sound(frame, "terms")
    frame.get_by_role("button", name="同意", exact=True).click()
    # Back in the LMS, which has been told and asks no more.
    frame.get_by_role("link", name="回課程").click()
    page.wait_for_url(f"**/course/{course}")
    wait_until_gone(page, "閱讀使用條款")
    page.goto(f"{linked.lms_url}/")
    page.locator(f"a[href$='/{PRIVACY[0]}']").click()
    expect(someone.frame().locator("main")).to_contain_text("您在")
    assert someone.watch.leaks() == []
    assert someone.watch.strangers() == []


SECOND, SECOND_NAME = "990003", "晴川高級中學"
ISSUER = "https://canvas.instructure.test"


@on("canvas")
def test_two_schools_on_one_issuer_see_their_own(someone: Someone, linked: Stack) -> None:
    """One registration for both, a deployment for each; the same person of the LMS in both."""
    house = linked.house
    house.flask("school", "create", SECOND, SECOND_NAME, "general")
    someone.become(linked.person("admin"))
    client, site, in_course = tool_by_hand(someone, "兩校共用的歷程", PARENTS)
    sso = linked.sso_url  # an origin of its own, of which the storage is too; pages have another
    house.flask(
        *("lti", "share", ISSUER, client, "--platform", "canvas", "--origin", linked.lms_url),
        *("--auth", f"{sso}/lti/auth", "--token", f"{sso}/lti/token", "--keys", f"{sso}/lti/certs"),
    )
    someone.watch.expected = {403}

    # In most courses, the first school: known by the number that the LMS sends.
    first = claim_deployment(someone, OFFICE, house.flask("lti", "code", "990001").strip())
    expect(first.locator(".lc-brand__school")).to_have_text("青田高級中學")
    menu(first, "平臺連線")
    expect(first.locator("main")).to_contain_text(site)
    expect(first.locator("main")).not_to_contain_text(in_course)

    # In the one course that has a deployment of its own, the second school: a stranger there.
    other_tab = Someone(linked, someone.context, someone.context.new_page(), someone.watch)
    code = house.flask("lti", "code", SECOND).strip()
    second = claim_deployment(other_tab, PARENTS, code)
    expect(second.get_by_role("heading", level=1)).to_contain_text("您的帳號還沒有配對")
    second.get_by_role("textbox").fill(house.flask("school", "admin", SECOND).split()[-1])
    second.get_by_role("button", name="認領").click()
    expect(second.locator(".lc-message")).to_contain_text("系統管理者")
    for _ in range(2):  # each tab stays in its school, whatever is done in the other
        for frame, name, mine, not_mine in (
            (second, SECOND_NAME, in_course, site),
            (first, "青田高級中學", site, in_course),
        ):
            menu(frame, "平臺連線")
            expect(frame.locator(".lc-brand__school")).to_have_text(name)
            expect(frame.locator("main")).to_contain_text(mine)
            expect(frame.locator("main")).not_to_contain_text(not_mine)
    menu(second, "課程名單" if second.get_by_role("link", name="課程名單").count() else "帳號配對")
    student = linked.hinted("從上傳第一件成果開始")
    expect(second.locator("main")).not_to_contain_text(name_of(student))
    assert someone.watch.leaks() == []


def _two_of_them(frame: Frame) -> None:
    """Outcomes of this course, with its gradebook column and a name of its own; and the desk."""
    frame.get_by_label("繳交本課程學習成果").check()
    frame.get_by_label("在課程中顯示的名稱").or_(
        frame.get_by_label("這個連結在課程裡要叫什麼？")
    ).locator("visible=true").fill(LINK)
    expect(frame.get_by_role("checkbox", name=re.compile("成績簿加一欄"))).to_be_checked()
    frame.get_by_label(DESK, exact=True).check()
