"""Who may do and see what in the review: every act by everybody in every state, every address."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from plugin import clock as clocks
from plugin import db
from plugin.actor import Actor, Role
from plugin.certification import basis, criteria
from plugin.certification.clocks import Clock
from plugin.certification.models import (
    Assignment,
    CaseFile,
    CaseState,
    Category,
    CertificationCase,
    Letter,
    ReviewerProfile,
    ReviewVerdict,
    Score,
)
from plugin.certification.operations import (
    deciding,
    letters,
    orals,
    processing,
    reviewers,
    scoring,
)
from plugin.certification.queries import review as queries
from plugin.errors import Conflict, InvalidInput, NotAllowed, NotFound, Refusal
from plugin.school.models import School
from plugin.trail.models import AuditEvent, Message
from plugin.vault import links
from plugin.vault.models import StoredFile
from tests.factories import FrozenClock, at
from tests.factories.certification import (
    clocks_of,
    make_applicant,
    make_case,
    make_clerk,
    make_office,
    make_reviewer,
)
from tests.factories.school import actor_of, make_staff
from tests.plugin.certification.desk_world import complete_case

S, V = CaseState, ReviewVerdict
FULL = {one.key: one.weight for one in criteria.sheet(Category.ADMINISTRATIVE)}
OPINION, ASIDE, ANSWER = "委員的意見在此", "給承辦的密語", "第 1 題的說明"


@pytest.fixture(autouse=True)
def _no_papers(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(app.extensions, "licheng.wake", lambda *_job: None)


@dataclass
class World:
    """An office and everybody who could come near a case."""

    office: School
    people: dict[str, Actor]

    def of(self, who: str) -> Actor:
        return self.people[who]


@pytest.fixture
def world(app: Flask) -> World:
    office = make_office()
    people = {
        "applicant": make_applicant(office),
        "clerk": make_clerk(office),
        "own": make_reviewer(office),
        "done": make_reviewer(office),
        "fresh": make_reviewer(office),
        "not asked": make_reviewer(office),
        "administrator": actor_of(make_staff(office, Role.ADMINISTRATOR)),
        "other clerk": make_clerk(make_office()),
        "other reviewer": make_reviewer(make_office()),
    }
    with db.writing() as session:
        for who in ("own", "done", "fresh", "not asked"):
            session.add(
                ReviewerProfile(
                    person_id=people[who].person_id, school_id=office.id,
                    organisation="別的學校", changed_at=clocks.now(),
                )
            )  # fmt: skip
    return World(office, people)


def asked(world: World, case: CertificationCase, who: str, **more: Any) -> int:
    """An assignment as it stands in the database, whatever the case's state."""
    with db.writing() as session:
        row = Assignment(
            case_id=case.id, reviewer_id=world.of(who).person_id or 0,
            due_on=clocks.today() + timedelta(days=7), assigned_at=clocks.now(), **more,
        )  # fmt: skip
        session.add(row)
        session.flush()
        return row.id


def handed_in(assignment_id: int) -> None:
    with db.writing() as session:
        session.add(
            Score(
                assignment_id=assignment_id, marks=FULL, total=100, verdict=V.FIT,
                comment=OPINION, aside=ASIDE, saved_at=clocks.now(), handed_in_at=clocks.now(),
            )
        )  # fmt: skip


class _Undone(Exception):
    pass


def outcome(act: Callable[[Actor], Any], who: Actor) -> type[Refusal] | None:
    """How it went; whatever it did is taken back."""
    try:
        with db.writing():
            act(who)
            raise _Undone
    except _Undone:
        return None
    except Refusal as refusal:
        return type(refusal)


