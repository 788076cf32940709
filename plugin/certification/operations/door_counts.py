"""How often at the public door: codes sent, questions answered, cases looked up; by digests, for a
day."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from plugin import clock, db, secrets
from plugin.certification import identity
from plugin.certification.models import CertificationCase, DoorMark, EntryCode
from plugin.errors import LimitReached
from plugin.retention import Row

WINDOW = timedelta(hours=1)
SENDS: Mapping[str, int] = {
    "code.person": 5,
    "code.address": 5,
    "code.browser": 10,
    # A whole school leaves by one address, and a workshop lets thirty people apply at once.
    "code.network": 60,
}
"""Codes sent within `WINDOW`, by what is counted."""
LOOKUPS: Mapping[str, int] = {"status.number": 10, "status.browser": 30, "status.network": 120}
QUESTIONS = 200
"""Human checks answered from one network within `WINDOW`."""


@dataclass(frozen=True)
class Visitor:
    """Whence somebody comes, as digests (`views.door_shared`)."""

    browser: str
    network: str


def use_question(school_id: int, mark: str, visitor: Visitor) -> bool:
    """Use a question up, whatever was answered; False when it was answered before.

    :raises LimitReached: too many from this network.
    """
    counted = {"question": visitor.network}
    try:
        with db.writing() as session:
            require_below(session, school_id, counted, {"question": QUESTIONS})
            session.add(
                DoorMark(
                    school_id=school_id,
                    kind="question",
                    digest=visitor.network,
                    once=secrets.digest("question-once", mark),
                    at=clock.now(),
                )
            )
    except IntegrityError:
        return False
    return True


def look_up(school_id: int, number: str, national_id: str, visitor: Visitor) -> int | None:
    """The case of a number and an ID, for its public status; None when they do not belong together.

    :raises LimitReached: too often within the hour.
    """
    number, now = number.strip().upper(), clock.now()
    counted = {
        "status.number": secrets.digest("status-number", number),
        "status.browser": visitor.browser,
        "status.network": visitor.network,
    }
    with db.writing() as session:
        require_below(session, school_id, counted, LOOKUPS)
        mark(session, school_id, counted, now)
        return session.scalar(
            sa.select(CertificationCase.id).where(
                CertificationCase.school_id == school_id,
                CertificationCase.number == number,
                CertificationCase.national_id_digest == identity.digest_of_id(national_id),
            )
        )


def purge(now: datetime, entry_code: Row, door_mark: Row) -> int:
    """Forget codes and counts that are over."""
    with db.writing() as session:
        codes = sa.delete(EntryCode).where(EntryCode.expires_at < entry_code.before(now))
        marks = sa.delete(DoorMark).where(DoorMark.at < door_mark.before(now))
        return sum(
            session.execute(one).rowcount  # type: ignore[attr-defined]
            for one in (codes, marks)
        )


def require_below(
    session: Session, school_id: int, counted: Mapping[str, str], most: Mapping[str, int]
) -> None:
    """:raises LimitReached: something was counted too often within the window."""
    since = clock.now() - WINDOW
    for kind, digest in counted.items():
        many = session.scalar(
            sa.select(sa.func.count())
            .select_from(DoorMark)
            .where(
                DoorMark.school_id == school_id,
                DoorMark.kind == kind,
                DoorMark.digest == digest,
                DoorMark.at > since,
            )
        )
        if (many or 0) >= most[kind]:
            raise LimitReached(
                _("一小時內的次數已達上限。"),
                remedy=_("請一小時後再試；若您沒有嘗試這麼多次，請與承辦人聯絡。"),
            )


def mark(session: Session, school_id: int, counted: Mapping[str, str], now: datetime) -> None:
    session.add_all(
        DoorMark(school_id=school_id, kind=kind, digest=digest, once=None, at=now)
        for kind, digest in counted.items()
    )
    session.flush()
