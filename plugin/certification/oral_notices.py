"""Who hears of an appointment, with what for their calendar.

Applicant and assessors have the same appointment, each a copy that names nobody else: the
applicant is not told who assesses, and the assessors find out whose case it is inside.
"""

from __future__ import annotations

from collections.abc import Iterable

from flask_babel import gettext as _

from forms.said import moment_said
from plugin.certification import letterhead
from plugin.certification.models import CertificationCase, Oral
from plugin.certification.outlook import ORAL_FORMS
from plugin.school import queries as schools
from plugin.trail.invitations import Invitation
from plugin.trail.notify import notify


def told(row: Oral) -> str:
    """When, where, how, how long."""
    return _(
        "請於%(at)s到「%(place)s」進行%(form)s，約 %(minutes)s 分鐘。",
        at=moment_said(row.starts_at),
        place=row.place,
        form=ORAL_FORMS[row.form],
        minutes=row.minutes,
    )


def call_applicant(case: CertificationCase, row: Oral, words: str, *, changed: bool) -> None:
    """The applicant is called, or called to another time or place."""
    subject = (
        _("展示或口試的時間或地點已變更")
        if changed
        else _("請參加環境教育人員認證的展示或口試")
    )  # fmt: skip
    _send(case, row, [case.applicant_id], subject, (told(row), words))


def call_assessors(
    case: CertificationCase, row: Oral, people: Iterable[int], *, changed: bool
) -> None:
    """Members of the committee are asked to assess, or hear of another time or place."""
    subject = (
        _("您評審的展示或口試已變更時間或地點")
        if changed
        else _("請擔任環境教育人員認證展示或口試的評審")
    )  # fmt: skip
    _send(case, row, people, subject, (told(row),))


def dismiss(case: CertificationCase, row: Oral, people: Iterable[int]) -> None:
    """Somebody is not needed as an assessor any more."""
    _send(
        case, row, people, _("您不必再擔任展示或口試的評審"),
        (_("%(at)s的%(form)s。", at=moment_said(row.starts_at), form=ORAL_FORMS[row.form]),),
        cancelled=True,
    )  # fmt: skip


def call_off(case: CertificationCase, row: Oral, people: Iterable[int], words: str) -> None:
    """It does not take place."""
    gone = _(
        "原訂%(at)s到「%(place)s」進行的%(form)s已取消。",
        at=moment_said(row.starts_at),
        place=row.place,
        form=ORAL_FORMS[row.form],
    )
    _send(case, row, people, _("展示或口試已取消"), (gone, words), cancelled=True)


def _send(
    case: CertificationCase,
    row: Oral,
    people: Iterable[int],
    subject: str,
    words: Iterable[str],
    *,
    cancelled: bool = False,
) -> None:
    number = _("案件編號 %(number)s。", number=case.number)
    school = schools.school(case.school_id)
    invitation = Invitation(
        uid=row.uid,
        sequence=row.sequence,
        starts_at=row.starts_at,
        minutes=row.minutes,
        summary=_("環境教育人員認證：%(form)s", form=ORAL_FORMS[row.form]),
        place=row.place,
        organiser=letterhead.authority(school)[0] or school.name,
        description=number,
        cancelled=cancelled,
    )
    ids = list(people)
    body = number + "\n\n" + "\n".join(filter(None, words))
    for group, path in (
        ([one for one in ids if one == case.applicant_id], f"/certification/cases/{case.id}"),
        ([one for one in ids if one != case.applicant_id], "/certification/reviews"),
    ):
        if group:
            notify(
                group, subject, body, path,
                school_id=case.school_id, mail=True, calendar=invitation,
            )  # fmt: skip
