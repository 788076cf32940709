"""Applying: the case number, confirming (or making ready, on the school side), taking back."""

from __future__ import annotations

import json
from collections.abc import Mapping

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from forms.drafts import Draft
from plugin import clock, db, secrets
from plugin.actor import Actor, Role
from plugin.certification import agreement, case_numbers, drafting, policy
from plugin.certification.drafting import Application
from plugin.certification.forms.application import NAME, VERSION, Basics
from plugin.certification.identity import kept_address, kept_id
from plugin.certification.models import (
    CaseFile,
    CaseKind,
    CaseState,
    CaseVersion,
    CertificationCase,
    Consent,
    Mode,
)
from plugin.certification.modes import mode_of
from plugin.certification.operations import kernel, letters, orals, receiving
from plugin.drafts.models import FormDraft
from plugin.drafts.operations import Drafts
from plugin.errors import Conflict, InvalidInput
from plugin.school import queries as school_queries
from plugin.school.models import School
from plugin.school.operations import applicants
from plugin.school.terms import ROC
from plugin.trail.chain import record
from plugin.trail.notify import notify
from plugin.vault import operations as vault


def begin(actor: Actor) -> None:
    """Begin a draft with what is known of the person; one that is there already stays."""
    require_applicant(actor)
    store = Drafts(actor)
    key = store.key(NAME, drafting.NEW)
    if store.get(key) is not None:
        return
    store.save(Draft(key, VERSION, known(actor)))


def known(actor: Actor) -> dict[str, list[str]]:
    """What a draft begins with: field → words, of what the school or the door knows."""
    me = school_queries.person(actor.school_id or 0, actor.person_id or 0)
    found = {} if me is None else {
        "name": applicants.said_name(me), "national_id": me.national_id, "email": me.email,
        "birthday": me.birthday,
    }  # fmt: skip
    return {name: [word] for name, word in found.items() if word}


def open_case(actor: Actor, basics: Basics) -> CertificationCase:
    """Allot a case number to the draft whose consent and basic data are complete.

    Done twice (a double click), the case that was opened stands.

    :raises InvalidInput: who came by a mailed code gives another ID or address than was proved.
    """
    require_applicant(actor)
    assert actor.school_id is not None
    assert actor.person_id is not None
    with db.writing() as session:
        draft = session.scalar(
            sa.select(FormDraft)
            .where(
                FormDraft.person_id == actor.person_id,
                FormDraft.form == NAME,
                FormDraft.subject == drafting.NEW,
            )
            .with_for_update()
        )
        if draft is None:
            return _last_opened(session, actor)
        _require_proved(session, actor, basics)
        year = clock.today().year - ROC
        serial = kernel.next_number(session, actor.school_id, "case", year)
        pattern = case_numbers.of(session.get_one(School, actor.school_id))
        case = CertificationCase(
            school_id=actor.school_id,
            number=case_numbers.number(pattern, year=year, serial=serial),
            mode=mode_of(actor.school_id),
            kind=CaseKind.NEW,
            applicant_id=actor.person_id,
            state=CaseState.DRAFT,
            created_at=clock.now(),
        )
        fill(case, basics)
        applicants.call(actor, basics.name)
        session.add(case)
        session.flush()
        draft.subject = drafting.subject(case.id)
        record(actor, "certification.open", "certification_case", case.id, number=case.number)
        notify(
            [actor.person_id],
            _("環境教育人員認證：您的案件編號"),
            _(
                "您的案件編號為 %(number)s，查詢申請狀態時需要，請妥善保存。\n\n"
                "申請尚未送出；填寫的資料保留到 %(until)s，請在此之前完成並送出。",
                number=case.number,
                until=f"{drafting.ends_at(case):%Y-%m-%d}",
            ),
            f"/certification/cases/{case.id}",
            school_id=case.school_id,
            mail=True,
        )
        return case


def keep_basics(actor: Actor, case_id: int, basics: Basics) -> None:
    """Basic data were changed in a draft that has its number already.

    :raises Conflict: it is confirmed.
    """
    with db.writing() as session:
        case = own(session, actor, case_id)
        if case.state is not CaseState.DRAFT:
            raise locked()
        _require_proved(session, actor, basics)
        fill(case, basics)
        applicants.call(actor, basics.name)


def hand_in(actor: Actor, case_id: int, application: Application, basics: Basics) -> bool:
    """Confirm an application: at an issuing office it is received, on the school side made ready.

    One transaction: the version, its files kept for good with their receipts, what was agreed to,
    the state, the mail; the draft goes. Done twice, it is done once.

    :returns: False when it had been done before.
    :raises InvalidInput: a file is not there any more.
    """
    before = db.reading().get(CertificationCase, case_id)
    if before is not None and policy.owns(actor, before) and _handed_in(before):
        return False  # a second press need not wait for whoever writes now
    with db.writing() as session:
        case = own(session, actor, case_id)
        if _handed_in(case):
            return False
        if case.state is not CaseState.DRAFT or case.kind is not CaseKind.NEW:
            raise locked()
        _require_proved(session, actor, basics)
        fill(case, basics)
        applicants.call(actor, basics.name)
        version = add_version(session, actor, case, application)
        session.add(
            Consent(
                case_id=case.id,
                notice_version=agreement.current().version,
                publish=basics.publish,
                at=clock.now(),
            )
        )
        event = "confirm" if case.mode is Mode.OFFICE else "make_ready"
        kernel.happen(session, actor, case, event, version=version.number)
        if case.mode is Mode.SCHOOL:
            letters.issue(session, actor, case, "application", version=version.number)
        store = Drafts(actor)
        store.delete(store.key(NAME, drafting.subject(case.id)))
        return True


