"""What the pages about certificates have in common."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import request
from flask_babel import gettext as _

from forms.definition import Form
from plugin import clock
from plugin.actor import Actor
from plugin.certification.certificates import (
    CATEGORY_LABELS,
    EVENT_LABELS,
    PATH_LABELS,
    STANDING_LABELS,
    Standing,
    standing,
)
from plugin.certification.models import Category, Certificate, CertificateState
from plugin.certification.operations import certificate_paper
from plugin.certification.queries import certificates, passed
from plugin.certification.queries.passed import Filter
from plugin.errors import Refusal
from plugin.school.terms import FIRST_YEAR, LAST_YEAR
from plugin.vault import links
from plugin.vault import queries as vault_queries

LONGEST = 60
"""Characters of a search that are looked at."""


def asked() -> Filter:
    """What `?q=&year=&category=&standing=` look for; what cannot be is left out."""
    year = request.args.get("year", type=int)
    category = request.args.get("category", "")
    stands = request.args.get("standing", "")
    return Filter(
        text=request.args.get("q", "").strip()[:LONGEST],
        year=year if year is not None and FIRST_YEAR - 20 <= year <= LAST_YEAR else None,
        category=Category(category) if category in set(Category) else None,
        standing=Standing(stands) if stands in set(Standing) else None,
    )


def arguments(now: Filter) -> dict[str, Any]:
    """The query of an address that looks for the same."""
    found = {"q": now.text, "year": now.year, "category": now.category, "standing": now.standing}
    return {name: str(value) for name, value in found.items() if value}


def words() -> dict[str, Any]:
    """Labels for the templates."""
    return {
        "categories": CATEGORY_LABELS,
        "paths": PATH_LABELS,
        "happenings": EVENT_LABELS,
        "Standing": Standing,
    }


def standing_of(one: Certificate) -> str:
    """How a certificate stands today."""
    return standing(one, clock.today()).value


def about(actor: Actor, one: Certificate) -> dict[str, Any]:
    """What both its holder and the office see of a certificate, the labels too. While the queue
    makes its PDF the page asks again."""
    file = vault_queries.find(actor, one.file_id) if one.file_id else None
    waits = file is None and one.state is CertificateState.VALID
    return {
        "one": one,
        "standing": standing_of(one),
        "file": file,
        "address": links.url(file, actor) if file else "",
        "verify_url": certificate_paper.address(one),
        "events": passed.events(one.id),
        "consents": certificates.consents(one),
        "replaced_by": passed.replaced_by(one.id),
        "States": CertificateState,
        "refresh_seconds": 5 if waits else None,
        **words(),
    }


def filters(now: Filter, years: list[int]) -> list[dict[str, Any]]:
    """The fields of the filter above a list."""
    every = ("", _("全部"))
    return [
        {"name": "q", "label": _("證書字號或姓名"), "value": now.text},
        {
            "name": "year", "label": _("核發年"), "value": now.year or "",
            "choices": [every, *((one, _("%(year)s 年", year=one)) for one in years)],
        },
        {
            "name": "category", "label": _("類別"),
            "value": now.category.value if now.category else "",
            "choices": [every, *((one.value, text) for one, text in CATEGORY_LABELS.items())],
        },
        {
            "name": "standing", "label": _("狀態"),
            "value": now.standing.value if now.standing else "",
            "choices": [every, *((one.value, a.text) for one, a in STANDING_LABELS.items())],
        },
    ]  # fmt: skip


def attempt(form: Form, operation: Callable[[], object]) -> bool:
    """Do `operation`; what it refuses is shown on the form, nothing typed is lost."""
    try:
        operation()
    except Refusal as refusal:
        if refusal.status == 404:
            raise
        message = f"{refusal.message}{refusal.remedy}"
        form.add_errors(refusal.fields or {"": message})
        return False
    return True
