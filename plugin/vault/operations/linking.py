"""Links taken back, files lent by lasting links, openings noted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from itertools import islice

import sqlalchemy as sa

from plugin import clock, db, tenancy
from plugin.actor import Actor
from plugin.trail.chain import record
from plugin.vault import links
from plugin.vault.models import FileLending, FileLink, FileOpening, StoredFile

CHUNK = 500
SAME = timedelta(seconds=links.STEP)
"""Somebody who winds a film or turns the pages of a PDF opens one file, not fifty."""


def end_links(actor: Actor, file_ids: Iterable[int | None]) -> None:
    """Every link that pages gave to these files so far opens nothing any more.

    Whose files they are asks the caller, who tells in the trail why. Joins their transaction.
    """
    wanted = {one for one in file_ids if one is not None}
    with db.writing() as session:
        session.execute(
            sa.update(StoredFile)
            .where(StoredFile.id.in_(wanted), StoredFile.school_id == actor.school_id)
            .values(link_generation=StoredFile.link_generation + 1)
        )


def begin_lending(actor: Actor, subject: str, until: datetime) -> FileLending:
    """Announce that files will be lent for `subject`: their addresses can be written from now on,
    and open something once `lend` has named the files. Whose they are asks the caller."""
    assert actor.school_id is not None
    with db.writing() as session:
        lending = FileLending(
            school_id=actor.school_id, subject=subject, made_at=clock.now(), expires_at=until
        )
        session.add(lending)
        session.flush()
        return lending


def lend(actor: Actor, lending: FileLending, file_ids: Iterable[int]) -> int:
    """Let the addresses of these files open them; what is lent already stays as it is.

    :returns: how many links were made.
    """
    count = 0
    with db.writing() as session:
        for some in _batches(file_ids):
            there = sa.select(FileLink.file_id).where(
                FileLink.lending_id == lending.id, FileLink.file_id.in_(some)
            )
            new = set(some) - set(session.scalars(there))
            if new:
                rows = [{"lending_id": lending.id, "file_id": one} for one in sorted(new)]
                session.execute(sa.insert(FileLink), rows)
            count += len(new)
        if count:
            record(
                actor, "file_lending.lend", "file_lending", lending.id,
                subject=lending.subject, links=count, until=lending.expires_at.isoformat(),
            )  # fmt: skip
    return count


def revoke(actor: Actor, subject: str, link_id: int | None = None) -> int:
    """Take links back that were made for `subject`: one, or all.

    :returns: how many ended by it; none when they had ended before, or are another school's.
    """
    with db.writing() as session:
        lending = session.scalar(
            sa.select(FileLending).where(
                FileLending.subject == subject, FileLending.school_id == actor.school_id
            )
        )
        if lending is None:
            return 0
        ending = sa.update(FileLink).where(
            FileLink.lending_id == lending.id, FileLink.revoked_at.is_(None)
        )
        if link_id is not None:
            ending = ending.where(FileLink.id == link_id)
        done = session.execute(
            ending.values(revoked_at=clock.now(), revoked_by_id=actor.person_id),
            execution_options={"synchronize_session": False},
        )
        count = int(getattr(done, "rowcount", 0))
        if count:
            record(
                actor, "file_lending.revoke", "file_lending", lending.id,
                subject=subject, links=count, link=link_id,
            )  # fmt: skip
        return count


def note_opening(
    file: StoredFile, *, reader_id: int | None = None, link_id: int | None = None
) -> None:
    """Note that a link was used; the same within ten minutes is one opening."""
    now = clock.now()
    same = (
        sa.select(FileOpening.id)
        .where(FileOpening.file_id == file.id, FileOpening.at > now - SAME)
        .where(FileOpening.reader_id == reader_id, FileOpening.link_id == link_id)
        .limit(1)
    )
    with tenancy.within(file.school_id):
        if db.reading().scalar(same) is not None:
            return
        with db.writing() as session:
            session.add(
                FileOpening(
                    school_id=file.school_id,
                    file_id=file.id,
                    reader_id=reader_id,
                    link_id=link_id,
                    at=now,
                )
            )


def _batches(file_ids: Iterable[int]) -> Iterator[list[int]]:
    rest = iter(file_ids)
    while some := list(islice(rest, CHUNK)):
        yield some
