"""From the case number to the case received: one transaction, once, and nothing lost."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from forms.drafts import Draft
from plugin import clock as house_clock
from plugin import db
from plugin.actor import Actor, Role
from plugin.certification import drafting
from plugin.certification.drafting import Application
from plugin.certification.forms.application import NAME, VERSION, ApplicationForm
from plugin.certification.forms.filling import application_of
from plugin.certification.models import (
    CaseFile,
    CaseState,
    CaseVersion,
    CertificationCase,
    Consent,
    Correction,
    CorrectionItem,
    Mode,
)
from plugin.certification.operations import applying, correcting, kernel, purging, school_side
from plugin.certification.queries import cases, versions
from plugin.drafts.models import FormDraft
from plugin.drafts.operations import Drafts
from plugin.errors import Conflict, InvalidInput, NotFound, WindowClosed
from plugin.school.models import School
from plugin.trail.models import AuditEvent, Message, OutboundMail
from plugin.vault.models import FileState, Receipt, ReceiptKind, StoredFile
from tests.factories import FrozenClock, actor_of, make_person, make_school, make_staff
from tests.factories.certification import (
    NATIONAL_ID,
    clocks_of,
    events_of,
    make_applicant,
    make_clerk,
    make_office,
)
from tests.plugin.certification.applying_world import (
    PAPERS,
    confirmed,
    filled,
    list_schools,
    opened,
    upload,
)


@pytest.fixture
def office(app: Flask) -> School:
    made = make_office()
    list_schools(made)
    return made


@pytest.fixture
def applicant(office: School) -> Actor:
    return make_applicant(office)


def handed(form: ApplicationForm) -> Application:
    assert form.validate(), form.errors
    return application_of(form)


def subjects() -> list[str]:
    return list(db.reading().scalars(sa.select(Message.subject).order_by(Message.id)))


def reread(case: CertificationCase) -> CertificationCase:
    return db.reading().get_one(CertificationCase, case.id)


# the number


def test_a_case_number_is_allotted_shown_and_mailed(applicant: Actor) -> None:
    case = opened(applicant)
    assert case.number == "EE115-00001"
    assert (case.state, case.mode) == (CaseState.DRAFT, Mode.OFFICE)
    assert (case.organisation_code, case.organisation) == ("193301", "歷程測試國民小學")
    mail = db.reading().scalars(sa.select(OutboundMail)).one()
    assert "EE115-00001" in mail.body
    assert NATIONAL_ID not in mail.body + mail.subject
    assert "EE115" not in mail.subject
    assert opened(applicant).number == "EE115-00002"


def test_opening_twice_opens_one_case(applicant: Actor) -> None:
    case = opened(applicant)
    again = applying.open_case(applicant, filled(applicant).basics())
    assert again.id == case.id
    assert db.reading().scalar(sa.select(sa.func.count(CertificationCase.id))) == 1


def test_the_school_may_have_its_own_pattern(app: Flask) -> None:
    office = make_office(settings={"case_number": "環認{year}字{serial:04}"})
    list_schools(office)
    assert opened(make_applicant(office)).number == "環認115字0001"


def test_the_draft_begins_with_what_is_known(office: School, applicant: Actor) -> None:
    applying.begin(applicant)
    store = Drafts(applicant)
    draft = store.get(store.key(NAME))
    assert draft is not None
    assert draft.values["national_id"] == [NATIONAL_ID]
    assert draft.values["email"] == ["applicant@example.org"]
    store.save(Draft(store.key(NAME), VERSION, {"name": ["自己改的"]}))
    applying.begin(applicant)
    draft = store.get(store.key(NAME))
    assert draft is not None
    assert draft.values == {"name": ["自己改的"]}


def test_who_came_by_a_code_applies_as_who_was_proved(office: School) -> None:
    person = make_person(office, national_id="B123456780", email="proved@example.org")
    visitor = Actor(
        school_id=office.id, person_id=person.id, name=person.name,
        roles=frozenset({Role.APPLICANT}),
    )  # fmt: skip
    with pytest.raises(InvalidInput) as refused:
        opened(visitor)
    assert set(refused.value.fields) == {"national_id", "email"}
    case = opened(visitor, national_id="B123456780", email="proved@example.org")
    assert case.applicant_id == person.id


def test_who_may_not_apply(office: School) -> None:
    student = actor_of(make_staff(office), Role.STUDENT)
    nobody = Actor(school_id=office.id, person_id=student.person_id, roles=frozenset())
    with pytest.raises(NotFound):
        applying.begin(nobody)


# handing in


def test_confirming_keeps_everything_at_once(office: School, applicant: Actor) -> None:
    case = confirmed(applicant)
    assert case.state is CaseState.RECEIVED
    version = db.reading().scalars(sa.select(CaseVersion)).one()
    assert version.number == 1
    said = json.loads(version.answers)
    assert said["organisation"] == "歷程測試國民小學（193301）"
    assert said["surname_english"] == "WANG"
    kept = db.reading().scalars(sa.select(CaseFile)).all()
    assert {one.slot for one in kept} == set(PAPERS)
    files = db.reading().scalars(sa.select(StoredFile)).all()
    in_case = {one.file_id for one in kept}
    assert {one.state for one in files if one.id in in_case} == {FileState.ACCEPTED}
    final = db.reading().scalars(sa.select(Receipt).where(Receipt.kind == ReceiptKind.ACCEPTED))
    assert {one.file_id for one in final} == in_case
    consent = db.reading().scalars(sa.select(Consent)).one()
    assert (consent.notice_version, consent.publish) == ("112.05", True)
    assert [one.kind for one in clocks_of(case)] == ["procedural"]
    assert db.reading().scalars(sa.select(FormDraft)).all() == []
    assert (
        "已受理"
        in db.reading()
        .scalars(sa.select(OutboundMail.body).order_by(OutboundMail.id.desc()))
        .first()
    )  # type: ignore[operator]


def test_a_double_click_confirms_once(applicant: Actor) -> None:
    case = opened(applicant)
    form = filled(applicant)
    application = handed(form)
    assert applying.hand_in(applicant, case.id, application, form.basics())
    assert not applying.hand_in(applicant, case.id, application, form.basics())
    assert len(events_of(case)) == 1
    assert db.reading().scalar(sa.select(sa.func.count(CaseVersion.id))) == 1


def test_nothing_is_kept_when_a_file_is_not_there(office: School, applicant: Actor) -> None:
    case = opened(applicant)
    form = filled(applicant)
    application = handed(form)
    stranger = make_applicant(office, national_id="B123456780")
    theirs, wrong = upload(stranger, "plan"), upload(applicant, "results")
    for file_id, said in ((theirs, "過期"), (wrong, "另一個欄位"), (10**6, "過期")):
        files = {**application.files, "plan": file_id}
        with pytest.raises(InvalidInput) as refused:
            applying.hand_in(
                applicant, case.id, Application(application.answers, files, VERSION), form.basics()
            )
        assert said in refused.value.fields["plan"]
    assert reread(case).state is CaseState.DRAFT
    assert db.reading().scalar(sa.select(sa.func.count(CaseVersion.id))) == 0
    accepted = sa.select(sa.func.count(StoredFile.id)).where(StoredFile.state == FileState.ACCEPTED)
    assert db.reading().scalar(accepted) == 0


def test_what_is_confirmed_is_locked(office: School, applicant: Actor) -> None:
    case = confirmed(applicant)
    with pytest.raises(Conflict):
        applying.keep_basics(applicant, case.id, filled(applicant, name="別人").basics())
    assert reread(case).name == "王小明"


def test_a_case_is_its_applicants_alone(office: School, applicant: Actor) -> None:
    case = opened(applicant)
    form = filled(applicant)
    for other in (make_applicant(office, national_id="B123456780"), make_clerk(office)):
        with pytest.raises(NotFound):
            applying.hand_in(other, case.id, handed(form), form.basics())
        with pytest.raises(NotFound):
            applying.withdraw(other, case.id)
        with pytest.raises(NotFound):
            cases.whole(other, case.id)


def test_withdrawing_a_draft_takes_its_answers_and_files(applicant: Actor) -> None:
    case = opened(applicant)
    applying.withdraw(applicant, case.id)
    assert reread(case).state is CaseState.WITHDRAWN
    assert db.reading().scalars(sa.select(FormDraft)).all() == []
    assert {one.state for one in db.reading().scalars(sa.select(StoredFile))} == {FileState.PURGED}


def test_withdrawing_a_confirmed_case_keeps_it_on_record(applicant: Actor) -> None:
    case = confirmed(applicant)
    applying.withdraw(applicant, case.id, "計畫變更")
    assert reread(case).state is CaseState.WITHDRAWN
    assert events_of(case)[-1].words == "計畫變更"
    assert db.reading().scalar(sa.select(sa.func.count(CaseVersion.id))) == 1
    assert [one.ended_at is not None for one in clocks_of(case)] == [True]


# correction


def ask(office: School, case: CertificationCase, *fields: str, days: int = 10) -> Correction:
    """What the office's desk does: a request for some items, and its clock."""
    from plugin.certification.operations import clocks

    clerk = make_clerk(office)
    with db.writing() as session:
        held = kernel.held(session, office.id, case.id)
        if held.state is CaseState.RECEIVED:
            kernel.happen(session, clerk, held, "take")
        correction = Correction(
            case_id=case.id, stage=held.state, asked_at=house_clock.now(),
            due_on=house_clock.today() + timedelta(days=days),
        )  # fmt: skip
        session.add(correction)
        session.flush()
        session.add_all(
            CorrectionItem(correction_id=correction.id, field=one, words=f"請補正 {one}")
            for one in fields
        )
        kernel.happen(session, clerk, held, "ask_correction")
        clocks.begin_until(session, held, correction)
        return correction


