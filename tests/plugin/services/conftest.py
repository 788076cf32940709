"""A school beside a real demo LMS: registered, deployed, its courses known, all over HTTP."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import jwt.api_jwt
import pytest
import sqlalchemy as sa
from flask import Flask

from lti import keys
from lti import vocabulary as v
from lti.platform.state import Tool
from lti.platform.testing import FakePlatform
from plugin import clock as plugin_clock
from plugin import db
from plugin.entrance.models import (
    CourseBinding,
    Deployment,
    DeploymentState,
    LaunchContext,
    LaunchPerson,
    Registration,
    RegistrationState,
)
from plugin.entrance.operations import installing
from plugin.school.models import Course, Person, School
from plugin.services import telling
from plugin.services.models import GradeColumn, GradePush, RosterState
from tests import factories
from tests.factories import FrozenClock


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> FrozenClock:
    """A clock that stands still, also for the library by which the LMS checks our assertions."""
    frozen = FrozenClock(datetime.now(UTC).replace(microsecond=0))

    class Frozen(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> datetime:  # type: ignore[override]
            return frozen.moment.astimezone(tz)

    monkeypatch.setattr(jwt.api_jwt, "datetime", Frozen)
    # Waiting for another second is moving the clock.
    monkeypatch.setattr(telling, "pause", lambda seconds: frozen.advance(seconds=seconds))
    return frozen


@pytest.fixture
def lms(
    request: pytest.FixtureRequest, tmp_path: Path, clock: FrozenClock
) -> Iterator[FakePlatform]:
    """The demo LMS as Moodle, or as the mode that a test asks for indirectly."""
    mode = getattr(request, "param", "moodle")
    with FakePlatform(tmp_path / "lms", clock=clock, mode=mode) as platform:
        yield platform


@pytest.fixture
def school(app: Flask) -> School:
    return factories.make_school()


@dataclass
class Connected:
    """A school's connection with an LMS."""

    platform: FakePlatform
    tool: Tool
    school: School
    registration_id: int
    deployment_id: int

    def context(self, course: str = "2", **fields: Any) -> LaunchContext:
        """An LMS course of this school, as its first launch made it."""
        claims = self.platform.claims("teacher1" if course == "2" else "teacher2",
                                      nonce="n", course=course, tool=self.tool)  # fmt: skip
        now = plugin_clock.now()
        values = {
            "registration_id": self.registration_id,
            "school_id": self.school.id,
            "context_id": claims[v.CLAIM_CONTEXT]["id"],
            "label": claims[v.CLAIM_CONTEXT]["label"],
            "title": claims[v.CLAIM_CONTEXT]["title"],
            "number": "",
            "memberships_url": claims[v.CLAIM_NRPS]["context_memberships_url"],
            "line_items_url": claims[v.CLAIM_AGS]["lineitems"],
            "groups_url": claims.get(v.CLAIM_GROUPS, {}).get("context_groups_url", ""),
            "group_sets_url": claims.get(v.CLAIM_GROUPS, {}).get("context_group_sets_url", ""),
            "first_seen_at": now,
            "changed_at": now,
        }
        return add(LaunchContext(**values | fields))

    def bind(self, context: LaunchContext, *courses: Course) -> None:
        for course in courses:
            add(
                CourseBinding(
                    launch_context_id=context.id, course_id=course.id, bound_at=plugin_clock.now()
                )
            )

    def account(self, subject: str, person: Person | None = None, **fields: Any) -> LaunchPerson:
        """An LMS account, bound to `person`."""
        now = plugin_clock.now()
        values = {
            "registration_id": self.registration_id,
            "school_id": self.school.id,
            "subject": subject,
            "name": "",
            "email": "",
            "number": "",
            "person_id": person.id if person else None,
            "first_seen_at": now,
            "changed_at": now,
        }
        return add(LaunchPerson(**values | fields))

    # --- what the LMS shows ------------------------------------------------------------------

    @property
    def columns(self) -> list[Any]:
        """Line items of ours: not those of activities."""
        return [
            one for one in self.platform.lms.state.line_items.values() if one.tag == telling.TAG
        ]

    def grade(self, subject: str) -> float | None:
        """What the gradebook shows of somebody in our column; None: nothing."""
        for column in self.columns:
            score = self.platform.lms.state.score(column.id, subject)
            if score is not None:
                return score.given
        return None

    def members_of(self, course: str = "2") -> dict[str, str]:
        """Who is in a course of the LMS, to be changed."""
        return self.platform.lms.world.courses[course].members


