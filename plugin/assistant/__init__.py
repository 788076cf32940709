"""The conversation: understanding what is said, turns, digressions, memory, replies.

It knows no task: each room registers what it can do in a conversation (`plugin.skills`), and
`forms.walk` walks one form.
"""

from flask import Flask


def init_app(app: Flask) -> None:
    """Register the room: its pages and commands."""
    from plugin.assistant import models  # noqa: F401
    from plugin.assistant.views import blueprint

    app.register_blueprint(blueprint)
