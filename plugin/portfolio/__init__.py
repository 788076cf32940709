"""Portfolio 學習歷程檔案: outcomes, certification, selection, submission."""

from flask import Flask


def init_app(app: Flask) -> None:
    """Register the room: pages, words of its states, background work, desks."""
    from forms.states import register_states
    from plugin.portfolio import (  # noqa: F401  (they register themselves)
        desk,
        destinations,
        experience_desk,
        held,
        notices,
        states,
        work,
    )
    from plugin.portfolio.queries import gradebook
    from plugin.portfolio.views import blueprint
    from plugin.portfolio.views._shared import remember_beginning
    from plugin.vault.events import drafts_expiring

    register_states(app, "outcome", states.LABELS)
    register_states(app, "experience", states.EXPERIENCE_LABELS)
    register_states(app, "submission", states.SUBMISSION_LABELS)
    register_states(app, "counselling", states.COUNSELLING_LABELS)
    register_states(app, "verdict", states.VERDICT_LABELS)
    remember_beginning(app)
    destinations.register(app)
    app.extensions["licheng.progress"] = gradebook.progress
    drafts_expiring.connect(notices.drafts_expiring)
    app.register_blueprint(blueprint)