def corrected(applicant: Actor, **changed: str) -> tuple[Application, ApplicationForm]:
    """The newest version's files with other answers."""
    form = filled(applicant, **changed)
    kept = {one.slot: one.file_id for one in db.reading().scalars(sa.select(CaseFile))}
    return Application(handed(form).answers, kept, VERSION), form


def test_a_correction_stands_beside_the_old_version(office: School, applicant: Actor) -> None:
    case = confirmed(applicant)
    correction = ask(office, case, "title", "plan")
    application, form = corrected(applicant, title="學務主任")
    files = {**application.files, "plan": upload(applicant, "plan", "新的計畫")}
    correcting.answer(
        applicant, case.id, Application(application.answers, files, VERSION), form.basics()
    )
    assert reread(case).state is CaseState.PROCEDURAL
    new, old = cases.whole(applicant, case.id).versions
    assert (new.number, old.number) == (2, 1)
    told = {one.name: (one.before, one.after) for one in versions.differences(old, new)}
    assert told["title"] == ("衛生組長", "學務主任")
    assert set(told) == {"title", "plan"}
    answered = db.reading().get_one(Correction, correction.id)
    assert answered.answered_at is not None
    assert answered.ended_at is not None
    assert {one.state for one in db.reading().scalars(
        sa.select(StoredFile).where(StoredFile.id.in_(files.values()))
    )} == {FileState.ACCEPTED}  # fmt: skip


