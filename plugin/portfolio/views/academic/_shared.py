"""What the academic pages have in common."""

from __future__ import annotations

from typing import Any

from flask import request

from forms.definition import Form
from plugin import clock, web
from plugin.errors import Refusal
from plugin.portfolio.views._shared import words_of
from plugin.school import rulebook, rules
from plugin.school.terms import FIRST_YEAR, LAST_YEAR, Term, term_of

YEARS_SHOWN = 4


def school_id() -> int:
    """The school of whoever asks."""
    found = web.current_actor().school_id
    assert found is not None
    return found


def this_term() -> Term:
    """The term of today."""
    return term_of(clock.today())


def asked_term() -> Term:
    """`?year=115&term=1`, or `?of=115-1`, else the term of today; one of the two terms."""
    now = this_term()
    text = request.args.get("of", "")
    year_text, _minus, number_text = text.partition("-")
    year = _number(year_text) or request.args.get("year", type=int) or now.academic_year
    number = _number(number_text) or request.args.get("term", type=int) or now.term
    return Term(min(max(year, FIRST_YEAR), LAST_YEAR), number if number in {1, 2} else now.term)


def terms() -> list[Term]:
    """The terms that lists offer, newest first."""
    now = this_term()
    first = Term(now.academic_year, 2)
    return [
        Term(first.academic_year - back, number) for back in range(YEARS_SHOWN) for number in (2, 1)
    ]


def of(term: Term) -> str:
    """A term as it stands in an address."""
    return f"{term.academic_year}-{term.term}"


def term_options(chosen: Term) -> list[tuple[str, str]]:
    """Terms for a filter; the chosen one is always among them."""
    some = terms()
    return [(of(one), one.label) for one in ([] if chosen in some else [chosen]) + some]


def show_refusal(form: Form, refusal: Refusal, term: Term) -> None:
    """Put what an operation refused at its fields, with the rule that says so."""
    form.add_errors(refusal.fields or {"": words_of(refusal)})
    if refusal.fields and (why := why_of(refusal, term)):
        form.add_errors({"": why})


def why_of(refusal: Refusal, term: Term) -> str:
    """Which rule refused, since when, by which source; "" where none did."""
    if refusal.rule is None or refusal.rule not in rulebook.DEFINITIONS:
        return ""
    return rules.why(school_id(), refusal.rule, term.academic_year)


def said(refusal: Refusal, term: Term) -> str:
    """A refusal in one paragraph, with the rule behind it."""
    return f"{refusal.message}{refusal.remedy}{why_of(refusal, term)}"


def common(term: Term) -> dict[str, Any]:
    """What a page with a filter of terms is given."""
    return {"term": term, "term_options": term_options(term), "of": of(term)}


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 3 else None
