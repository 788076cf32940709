"""The overviews on people's desks: where to go, and a child's figures."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from plugin.actor import Role
from plugin.desk import registry

registry.nav(Role.STUDENT, _l("我的學習歷程"), "portfolio.timeline", 9)
registry.nav(Role.STUDENT, _l("匯出"), "portfolio.export_list", 18)
registry.nav(Role.PARENT, _l("子女的學習歷程"), "portfolio.children", 19)
registry.nav(Role.REGISTRY, _l("總覽"), "portfolio.dashboard", 39)
registry.nav(Role.ADMINISTRATOR, _l("總覽"), "portfolio.dashboard", 39)
registry.nav(Role.STUDENT_AFFAIRS, _l("總覽"), "portfolio.dashboard", 39)
