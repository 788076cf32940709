"""Drafts: what was typed into a form and is not handed in yet, whatever door it came by.

`operations.Drafts` is the `forms.drafts.DraftStore` of the installation: the wizard saves to it
after every step, and the same draft is found again on another day or device.
"""

from flask import Flask


def init_app(app: Flask) -> None:
    """Register the room: it has a table, and no pages of its own."""
    from plugin.drafts import models  # noqa: F401
