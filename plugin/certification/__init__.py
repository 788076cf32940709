"""Certification 環境教育人員認證: application, processing, review, certificates, renewal."""

from flask import Flask


def init_app(app: Flask) -> None:
    """Register the room: pages, words of its states, background work, desks, skills."""
    from forms.states import register_states
    from plugin.certification import (  # noqa: F401  (tables are known; work registers itself)
        cli,
        desk_application,
        desk_door,
        desk_hours,
        desk_letters,
        desk_meetings,
        desk_office,
        desk_payments,
        desk_results,
        desk_review,
        held_results,
        models,
        skills,
        states,
        work_clocks,
        work_door,
        work_drafts,
        work_letters,
        work_meetings,
        work_payments,
        work_results,
    )
    from plugin.certification.certificates import STANDING_LABELS
    from plugin.certification.operations import school_list
    from plugin.certification.payment_words import MATCHES
    from plugin.certification.views import blueprint
    from plugin.school import importing

    importing.register(school_list.IMPORTABLE)
    register_states(app, "case", states.LABELS)
    register_states(app, "certificate", states.CERTIFICATE_LABELS)
    register_states(app, "payment", MATCHES)
    register_states(app, "certificate_standing", STANDING_LABELS)
    app.cli.add_command(cli.commands)
    app.register_blueprint(blueprint)
    app.extensions["licheng.visit_endpoint"] = "certification.area_home"
