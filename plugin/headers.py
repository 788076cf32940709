"""What every response carries, and which requests are refused before any view sees them."""

from __future__ import annotations

from flask import Flask, Response, current_app, request
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
    response.headers.setdefault(
        "Content-Security-Policy",
        CSP.format(
            # Any LMS may frame us before we know which one it is; after a launch only its own.
            ancestors=_ancestors(),
            form_targets=" ".join(sorted(_form_targets())),
        ).replace(" ;", ";"),
    )
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    # The path holds the session where cookies are blocked: no other origin may ever read it.
    response.headers.setdefault("Referrer-Policy", "same-origin")
    response.headers.setdefault("Permissions-Policy", "camera=(), microphone=(), geolocation=()")
    response.headers.setdefault("Cross-Origin-Opener-Policy", "same-origin-allow-popups")
    response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
    response.headers.setdefault("Cache-Control", "no-store")
    if settings.secure:
        response.headers.setdefault("Strict-Transport-Security", "max-age=31536000")
    return response


def _ancestors() -> str:
    loader = current_app.extensions.get("licheng.frame_ancestors")
    return loader() if loader else "'self'"


def _form_targets() -> set[str]:
    """Origins a form may post to besides our own (the LMS, when we answer a deep link)."""
    from flask import g

    return {origin_of(url) for url in g.get("form_targets", ())}
