"""Who hears what about receipts and exchange packages."""

from __future__ import annotations

from collections.abc import Collection

from flask_babel import gettext as _

from plugin.portfolio.models import (
    AnswerVerdict,
    CentralImport,
    ExchangeIn,
    ExchangeOut,
    ReceiptAnswer,
    ReceiptSheet,
)
from plugin.trail.notify import notify


def answered(sheet: ReceiptSheet, answer: ReceiptAnswer) -> None:
    """The student hears what the registry says, also by mail: they may still act."""
    verdict = (
        _("屬實，學校會更正後重新提交。")
        if answer.verdict is AnswerVerdict.UPHELD
        else _("經查提交的內容無誤。")
    )
    notify(
        [sheet.student_id],
        _("收訖明細的異議已有回覆"),
        _(
            "註冊組對您提出的收訖明細異議已經回覆：%(verdict)s\n\n說明：%(text)s\n\n"
            "請再看一次收訖明細，確認無誤後按「確認」。",
            verdict=verdict,
            text=answer.text,
        ),
        "/handed-in",
        school_id=sheet.school_id,
        mail=True,
    )


def missing_items(found: CentralImport, student_ids: Collection[int]) -> None:
    """Students whose items the central side did not receive."""
    notify(
        student_ids,
        _("收訖明細有缺件，請查看"),
        _(
            "中央資料庫收到的件數比學校提交的少，請到收訖明細查看是哪一件；"
            "如有疑問，請在確認期間內提出異議。"
        ),
        "/handed-in",
        school_id=found.school_id,
        mail=False,
    )


def import_finished(found: CentralImport) -> None:
    """Whoever brought the package."""
    if found.made_by_id is not None:
        notify(
            [found.made_by_id],
            _("收訖檔案已處理完成"),
            _("「%(name)s」已處理完成，請查看比對結果。", name=found.name),
            f"/handed-in/central/{found.id}",
            school_id=found.school_id,
            mail=False,
        )


def exchange_ready(found: ExchangeOut) -> None:
    """Whoever asked for a package; it can be downloaded from now on."""
    if found.made_by_id is not None:
        notify(
            [found.made_by_id],
            _("歷程交換檔案已經製作完成"),
            _("「%(name)s.zip」可以下載了。密碼請另外以安全的方式告知對方學校。",
              name=found.base_name),
            f"/exchange/out/{found.id}",
            school_id=found.school_id,
            mail=True,
        )  # fmt: skip


def exchange_checked(found: ExchangeIn) -> None:
    """Whoever brought another school's package: it was looked at, or taken."""
    if found.made_by_id is not None:
        notify(
            [found.made_by_id],
            _("他校歷程交換檔案已處理完成"),
            _("「%(name)s」已處理完成，請查看結果。", name=found.name),
            f"/exchange/in/{found.id}",
            school_id=found.school_id,
            mail=False,
        )


def arrived(school_id: int, student_ids: Collection[int]) -> None:
    """Students whose earlier work has come."""
    notify(
        student_ids,
        _("原就讀學校的學習歷程已轉入"),
        _("您在原就讀學校的課程學習成果與多元表現已由學校匯入，請查看是否完整。"),
        "/outcomes",
        school_id=school_id,
        mail=False,
    )
