"""One person in two windows at the very same moment, behind a real server: one of them is heard,
the other is told so, and what was confirmed is done once."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator

import pytest
import sqlalchemy as sa
from flask import Flask

from plugin import db
from plugin.actor import Actor
from plugin.assistant import hearing
from plugin.assistant.models import Conversation, Speaker, Turn
from plugin.portfolio.models import Outcome, OutcomeState
from tests.plugin.assistant.hearing import Hears
from tests.plugin.assistant.served import Window, at_once, served, together, windows
from tests.plugin.assistant.talker import Talker
from tests.plugin.portfolio.world import World, make_world, pdf

ActAs = Callable[[Actor | None], Actor | None]
UPLOAD = "幫我上傳國文課的成果，標題是赤壁賦心得"


@pytest.fixture
def world(app: Flask) -> World:
    return make_world()


@pytest.fixture(autouse=True)
def hears(monkeypatch: pytest.MonkeyPatch) -> Hears:
    known = Hears()
    known[UPLOAD] = ("outcome.upload", {"course": "國文", "title": "赤壁賦心得"})
    known["我的成果怎麼樣了"] = ("outcome.status", {})
    known["催繳"] = ("reminder.send", {"audience": "還沒完成的學生"})
    monkeypatch.setattr(hearing, "_read", known.read)
    return known


@pytest.fixture
def url(app: Flask, world: World, act_as: ActAs) -> Iterator[str]:
    """Where the pupil talks."""
    act_as(world.pupil)
    with served(app) as address:
        yield address


@pytest.fixture
def summary(app: Flask, url: str, world: World) -> Talker:
    """Everything is answered; the summary stands, to be confirmed."""
    pupil = Talker(app.test_client(), world.pupil)
    pupil.say(UPLOAD)
    pupil.say("比較前後赤壁賦的心境轉折。")
    pupil.say("", ("心得.pdf", pdf()))
    pupil.say("跳過")
    pupil.say("跳過")
    assert pupil.button("送出認證").token
    return pupil


def sent() -> list[OutcomeState]:
    return list(db.reading().scalars(sa.select(Outcome.state)))


def heard() -> Counter[str]:
    """What the person said, as it is kept."""
    query = sa.select(Turn.content).where(Turn.speaker == Speaker.PERSON)
    return Counter(db.reading().scalars(query))


def tasks() -> list[dict[str, object]]:
    state = json.loads(db.reading().scalars(sa.select(Conversation.state)).one())
    found: list[dict[str, object]] = state.get("tasks", [])
    return found


def test_the_same_confirmation_pressed_at_once(
    summary: Talker, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = windows(url)
    together(monkeypatch)
    statuses = at_once(lambda: one.press("送出認證"), lambda: other.press("送出認證"))
    assert statuses == [200, 409]
    db._close_reads()
    assert sent() == [OutcomeState.SENT]
    assert tasks() == []
    # Whoever was told to look again does, and goes on.
    late = Window(url)
    assert "已收到並送出認證" in late.page.text
    assert late.say("我的成果怎麼樣了") == 200
    assert "待認證 1 件" in late.page.text


def test_a_crowd_of_windows_confirms_whenever_it_likes(summary: Talker, url: str) -> None:
    crowd = windows(url, 5)
    statuses = at_once(*(lambda one=one: one.press("送出認證") for one in crowd))
    assert set(statuses) <= {200, 409}
    assert 200 in statuses
    db._close_reads()
    assert sent() == [OutcomeState.SENT]


def test_different_things_said_at_once(
    url: str, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One answers the question, the other asks something else: one of them was not heard, knows
    it, and the form is as the other left it."""
    Window(url).say(UPLOAD)
    one, other = windows(url)
    together(monkeypatch)
    statuses = at_once(
        lambda: one.say("比較前後赤壁賦的心境轉折。"), lambda: other.say("我的成果怎麼樣了")
    )
    assert statuses == [200, 409]
    db._close_reads()
    assert sorted(heard().values()) == [1, 1]
    assert len(tasks()) == 1
    again = Window(url)
    for words in ("比較前後赤壁賦的心境轉折。", "跳過"):
        assert again.say(words) == 200
    assert sent() == []  # nothing was confirmed


def test_confirmed_in_one_window_and_changed_in_the_other(
    summary: Talker, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is sent is what the pressed summary showed, or nothing."""
    one, other = windows(url)
    together(monkeypatch)
    statuses = at_once(lambda: one.press("送出認證"), lambda: other.say("標題改成後赤壁賦"))
    assert statuses == [200, 409]
    db._close_reads()
    titles = list(db.reading().scalars(sa.select(Outcome.title)))
    assert titles in ([], ["赤壁賦心得"])


def test_the_first_word_ever_in_two_windows(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    one, other = windows(url)
    together(monkeypatch)
    assert at_once(lambda: one.say(UPLOAD), lambda: other.say(UPLOAD)) == [200, 409]
    db._close_reads()
    assert heard() == {UPLOAD: 1}
    assert len(tasks()) == 1


def test_the_progress_of_queued_work_is_drawn_part_by_part(
    app: Flask, url: str, world: World, act_as: ActAs, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A part is drawn when the request has been left, and nobody may read a school's rows."""
    act_as(world.clerk)
    clerk = Window(url)
    clerk.say("催繳")
    monkeypatch.setitem(app.config, "TESTING", False)  # tests may read all schools'
    answer = clerk.in_pieces("送出提醒")
    answer.encoding = "utf-8"
    pieces = answer.text.split("<!--/piece-->")
    assert answer.status_code == 200
    assert re.search(r'class="lc-progress" id="job-\d+"', "".join(pieces))
    assert pieces[-1].strip() == ""
