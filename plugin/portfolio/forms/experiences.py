"""The form of each kind of experience, made from `plugin.portfolio.kinds`.

Every door uses these forms, and sending reads what is stored by the same fields: a rule about an
answer is written once.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.datastructures import MultiDict
from wtforms.validators import ValidationError

from forms.definition import Ask, Form, Group
from forms.fields import (
    Asked,
    ChoiceField,
    LongTextField,
    NumberField,
    RocDateField,
    SummaryField,
    TextField,
)
from forms.file_field import FileAnswerField
from forms.files import StagedFile
from forms.validators import Between, Matches
from plugin import clock
from plugin.actor import Actor
from plugin.clock import TAIPEI
from plugin.portfolio.kinds import ANY, DOCUMENT, Field, Kind, kind
from plugin.portfolio.operations.experience_drafts import ExperienceInput
from plugin.portfolio.operations.intake import EXPERIENCE_SLOTS
from plugin.portfolio.stage import ExperienceStage
from plugin.school import rules
from plugin.school.terms import Term
from plugin.vault.check import MEDIA_TYPES

LINK_POINTS = 500
NOTE_POINTS = 500
EARLIEST = date(2001, 1, 1)
"""Before 民國 90 no student of today did anything: a slip such as 15/9/1 for 115/9/1."""
AHEAD = timedelta(days=730)
OPEN_CODE_POINTS = 10


class ExperienceForm(Form):
    """What the forms of all kinds have in common; `form_class` adds a kind's own fields."""

    kind: Kind

    def check(self, names: frozenset[str]) -> None:
        """Days in order, and the proof that the kind demands."""
        for one in self.kind.fields:
            if one.type == "date" and one.key in names:
                self._check_day(one)
        if {"document", "media", "link"} <= names:
            self._check_proof()

    def _check_day(self, one: Field) -> None:
        answer = self[one.key]
        if answer.data is None or answer.errors:
            return
        label = answer.label.text
        if not EARLIEST <= answer.data <= clock.today() + AHEAD:
            answer.errors = [_("「%(label)s」的年份看起來不對，請再確認一次。", label=label)]
            return
        earlier = self[one.not_before] if one.not_before else None
        if earlier is None or earlier.data is None or earlier.errors:
            return
        if answer.data < earlier.data:
            answer.errors = [
                _(
                    "「%(label)s」不能早於「%(earlier)s」。",
                    label=label,
                    earlier=earlier.label.text,
                )
            ]

    def _check_proof(self) -> None:
        if self["document"].errors or self["media"].errors:
            return
        has_document = self["document"].data is not None
        if self.kind.proof == DOCUMENT and not has_document:
            self["document"].errors = [_("請上傳「證明文件」。")]
        elif self.kind.proof == ANY and not (
            has_document or self["media"].data is not None or self["link"].data
        ):
            self["document"].errors = [_("請至少提供一項佐證：證明文件、影音檔或外部影音連結。")]

    def values(self) -> ExperienceInput:
        """What the operation takes: what can be read in one spelling, the rest as it was typed."""
        details = {one.key: _plain(self[one.key]) for one in self.kind.fields}
        return ExperienceInput(
            details={key: text for key, text in details.items() if text},
            summary=self["summary"].data or "",
            link=self["link"].data or "",
            ai_note=self["ai_note"].data or "",
            document_file_id=_file_id(self["document"].data),
            media_file_id=_file_id(self["media"].data),
        )

    @property
    def empty(self) -> bool:
        """Whether nothing at all was typed or uploaded."""
        return self.values() == ExperienceInput()


