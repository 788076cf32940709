"""A school to look at: 青田高中, its people, and a term of work in every state.

Everything goes in by the product's own operations, at the moments at which it would have happened,
in order; the files are real ones, made at seed time. Nothing else in the house knows this room.
"""

from flask import Flask


def init_app(app: Flask) -> None:
    """Register the command `flask demo seed`."""
    from plugin.demo import cli

    app.cli.add_command(cli.demo_commands)
