"""Logs: JSON lines with a request id, and no personal data."""

from __future__ import annotations

import logging
import secrets
import sys

import structlog
from flask import g, has_request_context, request
from structlog.typing import EventDict


def init_app() -> None:
    """Configure structlog; every line of a request carries its id."""
    structlog.configure(
        processors=[
            _request,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )


def _request(_logger: object, _method: str, event: EventDict) -> EventDict:
    """Which request it was; asked only when there is something to log."""
    if has_request_context():
        if "request_id" not in g:
            g.request_id = secrets.token_hex(8)
        event["request"] = g.request_id
        # The endpoint, never the path: a path may hold a session or a file's signature.
        event["endpoint"] = request.endpoint
    return event
