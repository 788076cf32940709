"""Who may use which page of the entrance."""

from __future__ import annotations

from plugin import web
from plugin.actor import Role

anybody = web.public
"""Messages from an LMS, which carry their own proof, and the installation link."""

launched = web.launched
bound = web.bound
teachers = web.holding(Role.TEACHER, Role.REGISTRY, Role.ADMINISTRATOR)
registry = web.holding(Role.REGISTRY, Role.ADMINISTRATOR)
administrators = web.holding(Role.ADMINISTRATOR)
