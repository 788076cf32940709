"""Portfolio 學習歷程檔案: outcomes, certification, selection, submission."""

from flask import Flask


def init_app(app: Flask) -> None:
    """Register the room: pages, words of its states, background work, desks."""
    from forms.states import register_states
    from plugin.portfolio import (  # noqa: F401  (they register themselves)
        academic_desk,
        academic_importing,
        academic_work,
        book_importing,
        desk,
        destinations,
        exchange_work,
        experience_desk,
        held,
        notices,
        overview_desk,
        overview_held,
        overview_work,
        receipt_words,
        receipts_desk,
        receipts_work,
        reminding,
        shrinking_work,
        skills,
        states,
        work,
    )
    from plugin.portfolio.academic_states import CASE_LABELS
    from plugin.portfolio.queries import gradebook
    from plugin.portfolio.views import blueprint
    from plugin.portfolio.views._shared import remember_beginning
    from plugin.vault.events import drafts_expiring

    register_states(app, "outcome", states.LABELS)
    register_states(app, "experience", states.EXPERIENCE_LABELS)
    register_states(app, "submission", states.SUBMISSION_LABELS)
    register_states(app, "counselling", states.COUNSELLING_LABELS)
    register_states(app, "verdict", states.VERDICT_LABELS)
    register_states(app, "export", states.EXPORT_LABELS)
    register_states(app, "record_case", CASE_LABELS)
    register_states(app, "receipt", receipt_words.SHEET_LABELS)
    register_states(app, "receipt_answer", receipt_words.ANSWER_LABELS)
    register_states(app, "central", receipt_words.CENTRAL_LABELS)
    register_states(app, "exchange_out", receipt_words.OUT_LABELS)
    register_states(app, "exchange_in", receipt_words.IN_LABELS)
    remember_beginning(app)
    destinations.register(app)
    app.extensions["licheng.progress"] = gradebook.progress
    drafts_expiring.connect(notices.drafts_expiring)
    app.register_blueprint(blueprint)
