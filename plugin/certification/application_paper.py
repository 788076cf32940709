"""The application 申請書, the reviewer's dossier, the form that a principal signs: from a case."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from flask_babel import force_locale

from forms.definition import Form, groups_of
from forms.drafts import answers
from forms.essay import EssayField
from forms.file_field import FileAnswerField
from forms.text import count_letters
from plugin import db
from plugin.actor import Actor
from plugin.certification import agreement, completeness, drafting
from plugin.certification.certificates import CATEGORY_ON_PAPER, PATH_ON_PAPER
from plugin.certification.forms import application
from plugin.certification.forms.filling import application_form
from plugin.certification.models import (
    CaseFile,
    CaseKind,
    CaseVersion,
    CertificationCase,
    Consent,
    Mode,
)
from plugin.certification.papers import Words, papers
from plugin.drafts.operations import Drafts
from plugin.vault import queries as vault
from plugin.vault.errors import FileDamaged
from plugin.vault.models import FileState, StoredFile
from reports.certification.application import STAMPS, Application, Essay, Paper, application_pdf
from reports.certification.dossier import Attachment
from reports.certification.dossier import write_dossier as join
from reports.certification.experience import ExperienceForm, experience_pdf
from reports.certification.words import long_date

PERSONAL = frozenset({"national_id", "birthday", "telephone", "mobile", "email"})
"""What reviewers need not know of a person."""
HIDDEN = "（審查卷不列）"
_ESSAY_THEMES = {"essay1": "theme"}

Progress = Callable[[int, int], None]


def pdf(facts: dict[str, Any]) -> bytes:
    """The application as `queries.letter_facts` says: case, version, how it stood."""
    return application_pdf(_application(*_rows(facts), facts))


def experience_form(actor: Actor, case: CertificationCase) -> bytes:
    """The proof of experience to be signed, with what the application says of the person.

    :param actor: who asks; a draft is read only for whose it is.
    """
    with force_locale("zh_Hant_TW"):
        form = _answered(actor, case)

        def said(name: str) -> str:
            return str(form[name].shown()) if form is not None and name in form else ""

        return experience_pdf(
            ExperienceForm(
                case_number=case.number,
                name=case.name,
                national_id=said("national_id"),
                birthday=said("birthday"),
                organisation=case.organisation,
                title=said("title"),
                designated=case.designated,
            )
        )


def _answered(actor: Actor, case: CertificationCase) -> Form | None:
    """The newest answers: those of the version that holds, else of the person's own draft."""
    version = completeness.newest(case)
    if version is not None:
        return completeness.bound(case, version)
    if actor.person_id != case.applicant_id:
        return None
    drafts = Drafts(actor)
    draft = drafts.get(drafts.key(application.NAME, drafting.subject(case.id)))
    return application_form(actor, answers(draft), csrf=False) if draft is not None else None


def write_dossier(target: Path, facts: dict[str, Any], progress: Progress) -> None:
    """The application without personal numbers, and every attachment, joined."""
    case, version = _rows(facts)
    reduced = _application(case, version, facts, hide=PERSONAL)
    join(
        target,
        application_pdf(replace(reduced, check_url="")),
        list(_attachments(version)),
        office=facts["office"],
        case_number=case.number,
        applicant=case.name,
        made_at=datetime.fromisoformat(facts["made_at"]),
        progress=progress,
    )


def _rows(facts: dict[str, Any]) -> tuple[CertificationCase, CaseVersion]:
    case = db.reading().get_one(CertificationCase, facts["case_id"])
    query = sa.select(CaseVersion).where(
        CaseVersion.case_id == case.id, CaseVersion.number == facts["version"]
    )
    return case, db.reading().scalars(query).one()


def _application(
    case: CertificationCase,
    version: CaseVersion,
    facts: dict[str, Any],
    *,
    hide: frozenset[str] = frozenset(),
) -> Application:
    with force_locale("zh_Hant_TW"):
        form = completeness.bound(case, version)
        files = _files(version)
        return Application(
            office=facts["office"],
            case_number=case.number,
            version=version.number,
            applicant=case.name,
            made_at=version.made_at,
            state=facts["state"],
            summary=tuple(_summary(case, version)),
            facts=tuple(_facts(case, form, hide)),
            essays=tuple(_essays(form)),
            papers=tuple(_papers(form, files)),
            declarations=tuple(_declarations(case, facts["office"])),
            check_url=facts["check_url"] if case.mode is Mode.OFFICE else "",
            title="環境教育人員認證展延申請書"
            if case.kind is CaseKind.RENEWAL
            else "環境教育人員認證申請書",
            stamps=STAMPS if case.mode is Mode.SCHOOL else (),
        )


