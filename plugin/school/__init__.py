"""Schools, people, roles, classes, courses, terms, the calendar of windows, rule sets."""

from flask import Flask


def init_app(app: Flask) -> None:
    """Register the room."""
