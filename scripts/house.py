"""The processes of one Licheng with its demo LMS: which there are, where they listen, their folder.

`scripts.run` keeps a house running for a person; `scripts.story` opens one, uses it, closes it.
"""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from scripts.supervisor import Child, Supervisor, free_port

ROOT = Path(__file__).resolve().parent.parent
WORKERS, THREADS = 2, 4
"""Web processes, and requests each serves at a time."""


class CommandFailed(Exception):
    """A `flask …` command ended with an error; the message holds what it printed."""

    code = "house.command"


@dataclass
class House:
    """One installation below ``var``: addresses, environment, processes.

    Args:
        var: everything that is written lies in here.
        web_port, lms_port, mail_port, sso_port: wished ports; the next free one is taken.
        mode: the platform that the demo LMS acts as (``lti.platform.modes``).
        settings: further settings, by the names they have in the environment.
    """

    var: Path
    web_port: int = 8080
    lms_port: int = 8090
    mail_port: int = 8025
    sso_port: int = 8091
    mode: str = "moodle"
    settings: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.var = self.var.resolve()
        self.var.mkdir(parents=True, exist_ok=True)
        self.web_port = free_port(self.web_port)
        self.lms_port = free_port(self.lms_port)
        self.mail_port = free_port(self.mail_port)
        self.sso_port = free_port(self.sso_port)
        if self.sso_port == self.lms_port:
            self.sso_port = free_port(self.sso_port + 1)

    @property
    def url(self) -> str:
        """Where Licheng answers; another host name than the LMS's, so launches are cross-site."""
        return f"http://localhost:{self.web_port}"

    @property
    def lms_url(self) -> str:
        return f"http://127.0.0.1:{self.lms_port}"

    @property
    def sso_url(self) -> str:
        """The LMS's second origin, which only some modes open (Canvas)."""
        return f"http://127.0.0.1:{self.sso_port}"

    @property
    def people_file(self) -> Path:
        return self.var / "lms" / "people.json"

    @property
    def mail(self) -> Path:
        return self.var / "mail"

    def secret(self) -> str:
        """The installation's secret: made once, readable by its owner only."""
        file = self.var / "secret"
        if not file.exists():
            descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "w") as out:
                out.write(secrets.token_urlsafe(48))
        return file.read_text()

    def environment(self) -> dict[str, str]:
        """The settings of this house; what the person's own environment says wins."""
        var = self.var
        settings = {
            "LICHENG_ENV": "development",
            "LICHENG_SECRET_KEY": self.secret(),
            "LICHENG_DATABASE_URL": f"sqlite:///{var}/licheng.sqlite3",
            "LICHENG_QUEUE_URL": f"sqlite:///{var}/queue.sqlite3",
            "LICHENG_VAULT_PRIMARY": str(var / "vault" / "primary"),
            "LICHENG_VAULT_SECOND": str(var / "vault" / "second"),
            "LICHENG_STAGING": str(var / "staging"),
            "LICHENG_REPORTS": str(var / "reports"),
            "LICHENG_STATIC": str(ROOT / "static"),
            "LICHENG_MAIL_HOST": "127.0.0.1",
            "LICHENG_LMS_PRIVATE_HOSTS": "127.0.0.1",
        }
        ports = {"LICHENG_PUBLIC_URL": self.url, "LICHENG_MAIL_PORT": str(self.mail_port)}
        base = {**os.environ, "PYTHONUNBUFFERED": "1", "PYTHONPATH": str(ROOT)}
        return {**settings, **self.settings, **base, **ports}

    def flask(self, *words: str) -> str:
        """Run ``flask WORDS`` in this house and return what it printed.

        Raises:
            CommandFailed: it ended with an error.
        """
        argv = [sys.executable, "-m", "flask", "--app", "wsgi", *words]
        done = subprocess.run(
            argv,
            cwd=ROOT,
            env=self.environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            printed = f"{done.stdout}{done.stderr}".strip()
            raise CommandFailed(f"flask {' '.join(words)} ended with {done.returncode}:\n{printed}")
        return done.stdout

    def make_folders(self) -> None:
        """The folders that a check for readiness looks at."""
        for name in ("vault/primary", "vault/second", "staging", "reports", "mail", "lms", "log"):
            (self.var / name).mkdir(parents=True, exist_ok=True)

    def supervisor(self) -> Supervisor:
        """The keeper of this house's processes."""
        return Supervisor(self.var / "run" / "processes.json", str(ROOT))

    def child(self, name: str, *argv: str) -> Child:
        """One process of this house."""
        log = self.var / "log" / f"{name}.log"
        return Child(name, [sys.executable, *argv], self.environment(), ROOT, log)

    def web(self) -> Child:
        bind = f"127.0.0.1:{self.web_port}"
        options = ["--workers", str(WORKERS), "--threads", str(THREADS), "--timeout", "120"]
        return self.child("web", "-m", "gunicorn", "wsgi:app", "--bind", bind, *options)

    def worker(self) -> Child:
        return self.child("worker", "-m", "flask", "--app", "wsgi", "jobs", "worker")

    def clock(self) -> Child:
        return self.child("clock", "-m", "flask", "--app", "wsgi", "schedule", "run")

    def mail_sink(self) -> Child:
        return self.child(
            "mail", "-m", "scripts.mail_sink", str(self.mail_port), str(self.var / "mail")
        )

    def lms(self) -> Child:
        options = ["--port", str(self.lms_port), "--var", str(self.var / "lms")]
        options += ["--people", str(self.people_file), "--tool-url", self.url]
        options += ["--mode", self.mode, "--sso-port", str(self.sso_port)]
        return self.child("lms", "-m", "lti.platform", *options)
