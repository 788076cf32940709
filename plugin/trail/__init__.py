"""Trail: the audit chain, the inbox and the mail that leaves."""

from flask import Flask


def init_app(app: Flask) -> None:
    """Register the room."""
