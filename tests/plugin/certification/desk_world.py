"""An office with a clerk, applicants, and cases with answers and files, for tests of the desk."""

from __future__ import annotations

from typing import Any

from plugin import db
from plugin.actor import Actor
from plugin.certification import papers
from plugin.certification.models import (
    CaseFile,
    CaseState,
    CaseVersion,
    Category,
    CertificationCase,
    Path,
)
from plugin.certification.papers import Facts
from plugin.vault import operations as vault
from tests.factories.certification import make_case
from tests.plugin.portfolio.world import pdf, staged

ANSWERS: dict[str, Any] = {
    "truthful": True,
    "publish": "yes",
    "agreed": True,
    "name": "王小明",
    "surname_english": "WANG",
    "given_name_english": "HSIAO-MING",
    "national_id": "A123456789",
    "sex": "male",
    "birthday": "1986-03-08",
    "telephone": "02-66309988#999",
    "mobile": "0900000000",
    "email": "applicant@example.org",
    "organisation": "歷程測試國民小學（193301）",
    "organisation_code": "193301",
    "title": "衛生組長",
    "category": "administrative",
    "path": "experience",
    "designated": "no",
    "theme": "climate",
    **{f"essay{n}": f"第 {n} 題的說明。" * 30 for n in range(1, 6)},
}


def complete_case(
    applicant: Actor, state: CaseState = CaseState.PROCEDURAL, *, without: str = "", **more: Any
) -> CertificationCase:
    """A confirmed case with all answers and every required document but `without`."""
    answers = ANSWERS | more.pop("answers", {})
    case = make_case(applicant, state, answers=answers, **more)
    facts = Facts(Path(answers["path"]), Category(answers["category"]), False, False)
    wanted = [one for one in papers.wanted(facts) if not one.optional and one.name != without]
    files = {one.name: accepted(applicant, one.name) for one in wanted}
    with db.writing() as session:
        version = session.query(CaseVersion).filter_by(case_id=case.id).one()
        for name, file_id in files.items():
            session.add(CaseFile(version_id=version.id, slot=name, file_id=file_id))
    return case


def accepted(applicant: Actor, name: str) -> int:
    """A PDF that the applicant handed in for a document."""
    assert applicant.person_id is not None
    file = vault.accept(
        applicant,
        staged(pdf(name), f"{name}.pdf"),
        owner_id=applicant.person_id,
        slot=papers.papers()[name].slot,
        max_bytes=10_000_000,
        kinds=("pdf",),
        expires_at=None,
    )
    vault.keep(applicant, [file.id])
    return file.id
