"""The chapter of the story from consent to certificate, over HTTP: applicant, office, reviewers."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from lti.platform.browser import Browser, Page
from plugin.demo import office_papers
from plugin.demo.plan import OFFICE_ACTIVITY, OFFICE_CODE, OFFICE_COURSE, OFFICE_COURSE_ID
from scripts import applicant, installing
from scripts import story_papers as papers
from scripts.house import ROOT
from scripts.telling import Story, StoryFailed, expect

OUT = ROOT / "var" / "story"
CLERK, REVIEWERS, COLLEAGUE = "401", {"501": "方以文", "502": "柯玉華"}, "504"
"""LMS ids; the colleague serves at the applicant's school."""
SCHOOL = "青田國民小學"
PAPERS = ("experience", "hours", "plan", "results")
WAIT_SECONDS = 180
"""How long the queue may take with a document."""


@dataclass(frozen=True)
class Applicant:
    """Who applies, and what of it may be told to everybody."""

    name: str
    english: tuple[str, str]
    national_id: str
    email: str
    publish: bool


OPEN = Applicant("林若水", ("LIN", "JO-SHUI"), "F223456786", "ruoshui@school.test", True)
CLOSED = Applicant("蘇守默", ("SU", "SHOU-MO"), "B123456780", "shoumo@school.test", False)
"""Agrees to publication, and does not."""


def chapter(story: Story) -> None:
    """From the consent to the certificate and the pass list."""
    _install(story)
    files = office_papers.make(story.house.var / "demo")
    story.tell(f"{len(PAPERS)} documents of an applicant made")
    at_home = {one: _enter(story, one) for one in (OPEN, CLOSED)}
    cases = {one: _apply(story, one, *at_home[one], files) for one in at_home}
    for one, number in cases.items():
        _accept(story, one, number)
    _pay(story, cases)
    _say_where_they_serve(story)
    for number in cases.values():
        _review(story, number)
    certificates = {one: _certify(story, number) for one, number in cases.items()}
    _fetch(story, at_home[OPEN], cases[OPEN], certificates[OPEN])
    _look_at_the_list(story, certificates)


def _install(story: Story) -> None:
    house = story.house
    link = house.flask("school", "invite", OFFICE_CODE).strip().splitlines()[-1]
    installing.install_beside(
        house.lms_url, house.people_file, link, OFFICE_COURSE_ID, OFFICE_ACTIVITY
    )
    story.tell("the issuing office, a tenant of its own, stands in a course of the LMS")


# --- the applicant -----------------------------------------------------------------------------


def _enter(story: Story, who: Applicant) -> tuple[Browser, Page]:
    """By the public page: ID, address, a question; then the code of the mail."""
    browser, mail = Browser(), story.house.mail
    page = _ok(browser.get(f"{_area(story)}/enter"), "the door")
    had = applicant.codes_of(mail, who.email)
    fields = {
        "national_id": who.national_id,
        "email": who.email,
        "answer": applicant.answer(applicant.question_in(page.text)),
    }
    time.sleep(applicant.READING_SECONDS)
    page = _ok(browser.submit(page, page.form(field="national_id"), fields), "asking for a code")
    code = applicant.code_for(mail, who.email, before=had)
    page = browser.submit(page, page.form(field="code"), {"code": code})
    _ok(page, "entering", "環境教育人員認證")
    story.tell(f"{who.name} came in by the code that was mailed")
    return browser, page