REVIEW = {(S.REVIEW, None), (S.ORAL, S.REVIEW)}
UNDER = REVIEW | {(S.CORRECTION, S.REVIEW)}
STANDS: list[tuple[CaseState, CaseState | None]] = [
    *((one, S.REVIEW if one is S.ORAL else None) for one in S if one is not S.CORRECTION),
    (S.CORRECTION, S.PROCEDURAL),
    (S.CORRECTION, S.REVIEW),
]
MAY: dict[str, tuple[str, set[tuple[CaseState, CaseState | None]]]] = {
    "assign": ("clerk", UNDER),
    "take away": ("clerk", UNDER),
    "remind": ("clerk", REVIEW),
    "reopen": ("clerk", UNDER),
    "certify": ("clerk", {(S.REVIEW, None)}),
    "refuse": ("clerk", {(S.REVIEW, None), (S.PROCEDURAL, None)}),
    "call oral": ("clerk", {(S.REVIEW, None)}),
    "declare": ("fresh", UNDER),
    "declare later": ("own", UNDER),
    "save": ("own", UNDER),
    "hand in": ("own", REVIEW),
    "save undeclared": ("nobody", set()),
    "save handed in": ("nobody", set()),
    "declare handed in": ("nobody", set()),
}
"""Act → who alone may, and where the case stands then."""


@pytest.mark.parametrize("state", STANDS, ids=lambda one: f"{one[0]} {one[1] or ''}".strip())
def test_every_act_by_everybody(
    world: World,
    clock: FrozenClock,
    monkeypatch: pytest.MonkeyPatch,
    state: tuple[CaseState, CaseState | None],
) -> None:
    monkeypatch.setattr(basis, "missing", lambda _case: [])  # what a decision needs: test_review
    case = make_case(world.of("applicant"), state[0], returns_to=state[1])
    own = asked(world, case, "own", declared_at=clock())
    done = asked(world, case, "done", declared_at=clock())
    fresh = asked(world, case, "fresh")
    handed_in(done)
    clock.advance(days=2)
    another = world.of("not asked").person_id or 0
    sheet = (FULL, V.FIT, "", "")
    acts: dict[str, Callable[[Actor], Any]] = {
        "assign": lambda who: reviewers.assign(who, case.id, [another]),
        "take away": lambda who: reviewers.take_away(who, own, "理由"),
        "remind": lambda who: reviewers.remind(who, own),
        "reopen": lambda who: scoring.reopen(who, done, "理由"),
        "certify": lambda who: deciding.certify(who, case.id),
        "refuse": lambda who: processing.refuse(who, case.id, "理由"),
        "call oral": lambda who: orals.call(
            who, case.id, "oral", "會議室", at(2027, 1, 4, 9), 20, "外聘"
        ),
        "declare": lambda who: reviewers.declare(who, fresh, ""),
        "declare later": lambda who: reviewers.declare(who, own, "kin"),
        "save": lambda who: scoring.save(who, own, *sheet),
        "hand in": lambda who: scoring.hand_in(who, own, *sheet),
        "save undeclared": lambda who: scoring.save(who, fresh, *sheet),
        "save handed in": lambda who: scoring.save(who, done, *sheet),
        "declare handed in": lambda who: reviewers.declare(who, done, "kin"),
    }
    assert acts.keys() == MAY.keys()
    lines = db.reading().query(AuditEvent).count()
    for (what, act), (who, actor) in itertools.product(acts.items(), world.people.items()):
        only, states = MAY[what]
        got = outcome(act, actor)
        if who == only and state in states:
            assert got is None, (what, who)
        elif who == only:
            assert got in {Conflict, NotFound}, (what, who, got)
        elif only == "nobody":
            assert got in {Conflict, NotFound, NotAllowed}, (what, who, got)
        else:
            assert got in {NotFound, NotAllowed}, (what, who, got)
    kept = db.reading().get_one(CertificationCase, case.id)
    assert (kept.state, kept.returns_to) == state
    assert db.reading().query(AuditEvent).filter_by(verb="certification.refuse").count() == 0
    assert db.reading().query(AuditEvent).count() == lines


