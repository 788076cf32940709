"""What the demo school's counsellor did: whose students, what was talked about, what waits."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

from plugin import clock
from plugin.actor import Actor, Role
from plugin.demo.plan import Plan, PlannedClass, PlannedPerson
from plugin.demo.roster import Rows
from plugin.portfolio.models import CounsellingKind
from plugin.portfolio.operations.counselling import assigning, keeping, phrases, writing
from plugin.portfolio.operations.counselling.writing import CounsellingInput
from plugin.school import queries
from plugin.school.terms import term_of

Happening = tuple[datetime, Callable[[], object]]

ASSIGNED = 4
"""Classes that have a counsellor; the registry still has to think of the others."""
TALKS = (
    # days ago, seats of the class, topic, summary, advice, days until the follow-up
    (26, (1, 2, 3, 4, 5), "課程地圖與學程說明", "說明三年的課程地圖、必選修學分與畢業條件。",
     "請看完課程手冊第二章，並記下三門想修的選修課。", None),
    (18, (1,), "選課輔導", "討論下學期多元選修的選擇，對資訊與設計都有興趣。",
     "先修程式設計基礎，再考慮數位設計；可以和任課老師談談作品。", 30),
    (12, (2,), "彈性學習與自主學習計畫", "自主學習計畫的題目太大，一起縮小成可以完成的範圍。",
     "把題目限定在一個社區，並排出每兩週的進度。", 5),
    (9, (6,), "學習適應與讀書方法", "段考後檢視讀書時間的安排。", "", None),
    (6, (1,), "學習歷程檔案準備", "一起看過已認證的成果，討論簡述怎麼寫。",
     "簡述先說做了什麼，再說學到什麼，不必形容自己。", -1),
)  # fmt: skip
TEMPLATE = ("寫簡述", "簡述先說做了什麼，再說學到什麼；一百字以內，請別人讀一次。")


def happenings(plan: Plan, rows: Rows, now: datetime) -> Iterator[Happening]:
    """Everything up to `now`, each with the moment at which it happened."""
    counsellor = _with(plan, Role.COUNSELLOR)
    me = rows.actor(counsellor, frozenset({Role.COUNSELLOR}))
    clerk = rows.actor(_with(plan, Role.REGISTRY), frozenset({Role.REGISTRY}))
    classes = plan.classes[:ASSIGNED]
    yield now - timedelta(days=44), lambda: _assign(plan, rows, clerk, me, classes)
    yield now - timedelta(days=30), lambda: phrases.keep_template(me, *TEMPLATE)
    for number, one in enumerate(classes):
        for talk in TALKS[: 2 if number else None]:
            at = now - timedelta(days=talk[0], hours=number)
            if term_of(at.astimezone(clock.TAIPEI).date()) != plan.term:
                continue  # the term is young: its counselling has hardly begun
            yield at, lambda talk=talk, one=one: _talk(rows, me, one, talk)  # type: ignore[misc]
    first = classes[0]
    yield now - timedelta(hours=3), lambda: _draft(rows, me, first.students[6])


def _assign(
    plan: Plan, rows: Rows, clerk: Actor, me: Actor, classes: tuple[PlannedClass, ...]
) -> None:
    known = {one.code: one for one in queries.classes(rows.school_id, plan.term.academic_year)}
    assert me.person_id is not None
    assigning.assign(clerk, me.person_id, class_ids=[known[one.code].id for one in classes])


def _talk(rows: Rows, me: Actor, where: PlannedClass, talk: tuple) -> None:  # type: ignore[type-arg]
    _days, seats, topic, summary, advice, follow_up = talk
    today = clock.today()
    due = None if follow_up is None else today + timedelta(days=max(follow_up, 1))
    record = writing.start(
        me,
        CounsellingInput(
            kind=CounsellingKind.GROUP if len(seats) > 1 else CounsellingKind.INDIVIDUAL,
            held_on=today,
            place="輔導室" if len(seats) == 1 else "視聽教室",
            student_ids=[rows.people[where.students[seat - 1].number] for seat in seats],
            topic=topic,
            summary=summary,
            advice=advice,
            follow_up="" if due is None else "確認是否照建議進行",
            follow_up_on=due,
        ),
        begun_at=clock.now(),
    )
    writing.register(me, record.id)
    if follow_up is not None and follow_up < 0:
        keeping.add(me, record.id, "學生補充：想把科展的紀錄也放進來。")


def _draft(rows: Rows, me: Actor, student: PlannedPerson) -> None:
    values = CounsellingInput(
        held_on=clock.today(), student_ids=[rows.people[student.number]], topic="升學進路"
    )
    writing.start(me, values, begun_at=clock.now())


def _with(plan: Plan, role: Role) -> PlannedPerson:
    return next(one for one in plan.staff if role in one.roles)
