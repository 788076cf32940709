"""The public pass list 通過名單 (辦法 §18), and what a certificate's code tells.

Number, category, state and days are public; name, field, e-mail and validity only with consent.
What must not be shown does not leave this module: rows carry it no further.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa

from plugin import clock, db
from plugin.certification.certificates import Standing, since, standing
from plugin.certification.models import (
    Category,
    Certificate,
    CertificateEvent,
    CertificateState,
)
from plugin.ids import row_id
from plugin.paging import PAGE_SIZE, Page
from plugin.school.terms import ROC

CHUNK = 1000
_LAST = "\U0010ffff"


@dataclass(frozen=True)
class Passed:
    """A line of the list, as anybody may see it.

    :param since: since when it stands as it does.
    :param name, field: "" without consent. :param expires_on: None without consent.
    :param endless: with consent: it has no expiry.
    :param has_email: with consent: an address may be asked for, one by one.
    """

    id: int
    number: str
    category: Category
    standing: Standing
    issued_on: date
    since: date
    published: bool
    name: str = ""
    field: str = ""
    expires_on: date | None = None
    endless: bool = False
    has_email: bool = False


@dataclass(frozen=True)
class Filter:
    """What somebody looks for.

    :param text: a part of a number, or the beginning of a published name.
    :param year: ROC year of issue.
    """

    text: str = ""
    year: int | None = None
    category: Category | None = None
    standing: Standing | None = None

    @property
    def narrows(self) -> bool:
        return self != Filter()


def listed(
    school_id: int, asked: Filter, *, after: str | None = None, limit: int = PAGE_SIZE
) -> Page[Passed]:
    """A page of the list, the newest first."""
    today = clock.today()
    rows = db.reading().execute(_query(school_id, asked, today, after).limit(limit + 1)).all()
    return Page.cut([_passed(one, today) for one in rows], limit, _key)


def count(school_id: int, asked: Filter) -> int:
    """How many there are."""
    query = sa.select(sa.func.count(Certificate.id)).where(
        *_conditions(school_id, asked, clock.today())
    )
    return db.reading().scalar(query) or 0


def everything(school_id: int, asked: Filter) -> Iterator[Passed]:
    """Every line, a chunk at a time."""
    today, after = clock.today(), None
    while True:
        query = _query(school_id, asked, today, after).limit(CHUNK)
        rows = [_passed(one, today) for one in db.reading().execute(query).all()]
        yield from rows
        if len(rows) < CHUNK:
            return
        after = _key(rows[-1])


def years(school_id: int) -> list[int]:
    """ROC years from the first issue to the last, the newest first."""
    ends = sa.select(sa.func.min(Certificate.issued_on), sa.func.max(Certificate.issued_on))
    found: Any = db.reading().execute(ends.where(Certificate.school_id == school_id)).one()
    first, last = found
    if first is None:
        return []
    return list(range(last.year - ROC, first.year - ROC - 1, -1))


def one_of(school_id: int, certificate_id: int) -> Passed | None:
    """One line of the list; None when there is no such certificate."""
    query = _columns().where(Certificate.school_id == school_id, Certificate.id == certificate_id)
    found = db.reading().execute(query).first()
    return None if found is None else _passed(found, clock.today())


def events(certificate_id: int) -> list[CertificateEvent]:
    """The public history of a certificate."""
    query = sa.select(CertificateEvent).where(CertificateEvent.certificate_id == certificate_id)
    return list(db.reading().scalars(query.order_by(CertificateEvent.id)))


def by_code(school_id: int, verification: str) -> Passed | None:
    """What the code on a certificate tells; None for a code that this office never gave out."""
    query = _columns().where(
        Certificate.school_id == school_id, Certificate.verification == verification
    )
    found = db.reading().execute(query).first()
    return None if found is None else _passed(found, clock.today())


def replaced_by(certificate_id: int) -> str:
    """Number of the certificate that stands in the place of one; "" when none does."""
    query = sa.select(Certificate.number).where(Certificate.replaces_id == certificate_id)
    return db.reading().scalar(query) or ""


def email_of(school_id: int, certificate_id: int) -> str:
    """The address of a holder who agreed to its publication; "" of everybody else."""
    query = sa.select(Certificate.email).where(
        Certificate.school_id == school_id,
        Certificate.id == certificate_id,
        Certificate.publish,
        Certificate.state != CertificateState.REPLACED,
    )
    return db.reading().scalar(query) or ""


def _query(school_id: int, asked: Filter, today: date, after: str | None) -> Any:
    query: Any = _columns().where(*_conditions(school_id, asked, today))
    day, _dot, text = (after or "").partition(".")
    if (begin := row_id(text)) is not None and _is_day(day):
        query = query.where(
            sa.tuple_(Certificate.issued_on, Certificate.id)
            < sa.tuple_(sa.literal(date.fromisoformat(day)), sa.literal(begin))
        )
    return query.order_by(Certificate.issued_on.desc(), Certificate.id.desc())


def _columns() -> Any:
    """Everything but what is encrypted: the name is read from where it lies open by consent."""
    return sa.select(
        Certificate.id,
        Certificate.number,
        Certificate.category,
        Certificate.state,
        Certificate.field,
        Certificate.publish,
        Certificate.public_name,
        Certificate.issued_on,
        Certificate.expires_on,
        Certificate.ended_on,
    )


def _conditions(school_id: int, asked: Filter, today: date) -> list[sa.ColumnElement[bool]]:
    found: list[sa.ColumnElement[bool]] = [Certificate.school_id == school_id]
    if asked.year is not None:
        year = asked.year + ROC
        found.append(Certificate.issued_on.between(date(year, 1, 1), date(year, 12, 31)))
    if asked.category is not None:
        found.append(Certificate.category == asked.category)
    if asked.standing is not None:
        found.append(stands(asked.standing, today))
    if asked.text.strip():
        found.append(Certificate.id.in_(_found(school_id, asked.text.strip())))
    return found


def stands(asked: Standing, today: date) -> sa.ColumnElement[bool]:
    """The condition of certificates that stand so on a day."""
    if asked is Standing.VALID:
        return sa.and_(
            Certificate.state == CertificateState.VALID,
            sa.or_(Certificate.expires_on.is_(None), Certificate.expires_on >= today),
        )
    if asked is Standing.EXPIRED:
        return sa.and_(Certificate.state == CertificateState.VALID, Certificate.expires_on < today)
    return Certificate.state == CertificateState(asked.value)


def _found(school_id: int, text: str) -> sa.CompoundSelect[Any]:
    """Ids by number or published name; each half reads one index."""
    spellings = {text, unicodedata.normalize("NFKC", text)}
    numbers = sa.select(Certificate.id).where(
        Certificate.school_id == school_id,
        sa.or_(*(Certificate.number.contains(one, autoescape=True) for one in spellings)),
    )
    names = sa.select(Certificate.id).where(
        Certificate.school_id == school_id, _begins(Certificate.public_name, text)
    )
    return sa.union(numbers, names)


def _begins(column: Any, text: str) -> sa.ColumnElement[bool]:
    """Whether a text begins so. SQLite's index serves a range, not LIKE; elsewhere the order of
    letters is the language's, and a range would not be the beginning."""
    if db.engine().name == "sqlite":
        return sa.and_(column >= text, column < text + _LAST)
    begins: sa.ColumnElement[bool] = column.startswith(text, autoescape=True)
    return begins


def _passed(row: Any, today: date) -> Passed:
    shown = row.publish and row.state is not CertificateState.REPLACED
    now = standing(row, today)
    return Passed(
        id=row.id,
        number=row.number,
        category=row.category,
        standing=now,
        issued_on=row.issued_on,
        since=since(row, today),
        published=shown,
        name=(row.public_name or "") if shown else "",
        field=row.field if shown else "",
        expires_on=row.expires_on if shown else None,
        endless=shown and row.expires_on is None,
        has_email=shown,
    )


def _key(one: Passed) -> str:
    return f"{one.issued_on.isoformat()}.{one.id}"


def _is_day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True
