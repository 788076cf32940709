"""The public door: a code by mail, and the entry by it.

Whoever stands here has said nothing that is believed yet. Everything is counted by digests, and
every answer is the same whether an ID is known or not: the mail goes to whoever typed the address,
and what opens afterwards are only cases whose address on record it is.
"""

from __future__ import annotations

import json
import secrets as random_secrets
from datetime import datetime, timedelta
from hmac import compare_digest

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from plugin import clock, db, jobs, secrets
from plugin.actor import system
from plugin.certification import identity
from plugin.certification.models import CertificationCase, EntryCode
from plugin.certification.operations import door_counts as counts
from plugin.certification.operations.door_counts import SENDS, Visitor
from plugin.entrance.operations import visiting
from plugin.errors import InvalidInput, LimitReached, Refusal
from plugin.school import queries as school
from plugin.school import rules
from plugin.school.identity import well_formed
from plugin.school.models import Person, PersonKind, School
from plugin.school.operations import applicants
from plugin.school.terms import term_of
from plugin.trail import operations as trail
from plugin.trail.chain import record

PAUSE = timedelta(seconds=60)
"""Between two codes to the same person and address."""
DIGITS = 6


class CodeRefused(Refusal):
    """Wrong, expired, used, replaced by a newer one: the page says what to do."""

    code = "ENTRY_CODE_REFUSED"


def send(school_id: int, national_id: str, email: str, visitor: Visitor) -> int:
    """Mail a code to an address; a code sent before to the same person and address is void.

    :returns: the row of the code, which the browser that asked keeps.
    :raises InvalidInput: no such ID can be.
    :raises LimitReached: too soon, or too often within the hour.
    """
    national_id = identity.kept_id(national_id)
    email = identity.kept_address(email)
    if not well_formed(national_id):
        message = _("這不是有效的身分證或居留證統一編號，請檢查是否打錯（1 個英文字母加 9 碼）。")
        raise InvalidInput(message, fields={"national_id": message})
    now, minutes = clock.now(), _number(school_id, "case.code_minutes")
    whom = secrets.digest("entry-whom", f"{national_id} {email}")
    counted = {
        "code.person": secrets.digest("entry-person", national_id),
        "code.address": secrets.digest("entry-address", email),
        "code.browser": visitor.browser,
        "code.network": visitor.network,
    }
    with db.writing() as session:
        # One after the other: what is counted stays below its limit, one code at a time is good.
        held = sa.select(School.id).where(School.id == school_id).with_for_update(**db.HELD)
        session.execute(held)
        _require_pause(session, school_id, whom, now)
        counts.require_below(session, school_id, counted, SENDS)
        older = sa.update(EntryCode).where(
            EntryCode.school_id == school_id,
            EntryCode.whom_digest == whom,
            EntryCode.expires_at > now,
        )
        session.execute(older.values(expires_at=now))
        code = f"{random_secrets.randbelow(10**DIGITS):0{DIGITS}}"
        row = EntryCode(
            school_id=school_id,
            whom_digest=whom,
            code_digest="",
            held=json.dumps({"national_id": national_id, "email": email}),
            sent_at=now,
            expires_at=now + timedelta(minutes=minutes),
            tries=0,
        )
        session.add(row)
        session.flush()
        row.code_digest = _digest(row.id, code)
        counts.mark(session, school_id, counted, now)
        office = school.school(school_id)
        trail.deliver(
            [],
            [
                {
                    "school_id": school_id,
                    "recipient": email,
                    "subject": _("［環境教育人員認證］電子信箱驗證碼"),
                    "body": _words(office.name, code, minutes),
                }
            ],
        )
        machine = system(school_id)
        record(machine, "entry_code.send", "entry_code", row.id)
        # Ten minutes are short: the mail does not wait for the next round of the queue.
        jobs.enqueue(system(None), "trail.mail", {})
        return row.id


def resend(school_id: int, entry_id: int, visitor: Visitor) -> int:
    """Send another code to whom this one was sent.

    :raises CodeRefused: nothing is known of it any more.
    :raises LimitReached: too soon, or too often within the hour.
    """
    row = db.reading().get(EntryCode, entry_id)
    if row is None or row.school_id != school_id or row.used_at is not None:
        raise _void()
    held = json.loads(row.held)
    return send(school_id, held["national_id"], held["email"], visitor)


