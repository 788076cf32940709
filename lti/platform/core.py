"""The LMS as one object: what its pages, its launch door and its services share."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flask import current_app

from lti.platform.faults import Faults
from lti.platform.keys import KeyRing
from lti.platform.modes import DEFAULT, Mode, mode_named
from lti.platform.names import Names
from lti.platform.state import Activity, State, Tool
from lti.platform.world import Course, Person, World, course_from

if TYPE_CHECKING:
    from lti.platform.notices import Delivery

Clock = Callable[[], datetime]
"""Gives the present instant, aware, in UTC."""


def system_clock() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class Launch:
    """A launch begun and not yet authorised: what the one-shot message hint points to.

    :ivar course_id: "" for messages of the whole site (data privacy, EULA).
    :ivar person_id: whom the launch speaks of.
    :ivar visitor_id: who sits there, if that is somebody else (Canvas's student view).
    :ivar role: the LMS role, if it is not the person's own (a teacher who looks as a student).
    """

    tool_id: int
    course_id: str
    person_id: str
    message: str
    target: str
    activity_id: int | None = None
    container: str = "iframe"
    for_user: str | None = None
    visitor_id: str = ""
    role: str = ""


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
    launched: int = 0
    deep_links: dict[str, str] = field(default_factory=dict)
    """``data`` given out for deep linking: to "course:tool", once."""
    deliveries: list[Delivery] = field(default_factory=list)
    """Notices sent, oldest first."""
    send: Callable[[str, dict[str, Any]], int] | None = None
    """Delivers notices in another way than over HTTP (tests)."""
    assertions: set[str] = field(default_factory=set)
    """``jti`` of assertions seen."""
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self.names = Names(self)
        for row in self.state.copies:
            self.world.add(course_from(row))

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
        here = cls(
            World(people),
            state,
            KeyRing(state, clock().timestamp()),
            "",
            clock,
            acted,
            issuer or acted.issuer,
        )
        here.listens_at(base_url.rstrip("/"))
        return here

    def listens_at(self, base_url: str, sso_url: str = "") -> None:
        """Where it can be reached; ``sso_url`` is its second origin, if it has one."""
        self.base_url, self.sso_url = base_url, sso_url or base_url

    @property
    def issuer(self) -> str:
        """``iss``: shared by all customers in some modes, else the address of this LMS."""
        return self.shared_issuer or self.base_url

    def deploy(self, tool: Tool, course_id: str = "") -> str:
        """Deploy a tool on the whole site, or once more in one course; returns the id."""
        digest = secrets.token_hex(20)
        with self.state.change() as state:
            number = state.next_id() if course_id else tool.id
            tool.deployments[course_id] = self.mode.deployment_id(number, digest)
        return tool.deployments[course_id]

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

    def offer_deep_link(self, course_id: str, tool_id: int) -> str:
        """``data`` for a deep linking request: the answer has to bring it back."""
        data = secrets.token_urlsafe(24)
        with self._lock:
            self.deep_links[data] = f"{course_id}:{tool_id}"
        return data

    def first_time(self, jti: str) -> bool:
        """Whether an assertion with this ``jti`` was not seen before."""
        with self._lock:
            fresh = jti not in self.assertions
            self.assertions.add(jti)
            return fresh

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
