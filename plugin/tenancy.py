"""Schools apart, below the services: the database layer itself shows and takes one school's rows.

Queries name the school they ask for; this is the belt beside those braces. During a request or a
job the school is known (`within`), every statement of a session gets its condition, and every
object that is written is asked whose it is (`plugin.guard`). Who has a reason to see several
schools says it: `across("reason")`. Decision record 0007.

Where the school of a request becomes known: `plugin.web.actor`; of a job: `plugin.jobs.run`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from flask import Flask, current_app, has_app_context


@dataclass(frozen=True)
class Own:
    """The row names its school in `column`."""

    column: str = "school_id"


@dataclass(frozen=True)
class Through:
    """The row belongs to whom the row of `parent` belongs to that `column` refers to."""

    column: str
    parent: str


@dataclass(frozen=True)
class Lent:
    """The row is its school's; others see it who have a row of `table` that refers to it."""

    table: str
    reference: str
    column: str = "school_id"


@dataclass(frozen=True)
class Installation:
    """The row is no school's: everybody may use it, and it tells nothing of anybody."""

    reason: str


Owner = Own | Through | Lent | Installation

TABLES: Mapping[str, Owner] = {
    # the school
    "school": Own("id"),
    "person": Own(),
    "role_grant": Own(),
    "school_class": Own(),
    "class_seat": Through("class_id", "school_class"),
    "course": Own(),
    "course_teacher": Through("course_id", "course"),
    "enrolment": Through("course_id", "course"),
    "guardian": Through("student_id", "person"),
    "window": Own(),
    "rule": Own(),
    # the calendar
    "office_calendar": Own(),
    "window_extension": Own(),
    "calendar_change": Own(),
    "reminder_run": Own(),
    "plan_item": Own(),
    "regulation": Own(),
    "group_seat": Own(),
    "group_meeting": Own(),
    "briefing": Own(),
    "briefing_guest": Through("briefing_id", "briefing"),
    # what the school brings in
    "school_import": Own(),
    "import_fault": Through("import_id", "school_import"),
    "import_change": Through("import_id", "school_import"),
    "plan_course": Own(),
    # the entrance
    "invitation": Own(),
    "registration": Lent("deployment", "registration_id"),
    "deployment": Own(),
    "login_transaction": Through("registration_id", "registration"),
    "launch_person": Own(),
    "launch_context": Own(),
    "course_binding": Through("launch_context_id", "launch_context"),
    "launch_session": Own(),
    "launch_log": Own(),
    "terms_answer": Own(),
    "claim_code": Own(),
    "refusal_tally": Installation("how often a platform was refused: counts by its number"),
    "tool_key": Installation("our own signing keys, the same for every platform"),
    # what an LMS offers
    "service_token": Through("registration_id", "registration"),
    "course_member": Through("launch_context_id", "launch_context"),
    "roster_state": Through("launch_context_id", "launch_context"),
    "grade_column": Through("launch_context_id", "launch_context"),
    "grade_push": Own(),
    "course_group": Through("launch_context_id", "launch_context"),
    "course_group_member": Through("course_group_id", "course_group"),
    "platform_notice": Own(),
    "service_errand": Own(),
    # the vault
    "vault_object": Installation("bytes by their hash; whose they are says stored_file"),
    "ledger_entry": Installation("the vault's own chain: hashes and counts"),
    "ledger_head": Installation("its last link"),
    "stored_file": Own(),
    "receipt": Through("file_id", "stored_file"),
    "file_lending": Own(),
    "file_link": Through("lending_id", "file_lending"),
    "file_opening": Own(),
    # the portfolio
    "outcome": Own(),
    "decision": Through("outcome_id", "outcome"),
    "substitution": Own(),
    "return_reason": Own(),
    "file_look": Through("outcome_id", "outcome"),
    "certifying_choice": Through("person_id", "person"),
    "digest_run": Own(),
    "selection": Own(),
    "selection_item": Through("selection_id", "selection"),
    "experience": Own(),
    "experience_return": Through("experience_id", "experience"),
    "selected_experience": Through("selection_id", "selection"),
    "submission": Own(),
    "submission_row": Through("submission_id", "submission"),
    "submission_file": Through("submission_id", "submission"),
    "selection_hold": Through("class_id", "school_class"),
    "selection_slip": Own(),
    "submission_check": Own(),
    "submission_fault": Through("check_id", "submission_check"),
    "earlier_record": Own(),
    "basic_record": Own(),
    "officer_post": Own(),
    "course_record": Own(),
    "course_freeze": Own(),
    "record_case": Own(),
    "term_workbook": Own(),
    "term_workbook_row": Through("workbook_id", "term_workbook"),
    "term_workbook_file": Through("workbook_id", "term_workbook"),
    "counsellor_assignment": Own(),
    "counselling": Own(),
    "counselling_student": Through("counselling_id", "counselling"),
    "counselling_addendum": Through("counselling_id", "counselling"),
    "counselling_version": Through("counselling_id", "counselling"),
    "counselling_topic": Own(),
    "advice_template": Own(),
    "portfolio_export": Own(),
    "shrink_offer": Own(),
    "reminder": Own(),
    "admission_preview": Own(),
    "receipt_sheet": Own(),
    "receipt_statement": Through("sheet_id", "receipt_sheet"),
    "receipt_answer": Through("statement_id", "receipt_statement"),
    "receipt_mapping": Own(),
    "central_import": Own(),
    "central_item": Through("import_id", "central_import"),
    "exchange_setting": Own(),
    "exchange_out": Own(),
    "exchange_out_student": Through("exchange_out_id", "exchange_out"),
    "exchange_in": Own(),
    "exchange_arrival": Through("exchange_in_id", "exchange_in"),
    "exchange_post": Through("exchange_in_id", "exchange_in"),
    "exchange_course": Through("course_id", "course"),
    # certification
    "certification_case": Own(),
    "certification_version": Through("case_id", "certification_case"),
    "certification_file": Through("version_id", "certification_version"),
    "certification_consent": Through("case_id", "certification_case"),
    "certification_event": Through("case_id", "certification_case"),
    "certification_correction": Through("case_id", "certification_case"),
    "certification_correction_item": Through("correction_id", "certification_correction"),
    "certification_clock": Own(),
    "certification_counter": Own(),
    "certification_school_side": Through("case_id", "certification_case"),
    "certification_entry_code": Own(),
    "certification_listed_school": Own(),
    "certification_door_mark": Own(),
    "certification_note": Through("case_id", "certification_case"),
    "certification_renewal": Through("case_id", "certification_case"),
    "certification_hour_entry": Own(),
    "certification_hours_paper": Own(),
    "certification_fee_notice": Own(),
    "certification_bank_mapping": Own(),
    "certification_bank_import": Own(),
    "certification_payment": Own(),
    "certification_reviewer_profile": Own(),
    "certification_assignment": Through("case_id", "certification_case"),
    "certification_score": Through("assignment_id", "certification_assignment"),
    "certification_oral": Through("case_id", "certification_case"),
    "certification_oral_assessor": Through("oral_id", "certification_oral"),
    "certification_meeting": Own(),
    "certification_meeting_item": Through("meeting_id", "certification_meeting"),
    "certification_meeting_member": Through("meeting_id", "certification_meeting"),
    "certificate": Own(),
    "certification_signing_key": Own(),
    "certificate_event": Through("certificate_id", "certificate"),
    "certification_letter": Through("case_id", "certification_case"),
    "certification_announcement": Own(),
    # the trail, the machinery
    "audit_event": Own("chain"),
    "audit_head": Own("chain"),
    "message": Own(),
    "outbound_mail": Own(),
    "form_draft": Through("person_id", "person"),
    "conversation": Own(),
    "conversation_turn": Own(),
    "job": Own(),
    "clock_lease": Installation("which process is the clock"),
}
"""Whose each table's rows are. A table that is not here cannot be used at all."""

