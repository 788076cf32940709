"""`make story`: the main jobs, headless: from the invitation to the verified package, and from the
consent to the certificate.

Freshly started processes on free ports, in a fresh folder; every click is an HTTP request of a
browser without a screen, every launch a signed one through the demo LMS. One line a step; ends
with `story: N steps ok`, or with what went wrong and exit code 1. The results lie in `var/story`.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import zipfile
from pathlib import Path

from lti.platform.browser import Browser, Page
from plugin.demo import works
from plugin.demo.plan import OFFICE_COURSE_ID, SCHOOL_CODE
from scripts import installing, story_certification, story_talking
from scripts.house import ROOT, House
from scripts.supervisor import Supervisor
from scripts.telling import Story, StoryFailed, expect

OUT = ROOT / "var" / "story"
BUILD_SECONDS = 180
"""How long the submission may take to be built."""

UPLOADS = {
    # student number: works of the pool, by key
    "1150101": ("chi-reading", "eng-poster", "mat-graph"),
    "1150102": ("chi-speech", "phy-photo", "mat-model"),
    "1150103": ("chi-essay", "art-water", "phy-pendulum"),
    "1150104": ("eng-talk", "mat-fractal", "phy-lab"),
}
"""Twelve works of all five kinds for four students of 一年一班."""
TEACHERS = {"CHI": "101", "ENG": "102", "MAT": "103", "PHY": "104", "ART": "105"}
"""LMS ids of the first grade's teachers."""
REGISTRY = "201"


def open_house(story: Story, keeper: Supervisor) -> None:
    """Database, roster, processes."""
    house = story.house
    house.flask("db", "upgrade")
    house.flask("assistant", "train")
    house.flask("demo", "seed", "--roster-only", "--people", str(house.people_file))
    story.tell("database made, the demo school's and office's people put in")
    keeper.add(house.mail_sink())
    lms, web = keeper.add(house.lms()), keeper.add(house.web())
    keeper.add(house.worker())
    keeper.add(house.clock())
    keeper.wait_for(f"{house.lms_url}/healthz", lms)
    keeper.wait_for(f"{house.url}/readyz", web)
    story.tell(f"Licheng at {house.url}, demo LMS at {house.lms_url}")
    wanted = {key for keys in UPLOADS.values() for key in keys}
    chosen = [work for work in works.works() if work.key in wanted]
    for work, path in works.make_all(chosen, house.var / "demo"):
        story.pool[work.key], story.files[work.key] = work, path
    kinds = sorted({work.kind for work in chosen})
    story.tell(f"{len(chosen)} files made: {', '.join(kinds)}")


def install(story: Story) -> None:
    """By the registration link, as the LMS's administrator does; a link works once."""
    house = story.house
    link = house.flask("school", "invite", SCHOOL_CODE).strip().splitlines()[-1]
    story.tell("invitation link made")
    installing.install(house.lms_url, house.people_file, link, story.tell, but=[OFFICE_COURSE_ID])
    again = Browser().get(link)
    if again.status < 400:
        raise StoryFailed(f"the invitation link works twice ({again.status})")
    story.tell(f"the same link again: refused ({again.status})")


def upload(story: Story) -> None:
    """Twelve outcomes; the first is saved as a draft before it is sent."""
    for number, keys in UPLOADS.items():
        for key in keys:
            work, path = story.pool[key], story.files[key]
            browser, _ = story.launch(number, f"{work.subject}-101")
            page = _new(browser, _)
            form = page.form(field="summary")
            changes = {"title": work.title, "summary": work.summary}
            sent = {work.slot: (work.file_name, path.read_bytes(), "application/octet-stream")}
            if key == "chi-reading":
                page = browser.submit(page, form, changes, button="草稿", files=sent)
                expect(page, 200, "saving a draft", "草稿", work.title)
                story.tell(f"{number} saved a draft: {work.title}")
                page = browser.submit(page, page.form(action="/send"))
            else:
                page = browser.submit(page, form, changes, button="送出", files=sent)
            expect(page, 200, f"sending {key}", "待認證", work.title)
            size = path.stat().st_size // 1024
            story.tell(f"{number} sent {work.title} ({work.kind}, {size} KiB)")


