"""The admission preview: chosen within limits, looked at as a PDF, never submitted."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from plugin import db
from plugin.errors import Conflict, InvalidInput, LimitReached, NotFound
from plugin.portfolio.models import AdmissionPreview, Selection
from plugin.portfolio.operations import admission
from plugin.portfolio.operations.admission import AdmissionInput
from tests.factories import enrol, make_rule, make_student
from tests.plugin.portfolio import experience_world
from tests.plugin.portfolio.world import World
from tests.reports.pdfreader import poppler_text


def test_kept_in_the_order_chosen(world: World) -> None:
    one, two = world.certified().id, world.certified().id
    kept = admission.save(world.pupil, AdmissionInput((two, one, two), (), " 想 ", "寫\r\n過"))
    assert kept.outcome_ids == [two, one]
    assert (kept.statement, kept.synthesis) == ("想", "寫\n過")
    again = admission.save(world.pupil, AdmissionInput((one,)))
    assert again.id == kept.id
    assert db.reading().query(AdmissionPreview).count() == 1
    assert db.reading().query(Selection).count() == 0  # nothing is selected by it


def test_limits_are_rules(world: World) -> None:
    ids = [world.certified().id for _ in range(4)]
    with pytest.raises(LimitReached) as refused:
        admission.save(world.pupil, AdmissionInput(ids))
    assert refused.value.rule == "admission.outcomes.max"
    make_rule(world.school, "admission.outcomes.max", 4)
    db._close_reads()
    assert len(admission.save(world.pupil, AdmissionInput(ids)).outcome_ids) == 4
    make_rule(world.school, "admission.text.max_points", 10)
    db._close_reads()
    with pytest.raises(InvalidInput) as long:
        admission.save(world.pupil, AdmissionInput(statement="字" * 11))
    assert set(long.value.fields) == {"statement"}
    make_rule(world.school, "admission.experiences.max", 1)
    more = [experience_world.sent(world, "work").id for _ in range(2)]
    db._close_reads()
    with pytest.raises(LimitReached):
        admission.save(world.pupil, AdmissionInput((), more))


def test_only_ones_own_and_only_what_is_finished(world: World) -> None:
    waiting = world.sent().id
    draft = experience_world.draft(world, "work").id
    mate = make_student(world.school, world.school_class)
    enrol(mate, world.course)
    me, world.student = world.student, mate
    theirs = world.certified(document_file_id=world.file()).id
    world.student = me
    for given in (AdmissionInput((waiting,)), AdmissionInput((), (draft,)),
                  AdmissionInput((theirs,)), AdmissionInput((10**9,))):  # fmt: skip
        with pytest.raises(NotFound):
            admission.save(world.pupil, given)
    assert db.reading().query(AdmissionPreview).count() == 0


def test_two_tabs(world: World) -> None:
    kept = admission.save(world.pupil, AdmissionInput(statement="一"), version=0)
    admission.save(world.pupil, AdmissionInput(statement="二"), version=kept.version)
    with pytest.raises(Conflict):
        admission.save(world.pupil, AdmissionInput(statement="三"), version=1)
    with pytest.raises(Conflict):
        admission.save(world.pupil, AdmissionInput(statement="四"), version=0)


class TestPages:
    def post(self, client: FlaskClient, **form: Any) -> Any:
        page = client.get("/admission").text
        token = re.search(r'name="csrf_token"[^>]* value="([^"]+)"', page)[1]
        version = re.search(r'name="version" value="(\d+)"', page)[1]
        return client.post("/admission", data={"csrf_token": token, "version": version, **form})

    def test_choose_write_and_look(
        self, client: FlaskClient, world: World, act_as: Callable[[Any], Any], tmp_path: Path
    ) -> None:
        chosen = world.certified(title="選的成果")
        world.certified(title="沒選的成果")
        experience = experience_world.sent(world, "work")
        act_as(world.pupil)
        assert "下載預覽 PDF" not in client.get("/admission").text
        done = self.post(
            client, outcomes=str(chosen.id), experiences=str(experience.id), statement="我的自述",
            synthesis="我的心得",
        )  # fmt: skip
        assert done.status_code == 302
        assert "下載預覽 PDF" in client.get("/admission").text
        answer = client.get("/admission/preview.pdf")
        assert answer.mimetype == "application/pdf"
        assert "attachment" in answer.headers["Content-Disposition"]
        path = tmp_path / "preview.pdf"
        path.write_bytes(answer.data)
        text = poppler_text(path)
        for part in ("備審資料預覽", "沒有送給任何大學", "我的自述", "我的心得", "選的成果"):
            assert part in text, part
        assert "沒選的成果" not in text
        assert "第一頁" in text

    def test_too_many_stands_at_the_field_and_nothing_is_lost(
        self, client: FlaskClient, world: World, act_as: Callable[[Any], Any]
    ) -> None:
        ids = [str(world.certified().id) for _ in range(4)]
        act_as(world.pupil)
        page = self.post(client, outcomes=ids, statement="寫了很久")
        assert page.status_code == 422
        assert "最多選 3 件，您選了 4 件" in page.text
        assert "寫了很久" in page.text

    def test_what_was_taken_up_again_is_left_out(
        self, client: FlaskClient, world: World, act_as: Callable[[Any], Any], tmp_path: Path
    ) -> None:
        from plugin.portfolio.operations import outcomes

        one = world.certified(title="重新編輯的")
        admission.save(world.pupil, AdmissionInput((one.id,), statement="自述"))
        outcomes.reopen(world.pupil, one.id)
        act_as(world.pupil)
        path = tmp_path / "preview.pdf"
        path.write_bytes(client.get("/admission/preview.pdf").data)
        assert "重新編輯的" not in poppler_text(path)


def test_what_is_kept_is_told(world: World) -> None:
    from plugin.trail import holdings
    from plugin.trail.holdings import About

    admission.save(world.pupil, AdmissionInput(statement="自述"))
    about = About(world.school.id, world.student.id)
    assert {str(one.what): one.count for one in holdings.of(about)}["備審預覽"] == 1
