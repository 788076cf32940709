"""Header, navigation and banners of every page after a launch."""

from __future__ import annotations

from flask import current_app, request
from flask_babel import gettext as _

from forms.frame import Banner, Frame, NavItem
from plugin import web
from plugin.actor import Actor
from plugin.desk import registry, words
from plugin.school import lastday
from plugin.school import queries as school
from plugin.school.roles import LABELS
from plugin.settings import Settings
from plugin.trail import queries as trail

HOME = "desk.home"
INBOX = "trail.inbox"


def load() -> Frame | None:
    """The frame of this request; None when nobody is there."""
    actor = web.actor()
    if actor is None or actor.school_id is None:
        return None
    bound = actor.person_id is not None
    return Frame(
        school=school.school(actor.school_id).name,
        person=actor.name,
        role=role_words(actor),
        home=HOME,
        nav=_nav(actor) if bound else (),
        inbox_endpoint=INBOX if bound else None,
        inbox_count=trail.unread(actor.school_id, actor.person_id) if actor.person_id else 0,
        language_endpoint=current_app.extensions.get("licheng.language_endpoint"),
        leave_endpoint=current_app.extensions.get("licheng.leave_endpoint"),
        privacy_endpoint=current_app.extensions.get("licheng.privacy_endpoint"),
        talk_endpoint=current_app.extensions.get("licheng.talk_endpoint") if bound else None,
        talk_panel_endpoint=current_app.extensions.get("licheng.talk_panel_endpoint"),
        banners=[*_banners(), *_last_calls(actor)],
    )


def role_words(actor: Actor) -> str:
    """The roles of a person in one line."""
    held = [str(LABELS[role]) for role in words.ORDER if role in actor.roles]
    return _("、").join(held) if held else _("尚未設定角色")


def _nav(actor: Actor) -> list[NavItem]:
    here = request.endpoint or ""
    items = [NavItem(_("首頁"), HOME, active=here == HOME)]
    for entry in registry.nav_for(actor):
        if entry.endpoint in current_app.view_functions:
            active = here == entry.endpoint
            items.append(NavItem(entry.label, entry.endpoint, active, dict(entry.args)))
    return items


def _banners() -> list[Banner]:
    settings: Settings = current_app.extensions["licheng.settings"]
    if not settings.vault_single_copy or settings.vault_second is not None:
        return []
    return [Banner(_("注意：本系統目前只保存一份檔案，尚未設定第二份備份。"))]


def _last_calls(actor: Actor) -> list[Banner]:
    """What closes within a day and waits for this person; nothing for everybody else."""
    return [Banner(one.text, one.endpoint, _("前往處理")) for one in lastday.calls(actor)]
