"""Cases that wait for their fee, and files as banks write them."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import sqlalchemy as sa
import xlsxwriter

from plugin import db, uploads
from plugin.actor import Actor, Role
from plugin.certification.bank.columns import Columns
from plugin.certification.models import (
    BankImport,
    CaseState,
    CertificationCase,
    FeeNotice,
    Payment,
)
from plugin.certification.operations import bank_files, fees, kernel
from plugin.certification.queries import payments as queries
from plugin.school.models import School
from plugin.vault import queries as vault
from tests.factories.certification import make_applicant, make_case

HEADINGS = ("入帳日期", "存入金額", "銷帳編號", "繳款人", "備註", "交易序號")
COLUMNS = Columns(
    {
        "day": "入帳日期",
        "amount": "存入金額",
        "reference": "銷帳編號",
        "payer": "繳款人",
        "memo": "備註",
        "serial": "交易序號",
    },
    1,
)


def fee_due(office: School, clerk: Actor, name: str = "王小明", n: int = 1) -> CertificationCase:
    """A case of somebody of that name that has been accepted: 1,045 dollars are due."""
    applicant = make_applicant(office, national_id=f"A1{n:08d}")
    case = make_case(applicant, CaseState.PROCEDURAL)
    with db.writing() as session:
        held = kernel.held(session, office.id, case.id)
        held.name = name
        fees.issue(session, held)
        kernel.happen(session, clerk, held, "accept")
    return now(case)


def applicant_of(case: CertificationCase) -> Actor:
    """Who applies."""
    return Actor(
        school_id=case.school_id,
        person_id=case.applicant_id,
        name=case.name,
        roles=frozenset({Role.APPLICANT}),
    )


def now(case: CertificationCase) -> CertificationCase:
    """The case as it stands."""
    return db.reading().get_one(CertificationCase, case.id, populate_existing=True)


def notice_of(case: CertificationCase) -> FeeNotice:
    """Its fee notice as it stands."""
    query = sa.select(FeeNotice).where(FeeNotice.case_id == case.id)
    return db.reading().scalars(query.execution_options(populate_existing=True)).one()


def payments_of(office: School) -> list[Payment]:
    """All payments as they stand, in the order they were taken."""
    query = sa.select(Payment).where(Payment.school_id == office.id).order_by(Payment.id)
    return list(db.reading().scalars(query.execution_options(populate_existing=True)))


def matches(office: School) -> list[str]:
    """What they are."""
    return [one.match.value for one in payments_of(office)]


def in_csv(rows: Iterable[Sequence[Any]], encoding: str = "utf-8") -> bytes:
    """A file with our headings."""
    out = io.StringIO(newline="")
    csv.writer(out).writerows([HEADINGS, *rows])
    return out.getvalue().encode(encoding, "surrogateescape")


def in_xlsx(rows: Iterable[Sequence[Any]], headings: Sequence[str] = HEADINGS) -> bytes:
    """A workbook."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"strings_to_formulas": False}) as book:
        sheet = book.add_worksheet()
        for line, row in enumerate([headings, *rows]):
            sheet.write_row(line, 0, row)
    return out.getvalue()


def bring(clerk: Actor, data: bytes, name: str = "入帳.csv") -> BankImport:
    """A file uploaded, nothing chosen yet."""
    file = bank_files.receive(clerk, uploads.stage(io.BytesIO(data), name))
    return bank_files.begin(clerk, file.id, path_of(clerk, file.id))


def path_of(clerk: Actor, file_id: int) -> Path:
    """Where its bytes are."""
    file = queries.bank_of(clerk, file_id)
    return vault.path(file.sha256, file.size)


def chosen(
    clerk: Actor, data: bytes, columns: Columns = COLUMNS, name: str = "入帳.csv"
) -> BankImport:
    """A file with its columns chosen."""
    return bank_files.choose(clerk, bring(clerk, data, name).id, "測試銀行", columns)


def taken(clerk: Actor, data: bytes, columns: Columns = COLUMNS) -> BankImport:
    """A file taken by the queue, which runs at once in tests."""
    row = chosen(clerk, data, columns)
    bank_files.start(clerk, row.id)
    return db.reading().get_one(BankImport, row.id, populate_existing=True)
