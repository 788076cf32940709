"""Which window, whose role: a page asks by its address, a conversation in words."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from forms.definition import Ask, Group
from forms.fields import ChoiceField
from plugin.school.forms import GrantForm, RevokeForm, WindowForm
from plugin.school.models import WindowKind
from plugin.school.year_plan import Key


class AnyWindowForm(WindowForm):
    """When a window opens and closes, and which."""

    which = ChoiceField(
        _l("期間"),
        ask=Ask(_l("要設定哪一個期間？"), _l("說出項目就可以，例如：勾選。")),
    )

    class Meta:
        name = "window.set:any"
        title = _l("設定作業期間")
        groups = (
            Group("which", _l("哪一個期間"), ("which",)),
            *WindowForm.Meta.groups[:2],
        )

    @property
    def place(self) -> tuple[int, Key]:
        """The year and the window that was chosen; only asked once the form is valid."""
        return read_place(str(self.which.data))


def place_words(year: int, key: Key) -> str:
    """A window as the value of a choice."""
    kind, term, grade = key
    return f"{kind.value}:{year}:{term}:{grade}"


def read_place(words: str) -> tuple[int, Key]:
    """Undo `place_words`.

    :raises ValueError: it is none.
    """
    kind, year, term, grade = words.split(":")
    return int(year), (WindowKind(kind), int(term), int(grade))


class GrantToForm(GrantForm):
    """Give a role, and to whom."""

    person_id = ChoiceField(
        _l("人員"),
        ask=Ask(_l("要授予誰？"), _l("說出姓名或教職員編號；只能授予在職的教職員。"), pii=True),
    )

    class Meta:
        name = "role.grant:any"
        title = _l("授予角色")
        groups = (
            Group("who", _l("授予誰"), ("person_id",)),
            Group("role", _l("角色"), ("role", "starts_on", "ends_on", "reason")),
        )


class RevokeFromForm(RevokeForm):
    """Take a role back, and which."""

    grant_id = ChoiceField(
        _l("要撤銷的角色"),
        ask=Ask(_l("要撤銷誰的哪一個角色？"), _l("只列出另外授予、目前有效的角色。"), pii=True),
    )

    class Meta:
        name = "role.revoke:any"
        title = _l("撤銷角色")
        groups = (
            Group("which", _l("哪一個角色"), ("grant_id",)),
            Group("why", _l("理由"), ("reason",)),
        )