def experience_form(
    actor: Actor, name: str, year: int, given: Mapping[str, str] | None = None, **data: Any
) -> ExperienceForm:
    """The form of a kind for one student: the school's limits, own files.

    :param year: the academic year whose kinds and limits are told.
    :param given: what a draft holds, read like a post; None: what this request posts.
    :param data: further values, as WTForms takes them.
    """
    form = form_class(name, year)(
        **({} if given is None else {"formdata": MultiDict(given)}),
        stage=ExperienceStage(actor),
        **data,
    )
    assert actor.school_id is not None
    form["summary"].max_points = rules.number(
        actor.school_id, "experience.summary.max_points", year
    )
    for slot_name, slot in EXPERIENCE_SLOTS.items():
        form[slot_name].max_bytes = rules.number(actor.school_id, slot.rule, year)
        form[slot_name].description = "、".join(one.upper() for one in slot.kinds)
    return form


def blank(name: str, term: Term) -> Mapping[str, str]:
    """What a new form of a kind starts with: the year and term of now where the kind asks."""
    now = {"year": str(term.academic_year), "term": str(term.term)}
    known = {one.key for one in kind(name, term.academic_year).fields}
    return {key: text for key, text in now.items() if key in known}


def faults(name: str, year: int, details: Mapping[str, str]) -> dict[str, str]:
    """What is wrong with the stored answers to a kind's own fields, by field; {} when nothing is.

    Asked once more when an experience is sent, whichever door the answers came by.
    """
    keys = [one.key for one in kind(name, year).fields]
    form = form_class(name, year)(MultiDict(details), meta={"csrf": False})
    form.validate_fields(keys)
    return {key: str(form[key].errors[0]) for key in keys if form[key].errors}


@lru_cache(maxsize=64)
def form_class(name: str, year: int) -> type[ExperienceForm]:
    """The form of one kind as it holds in an academic year.

    :raises UnknownKind: none of that name.
    """
    of_kind = kind(name, year)
    own = tuple(one.key for one in of_kind.fields)
    fields: dict[str, Any] = {one.key: _field(one) for one in of_kind.fields}

    class Meta:
        title = of_kind.name.lazy
        groups = (
            Group("record", _l("這筆紀錄"), own),
            Group("summary", _l("內容簡述"), ("summary",)),
            Group("proof", _l("佐證"), ("document", "media", "link"), _proof_words(of_kind)),
            Group("ai", _l("AI 使用揭露"), ("ai_note",)),
        )

    Meta.name = f"experience.{name}"  # type: ignore[attr-defined]
    Meta.version = str(of_kind.from_year)  # type: ignore[attr-defined]
    return type(
        f"{name.title()}Form",
        (ExperienceForm,),
        {**fields, **_common_fields(of_kind), "kind": of_kind, "Meta": Meta},
    )


def _proof_words(of_kind: Kind) -> Any:
    if of_kind.proof == DOCUMENT:
        return _l("必須上傳證明文件，例如獎狀、聘書或證明書。")
    return _l("證明文件、影音檔、外部影音連結，至少提供一項。")


def _common_fields(of_kind: Kind) -> dict[str, Any]:
    return {
        "summary": SummaryField(
            _l("內容簡述"),
            required=False,
            ask=Ask(
                _l("請用幾句話簡述內容。"),
                _l("說明做了什麼、學到什麼。標點與換行各算 1 字。"),
                (_l("每週帶三位小朋友共讀繪本，學會把話說得慢而清楚。"),),
            ),
        ),
        "document": FileAnswerField(
            _l("證明文件"),
            accept=[MEDIA_TYPES[one] for one in EXPERIENCE_SLOTS["document"].kinds],
            required=of_kind.proof == DOCUMENT,
            ask=Ask(_l("請上傳證明文件（PDF、JPG 或 PNG）。")),
        ),
        "media": FileAnswerField(
            _l("影音檔"),
            accept=[MEDIA_TYPES[one] for one in EXPERIENCE_SLOTS["media"].kinds],
            required=False,
            ask=Ask(_l("請上傳影音檔（MP3 或 MP4）。")),
        ),
        "link": TextField(
            _l("外部影音連結"),
            max_points=LINK_POINTS,
            required=False,
            ask=Ask(
                _l("有外部的影音連結嗎？"),
                _l("以文字提交，不會下載內容；請確認連結的權限是公開的。"),
                ("https://www.youtube.com/watch?v=…",),
            ),
        ),
        "ai_note": LongTextField(
            _l("AI 使用揭露"),
            max_points=NOTE_POINTS,
            required=False,
            ask=Ask(
                _l("這件作品有使用 AI 嗎？怎麼用的？"),
                _l("如果使用了 AI 工具，請寫下工具名稱與用途；沒有使用可以不填。"),
                (_l("以翻譯工具查單字，文字由本人撰寫。"),),
            ),
        ),
    }


