"""What is kept of somebody was looked up: an audit line when it was somebody else."""

from __future__ import annotations

from plugin import db
from plugin.actor import Actor
from plugin.trail.chain import record


def looked_up(actor: Actor, launch_person_id: int) -> None:
    """The administrator of an LMS asked what is kept of one of its users, for their request."""
    with db.writing():
        record(actor, "privacy.look_up", "launch_person", launch_person_id)
