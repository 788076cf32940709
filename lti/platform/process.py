"""The demo LMS as a process of its own, for tests of processes and for `make story`."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any, Self

import requests

from lti.platform.browser import Browser
from lti.platform.modes import DEFAULT


def log_in(browser: Browser, lms_url: str, person_id: str) -> Browser:
    """Press a person's button on the LMS's first page."""
    page = browser.post(f"{lms_url}/switch", {"person": person_id})
    if page.status != 200:
        raise LookupError(f"cannot log in as {person_id}: {page.status}")
    return browser


class PlatformProcess:
    """``python -m lti.platform`` on a free port, for tests of processes.

    Args:
        directory: its state and people file.
        people: people and courses; ``world.sample()`` when None.
        tool_url: public address of the tool.
        mode: the platform it acts as (``modes.MODES``).
        issuer: another shared issuer than the mode's own.
    """

    def __init__(
        self,
        directory: Path,
        *,
        people: dict[str, Any] | None = None,
        tool_url: str = "http://localhost:8080",
        mode: str = DEFAULT,
        issuer: str = "",
    ) -> None:
        self.directory, self.tool_url, self.url, self.sso_url = directory, tool_url, "", ""
        self._mode, self._issuer = mode, issuer
        self._people = people
        self._process: subprocess.Popen[str] | None = None

    def __enter__(self) -> Self:
        command = [sys.executable, "-m", "lti.platform", "--port", "0", "--faults"]
        command += ["--var", str(self.directory), "--tool-url", self.tool_url]
        command += ["--mode", self._mode, "--issuer", self._issuer]
        if self._people is not None:
            self.directory.mkdir(parents=True, exist_ok=True)
            file = self.directory / "people.json"
            file.write_text(json.dumps(self._people, ensure_ascii=False), encoding="utf-8")
            command += ["--people", str(file)]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)  # noqa: S603
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line.startswith("ready "):
            raise RuntimeError("the demo LMS did not start")
        _, self.url, self.sso_url = line.split()
        return self

    def __exit__(self, *_: object) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.communicate(timeout=10)

    def set_faults(self, **faults: Any) -> None:
        """Replace its faults (fields of ``core.Faults``); ``rotate=True, forget=True`` for keys."""
        requests.post(f"{self.url}/_faults", json=faults, timeout=5).raise_for_status()

    def browser(self, person_id: str, **options: Any) -> Browser:
        """A browser in which the person with this id is logged in."""
        return log_in(Browser(**options), self.url, person_id)