def _summary(case: CertificationCase, version: CaseVersion) -> Iterator[tuple[str, str]]:
    """What is applied for; of a renewal also of which certificate, and by how many hours."""
    yield "申請類別", CATEGORY_ON_PAPER[case.category][0]
    yield "申請資格", PATH_ON_PAPER[case.path][0]
    if case.kind is not CaseKind.RENEWAL:
        yield "指定人員", "是" if case.designated else "否"
        return
    kept: dict[str, Any] = json.loads(version.answers)
    yield "證書字號", str(kept.get("certificate", ""))
    if ends := kept.get("expires_on"):
        yield "有效期限至", long_date(date.fromisoformat(str(ends)))
    if "hours" in kept:
        digital = f"（其中數位課程 {float(kept.get('hours_digital', 0)):g} 小時）"
        yield "採計研習時數", f"{float(kept['hours']):g} 小時{digital}"


def _label(slot: str) -> str:
    """What a document is called; the proofs of a renewal have a slot for each entry."""
    if slot in papers():
        return papers()[slot].label.zh
    return "研習證明" if slot.startswith("hours.") else slot


def _facts(
    case: CertificationCase, form: Form, hide: frozenset[str]
) -> Iterator[tuple[str, tuple[tuple[str, str], ...]]]:
    """The groups of plain answers; consent, essays and documents have parts of their own."""
    for group in groups_of(form):
        if group.key == "consent":
            continue
        pairs = [
            (str(form[name].label.text), HIDDEN if name in hide else _shown(case, form, name))
            for name in group.fields
            if not isinstance(form[name], EssayField | FileAnswerField)
            and name not in _ESSAY_THEMES.values()
        ]
        if pairs:
            yield str(group.title), tuple(pairs)


def _shown(case: CertificationCase, form: Form, name: str) -> str:
    if name == "organisation":
        return case.organisation
    return str(form[name].shown())


def _essays(form: Form) -> Iterator[Essay]:
    for group in groups_of(form):
        for name in group.fields:
            field = form[name]
            if not isinstance(field, EssayField):
                continue
            theme = _ESSAY_THEMES.get(name)
            words = str(field.label.text)
            yield Essay(
                words.split(". ", 1)[-1],
                str(form[theme].shown()) if theme else "",
                field.data or "",
                count_letters(field.data or ""),
            )


def _papers(form: Form, files: dict[str, StoredFile]) -> Iterator[Paper]:
    asked = [
        name
        for group in groups_of(form)
        for name in group.fields
        if isinstance(form[name], FileAnswerField)
    ]
    for name in [*asked, *(slot for slot in files if slot not in asked)]:
        file = files.get(name)
        label = _label(name)
        needed = name in papers() and not papers()[name].optional
        if file is None:
            yield Paper(label, needed)
        else:
            pages = int(file.detail.get("pages", 0))
            yield Paper(label, needed, file.name, file.size, pages, file.sha256)


def _declarations(case: CertificationCase, authority: str) -> Iterator[tuple[str, str]]:
    """What was agreed to with this application, in the words of then."""
    query = sa.select(Consent).where(Consent.case_id == case.id).order_by(Consent.id).limit(1)
    given = db.reading().scalar(query)
    if given is None:
        return
    notice = next(
        (one for one in agreement.versions() if one.version == given.notice_version), None
    )
    if notice is None:
        return
    for words in (notice.truthful, *notice.notice):
        yield _said(words, authority), "同意"
    yield _said(notice.publish, authority), "同意" if given.publish else "不同意"


def _said(words: Words, authority: str) -> str:
    return words.zh.format(authority=authority)


def _files(version: CaseVersion) -> dict[str, StoredFile]:
    """By slot, in the order in which they were filed."""
    query = (
        sa.select(CaseFile.slot, StoredFile)
        .join(StoredFile, StoredFile.id == CaseFile.file_id)
        .where(CaseFile.version_id == version.id)
        .order_by(CaseFile.id)
    )
    return {row.slot: row.StoredFile for row in db.reading().execute(query)}


def _attachments(version: CaseVersion) -> Iterator[Attachment]:
    """Every file in the order of the form; one whose bytes are not there is named all the same."""
    files = _files(version)
    order = [name for name in papers() if name in files]
    for name in [*order, *(slot for slot in files if slot not in order)]:
        file = files[name]
        label = _label(name)
        path: Path | None = None
        if file.state is not FileState.PURGED:
            try:
                path = vault.path(file.sha256, file.size)
            except FileDamaged:
                path = None
        yield Attachment(label, file.name, path, file.size, file.sha256)
