"""What happened at the demo school: a script of moments, played in order by the real operations."""

from __future__ import annotations

import hashlib
import random
import shutil
import uuid
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path

import sqlalchemy as sa
from flask import current_app

from plugin import clock, db
from plugin.actor import Actor
from plugin.demo import consultations, experiences, records
from plugin.demo.plan import Plan, PlannedCourse, PlannedPerson
from plugin.demo.roster import Rows
from plugin.demo.work import Work
from plugin.portfolio.models import Outcome
from plugin.portfolio.operations import (
    certification,
    deadlines,
    drafts,
    intake,
    outcomes,
    selection,
)
from plugin.portfolio.operations.drafts import OutcomeInput
from plugin.school import queries
from plugin.settings import Settings
from plugin.uploads import Staged

REASONS = (
    "請在簡述中說明這件成果是課程中哪一個單元的作業。",
    "檔案最後一頁是空白頁，請刪除後重新上傳。",
    "引用的圖片請註明出處。",
)
AI_NOTE = "使用生成式 AI 協助檢查錯字與英文文法，內容與結論由本人完成。"
FATES = ("draft", "sent", "certified", "returned", "revised", "withdrawn")
LOWER, UPPER = (12, 30, 40, 8, 6, 4), (5, 12, 68, 4, 8, 3)
"""How often each fate comes in the first and in the upper grades (weights)."""
SELECTED_SHARE = 0.8
"""Share of the second and third grade that has selected and confirmed."""


@dataclass
class Tale:
    """One outcome and what becomes of it."""

    student: PlannedPerson
    course: PlannedCourse
    document: Work | None
    media: Work | None
    fate: str
    began: datetime
    ai: bool = False
    outcome_id: int = 0

    @property
    def work(self) -> Work:
        found = self.document or self.media
        assert found is not None
        return found


Happening = tuple[datetime, Callable[[], object]]


@dataclass(order=True)
class Moment:
    """Something to do at a time; equal times keep the order in which they were planned."""

    at: datetime
    order: int
    act: Callable[[], object] = field(compare=False)


