"""The calendar: found, open, closed to the second, and the grace of an upload begun in time."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from plugin.actor import Role
from plugin.errors import InvalidInput, NotAllowed, WindowClosed
from plugin.school import operations, windows
from plugin.school.models import WindowKind
from tests.factories import (
    YEAR,
    FrozenClock,
    actor_of,
    at,
    make_rule,
    make_school,
    make_staff,
    make_window,
)

UPLOAD = WindowKind.OUTCOME_UPLOAD
OPENS, CLOSES = at(2026, 11, 2, 8), at(2026, 11, 30, 17)
SECOND = timedelta(seconds=1)


@pytest.fixture
def school(app: Flask) -> Any:
    return make_school()


@pytest.fixture
def window(school: Any) -> Any:
    return make_window(school, UPLOAD, opens_at=OPENS, closes_at=CLOSES)


@pytest.mark.parametrize(
    ("moment", "is_open"),
    [
        (OPENS - SECOND, False),
        (OPENS, True),
        (CLOSES - SECOND, True),
        (CLOSES, False),
        (CLOSES + SECOND, False),
    ],
)
def test_open_to_the_second(
    school: Any, window: Any, clock: FrozenClock, moment: Any, is_open: bool
) -> None:
    clock.set(moment)
    assert windows.is_open(school.id, UPLOAD, YEAR, 1) is is_open
    if is_open:
        assert windows.require_open(school.id, UPLOAD, YEAR, 1).id == window.id
    else:
        with pytest.raises(WindowClosed):
            windows.require_open(school.id, UPLOAD, YEAR, 1)


def test_a_closed_window_says_when_it_was_open_and_what_to_do(
    school: Any, window: Any, clock: FrozenClock
) -> None:
    clock.set(CLOSES)
    with pytest.raises(WindowClosed) as refusal:
        windows.require_open(school.id, UPLOAD, YEAR, 1)
    assert refusal.value.message == (
        "「課程學習成果上傳」已截止，開放時間為 民國115年11月2日（星期一）08:00 至 "
        "民國115年11月30日（星期一）17:00。"
    )
    assert "註冊組" in refusal.value.remedy
    clock.set(OPENS - SECOND)
    with pytest.raises(WindowClosed, match="尚未開放"):
        windows.require_open(school.id, UPLOAD, YEAR, 1)


def test_a_window_nobody_set_is_closed(school: Any) -> None:
    assert windows.find(school.id, UPLOAD, YEAR, 1) is None
    assert not windows.is_open(school.id, UPLOAD, YEAR, 1)
    with pytest.raises(WindowClosed, match="115 學年度第 1 學期的「課程學習成果上傳」期間尚未設定"):
        windows.require_open(school.id, UPLOAD, YEAR, 1)


@pytest.mark.parametrize(
    ("started", "finished", "counts"),
    [
        (CLOSES - SECOND, CLOSES + timedelta(minutes=15), True),
        (CLOSES - SECOND, CLOSES + timedelta(minutes=15) + SECOND, False),
        (CLOSES, CLOSES + SECOND, False),
        (OPENS, OPENS + SECOND, True),
        (OPENS - SECOND, OPENS + SECOND, False),
    ],
)
def test_an_upload_begun_in_time_may_finish_within_the_grace(
    school: Any, window: Any, clock: FrozenClock, started: Any, finished: Any, counts: bool
) -> None:
    clock.set(finished)
    assert windows.begun_in_time(started, window) is counts
    if counts:
        windows.require_open(school.id, UPLOAD, YEAR, 1, started_at=started)
    elif finished > CLOSES:
        with pytest.raises(WindowClosed):
            windows.require_open(school.id, UPLOAD, YEAR, 1, started_at=started)


def test_a_start_in_the_future_is_no_start(school: Any, window: Any, clock: FrozenClock) -> None:
    clock.set(OPENS)
    assert not windows.begun_in_time(OPENS + SECOND, window)


def test_the_grace_is_the_schools_rule(school: Any, window: Any, clock: FrozenClock) -> None:
    make_rule(school, "upload.grace_minutes", 0)
    clock.set(CLOSES + SECOND)
    assert not windows.begun_in_time(CLOSES - SECOND, window)


def test_a_grades_own_window_wins(school: Any, window: Any) -> None:
    own = make_window(school, UPLOAD, grade=3)
    assert windows.find(school.id, UPLOAD, YEAR, 1, grade=3).id == own.id  # type: ignore[union-attr]
    assert windows.find(school.id, UPLOAD, YEAR, 1, grade=2).id == window.id  # type: ignore[union-attr]
    assert windows.find(school.id, UPLOAD, YEAR, 2) is None


def test_a_yearly_window_is_found_from_any_term(school: Any) -> None:
    made = make_window(school, WindowKind.SELECTION)
    found = windows.find(school.id, WindowKind.SELECTION, YEAR, term=2, grade=1)
    assert found is not None
    assert found.id == made.id


def test_windows_of_other_schools_and_years_do_not_count(school: Any, window: Any) -> None:
    other = make_school()
    assert windows.find(other.id, UPLOAD, YEAR, 1) is None
    assert windows.find(school.id, UPLOAD, YEAR - 1, 1) is None
    assert windows.of_year(other.id, YEAR) == []


def test_the_clock_is_shown_in_the_last_hour(window: Any, clock: FrozenClock) -> None:
    for moment, shown in (
        (CLOSES - timedelta(hours=1) - SECOND, False),
        (CLOSES - timedelta(hours=1), True),
        (CLOSES - SECOND, True),
        (CLOSES, False),
    ):
        clock.set(moment)
        assert windows.in_last_hour(window) is shown


class TestSetting:
    """`set_window` and what it points out without stopping anybody."""

    @pytest.fixture
    def actor(self, school: Any) -> Any:
        return actor_of(make_staff(school, Role.REGISTRY))

    def codes(self, actor: Any, kind: WindowKind, opens: Any, closes: Any, **more: Any) -> list:
        _window, concerns = operations.set_window(actor, kind, YEAR, opens, closes, **more)
        return [one.code for one in concerns]

    def test_moving_a_window_keeps_one_row(self, school: Any, actor: Any) -> None:
        late = at(2027, 2, 10, 17)
        first, _ = operations.set_window(actor, UPLOAD, YEAR, OPENS, late, term=1)
        second, _ = operations.set_window(actor, UPLOAD, YEAR, OPENS, late + SECOND, term=1)
        assert first.id == second.id
        assert windows.find(school.id, UPLOAD, YEAR, 1).closes_at == late + SECOND  # type: ignore[union-attr]

    @pytest.mark.parametrize(
        ("closes", "found"),
        [
            (at(2027, 2, 3, 0, 0), []),  # 休業式 01-20 + 14 days
            (at(2027, 2, 2, 23, 59), ["CLOSES_TOO_EARLY"]),
        ],
    )
    def test_outcomes_close_two_weeks_after_the_ceremony(
        self, actor: Any, closes: Any, found: list[str]
    ) -> None:
        assert self.codes(actor, UPLOAD, OPENS, closes, term=1) == found

    def test_the_ceremony_is_the_schools_rule(self, school: Any, actor: Any) -> None:
        make_rule(school, "calendar.ceremony.term1", "01-10")
        assert self.codes(actor, UPLOAD, OPENS, at(2027, 1, 24, 12), term=1) == []

    def test_the_third_grades_second_term_may_close_early(self, actor: Any) -> None:
        early = at(2027, 5, 1, 17)
        opens = at(2027, 3, 1, 8)
        assert self.codes(actor, UPLOAD, opens, early, term=2, grade=3) == []
        assert self.codes(actor, UPLOAD, opens, early, term=2, grade=2) == ["CLOSES_TOO_EARLY"]
        assert self.codes(actor, UPLOAD, opens, early, term=2) == ["CLOSES_TOO_EARLY"]

    def test_certification_before_upload(self, actor: Any) -> None:
        upload = at(2027, 2, 10, 17)
        assert self.codes(actor, UPLOAD, OPENS, upload, term=1) == []
        kind = WindowKind.CERTIFICATION
        assert self.codes(actor, kind, OPENS, upload - SECOND, term=1) == ["CERTIFIED_TOO_EARLY"]
        assert self.codes(actor, kind, OPENS, upload, term=1) == []
        late = upload + timedelta(days=1)
        assert self.codes(actor, UPLOAD, OPENS, late, term=1) == ["CERTIFIED_TOO_EARLY"]

    def test_a_receipt_window_of_less_than_three_days(self, actor: Any) -> None:
        kind, opens = WindowKind.RECEIPT, at(2027, 8, 2, 8)
        short = opens + timedelta(days=3) - SECOND
        assert self.codes(actor, kind, opens, short) == ["RECEIPT_TOO_SHORT"]
        assert self.codes(actor, kind, opens, opens + timedelta(days=3)) == []

    @pytest.mark.parametrize(
        ("kind", "term", "closes"),
        [
            (UPLOAD, 1, OPENS),
            (UPLOAD, 0, CLOSES),
            (UPLOAD, 3, CLOSES),
            (WindowKind.SELECTION, 1, CLOSES),
        ],
    )
    def test_what_cannot_be_is_refused(
        self, actor: Any, kind: WindowKind, term: int, closes: Any
    ) -> None:
        with pytest.raises(InvalidInput):
            operations.set_window(actor, kind, YEAR, OPENS, closes, term=term)

    @pytest.mark.parametrize("year", [107, 2026, 9_999_999])
    def test_a_year_that_cannot_be_is_refused(self, actor: Any, year: int) -> None:
        with pytest.raises(InvalidInput):
            operations.set_window(actor, UPLOAD, year, OPENS, CLOSES, term=1)

    def test_a_teacher_sets_no_window(self, school: Any) -> None:
        actor = actor_of(make_staff(school, Role.TEACHER))
        with pytest.raises(NotAllowed):
            operations.set_window(actor, UPLOAD, YEAR, OPENS, CLOSES, term=1)