def _new(browser: Browser, page: Page) -> Page:
    """From the first page, by the list of outcomes, to the form of a new one."""
    mine = browser.get(page.link(href="/outcomes"))
    if "/outcomes/new" not in mine.url:
        mine = browser.get(mine.link(href="/outcomes/new"))
    return expect(mine, 200, "the upload form")


def refuse_wrong_ones(story: Story) -> None:
    """HTML named .pdf, a summary of 101 characters, an old launch: refused, nothing lost."""
    browser, first = story.launch("1150105", "CHI-101")
    page = _new(browser, first)
    html = b"<!doctype html><title>x</title><p>not a PDF</p>"
    changes = {"title": "假的 PDF", "summary": "這不是 PDF。"}
    answer = browser.submit(
        page,
        page.form(field="summary"),
        changes,
        button="送出",
        files={"document": ("作業.pdf", html, "application/pdf")},
    )
    if answer.status >= 500 or "假的 PDF" not in answer.text or "待認證" in answer.text:
        expect(answer, 422, "an HTML page named .pdf", "假的 PDF")
    story.tell(f"an HTML page named 作業.pdf: refused ({answer.status}), what was typed is kept")
    changes["summary"] = "字" * 101
    path = story.files["chi-reading"]
    answer = browser.submit(
        answer,
        answer.form(field="summary"),
        changes,
        button="送出",
        files={"document": ("心得.pdf", path.read_bytes(), "application/pdf")},
    )
    if answer.status >= 500 or "字" * 101 not in answer.text or "待認證" in answer.text:
        expect(answer, 422, "a summary of 101 characters", "字" * 101)
    story.tell(f"a summary of 101 characters: refused ({answer.status})")
    action, fields = browser.posted[-1]
    replayed = Browser().post(action, fields)
    if replayed.status < 400:
        raise StoryFailed(f"a replayed launch was let in: {replayed.url}")
    story.tell(f"a replayed launch: refused ({replayed.status})")


def certify(story: Story) -> None:
    """One returned and sent again, one certified singly, the rest in bulk."""
    browser, page = story.launch(TEACHERS["CHI"], "CHI-101")
    queue = expect(browser.get(page.link(href="/certification")), 200, "the queue", "待認證")
    items = [href for _, href in queue.links if re.search(r"/certification/\d+$", href)]
    item = expect(browser.get(items[0]), 200, "one outcome")
    reason = {"reason": "請在簡述中補充閱讀的章節。"}
    title = item.title
    answer = browser.submit(item, item.form(action="/return", field="reason"), reason)
    expect(answer, 200, "returning one")
    story.tell(f"teacher of 國語文 returned one with a reason ({title})")
    _revise(story)
    queue = browser.get(page.link(href="/certification"))
    items = [href for _, href in queue.links if re.search(r"/certification/\d+$", href)]
    item = browser.get(items[0])
    expect(browser.submit(item, item.form(action="/certify")), 200, "certifying one", "已認證")
    story.tell("teacher of 國語文 certified one by itself")
    done = 1 + sum(_bulk(story, subject) for subject in TEACHERS)
    if done != sum(map(len, UPLOADS.values())):
        raise StoryFailed(f"{done} outcomes certified, not {sum(map(len, UPLOADS.values()))}")
    story.tell(f"{done} outcomes are certified")


def _revise(story: Story) -> None:
    """Whoever got something back mends it and sends it again."""
    for number in UPLOADS:
        browser, page = story.launch(number, "CHI-101")
        mine = browser.get(page.link(href="/outcomes"))
        if "已退回" not in mine.text:
            continue
        for href in {href for _, href in mine.links if re.search(r"/outcomes/\d+$", href)}:
            card = browser.get(href)
            if "請在簡述中補充" in card.text:
                form_page = browser.get(card.link(href="/edit"))
                form = form_page.form(field="summary")
                summary = {"summary": "讀完第一章到第三章，整理人物關係並寫下自己的想法。"}
                sent = browser.submit(form_page, form, summary, button="送出")
                expect(sent, 200, "sending again", "待認證")
                story.tell(f"{number} revised it and sent it again")
                return
    raise StoryFailed("no student sees the returned outcome")


