"""What is kept about a person who was certified."""

from __future__ import annotations

import sqlalchemy as sa
from flask_babel import gettext as _

from plugin import db
from plugin.certification.models import Certificate
from plugin.trail import holdings
from plugin.trail.holdings import About, Holding


@holdings.kept
def _certificates(about: About) -> list[Holding]:
    """Certificates with name, address and consent."""
    if about.person_id is None:
        return []
    query = sa.select(sa.func.count(Certificate.id)).where(
        Certificate.school_id == about.school_id, Certificate.holder_id == about.person_id
    )
    return [
        Holding(
            _("環境教育人員認證證書：姓名、電子信箱、類別、效期與公開意願"),
            db.reading().scalar(query) or 0,
            _("證明您取得的認證；核發、撤銷與廢止依法公開。"),
            _("依法令保存，不因停止使用而刪除；姓名等資料是否公開可隨時更改。"),
            62,
        )
    ]
