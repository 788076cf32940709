"""The whole application, with a school, its people and its platform in the database."""

import tempfile

from benchmarks.launches import load, servers
from benchmarks.launches.lms import CLIENT_ID, DEPLOYMENT, PEOPLE, Lms, Tool


def run(launches: int, database: str = "") -> int:
    """:param database: SQLAlchemy URL of an empty database; default: SQLite on the disk."""
    with tempfile.TemporaryDirectory() as room, Lms() as lms, servers.bound() as listening:
        url = database or f"sqlite:///{room}/licheng.sqlite3"
        port = listening.getsockname()[1]
        seed(url, lms.issuer, port)
        with servers.gunicorn("wsgi:app", listening, environment(url, room, port)):
            tool = Tool(port, "/lti/login", "/lti/launch", 303)
            load.measure(lambda n: lms.launch(tool, n), port, tool.status, launches)
    return 0


def environment(url: str, room: str, port: int) -> dict[str, str]:
    """The settings of the application's workers."""
    return {
        "LICHENG_ENV": "development",
        "LICHENG_DATABASE_URL": url,
        "LICHENG_QUEUE_URL": f"sqlite:///{room}/queue.sqlite3",
        "LICHENG_PUBLIC_URL": f"http://127.0.0.1:{port}",
        "LICHENG_VAULT_PRIMARY": f"{room}/primary",
        "LICHENG_VAULT_SECOND": f"{room}/second",
        "LICHENG_STAGING": f"{room}/staging",
        "LICHENG_REPORTS": f"{room}/reports",
    }


def seed(url: str, issuer: str, port: int) -> None:
    """Make the tables and what a launch finds in them."""
    from alembic import command

    from plugin import create_app, db
    from plugin.cli import alembic_config

    app = create_app(env="test", database_url=url, public_url=f"http://127.0.0.1:{port}")
    with app.app_context():
        command.upgrade(alembic_config(), "head")
        with db.writing() as session:
            _school(session, issuer)
        db.engine().dispose()


def _school(session, issuer: str) -> None:
    from plugin import clock
    from plugin.entrance.models import (
        Deployment,
        DeploymentState,
        Registration,
        RegistrationState,
    )
    from plugin.school.models import Course, Person, PersonKind, School, SchoolKind

    now = clock.now()
    school = School(
        code="999001", name="測試高中", kind=SchoolKind.GENERAL, settings={}, created_at=now
    )
    session.add(school)
    session.flush()
    session.add_all(
        Person(
            school_id=school.id,
            kind=PersonKind.STUDENT,
            number=f"S{number:05}",
            name="學生",
            active=True,
            created_at=now,
        )
        for number in range(PEOPLE)
    )
    session.add(
        Course(
            school_id=school.id,
            academic_year=113,
            term=1,
            number="113-1-CHI101",
            code="",
            name="國語文",
            grade=1,
            credits=4,
        )
    )
    registration = Registration(
        school_id=school.id,
        issuer=issuer,
        client_id=CLIENT_ID,
        auth_login_url=f"{issuer}/auth",
        token_url=f"{issuer}/token",
        key_set_url=f"{issuer}/keys",
        state=RegistrationState.ACTIVE,
        created_at=now,
        updated_at=now,
    )
    session.add(registration)
    session.flush()
    session.add(
        Deployment(
            registration_id=registration.id,
            deployment_id=DEPLOYMENT,
            school_id=school.id,
            state=DeploymentState.ACTIVE,
            first_seen_at=now,
        )
    )
