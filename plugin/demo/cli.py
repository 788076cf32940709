"""`flask demo seed`: put the demo school in, once."""

from __future__ import annotations

import time
from datetime import datetime, timedelta
from pathlib import Path

import click
from flask.cli import AppGroup

from plugin import clock
from plugin.demo import (
    history,
    lms,
    office,
    office_cases,
    office_papers,
    plan,
    roster,
    works,
)
from plugin.school.terms import term_of

demo_commands = AppGroup("demo", help="The demo school 青田高中.")

OPENED = timedelta(days=170)
"""How long ago the demo school began to use Licheng."""


@demo_commands.command("seed")
@click.option(
    "--people",
    type=click.Path(path_type=Path),
    default=Path("var/lms/people.json"),
    show_default=True,
    help="People file to write for the demo LMS.",
)
@click.option(
    "--pool",
    type=click.Path(path_type=Path),
    default=Path("var/demo"),
    show_default=True,
    help="Where the made files are kept for a second seed.",
)
@click.option("--small", is_flag=True, help="Everybody, but little work: for tests.")
@click.option("--roster-only", is_flag=True, help="People and courses, but no work yet.")
def seed(people: Path, pool: Path, small: bool, roster_only: bool) -> None:
    """Make the demo school and office with work in every state. A second run changes nothing."""
    began, now = time.monotonic(), clock.now()
    school = plan.make_plan(term_of(clock.today()))
    with history.time_is(now - OPENED):
        rows = roster.put_in(school, now)
        certifying = office.put_in(now)
    click.echo(f"demo: {len(school.students)} 位學生、{len(school.courses)} 門課程")
    if not roster_only:
        elsewhere = _elsewhere(certifying, pool, now)
        if not history.begun(rows):
            script = history.History(school, rows, works.works(), _files(pool), small=small)
            moments = script.play(now, _tell, elsewhere)
        else:
            some = (history.Moment(at, n, act) for n, (at, act) in enumerate(elsewhere))
            moments = history.play_all(some, _tell)
        if moments:
            click.echo(f"demo: {moments} 件事依時間發生完畢")
    lms.write(school, people)
    click.echo(f"demo: 完成（{time.monotonic() - began:.0f} 秒）")


def _elsewhere(certifying: office.Office, pool: Path, now: datetime) -> list[history.Happening]:
    """What happened at the issuing office, unless an earlier seed has told it."""
    if office_cases.begun(certifying):
        return []
    cases = office_cases.Cases(certifying, office_papers.make(pool))
    return list(cases.happenings(now))


def _files(pool: Path) -> dict[str, Path]:
    wanted, made = works.works(), {}
    for done, (work, path) in enumerate(works.make_all(wanted, pool), 1):
        made[work.key] = path
        if done % 5 == 0 or done == len(wanted):
            click.echo(f"demo: 製作學生作品 {done}/{len(wanted)}")
    return made


def _tell(done: int, total: int) -> None:
    if done % 200 == 0:
        click.echo(f"demo: {done}/{total}")