def _bulk(story: Story, subject: str) -> int:
    browser, page = story.launch(TEACHERS[subject], f"{subject}-101")
    queue = expect(browser.get(page.link(href="/certification")), 200, "the queue")
    form = next((f for f in queue.forms if "outcome" in f.choices), None)
    if form is None:
        return 0
    picked = form.choices["outcome"]
    preview = browser.submit(queue, form, {"outcome": picked}, button="認證")
    expect(preview, 200, "the preview of a bulk certification")
    last = next(f for f in preview.forms if f.action.endswith("/bulk"))
    expect(browser.submit(preview, last), 200, "bulk certification", "完成")
    story.tell(f"teacher of {subject} certified {len(picked)} in bulk")
    return len(picked)


def select(story: Story) -> None:
    """Each student selects all of theirs and confirms."""
    for number, keys in UPLOADS.items():
        browser, page = story.launch(number, "CHI-101")
        chooser = expect(browser.get(page.link(href="/selection")), 200, "the selection")
        form = next(f for f in chooser.forms if "outcome" in f.choices)
        offered = form.choices["outcome"]
        if len(offered) != len(keys):
            raise StoryFailed(f"{number} is offered {len(offered)} outcomes, not {len(keys)}")
        done = browser.submit(chooser, form, {"outcome": offered}, button="確認")
        expect(done, 200, "confirming the selection", "鎖定")
        story.tell(f"{number} selected {len(offered)} and confirmed")


def submit(story: Story) -> dict[str, Path]:
    """The registry freezes a submission and fetches its files."""
    browser, page = story.launch(REGISTRY, "office")
    if "/welcome/" in page.url:  # this LMS course is no lesson: nothing to choose
        page = browser.get(page.link(text="首頁"))
    listed = expect(browser.get(page.link(href="/submissions")), 200, "the submissions")
    checked = browser.submit(listed, listed.form(action="/submissions/check"))
    expect(checked, 200, "the 預檢", "預檢通過")
    story.tell("registry checked everything that would be handed in: nothing blocks")
    listed = browser.get(checked.link(href="/submissions?"))
    made = browser.submit(listed, listed.form(action="/submissions/begin"))
    expect(made, 200, "beginning a submission")
    story.tell("registry began the submission")
    deadline = time.monotonic() + BUILD_SECONDS
    while not any("BagIt" in text for text, _href in made.links):
        if time.monotonic() > deadline:
            raise StoryFailed(f"no link to the package came on {made.url}: {made.links}")
        time.sleep(1)
        made = expect(browser.get(made.url), 200, "the submission")
    found = {}
    OUT.mkdir(parents=True, exist_ok=True)
    for name, sign in (("manifest.pdf", b"%PDF"), ("package.zip", b"PK"), ("manifest.xlsx", b"PK")):
        found[name] = _fetch(browser, made, name, sign)
        size = found[name].stat().st_size // 1024
        story.tell(f"fetched {found[name].relative_to(ROOT)} ({size} KiB)")
    printed = _run("pdftotext", str(found["manifest.pdf"]), "-") + made.text
    pattern = r"https?://[a-z0-9.:-]+/verify/[A-Za-z0-9_-]{43}"
    address = re.search(pattern, "".join(printed.split()))
    if address is None:
        raise StoryFailed("neither the manifest nor the page says where it can be verified")
    expect(Browser().get(address.group()), 200, "the public verification page")
    story.tell("the public verification page answers without a launch")
    return found


_LABELS = {"manifest.pdf": "PDF", "package.zip": "BagIt", "manifest.xlsx": "名冊（XLSX"}


def _fetch(browser: Browser, page: Page, name: str, sign: bytes) -> Path:
    label = _LABELS[name]
    rows = re.split(r"<(?:tr|li|dd|div class=\"govuk-summary)", page.text)
    hrefs = {href for _, href in page.links}
    for text, href in page.links:
        if label in text:
            return _save(browser, href, name, sign)
    for row in rows:  # the label stands beside the link
        found = re.search(r'href="([^"]+)"', row)
        address = found and found.group(1).replace("&amp;", "&")
        if label in row and address and any(href.endswith(address) for href in hrefs):
            return _save(browser, next(h for h in hrefs if h.endswith(address)), name, sign)
    raise StoryFailed(f"no link to {name} on {page.url}: {page.links}")


def _save(browser: Browser, href: str, name: str, sign: bytes) -> Path:
    answer = browser.get(href)
    if answer.status != 200 or not answer.content.startswith(sign):
        raise StoryFailed(f"{name}: {answer.status}, begins with {answer.content[:20]!r}")
    target = OUT / name
    target.write_bytes(answer.content)
    return target


