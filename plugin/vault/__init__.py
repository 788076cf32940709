"""Vault: bytes that were handed in are kept in two places, proved by a ledger, never lost.

Other rooms use `operations` (verbs), `queries` (reads) and `links` (addresses of files).
"""

from flask import Flask


def init_app(app: Flask) -> None:
    """Register the room: pages, commands, recurring work."""
    from plugin.vault import held, work  # noqa: F401 - register what they handle
    from plugin.vault.commands import group
    from plugin.vault.views import blueprint

    app.register_blueprint(blueprint)
    app.cli.add_command(group)
