"""What is wrong with one experience: the rules of its form, and what no form can know."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

from plugin.portfolio.forms.experiences import faults as form_faults
from plugin.portfolio.kinds import ANY, DOCUMENT
from plugin.portfolio.models import ExperienceState
from plugin.portfolio.queries.chosen_experiences import ChosenExperience

AMOUNTS = frozenset({"hours", "periods", "weeks", "credits", "score"})
"""Fields in which 0 and -1 stood for nothing in the central data (domain facts, §1.4)."""
ORGANISERS = frozenset({"organiser", "unit", "place"})

Said = tuple[str, dict[str, Any]]


def faults_of(one: ChosenExperience, academic_year: int, today: date) -> Iterator[Said]:
    """Code and detail of each fault, in the order of the roster's columns.

    :param academic_year: of the submission's cover.
    """
    record = one.experience
    if record.state is not ExperienceState.SENT:
        yield "experience.state", {}
    wrong = form_faults(record.kind, record.academic_year, record.details)
    for part in one.kind.fields:
        label = part.column or str(part.label)
        if part.key in wrong:
            yield "experience.field", {"field": label, "said": wrong[part.key]}
            continue
        text = record.details.get(part.key, "")
        value = part.read(text)
        if part.codes is not None and part.codes.open and not text:
            yield "experience.no_code", {"field": label}
        elif part.key in AMOUNTS and isinstance(value, int | Decimal) and value == 0:
            yield "experience.zero", {"field": label}
        elif part.key in ORGANISERS and not text:
            yield "experience.no_organiser", {"field": label}
        elif isinstance(value, date) and value > today and part.key != "end_on":
            yield "experience.later", {"field": label, "found": value.isoformat()}
        elif part.key == "year" and isinstance(value, int) and value > academic_year:
            yield "experience.year", {"field": label, "found": value, "year": academic_year}
    if (one.kind.proof == DOCUMENT and one.document is None) or (
        one.kind.proof == ANY and not one.files and not record.link
    ):
        yield "experience.no_proof", {}