def check_files(story: Story, found: dict[str, Path]) -> None:
    """By other people's tools: qpdf, pdftotext, openpyxl, bagit."""
    _run("qpdf", "--check", str(found["manifest.pdf"]))
    text = _run("pdftotext", "-layout", str(found["manifest.pdf"]), "-")
    titles = [story.pool[key].title for keys in UPLOADS.values() for key in keys]
    lost = [t for t in titles if "".join(t.split())[:6] not in "".join(text.split())]
    if lost:
        raise StoryFailed(f"the manifest does not print {lost}")
    story.tell(f"qpdf finds no fault in the manifest; all {len(titles)} titles are in its text")
    import openpyxl

    book = openpyxl.load_workbook(found["manifest.xlsx"], read_only=True)
    cells = {str(c) for sheet in book for row in sheet.iter_rows(values_only=True) for c in row}
    book.close()
    if not all(title in cells for title in titles):
        raise StoryFailed(f"the XLSX lacks {[t for t in titles if t not in cells]}")
    story.tell("every title stands in a cell of the XLSX")
    bag = _unpack(found["package.zip"])
    _run(sys.executable, "-m", "bagit", "--validate", "--quiet", str(bag))
    payload = [path for path in (bag / "data").rglob("*") if path.is_file()]
    story.tell(f"bagit --validate accepts the package ({len(payload)} files)")


def check_talked(story: Story, manifest: bytes) -> None:
    """What was said from its first word to its last is in print."""
    target = OUT / "manifest-by-talking.pdf"
    target.write_bytes(manifest)
    _run("qpdf", "--check", str(target))
    if story_talking.TITLE not in "".join(_run("pdftotext", str(target), "-").split()):
        raise StoryFailed(f"the manifest does not print {story_talking.TITLE}")
    story.tell(f"{story_talking.TITLE} is in it, from upload to manifest by talking only")


def _unpack(package: Path) -> Path:
    target = OUT / "package"
    shutil.rmtree(target, ignore_errors=True)
    with zipfile.ZipFile(package) as packed:
        packed.extractall(target)
    return next(path.parent for path in sorted(target.rglob("bagit.txt")))


def _run(*argv: str) -> str:
    done = subprocess.run(
        argv, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False
    )
    if done.returncode:
        raise StoryFailed(
            f"{Path(argv[0]).name} ended with {done.returncode}:\n{done.stdout}{done.stderr}"
        )
    return done.stdout


def receipts(story: Story) -> None:
    """Every student sees what was handed in of theirs."""
    for number, keys in UPLOADS.items():
        browser, page = story.launch(number, "CHI-101")
        mine = browser.get(page.link(href="/handed-in"))
        expect(mine, 200, "what was handed in", *(story.pool[key].title for key in keys))
    story.tell("every student sees what was handed in")


def check_house(story: Story) -> None:
    """Every file is whole, and the audit chain as it was written."""
    story.house.flask("vault", "verify")
    story.house.flask("trail", "verify")
    story.tell("flask vault verify and flask trail verify find no fault")


def main() -> int:
    """Tell the story; 0, or 1 with what went wrong."""
    for name in [name for name in os.environ if name.startswith("LICHENG_")]:
        del os.environ[name]  # a story of its own, whatever is set at this terminal
    var = Path(tempfile.mkdtemp(prefix="licheng-story-"))
    house = House(var, web_port=18080, lms_port=18090, mail_port=18025)
    house.make_folders()
    keeper = house.supervisor()
    keeper.stop_on_signals()
    story = Story(house)
    shutil.rmtree(OUT, ignore_errors=True)
    try:
        open_house(story, keeper)
        for chapter in (install, upload, refuse_wrong_ones, certify, select):
            chapter(story)
        story_talking.main_job(story)
        found = submit(story)
        check_files(story, found)
        check_talked(story, story_talking.manifest(story, REGISTRY))
        receipts(story)
        story_certification.chapter(story)
        check_house(story)
    except Exception as error:
        print(f"story: FAILED after {story.steps} steps: {type(error).__name__}: {error}")
        print(f"story: logs and data are kept in {var}")
        return 1
    finally:
        keeper.stop()
    shutil.rmtree(var, ignore_errors=True)
    print(f"story: {story.steps} steps ok")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
