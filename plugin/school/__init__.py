"""Schools, people, roles, classes, courses, terms, the calendar of windows, rule sets."""

from flask import Flask

from plugin import clock, web


def init_app(app: Flask) -> None:
    """Register the room."""
    from plugin.school import (  # noqa: F401  (skills and work register themselves)
        cli,
        directory,
        skills,
        views,
        work,
    )
    from plugin.school.importing import room as importing
    from plugin.trail import notify

    app.jinja_env.globals["rule_why"] = rule_why
    app.extensions[notify.DIRECTORY] = directory.recipients
    app.register_blueprint(views.blueprint)
    importing.init_app(app)
    app.cli.add_command(cli.school_commands)


def rule_why(name: str) -> str:
    """For templates: the answer to "why?" for a rule that refused, in the reader's school today.

    Empty where nobody is there, or the rule is not of this book.
    """
    from plugin.school import rulebook, rules
    from plugin.school.terms import term_of

    actor = web.actor()
    if actor is None or actor.school_id is None or name not in rulebook.DEFINITIONS:
        return ""
    return rules.why(actor.school_id, name, term_of(clock.today()).academic_year)