def _apply(
    story: Story, who: Applicant, browser: Browser, page: Page, files: dict[str, Path]
) -> str:
    """The whole application; the case number."""
    page = _ok(browser.submit(page, page.form(action="/apply")), "the consent", "告知與同意")
    consent = {"truthful": "y", "publish": "yes" if who.publish else "no", "agreed": "y"}
    page = _ok(browser.submit(page, page.form(field="publish"), consent), "basic data", "中文姓名")
    page = browser.submit(page, page.form(field="surname_english"), _basics(who))
    number = _found(r"EE\d{3}-\d{5}", _ok(page, "the essays", "案件編號").text)
    story.tell(f"consent ({'' if who.publish else 'not '}to be published), basic data: {number}")
    essays = {"theme": "climate", **office_papers.essays()}
    page = browser.submit(page, page.form(field="essay1"), essays)
    _ok(page, "the documents", "上傳文件")
    for name in PAPERS:
        form = page.form(field=name)
        sent = dict.fromkeys(form.files, ("", b"", "application/octet-stream"))
        sent[name] = (f"{name}.pdf", files[name].read_bytes(), "application/pdf")
        page = _ok(browser.submit(page, form, {"stay": name}, files=sent), f"uploading {name}")
    page = browser.submit(page, page.form(field="plan"))
    _ok(page, "the answers", "資料都填齊了")
    story.tell(f"five answers, {len(PAPERS)} documents; nothing is missing")
    page = browser.submit(page, page.form(button="確認送出申請"))
    _ok(page, "handing in", "申請已送出", "已受理", number)
    _status(story, who, number, "已受理")
    story.tell(f"{who.name} confirmed; the public status page says 已受理")
    return number


def _basics(who: Applicant) -> dict[str, str]:
    return {
        "name": who.name, "surname_english": who.english[0], "given_name_english": who.english[1],
        "national_id": who.national_id, "sex": "female", "birthday": "78/4/5",
        "telephone": "04-22330011#12", "mobile": "0900000000", "email": who.email,
        "organisation": SCHOOL, "title": "衛生組長", "category": "administrative",
        "path": "experience", "designated": "no",
    }  # fmt: skip


def _status(story: Story, who: Applicant, number: str, state: str) -> None:
    """Case number and ID tell anybody who has both how far it is."""
    browser = Browser()
    page = browser.get(f"{_area(story)}/status")
    fields = {"number": number, "national_id": who.national_id}
    page = browser.submit(page, page.form(field="number"), fields)
    _ok(page, "the status", number, state)


# --- the office --------------------------------------------------------------------------------


def _accept(story: Story, who: Applicant, number: str) -> None:
    browser, page = _case_page(story, number)
    page = _ok(browser.submit(page, page.form(action="/take")), "taking", "程序審查")
    page = browser.get(page.link(href="/accept"))
    page = browser.submit(page, page.form(field="words"))
    _ok(page, "accepting", "待繳費")
    _status(story, who, number, "待繳費")
    story.tell(f"the office took {number}, found it complete and asked for the fee")


def _pay(story: Story, cases: dict[Applicant, str]) -> None:
    """Both pay; the bank's file tells it: one by the reference, one by amount and name."""
    today = datetime.now(ZoneInfo("Asia/Taipei"))
    rows = ["入帳日期,存入金額,銷帳編號,繳款人,交易序號"]
    browser, page = _office(story)
    for who, number in cases.items():
        _, case = _case_page(story, number)
        reference = _found(r"(?<=銷帳編號 )\d{10}", _text(case)) if who is OPEN else ""
        rows.append(f"{today:%Y/%m/%d},1045,{reference},{who.name},{number[-3:]}")
    rows.append(f"{today:%Y/%m/%d},300,,不相干的人,X{number[-3:]}")
    page = browser.get(page.link(href="/certification/payments"))
    page = browser.get(page.link(href="/payments/bank"))
    page = browser.get(page.link(href="/bank/new"))
    form = next(one for one in page.forms if one.files)
    sent = {form.files[0]: ("入帳.csv", "\n".join(rows).encode("utf-8-sig"), "text/csv")}
    page = _ok(browser.submit(page, form, files=sent), "the bank's file", "入帳日")
    page = browser.submit(page, page.form(field="bank"), {"bank": "青田銀行"})
    page = _ok(browser.submit(page, page.form(action="/start")), "beginning to take it")
    page = _until(browser, page, "已看完 3 列", "the bank's file")
    _ok(page, "the matches", "找不到案件")
    for who, number in cases.items():
        _status(story, who, number, "委員審查")
    story.tell("the bank's file paid both; a third row belongs to nobody and is listed")