def enter(school_id: int, entry_id: int, code: str, browser: str) -> str:
    """Let in whoever types the code that was mailed.

    :param browser: digest of the binding cookie (`plugin.entrance.session.VISITOR`).
    :returns: the token of the session.
    :raises CodeRefused: wrong, or no longer good; the try is counted.
    """
    now, most = clock.now(), _number(school_id, "case.code_tries")
    refused: CodeRefused | None = None
    with db.writing() as session:
        row = session.scalar(
            sa.select(EntryCode)
            .where(EntryCode.id == entry_id, EntryCode.school_id == school_id)
            .with_for_update(**db.HELD)
            .execution_options(populate_existing=True)
        )
        if row is None or row.used_at is not None or now >= row.expires_at or row.tries >= most:
            refused = _void()
        else:
            row.tries += 1
            if compare_digest(_digest(row.id, code), row.code_digest):
                row.used_at = now
                held = json.loads(row.held)
                person = _person(school_id, held["national_id"], held["email"])
                return visiting.begin(school_id, person.id, browser)
            refused = _wrong(most - row.tries)
    assert refused is not None
    raise refused  # after the commit: the try stays counted


def _person(school_id: int, national_id: str, email: str) -> Person:
    """Whose ID and address these are in this tenant; entered anew when they are nobody's.

    Somebody of the roster is found by the roster's ID, or by a case of theirs. Students and parents
    apply for nothing here; who is one of them elsewhere is an applicant of their own.
    """
    digest = identity.digest_of_id(national_id)
    known = []
    for one in school.people_of_address(school_id, email):
        if one.kind in {PersonKind.STUDENT, PersonKind.PARENT}:
            continue
        cases = _cases(one.id, digest)
        if one.national_id == national_id or (one.national_id is None and cases):
            known.append((cases, one))
    if known:
        return max(known, key=lambda found: (found[0], -found[1].id))[1]
    return applicants.add(school_id, email=email, national_id=national_id)


def _cases(person_id: int, digest: str) -> int:
    query = sa.select(sa.func.count()).where(
        CertificationCase.applicant_id == person_id,
        CertificationCase.national_id_digest == digest,
    )
    return db.reading().scalar(query) or 0


def _require_pause(session: Session, school_id: int, whom: str, now: datetime) -> None:
    last = session.scalar(
        sa.select(sa.func.max(EntryCode.sent_at)).where(
            EntryCode.school_id == school_id, EntryCode.whom_digest == whom
        )
    )
    if last is not None and now - last < PAUSE:
        wait = int((PAUSE - (now - last)).total_seconds()) or 1
        raise LimitReached(
            _("驗證碼剛剛寄出，請先查看信箱（包括垃圾郵件匣）。"),
            remedy=_("若沒有收到，%(n)s 秒後可以再寄一次。", n=wait),
        )


def _digest(entry_id: int, code: str) -> str:
    return secrets.digest("entry-code", f"{entry_id}:{code}")


def _number(school_id: int, rule: str) -> int:
    return rules.number(school_id, rule, term_of(clock.today()).academic_year)


def _words(office: str, code: str, minutes: int) -> str:
    return _(
        "您好：\n\n您的驗證碼是 %(code)s ，請在 %(minutes)s 分鐘內填入原來的頁面。\n\n"
        "這個驗證碼用來確認電子信箱是您本人使用，以便在「%(office)s」申請環境教育人員認證或"
        "查看自己的申請案。請不要告訴任何人，承辦人也不會向您詢問。\n\n"
        "若您沒有提出申請，可能是有人填錯信箱，請直接忽略這封信。",
        code=code,
        minutes=minutes,
        office=office,
    )


def _void() -> CodeRefused:
    return CodeRefused(
        _("這個驗證碼已經不能使用：可能過了時間、試了太多次，或已寄出新的驗證碼。"),
        remedy=_("請重新寄送驗證碼，並使用最後收到的那一封。"),
    )


def _wrong(left: int) -> CodeRefused:
    if left <= 0:
        return _void()
    message = _("驗證碼不正確，還可以再試 %(left)s 次。", left=left)
    return CodeRefused(message, fields={"code": message})
