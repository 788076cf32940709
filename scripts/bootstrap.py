"""Make this machine ready: Debian packages, virtual environment, front-end files.

    python3 scripts/bootstrap.py            what `make run` needs
    python3 scripts/bootstrap.py --tests    what `make test` needs too

Needs nothing but Python 3.11's own library, because it runs before anything is installed. What is
there already is left alone: a second run takes seconds. Only missing packages are installed, and
only by root; anybody else is told the exact command.
"""

from __future__ import annotations

import argparse
import configparser
import ctypes
import fcntl
import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
STAMP = VENV / ".licheng-stamp"
LOG = ROOT / "var" / "log" / "bootstrap.log"
OLDEST = (3, 11)
LISTS = Path("/var/lib/apt/lists")
LISTS_GOOD_FOR = 7 * 24 * 3600
"""Seconds after which apt's package lists are fetched anew before something is installed."""
HEARTBEAT = 15
"""Seconds of silence after which a step says that it is still at work."""


class BootstrapError(Exception):
    """Something is missing that cannot be put right from here; the message says what to do."""

    code = "bootstrap.failed"


@dataclass(frozen=True)
class Package:
    """A Debian package, what it is for, and how to see that its content is already there."""

    name: str
    why: str
    present: Callable[[], bool]
    tests_only: bool = False


def command(*names: str) -> Callable[[], bool]:
    """Present when one of these programs is on the PATH."""
    return lambda: any(shutil.which(name) for name in names)


def library(name: str) -> Callable[[], bool]:
    """Present when this shared library can be loaded."""

    def present() -> bool:
        try:
            ctypes.CDLL(name)
        except OSError:
            return False
        return True

    return present


def font(family: str) -> Callable[[], bool]:
    """Present when fontconfig lists this font family."""

    def present() -> bool:
        if not shutil.which("fc-list"):
            return False
        listed = subprocess.run(["fc-list", family], capture_output=True, text=True, check=False)
        return bool(listed.stdout.strip())

    return present


def module(name: str) -> Callable[[], bool]:
    """Present when this Python has the module."""
    return lambda: importlib.util.find_spec(name) is not None


def postgres_server() -> bool:
    """Debian keeps the server's programs off the PATH."""
    return bool(shutil.which("initdb") or list(Path("/usr/lib/postgresql").glob("*/bin/initdb")))


PACKAGES = (
    Package("python3-venv", "the virtual environment", module("ensurepip")),
    Package("fontconfig", "finding fonts", command("fc-list")),
    Package("libpango-1.0-0", "setting PDF text", library("libpango-1.0.so.0")),
    Package("libpangoft2-1.0-0", "setting PDF text", library("libpangoft2-1.0.so.0")),
    Package("libharfbuzz-subset0", "small fonts in PDFs", library("libharfbuzz-subset.so.0")),
    Package("fonts-noto-cjk", "Chinese type", font("Noto Sans CJK TC")),
    Package("fonts-cns11643-sung", "rare characters", font("TW\\-Sung\\-Ext\\-B")),
    Package("ffmpeg", "sound and film of the demo school", command("ffmpeg")),
    Package("poppler-utils", "looking into PDFs", command("pdftotext")),
    Package("qpdf", "checking PDFs", command("qpdf")),
    Package("unzip", "an independent look into packages", command("unzip"), tests_only=True),
    Package("chromium", "journeys in a real browser", command("chromium"), tests_only=True),
    Package("postgresql", "tests on PostgreSQL", postgres_server, tests_only=True),
)


def missing_packages(tests: bool, packages: Iterable[Package] = PACKAGES) -> list[Package]:
    """The packages whose content is not on this machine."""
    return [p for p in packages if (tests or not p.tests_only) and not p.present()]


def install_line(names: Iterable[str]) -> str:
    """The command that installs these packages, as a person would type it."""
    return f"apt-get install -y --no-install-recommends {' '.join(names)}"


def lists_are_stale(lists: Path = LISTS, now: float | None = None) -> bool:
    """True when apt has no package lists, or only old ones."""
    found = [path.stat().st_mtime for path in lists.glob("*_Packages*")]
    # apt keeps the server's date on a list; when it last asked is the folder's own date.
    asked = max([lists.stat().st_mtime, *found]) if found else 0.0
    return not found or (time.time() if now is None else now) - asked > LISTS_GOOD_FOR


def say(text: str) -> None:
    """One line of progress."""
    print(f"bootstrap: {text}", flush=True)


def step(label: str, argv: list[str], *, env: dict[str, str] | None = None) -> None:
    """Run one slow command quietly; tell that it goes on, how long it took, or how it failed.

    Raises:
        BootstrapError: it failed; the end of its output is in the message.
    """
    say(label)
    LOG.parent.mkdir(parents=True, exist_ok=True)
    began = time.monotonic()
    with LOG.open("ab") as log:
        log.write(f"\n== {label}\n{' '.join(argv)}\n".encode())
        log.flush()
        start = log.tell()
        running = subprocess.Popen(
            argv, cwd=ROOT, env=env, stdin=subprocess.DEVNULL, stdout=log, stderr=log
        )
        while True:
            try:
                status = running.wait(HEARTBEAT)
                break
            except subprocess.TimeoutExpired:
                say(f"  still at it ({time.monotonic() - began:.0f} s) {last_line()}")
    if status:
        tail = LOG.read_bytes()[start:].decode(errors="replace").splitlines()[-25:]
        raise BootstrapError("\n".join([f"{label} failed ({status}):", *tail]))
    say(f"  done in {time.monotonic() - began:.0f} s")


