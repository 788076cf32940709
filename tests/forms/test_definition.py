"""A form describes itself for doors that draw no HTML."""

from __future__ import annotations

import pytest
from flask import Flask
from wtforms import StringField

from forms.definition import Ask, DefinitionError, Form, Group, describe
from forms.fields import ManyField, NumberField, TextField
from forms.validators import Between, Matches
from tests.forms.support import COURSES, MemoryStage, OutcomeForm


def test_a_class_is_described_in_plain_words(context: Flask) -> None:
    found = describe(OutcomeForm)
    assert (found.name, found.version, found.title) == ("outcome.upload", "1", "上傳課程學習成果")
    assert [group.key for group in found.groups] == ["what", "files", "extra"]
    assert found.groups[0].fields == ("course", "title", "made_on")
    title = found.field("title")
    assert title.prompt == "這份成果叫什麼名稱？"
    assert title.examples == ("讀書心得",)
    assert title.why == "會印在提交名冊上。"
    assert (title.kind, title.required, title.limits) == ("text", True, {"max_points": 30})
    assert found.field("course").choices == tuple(COURSES)
    assert found.field("document").limits == {
        "accept": ("application/pdf",),
        "max_bytes": 4194304,
    }
    assert found.field("remark").pii is True
    assert found.field("summary").limits == {"max_points": 100}
    with pytest.raises(KeyError):
        found.field("csrf_token")


def test_an_instance_is_described_with_the_choices_of_its_person(context: Flask) -> None:
    form = OutcomeForm(None, stage=MemoryStage())
    form.course.choices = [("art", "美術")]
    assert describe(form).field("course").choices == (("art", "美術"),)
    assert describe(OutcomeForm).field("course").choices == tuple(COURSES)


def test_a_form_without_groups_has_one(context: Flask) -> None:
    class Small(Form):
        class Meta:
            name = "small"
            title = "小表單"

        first = TextField("一", ask=Ask("一？"))
        second = NumberField("二", [Between(1, 5)], ask=Ask("二？"), required=False)

    found = describe(Small)
    assert [group.fields for group in found.groups] == [("first", "second")]
    assert found.field("second").limits == {"places": 0, "low": 1, "high": 5}
    assert found.field("second").required is False


def test_a_field_nobody_can_be_asked_for_is_refused(context: Flask) -> None:
    class Silent(Form):
        class Meta:
            name = "silent"
            title = "沒有提問"

        first = StringField("一")

    with pytest.raises(DefinitionError, match="first"):
        describe(Silent)


def test_every_field_belongs_to_exactly_one_group(context: Flask) -> None:
    class Lost(Form):
        class Meta:
            name = "lost"
            title = "漏了"
            groups = (Group("one", "一", ("first",)),)

        first = TextField("一", ask=Ask("一？"))
        second = TextField("二", ask=Ask("二？"))

    with pytest.raises(DefinitionError, match="second"):
        describe(Lost)


def test_a_form_needs_a_name(context: Flask) -> None:
    class Nameless(Form):
        first = TextField("一", ask=Ask("一？"))

    with pytest.raises(DefinitionError, match="name"):
        describe(Nameless)


def test_operations_put_their_refusals_at_the_fields(context: Flask) -> None:
    form = OutcomeForm(None, stage=MemoryStage())
    form.add_errors({"title": "名稱已經用過。", "quota": "本學期已滿。"})
    assert form.errors["title"] == ["名稱已經用過。"]
    assert form.form_errors == ["本學期已滿。"]


def test_every_kind_of_field_can_be_described(context: Flask) -> None:
    class Wide(Form):
        class Meta:
            name = "wide"
            title = "各種欄位"

        days = ManyField("星期", choices=[("1", "一"), ("2", "二")], ask=Ask("哪幾天？"))
        code = TextField("代碼", [Matches(r"\d{4}", "代碼是四個數字。")], ask=Ask("代碼？"))

    found = describe(Wide)
    assert [one.kind for one in found.fields] == ["choices", "text"]
    assert found.field("days").choices == (("1", "一"), ("2", "二"))
