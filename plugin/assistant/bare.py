"""Commands that need no school: training and evaluating work in a fresh checkout, without a
secret, a database or a single setting."""

from __future__ import annotations

import sys
from pathlib import Path

from flask import Flask

from plugin import clock
from plugin.settings import Settings

GROUP = "assistant"


def asked_for(argv: list[str]) -> bool:
    """Whether this process is `flask [options] assistant …` and nothing else."""
    if Path(argv[0]).name not in {"flask", "flask.exe", "__main__.py"}:
        return False
    words = iter(argv[1:])
    for word in words:
        if word in {"--app", "-A", "--env-file", "-e"}:
            next(words, None)
        elif not word.startswith("-"):
            return word == GROUP
    return False


def app() -> Flask | None:
    """An application with the assistant's commands alone, when nothing else is asked for."""
    if not asked_for(sys.argv):
        return None
    from plugin.assistant.cli import assistant_commands

    made = Flask("plugin", static_folder=None, template_folder=None)
    made.extensions["licheng.settings"] = Settings.from_env(complete=False)
    made.extensions["licheng.clock"] = clock.system_clock
    made.cli.add_command(assistant_commands)
    return made
