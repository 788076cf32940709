"""The issuing office of the demo world: who works there, and what it begins with.

It is a tenant of its own, beside the school. Its people open it from a course of the demo LMS;
applicants come by its public pages.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from plugin import db, jobs, tenancy, uploads
from plugin.actor import Actor, Role, system
from plugin.certification.letterhead import Letterhead
from plugin.certification.office_settings import CertificateSettings
from plugin.certification.operations import letterhead, office_setting, signing_keys
from plugin.demo.plan import OFFICE_CODE, OFFICE_NAME, PlannedPerson
from plugin.school import operations, queries
from plugin.school.importing import operations as bringing
from plugin.school.importing.models import SchoolImport
from plugin.school.models import Person, PersonKind, School, SchoolKind
from plugin.school.terms import term_of

MAIL_DOMAIN = "certify.test"
HEADINGS = ("學校代碼", "學校名稱", "縣市", "學校類別", "其他名稱")
SCHOOLS = (
    ("990101", "青田國民小學", "臺中市", "國小", "青田國小、青小"),
    ("990102", "河濱國民小學", "臺中市", "國小", "河小"),
    ("990103", "海風實驗國民小學", "花蓮縣", "國小", ""),
    ("990104", "稻香國民小學", "雲林縣", "國小", "稻小"),
    ("990201", "松林國民中學", "臺北市", "國中", "松中"),
    ("990202", "石門國民中學", "新北市", "國中", ""),
    ("990301", "明湖高級中學", "臺北市", "高中職", "明中、明湖中學"),
    ("990302", "東港高級海事職業學校", "屏東縣", "高中職", "東港海事"),
    ("990303", "山城女子高級中學", "嘉義市", "高中職", "山城女中"),
    ("990401", "南島大學", "臺南市", "大專校院", "南島師專"),
    ("990501", "和風特殊教育學校", "彰化縣", "特殊教育學校", ""),
)
"""Invented schools: a list of the real ones is brought in by each office."""
_PAYING = (
    "臨櫃或 ATM 轉帳：青田銀行（代碼 999）帳號即銷帳編號\n"
    "郵政匯票：抬頭「青田環境教育認證中心」，掛號寄至本中心"
)


def _member(
    number: str, username: str, name: str, group: str, hint: str, *roles: Role
) -> PlannedPerson:
    return PlannedPerson(number, username, name[0], name[1:], group, hint, roles)


STAFF = (
    _member(
        "E001", "office1", "高敏惠", "認證中心", "核發機關承辦人：審查、繳費、發證",
        Role.ISSUING_OFFICE,
    ),
    _member(
        "E002", "office2", "溫國棟", "認證中心", "核發機關主管：也管理名單、規則與使用者",
        Role.ISSUING_OFFICE, Role.ADMINISTRATOR,
    ),
    _member("R001", "reviewer1", "方以文", "審查委員", "審查環境教育人員認證案件", Role.REVIEWER),
    _member("R002", "reviewer2", "柯玉華", "審查委員", "審查環境教育人員認證案件", Role.REVIEWER),
    _member("R003", "reviewer3", "馬天佑", "審查委員", "第三位委員：意見不一時", Role.REVIEWER),
    _member("R004", "reviewer4", "史明珠", "審查委員", "任教青田國小：同校要迴避", Role.REVIEWER),
)  # fmt: skip
"""Everybody of the office, by their numbers; nobody of the school is among them."""


@dataclass(frozen=True)
class Office:
    """What was put in: the tenant and its people by number."""

    school: School
    people: dict[str, int]

    def actor(self, number: str) -> Actor:
        """Somebody of the staff, with the roles they hold."""
        planned = next(one for one in STAFF if one.number == number)
        return Actor(
            school_id=self.school.id,
            person_id=self.people[number],
            name=planned.name,
            roles=frozenset(planned.roles),
        )


def put_in(now: datetime) -> Office:
    """The office as rows; what an earlier seed put in is found, not made again.

    :param now: the day of which the list of schools is.
    """
    known = queries.school_by_code(OFFICE_CODE)
    if known is None:
        with db.writing():
            known = operations.create_school(
                system(None, "示範資料"), OFFICE_CODE, OFFICE_NAME, SchoolKind.ISSUING_OFFICE
            )
            for one in STAFF:
                _add(system(known.id, "示範資料"), one)
        office = Office(known, _numbers(known.id))
        _furnish(office, now)
        return office
    return Office(known, _numbers(known.id))


def _add(actor: Actor, planned: PlannedPerson) -> None:
    person = operations.add_person(
        actor,
        PersonKind.STAFF,
        planned.number,
        planned.name,
        email=f"{planned.username}@{MAIL_DOMAIN}",
    )
    for role in planned.roles:
        operations.grant_role(actor, person.id, role, reason="示範機關")


def _numbers(school_id: int) -> dict[str, int]:
    query = sa.select(Person.number, Person.id).where(Person.school_id == school_id)
    return {row.number: row.id for row in db.reading().execute(query)}


def _furnish(office: Office, now: datetime) -> None:
    """What an office sets before the first application comes."""
    head = office.actor("E002")
    letterhead.set_letterhead(
        head,
        Letterhead(
            address="臺中市青田區環教路 1 號",
            officer="高敏惠",
            telephone="04-22330099#21",
            email=f"office1@{MAIL_DOMAIN}",
            how=_PAYING,
        ),
    )
    office_setting.set_certificates(
        head,
        CertificateSettings(
            authority=OFFICE_NAME,
            authority_english="Qingtian Center for Environmental Education Certification",
            head="主任 溫國棟",
        ),
    )
    signing_keys.make(head)
    _list_schools(head, now)


def _list_schools(head: Actor, now: datetime) -> None:
    """By the same import as any office's; what the queue would do is done at once."""
    text = io.StringIO(newline="")
    csv.writer(text).writerows([HEADINGS, *SCHOOLS])
    with tenancy.within(head.school_id or 0):
        staged = uploads.stage(io.BytesIO(text.getvalue().encode("utf-8-sig")), "學校清單.csv")
        try:
            file = bringing.receive(head, staged)
        finally:
            staged.discard()
        one = bringing.start(head, file.id, term_of(now.date()))
    _work(one)
    with tenancy.within(head.school_id or 0):
        bringing.apply(head, one.id)
    _work(one)


def _work(one: SchoolImport) -> None:
    query = sa.select(SchoolImport.job_id).where(SchoolImport.id == one.id)
    job_id = db.reading().scalar(query)
    assert job_id is not None
    jobs.run(job_id)
