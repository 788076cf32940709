"""The form of one training in the ledger of hours."""

from __future__ import annotations

from typing import Any

from flask import request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.datastructures import FileStorage, MultiDict
from wtforms.validators import ValidationError

from forms.definition import Ask, Form
from forms.fields import ChoiceField, NumberField, RocDateField, TextField, TickField
from forms.file_field import FileAnswerField
from forms.files import FileRefused, StagedFile
from forms.validators import Between
from plugin import clock, uploads
from plugin.actor import Actor
from plugin.certification.hours import HOUR, book
from plugin.certification.models import HourEntry
from plugin.certification.operations import hours as operations
from plugin.certification.operations.hours import HourInput
from plugin.certification.stage import PaperStage, staged_file
from plugin.errors import Refusal
from plugin.vault.check import MEDIA_TYPES

STEP = 30
"""Minutes; trainings are counted in half hours."""


class ProofStage(PaperStage):
    """Where the proof of a training waits."""

    def put(self, upload: FileStorage, *, field: str) -> StagedFile:
        """Take the upload.

        :raises FileRefused: the vault's words, with what to do.
        """
        staged = getattr(upload, "staged", None)
        if staged is None:
            staged = uploads.stage(upload.stream, upload.filename or "")
        try:
            return staged_file(operations.receive(self.actor, staged))
        except Refusal as refusal:
            words = " ".join(filter(None, (refusal.message, refusal.remedy)))
            raise FileRefused(words) from refusal


class HourForm(Form):
    """One training: what, when, by whom, how long, and its proof."""

    title = TextField(
        _l("研習名稱"),
        max_points=operations.TITLE,
        ask=Ask(_l("研習的名稱是什麼？"), "", (_l("環境教育法規與實務研習"),)),
    )
    topic = ChoiceField(
        _l("議題"),
        choices=[(one.code, one.label.lazy) for one in book().topics.values()],
        empty=_l("請選擇議題"),
        ask=Ask(_l("這場研習屬於哪一個議題？"), _l("以研習證明或核定函所載為準。")),
    )
    held_on = RocDateField(
        _l("研習日期"),
        ask=Ask(_l("研習是哪一天？"), _l("多日的研習填最後一天，例如 115/03/01。"), ("115/03/01",)),
    )
    hours = NumberField(
        _l("研習時數"),
        [Between(0, 100)],
        places=1,
        ask=Ask(_l("研習幾小時？"), _l("以半小時計，例如 3 或 2.5。"), ("3", "2.5")),
    )
    provider = TextField(
        _l("辦理單位"),
        max_points=operations.PROVIDER,
        ask=Ask(_l("哪個單位辦理的？"), "", (_l("臺北市政府環境保護局"),)),
    )
    provider_kind = ChoiceField(
        _l("辦理單位的類別"),
        choices=[(one.code, one.label.lazy) for one in book().providers.values()],
        ask=Ask(_l("辦理單位屬於哪一類？"), _l("「其他單位」辦理的研習不採計。")),
    )
    approval_number = TextField(
        _l("核定文號"),
        max_points=operations.APPROVAL,
        required=False,
        ask=Ask(
            _l("研習的核定文號是？"),
            _l("印在研習證明或核定函上；沒有核定文號的研習不採計。"),
            (_l("北市環綜字第1153000001號"),),
        ),
    )
    digital = TickField(
        _l("數位課程（線上研習）"),
        required=False,
        ask=Ask(_l("是數位課程嗎？"), _l("展延時，數位課程的採計時數有上限。")),
    )
    proof = FileAnswerField(
        _l("研習證明"),
        accept=[MEDIA_TYPES[one] for one in operations.KINDS],
        ask=Ask(_l("請上傳研習證明（PDF、JPG 或 PNG）。")),
    )

    class Meta:
        name = "certification.hours"
        title = _l("登錄研習時數")

    def validate_held_on(self, field: RocDateField) -> None:
        """A training that has taken place."""
        if field.data is not None and field.data > clock.today():
            raise ValidationError(_("研習日期不能晚於今天；結束後再登錄。"))

    def validate_hours(self, field: NumberField) -> None:
        """Whole half hours, at least one."""
        if field.data is not None and (not field.data or int(field.data * HOUR) % STEP):
            raise ValidationError(_("研習時數請以半小時計，例如 2.5。"))

    def values(self) -> HourInput:
        """What the operation takes; asked once the form is valid."""
        file, day = self.proof.data, self.held_on.data
        assert day is not None
        return HourInput(
            topic=self.topic.data or "",
            title=self.title.data or "",
            provider=self.provider.data or "",
            provider_kind=self.provider_kind.data or "",
            approval_number=self.approval_number.data or "",
            held_on=day,
            minutes=int(self.hours.data * HOUR),
            digital=bool(self.digital.data),
            file_id=int(file.ref) if file is not None else None,
        )


def hour_form(actor: Actor, entry: HourEntry | None = None) -> HourForm:
    """The form for one person: what was posted, else what the entry holds."""
    more: dict[str, Any] = {"stage": ProofStage(actor)}
    if entry is not None and request.method != "POST":
        more["formdata"] = MultiDict(_given(entry))
    form = HourForm(**more)
    form.proof.max_bytes = operations.limit(actor)
    form.proof.description = "、".join(one.upper() for one in operations.KINDS)
    return form


def _given(entry: HourEntry) -> dict[str, str]:
    given = {
        "title": entry.title,
        "topic": entry.topic,
        "held_on": entry.held_on.isoformat(),
        "hours": f"{entry.minutes / HOUR:g}",
        "provider": entry.provider,
        "provider_kind": entry.provider_kind,
        "approval_number": entry.approval_number,
        "proof-ref": str(entry.file_id or ""),
    }
    return given | ({"digital": "y"} if entry.digital else {})
