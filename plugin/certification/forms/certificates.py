"""What is asked about certificates: an end with its reason, another name, publication, settings."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms.validators import ValidationError

from forms.definition import Ask, Form, Group
from forms.fields import ChoiceField, LongTextField, TextField
from plugin.certification import office_settings
from plugin.certification.operations.certifying import NAME, WORDS

_REASON_HELP = _l("會寄給當事人，並留在案件紀錄；公開名單只顯示狀態與日期。")


class EndForm(Form):
    """Why a certificate is revoked or annulled."""

    words = LongTextField(
        _l("原因與依據"),
        max_points=WORDS,
        ask=Ask(
            _l("為什麼要撤銷或廢止這張證書？"),
            help=_REASON_HELP,
            examples=[_l("檢附之研習證明經查不實，依環境教育人員認證及管理辦法撤銷。")],
        ),
    )

    class Meta(Form.Meta):
        name = "certification.certificate.end"
        title = _l("撤銷或廢止證書")


class ReissueForm(Form):
    """Another name on a certificate."""

    person_name = TextField(
        _l("更名後的姓名"),
        max_points=NAME,
        ask=Ask(_l("證書上的新姓名是什麼？"), help=_l("與身分證件相同。"), pii=True),
    )
    name_english = TextField(
        _l("英文姓名"),
        max_points=NAME,
        required=False,
        ask=Ask(
            _l("證書上的英文姓名是什麼？"),
            help=_l("與護照相同，例如 CHEN, YI-CHUN。"),
            pii=True,
        ),
    )
    words = LongTextField(
        _l("換發原因"),
        max_points=WORDS,
        ask=Ask(
            _l("為什麼要換發？"),
            help=_l("會告知當事人，例如「戶籍更名，已驗戶籍謄本」。"),
        ),
    )

    class Meta(Form.Meta):
        name = "certification.certificate.reissue"
        title = _l("換發證書")


class PublicationForm(Form):
    """Whether name, field, e-mail and validity may be published."""

    publish = ChoiceField(
        _l("是否同意公開"),
        choices=[("yes", _l("同意公開")), ("no", _l("不同意公開"))],
        ask=Ask(
            _l("是否同意在通過名單公開您的姓名、專業領域、電子信箱與證書效期？"),
            help=_l("儲存後立即生效，之後隨時可以再改。"),
            why=_l("證書字號、類別、狀態與日期依環境教育人員認證及管理辦法第 18 條一律公開。"),
        ),
    )

    class Meta(Form.Meta):
        name = "certification.publication"
        title = _l("通過名單的公開範圍")


class SettingsForm(Form):
    """What stands on certificates beside the person's own."""

    authority = TextField(
        _l("核發機關名稱"),
        max_points=40,
        ask=Ask(_l("證書上的核發機關怎麼寫？"), help=_l("印在證書上方。")),
    )
    authority_english = TextField(
        _l("核發機關英文名稱"),
        max_points=80,
        required=False,
        ask=Ask(_l("核發機關的英文名稱是什麼？")),
    )
    head = TextField(
        _l("署名（職稱與姓名）"),
        max_points=30,
        required=False,
        ask=Ask(
            _l("證書由誰署名？"),
            help=_l("例如「部長　○○○」；留白則只留印信的位置。"),
        ),
    )
    pattern = TextField(
        _l("證書字號格式"),
        max_points=60,
        ask=Ask(
            _l("證書字號怎麼編？"),
            help=_l(
                "{year} 是民國年，{category} 是類別，{serial:04} 是四位流水號；每年從 1 起編。"
            ),
            examples=[office_settings.PATTERN],
        ),
    )
    reissue = ChoiceField(
        _l("換發時的字號"),
        choices=[
            ("suffix", _l("原字號加「之一」序號，例如 第0001號之1")),
            ("new", _l("編新的流水號")),
        ],
        ask=Ask(_l("換發時字號怎麼編？")),
    )
    expertise = TextField(
        _l("專業領域"),
        max_points=40,
        ask=Ask(_l("證書上的專業領域是什麼？")),
    )
    expertise_english = TextField(
        _l("專業領域英文"),
        max_points=80,
        required=False,
        ask=Ask(_l("專業領域的英文是什麼？")),
    )

    class Meta(Form.Meta):
        name = "certification.certificate.settings"
        title = _l("證書設定")
        groups = (
            Group(
                "office",
                _l("核發機關"),
                ("authority", "authority_english", "head"),
            ),
            Group("number", _l("證書字號"), ("pattern", "reissue")),
            Group("field", _l("專業領域"), ("expertise", "expertise_english")),
        )

    def validate_pattern(self, field: Any) -> None:
        """A pattern that would repeat numbers or cannot be written."""
        if fault := office_settings.fault(field.data or ""):
            raise ValidationError(fault)

    def fill(self, now: office_settings.CertificateSettings) -> None:
        """Show what holds now."""
        self.authority.data = now.authority
        self.authority_english.data = now.authority_english
        self.head.data = now.head
        self.pattern.data = now.pattern
        self.reissue.data = "suffix" if now.reissue_suffix else "new"
        self.expertise.data = now.field
        self.expertise_english.data = now.field_english

    def settings(self) -> office_settings.CertificateSettings:
        """What the operation takes."""
        return office_settings.CertificateSettings(
            pattern=self.pattern.data or "",
            reissue_suffix=self.reissue.data == "suffix",
            authority=self.authority.data or "",
            authority_english=self.authority_english.data or "",
            head=self.head.data or "",
            field=self.expertise.data or "",
            field_english=self.expertise_english.data or "",
        )
