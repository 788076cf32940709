"""The room's page, queue and own kinds are made known; called by `plugin.school.init_app`."""

from __future__ import annotations

from flask import Flask
from flask_babel import lazy_gettext as _l

from forms.states import StateLabel, register_states
from plugin.school.importing.definition import Action
from plugin.school.importing.models import ImportState

LABELS = {
    ImportState.CHECKING: StateLabel(_l("檢查中"), "info"),
    ImportState.REFUSED: StateLabel(_l("無法讀取"), "bad"),
    ImportState.FAULTY: StateLabel(_l("有錯誤"), "bad"),
    ImportState.UNCHANGED: StateLabel(_l("沒有變更"), "calm"),
    ImportState.READY: StateLabel(_l("可以套用"), "wait"),
    ImportState.APPLYING: StateLabel(_l("套用中"), "info"),
    ImportState.APPLIED: StateLabel(_l("已套用"), "good"),
    ImportState.UNDOING: StateLabel(_l("復原中"), "info"),
    ImportState.UNDONE: StateLabel(_l("已復原"), "calm"),
    ImportState.CANCELLED: StateLabel(_l("已放棄"), "calm"),
}
ACTIONS = {
    Action.NEW: StateLabel(_l("新增"), "good"),
    Action.CHANGED: StateLabel(_l("修改"), "info"),
    Action.GONE: StateLabel(_l("停用"), "bad"),
}


def init_app(app: Flask) -> None:
    """Register the room."""
    from plugin.school.importing import views, work  # noqa: F401  (work registers its handlers)
    from plugin.school.importing.operations.kinds import register_own

    register_own()
    register_states(app, "import", LABELS)
    register_states(app, "import-action", ACTIONS)
    app.register_blueprint(views.blueprint)