class History:
    """Plans and plays what happened.

    Args:
        files: key of a work → its file.
        small: only those to try first and one in five of the others hand something in.
    """

    def __init__(
        self,
        plan: Plan,
        rows: Rows,
        pool: list[Work],
        files: dict[str, Path],
        *,
        small: bool = False,
    ) -> None:
        self._small = small
        self._plan, self._rows, self._files = plan, rows, files
        self._by_subject = {
            subject: [w for w in pool if w.subject == subject]
            for subject in {w.subject for w in pool}
        }
        self._chance = random.Random(f"歷程{plan.term.academic_year}")
        self._moments: list[Moment] = []
        self._staging: Path = _settings().staging

    def play(
        self, now: datetime, tell: Callable[[int, int], None], also: Iterable[Happening] = ()
    ) -> int:
        """Plan everything up to ``now`` and let it happen; returns how many moments there were.

        Args:
            also: what happened elsewhere meanwhile.
        """
        for tale in self._tales(now):
            self._plan_tale(tale, now)
        self._plan_selections(now)
        for at, act in consultations.happenings(self._plan, self._rows, now):
            self._at(at, act)
        deeds = experiences.Script(self._plan, self._rows, self._proof, small=self._small)
        for at, act in deeds.happenings(now):
            self._at(at, act)
        for at, act in records.happenings(self._plan, self._rows, now):
            self._at(at, act)
        self._at(now, _close_certification)
        for at, act in also:
            self._at(at, act)
        return play_all(self._moments, tell)

    # --- what is to happen -----------------------------------------------------------------

    def _tales(self, now: datetime) -> Iterator[Tale]:
        for one in self._plan.classes:
            for seat, student in enumerate(one.students, 1):
                if student.hint:
                    yield from self._star(student, one.code, seat, now)
                elif not self._small or seat % 5 == 0:
                    yield from self._usual(student, one.code, now)
        for course in self._plan.last_courses[:: 5 if self._small else 1]:
            yield from self._last_term(course, now)

    def _courses(self, class_code: str) -> list[PlannedCourse]:
        return [c for c in self._plan.courses if c.class_code == class_code and c.credits]

    def _usual(self, student: PlannedPerson, class_code: str, now: datetime) -> Iterator[Tale]:
        courses = self._courses(class_code)
        upper = courses[0].grade > 1
        count = self._chance.choice((2, 3, 3, 4) if upper else (0, 1, 2, 2, 3))
        for course in self._chance.sample(courses, count):
            fate = self._chance.choices(FATES, UPPER if upper else LOWER)[0]
            yield self._tale(student, course, fate, now)

    def _star(
        self, student: PlannedPerson, class_code: str, seat: int, now: datetime
    ) -> Iterator[Tale]:
        """The people to try first: seven certified, one returned, none at all."""
        courses = self._courses(class_code)
        if seat == 1:
            for n in range(7):
                course = courses[n % len(courses)]
                choices = self._by_subject[course.subject]
                work = choices[n // len(courses) * 2 % len(choices)]
                yield self._tale(student, course, "certified", now, work)
        elif seat == 2:
            for course, fate in zip(courses, ("returned", "certified", "sent"), strict=False):
                yield self._tale(student, course, fate, now)

    def _last_term(self, course: PlannedCourse, now: datetime) -> Iterator[Tale]:
        of = next(
            c for c in self._plan.classes if c.grade == 2 and c.code[1:] == course.class_code[1:]
        )
        for student in self._chance.sample(of.students, 8):
            fate = self._chance.choices(("certified", "sent", "returned"), (80, 12, 8))[0]
            tale = self._tale(student, course, fate, now)
            tale.began = now - timedelta(days=self._chance.uniform(120, 150))
            yield tale

    def _tale(
        self,
        student: PlannedPerson,
        course: PlannedCourse,
        fate: str,
        now: datetime,
        work: Work | None = None,
    ) -> Tale:
        choices = self._by_subject[course.subject]
        chosen = work or self._chance.choice(choices)
        other = None
        if self._chance.random() < 0.2:
            other = next((w for w in choices if w.slot != chosen.slot), None)
        both = {w.slot: w for w in (chosen, other) if w is not None}
        began = now - timedelta(days=self._chance.uniform(12, 40))
        ai = self._chance.random() < 0.15
        return Tale(student, course, both.get("document"), both.get("media"), fate, began, ai)

    def _at(self, at: datetime, act: Callable[[], object]) -> None:
        self._moments.append(Moment(at, len(self._moments), act))

    def _plan_tale(self, tale: Tale, now: datetime) -> None:
        began, minute, day = tale.began, timedelta(minutes=1), timedelta(days=1)
        self._at(began, lambda: self._begin(tale))
        if tale.fate == "draft":
            return
        self._at(began + 20 * minute, lambda: self._send(tale))
        if tale.fate == "withdrawn":
            self._at(began + 90 * minute, lambda: self._withdraw(tale))
        elif tale.fate in {"returned", "revised"}:
            self._at(began + 2 * day, lambda: self._return(tale))
        elif tale.fate == "certified":
            self._at(began + self._chance.uniform(1, 6) * day, lambda: self._certify(tale))
        if tale.fate == "revised":
            self._at(began + 3 * day, lambda: self._revise(tale))
            self._at(began + 5 * day, lambda: self._certify(tale))

    def _plan_selections(self, now: datetime) -> None:
        for one in self._plan.classes:
            if one.grade == 1:
                continue
            for seat, student in enumerate(one.students, 1):
                if seat == 1 or self._chance.random() < SELECTED_SHARE:
                    when = now - timedelta(days=self._chance.uniform(1, 5))
                    self._at(when, lambda student=student: self._select(student))  # type: ignore[misc]

    # --- letting it happen -----------------------------------------------------------------

    def _actor(self, person: PlannedPerson) -> Actor:
        today = clock.today()
        roles = queries.roles_of(self._rows.school_id, self._rows.people[person.number], today)
        return self._rows.actor(person, roles)

    def _teacher(self, tale: Tale) -> Actor:
        return self._actor(self._plan.person(tale.course.teacher))

    def _begin(self, tale: Tale) -> None:
        actor = self._actor(tale.student)
        values = OutcomeInput(
            course_id=self._rows.courses[tale.course.number],
            title=tale.work.title,
            summary=tale.work.summary,
            ai_note=AI_NOTE if tale.ai else "",
            document_file_id=self._receive(actor, tale.document),
            media_file_id=self._receive(actor, tale.media),
        )
        tale.outcome_id = drafts.start(actor, values, begun_at=clock.now()).id

    def _receive(self, actor: Actor, work: Work | None) -> int | None:
        return None if work is None else self._take(actor, work, work.file_name, intake.SLOTS)

    def _proof(self, actor: Actor, name: str) -> int:
        """A document of the pool, handed in as proof of an experience."""
        documents = [
            work for pool in self._by_subject.values() for work in pool if work.kind == "pdf"
        ]
        work = self._chance.choice(documents)
        return self._take(actor, work, name, intake.EXPERIENCE_SLOTS)

    def _take(self, actor: Actor, work: Work, name: str, slots: Mapping[str, intake.Slot]) -> int:
        self._staging.mkdir(parents=True, exist_ok=True)
        path = self._staging / f"{uuid.uuid4().hex}.part"
        shutil.copyfile(self._files[work.key], path)
        size, sha256, crc32 = _facts(self._files[work.key])
        staged = Staged(path, size, sha256, crc32, file_name=name)
        try:
            return intake.receive(actor, staged, work.slot, slots).id
        finally:
            staged.discard()

    def _send(self, tale: Tale) -> None:
        outcomes.send(self._actor(tale.student), tale.outcome_id)

    def _withdraw(self, tale: Tale) -> None:
        outcomes.withdraw(self._actor(tale.student), tale.outcome_id)

    def _certify(self, tale: Tale) -> None:
        certification.certify(self._teacher(tale), tale.outcome_id)

    def _return(self, tale: Tale) -> None:
        reason = self._chance.choice(REASONS)
        certification.return_(self._teacher(tale), tale.outcome_id, reason)

    def _revise(self, tale: Tale) -> None:
        actor = self._actor(tale.student)
        outcome = db.reading().get_one(Outcome, tale.outcome_id)
        values = OutcomeInput(
            course_id=outcome.course_id,
            title=outcome.title,
            summary=outcome.summary[:85] + "（已依老師建議補充）",
            ai_note=outcome.ai_note,
            document_file_id=outcome.document_file_id,
            media_file_id=outcome.media_file_id,
        )
        drafts.save(actor, tale.outcome_id, values, begun_at=clock.now())
        outcomes.send(actor, tale.outcome_id)

    def _select(self, student: PlannedPerson) -> None:
        actor, year = self._actor(student), self._plan.term.academic_year
        certified = db.reading().scalars(
            sa.select(Outcome.id).where(
                Outcome.student_id == actor.person_id,
                Outcome.academic_year == year,
                Outcome.state == "certified",
            )
        )
        chosen = list(certified)[:6]
        if chosen:
            selection.choose(actor, year, chosen)
            selection.lock(actor, year)


def play_all(moments: Iterable[Moment], tell: Callable[[int, int], None]) -> int:
    """Let moments happen, each at its time; returns how many there were."""
    ordered = sorted(moments)
    for done, moment in enumerate(ordered, 1):
        with time_is(moment.at):
            moment.act()
        tell(done, len(ordered))
    return len(ordered)


def _close_certification() -> None:
    deadlines.mark_overdue()


def begun(rows: Rows) -> bool:
    """Whether any outcome of the demo school exists."""
    query = sa.select(Outcome.id).where(Outcome.school_id == rows.school_id).limit(1)
    return db.reading().scalar(query) is not None


@contextmanager
def time_is(moment: datetime) -> Iterator[None]:
    """Let the application's clock stand at ``moment``."""
    before = current_app.extensions["licheng.clock"]
    current_app.extensions["licheng.clock"] = lambda: moment
    try:
        yield
    finally:
        current_app.extensions["licheng.clock"] = before


@cache
def _facts(path: Path) -> tuple[int, str, int]:
    """Size, SHA-256 and CRC-32 of a file of the pool."""
    content = path.read_bytes()
    return len(content), hashlib.sha256(content).hexdigest(), zlib.crc32(content)


def _settings() -> Settings:
    found: Settings = current_app.extensions["licheng.settings"]
    return found
