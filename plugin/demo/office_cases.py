"""What happened at the demo office: applications in every state, by the real operations."""

from __future__ import annotations

import csv
import io
import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

import sqlalchemy as sa
from werkzeug.datastructures import MultiDict

from forms.drafts import Draft
from plugin import clock, db, jobs, tenancy, uploads
from plugin.actor import Actor, Role
from plugin.certification import criteria, drafting, papers
from plugin.certification.bank.columns import Columns
from plugin.certification.forms.application import NAME, VERSION, ApplicationForm
from plugin.certification.forms.filling import application_form, application_of
from plugin.certification.models import (
    Assignment,
    CertificationCase,
    FeeNotice,
    ReviewVerdict,
)
from plugin.certification.operations import (
    applying,
    bank_files,
    deciding,
    orals,
    payments,
    processing,
    receiving,
    reviewers,
    scoring,
)
from plugin.demo import office_papers
from plugin.demo.office import Office
from plugin.demo.plan import national_id
from plugin.drafts.operations import Drafts
from plugin.school.operations import applicants
from plugin.vault import queries as vault
from plugin.vault.models import StoredFile

Happening = tuple[datetime, Callable[[], object]]
DONE = ("consent", "basics", "essays", "papers")
BANK = {
    "day": "入帳日期",
    "amount": "存入金額",
    "reference": "銷帳編號",
    "payer": "繳款人",
    "serial": "交易序號",
}
"""Columns of the demo bank's file."""
FIT = "計畫具體、兩年成果與計畫相符，五題說明能結合校園實例，建議通過。"
ORAL = "書面資料完整，請以展示說明教案的實際授課情形。"


@dataclass
class Story:
    """One applicant and what becomes of the application.

    :param days: ago, when it was handed in.
    :param fate: the last thing that happens to it (`_STEPS`).
    """

    name: str
    english: tuple[str, str]
    sex: str
    birthday: str
    school: str
    title: str
    days: float
    fate: str
    category: str = "administrative"
    designated: bool = False
    publish: bool = True
    person_id: int = 0
    case_id: int = 0


STORIES = (
    Story("洪語晴", ("HUNG", "YU-CHING"), "female", "79/5/2", "990101", "教學組長", 9, "draft"),
    Story("丁威廷", ("TING", "WEI-TING"), "male", "74/11/20", "990301", "衛生組長", 1, "received",
          designated=True),
    Story("汪若華", ("WANG", "JO-HUA"), "female", "70/1/9", "990104", "教師", 6.2, "received"),
    Story("白書瑋", ("PAI", "SHU-WEI"), "male", "81/7/30", "990202", "總務主任", 4, "taken"),
    Story("康雅筑", ("KANG", "YA-CHU"), "female", "77/3/15", "990102", "衛生組長", 8, "asked"),
    Story("簡嘉宏", ("CHIEN", "CHIA-HUNG"), "male", "69/9/1", "990303", "學務主任", 9, "accepted"),
    Story("程思妤", ("CHENG", "SSU-YU"), "female", "83/12/24", "990101", "教師", 10, "claimed"),
    Story("尤柏諺", ("YU", "PO-YEN"), "male", "76/6/6", "990302", "實習主任", 16, "paid"),
    Story("紀曼婷", ("CHI", "MAN-TING"), "female", "80/2/18", "990201", "生教組長", 20, "assigned"),
    Story("藍俊毅", ("LAN", "CHUN-I"), "male", "72/8/8", "990104", "教務主任", 26, "half"),
    Story("姚靜宜", ("YAO", "CHING-I"), "female", "78/10/3", "990501", "教師", 30, "agreed"),
    Story("涂家銘", ("TU", "CHIA-MING"), "male", "82/4/27", "990103", "教師", 34, "oral",
          category="teaching"),
    Story("童欣潔", ("TUNG", "HSIN-CHIEH"), "female", "71/5/19", "990201", "衛生組長", 60,
          "certified"),
    Story("魏文凱", ("WEI", "WEN-KAI"), "male", "68/1/30", "990401", "助教", 75, "certified",
          publish=False),
    Story("邵怡君", ("SHAO", "I-CHUN"), "female", "75/9/12", "990303", "教師", 80, "certified",
          designated=True),
    Story("柏安琪", ("PO", "AN-CHI"), "female", "84/3/3", "990302", "幹事", 45, "refused"),
    Story("歐陽立", ("OU YANG", "LI"), "male", "79/12/1", "990301", "教師", 25, "withdrawn"),
)  # fmt: skip
"""In the order of how far they are; 汪若華's is what the office has to look at first."""