@pytest.fixture
def connect(app: Flask, lms: FakePlatform) -> Callable[..., Connected]:
    """Connect a school with the LMS: a registration of its own, or one that is there already."""

    def perform(school: School, *, shared: Connected | None = None, **fields: Any) -> Connected:
        now = plugin_clock.now()
        if shared is None:
            tool = lms.add_tool(jwks=keys.key_set(installing.ensure_keys()))
            registration = add(
                Registration(
                    school_id=school.id, issuer=lms.issuer, client_id=tool.client_id,
                    auth_login_url=lms.authorization_endpoint, token_url=lms.token_endpoint,
                    key_set_url=lms.jwks_uri, product=lms.mode.product,
                    state=RegistrationState.ACTIVE,
                    created_at=now, updated_at=now, **fields,
                )
            )  # fmt: skip
            registration_id, deployment = registration.id, tool.deployment_id
        else:
            tool, registration_id = shared.tool, shared.registration_id
            deployment = f"of school {school.id}"
        row = add(
            Deployment(
                registration_id=registration_id, deployment_id=deployment, school_id=school.id,
                state=DeploymentState.ACTIVE, first_seen_at=now,
            )
        )  # fmt: skip
        return Connected(lms, tool, school, registration_id, row.id)

    return perform


@pytest.fixture
def connected(connect: Callable[..., Connected], school: School) -> Connected:
    return connect(school)


def add(row: Any) -> Any:
    with db.writing() as session:
        session.add(row)
        session.flush()
    return row


def rows(model: Any, **fields: Any) -> list[Any]:
    """Rows as they are now."""
    db._close_reads()
    query = sa.select(model).filter_by(**fields)
    return list(db.reading().scalars(query.order_by(*model.__table__.primary_key.columns)))


def state_of(context: LaunchContext) -> RosterState:
    [found] = rows(RosterState, launch_context_id=context.id)
    return found


def push_of(account: LaunchPerson) -> GradePush:
    [found] = rows(GradePush, launch_person_id=account.id)
    return found


def column_of(context: LaunchContext) -> GradeColumn:
    [found] = rows(GradeColumn, launch_context_id=context.id)
    return found


@pytest.fixture
def launched(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """The requests that follow come from a session which was launched from this LMS course."""
    from plugin.actor import Actor
    from plugin.entrance import loading
    from plugin.entrance.session import Launched
    from plugin.services import listening

    def become(context: LaunchContext, account: LaunchPerson | None = None, link: str = "") -> None:
        found = Launched(
            1, context.school_id, context.registration_id, account.id if account else None,
            context.id, frozenset({"learner"}),
        )  # fmt: skip
        monkeypatch.setattr(listening, "session", {"link": link})
        monkeypatch.setattr(loading, "launched", lambda: found)
        app.extensions["licheng.actor_loader"] = lambda: Actor(
            school_id=context.school_id, name="somebody"
        )

    return become


@pytest.fixture
def count_statements(app: Flask) -> Callable[[], Any]:
    """What is sent to the database inside a block."""
    from contextlib import contextmanager

    @contextmanager
    def counting() -> Iterator[list[str]]:
        found: list[str] = []

        def seen(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
            found.append(statement)

        sa.event.listen(db.engine(), "before_cursor_execute", seen)
        try:
            yield found
        finally:
            sa.event.remove(db.engine(), "before_cursor_execute", seen)

    return counting


@pytest.fixture(autouse=True)
def no_request(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests run inside a request that never ends (pytest-flask): what it gathered would wait."""
    from plugin.services import listening

    monkeypatch.setattr(listening, "has_request_context", lambda: False)
