"""The pool of works: what `works.yaml` says of each, and the file made of it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import yaml

from plugin.demo import films, pages, pictures
from plugin.demo.work import Work


def works() -> list[Work]:
    """Every work, in the order of the file."""
    text = (Path(__file__).parent / "works.yaml").read_text(encoding="utf-8")
    return [Work(**entry) for entry in yaml.safe_load(text)["works"]]


def make(work: Work, folder: Path) -> Path:
    """Make the file of one work, unless it is there; returns where it is."""
    # Imported here: each of these takes a second, and a command that seeds nothing needs none.

    target = folder / f"{work.key}.{work.kind}"
    if target.exists():
        return target
    makers: dict[str, Callable[[Work, Path], Any]] = {
        "pdf": pages.typeset,
        "jpg": pictures.draw,
        "png": pictures.draw,
        "mp3": films.record_sound,
        "mp4": films.shoot,
    }
    # Two houses may fill one pool at the same time: each writes beside the other.
    part = target.with_name(f"part-{os.getpid()}-{target.name}")
    makers[work.kind](work, part)
    part.replace(target)
    return target


def make_all(pool: list[Work], folder: Path) -> Iterator[tuple[Work, Path]]:
    """Make every file, some at a time; yields each as it is done."""
    folder.mkdir(parents=True, exist_ok=True)
    # Not forked: the parent may hold a database and threads.
    workers = min(4, os.cpu_count() or 1)
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as crew:
        doing = {crew.submit(make, work, folder): work for work in pool}
        for done in as_completed(doing):
            yield doing[done], done.result()