NOBODYS_CHAIN = 0
"""The audit chain of the installation: no school's, and any request may leave a line there."""


class Breach(RuntimeError):
    """A fault of ours that would have carried something from one school to another. No refusal:
    no operation expects it; it becomes a page, an audit line and a line in the log."""


class ForeignSchool(Breach):
    """Something of another school was about to be written, or an audit line for it."""


class SchoolUnknown(Breach):
    """Schools' rows were asked for before anybody said which school's."""


class Unguarded(Breach):
    """A statement that the guard cannot read was given to a session."""


@dataclass(frozen=True)
class Across:
    """Rows of every school are seen, because of `reason`."""

    reason: str


class _Nobody:
    """A request or job whose school is not known (yet)."""


NOBODY = _Nobody()

_state: ContextVar[int | Across | _Nobody | None] = ContextVar("licheng_school", default=None)


before_change: list[Callable[[], None]] = []
"""Run before another school is said: `plugin.db` writes what its transaction holds, so that
objects are asked whose they are where they were made, not where they happen to be flushed."""


@contextmanager
def within(school_id: int | None) -> Iterator[None]:
    """What happens inside is of one school; None: of none, so nothing of any school is seen."""
    with _said(NOBODY if school_id is None else school_id):
        yield


@contextmanager
def across(reason: str) -> Iterator[None]:
    """What happens inside may see every school; also a decorator.

    :param reason: why that is right, for whoever reads the code.
    """
    with _said(Across(reason)):
        yield


