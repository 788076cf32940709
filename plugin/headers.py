"""What every response carries, and which requests are refused before any view sees them."""

from __future__ import annotations

from functools import lru_cache

from flask import Flask, Response, current_app, g, request
from flask_babel import gettext as _
from flask_wtf.csrf import CSRFProtect

from lti.login import origin_of
from plugin.errors import NotAllowed
from plugin.settings import Settings

SAFE_METHODS = {"GET", "HEAD", "OPTIONS"}

CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "media-src 'self'; font-src 'self'; connect-src 'self'; form-action 'self' {form_targets}; "
    "base-uri 'none'; frame-ancestors {ancestors}"
)

_POLICY = "Content-Security-Policy"
_OPENER = "Cross-Origin-Opener-Policy"


def _with_lowered(headers: dict[str, str]) -> tuple[tuple[str, str, str], ...]:
    """Names also as they are compared: this runs on every response."""
    return tuple((name.lower(), name, value) for name, value in headers.items())


_FIXED = _with_lowered(
    {
        "X-Content-Type-Options": "nosniff",
        # The path holds the session where cookies are blocked: it never goes into a Referer, not
        # even to ourselves, where a proxy may log it. (`no-referrer` would hide POSTs' Origin.)
        "Referrer-Policy": "strict-origin",
        "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
        _OPENER: "same-origin-allow-popups",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Cache-Control": "no-store",
    }
)
_FIXED_SECURE = _FIXED + _with_lowered({"Strict-Transport-Security": "max-age=31536000"})
"""Where the public address is https."""


def init_app(app: Flask, csrf: CSRFProtect) -> None:
    """Check CSRF on every unsafe request but LMS messages; add the security headers."""

    @app.before_request
    def check() -> None:
        if request.method in SAFE_METHODS or request.endpoint is None:
            return
        if request.endpoint in current_app.extensions["licheng.csrf_exempt"]:
            return
        _same_origin()
        csrf.protect()

    app.after_request(_add)


def _same_origin() -> None:
    """A browser says where a POST comes from; another site's is refused whatever it carries."""
    settings: Settings = current_app.extensions["licheng.settings"]
    origin = request.headers.get("Origin")
    if origin and origin not in {settings.public_url, request.host_url.rstrip("/")}:
        raise NotAllowed(_("這個請求不是由本系統的頁面送出。"))


def _add(response: Response) -> Response:
    settings: Settings = current_app.extensions["licheng.settings"]
    headers = response.headers
    given = {name.lower() for name, _value in headers}
    if _POLICY.lower() not in given:
        # Any LMS may frame us before we know which one it is; after a launch only its own.
        headers.add(_POLICY, _policy(_ancestors(), _form_targets()))
    if g.get("keeps_opener") and _OPENER.lower() not in given:
        headers.add(_OPENER, "unsafe-none")
        given.add(_OPENER.lower())
    for lowered, name, value in _FIXED_SECURE if settings.secure else _FIXED:
        if lowered not in given:
            headers.add(name, value)
    return response


def of_messages(settings: Settings) -> list[tuple[str, str]]:
    """What the answer to an LMS's message carries; the LMS frames it, and is not known yet."""
    fixed = _FIXED_SECURE if settings.secure else _FIXED
    return [(_POLICY, _policy("*", frozenset())), *((name, value) for _, name, value in fixed)]


@lru_cache(maxsize=256)
def _policy(ancestors: str, form_targets: frozenset[str]) -> str:
    targets = " ".join(sorted(form_targets))
    return CSP.format(ancestors=ancestors, form_targets=targets).replace(" ;", ";")


def _ancestors() -> str:
    loader = current_app.extensions.get("licheng.frame_ancestors")
    return loader() if loader else "'self'"


def _form_targets() -> frozenset[str]:
    """Origins a form may post to besides our own (the LMS, when we answer a deep link)."""
    return frozenset(origin_of(url) for url in g.get("form_targets", ()))
