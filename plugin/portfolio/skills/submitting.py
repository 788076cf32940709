"""The registry hands in by talking: 預檢, the next version of a batch, and its 提交名冊."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from forms.definition import Form, field_names
from forms.jinja import roc_date
from plugin import clock, skills
from plugin.actor import Actor
from plugin.errors import NotAllowed
from plugin.portfolio import policy
from plugin.portfolio.forms.desk_picking import CheckForm, SubmitForm
from plugin.portfolio.models import (
    CheckState,
    SelectionKind,
    Submission,
    SubmissionCheck,
    SubmissionState,
)
from plugin.portfolio.operations import checks, submission
from plugin.portfolio.queries import checks as check_queries
from plugin.portfolio.queries import receipts, snapshot, submissions
from plugin.school import batches, window_words
from plugin.school.batches import Batch
from plugin.school.models import WindowKind
from plugin.school.terms import term_of
from plugin.school.windows import FINAL_GRADE
from plugin.skills import Asked, FormSkill, Going, QuerySkill
from plugin.skills.replies import Button, Link, Part, Progress, Reply, Say, reply

REGISTRY = _l("註冊組")
TITLE, CHECK_TITLE = _l("建立提交"), _l("執行預檢")
_CHECK = re.compile(r"預檢|预检|檢核|pre-?check", re.IGNORECASE)


def _named(actor: Actor, asked: Asked, year: int) -> Batch | None:
    """The batch that the words name; None: they leave it open."""
    assert actor.school_id is not None
    place = window_words.batch(asked.words)
    if place:
        return list(Batch)[place]
    grade = window_words.grade(asked.words)
    if grade == FINAL_GRADE:
        batch, _window = batches.current(actor.school_id, WindowKind.SUBMISSION, year, grade)
        return batch
    return Batch.ORDINARY if grade else None


def _year(asked: Asked) -> int:
    return int(asked.slots.get("academic_year") or term_of(clock.today()).academic_year)


def _subject(actor: Actor, asked: Asked) -> str:
    """Year and batch: each has a draft of its own."""
    year = _year(asked)
    batch = _named(actor, asked, year)
    return f"{year}:{batch.value if batch else ''}"


def _read(words: str) -> tuple[int, Batch | None]:
    """Year and batch of a subject, or of a choice."""
    year, _colon, batch = words.partition(":")
    return int(year), Batch(batch) if batch else None


def _chosen(form: Form) -> tuple[int, Batch]:
    """Year and batch of a form that was answered."""
    year, batch = _read(str(form["batch"].data))
    assert batch is not None
    return year, batch


def _offered(subject: str) -> list[tuple[str, str]]:
    """The batch that is asked for, or every batch of the year."""
    year, batch = _read(subject)
    return [
        (
            f"{year}:{one.value}",
            _("%(year)s 學年度%(batch)s", year=year, batch=batches.LABELS[one]),
        )
        for one in ((batch,) if batch else Batch)
    ]


def _first(_actor: Actor, subject: str) -> Mapping[str, Sequence[str]]:
    return {"batch": [subject]} if _read(subject)[1] else {}


def _fill(actor: Actor, asked: Asked, form: Form) -> Mapping[str, Sequence[str]]:
    """高一高二的那批, 高三第一批: a batch by the words that people use for it."""
    batch = _named(actor, asked, _year(asked))
    fitting = [
        value
        for value, _label in form["batch"].plain_choices()
        if value and _read(value)[1] is batch
    ]
    return {"batch": fitting} if batch and len(fitting) == 1 else {}


def _check_subject(actor: Actor, asked: Asked) -> str:
    """:raises NotAllowed: student affairs want to hand in, which the registry does."""
    if not policy.registry(actor) and not _CHECK.search(asked.words):
        raise NotAllowed(
            _("提交由註冊組辦理。"), remedy=_("您可以先說「執行預檢」，查看多元表現有沒有問題。")
        )
    return _subject(actor, asked)


def _check_form(_actor: Actor, subject: str, data: Any) -> CheckForm:
    form = CheckForm(data, meta={"csrf": False})
    form.batch.choices = _offered(subject)
    return form


def _check(actor: Actor, form: Form, _going: Going) -> Reply:
    year, batch = _chosen(form)
    made = checks.begin(actor, year, batch)
    page = Link(_("看預檢結果"), "portfolio.check", {"check_id": made.id})
    if made.state is CheckState.RUNNING and made.job_id is not None:
        if made.made_by_id == actor.person_id:
            return reply(_("預檢已經開始。"), Progress(made.job_id, _("逐列核對"), page))
        return reply(_("預檢進行中，由%(name)s開始。", name=made.made_by_name), page)
    if not policy.registry(actor):
        return reply(Say(_("預檢完成，請看多元表現的結果。"), "good"), page)
    parts: list[Part] = [Say(_found(made), "good" if made.ready else "warning"), page]
    if made.ready:
        parts.append(Button(TITLE, TITLE))
    return Reply(tuple(parts))


def _found(check: SubmissionCheck | None) -> str:
    """What a 預檢 came to."""
    if check is None or check.state is CheckState.FAILED:
        return _("還沒有預檢過。")
    if check.state is CheckState.RUNNING:
        return _("預檢還在進行。")
    if not check.totals["rows"]:
        return _("預檢沒有找到勾選的項目。")
    return _(
        "%(at)s 的預檢：%(errors)s 項必須處理、%(warnings)s 項提醒。",
        at=roc_date(check.done_at),
        errors=check.totals["errors"],
        warnings=check.totals["warnings"],
    )


def _submit_form(actor: Actor, subject: str, data: Any) -> SubmitForm:
    assert actor.school_id is not None
    form = SubmitForm(data, meta={"csrf": False})
    form.batch.choices = _offered(subject)
    some = [_read(value) for value, _label in form.batch.choices]
    if not any(receipts.open_disputes(actor.school_id, year, one) for year, one in some if one):
        del form.override
    return form


def _warning(actor: Actor, form: Form) -> str:
    """What is frozen, and what the last 預檢 says of it."""
    assert actor.school_id is not None
    year, batch = _chosen(form)
    found = snapshot.count(actor.school_id, year, batch)
    version = 1 + max((one.version for one in submissions.versions(actor, year, batch)), default=0)
    told = _(
        "會凍結 %(year)s 學年度%(batch)s目前的內容：課程學習成果 %(outcomes)s 件、多元表現 "
        "%(experiences)s 件，建立第 %(version)s 版；凍結後不能更改，先前的版本會保留。",
        year=year,
        batch=batches.LABELS[batch],
        outcomes=found[SelectionKind.OUTCOME],
        experiences=found[SelectionKind.EXPERIENCE],
        version=version,
    )
    return told + _found(check_queries.newest(actor.school_id, year, batch))


def _submit(actor: Actor, form: Form, _going: Going) -> Reply:
    year, batch = _chosen(form)
    why = str(form["override"].data or "") if "override" in field_names(form) else ""
    made = submission.begin(actor, year, batch, override=why)
    page = _page_of(made)
    told = Say(_("已開始建立提交 %(number)s。", number=made.number), "good")
    if made.job_id is None:
        return reply(told, page)
    return reply(told, Progress(made.job_id, _("製作名冊與檔案包"), page))


def _page_of(made: Submission) -> Link:
    label = _("看提交 %(number)s", number=made.number)
    return Link(label, "portfolio.submission", {"submission_id": made.id})


def _page(_actor: Actor, subject: str) -> Link:
    year, batch = _read(subject)
    to = {"year": year, "batch": (batch or Batch.ORDINARY).value}
    return Link(_l("到提交頁"), "portfolio.submission_list", to)


def _manifest(actor: Actor, asked: Asked) -> Reply:
    """The newest manifest of the batch that is named, or of every batch that has one."""
    year = _year(asked)
    named = _named(actor, asked, year)
    parts: list[Part] = []
    for batch in (named,) if named else tuple(Batch):
        parts += _of_batch(actor, year, batch)
    if parts:
        return Reply(tuple(parts))
    where = Link(_("到提交頁"), "portfolio.submission_list", {"year": year})
    return reply(
        _("%(year)s 學年度還沒有提交名冊。名冊在建立提交時一起製作：先預檢，通過後建立提交。",
          year=year),
        Button(CHECK_TITLE, CHECK_TITLE),
        Button(TITLE, TITLE),
        where,
    )  # fmt: skip


def _of_batch(actor: Actor, year: int, batch: Batch) -> list[Part]:
    versions = submissions.versions(actor, year, batch)
    parts: list[Part] = []
    frozen = next((one for one in versions if one.state is SubmissionState.FROZEN), None)
    if frozen is not None:
        told = _(
            "%(batch)s的提交名冊 %(number)s，%(at)s 凍結，有 PDF、XLSX 與 CSV。",
            batch=batches.LABELS[batch],
            number=frozen.number,
            at=roc_date(frozen.frozen_at),
        )
        label = _("下載提交名冊 %(number)s", number=frozen.number)
        parts += [
            Say(told),
            Link(label, "portfolio.submission", {"submission_id": frozen.id}),
        ]
    if versions and versions[0].state is SubmissionState.BUILDING:
        made = versions[0]
        parts.append(Say(_("提交 %(number)s 還在製作。", number=made.number)))
        if made.job_id is not None and made.made_by_id == actor.person_id:
            parts.append(Progress(made.job_id, _("製作名冊與檔案包"), _page_of(made)))
        else:
            parts.append(_page_of(made))
    return parts


def _prechecks(wanted: bool) -> Callable[[Actor, Asked], bool]:
    return lambda _actor, asked: bool(_CHECK.search(asked.words)) is wanted


skills.register(
    FormSkill(
        intent="submission.create",
        title=TITLE,
        who=REGISTRY,
        policy=policy.registry,
        build=_submit_form,
        fields={"reason": "override"},
        subject=_subject,
        first=_first,
        fill=_fill,
        run=_submit,
        confirm=_l("開始製作"),
        warning=_warning,
        page=_page,
        suits=_prechecks(False),
        order=10,
    )
)
skills.register(
    FormSkill(
        intent="submission.create",
        name="submission.check",
        title=CHECK_TITLE,
        who=_l("註冊組與學務處"),
        policy=policy.checkers,
        build=_check_form,
        subject=_check_subject,
        first=_first,
        fill=_fill,
        run=_check,
        confirm=_l("開始預檢"),
        warning=lambda _actor, _form: _("預檢會逐列核對名冊格式、代碼與檔案，不會更動任何資料。"),
        page=_page,
        suits=_prechecks(True),
        order=20,
    )
)
skills.register(
    QuerySkill(
        intent="manifest.generate",
        title=_l("提交名冊"),
        who=REGISTRY,
        policy=policy.registry,
        answer=_manifest,
    )
)
