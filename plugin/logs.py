"""Logs: JSON lines with a request id, and no personal data."""

from __future__ import annotations

import logging
import sys
import uuid

import structlog
from flask import Flask, g, request


def init_app(app: Flask) -> None:
    """Configure structlog and give every request an id."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
    app.before_request(_begin)


def _begin() -> None:
    g.request_id = uuid.uuid4().hex[:16]
    structlog.contextvars.clear_contextvars()
    # The endpoint, never the path: a path may hold a session or a file's signature.
    structlog.contextvars.bind_contextvars(request=g.request_id, endpoint=request.endpoint)
