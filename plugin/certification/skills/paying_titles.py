"""What the jobs around a payment are called, on buttons and where they are looked for."""

from flask_babel import lazy_gettext as _l

CLAIM = _l("回報已繳費")
DROP = _l("取消繳費回報")
CONFIRM = _l("確認繳費")
DOUBT = _l("查無款項，退回待繳費")
