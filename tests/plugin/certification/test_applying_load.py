"""Many applicants confirm in the same minute: nothing is lost, numbers have no gap.

40 here; `make certification-load` (CERTIFICATION_LOAD=500) on both databases.
"""

from __future__ import annotations

import os
import threading
from collections import Counter
from queue import Empty, Queue

import sqlalchemy as sa
from flask import Flask

from plugin import db, tenancy
from plugin.actor import Actor
from plugin.certification.forms.filling import application_form, application_of
from plugin.certification.models import (
    CaseEvent,
    CaseFile,
    CaseState,
    CaseVersion,
    CertificationCase,
    Consent,
)
from plugin.certification.operations import applying
from plugin.certification.queries import cases
from plugin.drafts.models import FormDraft
from plugin.trail import chain
from plugin.vault.models import Receipt, ReceiptKind
from tests.factories.certification import make_applicant, make_office
from tests.plugin.certification.applying_world import (
    PAPERS,
    draft_data,
    list_schools,
    save_draft,
)

APPLICANTS = int(os.environ.get("CERTIFICATION_LOAD", "40"))
WORKERS = 4


def test_everybody_confirms_at_once(app: Flask) -> None:
    office = make_office()
    list_schools(office)
    people = [make_applicant(office) for _n in range(APPLICANTS)]
    for one in people:
        save_draft(one)
    waiting: Queue[Actor] = Queue()
    for one in people:
        waiting.put(one)
    faults: list[BaseException] = []

    def work() -> None:
        while True:
            try:
                actor = waiting.get_nowait()
            except Empty:
                return
            try:
                with app.app_context(), tenancy.within(office.id):
                    apply(actor)
            except BaseException as error:
                faults.append(error)

    threads = [threading.Thread(target=work) for _n in range(WORKERS)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert not faults
    db._close_reads()
    found = db.reading().scalars(sa.select(CertificationCase)).all()
    assert sorted(one.number for one in found) == [
        f"EE115-{n:05}" for n in range(1, APPLICANTS + 1)
    ]
    assert {one.state for one in found} == {CaseState.RECEIVED}
    assert len({one.applicant_id for one in found}) == APPLICANTS

    def count(table: type[db.Base], *conditions: sa.ColumnElement[bool]) -> int:
        query = sa.select(sa.func.count()).select_from(table).where(*conditions)
        return db.reading().scalar(query) or 0

    assert count(CaseVersion) == count(Consent) == APPLICANTS
    assert count(CaseEvent, CaseEvent.event == "confirm") == APPLICANTS
    assert count(CaseFile) == APPLICANTS * len(PAPERS)
    assert count(Receipt, Receipt.kind == ReceiptKind.ACCEPTED) == APPLICANTS * len(PAPERS)
    assert count(FormDraft) == 0
    assert list(chain.verify()) == []


def apply(actor: Actor) -> None:
    """Number and confirmation, each sent twice at once, as by impatient fingers."""
    form = application_form(actor, draft_data(actor, None), csrf=False)
    assert form.validate(), form.errors
    opened = applying.open_case(actor, form.basics())
    assert applying.open_case(actor, form.basics()).id == opened.id
    application = application_of(form)
    done = Counter(
        applying.hand_in(actor, opened.id, application, form.basics()) for _n in range(2)
    )
    assert done == {True: 1, False: 1}
    assert cases.whole(actor, opened.id).newest is not None
