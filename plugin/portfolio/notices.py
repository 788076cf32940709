"""What the portfolio tells people, and what it announces to the other rooms."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from flask_babel import gettext as _

from forms.jinja import roc_date
from plugin import clock, db
from plugin.actor import Actor
from plugin.portfolio.models import (
    Decision,
    Experience,
    ExperienceReturn,
    Outcome,
    SelectionKind,
    Submission,
    Verdict,
)
from plugin.school import queries as school_queries
from plugin.trail import events
from plugin.trail.notify import notify
from plugin.vault.events import Expiring
from plugin.vault.models import StoredFile

COUNSELLING_SLOT = "counselling.document"


def decided(actor: Actor, outcome: Outcome, decision: Decision) -> None:
    """The student hears of a decision; of a returned one also by mail, for there is work to do."""
    certified = decision.verdict is Verdict.CERTIFIED
    if certified:
        subject = _("課程學習成果已認證")
        body = _(
            "「%(title)s」已由 %(teacher)s 老師認證，可以在勾選期間勾選。",
            title=outcome.title,
            teacher=decision.by_name,
        )
    else:
        subject = _("課程學習成果已退回，請修改後再送出")
        body = _(
            "「%(title)s」由 %(teacher)s 老師退回。\n\n退回原因：%(reason)s",
            title=outcome.title,
            teacher=decision.by_name,
            reason=decision.reason,
        )
    notify(
        [outcome.student_id],
        subject,
        body,
        f"/outcomes/{outcome.id}",
        school_id=outcome.school_id,
        mail=not certified,
    )
    events.announce(
        events.outcome_certified if certified else events.outcome_returned,
        school_id=outcome.school_id,
        outcome_id=outcome.id,
        person_id=outcome.student_id,
        course_id=outcome.course_id,
    )


def drafts_expiring(_sender: object, files: Sequence[Expiring]) -> None:
    """Owners of drafts that will be purged hear of it while there is time (vault.events)."""
    by_owner: dict[tuple[int, int], list[Expiring]] = {}
    for one in files:
        if one.owner_id is not None:
            by_owner.setdefault((one.school_id, one.owner_id), []).append(one)
    for (school_id, owner_id), mine in by_owner.items():
        notify(
            [owner_id],
            _("有草稿檔案即將到期刪除"),
            _(
                "您有 %(count)s 個尚未送出的草稿檔案，最早將於 %(date)s 到期刪除。"
                "要保留的，請在到期前送出；不需要的不必處理。",
                count=len(mine),
                date=roc_date(min(one.expires_at for one in mine)),
            ),
            _where_drafts_lie(mine),
            school_id=school_id,
            mail=True,
        )


def _where_drafts_lie(files: Sequence[Expiring]) -> str:
    """The page of whoever brought these files: a counsellor has no outcomes."""
    ids = [one.file_id for one in files]
    query = sa.select(StoredFile.slot).where(StoredFile.id.in_(ids)).distinct()
    slots = set(db.reading().scalars(query))
    if slots and all(slot.startswith("certification.") for slot in slots):
        return "/certification/cases"
    return "/counselling/records?state=draft" if slots == {COUNSELLING_SLOT} else "/outcomes"


def sent(outcome: Outcome) -> None:
    """An outcome reached its teachers' queue; they see it there, no mail for each."""
    events.announce(
        events.outcome_sent,
        school_id=outcome.school_id,
        outcome_id=outcome.id,
        person_id=outcome.student_id,
        course_id=outcome.course_id,
    )


