"""Is it alive, is it ready: for the supervisor, the proxy and whoever watches."""

from __future__ import annotations

import sqlalchemy as sa
from flask import Flask, Response, current_app, jsonify

from plugin import clock, db
from plugin.jobs import Job, JobState
from plugin.settings import Settings
from plugin.web import Route, public, room


def healthz() -> Response:
    """Public: a load balancer has no launch. Says only that the process answers."""
    return jsonify(status="ok")


def readyz() -> tuple[Response, int]:
    """Public for the same reason. Database, both vault copies and the front-end files."""
    settings: Settings = current_app.extensions["licheng.settings"]
    checks = {
        "database": _database(),
        "vault": all(
            place is None or place.is_dir()
            for place in (settings.vault_primary, settings.vault_second)
        ),
        "assets": (settings.static / "manifest.json").is_file(),
    }
    ready = all(checks.values())
    return jsonify(ready=ready, **checks), 200 if ready else 503


def metrics() -> Response:
    """Public, counts only: the queue's depth and the age of its oldest job, for monitoring."""
    rows = db.reading().execute(sa.select(Job.state, sa.func.count()).group_by(Job.state)).all()
    oldest = db.reading().scalar(
        sa.select(sa.func.min(Job.created_at)).where(Job.state == JobState.QUEUED)
    )
    age = (clock.now() - oldest).total_seconds() if oldest else 0
    counts = dict.fromkeys(JobState, 0) | {row[0]: row[1] for row in rows}
    lines = ["# TYPE licheng_jobs gauge"]
    lines += [f'licheng_jobs{{state="{state}"}} {count}' for state, count in counts.items()]
    lines += ["# TYPE licheng_oldest_queued_job_seconds gauge"]
    lines += [f"licheng_oldest_queued_job_seconds {age:.0f}", ""]
    return Response("\n".join(lines), mimetype="text/plain")


routes = [
    Route("/healthz", healthz, public),
    Route("/readyz", readyz, public, across="asks the database for no row of anybody"),
    Route("/metrics", metrics, public, across="counts the installation's jobs"),
]


def init_app(app: Flask) -> None:
    app.register_blueprint(room("health", routes))


def _database() -> bool:
    try:
        db.reading().execute(sa.text("SELECT 1 FROM alembic_version"))
    except sa.exc.SQLAlchemyError:
        return False
    return True
