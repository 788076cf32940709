"""What the demo school's students did besides courses: sent, drafted, returned, selected."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from plugin import clock
from plugin.actor import Actor, Role
from plugin.demo.plan import Plan, PlannedPerson
from plugin.demo.roster import Rows
from plugin.portfolio.models import ExperienceState, SelectionKind
from plugin.portfolio.operations import experience_drafts, experiences, selection
from plugin.portfolio.operations.experience_drafts import ExperienceInput
from plugin.portfolio.queries import experiences as queries
from plugin.school.terms import term_of

Happening = tuple[datetime, Callable[[], object]]
Receive = Callable[[Actor, str], int]
"""Takes a file of the pool in as proof, under this name; its id."""


@dataclass(frozen=True)
class Deed:
    """One thing that students do.

    :param details: of the kind's fields; `{-30}` is the day thirty days ago.
    """

    kind: str
    summary: str
    details: dict[str, str]
    proof: str
    link: str = ""


DEEDS = (
    Deed("post", "擔任學藝股長，安排教室布置與學習單收發，學會把期限提早三天說清楚。",
         {"unit": "本班", "start_on": "{-60}", "end_on": "{-10}", "position": "學藝股長",
          "level": "2"}, "幹部證明.pdf"),
    Deed("contest", "小論文以學校圍牆邊的鳥類為題，記錄四週、整理三十二種，得到甲等。",
         {"contest": "全國高級中等學校小論文寫作比賽", "item": "史地類", "level": "4",
          "award": "甲等", "announced_on": "{-20}", "participation": "1"}, "獎狀.pdf"),
    Deed("service", "每週六到社區圖書館說故事，從照稿念到看著孩子的眼睛講。",
         {"service": "社區圖書館說故事志工", "place": "青田里社區發展協會", "start_on": "{-70}",
          "end_on": "{-14}", "hours": "24.5"}, "服務時數證明.pdf"),
    Deed("flexible", "自主學習用 Python 整理空氣品質資料，畫出每週的變化並寫成報告。",
         {"class": "1", "course": "自主學習：用 Python 分析空氣品質", "unit": "教務處",
          "year": "{year}", "term": "{term}", "periods": "2", "weeks": "18"}, "成果報告.pdf"),
    Deed("group", "天文社兩次校外觀測，負責記錄與器材清點。",
         {"class": "1", "organiser": "學務處", "activity": "天文社校外觀測", "year": "{year}",
          "term": "{term}", "periods": "18"}, "活動紀錄.pdf"),
    Deed("work", "與同學合拍的微電影，負責分鏡與剪接，在校慶放映。",
         {"name": "微電影《回家的路》", "made_on": "{-25}"}, "作品說明.pdf",
         "https://video.example/returning-home"),
    Deed("other", "參加科學營五天，分組完成一座小型風力發電機。",
         {"name": "高中生科學營", "organiser": "青田自然科學館", "start_on": "{-50}",
          "end_on": "{-46}", "hours": "35"}, "結業證書.pdf"),
)  # fmt: skip
REASON = "服務的起訖日期與證明上的不同，請更正後再送出。"


@dataclass
class Story:
    """One deed of one student and what becomes of it."""

    student: PlannedPerson
    deed: Deed
    fate: str
    began: datetime
    experience_id: int = 0


@dataclass
class Script:
    """Plans what happened, and makes it happen by the operations."""

    plan: Plan
    rows: Rows
    receive: Receive
    small: bool = False
    chance: random.Random = field(init=False)

    def __post_init__(self) -> None:
        self.chance = random.Random(f"多元{self.plan.term.academic_year}")

    def happenings(self, now: datetime) -> Iterator[Happening]:
        """Everything up to `now`, each with the moment at which it happened."""
        for story in self._stories(now):
            yield story.began, lambda one=story: self._begin(one)  # type: ignore[misc]
            if story.fate == "draft":
                continue
            soon = story.began + timedelta(minutes=25)
            yield soon, lambda one=story: self._send(one)  # type: ignore[misc]
            if story.fate == "returned":
                later = story.began + timedelta(days=2)
                yield later, lambda one=story: self._return(one)  # type: ignore[misc]
        for one in self.plan.classes:
            for seat, student in enumerate(one.students, 1):
                if one.grade > 1 and (seat == 1 or self.chance.random() < 0.5):
                    at = now - timedelta(days=self.chance.uniform(0.5, 4))
                    yield at, lambda who=student: self._select(who)  # type: ignore[misc]

    def _stories(self, now: datetime) -> Iterator[Story]:
        for one in self.plan.classes:
            for seat, student in enumerate(one.students, 1):
                if self.small and seat > 2:
                    continue
                for story in self._of(student, seat, now):
                    # a term that is young has no work of its first weeks
                    if term_of(story.began.astimezone(clock.TAIPEI).date()) == self.plan.term:
                        yield story

    def _of(self, student: PlannedPerson, seat: int, now: datetime) -> Iterator[Story]:
        count = 4 if seat == 1 else self.chance.choice((0, 1, 1, 2, 3))
        if seat == 3:
            count = 0  # who begins with nothing
        for deed in self.chance.sample(DEEDS, count):
            fate = self.chance.choices(("sent", "draft", "returned"), (80, 12, 8))[0]
            began = now - timedelta(days=self.chance.uniform(6, 40))
            yield Story(student, deed, "sent" if seat == 1 else fate, began)

    # --- letting it happen -----------------------------------------------------------------

    def _begin(self, story: Story) -> None:
        actor = self.rows.actor(story.student, frozenset({Role.STUDENT}))
        deed = story.deed
        values = ExperienceInput(
            details={key: _said(text) for key, text in deed.details.items()},
            summary=deed.summary,
            link=deed.link,
            document_file_id=self.receive(actor, deed.proof),
        )
        made = experience_drafts.start(actor, deed.kind, values, begun_at=clock.now())
        story.experience_id = made.id

    def _send(self, story: Story) -> None:
        actor = self.rows.actor(story.student, frozenset({Role.STUDENT}))
        experiences.send(actor, story.experience_id)

    def _return(self, story: Story) -> None:
        officer = next(one for one in self.plan.staff if Role.STUDENT_AFFAIRS in one.roles)
        actor = self.rows.actor(officer, frozenset({Role.STUDENT_AFFAIRS}))
        experiences.return_(actor, story.experience_id, REASON)

    def _select(self, student: PlannedPerson) -> None:
        actor = self.rows.actor(student, frozenset({Role.STUDENT}))
        year = self.plan.term.academic_year
        ready = [
            line.experience.id
            for line in queries.own(actor, year)
            if line.experience.state is ExperienceState.SENT
        ]
        if ready:
            selection.choose(actor, year, ready[:10], SelectionKind.EXPERIENCE)
            selection.lock(actor, year, SelectionKind.EXPERIENCE)


def _said(text: str) -> str:
    """A stored answer: `{-30}` the day thirty days ago, `{year}` and `{term}` those of today."""
    today = clock.today()
    if text.startswith("{-"):
        day: date = today - timedelta(days=int(text[2:-1]))
        return day.isoformat()
    term = term_of(today)
    return text.format(year=term.academic_year, term=term.term)
