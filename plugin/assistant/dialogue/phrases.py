"""The assistant's own sentences, in one place and one voice."""

from __future__ import annotations

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from forms.definition import FieldDefinition, FormDefinition
from forms.sizes import file_size
from forms.wizard import Row
from plugin.errors import Refusal
from plugin.skills import FormSkill, Skill, WhichOne
from plugin.skills.replies import AskFile, Button, Facts, Part, Say

SKIP = _l("跳過")
CANCEL = _l("取消")
CHANGE = _l("我要修改")
RESTART = _l("重新開始")
HANDOFF = _l("改用表單填")
WELCOME = _l("不客氣，需要時再叫我。")
YES = _l("是")
NO = _l("否")

MOST_BUTTONS = 12
"""Choices shown as buttons; more are typed and matched."""


def ask(field: FieldDefinition, *, may_skip: bool, again: bool = False) -> list[Part]:
    """One question: the words, how to answer, buttons where there are choices."""
    parts: list[Part] = [Say(field.prompt)]
    if field.help and not again:
        parts.append(Say(field.help, "hint"))
    if field.kind == "file":
        parts.append(
            AskFile(field.label, field.limits.get("accept", ()), field.limits.get("max_bytes"))
        )
    elif field.kind == "tick":
        parts += [Button(YES, YES), Button(NO, NO)]
    elif len(field.choices) > MOST_BUTTONS:
        shown = _("、").join(label for _value, label in field.choices[:MOST_BUTTONS])
        parts.append(
            Say(
                _("可以輸入部分名稱，共有 %(total)s 項，例如：%(some)s …",
                  total=len(field.choices), some=shown),
                "hint",
            )
        )  # fmt: skip
    else:
        parts += [Button(label, label) for value, label in field.choices if value]
    told = bool(field.examples) and str(field.examples[0]) in str(field.help)
    told = told or bool(field.choices or field.offers)
    if field.examples and not told and not again:
        parts.append(Say(_("例如：%(example)s", example=field.examples[0]), "hint"))
    parts += [Button(name, answer) for name, answer in field.offers]
    if may_skip:
        parts.append(Button(SKIP, SKIP))
    return parts


def nothing_to_choose(field: FieldDefinition) -> list[Part]:
    """A required choice without a single choice."""
    return [
        Say(
            _("「%(label)s」目前沒有可以選的項目，這件事現在還不能辦。", label=field.label),
            "warning",
        )
    ]


def limits(field: FieldDefinition) -> str:
    """What an answer may be, in one sentence; empty when there is nothing to say."""
    told = []
    if field.limits.get("max_points"):
        told.append(_("最多 %(most)s 字", most=field.limits["max_points"]))
    if field.limits.get("max_bytes"):
        told.append(_("檔案最大 %(most)s", most=file_size(field.limits["max_bytes"])))
    if "low" in field.limits or "high" in field.limits:
        low, high = field.limits.get("low", ""), field.limits.get("high", "")
        told.append(_("範圍 %(low)s～%(high)s", low=low, high=high))
    return _("，").join(told)


def why(field: FieldDefinition) -> str:
    """Why this is asked."""
    if field.why:
        return field.why
    if field.required:
        return _("「%(label)s」是這份資料必填的項目，沒有它就無法送出。", label=field.label)
    return _("「%(label)s」可以不填；填了會讓這份資料更完整。", label=field.label)


def summary(
    skill: FormSkill, form: FormDefinition, rows: list[Row], warning: str, token: str
) -> list[Part]:
    """Everything read back, what cannot be undone, and the button that carries it out."""
    facts = Facts(
        [
            (row.label, row.value or _("（未填）"), _("修改%(label)s", label=row.label))
            for row in rows
        ],
        form.title,
    )
    parts: list[Part] = [Say(_("請確認以下內容：")), facts]
    if warning:
        parts.append(Say(warning, "warning"))
    parts += [
        Button(skill.confirm, _("確認"), token=token, primary=True),
        *([Button(CHANGE, CHANGE)] if rows else []),
        Button(CANCEL, CANCEL),
    ]
    return parts


def refused(refusal: Refusal) -> list[Part]:
    """A refusal, with what to do next."""
    parts: list[Part] = [Say(refusal.message, "error")]
    if refusal.remedy:
        parts.append(Say(refusal.remedy))
    parts += [Say(words, "warning") for words in refusal.fields.values() if words]
    if isinstance(refusal, WhichOne):
        parts += [Button(label, words) for label, words in refusal.offers]
    return parts


def offer(skills: list[Skill], words: str) -> list[Part]:
    """Several things that could be meant."""
    return [Say(words), *(Button(one.title, one.say or one.title) for one in skills)]
