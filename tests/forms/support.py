"""A small application around `forms`, with a stage and a draft store in memory."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from flask import Flask, flash, redirect, request, session, url_for
from flask_babel import lazy_gettext as _l
from flask_wtf.csrf import CSRFProtect
from jinja2 import ChoiceLoader, FileSystemLoader
from werkzeug.datastructures import FileStorage

from forms import i18n, jinja, page
from forms import wizard as walk
from forms.definition import Ask, Form, Group
from forms.drafts import Draft, DraftKey
from forms.fields import ChoiceField, RocDateField, SummaryField, TextField, TickField
from forms.file_field import FileAnswerField
from forms.files import FileRefused, StagedFile

ROOT = Path(__file__).resolve().parents[2]
NOON = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)


class MemoryStage:
    """Staged files of one person."""

    def __init__(self) -> None:
        self.files: dict[str, StagedFile] = {}

    def put(self, upload: FileStorage, *, field: str) -> StagedFile:
        content = upload.read()
        if not content.startswith(b"%PDF"):
            raise FileRefused("這不是 PDF 檔，請另存成 PDF 後再上傳。")
        digest = hashlib.sha256(content).hexdigest()
        ref = f"staged-{len(self.files) + 1}"
        staged = StagedFile(ref, upload.filename or "", len(content), "application/pdf", digest)
        self.files[ref] = staged
        return staged

    def get(self, ref: str) -> StagedFile | None:
        return self.files.get(ref)


class MemoryDrafts:
    """Drafts by key."""

    def __init__(self) -> None:
        self.kept: dict[DraftKey, Draft] = {}

    def get(self, key: DraftKey) -> Draft | None:
        return self.kept.get(key)

    def save(self, draft: Draft) -> Draft:
        self.kept[draft.key] = replace(draft, saved_at=NOON)
        return self.kept[draft.key]

    def delete(self, key: DraftKey) -> None:
        self.kept.pop(key, None)


COURSES = [("chi", "國語文"), ("math", "數學"), ("phy", "選修物理")]


class OutcomeForm(Form):
    """A form like that of an outcome: every kind of field, three groups, one rule between two."""

    class Meta:
        name = "outcome.upload"
        version = "1"
        title = _l("上傳課程學習成果")
        groups = (
            Group("what", _l("成果"), ("course", "title", "made_on"), _l("說明是哪一門課的成果。")),
            Group("files", _l("檔案"), ("document", "summary")),
            Group("extra", _l("補充"), ("ai_use", "remark")),
        )

    course = ChoiceField(_l("課程"), choices=COURSES, ask=Ask(prompt=_l("這是哪一門課的成果？")))
    title = TextField(
        _l("名稱"),
        max_points=30,
        ask=Ask(
            prompt=_l("這份成果叫什麼名稱？"), examples=("讀書心得",), why=_l("會印在提交名冊上。")
        ),
    )
    made_on = RocDateField(_l("完成日期"), required=False, ask=Ask(prompt=_l("哪一天完成的？")))
    document = FileAnswerField(
        _l("文件"),
        accept=("application/pdf",),
        max_bytes=4 * 1024 * 1024,
        ask=Ask(prompt=_l("請把文件傳給我。"), help=_l("PDF、JPG 或 PNG。")),
    )
    summary = SummaryField(_l("簡述"), ask=Ask(prompt=_l("請用 100 字以內說明。")))
    ai_use = TickField(
        _l("使用了 AI 工具"), required=False, ask=Ask(prompt=_l("有使用 AI 工具嗎？"))
    )
    remark = TextField(_l("說明"), required=False, ask=Ask(prompt=_l("如何使用？"), pii=True))

    def check(self, names: frozenset[str]) -> None:
        if {"ai_use", "remark"} <= names and self.ai_use.data and not self.remark.data:
            self.remark.errors = [*self.remark.errors, "請說明如何使用 AI 工具。"]


def make_app(**config: Any) -> Flask:
    """The application: one page, one wizard, a switch of language."""
    app = Flask("forms_under_test", static_folder=None, template_folder=str(ROOT / "templates"))
    app.config.from_mapping(SECRET_KEY="forms tests", TESTING=True, **config)
    CSRFProtect(app)
    i18n.init_app(app, lambda: request.args.get("lang") or session.get("locale"))
    jinja.init_app(app)
    own = FileSystemLoader(str(Path(__file__).parent / "templates"))
    app.jinja_loader = ChoiceLoader([own, app.jinja_loader])
    stage, store = MemoryStage(), MemoryDrafts()
    app.extensions.update(stage=stage, store=store, done=[])

    def build(data: Any) -> OutcomeForm:
        return OutcomeForm(data, stage=stage)

    @app.route("/page", methods=["GET", "POST"])
    def whole() -> Any:
        form = OutcomeForm(stage=stage)
        if form.validate_on_submit():
            app.extensions["done"].append(form.data)
            flash("已收到")
            return redirect(url_for("whole"))
        return page.render(form)

    @app.route("/walk/", defaults={"step": ""}, methods=["GET", "POST"])
    @app.route("/walk/<step>", methods=["GET", "POST"])
    def walked(step: str) -> Any:
        def finish(form: Form) -> Any:
            app.extensions["done"].append(form.data)
            return redirect(url_for("whole"))

        one = walk.Wizard(build, store, person="p1")

        def url(key: str, **more: Any) -> str:
            return url_for("walked", step=key, **more)

        return walk.serve(one, step, url, finish)

    return app