def addresses(app: Flask, case: CertificationCase, rows: list[int]) -> list[str]:
    """Every page of the room that names something, with the ids of the case and all about it."""
    files = db.reading().query(CaseFile).all()
    papers = [one.id for one in db.reading().query(Letter).filter_by(case_id=case.id)]
    ids: dict[str, list[Any]] = {
        "case_id": [case.id],
        "review_id": rows,
        "letter_id": papers,
        "file_id": [one.file_id for one in files],
        "person_id": [case.applicant_id],
        "number": [1],
        "step": ["basics"],
    }
    found = []
    binding = app.url_map.bind("localhost")
    for rule in app.url_map.iter_rules():
        about = rule.arguments & {"case_id", "review_id", "letter_id", "file_id", "person_id"}
        if "GET" not in (rule.methods or ()) or not about or not rule.arguments <= ids.keys():
            continue
        names = sorted(rule.arguments)
        for values in itertools.product(*(ids[name] for name in names)):
            found.append(binding.build(rule.endpoint, dict(zip(names, values, strict=True))))
    return sorted(set(found))


def test_what_reviewers_can_reach(
    app: Flask, world: World, client: FlaskClient, act_as: Callable[[Any], Any], clock: FrozenClock
) -> None:
    """The application opens to whoever has declared, and through no other address to anybody else;
    a sheet that is handed in is read by nobody who has not handed in their own."""
    case = complete_case(world.of("applicant"), S.REVIEW)
    own = asked(world, case, "own", declared_at=clock())
    done = asked(world, case, "done", declared_at=clock())
    fresh = asked(world, case, "fresh")
    handed_in(done)
    letters.ask(world.of("clerk"), case.id, "dossier")
    every = addresses(app, case, [own, done, fresh])
    assert len(every) > 25
    for who, reads in {
        "own": {ANSWER},
        "done": {ANSWER, OPINION},
        "fresh": set(),
        "not asked": set(),
        "other reviewer": set(),
        "other clerk": set(),
        "administrator": set(),
        "applicant": {ANSWER},
    }.items():
        act_as(world.of(who))
        seen = set()
        for address in [*every, "/certification/reviews", "/"]:
            with client.get(address) as answer:
                text = answer.text if answer.mimetype.startswith("text/") else ""
            assert answer.status_code in {200, 302, 303, 403, 404, 409, 422}, (who, address)
            seen |= {one for one in (ANSWER, OPINION, ASIDE) if one in text}
            if who not in {"own", "done", "applicant"}:
                assert "/files/" not in text, (who, address)
            if who == "applicant":
                for name in ("own", "done", "fresh"):
                    assert world.of(name).name not in text, address
        assert seen == reads | ({ASIDE} if who == "done" and ASIDE in seen else set()), who


def test_links_to_files_end_with_the_assignment(
    app: Flask, world: World, client: FlaskClient, act_as: Callable[[Any], Any], clock: FrozenClock
) -> None:
    case = complete_case(world.of("applicant"), S.REVIEW)
    rows = {
        "own": asked(world, case, "own", declared_at=clock()),
        "done": asked(world, case, "done", declared_at=clock()),
    }
    ends: dict[str, Callable[[], Any]] = {
        "own": lambda: reviewers.declare(world.of("own"), rows["own"], "kin"),
        "done": lambda: reviewers.take_away(world.of("clerk"), rows["done"], "改派。"),
    }
    for who, end in ends.items():
        act_as(world.of(who))
        page = client.get(f"/certification/reviews/{rows[who]}").text
        held = re.findall(r'href="(/files/[^"]+)"', page)
        assert held
        assert {status(client, one) for one in held} == {200}
        end()
        assert {status(client, one) for one in held} == {403}
    # the office's next page brings new ones
    act_as(world.of("clerk"))
    page = client.get(f"/certification/office/{case.id}").text
    fresh = re.findall(r'href="(/files/[^"]+)"', page)
    assert fresh
    assert status(client, fresh[0]) == 200