@contextmanager
def _said(state: int | Across | _Nobody) -> Iterator[None]:
    _run(before_change)
    token = _state.set(state)
    try:
        yield
        _run(before_change)
    finally:
        _state.reset(token)


def _run(callbacks: Iterable[Callable[[], None]]) -> None:
    for one in callbacks:
        one()


def settle(known: int | Across | None) -> None:
    """The request now knows its school (or, of a public page, its reason to see several).

    It stands until the request ends (`Boundary`); what is said already stays said.
    """
    if known is not None and isinstance(_state.get(), _Nobody):
        _state.set(known)


def current() -> int | None:
    """The school of what is happening; None across schools and where nobody said."""
    here = now()
    return here if isinstance(here, int) else None


def require(school_id: int) -> None:
    """Ask before something is noted that is written later.

    :raises ForeignSchool: it is not the current school's. :raises SchoolUnknown: there is none.
    """
    here = now()
    if isinstance(here, _Nobody):
        raise SchoolUnknown(f"school {school_id}, before anybody said so")
    if isinstance(here, int) and here != school_id:
        raise ForeignSchool(f"school {school_id} in school {here}")


class Boundary:
    """WSGI middleware: every request begins as nobody's and leaves nothing behind."""

    def __init__(self, application: Callable[..., Iterable[bytes]]) -> None:
        self._application = application

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        with within(None):
            return self._application(environ, start_response)


def init_app(app: Flask) -> None:
    """Called last: the boundary is around everything that answers a request."""
    app.wsgi_app = Boundary(app.wsgi_app)  # type: ignore[method-assign]


def now() -> int | Across | _Nobody:
    """What is said of the school now."""
    said = _state.get()
    if said is not None:
        return said
    # Neither request nor job: a command says `across` (`plugin.cli`). A test looks and arranges.
    if has_app_context() and current_app.testing:
        return Across("a test")
    return NOBODY


def school() -> int:
    """The school of what is happening.

    :raises SchoolUnknown: nobody said which.
    """
    here = now()
    if not isinstance(here, int):
        raise SchoolUnknown("rows of schools were asked for, and nobody said which school's")
    return here


def owner_of(table: str) -> Owner:
    """:raises Unguarded: the table is in no list."""
    try:
        return TABLES[table]
    except KeyError:
        raise Unguarded(
            f"plugin.tenancy.TABLES does not say whose the rows of {table} are"
        ) from None