def test_only_the_items_may_be_corrected(office: School, applicant: Actor) -> None:
    case = confirmed(applicant)
    ask(office, case, "title")
    application, form = corrected(applicant, title="學務主任", name="王大明")
    with pytest.raises(InvalidInput) as refused:
        correcting.answer(applicant, case.id, application, form.basics())
    assert set(refused.value.fields) == {"name"}
    application, form = corrected(applicant, title="學務主任")
    files = {**application.files, "plan": upload(applicant, "plan", "偷換")}
    with pytest.raises(InvalidInput) as refused:
        correcting.answer(
            applicant, case.id, Application(application.answers, files, VERSION), form.basics()
        )
    assert set(refused.value.fields) == {"plan"}
    assert reread(case).state is CaseState.CORRECTION


def test_a_correction_ends_with_its_last_day(
    office: School, applicant: Actor, clock: FrozenClock
) -> None:
    case = confirmed(applicant)
    ask(office, case, "title", days=3)  # Monday 23 November
    application, form = corrected(applicant, title="學務主任")
    clock.advance(days=3, hours=14)
    assert house_clock.now().astimezone(drafting.TAIPEI).hour == 23
    clock.advance(hours=1)
    with pytest.raises(WindowClosed):
        correcting.answer(applicant, case.id, application, form.basics())
    clock.advance(hours=-2)
    correcting.answer(applicant, case.id, application, form.basics())
    assert reread(case).state is CaseState.PROCEDURAL


