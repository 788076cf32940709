"""An office, its list of schools, and an applicant with everything ready to be handed in."""

from __future__ import annotations

import io
from typing import Any

import pikepdf
from werkzeug.datastructures import MultiDict

from forms.drafts import Draft
from plugin import db, uploads
from plugin.actor import Actor
from plugin.certification import drafting
from plugin.certification.forms.application import NAME, VERSION, ApplicationForm
from plugin.certification.forms.filling import application_form, application_of
from plugin.certification.models import CertificationCase, ListedKind, ListedSchool
from plugin.certification.operations import applying, receiving
from plugin.certification.queries.schools import plain
from plugin.drafts.operations import Drafts
from plugin.school.models import School
from tests.factories.certification import NATIONAL_ID

SCHOOLS = (
    ("193301", "歷程測試國民小學", "臺中市", ListedKind.ELEMENTARY, ""),
    ("353301", "臺北市立第一女子測試高級中學", "臺北市", ListedKind.SENIOR, "北一女測試"),
    ("0199", "國立歷程測試大學", "臺南市", ListedKind.TERTIARY, ""),
)

CONSENT = {"truthful": "y", "publish": "yes", "agreed": "y"}
BASICS = {
    "name": "王小明",
    "surname_english": "wang",
    "given_name_english": "hsiao-ming",
    "national_id": NATIONAL_ID,
    "sex": "male",
    "birthday": "75/3/8",
    "telephone": "02-66309988#999",
    "mobile": "0900000000",
    "email": "Applicant@Example.org",
    "organisation": "193301",
    "title": "衛生組長",
    "category": "administrative",
    "path": "experience",
    "designated": "no",
}
ESSAYS = {"theme": "climate", **{f"essay{n}": f"第 {n} 題的想法與做法。" * 20 for n in range(1, 6)}}
PAPERS = ("experience", "hours", "plan", "results")
"""What an administrative application by experience needs of somebody not designated."""


def list_schools(office: School) -> None:
    """Three schools in the office's list."""
    with db.writing() as session:
        session.add_all(
            ListedSchool(
                school_id=office.id, code=code, name=name, city=city, kind=kind, also=also,
                key="\n".join(plain(one) for one in (name, also) if one), active=True,
            )
            for code, name, city, kind, also in SCHOOLS
        )  # fmt: skip


def pdf(mark: str = "") -> bytes:
    """A PDF of one page; another one for every mark."""
    target = io.BytesIO()
    with pikepdf.new() as document:
        document.add_blank_page()
        document.docinfo["/Title"] = mark
        document.save(target)
    return target.getvalue()


def upload(actor: Actor, name: str, mark: str = "") -> int:
    """A document handed in for its place; its id."""
    staged = uploads.stage(io.BytesIO(pdf(mark or name)), f"{name}.pdf")
    return receiving.receive(actor, staged, name).id


def words(actor: Actor, **changed: Any) -> dict[str, list[str]]:
    """Everything that a complete draft holds; documents are uploaded."""
    said = {**CONSENT, **BASICS, **ESSAYS, **changed}
    files = {f"{name}-ref": [str(upload(actor, name))] for name in PAPERS}
    return {name: [word] for name, word in said.items() if word} | files


def filled(actor: Actor, **changed: Any) -> ApplicationForm:
    """The form filled with all of it."""
    data = MultiDict((name, one) for name, some in words(actor, **changed).items() for one in some)
    return application_form(actor, data, csrf=False)


def opened(actor: Actor, **changed: Any) -> CertificationCase:
    """A case with its number and a complete draft."""
    save_draft(actor, **changed)
    form = application_form(actor, draft_data(actor, None), csrf=False)
    return applying.open_case(actor, form.basics())


def save_draft(actor: Actor, **changed: Any) -> None:
    """A complete draft that has no number yet."""
    store = Drafts(actor)
    done = ("consent", "basics", "essays", "papers")
    store.save(Draft(store.key(NAME, drafting.NEW), VERSION, words(actor, **changed), done))


def confirmed(actor: Actor, **changed: Any) -> CertificationCase:
    """A case that was handed in."""
    case = opened(actor, **changed)
    form = application_form(actor, draft_data(actor, case.id), csrf=False)
    assert form.validate(), form.errors
    applying.hand_in(actor, case.id, application_of(form), form.basics())
    return db.reading().get_one(CertificationCase, case.id)


def draft_data(actor: Actor, case_id: int | None) -> MultiDict[str, str]:
    """The draft of a case, or the one that has no number yet, as a form reads it."""
    store = Drafts(actor)
    draft = store.get(store.key(NAME, drafting.subject(case_id)))
    assert draft is not None
    return MultiDict((name, one) for name, some in draft.values.items() for one in some)