_STEPS: Mapping[str, tuple[str, ...]] = {
    "draft": (),
    "received": ("hand_in",),
    "taken": ("hand_in", "take"),
    "asked": ("hand_in", "take", "ask"),
    "accepted": ("hand_in", "take", "accept"),
    "claimed": ("hand_in", "take", "accept", "claim"),
    "paid": ("hand_in", "take", "accept"),
    "assigned": ("hand_in", "take", "accept", "confirm", "assign"),
    "half": ("hand_in", "take", "accept", "confirm", "assign", "declare", "first"),
    "agreed": ("hand_in", "take", "accept", "confirm", "assign", "declare", "first", "second"),
    "oral": (
        "hand_in", "take", "accept", "confirm", "assign", "declare", "first", "second", "call",
    ),
    "certified": (
        "hand_in", "take", "accept", "confirm", "assign", "declare", "first", "second", "certify",
    ),
    "refused": ("hand_in", "take", "refuse"),
    "withdrawn": ("hand_in", "take", "withdraw"),
}  # fmt: skip
"""Fate → what happens after the application was written."""
_AFTER = {
    # hours after the step before
    "hand_in": 30, "take": 40, "ask": 20, "accept": 50, "claim": 60, "confirm": 72, "assign": 24,
    "declare": 30, "first": 50, "second": 40, "call": 24, "certify": 60, "refuse": 80,
    "withdraw": 24,
}  # fmt: skip


