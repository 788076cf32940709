"""National IDs and addresses as the applicant types them: checked, kept, found, shown."""

from __future__ import annotations

import re
import unicodedata
from typing import Any

from flask_babel import gettext as _
from wtforms.validators import ValidationError

from plugin import secrets
from plugin.school.identity import well_formed

MOST_POINTS = 254
"""Of an address (RFC 5321 §4.5.3.1.3, less the brackets)."""
_ADDRESS = re.compile(
    r"[^\s@<>(),;:\\\"\[\]]{1,64}@(?:[^\s@.<>(),;:\\\"\[\]]{1,63}\.)+[^\s@.\d]{2,63}"
)


class NationalId:
    """An ID or a resident certificate's number, in the new or the old form, with a right check
    digit. (seed 000, 電子信箱確認: 身分證統一編號.)"""

    def __call__(self, form: Any, field: Any) -> None:
        if not well_formed(kept_id(field.data or "")):
            raise ValidationError(
                _("這不是有效的身分證或居留證統一編號，請檢查是否打錯（1 個英文字母加 9 碼）。")
            )


class Address:
    """An e-mail address that a mail can be sent to."""

    def __call__(self, form: Any, field: Any) -> None:
        address = kept_address(field.data or "")
        if len(address) > MOST_POINTS or not _ADDRESS.fullmatch(address):
            raise ValidationError(_("這不是有效的電子信箱，請填如 wang@example.edu.tw 的格式。"))


def kept_id(typed: str) -> str:
    """As it is stored and compared: no spaces, half-width, capital letters."""
    return "".join(unicodedata.normalize("NFKC", typed).split()).upper()


def kept_address(typed: str) -> str:
    """As it is stored and compared: no spaces, half-width, small letters."""
    return "".join(unicodedata.normalize("NFKC", typed).split()).lower()


def digest_of_id(typed: str) -> str:
    """By which a case is found without the ID lying open (`CertificationCase`)."""
    return secrets.digest("national-id", kept_id(typed))