def add_version(
    session: Session, actor: Actor, case: CertificationCase, application: Application
) -> CaseVersion:
    """The next version of a held case, with its files, which become accepted.

    :raises InvalidInput: a file is not the applicant's, not there, or for another document.
    """
    receiving.require_own(session, actor, application.files)
    last = sa.select(sa.func.max(CaseVersion.number)).where(CaseVersion.case_id == case.id)
    version = CaseVersion(
        case_id=case.id,
        number=(session.scalar(last) or 0) + 1,
        form_version=application.form_version,
        answers=json.dumps(dict(application.answers), ensure_ascii=False),
        made_at=clock.now(),
    )
    session.add(version)
    session.flush()
    session.add_all(
        CaseFile(version_id=version.id, slot=name, file_id=file_id)
        for name, file_id in application.files.items()
    )
    vault.keep(actor, list(dict.fromkeys(application.files.values())))
    session.flush()
    return version


def withdraw(actor: Actor, case_id: int, words: str = "") -> None:
    """Give an application up; what was confirmed stays on record.

    :raises Conflict: it is decided.
    """
    with db.writing() as session:
        case = own(session, actor, case_id)
        was_draft = case.state is CaseState.DRAFT and case.confirmed_at is None
        kernel.happen(session, actor, case, "withdraw", words=words.strip()[:500])
        orals.let_go(session, case)
        if was_draft:
            forget_draft(session, actor, case)


def forget_draft(session: Session, actor: Actor, case: CertificationCase) -> str:
    """The draft's answers and files go; their tombstones stay.

    :returns: digest of what was written, for the audit line; "" when nothing was.
    """
    draft = session.scalar(
        sa.select(FormDraft).where(
            FormDraft.person_id == case.applicant_id,
            FormDraft.form == NAME,
            FormDraft.subject == drafting.subject(case.id),
        )
    )
    if draft is None:
        return ""
    values: Mapping[str, list[str]] = json.loads(draft.answers)
    mark = secrets.digest("application-draft", draft.answers)
    session.delete(draft)
    session.flush()
    for file_id in sorted(drafting.file_ids(values)):
        receiving.end_file(session, actor, case.applicant_id, file_id)
    return mark


def own(session: Session, actor: Actor, case_id: int) -> CertificationCase:
    """The actor's own case, held.

    :raises NotFound: none, or somebody else's.
    """
    case = kernel.held(session, actor.school_id, case_id)
    policy.require(policy.owns(actor, case), _("找不到這件申請案。"))
    return case


def require_applicant(actor: Actor) -> None:
    """:raises NotFound: who may not apply has nothing here."""
    policy.require(policy.applicants(actor), _("找不到這個頁面。"))


def _handed_in(case: CertificationCase) -> bool:
    return (
        case.kind is CaseKind.NEW
        and case.state is not CaseState.DRAFT
        and case.confirmed_at is not None
    )


def locked() -> Conflict:
    """What is told of a case that has been handed in."""
    return Conflict(
        _("申請已經送出，不能再修改。"),
        remedy=_("若收到補正通知，請由案件頁面修改被要求的項目。"),
    )


def _require_proved(session: Session, actor: Actor, basics: Basics) -> None:
    """The identity that was proved by a mailed code is the one that applies."""
    if not actor.has(Role.APPLICANT):
        return
    me = school_queries.person(actor.school_id or 0, actor.person_id or 0)
    faults = {}
    if me is not None and me.national_id and kept_id(me.national_id) != basics.national_id:
        faults["national_id"] = _("與取得驗證碼時填寫的身分證統一編號不同。")
    if me is not None and me.email and kept_address(me.email) != basics.email:
        faults["email"] = _("與收到驗證碼的電子信箱不同；要換信箱請以新信箱重新取得驗證碼。")
    if faults:
        raise InvalidInput(_("基本資料與驗證過的身分不同。"), fields=faults)


def fill(case: CertificationCase, basics: Basics) -> None:
    """What lists need of an application."""
    case.name = basics.name
    case.national_id_digest = secrets.digest("national-id", basics.national_id)
    case.email = basics.email
    case.category, case.path = basics.category, basics.path
    case.designated, case.publish = basics.designated, basics.publish
    case.organisation_code = basics.organisation_code
    case.organisation = basics.organisation


def _last_opened(session: Session, actor: Actor) -> CertificationCase:
    """:raises Conflict: there is neither a draft nor a case."""
    found = session.scalar(
        sa.select(CertificationCase)
        .where(
            CertificationCase.applicant_id == actor.person_id,
            CertificationCase.state == CaseState.DRAFT,
        )
        .order_by(CertificationCase.id.desc())
        .limit(1)
    )
    if found is None:
        raise Conflict(_("找不到這份草稿。"), remedy=_("請由「環境教育人員認證」重新開始申請。"))
    return found
