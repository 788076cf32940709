"""The table of hours with its proofs as one PDF, small enough for the application.

Made by the queue: the table, the proofs of whatever counts behind it, then smaller pictures until
it fits (`plugin.vault.shrinking`). Its person looks at it and puts it into the application.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import sqlalchemy as sa
from flask import current_app
from flask_babel import force_locale
from flask_babel import gettext as _

from forms.drafts import Draft
from plugin import clock, db, jobs, retention, uploads
from plugin.actor import Actor
from plugin.certification import drafting, hours, papers, policy
from plugin.certification.forms import application
from plugin.certification.hours import REASONS, Line, Needs, Tally
from plugin.certification.models import (
    CaseState,
    CertificationCase,
    Correction,
    CorrectionItem,
    HoursPaper,
    PaperState,
)
from plugin.certification.operations import receiving
from plugin.certification.queries import hours as queries
from plugin.drafts.operations import Drafts
from plugin.errors import Conflict, NotFound, Refusal
from plugin.settings import Settings
from plugin.trail import chain
from plugin.trail.notify import notify
from plugin.vault import operations as vault
from plugin.vault import queries as vault_queries
from plugin.vault import shrinking
from plugin.vault.models import FileState, StoredFile
from plugin.vault.shrinking import Places
from reports.certification.hours_table import HourLine, HoursTable, TopicBlock, hours_pdf
from reports.certification.joined import Proof, ProofBroken, join_proofs

BUILD = "certification.hours"
SLOT = "certification.hours_paper"
PICTURE = 700 * 1024
"""Bytes of a photographed proof before the whole is made to fit."""
STEPS = 100


def print_table(actor: Actor, key: str) -> HoursPaper:
    """Have the table made and its proofs joined; an earlier one makes room.

    :param key: of the view of the ledger (`queries.hours.View`).
    :raises NotFound: no such view. :raises Conflict: nothing counts yet.
    """
    policy.require(policy.applicants(actor) and actor.person_id is not None, _("找不到這個頁面。"))
    needs = _needs(actor, key)
    if not queries.tally(actor, needs).total:
        raise Conflict(
            _("目前沒有採計的研習時數，無法製作統計表。"),
            remedy=_("請先登錄研習，並確認議題、辦理單位與核定文號。"),
        )
    case = queries.own_case(actor)
    limit = papers.max_bytes(actor.school_id or 0, papers.papers()["hours"])
    with db.writing() as session:
        row = session.scalar(
            sa.select(HoursPaper).where(HoursPaper.person_id == actor.person_id).with_for_update()
        )
        if row is None:
            row = HoursPaper(school_id=actor.school_id, person_id=actor.person_id)
        before = {one for one in (row.whole_file_id, row.file_id) if one is not None}
        row.whole_file_id = row.file_id = None
        row.case_id = case.id if case is not None else None
        row.state, row.failure, row.made_at = PaperState.MAKING, "", clock.now()
        row.limit, row.pages, row.table_pages, row.images = limit, 0, 0, 0
        session.add(row)
        session.flush()
        receiving.let_go(actor, before)  # it can be made again
        row.job_id = jobs.enqueue(
            actor, BUILD, {"paper_id": row.id, "key": key, "at": row.made_at.isoformat()}
        )
        chain.record(actor, "certification.hours.print", "person", actor.person_id, view=key)
        session.flush()
        return row


def build(run: jobs.Run, paper_id: int, key: str, at: str) -> None:
    """The queue's part; done anew from the start after a kill.

    :param at: when it was asked for: a newer wish has another job.
    """
    row = db.reading().get(HoursPaper, paper_id)
    if row is None or row.state is not PaperState.MAKING or row.made_at.isoformat() != at:
        return
    settings: Settings = current_app.extensions["licheng.settings"]
    folder = settings.reports / f"hours-{row.id}"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700, parents=True)
    try:
        _make(run, row, key, folder)
    except Refusal as refusal:
        _finish(row, failure=f"{refusal.message}{refusal.remedy}")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def attach_hours(actor: Actor, case_id: int) -> StoredFile:
    """Put the joined table into the draft of an application (or of an open correction), as if it
    had been uploaded there.

    :raises NotFound: nobody's case of this person, or nothing is ready.
    :raises Conflict: the application does not take it now. :raises FileRefused: as every upload.
    """
    case = db.reading().get(CertificationCase, case_id)
    policy.require(case is not None and policy.owns(actor, case), _("找不到這件申請案。"))
    assert case is not None
    name, subject = _place(case)
    found = queries.paper(actor)
    file = db.reading().get(StoredFile, found[0].file_id) if found and found[0].file_id else None
    if file is None or file.state is FileState.PURGED:
        raise NotFound(_("還沒有可以放進申請案的統計表。"), remedy=_("請先列印統計表並合併證明。"))
    with vault_queries.path(file.sha256, file.size).open("rb") as content:
        staged = uploads.stage(content, f"{_('研習時數統計表及證明')}.pdf")
    try:
        kept = receiving.receive(actor, staged, name)  # copies bytes: before the transaction
    finally:
        staged.discard()
    with db.writing():
        drafts = Drafts(actor)
        drafts_key = drafts.key(application.NAME, subject)
        draft = drafts.get(drafts_key) or Draft(drafts_key, application.VERSION)
        before = draft.values.get(f"{name}-ref", [])
        drafts.save(replace(draft, values={**draft.values, f"{name}-ref": [str(kept.id)]}))
        receiving.let_go(actor, [int(one) for one in before if one.isdigit()])
        chain.record(
            actor, "certification.hours.attach", "certification_case", case.id,
            slot=name, file=kept.id, sha256=kept.sha256,
        )  # fmt: skip
    return kept


def _place(case: CertificationCase) -> tuple[str, str]:
    """The document that takes the table, and the draft in which it stands.

    :raises Conflict: the case is not being written, or does not ask for it.
    """
    facts = papers.Facts(case.path, case.category, case.designated)
    names = [one.name for one in papers.wanted(facts) if one.name in {"hours", "topic_hours"}]
    if case.state is CaseState.DRAFT and names:
        return names[0], drafting.subject(case.id)
    if case.state is CaseState.CORRECTION and names:
        query = (
            sa.select(Correction.id)
            .join(CorrectionItem, CorrectionItem.correction_id == Correction.id)
            .where(
                Correction.case_id == case.id,
                Correction.ended_at.is_(None),
                CorrectionItem.field == names[0],
            )
        )
        correction_id = db.reading().scalar(query)
        if correction_id is not None:
            return names[0], drafting.correction_subject(correction_id)
    raise Conflict(
        _("這件申請案目前不能放進研習時數統計表。"),
        remedy=_("只有填寫中的申請案，或補正項目包含研習證明時可以。"),
    )


def may_attach(case: CertificationCase) -> bool:
    """Whether `attach_hours` would take it now."""
    try:
        _place(case)
    except Conflict:
        return False
    return True


def _needs(actor: Actor, key: str) -> Needs:
    for one in queries.views(actor):
        if one.key == key:
            return one.needs
    raise NotFound(_("找不到這個頁面。"))


def _make(run: jobs.Run, row: HoursPaper, key: str, folder: Path) -> None:
    # A job's actor has no roles; the ledger is asked for as the person's own.
    actor = Actor(school_id=row.school_id, person_id=row.person_id, name=run.actor.name)
    run.progress(1, STEPS)
    tally = queries.tally(actor, _needs(actor, key))
    files = queries.files([one.training for one in tally.lines])
    proved = [one for one in tally.lines if one.counted and one.training.file_id in files]
    with force_locale("zh_Hant_TW"):
        table = hours_pdf(_table(actor, row, tally, proved))
    run.progress(20, STEPS)
    proofs = []
    for number, line in enumerate(proved):
        file = files[line.training.file_id or 0]
        proofs.append(_proof(folder, number, line.training.title, file))
        run.progress(20 + 30 * (number + 1) // len(proved), STEPS)
    whole = folder / "whole.pdf"
    try:
        pages, first = join_proofs(whole, table, proofs)
    except ProofBroken as broken:
        title = proved[broken.number - 1].training.title
        raise Conflict(
            _("「%(title)s」的研習證明無法併入。", title=title),
            remedy=_("請在該筆紀錄重新上傳證明，再製作一次。"),
        ) from broken
    run.progress(60, STEPS)
    small, images = whole, 0
    if whole.stat().st_size > row.limit:
        small = folder / "small.pdf"
        places = Places(whole, small, folder / "before.png", folder / "after.png")
        images = int(shrinking.shrink("pdf", places, row.limit)["images"])
    run.progress(90, STEPS)
    kept = _deposit(actor, whole)
    fitting = kept if small is whole else _deposit(actor, small)
    _finish(row, whole_id=kept.id, file_id=fitting.id, pages=(pages, first), images=images)


def _proof(folder: Path, number: int, title: str, file: StoredFile) -> Proof:
    """A photographed proof becomes an upright JPEG in a child with limits; a PDF is taken so."""
    path = vault_queries.path(file.sha256, file.size)
    if file.kind == "pdf":
        return Proof(title, path)
    target = folder / f"proof-{number}.jpg"
    places = Places(path, target, folder / "before.png", folder / "after.png")
    wide, high = shrinking.shrink(file.kind, places, PICTURE)["to"]
    return Proof(title, target, (int(wide), int(high)))


def _deposit(actor: Actor, path: Path) -> StoredFile:
    return vault.deposit(
        actor,
        path,
        slot=SLOT,
        name="研習時數統計表及證明.pdf",
        media_type="application/pdf",
        kind="pdf",
        expires_at=clock.now() + retention.row("download").period,
    )


def _finish(
    row: HoursPaper,
    *,
    whole_id: int | None = None,
    file_id: int | None = None,
    pages: tuple[int, int] = (0, 0),
    images: int = 0,
    failure: str = "",
) -> None:
    """Write down what became of it, unless a newer wish has come meanwhile."""
    actor = Actor(school_id=row.school_id, person_id=row.person_id)
    with db.writing() as session:
        again = session.get_one(HoursPaper, row.id, with_for_update=True, populate_existing=True)
        if again.state is not PaperState.MAKING or again.made_at != row.made_at:
            receiving.let_go(actor, {one for one in (whole_id, file_id) if one is not None})
            return
        again.whole_file_id, again.file_id = whole_id, file_id
        again.pages, again.table_pages = pages
        again.images, again.failure = images, failure[:500]
        again.state = PaperState.FAILED if failure else PaperState.READY
        notify(
            [again.person_id],
            _("研習時數統計表已經處理完畢"),
            failure or _("統計表與證明已合併，請到「研習時數」查看，再放進申請案。"),
            "/certification/hours/paper",
            school_id=again.school_id,
            mail=False,
        )


def _table(actor: Actor, row: HoursPaper, tally: Tally, proved: Sequence[Line]) -> HoursTable:
    case = db.reading().get(CertificationCase, row.case_id) if row.case_id is not None else None
    numbers = {id(one): number for number, one in enumerate(proved, 1)}
    counted = [one for one in tally.lines if one.counted]
    blocks = []
    for topic in hours.book().topics.values():
        lines = tuple(
            _line(one, numbers.get(id(one), 0))
            for one in counted
            if one.training.topic == topic.code
        )
        needed = tally.needs.topics.get(topic.code, 0)
        if lines or needed:
            blocks.append(TopicBlock(topic.label.zh, needed, lines))
    needs = tally.needs
    return HoursTable(
        name=case.name if case is not None else actor.name,
        organisation=case.organisation if case is not None else "",
        case_number=case.number if case is not None else "",
        made_on=clock.today(),
        topics=tuple(blocks),
        needed=needs.total,
        refused=tuple(_line(one, 0) for one in tally.lines if not one.counted),
        digital=(tally.digital, needs.digital) if needs.digital is not None else None,
        basis="；".join(needs.basis),
    )


def _line(one: Line, proof: int) -> HourLine:
    training = one.training
    return HourLine(
        training.held_on,
        training.title,
        training.provider,
        training.approval_number,
        training.minutes,
        one.counted,
        training.digital,
        str(REASONS[one.reason]) if one.reason is not None else "",
        proof,
    )