def test_without_a_request_nothing_is_corrected(office: School, applicant: Actor) -> None:
    case = confirmed(applicant)
    application, form = corrected(applicant, title="學務主任")
    with pytest.raises(Conflict):
        correcting.answer(applicant, case.id, application, form.basics())


# drafts end


def test_a_draft_is_warned_of_and_then_ends(applicant: Actor, clock: FrozenClock) -> None:
    case = opened(applicant)
    assert drafting.ends_at(case).date().isoformat() == "2027-02-20"
    clock.advance(days=70)
    assert (purging.warn(), purging.purge()) == (0, 0)
    clock.advance(days=10)
    assert (purging.warn(), purging.warn(), purging.purge()) == (1, 0, 0)
    assert any("即將刪除" in one for one in subjects())
    clock.advance(days=14)
    assert (purging.purge(), purging.purge()) == (1, 0)
    ended = reread(case)
    assert (ended.state, ended.name, ended.email, ended.national_id_digest) == (
        CaseState.WITHDRAWN, "", "", "",
    )  # fmt: skip
    assert db.reading().scalars(sa.select(FormDraft)).all() == []
    files = db.reading().scalars(sa.select(StoredFile)).all()
    assert {(one.state, one.name, bool(one.sha256)) for one in files} == {
        (FileState.PURGED, "", True)
    }
    line = db.reading().scalars(
        sa.select(AuditEvent).where(AuditEvent.verb == "certification.purge")
    ).one()  # fmt: skip
    assert len(line.detail["digest"]) == 64
    assert opened(applicant).number == "EE116-00001"


def test_after_downtime_a_warning_still_comes_two_weeks_before(
    applicant: Actor, clock: FrozenClock
) -> None:
    case = opened(applicant)
    clock.advance(days=200)
    assert (purging.warn(), purging.purge()) == (1, 0)
    assert drafting.ends_at(reread(case)) == house_clock.now() + drafting.WARN_BEFORE
    clock.advance(days=13)
    assert purging.purge() == 0
    clock.advance(days=1)
    assert purging.purge() == 1


def test_what_was_handed_in_never_ends(applicant: Actor, clock: FrozenClock) -> None:
    case = confirmed(applicant)
    clock.advance(days=2000)
    assert (purging.warn(), purging.purge()) == (0, 0)
    assert reread(case).name == "王小明"


# the school side


def test_a_school_prepares_files_and_notes(app: Flask) -> None:
    school = make_school()
    list_schools(school)
    applicant = make_applicant(school)
    desk = actor_of(make_staff(school, Role.ADMINISTRATOR))
    case = confirmed(applicant)
    assert (case.state, case.mode) == (CaseState.PREPARED, Mode.SCHOOL)
    assert clocks_of(case) == []
    school_side.take_back(applicant, case.id)
    store = Drafts(applicant)
    draft = store.get(store.key(NAME, drafting.subject(case.id)))
    assert draft is not None
    assert draft.values["name"] == ["王小明"]
    assert set(drafting.file_ids(draft.values)) == {
        one.file_id for one in db.reading().scalars(sa.select(CaseFile))
    }
    form = filled(applicant, title="學務主任")
    applying.hand_in(applicant, case.id, handed(form), form.basics())
    assert cases.whole(applicant, case.id).newest.number == 2  # type: ignore[union-attr]
    assert [one.id for one in cases.of_school(desk, "").items] == [case.id]
    with pytest.raises(InvalidInput):
        school_side.note_filed(desk, case.id, house_clock.today() + timedelta(days=1), "")
    school_side.note_filed(desk, case.id, house_clock.today(), "EE115-00999")
    school_side.note_outcome(desk, case.id, True, "證書字號 (115)環教字第0001號")
    whole = cases.whole(desk, case.id)
    assert whole.case.state is CaseState.CERTIFIED
    assert whole.side is not None
    assert whole.side.outside_number == "EE115-00999"


def test_the_school_desk_sees_no_drafts(app: Flask) -> None:
    school = make_school()
    list_schools(school)
    desk = actor_of(make_staff(school, Role.ADMINISTRATOR))
    case = opened(make_applicant(school))
    assert cases.of_school(desk, "").items == ()
    with pytest.raises(NotFound):
        cases.whole(desk, case.id)