def _case_page(story: Story, number: str, state: str = "waiting") -> tuple[Browser, Page]:
    """By the queue, as the office finds it."""
    browser, page = _office(story)
    queue = browser.get(page.link(href="/certification/office"))
    queue = browser.submit(queue, queue.form(field="q"), {"q": number, "state": state})
    return browser, _ok(browser.get(queue.link(text=number)), "a case", number)


def _office(story: Story) -> tuple[Browser, Page]:
    browser, page = story.launch(CLERK, OFFICE_COURSE)
    if "/welcome/" in page.url:
        page = browser.get(page.link(text="首頁"))
    return browser, page


# --- the committee -----------------------------------------------------------------------------


def _say_where_they_serve(story: Story) -> None:
    for person, where in zip((*REVIEWERS, COLLEAGUE), ("", "", SCHOOL), strict=True):
        browser, page = _reviews(story, person)
        page = browser.get(page.link(href="/reviews/profile"))
        profile = {"organisation": where or f"河濱自然中心 {person}"}
        profile |= {} if where else {"unlisted": "y"}
        form = page.form(field="organisation")
        page = browser.submit(page, form, profile)
        if any("organisation" in dict(one.fields) for one in page.forms):
            page = browser.submit(page, page.form(field="organisation"), profile)
        _ok(page, "the reviewer's data")
    story.tell("three reviewers said where they serve")


def _review(story: Story, number: str) -> None:
    browser, page = _case_page(story, number)
    page = browser.get(page.link(href="/review"))
    page = browser.get(page.link(href="/assign"))
    _ok(page, "assigning", "不能指派的委員", "與申請者同校服務")
    boxes = re.findall(r'value="(\d+)"[^>]*>\s*<label[^>]*>\s*(?:<bdi>)?([^<\s]+)', page.text)
    chosen = [value for value, name in boxes if name[:3] in REVIEWERS.values()]
    page = browser.submit(page, page.form(field="reviewers"), {"reviewers": chosen})
    _ok(page, "assigning two")
    for person in REVIEWERS:
        _score(story, person, number)
    story.tell(f"{number}: a colleague of the applicant cannot be asked; two declared and scored")


def _score(story: Story, person: str, number: str) -> None:
    browser, page = _reviews(story, person)
    page = _ok(browser.get(page.link(text=number)), "the case before it is opened")
    closed = office_papers.essays()["essay1"][:20]
    if closed in page.text:
        _fail("the case is open before anything is declared", page)
    if not any(one for one in page.forms if "conflict" in one.choices):
        page = browser.get(page.link(href="/declare"))
    page = browser.submit(page, page.form(field="conflict"), {"conflict": "none"})
    page = _ok(page, "the declared case", closed)
    page = browser.get(page.link(href="/score"))
    form = page.form(field="verdict")
    marks = {name: "18" for name, _value in form.fields if name.startswith("mark_")}
    said = {"verdict": "fit", "comment": "計畫具體，成果與計畫相符。"}
    _ok(browser.submit(page, form, marks | said), "handing the sheet in", "已交回")


def _reviews(story: Story, person: str) -> tuple[Browser, Page]:
    browser, page = story.launch(person, OFFICE_COURSE)
    if "/welcome/" in page.url:
        page = browser.get(page.link(text="首頁"))
    return browser, _ok(browser.get(page.link(href="/certification/reviews")), "the reviews")


# --- the result --------------------------------------------------------------------------------


def _certify(story: Story, number: str) -> str:
    """The number of the certificate."""
    browser, page = _case_page(story, number)
    page = browser.get(page.link(href="/review"))
    page = browser.get(page.link(href="/certify"))
    page = _ok(browser.submit(page, page.form(field="words")), "certifying", "已通過")
    found = _found(r"\(\d+\)環教字第\d{4}號", page.text)
    story.tell(f"{number} is certified: {found}")
    return found


