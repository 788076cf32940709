"""The whole house for journeys: the processes that `make run` starts, on free ports."""

from __future__ import annotations

import json
import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import requests

from scripts import run
from scripts.house import ROOT, House
from scripts.supervisor import Supervisor

POOL = ROOT / "var" / "demo"
"""The demo school's files, kept between runs: making the films takes longest."""


class Stack:
    """A running house, and who lives in it.

    Args:
        mode: the platform that its LMS acts as.
        installed: the tool is registered, active, and stands in every course.
    """

    def __init__(self, var: Path, mode: str = "moodle", *, installed: bool = True) -> None:
        self.mode, self._installed = mode, installed
        # Patient with the LMS's storage: an answer late by a busy machine is still an answer.
        patient = {"LICHENG_STORAGE_WAIT_MS": "8000"}
        self.house = House(var, 0, 0, 0, 0, mode, patient)
        self.url, self.lms_url = self.house.url, self.house.lms_url
        self.sso_url = self.house.sso_url
        self._keeper = Supervisor(var / "run" / "processes.json", str(ROOT))
        self._world: dict[str, Any] = {}

    def start(self) -> None:
        """Migrate, seed a small school, bring everything up, have the tool installed."""
        house, keeper = self.house, self._keeper
        house.make_folders()
        house.flask("db", "upgrade")
        house.flask("assistant", "train")
        seed = ["--small", "--people", str(house.people_file), "--pool", str(POOL)]
        house.flask("demo", "seed", *seed)
        self._world = json.loads(house.people_file.read_text(encoding="utf-8"))
        keeper.add(house.mail_sink())
        lms = house.lms()
        lms.argv.append("--faults")
        lms, web = keeper.add(lms), keeper.add(house.web())
        keeper.wait_for(f"{house.lms_url}/healthz", lms)
        keeper.wait_for(f"{house.url}/readyz", web)
        if self._installed:
            run.connect(house)
        keeper.add(house.worker())
        keeper.add(house.clock())

    def stop(self) -> None:
        self._keeper.stop()

    def log(self, name: str) -> str:
        """What a process (`web`, `worker`, …) has written."""
        return (self.house.var / "log" / f"{name}.log").read_text(encoding="utf-8")

    def person(self, username: str) -> dict[str, str]:
        """Somebody of the LMS by user name."""
        return next(one for one in self._world["people"] if one["username"] == username)

    def hinted(self, words: str) -> dict[str, str]:
        """Somebody of the LMS by the hint that the role switch shows."""
        return next(one for one in self._world["people"] if words in one["hint"])

    def course(self, person: dict[str, str], subject: str = "") -> str:
        """Id of an LMS course of this person's, of a subject (`MAT`) if one is named."""
        return next(
            one["id"]
            for one in self._world["courses"]
            if person["id"] in one["members"] and subject in one["shortname"]
        )

    def teacher_of(self, course_id: str) -> dict[str, str]:
        """Who teaches an LMS course."""
        course = next(one for one in self._world["courses"] if one["id"] == course_id)
        teacher = next(key for key, role in course["members"].items() if role == "teacher")
        return next(one for one in self._world["people"] if one["id"] == teacher)

    def courses(self, person: dict[str, str]) -> list[str]:
        """Ids of all LMS courses of this person's."""
        return [one["id"] for one in self._world["courses"] if person["id"] in one["members"]]

    def enrol(self, course_id: str, person: dict[str, str]) -> None:
        """Somebody new comes to the LMS, and into one course of it."""
        if person not in self._world["people"]:
            self._world["people"].append(person)
        course = next(one for one in self._world["courses"] if one["id"] == course_id)
        course["members"][person["id"]] = person["role"]
        file = self.house.people_file
        part = file.with_suffix(".part")
        part.write_text(json.dumps(self._world, ensure_ascii=False), encoding="utf-8")
        part.replace(file)

    @contextmanager
    def lms_fault(self, **faults: Any) -> Iterator[None]:
        """The LMS misbehaves while the block runs (fields of `lti.platform.faults.Faults`)."""
        self._misbehave(faults)
        try:
            yield
        finally:
            self._misbehave({})

    def _misbehave(self, faults: dict[str, Any]) -> None:
        requests.post(f"{self.lms_url}/_faults", json=faults, timeout=10).raise_for_status()

    def last_launch(self) -> tuple[str, str]:
        """(code, what proved the browser) of the newest line of the launch log."""
        with closing(sqlite3.connect(self._database, timeout=10)) as database:
            newest = "SELECT code, proof FROM launch_log ORDER BY id DESC LIMIT 1"
            code, proof = database.execute(newest).fetchone()
        return str(code), str(proof)

    def let_work_end(self, kind: str) -> None:
        """Wait until the worker has done all that was asked of this kind, and at least one thing.

        Raises:
            TimeoutError: it did not, within a minute.
        """
        counting = "SELECT COUNT(*), COALESCE(SUM(finished_at IS NULL), 0) FROM job WHERE kind = ?"
        for _ in range(240):
            with closing(sqlite3.connect(self._database, timeout=10)) as database:
                asked, going_on = database.execute(counting, (kind,)).fetchone()
            if asked and not going_on:
                return
            time.sleep(0.25)
        raise TimeoutError(f"{kind}: {asked} asked, {going_on} not done")

    @property
    def _database(self) -> Path:
        return self.house.var / "licheng.sqlite3"

    def forget_sessions(self) -> None:
        """Let every session of the house be over, as after a long while."""
        past = (datetime.now(UTC) - timedelta(days=1)).replace(tzinfo=None).isoformat(" ")
        with closing(sqlite3.connect(self._database, timeout=10)) as database, database:
            database.execute("UPDATE launch_session SET expires_at = ?", (past,))


@contextmanager
def running(var: Path, mode: str = "moodle", *, installed: bool = True) -> Iterator[Stack]:
    """A house that is up while the block runs; see `Stack`."""
    # A proxy of the machine must never stand between two processes of one test.
    os.environ["no_proxy"] = "127.0.0.1,localhost"
    stack = Stack(var, mode, installed=installed)
    try:
        stack.start()
        yield stack
    finally:
        stack.stop()
