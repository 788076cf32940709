"""Papers of a case, as those may see them who stand in relation to it."""

from __future__ import annotations

import json
from dataclasses import dataclass

import sqlalchemy as sa
from flask_babel import gettext as _

from plugin import db, jobs
from plugin.actor import Actor
from plugin.certification import policy
from plugin.certification.models import CaseKind, CertificationCase, Letter, Path
from plugin.certification.policy import Who
from plugin.certification.queries import review
from plugin.errors import NotFound
from plugin.vault.models import FileState, StoredFile

REVIEWERS = frozenset({"dossier"})
"""What assigned reviewers see; letters are between the office and its applicant."""


@dataclass(frozen=True)
class Paper:
    """One paper with its file, once there is one that has not expired."""

    letter: Letter
    file: StoredFile | None
    expired: bool = False


def of_case(actor: Actor, case_id: int) -> list[Paper]:
    """The papers of a case that this person may see, newest first; three statements at most.

    :raises NotFound: the case does not exist for this person.
    """
    case = db.reading().get(CertificationCase, case_id)
    whole = case is not None and bool(policy.stands(actor, case))
    if case is None or not (whole or _reviews(actor, case)):
        raise NotFound(_("找不到這件申請案。"))
    query = sa.select(Letter).where(Letter.case_id == case.id)
    if not whole:
        query = query.where(Letter.kind.in_(REVIEWERS))
    letters = db.reading().scalars(query.order_by(Letter.id.desc())).all()
    ids = [one.file_id for one in letters if one.file_id is not None]
    files = {
        one.id: one
        for one in db.reading().scalars(sa.select(StoredFile).where(StoredFile.id.in_(ids)))
    }
    return [_paper(one, files.get(one.file_id or 0)) for one in letters]


def seen(actor: Actor, letter_id: int) -> tuple[Paper, CertificationCase, jobs.Job | None]:
    """One paper, its case, and the work that makes it.

    :raises NotFound: none such for this person.
    """
    session = db.reading()
    letter = session.get(Letter, letter_id)
    case = session.get(CertificationCase, letter.case_id) if letter is not None else None
    if letter is None or case is None or not may_see(actor, case, letter.kind):
        raise NotFound(_("找不到這份文件。"))
    file = session.get(StoredFile, letter.file_id) if letter.file_id is not None else None
    job = session.get(jobs.Job, letter.job_id) if letter.job_id is not None else None
    return _paper(letter, file), case, job


def may_see(actor: Actor, case: CertificationCase, kind: str) -> bool:
    """The applicant, the office, the school side: all; an assigned reviewer: the dossier."""
    return bool(policy.stands(actor, case)) or (kind in REVIEWERS and _reviews(actor, case))


def with_experience(actor: Actor, case_id: int) -> CertificationCase:
    """A case that asks for the proof of experience: one's own, or one that the school prepares.

    :raises NotFound: none such for this person.
    """
    case = db.reading().get(CertificationCase, case_id)
    fits = (
        case is not None
        and bool(policy.stands(actor, case) & {Who.APPLICANT, Who.SCHOOL_DESK})
        and case.kind is CaseKind.NEW
        and case.path is Path.EXPERIENCE
    )
    policy.require(fits, _("找不到這件申請案。"))
    assert case is not None
    return case


def require_may_ask(actor: Actor, case_id: int, kind: str) -> None:
    """:raises NotFound: no such case, or not for this person."""
    case = db.reading().get(CertificationCase, case_id)
    policy.require(
        case is not None and kind in {"application", "dossier"} and may_see(actor, case, kind),
        _("找不到這件申請案。"),
    )


def printable(actor: Actor, case_id: int) -> CertificationCase:
    """A case of which this person may have the application or the dossier made.

    :raises NotFound: none such for this person.
    """
    case = db.reading().get(CertificationCase, case_id)
    policy.require(case is not None and may_see(actor, case, "dossier"), _("找不到這件申請案。"))
    assert case is not None
    return case


def version_of(letter: Letter) -> int | None:
    """Of which version of the application a paper was made."""
    kept = json.loads(letter.facts) if letter.facts else {}
    found = kept.get("given", {}).get("version")
    return int(found) if found is not None else None


def _paper(letter: Letter, file: StoredFile | None) -> Paper:
    if file is not None and file.state is FileState.PURGED:
        return Paper(letter, None, expired=True)
    return Paper(letter, file)


def _reviews(actor: Actor, case: CertificationCase) -> bool:
    """Assigned, declared to have no conflict of interest, not taken away, and under review."""
    return review.opens(actor, case)
