"""A real worker is killed in the middle of a closing; the next one goes on behind it."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import sqlalchemy as sa

from plugin import create_app, db, tenancy
from plugin.certification.models import CaseEvent, Certificate, Letter, Meeting, MeetingItem
from plugin.certification.operations import meeting_closing, meetings
from plugin.settings import Settings
from plugin.trail.models import AuditEvent
from tests.factories.certification import make_clerk, make_office
from tests.plugin.certification.meetings_world import before, called, item_of, members, reviewed
from tests.plugin.portfolio.test_submission_worker import wait, worker

CASES = 60


def test_a_killed_worker_is_followed_by_one_that_goes_on(settings: Settings) -> None:
    house = replace(settings, env="development", job_lease_seconds=2)
    with create_app(house).app_context(), tenancy.across("the test looks at its own office"):
        office = make_office()
        clerk, some = make_clerk(office), members(office)
        meeting = called(clerk, some)
        cases = [reviewed(office, some, n=n) for n in range(1, CASES + 1)]
        items = before(clerk, meeting, *cases)
        meetings.resolve_many(clerk, meeting.id, [one.id for one in items], "certify")
        for case in cases[::4]:
            meetings.resolve(clerk, item_of(meeting, case).id, "refuse", "年資不足。")
        meeting_closing.close(clerk, meeting.id)

        def done() -> int:
            db._close_reads()
            query = sa.select(sa.func.count()).where(MeetingItem.done_at.is_not(None))
            return db.reading().scalar(query) or 0

        def stands() -> Meeting:
            db._close_reads()
            return db.reading().get_one(Meeting, meeting.id)

        with worker(house):
            wait(lambda: done() >= CASES // 6)
        halfway = done()
        assert CASES // 6 <= halfway < CASES, "it was over before it was killed"
        assert stands().closed_at is None
        events = db.reading().scalar(sa.select(sa.func.count(CaseEvent.id)))
        assert events == halfway, "whole cases, and nothing of the next one"
        with worker(house):
            wait(lambda: stands().minutes_file_id is not None)
        assert done() == CASES
        per_case = Counter(db.reading().scalars(sa.select(CaseEvent.case_id)))
        assert per_case == dict.fromkeys((one.id for one in cases), 1)
        letters = Counter(db.reading().scalars(sa.select(Letter.case_id)))
        assert letters == per_case
        numbers = sorted(db.reading().scalars(sa.select(Certificate.number)))
        assert len(set(numbers)) == len(numbers) == CASES - len(cases[::4])
        verbs = Counter(db.reading().scalars(sa.select(AuditEvent.verb)))
        assert verbs["certification.meeting.carry"] == CASES
        assert verbs["certification.meeting.closed"] == verbs["certification.meeting.minutes"] == 1
        db._close_reads()
        db.engine().dispose()
