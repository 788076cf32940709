"""Questions that depend on answers: the page, the wizard and the conversation ask the same."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from flask import Flask
from werkzeug.datastructures import MultiDict

from forms.definition import Ask, Form, Group, describe, field_names, groups_of
from forms.essay import EssayField
from forms.fields import ChoiceField, TextField, TickField
from forms.lookup import Entry, LookupField
from forms.walk import Walk
from forms.wizard import CHECK, Incomplete, Wizard
from tests.forms.support import MemoryDrafts

PLACES = [
    Entry("111111", "臺北市立歷程高級中學", "臺北市", "senior"),
    Entry("111112", "臺北市立歷程國民小學", "臺北市", "elementary"),
    Entry("222222", "高雄市立測試國民中學", "高雄市", "junior"),
]


class Places:
    """Three schools."""

    url = "/places.json"

    def find(self, text: str) -> Entry | None:
        return next((one for one in PLACES if text in (one.label, one.name, one.code)), None)

    def search(self, text: str, limit: int) -> Sequence[Entry]:
        return [one for one in PLACES if text in one.name][:limit]


class TripForm(Form):
    """How one comes; a driver is asked for the plate."""

    way = ChoiceField("方式", choices=[("car", "開車"), ("foot", "步行")], ask=Ask("怎麼來？"))
    plate = TextField("車牌", ask=Ask("車牌是？", when=lambda form: form.way.data == "car"))
    reason = TextField("說明", required=False, max_points=20, ask=Ask("要說明嗎？"))
    school = LookupField("學校", free="own", ask=Ask("哪一所學校？"))
    own = TickField(
        "清單中沒有",
        required=False,
        ask=Ask("清單中沒有嗎？", when=lambda form: form.school.data and not form.school.found),
    )
    space = TextField("車位", ask=Ask("哪個車位？", when=lambda form: form.way.data == "car"))
    story = EssayField("心得", required=False, low=3, high=5, ask=Ask("心得？"))

    class Meta:
        name = "trip"
        title = "交通"
        lookup: Any = Places()
        groups = (
            Group("way", "方式", ("way", "plate", "reason")),
            Group("where", "地點", ("school", "own")),
            Group("parking", "停車", ("space",)),
            Group("story", "心得", ("story",)),
        )


def build(data: Any) -> TripForm:
    return TripForm(data, meta={"csrf": False})


@pytest.fixture
def wizard(context: Flask) -> Wizard:
    return Wizard(build, MemoryDrafts(), person="p1")


def post(**values: str) -> MultiDict[str, Any]:
    return MultiDict(values)


def test_a_question_is_asked_by_the_answers_so_far(context: Flask) -> None:
    assert field_names(build(post(way="foot"))) == ("way", "reason", "school", "story")
    assert "plate" in field_names(build(post(way="car")))
    assert [one.key for one in groups_of(build(post(way="foot")))] == ["way", "where", "story"]
    assert not build(post(way="car", school="111111")).validate()
    assert build(post(way="foot", school="111111")).validate()


def test_the_definition_names_every_question(context: Flask) -> None:
    found = describe(build(None))
    assert {one.name for one in found.fields} == {
        "way", "plate", "reason", "school", "own", "space", "story",
    }  # fmt: skip


def test_a_condition_and_its_question_may_come_with_one_post(wizard: Wizard) -> None:
    assert not wizard.post("way", post(way="car", plate="ABC-1234")).errors
    assert wizard.form().plate.data == "ABC-1234"
    assert wizard.keys == ["way", "where", "parking", "story", CHECK]


def test_a_step_that_asks_for_more_is_not_done_any_longer(wizard: Wizard) -> None:
    wizard.post("way", post(way="car", plate="ABC-1234"))
    wizard.post("where", post(school="111111"))
    wizard.post("parking", post(space="B2"))
    wizard.skip("story")
    assert wizard.resume() == CHECK
    wizard.post("way", post(way="foot"))
    assert wizard.resume() == CHECK
    assert "space" not in {row.name for one in wizard.sections() for row in one.rows}
    wizard.finish()
    wizard.post("way", post(way="car"))
    assert wizard.resume() == "way"
    assert [(one.step, one.name) for one in wizard.missing()] == [("way", "plate")]
    with pytest.raises(Incomplete):
        wizard.finish()


def test_what_is_not_asked_now_is_kept_for_when_it_is(wizard: Wizard) -> None:
    wizard.post("way", post(way="car", plate="ABC-1234"))
    wizard.post("way", post(way="foot"))
    assert wizard.draft().values["plate"] == ["ABC-1234"]


def test_the_conversation_walks_the_same(context: Flask) -> None:
    walk = Walk(build, MemoryDrafts(), person="p1")
    assert walk.open()[0] == "way"
    assert "plate" not in walk.names
    walk.put({"way": ["car"]})
    assert walk.names[:2] == ("way", "plate")
    taken = walk.put({"plate": ["ABC-1234"], "school": ["歷程"], "space": ["B2"]})
    assert list(taken.faults) == ["school"]
    assert "臺北市立歷程高級中學（111111）" in taken.faults["school"][0]
    assert "own" in walk.names
    walk.put({"school": ["測試"]})
    assert walk.form().school.found == PLACES[2]
    for name in walk.open():
        walk.skip(name)
    assert walk.finish().plate.data == "ABC-1234"
    walk.put({"way": ["foot"]})
    assert {row.name for row in walk.rows()} == {"way", "reason", "school", "story"}


def test_an_answer_that_was_brought_is_looked_at_once(context: Flask) -> None:
    store, before = MemoryDrafts(), {"way": ["car"], "plate": ["ABC-1234"]}

    def walking(*skipped: str) -> Walk:
        return Walk(
            build, store, person="p1", first=before, skipped=skipped,
            anew=lambda form: [
                name for name in before if form[name].draft_values()[name] == before[name]
            ],
        )  # fmt: skip

    walk = walking()
    assert walk.open()[:2] == ["way", "plate"]
    walk.put({"way": ["car"]})  # the same again is an answer, too
    assert walk.open()[0] == "plate"
    walk.skip("plate")
    assert "plate" not in walk.open()
    assert walking(*walk.skipped).open() == walk.open()
    assert walk.form().plate.data == "ABC-1234"


def test_passing_over_drops_an_answer_that_does_not_pass(context: Flask) -> None:
    walk = Walk(build, MemoryDrafts(), person="p1")
    walk.put({"way": ["foot"], "reason": ["長" * 21]})
    assert "reason" in walk.faults()
    walk.skip("reason")
    assert "reason" not in walk.open()
    assert not walk.form().reason.data


def test_a_name_of_ones_own_needs_the_tick(context: Flask) -> None:
    form = build(post(way="foot", school="自辦學校"))
    assert not form.validate()
    assert not form.school.suggested
    free = build(post(way="foot", school="自辦學校", own="y"))
    assert free.validate()
    assert free.school.shown() == "自辦學校（自行填寫）"


def test_one_match_is_taken_and_several_are_offered(context: Flask) -> None:
    one = build(post(way="foot", school="測試"))
    assert one.validate()
    assert one.school.draft_values() == {"school": ["高雄市立測試國民中學（222222）"]}
    several = build(post(way="foot", school="歷程"))
    assert not several.validate()
    assert [entry.code for entry in several.school.suggested] == ["111111", "111112"]
    html = str(several.school())
    assert 'name="school-pick"' in html
    assert "臺北市立歷程國民小學（111112）" in html
    picked = build(post(way="foot", school="歷程", **{"school-pick": PLACES[1].label}))
    assert picked.validate()
    assert picked.school.found == PLACES[1]


def test_the_length_of_an_essay_is_advice(context: Flask) -> None:
    form = build(post(way="foot", school="111111", story="一，二"))
    assert form.validate()
    assert form.story.advice == "2 字，建議 3 至 5 字"
    assert 'data-low="3"' in str(form.story())
