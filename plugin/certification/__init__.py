"""Certification 環境教育人員認證: application, processing, review, certificates, renewal."""

from flask import Flask


def init_app(app: Flask) -> None:
    """Register the room: pages, words of its states, background work, desks, skills."""
    from forms.states import register_states
    from plugin.certification import models, states  # noqa: F401  (tables are known)

    register_states(app, "case", states.LABELS)
    register_states(app, "certificate", states.CERTIFICATE_LABELS)
