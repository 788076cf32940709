"""The conversation: understanding what is said, turns, digressions, memory, replies.

It knows no task: each room registers what it can do in a conversation (`plugin.skills`), and
`forms.walk` walks one form.
"""

from flask import Flask


def init_app(app: Flask) -> None:
    """Register the room: its pages and commands."""
    from plugin.assistant import held, language_model, models, understanding, work  # noqa: F401
    from plugin.assistant.cli import assistant_commands
    from plugin.assistant.views import blueprint

    understanding.configure(app.extensions["licheng.settings"].assistant_model)
    language_model.init_app(app)
    app.cli.add_command(assistant_commands)
    app.register_blueprint(blueprint)
    app.extensions["licheng.talk_endpoint"] = "assistant.conversation"
    app.extensions["licheng.talk_panel_endpoint"] = "assistant.panel"
