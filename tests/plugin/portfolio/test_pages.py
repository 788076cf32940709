"""The pages over HTTP: what people see, what is kept when something is wrong, and no query in a
loop."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from plugin import clock, db
from plugin.actor import Actor, Role
from plugin.portfolio.models import Decision, Outcome, OutcomeState, Submission, Verdict
from plugin.portfolio.operations import certification, selection
from plugin.portfolio.operations import submission as submissions
from plugin.school.models import Window, WindowKind
from plugin.vault.models import StoredFile
from tests.factories import actor_of, enrol, make_class, make_rule, make_staff, make_student
from tests.plugin.portfolio.world import World, mp3, pdf, png

ActAs = Callable[[Actor | None], Actor | None]


def token(page: Any) -> str:
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page.text)
    assert found, page.text[:2000]
    return found[1]


def post(client: FlaskClient, address: str, page: str, **values: Any) -> Any:
    return client.post(address, data={"csrf_token": token(client.get(page)), **values})


def upload(client: FlaskClient, address: str = "/outcomes/new", **changes: Any) -> Any:
    """Send the outcome form the way a browser does."""
    values = {
        "title": "讀書心得",
        "summary": "讀完之後的想法。",
        "act": "send",
        "document": (io.BytesIO(pdf()), "心得.pdf"),
    } | changes
    values["csrf_token"] = token(client.get(address))
    boundary = "----browser"
    body = b"".join(part(boundary, key, value) for key, value in values.items() if value)
    return client.post(
        address,
        data=body + f"--{boundary}--\r\n".encode(),
        content_type=f"multipart/form-data; boundary={boundary}",
    )


def part(boundary: str, name: str, value: Any) -> bytes:
    """One part as browsers write it (HTML, multipart/form-data encoding algorithm)."""
    head, content = f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"', value
    if isinstance(value, tuple):
        file, file_name = value
        head += '; filename="' + file_name.replace('"', "%22") + '"'
        head += "\r\nContent-Type: application/pdf"
        content = file.read()
    raw = content if isinstance(content, bytes) else str(content).encode()
    return head.encode() + b"\r\n\r\n" + raw + b"\r\n"


@pytest.fixture
def pupil(world: World, act_as: ActAs) -> Actor:
    return act_as(world.pupil)  # type: ignore[return-value]


def outcomes() -> list[Outcome]:
    return list(db.reading().scalars(sa.select(Outcome).order_by(Outcome.id)))


class TestUploading:
    def test_a_page_sent_twice_is_one_outcome(self, client: FlaskClient, pupil: Actor) -> None:
        """A double click, or a second try after the connection was lost."""
        course = re.search(r'name="course_id"[^>]*value="(\d+)"', client.get("/outcomes/new").text)
        assert course
        key = "0123456789abcdef0123456789abcdef"
        answers = [upload(client, course_id=course[1], page_key=key) for _ in range(2)]
        assert [answer.status_code for answer in answers] == [302, 302]
        assert answers[0].location == answers[1].location
        assert [one.state for one in outcomes()] == [OutcomeState.SENT]

    def test_a_saved_page_sent_again_goes_on_with_its_draft(
        self, client: FlaskClient, pupil: Actor
    ) -> None:
        key = "fedcba9876543210fedcba9876543210"
        upload(client, page_key=key, act="save")
        upload(client, page_key=key, act="save", title="改過的名稱")
        assert [one.title for one in outcomes()] == ["改過的名稱"]

    def test_every_page_shown_has_a_key_of_its_own(self, client: FlaskClient, pupil: Actor) -> None:
        keys = [
            re.search(r'name="page_key" value="(\w{32})"', client.get("/outcomes/new").text)
            for _ in range(2)
        ]
        assert keys[0]
        assert keys[1]
        assert keys[0][1] != keys[1][1]

    def test_a_file_is_sent_and_its_receipt_shown(
        self, client: FlaskClient, world: World, pupil: Actor
    ) -> None:
        answer = upload(client, course_id=world.course.id)
        assert answer.status_code == 302
        page = client.get(answer.location)
        (outcome,) = outcomes()
        assert outcome.state is OutcomeState.SENT
        sha256 = db.reading().scalars(sa.select(StoredFile.sha256)).one()
        assert sha256 in page.text
        assert "收件回條" in page.text
        assert "待認證" in page.text

    @pytest.mark.parametrize(
        ("changes", "said"),
        [
            ({"summary": "字" * 101}, "最多 100 字"),
            ({"title": ""}, "請填寫「成果名稱」"),
            ({"summary": ""}, "請填寫「成果簡述」"),
            ({"course_id": ""}, "請選擇「課程」"),
            ({"course_id": "999999"}, "沒有這個選項"),
        ],
    )
    def test_a_failed_form_loses_neither_words_nor_files(
        self,
        client: FlaskClient,
        world: World,
        pupil: Actor,
        changes: dict[str, str],
        said: str,
    ) -> None:
        answer = upload(client, **({"course_id": str(world.course.id)} | changes))
        assert answer.status_code == 422
        assert said in answer.text
        assert "心得.pdf" in answer.text
        for name in {"title", "summary"} - changes.keys():
            assert {"title": "讀書心得", "summary": "讀完之後的想法。"}[name] in answer.text
        (draft,) = outcomes()
        assert draft.state is OutcomeState.DRAFT
        assert draft.document_file_id is not None
        # the page goes on with the same draft, and needs no second upload
        ref = re.search(r'name="document-ref" value="(\d+)"', answer.text)
        version = re.search(r'name="version" value="(\d+)"', answer.text)
        assert ref
        assert version
        again = client.post(
            f"/outcomes/{draft.id}/edit",
            data={
                "csrf_token": token(answer),
                "course_id": world.course.id,
                "title": "讀書心得",
                "summary": "改好了。",
                "document-ref": ref[1],
                "version": version[1],
                "act": "send",
            },
        )
        assert again.status_code == 302, again.text
        assert [one.state for one in outcomes()] == [OutcomeState.SENT]

    @pytest.mark.parametrize(
        ("content", "name"),
        [
            (b"", "空.pdf"),
            (b"<html>", "假.pdf"),
            (b"MZ" + bytes(200), "程式.pdf"),
            (mp3(), "聲音.pdf"),
        ],
    )
    def test_a_wrong_file_is_refused_in_words_and_the_text_is_kept(
        self, client: FlaskClient, world: World, pupil: Actor, content: bytes, name: str
    ) -> None:
        answer = upload(client, course_id=world.course.id, document=(io.BytesIO(content), name))
        assert answer.status_code == 422
        assert "讀完之後的想法。" in answer.text
        assert "govuk-error-summary" in answer.text
        assert db.reading().scalar(sa.select(sa.func.count(StoredFile.id))) == 0
        assert outcomes()[0].summary == "讀完之後的想法。"

    @pytest.mark.parametrize(
        "name",
        ["../../etc/passwd.pdf", "a\"b'c.pdf", "名" * 300 + ".pdf", "文\u202efdp.exe.pdf"],
    )
    def test_an_odd_file_name_is_only_a_name(
        self, client: FlaskClient, world: World, pupil: Actor, name: str
    ) -> None:
        answer = upload(client, course_id=world.course.id, document=(io.BytesIO(pdf()), name))
        assert answer.status_code == 302
        kept = db.reading().scalars(sa.select(StoredFile.name)).one()
        assert "/" not in kept
        assert "\u202e" not in kept
        assert client.get(answer.location).status_code == 200

    def test_nothing_typed_is_no_draft(
        self, client: FlaskClient, world: World, pupil: Actor
    ) -> None:
        answer = upload(client, title="", summary="", document=None)
        assert answer.status_code == 422
        assert outcomes() == []

    def test_a_draft_is_saved_half_done(
        self, client: FlaskClient, world: World, pupil: Actor
    ) -> None:
        answer = upload(client, act="save", summary="", document=None)
        assert answer.status_code == 302
        assert outcomes()[0].state is OutcomeState.DRAFT

    def test_an_upload_that_began_before_closing_counts(
        self, client: FlaskClient, world: World, pupil: Actor, app: Flask
    ) -> None:
        with db.writing() as session:
            window = session.scalars(
                sa.select(Window).where(Window.kind == WindowKind.OUTCOME_UPLOAD)
            ).one()
            window.closes_at = clock.now() + timedelta(seconds=1)
        page = token(client.get("/outcomes/new"))
        before, times = app.extensions["licheng.clock"], []

        def passing() -> Any:  # the body takes two minutes to arrive
            times.append(1)
            return before() if len(times) == 1 else before() + timedelta(minutes=2)

        app.extensions["licheng.clock"] = passing
        answer = client.post(
            "/outcomes/new",
            data={
                "csrf_token": page,
                "course_id": world.course.id,
                "title": "趕上了",
                "summary": "好險。",
                "act": "send",
                "document": (io.BytesIO(pdf()), "a.pdf"),
            },
            content_type="multipart/form-data",
        )
        app.extensions["licheng.clock"] = before
        assert answer.status_code == 302
        assert outcomes()[0].state is OutcomeState.SENT

    def test_after_closing_the_draft_is_kept_and_the_time_told(
        self, client: FlaskClient, world: World, pupil: Actor
    ) -> None:
        with db.writing() as session:
            window = session.scalars(
                sa.select(Window).where(Window.kind == WindowKind.OUTCOME_UPLOAD)
            ).one()
            window.closes_at = clock.now() - timedelta(hours=1)
        answer = upload(client, course_id=world.course.id)
        assert answer.status_code == 422
        assert "已截止" in answer.text
        assert outcomes()[0].state is OutcomeState.DRAFT

    def test_a_full_term_says_its_rule(
        self, client: FlaskClient, world: World, pupil: Actor
    ) -> None:
        make_rule(world.school, "outcome.per_term.max", 1)
        world.sent()
        answer = upload(client, course_id=world.course.id)
        assert answer.status_code == 422
        assert "上限是 1 件" in answer.text

    def test_only_courses_with_credits_are_offered(
        self, client: FlaskClient, world: World, pupil: Actor
    ) -> None:
        from tests.factories import make_course

        make_course(world.school, students=[world.student], credits=0, name="沒有學分的課")
        make_course(world.school, name="別人的課")
        page = client.get("/outcomes/new").text
        assert world.course.name in page
        assert "沒有學分的課" not in page
        assert "別人的課" not in page


class TestSelecting:
    def test_six_are_chosen_confirmed_and_reopened(
        self, client: FlaskClient, world: World, pupil: Actor
    ) -> None:
        ids = [world.certified().id for _one in range(6)]
        post(client, "/selection", "/selection", outcome=ids, act="lock")
        page = client.get("/selection").text
        assert "6 / 6" in page
        assert "鎖定狀態" in page
        post(client, "/selection", "/selection", act="reopen")
        assert "確認勾選並鎖定" in client.get("/selection").text

    def test_the_seventh_is_refused_and_the_choice_stays(
        self, client: FlaskClient, world: World, pupil: Actor
    ) -> None:
        ids = [world.certified().id for _one in range(7)]
        post(client, "/selection", "/selection", outcome=ids[:6], act="save")
        post(client, "/selection", "/selection", outcome=ids, act="save")
        page = client.get("/selection").text
        assert "最多勾選 6 件" in page
        assert "6 / 6" in page


class TestCertifying:
    def test_one_after_the_other(self, client: FlaskClient, world: World, act_as: ActAs) -> None:
        first, second = world.sent(title="甲"), world.sent(title="乙")
        act_as(world.master)
        assert "甲" in client.get("/certification").text
        page = f"/certification/{first.id}"
        answer = post(client, f"{page}/certify", page, version=first.version)
        assert urlsplit(answer.location).path == f"/certification/{second.id}"
        refused = post(client, f"/certification/{second.id}/return", answer.location, reason="")
        assert refused.status_code == 422
        assert "退回原因" in refused.text
        post(
            client,
            f"/certification/{second.id}/return",
            answer.location,
            reason="請補來源",
            version=second.version,
        )
        states = {one.title: one.state for one in outcomes()}
        assert states == {"甲": OutcomeState.CERTIFIED, "乙": OutcomeState.RETURNED}
        history = client.get("/certification/decisions").text
        assert "請補來源" in history

    def test_files_are_shown_in_place(
        self, client: FlaskClient, world: World, act_as: ActAs
    ) -> None:
        outcome = world.sent(
            document_file_id=world.file(), media_file_id=world.file(mp3(), "media", name="唱.mp3")
        )
        picture = world.sent(document_file_id=world.file(png(), name="圖.png"))
        act_as(world.master)
        page = client.get(f"/certification/{outcome.id}").text
        (first_page,) = re.findall(r'<img src="([^"]+/page/1\.png)"', page)
        assert client.get(first_page, buffered=True).mimetype == "image/png"
        page = client.get(f"/certification/{outcome.id}?show=media").text
        sound = re.search(r'<audio[^>]+src="([^"]+)"', page)
        assert sound
        assert client.get(sound[1], buffered=True).mimetype == "audio/mpeg"
        other = client.get(f"/certification/{picture.id}").text
        assert re.search(r'<img src="/files/[^"]+"', other)

    def test_bulk_shows_first_what_will_happen(
        self, client: FlaskClient, world: World, act_as: ActAs
    ) -> None:
        sent = [world.sent(title=f"第{n}件") for n in range(3)]
        gone = world.sent(title="撤回的")
        act_as(world.master)
        ids = [one.id for one in [*sent, gone]]
        preview = post(client, "/certification/preview", "/certification", outcome=ids)
        assert [one.state for one in outcomes()] == [OutcomeState.SENT] * 4
        from plugin.portfolio.operations.outcomes import withdraw

        withdraw(world.pupil, gone.id)
        picked = re.findall(r'name="outcome" value="([\d:]+)"', preview.text)
        assert len(picked) == 4
        answer = client.post(
            "/certification/bulk",
            data={"csrf_token": token(preview), "outcome": picked, "act": "certify"},
        )
        page = client.get(answer.location).text
        assert "完成 3 件，未完成 1 件" in page
        assert "撤回的" in page
        assert sorted(one.state for one in outcomes()) == sorted(
            [OutcomeState.CERTIFIED] * 3 + [OutcomeState.DRAFT]
        )

    def test_withdrawn_work_is_the_students_own_again(
        self, client: FlaskClient, world: World, act_as: ActAs
    ) -> None:
        from plugin.portfolio.operations.outcomes import withdraw

        outcome = world.sent()
        act_as(world.master)
        assert client.get(f"/certification/{outcome.id}").status_code == 200
        withdraw(world.pupil, outcome.id)
        assert client.get(f"/certification/{outcome.id}").status_code == 404

    def test_filters_narrow_the_list(
        self, client: FlaskClient, world: World, act_as: ActAs
    ) -> None:
        world.sent(title="甲")
        world.certified(title="乙")
        act_as(world.master)
        assert "乙" not in client.get("/certification").text
        assert "乙" in client.get("/certification?state=certified").text
        assert "甲" in client.get(f"/certification?q={world.student.name}").text
        assert "甲" not in client.get("/certification?q=%25").text
        assert "甲" in client.get(f"/certification?class={world.school_class.id}").text
        assert "甲" not in client.get("/certification?class=99999").text
        assert client.get("/certification?after=nonsense&state=x&course=y").status_code == 200


class TestRegistry:
    def test_a_submission_is_checked_made_and_fetched(
        self, client: FlaskClient, world: World, act_as: ActAs
    ) -> None:
        outcome = world.certified()
        selection.select(world.pupil, outcome.id)
        selection.lock(world.pupil, 115)
        act_as(world.clerk)
        post(client, "/submissions/check", "/submissions")
        assert "預檢通過" in client.get("/submissions").text
        answer = post(client, "/submissions/begin", "/submissions")
        page = client.get(answer.location).text
        assert "已凍結" in page
        for address in re.findall(r'href="(/files/[^"]+)"', page):
            assert client.get(address, buffered=True).status_code == 200
        found = db.reading().scalars(sa.select(Submission)).one()
        act_as(None)
        public = client.get(f"/verify/{found.token}").text
        assert found.number in public
        assert world.student.name not in public
        assert client.get("/verify/unknown").status_code == 404
        act_as(world.pupil)
        assert found.number in client.get("/handed-in").text

    def test_overdue_work_is_listed_and_extended(
        self, client: FlaskClient, world: World, act_as: ActAs, clock: Any
    ) -> None:
        from plugin.portfolio.operations.deadlines import mark_overdue

        outcome = world.sent(title="沒人看的")
        with db.writing() as session:
            window = session.scalars(
                sa.select(Window).where(Window.kind == WindowKind.CERTIFICATION)
            ).one()
            window.closes_at = clock()
        assert mark_overdue() == 1
        act_as(world.clerk)
        page = client.get("/progress").text
        assert "沒人看的" in page
        refused = post(client, "/progress/extend", "/progress", outcome=outcome.id, until="115/1/1")
        assert refused.status_code == 422
        post(client, "/progress/extend", "/progress", outcome=outcome.id, until="115/12/31")
        certification.certify(world.master, outcome.id)
        assert outcomes()[0].state is OutcomeState.CERTIFIED

    def test_homeroom_sees_figures_and_no_works(
        self, client: FlaskClient, world: World, act_as: ActAs
    ) -> None:
        world.certified(title="作品名稱")
        homeroom = make_staff(world.school)
        with db.writing() as session:
            one = session.get_one(type(world.school_class), world.school_class.id)
            one.homeroom_teacher_id = homeroom.id
        act_as(actor_of(homeroom))
        page = client.get("/homeroom").text
        assert world.student.name in page
        assert "作品名稱" not in page
        assert client.get(f"/homeroom?class={make_class(world.school).id}").status_code == 200


def everyone(world: World) -> dict[str, Actor]:
    return {
        "student": world.pupil,
        "teacher": world.master,
        "registry": world.clerk,
        "administrator": actor_of(make_staff(world.school, Role.ADMINISTRATOR)),
        "homeroom": actor_of(make_staff(world.school), Role.HOMEROOM),
    }


LISTS = {
    "student": ["/outcomes", "/outcomes/new", "/selection", "/handed-in"],
    "teacher": ["/certification", "/certification/decisions", "/certification/result"],
    "registry": ["/progress", "/submissions"],
    "administrator": ["/progress"],
    "homeroom": ["/homeroom"],
}


@pytest.mark.parametrize(
    ("role", "address"), [(role, one) for role, rows in LISTS.items() for one in rows]
)
def test_empty_pages_say_what_to_do(
    client: FlaskClient, world: World, act_as: ActAs, role: str, address: str
) -> None:
    act_as(everyone(world)[role])
    page = client.get(address)
    assert page.status_code == 200
    assert "<h1" in page.text


def statements(client: FlaskClient, address: str) -> int:
    """How many statements a page needs."""
    client.get(address)
    seen: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        seen.append(statement)

    sa.event.listen(db.engine(), "before_cursor_execute", note)
    try:
        assert client.get(address).status_code == 200
    finally:
        sa.event.remove(db.engine(), "before_cursor_execute", note)
    return len(seen)


def fill(world: World, n: int, state: OutcomeState) -> None:
    """n outcomes of n students in 1 + n / 20 classes, written at once."""
    document = world.file()
    now = clock.now()
    one_class = world.school_class
    for number in range(n):
        if number % 20 == 0:
            one_class = make_class(world.school)
        student = make_student(world.school, one_class, number % 20 + 1)
        enrol(student, world.course)
        with db.writing() as session:
            outcome = Outcome(
                school_id=world.school.id, student_id=student.id, course_id=world.course.id,
                academic_year=115, term=1, title=f"第 {number} 件", summary="有",
                document_file_id=document, state=state, started_at=now, sent_at=now,
            )  # fmt: skip
            session.add(outcome)
            session.flush()
            session.add(
                Decision(
                    outcome_id=outcome.id,
                    verdict=Verdict.CERTIFIED,
                    by_id=world.teacher.id,
                    by_name=world.teacher.name,
                    at=now,
                    course_id=world.course.id,
                    title=outcome.title,
                    summary="有",
                )
            )


@pytest.mark.parametrize(
    ("role", "address", "state"),
    [
        ("teacher", "/certification", OutcomeState.SENT),
        ("teacher", "/certification/decisions", OutcomeState.CERTIFIED),
        ("registry", "/progress", OutcomeState.OVERDUE),
        ("registry", "/submissions", OutcomeState.CERTIFIED),
    ],
)
def test_a_page_needs_as_many_queries_for_200_rows_as_for_5(
    client: FlaskClient, world: World, act_as: ActAs, role: str, address: str, state: OutcomeState
) -> None:
    act_as(everyone(world)[role])
    fill(world, 5, state)
    few = statements(client, address)
    fill(world, 195, state)
    assert statements(client, address) == few


def test_the_students_list_needs_no_query_for_each_row(
    client: FlaskClient, world: World, pupil: Actor
) -> None:
    make_rule(world.school, "outcome.per_term.max", 100)
    for _one in range(3):
        world.certified()
    few = statements(client, "/outcomes"), statements(client, "/selection")
    for _one in range(12):
        world.certified()
    assert (statements(client, "/outcomes"), statements(client, "/selection")) == few


def test_a_submission_page_needs_no_query_for_each_row(
    client: FlaskClient, world: World, act_as: ActAs
) -> None:
    selection.select(world.pupil, world.certified().id)
    first = submissions.begin(world.clerk, 115)
    for _one in range(4):
        selection.select(world.pupil, world.certified().id)
    second = submissions.begin(world.clerk, 115)
    act_as(world.clerk)
    few = statements(client, f"/submissions/{first.id}")
    assert statements(client, f"/submissions/{second.id}") == few


def test_the_page_of_a_submission_shows_its_progress_and_then_its_files(
    client: FlaskClient, world: World, act_as: ActAs, monkeypatch: pytest.MonkeyPatch
) -> None:
    from plugin import jobs

    selection.select(world.pupil, world.certified().id)
    act_as(world.clerk)
    with monkeypatch.context() as patch:
        patch.setattr(jobs, "_wake", lambda *_args, **_more: None)  # no worker yet
        made = submissions.begin(world.clerk, 115)
    address = f"/submissions/{made.id}"
    page = client.get(address, headers={"HX-Request": "true"})
    assert 'id="job-progress"' in page.text
    assert f'hx-get="{address}"' in page.text
    assert made.job_id is not None
    jobs.run(made.job_id)
    db._close_reads()
    done = client.get(address, headers={"HX-Request": "true"})
    assert done.headers["HX-Refresh"] == "true"
    assert "已凍結" in client.get(address).text


def test_a_build_that_failed_for_good_says_so_and_the_next_may_begin(
    client: FlaskClient, world: World, act_as: ActAs, monkeypatch: pytest.MonkeyPatch
) -> None:
    from plugin import jobs

    selection.select(world.pupil, world.certified().id)
    act_as(world.clerk)
    with monkeypatch.context() as patch:
        patch.setattr(jobs, "_wake", lambda *_args, **_more: None)
        made = submissions.begin(world.clerk, 115)
    with db.writing() as session:
        job = session.get_one(jobs.Job, made.job_id)
        job.state, job.error = jobs.JobState.FAILED, "OSError"
    assert "未完成" in client.get(f"/submissions/{made.id}").text
    assert submissions.begin(world.clerk, 115).version == 2
