"""The application 環境教育人員認證申請 (seed 000, 三、系統操作流程說明), asked by every door alike.

What is asked depends on what was answered: the documents on path, category and designation. While
a correction is open, only its items are asked (`application_form(only=…)`).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms.validators import ValidationError

from forms.definition import Ask, Form, Group
from forms.essay import EssayField
from forms.fields import ChoiceField, RocDateField, TextField, TickField
from forms.file_field import FileAnswerField
from forms.lookup import Entry, LookupField
from forms.validators import Matches
from plugin import clock
from plugin.certification import papers
from plugin.certification.forms.words import (
    CATEGORIES,
    CATEGORY_HELP,
    PATHS,
    QUESTIONS,
    SEXES,
    THEMES,
    YES_NO,
)
from plugin.certification.identity import Address, NationalId, kept_address, kept_id
from plugin.certification.models import Category, Path
from plugin.certification.papers import Facts

NAME = "certification.apply"
VERSION = "1"
YOUNGEST, OLDEST = 16, 100
"""Years of age between which a birthday is believed."""
TERTIARY = "tertiary"
"""Kind of a school in the list."""
_TERTIARY_NAMES = ("大學", "學院", "專科學校")


@dataclass(frozen=True)
class Basics:
    """What a case keeps of its application, for lists (the rest lies in its versions)."""

    name: str
    national_id: str
    email: str
    category: Category
    path: Path
    designated: bool
    publish: bool
    organisation_code: str
    organisation: str


def _bare(text: str | None) -> str | None:
    """Half-width and without spaces, as numbers are kept."""
    return None if text is None else "".join(unicodedata.normalize("NFKC", text).split())


def _capitals(text: str | None) -> str | None:
    """Half-width capital letters with single spaces, as in a passport."""
    return None if text is None else " ".join(unicodedata.normalize("NFKC", text).upper().split())


_LATIN = Matches(
    r"[A-Z][A-Z ,.'-]*", _l("請填護照上的英文拼音，只用英文字母、空格、逗號與連字號。")
)


class ApplicationForm(Form):
    """Consent, basic data, five questions, documents."""

    truthful = TickField(
        _l("我保證填報資料及附件屬實"),
        ask=Ask(_l("您保證填報的資料與附件都屬實嗎？"), why=_l("不實記載須負法律責任。")),
    )
    publish = ChoiceField(
        _l("資訊公開"),
        choices=[("yes", _l("同意公開")), ("no", _l("不同意公開"))],
        ask=Ask(
            _l("取得認證後，是否同意公開您的姓名、專業領域、電子信箱、效期與字號？"),
            _l("不論是否同意，證書的核發、撤銷或廢止依法仍須公開；之後可以更改。"),
        ),
    )
    agreed = TickField(
        _l("我已詳細閱讀並同意上述說明"),
        ask=Ask(_l("您已詳細閱讀並同意個人資料蒐集告知事項嗎？")),
    )

    name = TextField(_l("中文姓名"), max_points=40, ask=Ask(_l("您的中文姓名是？"), pii=True))
    surname_english = TextField(
        _l("英文姓（同護照）"),
        [_LATIN],
        max_points=39,
        filters=[_capitals],
        ask=Ask(_l("護照上的英文姓是？"), "", ("WANG",), pii=True),
    )
    given_name_english = TextField(
        _l("英文名（同護照）"),
        [_LATIN],
        max_points=39,
        filters=[_capitals],
        ask=Ask(_l("護照上的英文名是？"), "", ("HSIAO-MING",), pii=True),
    )
    national_id = TextField(
        _l("身分證統一編號"),
        [NationalId()],
        max_points=20,
        filters=[lambda text: kept_id(text) if text else text],
        ask=Ask(
            _l("您的身分證統一編號是？"),
            _l("外籍人士請填居留證統一證號，新式、舊式皆可。"),
            ("A123456789",),
            _l("查詢案件狀態與核發證書時需要；加密保存。"),
            pii=True,
        ),
    )
    sex = ChoiceField(_l("性別"), choices=SEXES, ask=Ask(_l("您的性別是？"), pii=True))
    birthday = RocDateField(
        _l("生日"),
        ask=Ask(_l("您的生日是哪一天？"), _l("例如 75/3/8 或 1986-03-08。"), ("75/3/8",), pii=True),
    )
    telephone = TextField(
        _l("聯絡電話"),
        [
            Matches(
                r"0\d{1,3}-\d{5,8}(#\d{1,6})?",
                _l("請填區碼、連字號與號碼，分機用 #，例如 02-66309988#999。"),
            )
        ],
        required=False,
        max_points=30,
        filters=[_bare],
        ask=Ask(
            _l("您的聯絡電話是？"), _l("例如 02-66309988#999。"), ("02-66309988#999",), pii=True
        ),
    )
    mobile = TextField(
        _l("行動電話"),
        [Matches(r"09\d{8}", _l("請填 10 碼行動電話，例如 0900000000。"))],
        required=False,
        max_points=20,
        filters=[_bare],
        ask=Ask(_l("您的行動電話是？"), _l("例如 0900000000。"), ("0900000000",), pii=True),
    )
    email = TextField(
        _l("電子信箱"),
        [Address()],
        max_points=254,
        filters=[lambda text: kept_address(text) if text else text],
        ask=Ask(_l("您的電子信箱是？"), _l("案件的每個進度都會寄到這個信箱。"), pii=True),
    )
    organisation = LookupField(
        _l("現職學校全銜"),
        free="unlisted",
        max_points=120,
        ask=Ask(
            _l("您現職的學校是？"),
            _l("可以輸入簡稱或學校代碼，再從符合的學校中選取；退休者請填退休前的學校。"),
        ),
    )
    unlisted = TickField(
        _l("清單中沒有我的學校，以我填寫的名稱為準"),
        required=False,
        ask=Ask(_l("清單中沒有這所學校，要以您填寫的名稱為準嗎？")),
    )
    title = TextField(
        _l("職稱"),
        required=False,
        max_points=40,
        ask=Ask(_l("您的職稱是？"), "", (_l("衛生組長"),)),
    )
    category = ChoiceField(
        _l("申請類別"),
        choices=CATEGORIES,
        ask=Ask(_l("要申請哪一類環境教育人員？"), CATEGORY_HELP),
    )
    path = ChoiceField(
        _l("申請資格"),
        choices=PATHS,
        ask=Ask(
            _l("以哪一種資格申請？"),
            _l("環境教育人員認證及管理辦法第 4 條至第 9 條；應附的文件因資格而不同。"),
        ),
    )
    designated = ChoiceField(
        _l("是否為指定人員"),
        choices=YES_NO,
        ask=Ask(
            _l("您是學校依環境教育法第 18 條第 1 項指定的人員嗎？"),
            _l("環境教育法第 18 條第 1 項；須與校長簽章的經歷證明文件一致。指定人員免繳審查費。"),
        ),
    )

    theme = ChoiceField(
        _l("第 1 題的議題（擇一）"), choices=THEMES, ask=Ask(_l("第 1 題要就哪一個議題說明？"))
    )
    essay1 = EssayField(QUESTIONS[0], max_points=3000, ask=Ask(QUESTIONS[0]))
    essay2 = EssayField(QUESTIONS[1], max_points=3000, ask=Ask(QUESTIONS[1]))
    essay3 = EssayField(QUESTIONS[2], max_points=3000, ask=Ask(QUESTIONS[2]))
    essay4 = EssayField(QUESTIONS[3], max_points=3000, ask=Ask(QUESTIONS[3]))
    essay5 = EssayField(QUESTIONS[4], max_points=3000, ask=Ask(QUESTIONS[4]))

    class Meta:
        name = NAME
        version = VERSION
        title = _l("環境教育人員認證申請")
        lookup: Any = None
        only: Collection[str] | None = None
        """While a correction is open: its items, the only questions."""
        groups = (
            Group("consent", _l("告知與同意"), ("truthful", "publish", "agreed")),
            Group(
                "basics",
                _l("基本資料"),
                (
                    "name", "surname_english", "given_name_english", "national_id", "sex",
                    "birthday", "telephone", "mobile", "email", "organisation", "unlisted", "title",
                    "category", "path", "designated",
                ),
            ),
            Group(
                "essays",
                _l("環境素養說明"),
                ("theme", "essay1", "essay2", "essay3", "essay4", "essay5"),
                _l("請針對下列議題撰寫個人想法及做法。"),
            ),
            Group(
                "papers",
                _l("上傳文件"),
                (*papers.papers(), "teacher_certificate_number"),
                _l("每一項請合併成一個 PDF 檔；選好檔案後會立即上傳並存成草稿。"),
            ),
        )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, one in self._fields.items():
            if hasattr(one, "ask"):
                one.ask = replace(one.ask, when=partial(_wanted, name))

    @property
    def facts(self) -> Facts:
        """What decides which documents are asked for, by the answers so far."""
        return Facts(
            _member(Path, self.path.data),
            _member(Category, self.category.data),
            self.designated.data == "yes",
            self._tertiary(),
        )

    def _tertiary(self) -> bool:
        found: Entry | None = self.organisation.found
        if found is not None and found.kind:
            return found.kind == TERTIARY
        return any(word in (self.organisation.data or "") for word in _TERTIARY_NAMES)

    def validate_birthday(self, field: RocDateField) -> None:
        """Of somebody who may be in post."""
        if field.data and not YOUNGEST <= _years(field.data, clock.today()) <= OLDEST:
            raise ValidationError(_("生日不在合理範圍，請確認民國或西元年。"))

    def basics(self) -> Basics:
        """For the case; asked once consent and basic data are valid."""
        found: Entry | None = self.organisation.found
        return Basics(
            name=self.name.data or "",
            national_id=self.national_id.data or "",
            email=self.email.data or "",
            category=Category(self.category.data),
            path=Path(self.path.data),
            designated=self.designated.data == "yes",
            publish=self.publish.data == "yes",
            organisation_code=found.code if found else "",
            organisation=found.name if found else self.organisation.data or "",
        )


def is_part(form: ApplicationForm, name: str) -> bool:
    """Whether a field belongs to this application, by path, category and designation."""
    if name == "unlisted":
        return _unlisted(form)
    if name == "teacher_certificate_number":
        name = "teacher_certificate"
    paper = papers.papers().get(name)
    return paper is None or paper.wanted(form.facts)


def _wanted(name: str, form: ApplicationForm) -> bool:
    """Whether a field is asked now."""
    only = form.meta.only
    if only is None:
        return is_part(form, name)
    if name == "unlisted":
        return "organisation" in only and _unlisted(form)
    return name in only


def _unlisted(form: ApplicationForm) -> bool:
    known = form.meta.lookup is None or form.organisation.found is not None
    return bool(form.organisation.data) and not known


def _member(kind: Any, value: str | None) -> Any:
    return kind(value) if value in {one.value for one in kind} else None


def _years(birthday: date, today: date) -> int:
    before = (today.month, today.day) < (birthday.month, birthday.day)
    return today.year - birthday.year - before


for _name, _paper in papers.papers().items():
    setattr(
        ApplicationForm,
        _name,
        FileAnswerField(
            _paper.label.lazy,
            accept=("application/pdf",),
            required=not _paper.optional,
            ask=Ask(
                _l("請上傳「%(label)s」（PDF）。", label=_paper.label.lazy),
                _paper.content.lazy,
                why=_paper.source,
            ),
        ),
    )

ApplicationForm.teacher_certificate_number = TextField(
    _l("教師證書字號"),
    required=False,
    max_points=60,
    ask=Ask(_l("您的教師證書字號是？"), _l("有附教師證書時請填寫。")),
)
