"""Packages for other schools: asked for, built in the queue, kept in the vault (SPEC §1, Exchange).

Only students with a national ID can go: the package names its folders by it.
"""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from plugin import clock, db, jobs
from plugin.actor import Actor
from plugin.clock import TAIPEI
from plugin.errors import InvalidInput, Refusal
from plugin.portfolio import policy, receipt_notices
from plugin.portfolio.models import ExchangeOut, ExchangeOutStudent, ExchangeSetting, OutState
from plugin.portfolio.operations.found import ForeignRecord, audited, missing, nowhere
from plugin.school.models import Person, PersonKind, School
from plugin.trail.chain import record
from plugin.vault.models import StoredFile
from reports.exchange import layout

BUILD = "exchange.build"
MOST = 200
"""Students of one package."""
SHORTEST = 8
"""Characters of a password."""


class NoPassword(Refusal):
    """The school has not set the password of its packages."""

    code = "EXCHANGE_PASSWORD_UNSET"
    status = 409


def require_exchanger(actor: Actor) -> int:
    """The school whose packages the actor may make and take.

    :raises NotFound: neither exchange person nor registry.
    """
    if not policy.exchanges(actor) or actor.school_id is None:
        raise missing()
    return actor.school_id


def set_password(actor: Actor, password: str, unit_code: str = "") -> ExchangeSetting:
    """Set the password that the packages from now on have; older ones keep theirs.

    :raises InvalidInput: too short, or no code.
    :raises NotFound: neither exchange person nor registry.
    """
    school_id = require_exchanger(actor)
    unit = unit_code.strip() or layout().unit_code
    faults = {}
    if len(password) < SHORTEST:
        faults["password"] = _("密碼至少 %(n)s 個字元。", n=SHORTEST)
    if not unit.isascii() or not unit.isalnum() or len(unit) > 20:
        faults["unit_code"] = _(
            "單位代碼只用英文字母與數字，例如 %(code)s。", code=layout().unit_code
        )
    if faults:
        raise InvalidInput(_("密碼沒有變更。"), fields=faults)
    with db.writing() as session:
        made = ExchangeSetting(
            school_id=school_id,
            password=password,
            unit_code=unit,
            set_by_id=actor.person_id,
            set_by_name=actor.name,
            set_at=clock.now(),
        )
        session.add(made)
        session.flush()
        record(actor, "exchange.set_password", "exchange_setting", made.id)
        return made


def setting(school_id: int) -> ExchangeSetting | None:
    """What holds now."""
    query = sa.select(ExchangeSetting).where(ExchangeSetting.school_id == school_id)
    return db.reading().scalar(query.order_by(ExchangeSetting.id.desc()).limit(1))


def begin(actor: Actor, student_ids: Collection[int], *, target: str, reason: str) -> ExchangeOut:
    """Ask for a package of these students.

    :raises InvalidInput: nobody, too many, somebody without a national ID, no reason.
    :raises NoPassword: the school has not set one.
    :raises NotFound: not of this school; neither exchange person nor registry.
    """
    school_id = require_exchanger(actor)
    held = setting(school_id)
    if held is None:
        raise NoPassword(
            _("還沒有設定歷程交換檔案的密碼。"), remedy=_("請先設定密碼，再製作交換檔案。")
        )
    wanted = sorted(set(student_ids))
    if not wanted or len(wanted) > MOST:
        words = _("請選擇 1 到 %(most)s 位學生。", most=MOST)
        raise InvalidInput(words, fields={"students": words})
    if not reason.strip():
        words = _("請填寫原因，例如轉學。")
        raise InvalidInput(words, fields={"reason": words})
    with db.writing() as session:
        _require_students(school_id, wanted)
        _close_dead(session, actor, school_id)
        school = session.get_one(School, school_id)
        now = clock.now()
        made = ExchangeOut(
            school_id=school_id,
            target=target.strip()[:100],
            reason=reason.strip()[:200],
            base_name=f"{school.code}_{now.astimezone(TAIPEI):%Y_%m_%d_%H_%M_%S}",
            password=held.password,
            unit_code=held.unit_code,
            state=OutState.BUILDING,
            made_by_id=actor.person_id,
            made_by_name=actor.name,
            made_at=now,
        )
        session.add(made)
        session.flush()
        session.add_all(
            ExchangeOutStudent(exchange_out_id=made.id, student_id=one) for one in wanted
        )
        record(actor, "exchange.begin_out", "exchange_out", made.id, students=wanted)
        made.job_id = jobs.enqueue(
            actor, BUILD, {"exchange_out_id": made.id}, key=f"{BUILD}:{made.id}"
        )
        return made


