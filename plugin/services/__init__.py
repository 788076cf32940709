"""Services: what an LMS offers for a course — members, grades, groups, notices."""

from flask import Flask


def init_app(app: Flask) -> None:
    """Register the room."""
    from plugin.services import models  # noqa: F401