def _field(one: Field) -> Any:
    """The WTForms field of one field of a kind."""
    label = one.label.lazy
    shown = one.help.lazy if one.help.zh else (_example(one) if one.example else "")
    ask = Ask(
        _l("「%(label)s」是什麼？", label=label), shown, (one.example,) if one.example else ()
    )
    more: dict[str, Any] = {"ask": ask, "required": one.required}
    if one.type == "date":
        return RocDateField(label, **more)
    if one.type in {"int", "decimal"}:
        return NumberField(label, [Between(one.low, one.high)], places=one.places, **more)
    if one.codes is not None and not one.codes.open:
        choices = [(code, words.lazy) for code, words in one.codes.values.items()]
        if one.required:
            return ChoiceField(label, choices=choices, **more)
        return ChoiceField(label, choices=[("", _l("不填")), *choices], **more)
    if one.codes is not None:
        form = Matches(one.codes.form, _l("代碼的格式不對，請再確認；不知道可以留空。"))
        return TextField(label, [form], max_points=OPEN_CODE_POINTS, **more)
    return TextField(label, max_points=one.most, **more)


def _example(one: Field) -> Any:
    return _l("例如：%(example)s", example=one.example)


def _plain(field: Asked) -> str:
    """An answer as it is stored: read ones in one spelling, unreadable ones as they were typed."""
    data = getattr(field, "data", None)
    if field.process_errors:
        raw = field.raw_data or [""]
        return str(raw[0]).strip()[:200]
    if data is None:
        return ""
    if isinstance(data, date):
        return data.isoformat()
    if isinstance(data, Decimal):
        return f"{data.normalize():f}"
    return str(data)


def _file_id(file: StagedFile | None) -> int | None:
    return int(file.ref) if file is not None else None


class ExperienceReturnForm(Form):
    """Why an experience goes back to its student."""

    reason = LongTextField(
        _l("退回原因"),
        max_points=500,
        ask=Ask(
            _l("為什麼退回？請告訴學生哪裡要更正。"),
            _l("學生會看到這段文字。多元表現不需要認證，只在資料有誤時退回。"),
            (_l("證明文件不是本人的，請重新上傳。"),),
        ),
    )
    until = RocDateField(
        _l("可補正至"),
        required=False,
        ask=Ask(
            _l("學生最晚哪一天可以補正？"),
            _l("上傳期間結束後仍要讓學生更正時填寫，到當天 23:59 為止；例如 115/12/05。"),
            ("115/12/05",),
        ),
    )

    class Meta:
        name = "experience.return"
        title = _l("退回多元表現")

    def validate_until(self, field: RocDateField) -> None:
        """A day that is not over yet."""
        if field.data is not None and field.data < clock.today():
            raise ValidationError(_("「可補正至」必須是今天或以後的日期。"))

    @property
    def moment(self) -> datetime | None:
        """The last second of that day in Taipei."""
        if self.until.data is None:
            return None
        return datetime.combine(self.until.data, time(23, 59, 59), TAIPEI)


RETURN_REASONS = (
    _l("證明文件與填寫的內容不符，請更正後再送出。"),
    _l("日期或時數與證明文件不同，請更正後再送出。"),
    _l("證明文件無法辨識，請重新掃描或拍照後上傳。"),
    _l("這筆資料不屬於這個類別，請改用正確的類別重新填寫。"),
)
"""Templates of reasons; whoever returns may change the words."""
