"""What stands between the web server and Flask: the proxy's headers, the front-end files."""

from __future__ import annotations

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix
from whitenoise import WhiteNoise

import forms.assets
from plugin.settings import Settings


def init_app(app: Flask) -> None:
    """Wrap the WSGI application; last of all, so that it stands outermost."""
    settings: Settings = app.extensions["licheng.settings"]
    settings.static.mkdir(parents=True, exist_ok=True)
    app.wsgi_app = WhiteNoise(  # type: ignore[method-assign]
        app.wsgi_app,
        root=str(settings.static.resolve()),
        prefix="static/",
        autorefresh=settings.env == "test",
        immutable_file_test=forms.assets.IMMUTABLE,
        add_headers_function=_headers,
    )
    if settings.proxy_hops:
        hops = settings.proxy_hops
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]
            app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops, x_port=hops, x_prefix=0
        )


def _headers(headers: object, path: str, url: str) -> None:
    headers["X-Content-Type-Options"] = "nosniff"  # type: ignore[index]
    headers["Cross-Origin-Resource-Policy"] = "same-origin"  # type: ignore[index]