class Cases:
    """Lets applications happen at an office.

    Args:
        files: name of a document → its file.
    """

    def __init__(self, office: Office, files: Mapping[str, Path]) -> None:
        self._office, self._files = office, files
        self._stories = [replace(one) for one in STORIES]
        self._chance = random.Random("認證")
        self._clerk = office.actor("E001")
        self._reviewers = [office.actor(number) for number in ("R001", "R002")]

    def happenings(self, now: datetime) -> Iterator[Happening]:
        """Everything up to `now`, each with the moment at which it happened."""
        yield now - timedelta(days=100), self._know_reviewers
        for one in self._stories:
            # Written a while before it was handed in; what would be still to come has not happened.
            at = now - timedelta(days=one.days) - timedelta(hours=_AFTER["hand_in"])
            yield at, lambda one=one: self._write(one)  # type: ignore[misc]
            for step in _STEPS[one.fate]:
                at = min(at + timedelta(hours=_AFTER[step]), now)
                act = getattr(self, f"_{step}")
                yield at, lambda one=one, act=act: act(one)  # type: ignore[misc]
        yield now - timedelta(hours=20), self._bank

    # --- the applicant -------------------------------------------------------------------------

    def _write(self, one: Story) -> None:
        """A draft with everything, or, if it stays one, with what was done of it so far."""
        said = {
            "truthful": "y", "publish": "yes" if one.publish else "no", "agreed": "y",
            "name": one.name, "surname_english": one.english[0],
            "given_name_english": one.english[1], "national_id": national_id(self._chance),
            "sex": one.sex, "birthday": one.birthday, "telephone": "04-22330011#12",
            "mobile": "0900000000", "email": self._address(one), "organisation": one.school,
            "title": one.title, "category": one.category, "path": "experience",
            "designated": "yes" if one.designated else "no", "theme": "climate",
            **office_papers.essays(),
        }  # fmt: skip
        done: tuple[str, ...] = DONE
        if one.fate == "draft":
            said |= dict.fromkeys(("essay3", "essay4", "essay5"), "")
            done = ("consent", "basics")
        if one.category == "teaching":
            said["teacher_certificate_number"] = ""
        with db.writing():
            person = applicants.add(
                self._office.school.id, email=said["email"], national_id=said["national_id"]
            )
        one.person_id = person.id
        actor = self._applicant(one)
        words = {name: [word] for name, word in said.items() if word}
        form = application_form(actor, _data(words), csrf=False)
        if one.fate != "draft":
            words |= self._upload(actor, form)
        store = Drafts(actor)
        store.save(Draft(store.key(NAME, drafting.NEW), VERSION, words, done))
        one.case_id = applying.open_case(actor, form.basics()).id

    def _upload(self, actor: Actor, form: ApplicationForm) -> dict[str, list[str]]:
        found = {}
        for paper in papers.wanted(form.facts):
            if paper.optional:
                continue
            path = self._files[paper.name]
            with path.open("rb") as content:
                staged = uploads.stage(content, f"{paper.label.zh}.pdf")
            try:
                found[f"{paper.name}-ref"] = [str(receiving.receive(actor, staged, paper.name).id)]
            finally:
                staged.discard()
        return found

    def _hand_in(self, one: Story) -> None:
        actor = self._applicant(one)
        store = Drafts(actor)
        draft = store.get(store.key(NAME, drafting.subject(one.case_id)))
        assert draft is not None
        form = application_form(actor, _data(draft.values), csrf=False)
        assert form.validate(), form.errors
        applying.hand_in(actor, one.case_id, application_of(form), form.basics())

    def _claim(self, one: Story) -> None:
        payments.claim(self._applicant(one), one.case_id, clock.today(), last_five="01234")

    def _withdraw(self, one: Story) -> None:
        applying.withdraw(self._applicant(one), one.case_id, "改由學校明年統一申請。")

    # --- the office ----------------------------------------------------------------------------

    def _know_reviewers(self) -> None:
        for number, code, name, authors in (
            ("R001", "", "北溪大學", "李大同"),
            ("R002", "", "河濱自然中心", ""),
            ("R003", "", "縣環境教育輔導團", "藍俊毅"),
            ("R004", "990101", "青田國民小學", ""),
        ):
            actor = self._office.actor(number)
            reviewers.set_profile(
                actor, actor.person_id or 0, organisation=name, organisation_code=code,
                co_authors=authors, expertise="環境教育課程設計",
            )  # fmt: skip

    def _take(self, one: Story) -> None:
        processing.take(self._clerk, one.case_id)

    def _ask(self, one: Story) -> None:
        items = {
            "plan": "計畫未標示年度，請補上 112、113 學年度與職掌分工。",
            "telephone": "分機與學校網站不同，請確認。",
        }
        processing.ask_correction(self._clerk, one.case_id, items)

    def _accept(self, one: Story) -> None:
        processing.accept(self._clerk, one.case_id)

    def _refuse(self, one: Story) -> None:
        processing.refuse(
            self._clerk,
            one.case_id,
            "所附研習證明合計 18 小時，未達環境教育人員認證及管理辦法第 5 條第 1 款的 24 小時。",
        )

    def _confirm(self, one: Story) -> None:
        payments.confirm(
            self._clerk, one.case_id, clock.today(), _fee(one.case_id), in_bank_file=False
        )

    def _bank(self) -> None:
        """A file with one row that fits, one that is short and one that belongs to nobody."""
        told = {one.fate: one for one in self._stories}
        today = f"{clock.today():%Y/%m/%d}"
        paid, short = _notice(told["paid"].case_id), _notice(told["accepted"].case_id)
        rows = [
            (today, paid.review_fee + paid.postage, paid.reference, told["paid"].name, "A001"),
            (today, 1000, short.reference, told["accepted"].name, "A002"),
            (today, 1045, "", "王大明", "A003"),
        ]
        text = io.StringIO(newline="")
        csv.writer(text).writerows([tuple(BANK.values()), *rows])
        with tenancy.within(self._office.school.id):
            staged = uploads.stage(io.BytesIO(text.getvalue().encode("utf-8-sig")), "入帳明細.csv")
            try:
                file = bank_files.receive(self._clerk, staged)
            finally:
                staged.discard()
            kept = db.reading().get_one(StoredFile, file.id)
            row = bank_files.begin(self._clerk, file.id, vault.path(kept.sha256, kept.size))
            bank_files.choose(self._clerk, row.id, "青田銀行", Columns(BANK, 1))
            job_id = bank_files.start(self._clerk, row.id)
        jobs.run(job_id)

    # --- the committee -------------------------------------------------------------------------

    def _assign(self, one: Story) -> None:
        people = [actor.person_id or 0 for actor in self._reviewers]
        reviewers.assign(self._clerk, one.case_id, people)

    def _declare(self, one: Story) -> None:
        for actor in self._reviewers:
            reviewers.declare(actor, self._assignment(one, actor), "")

    def _first(self, one: Story) -> None:
        self._score(one, self._reviewers[0])

    def _second(self, one: Story) -> None:
        self._score(one, self._reviewers[1])

    def _score(self, one: Story, actor: Actor) -> None:
        case = db.reading().get_one(CertificationCase, one.case_id)
        marks = {item.key: item.weight - 2 for item in criteria.sheet(case.category)}
        verdict, comment = (
            (ReviewVerdict.ORAL, ORAL) if one.fate == "oral" else (ReviewVerdict.FIT, FIT)
        )
        scoring.hand_in(actor, self._assignment(one, actor), marks, verdict, comment, "")

    def _call(self, one: Story) -> None:
        day = (clock.now() + timedelta(days=12)).astimezone(clock.TAIPEI)
        orals.call(
            self._clerk, one.case_id, "display", "本中心 3 樓會議室",
            day.replace(hour=14, minute=0, second=0, microsecond=0), 30, "方以文、柯玉華",
            "請準備一節課的教案與教具，並於十分鐘前報到。",
        )  # fmt: skip

    def _certify(self, one: Story) -> None:
        deciding.certify(self._clerk, one.case_id, FIT)

    # --- who is who ----------------------------------------------------------------------------

    def _applicant(self, one: Story) -> Actor:
        return Actor(
            school_id=self._office.school.id,
            person_id=one.person_id,
            name=one.name,
            roles=frozenset({Role.APPLICANT}),
        )

    @staticmethod
    def _address(one: Story) -> str:
        return f"{''.join(one.english).replace(' ', '').replace('-', '').lower()}@school.test"

    @staticmethod
    def _assignment(one: Story, actor: Actor) -> int:
        query = sa.select(Assignment.id).where(
            Assignment.case_id == one.case_id, Assignment.reviewer_id == actor.person_id
        )
        return db.reading().scalars(query).one()


def begun(office: Office) -> bool:
    """Whether any application of the demo office exists."""
    query = sa.select(CertificationCase.id).where(CertificationCase.school_id == office.school.id)
    return db.reading().scalar(query.limit(1)) is not None


def _data(words: Mapping[str, list[str]]) -> MultiDict[str, str]:
    return MultiDict((name, one) for name, some in words.items() for one in some)


def _notice(case_id: int) -> FeeNotice:
    return db.reading().scalars(sa.select(FeeNotice).where(FeeNotice.case_id == case_id)).one()


def _fee(case_id: int) -> int:
    notice = _notice(case_id)
    return notice.review_fee + notice.postage
