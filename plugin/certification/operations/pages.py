"""The office writes the pages of its public area."""

from __future__ import annotations

from datetime import date
from urllib.parse import urlsplit

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from plugin import clock, db
from plugin.actor import Actor
from plugin.certification.areas import AREAS, first_texts
from plugin.certification.models import Announcement
from plugin.certification.queries import area as queries
from plugin.errors import Conflict, InvalidInput, NotFound
from plugin.trail.chain import record

TITLE_POINTS = 120
BODY_POINTS = 10_000
LINK_POINTS = 300


def add(
    actor: Actor, area: str, title: str, body: str, *, link: str = "", shown_on: date | None = None
) -> int:
    """Put a text on the page of an area.

    :param shown_on: from which day it is shown; None: today.
    :raises NotFound: not a keeper of an office. :raises InvalidInput: a field does not pass.
    """
    values = _checked(area, title, body, link, shown_on)
    with db.writing() as session:
        row = Announcement(
            school_id=queries.require_office(actor), **values, ended_on=None, changed_at=clock.now()
        )
        session.add(row)
        session.flush()
        record(actor, "announcement.add", "announcement", row.id, area=area)
        return row.id


def change(
    actor: Actor,
    announcement_id: int,
    area: str,
    title: str,
    body: str,
    *,
    link: str = "",
    shown_on: date | None = None,
) -> None:
    """Write a text anew; the day it is shown from stays where none is given.

    :raises NotFound: not of this office. :raises Conflict: it was taken down.
    :raises InvalidInput: a field does not pass.
    """
    with db.writing() as session:
        row = _held(session, actor, announcement_id)
        for name, value in _checked(area, title, body, link, shown_on or row.shown_on).items():
            setattr(row, name, value)
        row.changed_at = clock.now()
        record(actor, "announcement.change", "announcement", row.id, area=area)


def end(actor: Actor, announcement_id: int) -> None:
    """Take a text down from today on; it stays in the office's list.

    :raises NotFound: not of this office. :raises Conflict: it was taken down already.
    """
    with db.writing() as session:
        row = _held(session, actor, announcement_id)
        row.ended_on, row.changed_at = clock.today(), clock.now()
        record(actor, "announcement.end", "announcement", row.id)


def put_first_texts(actor: Actor) -> int:
    """Begin with the texts that the product offers; returns how many.

    :raises NotFound: not a keeper of an office. :raises Conflict: there are texts already.
    """
    with db.writing() as session:
        school_id = queries.require_office(actor)
        if session.scalar(sa.select(Announcement.id).where(Announcement.school_id == school_id)):
            raise Conflict(_("專區已經有內容，不再放入建議的說明。"))
        texts = first_texts()
        for one in texts:
            session.add(
                Announcement(
                    school_id=school_id,
                    area=one.area,
                    title=one.title,
                    body=one.body,
                    link="",
                    shown_on=clock.today(),
                    ended_on=None,
                    changed_at=clock.now(),
                )
            )
            session.flush()  # they are read in the order they are written
        record(actor, "announcement.first", "school", school_id, count=len(texts))
        return len(texts)


def _held(session: Session, actor: Actor, announcement_id: int) -> Announcement:
    school_id = queries.require_office(actor)
    row = session.get(Announcement, announcement_id, with_for_update=db.HELD)
    if row is None or row.school_id != school_id:
        raise NotFound(_("找不到這則內容。"))
    if row.ended_on is not None:
        raise Conflict(_("這則內容已經下架。"), remedy=_("請另外新增一則。"))
    return row


def _checked(
    area: str, title: str, body: str, link: str, shown_on: date | None
) -> dict[str, object]:
    title, body, link = title.strip(), body.strip(), link.strip()
    faults = {}
    if area not in AREAS:
        faults["area"] = _("請選擇頁面。")
    for name, value, most in (("title", title, TITLE_POINTS), ("body", body, BODY_POINTS)):
        if not 1 <= len(value) <= most:
            faults[name] = _("請填 1 到 %(most)s 個字。", most=most)
    if link and (urlsplit(link).scheme not in {"http", "https"} or not urlsplit(link).netloc):
        faults["link"] = _("請填完整的網址，例如 https://www.example.edu.tw。")
    if len(link) > LINK_POINTS:
        faults["link"] = _("請填 1 到 %(most)s 個字。", most=LINK_POINTS)
    if faults:
        raise InvalidInput(_("有資料需要修改。"), fields=faults)
    return {
        "area": area,
        "title": title,
        "body": body,
        "link": link,
        "shown_on": shown_on or clock.today(),
    }