def finish(actor: Actor, exchange_out_id: int, file: StoredFile, totals: dict[str, int]) -> None:
    """The package lies in the vault; whoever asked for it is told. Finished twice is once."""
    with db.writing() as session:
        found = session.get_one(ExchangeOut, exchange_out_id, with_for_update=db.HELD)
        if found.state is OutState.DONE:
            return
        found.state, found.file_id, found.totals = OutState.DONE, file.id, totals
        found.finished_at, found.failure = clock.now(), ""
        record(
            actor, "exchange.finish_out", "exchange_out", found.id,
            sha256=file.sha256, size=file.size, **totals,
        )  # fmt: skip
        receipt_notices.exchange_ready(found)


def fail(actor: Actor, exchange_out_id: int, reason: str) -> None:
    """It cannot be built."""
    with db.writing() as session:
        found = session.get_one(ExchangeOut, exchange_out_id, with_for_update=db.HELD)
        if found.state is OutState.BUILDING:
            _fail(actor, found, reason)


def _fail(actor: Actor, found: ExchangeOut, reason: str) -> None:
    found.state, found.failure = OutState.FAILED, reason[:500]
    found.finished_at = clock.now()
    record(actor, "exchange.fail_out", "exchange_out", found.id)


def _close_dead(session: Session, actor: Actor, school_id: int) -> None:
    """What the queue has given up has failed."""
    query = (
        sa.select(ExchangeOut)
        .join(jobs.Job, jobs.Job.id == ExchangeOut.job_id)
        .where(
            ExchangeOut.school_id == school_id,
            ExchangeOut.state == OutState.BUILDING,
            jobs.Job.state == jobs.JobState.FAILED,
        )
        .order_by(ExchangeOut.id)
        .with_for_update(of=ExchangeOut, **db.HELD)
        .execution_options(populate_existing=True)
    )
    for one in session.scalars(query).all():
        _fail(actor, one, _("處理時發生系統錯誤，沒有任何資料被變更。"))


@audited
def seen(actor: Actor, exchange_out_id: int) -> ExchangeOut:
    """A package of the actor's own school.

    :raises NotFound: none, another school's, or neither exchange person nor registry.
    """
    found = db.reading().get(ExchangeOut, exchange_out_id)
    if found is None:
        raise nowhere(ExchangeOut, exchange_out_id)
    if not policy.exchanges(actor) or found.school_id != actor.school_id:
        raise ForeignRecord("exchange_out", exchange_out_id)
    return found


def students_of(exchange_out_id: int) -> list[int]:
    """Who is in a package, by id."""
    query = sa.select(ExchangeOutStudent.student_id).where(
        ExchangeOutStudent.exchange_out_id == exchange_out_id
    )
    return list(db.reading().scalars(query.order_by(ExchangeOutStudent.id)))


def place(folder: Path, made: ExchangeOut) -> Path:
    """Where the package is written; the folder is made anew."""
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / f"{made.base_name}.zip"
    target.unlink(missing_ok=True)
    return target


def _require_students(school_id: int, wanted: Collection[int]) -> None:
    query = sa.select(Person).where(
        Person.id.in_(wanted), Person.school_id == school_id, Person.kind == PersonKind.STUDENT
    )
    found = db.reading().scalars(query).all()
    if len(found) != len(wanted):
        raise missing()
    nameless = [one for one in found if not one.national_id]
    if nameless:
        words = _(
            "%(who)s 沒有身分證號，無法製作交換檔案；請先在學生資料補上。",
            who=_("、").join(f"{one.name}（{one.number}）" for one in nameless[:5]),
        )
        raise InvalidInput(words, fields={"students": words})
