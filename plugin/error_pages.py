"""Errors become pages, here and nowhere else."""

from __future__ import annotations

import structlog
from flask import Flask, Response, make_response, render_template, request
from flask_babel import gettext as _
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import IntegrityError, StatementError
from werkzeug.exceptions import HTTPException

from plugin import db, tenancy, web
from plugin.errors import NotAllowed, Refusal
from plugin.trail.chain import record

log = structlog.get_logger(__name__)


def init_app(app: Flask) -> None:
    """Register the handlers."""
    app.register_error_handler(Refusal, _refusal)
    app.register_error_handler(CSRFError, _csrf)
    app.register_error_handler(IntegrityError, _raced)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(tenancy.Breach, _breach)
    app.register_error_handler(StatementError, _statement)
    app.register_error_handler(Exception, _unexpected)


def page(
    code: str,
    status: int,
    title: str,
    message: str,
    remedy: str = "",
    rule: str | None = None,
) -> Response:
    """The one error page: what happened, what to do next, and the code to tell a helper."""
    body = render_template(
        "layout/error.html",
        code=code,
        title=title,
        message=message,
        remedy=remedy,
        rule=rule,
    )
    return make_response(body, status)


def _refusal(error: Refusal) -> Response:
    if isinstance(error, NotAllowed):
        actor = web.actor()
        with db.writing():
            record(actor, "access.refused", "route", None, endpoint=request.endpoint or "")
    titles = {
        401: _("請重新進入"),
        403: _("沒有權限"),
        404: _("找不到"),
        409: _("現在不能這樣做"),
        413: _("檔案太大"),
    }
    title = titles.get(error.status, _("沒有完成"))
    return page(error.code, error.status, title, error.message, error.remedy, error.rule)


def _csrf(error: CSRFError) -> Response:
    return page(
        "CSRF",
        400,
        _("請再送出一次"),
        _("這個表單開啟太久，或不是由本系統的頁面送出，因此沒有儲存。"),
        _("請返回上一頁重新整理後再送出；您輸入的文字仍在瀏覽器的上一頁。"),
    )


def _raced(error: IntegrityError) -> Response:
    """Two people (or two tabs) did the same at once; the database let one of them."""
    log.warning("raced", endpoint=request.endpoint, kind=type(error.orig).__name__)
    return page(
        "CONFLICT",
        409,
        _("現在不能這樣做"),
        _("同一筆資料剛剛已有人處理，這次沒有儲存。"),
        _("請返回上一頁重新整理，確認最新狀態後再試。"),
    )


def _http(error: HTTPException) -> Response:
    status = error.code or 500
    if status in {301, 302, 303, 307, 308}:
        return error.get_response()  # type: ignore[return-value]
    words = {
        404: (_("找不到這個頁面"), _("請由選單重新選擇，或檢查網址。")),
        405: (_("不能這樣使用這個頁面"), _("請由選單重新選擇。")),
        413: (_("送出的資料太大"), _("請看頁面上的檔案大小上限，縮小後再上傳。")),
        429: (_("太頻繁了"), _("請稍候一分鐘再試。")),
    }
    title, remedy = words.get(status, (_("沒有完成"), _("請重試；若仍失敗，請告知系統管理者。")))
    return page(f"HTTP_{status}", status, title, "", remedy)


def _breach(error: tenancy.Breach) -> Response:
    """A fault of ours, stopped before anything went from one school to another: what is another
    school's is not found, as ever; whoever looks after the installation hears of it."""
    log.error("breach", endpoint=request.endpoint, exc_info=error)
    with db.writing():
        kind = type(error).__name__
        record(web.actor(), "tenancy.breach", "route", None, endpoint=request.endpoint, kind=kind)
    if isinstance(error, tenancy.ForeignSchool):
        return page(
            "NOT_FOUND",
            404,
            _("找不到"),
            _("找不到這筆資料，或它不屬於您。"),
            _("請由清單重新選擇。"),
        )
    return _broken()


def _statement(error: StatementError) -> Response:
    if isinstance(error.orig, tenancy.Breach):
        return _breach(error.orig)
    return _unexpected(error)


def _unexpected(error: Exception) -> Response:
    log.error("unexpected", endpoint=request.endpoint, exc_info=error)
    return _broken()


def _broken() -> Response:
    return page(
        "UNEXPECTED",
        500,
        _("系統發生錯誤"),
        _("這次的操作沒有完成，先前已收到的資料不受影響。"),
        _("請重試；若仍失敗，請將下方代碼與時間告知系統管理者。"),
    )