def _fetch(story: Story, home: tuple[Browser, Page], number: str, certificate: str) -> None:
    """Application and certificate by their holder, the dossier by the office; all are checked."""
    who, (browser, page) = OPEN, home
    page = _ok(browser.get(page.url), "the own cases", number)
    page = _ok(browser.get(page.link(text=number)), "the own case", "通過")
    paper = browser.submit(page, page.form(action="/papers/application"))
    application = _paper(story, browser, paper, "application.pdf")
    papers.has(application, who.name, number, SCHOOL, *_sentences())
    mine = browser.get(page.link(href="/my-certificates"))
    mine = browser.get(mine.link(text=certificate))
    issued = _paper(story, browser, mine, "certificate.pdf")
    papers.has(issued, who.name, ", ".join(who.english), certificate)
    papers.signed(issued)
    story.tell("the certificate names its holder and its signature is valid")
    clerk, page = _case_page(story, number, "certified")
    paper = clerk.submit(page, page.form(action="/papers/dossier"))
    dossier = _paper(story, clerk, paper, "dossier.pdf")
    papers.has(dossier, who.name, number, *_sentences(), *(one.title for one in _handed_in()))
    papers.joined(dossier, len(PAPERS))
    story.tell("the dossier holds the application and all its documents, bookmarked")


def _look_at_the_list(story: Story, certificates: dict[Applicant, str]) -> None:
    """The public sees what was agreed to, and nothing else."""
    page = _ok(Browser().get(f"{_area(story)}/list"), "the pass list", *certificates.values())
    if OPEN.name not in page.text or CLOSED.name in page.text:
        _fail("the pass list tells more or less than was agreed to", page)
    browser = Browser()
    for who, number in certificates.items():
        one = _ok(browser.get(page.link(text=number)), "one of the list", number)
        if (who.name in one.text) is not who.publish or who.email in one.text:
            _fail(f"{number} tells more or less than was agreed to", one)
    address = papers.address_on(OUT / "certificate.pdf")
    _ok(Browser().get(address), "the verification page", certificates[OPEN])
    story.tell("the code on the certificate verifies it; the pass list shows what was agreed to")


def _paper(story: Story, browser: Browser, page: Page, name: str) -> Path:
    """A document once the queue has made it, saved."""
    deadline = time.monotonic() + WAIT_SECONDS
    while not (found := [href for _, href in page.links if re.search(r"/files/[^/]+", href)]):
        if time.monotonic() > deadline:
            _fail(f"{name} never came", page)
        time.sleep(1)
        page = _ok(browser.get(page.url), name)
    answer = browser.get(found[0])
    if answer.status != 200 or not answer.content.startswith(b"%PDF"):
        _fail(f"{name} is no PDF", answer)
    OUT.mkdir(parents=True, exist_ok=True)
    target = OUT / name
    target.write_bytes(answer.content)
    story.tell(f"fetched {target.relative_to(ROOT)} ({len(answer.content) // 1024} KiB)")
    return target


# --- reading -----------------------------------------------------------------------------------


def _sentences() -> list[str]:
    """Something of each answer."""
    return [text[:12] for text in office_papers.essays().values()]


def _handed_in() -> list[office_papers.Work]:
    return [one for one in office_papers.papers() if one.key.removeprefix("ee-") in PAPERS]


def _area(story: Story) -> str:
    return f"{story.house.url}/office/{OFFICE_CODE}/certification"


def _until(browser: Browser, page: Page, words: str, what: str) -> Page:
    deadline = time.monotonic() + WAIT_SECONDS
    while words not in page.text:
        if time.monotonic() > deadline:
            _fail(f"{what}: {words} never came", page)
        time.sleep(1)
        page = _ok(browser.get(page.url), what)
    return page


def _found(pattern: str, text: str) -> str:
    found = re.search(pattern, text)
    if found is None:
        _fail(f"nothing like {pattern} in {text[:1500]}")
    assert found is not None
    return found[0]


def _text(page: Page) -> str:
    return re.sub(r"<(script|style).*?</\1>|<[^>]+>", " ", page.text, flags=re.S)


def _ok(page: Page, what: str, *words: str) -> Page:
    return expect(page, 200, what, *words)


def _fail(why: str, page: Page | None = None) -> None:
    said = f"; {page.status} at {page.url}: {' '.join(_text(page).split())[:1500]}" if page else ""
    raise StoryFailed(why + said)