def status(client: FlaskClient, address: str) -> int:
    with client.get(address) as answer:  # an open file is closed with it
        return answer.status_code


def test_an_address_of_anothers_file_is_not_forged(
    app: Flask, world: World, client: FlaskClient, act_as: Callable[[Any], Any]
) -> None:
    case = complete_case(world.of("applicant"), S.REVIEW)
    file = db.reading().get_one(StoredFile, queries.file_ids(case)[0])
    address = links.url(file, world.of("clerk"))
    act_as(world.of("fresh"))
    for forged in (address[:-1] + ("A" if address[-1] != "A" else "B"), f"/files/{file.id}"):
        assert status(client, forged) in {403, 404}


def test_reminded_once_a_day(world: World, clock: FrozenClock) -> None:
    case = make_case(world.of("applicant"), S.REVIEW)
    clerk, who = world.of("clerk"), world.of("own")
    row, _other = reviewers.assign(
        clerk, case.id, [who.person_id or 0, world.of("done").person_id or 0]
    )
    with pytest.raises(Conflict, match="一天內"):
        reviewers.remind(clerk, row.id)
    clock.advance(days=1)
    reviewers.remind(clerk, row.id)
    with pytest.raises(Conflict, match="一天內"):
        reviewers.remind(clerk, row.id)
    told = db.reading().query(Message).filter_by(person_id=who.person_id).all()
    assert len(told) == 2
    assert case.number in told[-1].body
    assert case.name not in told[-1].body
    reviewers.declare(who, row.id, "")
    scoring.hand_in(who, row.id, FULL, V.FIT, "", "")
    clock.advance(days=2)
    with pytest.raises(Conflict, match="已經交回"):
        reviewers.remind(clerk, row.id)


class TestTheStatutoryPeriod:
    """三個月: shown, warned of, and what to do when it is over."""

    @pytest.mark.parametrize(
        ("left", "words", "not_yet"),
        [
            (10, "剩 10 天", "法定期限"),
            (1, "快到了", "已超過"),
            (-1, "已超過完成認證的法定期限", "快到了"),
        ],
    )
    def test_on_the_offices_page(
        self, world: World, client: FlaskClient, act_as: Callable[[Any], Any], clock: FrozenClock,
        left: int, words: str, not_yet: str,
    ) -> None:  # fmt: skip
        case = make_case(world.of("applicant"), S.FEE_CLAIMED)
        with db.writing() as session:
            held = session.get_one(CertificationCase, case.id)
            processing.kernel.happen(session, world.of("clerk"), held, "confirm_payment")
        clerk = world.of("clerk")
        ids = [world.of(one).person_id or 0 for one in ("own", "done")]
        row, _other = reviewers.assign(clerk, case.id, ids)
        (period,) = [one for one in clocks_of(case) if one.kind == Clock.REVIEW]
        clock.advance(days=(period.due_on - clocks.today()).days - left)
        act_as(clerk)
        here = f"/certification/office/{case.id}/review"
        text = client.get(here).text
        assert words in text
        assert not_yet not in text
        if left < 10:
            assert "還有 2 份審查表沒有交回" in text
            assert "已逾期" in text, "the sheets, in two weeks by themselves"
        secret = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', text)
        assert secret
        address = f"/certification/office/assignments/{row.id}/remind"
        for said in ("已提醒委員", "一天內"):
            answer = client.post(address, data={"csrf_token": secret[1]}, follow_redirects=True)
            assert said in answer.text


def test_too_few_are_told_how_many(world: World) -> None:
    case = make_case(world.of("applicant"), S.REVIEW)
    with pytest.raises(InvalidInput) as refusal:
        reviewers.assign(world.of("clerk"), case.id, [world.of("own").person_id or 0])
    assert "2 位" in refusal.value.fields["reviewers"]
