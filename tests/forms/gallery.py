"""The pages that are looked at: every component, and the forms in every state."""

from __future__ import annotations

import hashlib
import itertools
from datetime import timedelta
from enum import Enum
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from flask import Flask, Response, abort, flash, render_template, request, send_from_directory

from forms import page
from forms.deadline import Deadline
from forms.definition import Ask, Form
from forms.fields import ManyField
from forms.frame import Banner, Frame, NavItem
from forms.states import StateLabel, register_states
from forms.wizard import Step
from tests.forms.support import NOON, ROOT, OutcomeForm, make_app

CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'"
)
LONG = "從《赤壁賦》到《後赤壁賦》：蘇軾的水與月，一份跨越兩個學期的閱讀與書寫紀錄"


class State(Enum):
    DRAFT = "draft"
    SENT = "sent"
    CERTIFIED = "certified"
    RETURNED = "returned"
    LATE = "late"


LABELS = {
    State.DRAFT: StateLabel("草稿"),
    State.SENT: StateLabel("待認證", "wait"),
    State.CERTIFIED: StateLabel("已認證", "good"),
    State.RETURNED: StateLabel("已退回", "bad"),
    State.LATE: StateLabel("逾期未認證", "info"),
}


def gallery_app(text: str = "", **config: Any) -> Flask:
    """The test application with a gallery at /gallery; `text` is put wherever a person writes."""
    app = make_app(**config)
    register_states(app, "outcome", LABELS)
    app.extensions["licheng.frame"] = lambda: outline(text)

    @app.route("/gallery")
    def gallery() -> str:
        flash(text or "已收到「讀書心得」。")
        flash("下週一截止前請完成勾選。", "warning")
        flash("有 2 件沒有認證成功。", "error")
        return render_template("gallery.html", text=text or "示範文字", **content(text))

    @app.route("/confirm")
    def confirm() -> str:
        return render_template(
            "layout/confirm.html",
            title="確認認證 12 件成果",
            question=text,
            facts=[("課程", text or "國語文"), ("件數", "12")],
            consequences=["認證後不能修改決定。", text or "學生會立刻收到通知。"],
            action="/confirm",
            cancel="/gallery",
            danger=True,
            hidden={"items": text},
        )

    @app.route("/error/<code>")
    def error(code: str) -> str:
        return render_template(
            "layout/error.html",
            code=code,
            title="找不到這個頁面",
            message=text or "網址可能已經改變。",
            remedy="請由選單重新選擇。",
            rule=text or None,
        )

    polls = itertools.count(1)

    @app.route("/job")
    def job() -> str:
        return render_template("job.html", part=False, done=0, state="queued")

    @app.route("/job/part")
    def job_part() -> str:
        done = next(polls)
        state = "done" if done >= 2 else "running"
        return render_template("job.html", part=True, done=done, state=state)

    @app.route("/close")
    def close() -> str:
        return render_template("close.html", origin=request.args["origin"])

    @app.route("/long")
    def long() -> Response:
        form = OutcomeForm(None, stage=app.extensions["stage"])
        form.course.choices = [
            (str(one), f"{'臺' if one % 2 else '北'}{one}") for one in range(1, 41)
        ]
        return page.render(form)

    @app.route("/many")
    def many() -> Response:
        class ManyForm(Form):
            """Many boxes to tick."""

            students = ManyField(
                "學生",
                ask=Ask("哪些學生？"),
                choices=[(str(one), f"{'臺' if one % 2 else '北'}{one}") for one in range(1, 41)],
            )

            class Meta:
                name = "many"
                title = "很多學生"

        return page.render(ManyForm(None))

    @app.route("/static/<path:name>")
    def files(name: str) -> Response:
        return send_from_directory(ROOT / "static", name)

    @app.route("/axe.js")
    def axe() -> Response:
        path = ROOT / "node_modules" / "axe-core" / "axe.min.js"
        if not path.exists():
            abort(404)
        return send_from_directory(path.parent, path.name)

    @app.after_request
    def policy(response: Response) -> Response:
        response.headers["Content-Security-Policy"] = CSP
        return response

    return app


def outline(text: str) -> Frame:
    return Frame(
        school=text or "臺北市立示範高級中學",
        person=text or "王𤧟堃",
        role="學生",
        home="gallery",
        nav=(
            NavItem("我的首頁", "gallery", active=True),
            NavItem("學習成果", "whole"),
            NavItem(text or "勾選", "confirm"),
            NavItem("收訖明細", "walked"),
        ),
        inbox_endpoint="gallery",
        inbox_count=3,
        banners=(
            Banner(text or "目前每個檔案只存一份，請管理者設定第二份備份。", "gallery", "了解更多"),
        ),
    )


def content(text: str) -> dict[str, Any]:
    digest = hashlib.sha256(b"x").hexdigest()
    soon, hour = NOON + timedelta(days=3, hours=5), NOON + timedelta(minutes=41)
    names = [text or LONG, "實驗報告.mp4", "證書.jpg"]
    return {
        "states": list(State),
        "steps": [
            Step("a", text or "成果", True, False),
            Step("b", "檔案", False, True),
            Step("c", "補充", False, False),
        ],
        "deadlines": [
            Deadline("勾選", NOON + timedelta(days=30), NOON, NOON + timedelta(days=20)),
            Deadline(text or "上傳課程學習成果", NOON + timedelta(days=30), NOON),
            Deadline("上傳課程學習成果", soon, NOON),
            Deadline("上傳課程學習成果", hour, NOON),
            Deadline("教師認證", NOON - timedelta(days=1), NOON),
        ],
        "files": [
            SimpleNamespace(
                name=name, kind=Path(name).suffix[1:] or "pdf", size=size, sha256=digest, at=NOON
            )
            for name, size in zip(names, (2097153, 4000000, 380), strict=True)
        ],
        "receipt": SimpleNamespace(
            number="R115-000042",
            at=NOON,
            person=text or "王𤧟堃",
            name=text or "讀書心得.pdf",
            size=1048576,
            sha256=digest,
            copies=2,
            expires_at=NOON + timedelta(days=90),
        ),
        "rows": [
            SimpleNamespace(id=1, student=text or "王𤧟堃", title=LONG, points=98, state="sent"),
            SimpleNamespace(
                id=2, student="陳峯", title=text or "實驗", points=4, state=State.CERTIFIED
            ),
            SimpleNamespace(id=3, student="林喆", title="讀書心得", points=100, state="returned"),
        ],
    }