def last_line() -> str:
    """The newest line of the log, shortened: what the running step is doing."""
    lines = LOG.read_bytes()[-2000:].decode(errors="replace").split("\n")
    return next((line.strip()[:70] for line in reversed(lines) if line.strip()), "")


def install_packages(missing: list[Package], *, root: bool, apt: str | None) -> None:
    """Install what is missing, or say exactly what to type.

    Raises:
        BootstrapError: not root, not Debian, or apt-get refuses.
    """
    if not missing:
        return
    names = [package.name for package in missing]
    for package in missing:
        say(f"missing: {package.name} ({package.why})")
    if apt is None:
        raise BootstrapError(
            "this is no Debian (no apt-get). Install what corresponds to: " + " ".join(names)
        )
    if not root:
        raise BootstrapError(
            "only root may install packages. Please run, then start again:\n\n"
            f"    sudo apt-get update && sudo {install_line(names)}\n"
        )
    env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    wait = ["-o", "DPkg::Lock::Timeout=120"]
    if lists_are_stale():
        step("fetching the package lists (apt-get update)", [apt, *wait, "update"], env=env)
    options = ["install", "-y", "--no-install-recommends"]
    label = f"installing {len(names)} Debian packages (some hundred MB the first time)"
    try:
        step(label, [apt, *wait, *options, *names], env=env)
    except BootstrapError:
        # Lists of yesterday may name files that the mirror no longer has.
        step("fetching the package lists once more", [apt, *wait, "update"], env=env)
        step(label, [apt, *wait, *options, *names], env=env)


def wanted_requirements(setup_cfg: Path) -> list[str]:
    """The dependencies of setup.cfg: the product's and those of [dev]."""
    parser = configparser.ConfigParser()
    parser.read(setup_cfg, encoding="utf-8")
    blocks = parser["options"]["install_requires"], parser["options.extras_require"]["dev"]
    lines = [line.strip() for block in blocks for line in block.splitlines()]
    return [line for line in lines if line and not line.startswith("#")]


def requirements_stamp(requirements: Iterable[str], python: str = sys.version) -> str:
    """Changes when other packages are wanted, or for another Python."""
    return hashlib.sha256("\n".join([python, *requirements]).encode()).hexdigest()


def venv_works(venv: Path = VENV) -> bool:
    """False for none, and for one whose interpreter has gone away."""
    python = venv / "bin" / "python"
    if not python.exists():
        return False
    asked = subprocess.run([python, "-m", "pip", "--version"], capture_output=True, check=False)
    return asked.returncode == 0


def make_environment() -> None:
    """The virtual environment with everything setup.cfg names; quick when that is done already."""
    requirements = wanted_requirements(ROOT / "setup.cfg")
    stamp = requirements_stamp(requirements)
    if STAMP.exists() and STAMP.read_text() == stamp and (VENV / "bin" / "python").exists():
        return
    if not venv_works():
        if VENV.exists():
            shutil.rmtree(VENV)
        step("making the virtual environment .venv", [sys.executable, "-m", "venv", str(VENV)])
    pip = [str(VENV / "bin" / "python"), "-m", "pip", "install", "--no-input"]
    pip += ["--disable-pip-version-check", "--progress-bar", "off", *requirements]
    step(f"installing {len(requirements)} Python packages (1–4 minutes the first time)", pip)
    STAMP.write_text(stamp)


def build_assets() -> None:
    """The front-end files; says nothing when they are current.

    Raises:
        BootstrapError: npm or Sass refused.
    """
    built = [str(VENV / "bin" / "python"), str(ROOT / "scripts" / "assets.py")]
    done = subprocess.run(built, cwd=ROOT, stdin=subprocess.DEVNULL, check=False)
    if done.returncode:
        raise BootstrapError("the front-end files could not be made; see the lines above")


def hold_lock() -> object:
    """Wait until no other bootstrap works in this folder; held until the process ends."""
    (ROOT / "var").mkdir(exist_ok=True)
    lock = (ROOT / "var" / "bootstrap.lock").open("w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        say("waiting for another bootstrap in this folder")
        fcntl.flock(lock, fcntl.LOCK_EX)
    return lock


def main(argv: list[str] | None = None) -> int:
    """Bring the machine up to date; exit code 0, or 1 with the reason."""
    parser = argparse.ArgumentParser(description="Make this machine ready.")
    parser.add_argument("--tests", action="store_true", help="also what only the tests need")
    options = parser.parse_args(argv)
    if sys.version_info < OLDEST:
        say(f"FAILED: Python 3.11 or newer is needed; this is {sys.version.split()[0]}")
        return 1
    began = time.monotonic()
    lock = hold_lock()
    try:
        missing = missing_packages(options.tests)
        install_packages(missing, root=os.geteuid() == 0, apt=shutil.which("apt-get"))
        make_environment()
        build_assets()
    except BootstrapError as error:
        say(f"FAILED: {error}")
        return 1
    finally:
        del lock
    say(f"ready ({time.monotonic() - began:.0f} s)")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
