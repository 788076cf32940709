"""The rooms of the house, in the order a person meets them."""

from __future__ import annotations

from flask import Flask, current_app, request

from plugin import (
    assistant,
    certification,
    demo,
    desk,
    drafts,
    entrance,
    portfolio,
    school,
    services,
    trail,
    vault,
)

ROOMS = (
    entrance,
    desk,
    school,
    vault,
    trail,
    drafts,
    services,
    portfolio,
    certification,
    assistant,
    demo,
)


def init_app(app: Flask) -> None:
    """Let every room register its pages, commands, jobs and skills."""
    for one in ROOMS:
        one.init_app(app)


def locale() -> str:
    """The page's language: the person's choice in this session, the launch's, the browser's."""
    from flask import has_request_context, session

    if not has_request_context():
        return "zh_Hant_TW"
    chosen = session.get("locale") if session is not None else None
    if chosen:
        return str(chosen)
    asked = request.args.get("lang")
    if asked in {"en", "zh_Hant_TW"}:
        return asked
    loader = current_app.extensions.get("licheng.launch_locale")
    known = loader() if loader else None
    if known:
        return str(known)
    best = request.accept_languages.best_match(["zh-Hant-TW", "zh-TW", "zh", "en"])
    return "en" if best == "en" else "zh_Hant_TW"
