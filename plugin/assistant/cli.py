"""`flask assistant …`: train what understands, evaluate it, report on it."""

from __future__ import annotations

import json
import time
from datetime import datetime
from pathlib import Path

import click
from flask import current_app
from flask.cli import AppGroup

from plugin import clock
from plugin.assistant import evaluation
from plugin.assistant.language_model.cli import language_model_commands
from plugin.assistant.understanding import Understander, UnderstandingError
from plugin.assistant.understanding.model import fingerprint

assistant_commands = AppGroup("assistant", help="The conversation: training and evaluation.")
assistant_commands.add_command(language_model_commands)


def _path() -> Path:
    path: Path = current_app.extensions["licheng.settings"].assistant_model
    return path


@assistant_commands.command("train")
@click.option("--anew", is_flag=True, help="Train even when the model is up to date.")
def train(anew: bool) -> None:
    """Train the model from the marked sentences; quick when nothing has changed."""
    from plugin.assistant.understanding import train as training

    began = time.monotonic()
    try:
        made = training.train(_path(), anew=anew)
    except UnderstandingError as error:
        raise click.ClickException(str(error)) from error
    if made:
        click.echo(f"trained in {time.monotonic() - began:.0f} s: {_path()}")
    else:
        click.echo(f"the model is up to date: {_path()}")


@assistant_commands.command("evaluate")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--today", type=click.DateTime(["%Y-%m-%d"]), help="The day of the sentences.")
@click.option("--json", "as_json", is_flag=True, help="Everything as JSON, before the four lines.")
def evaluate(file: Path, today: datetime | None, as_json: bool) -> None:
    """Read the labelled sentences of FILE, list every miss, end with four figures.

    Trains first when the model is missing or of an earlier version.
    """
    from plugin.assistant.understanding import train as training

    try:
        sentences = evaluation.read_file(file)
        training.train(_path())
        understander = Understander.at(_path(), expected=fingerprint())
    except (evaluation.BadFile, UnderstandingError) as error:
        raise click.ClickException(str(error)) from error
    day = today.date() if today else clock.today()
    result = evaluation.evaluate(sentences, understander.read, day)
    if as_json:
        click.echo(json.dumps(evaluation.as_json(result), ensure_ascii=False, indent=1))
    else:
        for line in evaluation.told(result.misses):
            click.echo(line)
    for line in result.lines():
        click.echo(line)


@assistant_commands.command("report")
@click.option("--folds", default=5, show_default=True, type=click.IntRange(2, 20))
@click.option(
    "--into", default=Path("docs/assistant"), show_default=True, type=click.Path(path_type=Path)
)
def report(folds: int, into: Path) -> None:
    """Report on sentences held out fold by fold, with pictures; takes minutes."""
    from plugin.assistant.reporting import write

    try:
        written = write(into, folds, say=click.echo)
    except UnderstandingError as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"written: {written}")
