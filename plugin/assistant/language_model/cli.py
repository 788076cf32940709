"""`flask assistant language-model check`: whether the server of the settings answers."""

from __future__ import annotations

import time

import click
from flask import current_app
from flask.cli import AppGroup

from plugin.assistant.language_model import of_settings
from plugin.assistant.language_model.endpoint import SECONDS, Unusable
from plugin.settings import Settings, SettingsError

SENTENCE = "我想知道什麼時候截止"
"""What is asked: nobody's words."""
ALLOWED = ("help", "deadline.show")

language_model_commands = AppGroup(
    "language-model", help="The optional language model that proposes readings."
)


@language_model_commands.command("check")
def check() -> None:
    """Ask the server of the settings one fixed question; say what it answers, and how long it took.

    Exits with 1 when it gives no usable answer within the time of a turn.
    """
    settings: Settings = current_app.extensions["licheng.settings"]
    try:
        settings.check_language_model()
    except SettingsError as error:
        raise click.ClickException(str(error)) from error
    model = of_settings(settings)
    if model is None:
        click.echo("no language model is set (LICHENG_LANGUAGE_MODEL_URL); nothing is sent")
        return
    began = time.monotonic()
    try:
        proposal = model.propose(SENTENCE, ["student"], ALLOWED)
    except Unusable as failure:
        seconds = time.monotonic() - began
        raise click.ClickException(
            f"no usable answer from {settings.language_model_name} after {seconds:.1f} s: "
            f"{failure.reason}"
        ) from failure
    seconds = time.monotonic() - began
    told = proposal.function.replace("__", ".") if proposal else "nothing"
    click.echo(
        f"{settings.language_model_name} answers in {seconds:.1f} s (at most {SECONDS:.0f} s are "
        f"waited); it proposes {told} for a question about deadlines"
    )