def restored(outcome: Outcome, decision: Decision) -> None:
    """The same files came back: their student hears that the certification stands again, and so do
    the teacher who gave it and who teaches the course now. Nothing is to be done, so no mail."""
    assert outcome.course_id is not None
    notify(
        [outcome.student_id],
        _("課程學習成果的認證已恢復"),
        _(
            "「%(title)s」的檔案與簡述和先前認證時完全相同，%(teacher)s 老師的認證自動恢復，"
            "不需要再等老師處理。",
            title=outcome.title,
            teacher=decision.by_name,
        ),
        f"/outcomes/{outcome.id}",
        school_id=outcome.school_id,
        mail=False,
    )
    teaching = school_queries.teaching_on([outcome.course_id], clock.today())
    earlier = set() if decision.by_id is None else {decision.by_id}
    for people, path in (
        (teaching, f"/certification/{outcome.id}"),
        (earlier - teaching, "/certification/decisions"),
    ):
        notify(
            people,
            _("有一件課程學習成果的認證自動恢復"),
            _(
                "學生重新上傳的「%(title)s」，檔案與簡述和 %(teacher)s 老師先前認證時完全相同，"
                "系統已自動恢復認證。如有疑義，任課教師可以開啟這件成果更正決定。",
                title=outcome.title,
                teacher=decision.by_name,
            ),
            path,
            school_id=outcome.school_id,
            mail=False,
        )
    events.announce(
        events.outcome_certified,
        school_id=outcome.school_id,
        outcome_id=outcome.id,
        person_id=outcome.student_id,
        course_id=outcome.course_id,
    )


def extended(actor: Actor, outcomes: Sequence[Outcome], until: datetime) -> None:
    """The teachers of the courses hear, once each, until when they may still decide."""
    parts = school_queries.teachers_of(one.course_id for one in outcomes if one.course_id)
    teachers = {part.person_id for rows in parts.values() for part in rows}
    assert actor.school_id is not None
    notify(
        teachers,
        _("有逾期未認證的課程學習成果，認證期限已延長"),
        _(
            "註冊組已延長部分成果的認證期限至 %(until)s，請至認證清單處理。",
            until=roc_date(until),
        ),
        "/certification",
        school_id=actor.school_id,
        mail=True,
    )


def follow_up_due(school_id: int, counsellor_id: int, count: int) -> None:
    """A counsellor is reminded of follow-ups that have come due; of whom says the page."""
    notify(
        [counsellor_id],
        _("有課程諮詢的追蹤事項到期"),
        _("您有 %(count)s 筆課程諮詢紀錄的追蹤日期已到，完成後請在紀錄上註明。", count=count),
        "/counselling/records?state=open",
        school_id=school_id,
        mail=True,
    )


def selected(school_id: int, person_id: int, year: int, kind: SelectionKind) -> None:
    """A student confirmed the selection of a kind of a year."""
    events.announce(
        events.selection_confirmed,
        school_id=school_id,
        person_id=person_id,
        year=year,
        kind=kind.value,
    )


def experience_sent(experience: Experience) -> None:
    """An experience was sent; nobody has to decide, so nobody is written to."""
    events.announce(
        events.experience_sent,
        school_id=experience.school_id,
        experience_id=experience.id,
        person_id=experience.student_id,
        kind=experience.kind,
    )


def experience_returned(experience: Experience, returned: ExperienceReturn) -> None:
    """The student hears why, also by mail: there is work to do."""
    body = _(
        "「%(title)s」由學務處退回。\n\n退回原因：%(reason)s",
        title=experience.title,
        reason=returned.reason,
    )
    if returned.correct_until is not None:
        until = roc_date(returned.correct_until)
        body += "\n\n" + _("請在 %(until)s 前更正並再送出。", until=until)
    notify(
        [experience.student_id],
        _("多元表現已退回，請更正後再送出"),
        body,
        f"/experiences/{experience.id}",
        school_id=experience.school_id,
        mail=True,
    )
    events.announce(
        events.experience_returned,
        school_id=experience.school_id,
        experience_id=experience.id,
        person_id=experience.student_id,
        kind=experience.kind,
    )


def frozen(submission: Submission, student_ids: Sequence[int]) -> None:
    """The students see what was handed in; whoever asked for it may fetch the files."""
    if submission.made_by_id is not None:
        notify(
            [submission.made_by_id],
            _("提交資料已經完成"),
            _("%(number)s 已凍結，名冊與檔案可以下載。", number=submission.number),
            f"/submissions/{submission.id}",
            school_id=submission.school_id,
            mail=True,
        )
    notify(
        student_ids,
        _("您的課程學習成果已由學校提交"),
        _(
            "學校已完成 %(year)s 學年度課程學習成果的提交（第 %(version)s 版），"
            "請查看收訖明細是否正確。",
            year=submission.academic_year,
            version=submission.version,
        ),
        "/handed-in",
        school_id=submission.school_id,
        mail=False,
    )
    events.announce(
        events.submission_made, school_id=submission.school_id, submission_id=submission.id
    )
