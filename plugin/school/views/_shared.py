"""What the school's views have in common."""

from __future__ import annotations

from collections.abc import Callable

from flask import request

from forms.definition import Form
from plugin import clock, web
from plugin.errors import Refusal
from plugin.school.terms import FIRST_YEAR, LAST_YEAR, Term, term_of


def school_id() -> int:
    """The school of whoever asks; the policy has let in only people of one."""
    found = web.current_actor().school_id
    assert found is not None
    return found


def asked_term() -> Term:
    """`?year=115&term=1`, or the term of today."""
    now = term_of(clock.today())
    year = request.args.get("year", type=int) or now.academic_year
    term = request.args.get("term", type=int)
    return Term(min(max(year, FIRST_YEAR), LAST_YEAR), term if term in {1, 2} else now.term)


def years() -> list[int]:
    """The academic years a filter offers: from the next one back to 108."""
    return list(range(term_of(clock.today()).academic_year + 1, FIRST_YEAR - 1, -1))


def attempt(form: Form, operation: Callable[[], object]) -> bool:
    """Do `operation`; what it refuses is shown on the form, nothing typed is lost."""
    try:
        operation()
    except Refusal as refusal:
        message = f"{refusal.message}{refusal.remedy}" if refusal.remedy else refusal.message
        form.add_errors(refusal.fields or {"": message})
        return False
    return True
