"""gunicorn's log, without what addresses tell: search words, sessions, tokens.

Set by `gunicorn.conf.py`. Whatever format an operator gives, lines know only what stands here.
"""

from __future__ import annotations

import re
from typing import Any

from gunicorn.glogging import Logger as GunicornLogger

_WORD = re.compile(r"[a-z][a-z._-]{0,29}|\d{1,19}")
_TOLD = frozenset("tsmHbBTDMLp")
"""Atoms of gunicorn's format that tell of no person: time, status, method, size, duration …"""


def place(address: str) -> str:
    """Where a request went: the path's plain words and numbers, `*` for all else, no query."""
    path = re.split(r"[?#;]", address, maxsplit=1)[0]
    return "/".join(part if not part or _WORD.fullmatch(part) else "*" for part in path.split("/"))


class Logger(GunicornLogger):
    """Access lines without query, session, token, referrer, address of the reader."""

    def atoms(self, resp: Any, req: Any, environ: Any, request_time: Any) -> dict[str, Any]:
        """What a format may name; gunicorn writes `-` for whatever is not here."""
        known = super().atoms(resp, req, environ, request_time)
        where = place(environ.get("RAW_URI", ""))
        return {name: value for name, value in known.items() if name in _TOLD} | {
            "U": where,
            "r": f"{known['m']} {where} {known['H']}",
        }

    def exception(self, msg: object, *args: object, **kwargs: Any) -> None:
        """A fault outside Flask: gunicorn names the address."""
        super().exception(msg, *(_without(one) for one in args), **kwargs)


def _without(said: object) -> object:
    return place(said) if isinstance(said, str) and said.startswith("/") else said
