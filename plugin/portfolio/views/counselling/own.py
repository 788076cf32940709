"""What students read of their own consultations, and parents where the school allows."""

from __future__ import annotations

from flask import render_template, request

from plugin import clock, web
from plugin.ids import row_id
from plugin.paging import Page
from plugin.portfolio.forms.counselling import KINDS
from plugin.portfolio.models import CounsellingKind
from plugin.portfolio.operations.counselling.found import of_family
from plugin.portfolio.queries import counselling as reads
from plugin.portfolio.views._shared import shown
from plugin.portfolio.views.counselling.reading import earlier_files
from plugin.school import queries as school_queries
from plugin.school import rules
from plugin.school.terms import term_of


def counselling_mine() -> str:
    """My own records, or my child's (`?child=`); read-only."""
    actor = web.current_actor()
    assert actor.school_id is not None
    readable = reads.readable_by(actor)
    asked = row_id(request.args.get("child"))
    person_id = asked if asked in readable else next(iter(readable), None)
    found: Page[reads.Sheet] = Page((), None)
    if person_id is not None:
        found = of_family(actor, person_id, after=request.args.get("after"))
    people = school_queries.people(actor.school_id, readable)
    year = term_of(clock.today()).academic_year
    return render_template(
        "portfolio/counselling/mine.html",
        found=found,
        files={one.record.id: shown(one.document, actor) for one in found.items},
        earlier_files=earlier_files(found.items, actor),
        kinds=KINDS,
        GROUP=CounsellingKind.GROUP,
        children=[people[one] for one in readable if one in people and one != actor.person_id],
        person=people.get(person_id) if person_id else None,
        own=person_id == actor.person_id,
        why=rules.why(actor.school_id, reads.SHOWN_TO_PARENT, year),
        stays=rules.why(actor.school_id, "counselling.leaves_school", year),
    )
