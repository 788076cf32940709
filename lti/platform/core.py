"""The LMS as one object: what its pages, its launch door and its services share."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from flask import current_app

from lti.platform.keys import KeyRing
from lti.platform.modes import DEFAULT, Mode, mode_named
from lti.platform.state import Activity, State, Tool
from lti.platform.world import Course, Person, World

Clock = Callable[[], datetime]
"""Gives the present instant, aware, in UTC."""


def system_clock() -> datetime:
    return datetime.now(UTC)


@dataclass
class Faults:
    """Ways in which this platform misbehaves on purpose; the defaults are good behaviour."""

    jwks_status: int = 200
    jwks_delay: float = 0.0
    """Seconds before the key set is answered."""
    replay: bool = False
    """Post the previous id_token again (with the new state) instead of a fresh one."""
    clock_skew: float = 0.0
    """Seconds that the platform's clock is ahead (+) or behind (-) when it signs."""
    registration_status: int = 200
    token_status: int = 200
    service_status: int = 200
    drop_claims: list[str] = field(default_factory=list)
    """Top-level id_token claims left out."""
    storage_silent: bool = False
    """The platform storage is announced and never answers."""


@dataclass(frozen=True)
class Launch:
    """A launch begun and not yet authorised: what the one-shot message hint points to."""

    tool_id: int
    course_id: str
    person_id: str
    message: str
    target: str
    activity_id: int | None = None
    container: str = "iframe"
    for_user: str | None = None


@dataclass
class Lms:
    """Everything the platform knows; one per process."""

    world: World
    state: State
    keys: KeyRing
    base_url: str
    clock: Clock = system_clock
    mode: Mode = field(default_factory=lambda: mode_named(DEFAULT))
    shared_issuer: str = ""
    sso_url: str = ""
    """Origin of authorisation, key set and tokens where the mode keeps them apart."""
    faults: Faults = field(default_factory=Faults)
    launches: dict[str, Launch] = field(default_factory=dict)
    tokens: dict[str, tuple[int, frozenset[str], float]] = field(default_factory=dict)
    tool_keys: dict[str, dict[str, Any]] = field(default_factory=dict)
    last_id_token: str | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @classmethod
    def open(
        cls,
        directory: Path,
        *,
        base_url: str,
        people: Path | dict[str, Any] | None = None,
        clock: Clock = system_clock,
        mode: str | Mode = DEFAULT,
        issuer: str = "",
    ) -> Lms:
        """The LMS whose memory lies in ``directory``.

        Args:
            mode: the platform it acts as, or its name.
            issuer: another shared issuer than the mode's own.

        Raises:
            ValueError: no mode has this name.
        """
        state = State(directory)
        acted = mode if isinstance(mode, Mode) else mode_named(mode)
        here = cls(World(people), state, KeyRing(state), "", clock, acted, issuer or acted.issuer)
        here.listens_at(base_url.rstrip("/"))
        return here

    def listens_at(self, base_url: str, sso_url: str = "") -> None:
        """Where it can be reached; ``sso_url`` is its second origin, if it has one."""
        self.base_url, self.sso_url = base_url, sso_url or base_url

    @property
    def issuer(self) -> str:
        """``iss``: shared by all customers in some modes, else the address of this LMS."""
        return self.shared_issuer or self.base_url

    def now(self) -> int:
        """Seconds since the epoch by the platform's (possibly skewed) clock."""
        return int(self.clock().timestamp() + self.faults.clock_skew)

    def begin(self, launch: Launch) -> tuple[str, str]:
        """Remember a launch; returns (launch id, cmid) for the message hint."""
        place = launch.activity_id or launch.course_id
        launch_id = f"ltilaunch{place}_{secrets.randbelow(1 << 32)}"
        with self._lock:
            self.launches[launch_id] = launch
        return launch_id, str(launch.activity_id or 0)

    def take(self, launch_id: str) -> Launch | None:
        """The launch of this hint, once: asked a second time there is none."""
        with self._lock:
            return self.launches.pop(launch_id, None)

    def tool(self, tool_id: int) -> Tool | None:
        return self.state.tools.get(tool_id)

    def target_of(self, activity: Activity) -> str:
        """Where the activity leads: its own URL, else the tool's."""
        return activity.url or self.state.tools[activity.tool_id].target_link_uri

    def may_enter(self, person: Person, course: Course) -> bool:
        return self.world.role_in(person, course) is not None


def lms() -> Lms:
    """The LMS of the request being served."""
    found: Lms = current_app.extensions["lms"]
    return found
