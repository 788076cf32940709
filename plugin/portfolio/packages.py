"""Packages that others made (a receipt package, another school's exchange package): how they are
taken in, and what is said of one that is refused."""

from __future__ import annotations

from datetime import timedelta

from flask_babel import gettext as _
from werkzeug.datastructures import FileStorage

from forms.files import FileRefused, StagedFile
from forms.sizes import file_size
from plugin import clock, db, uploads
from plugin.actor import Actor
from plugin.errors import Refusal
from plugin.ids import row_id
from plugin.portfolio.stage import staged_file
from plugin.school import rules, terms
from plugin.vault import operations as vault
from plugin.vault.models import FileState, StoredFile
from reports.lockedzip import PackageRefused
from reports.received import JSON_BYTES

MAX_BYTES = 512 * 1024 * 1024
"""Of a package: three years of one student's files are at most about 500 MiB."""
RECEIPT_SLOT = "receipt.package"
EXCHANGE_SLOT = "exchange.package"
ZIP = b"PK\x03\x04"


class PackageNotTaken(Refusal):
    """A package is not taken: nothing of it is, and the message names the file it is about."""

    code = "PACKAGE_REFUSED"
    status = 422


class PackageStage:
    """The stage of a form that takes a package (see `forms.files.FileStage`).

    The bytes go to the vault as a draft file; whoever begins the import keeps them for good.
    """

    def __init__(self, actor: Actor, slot: str, *, csv: bool = False) -> None:
        self.actor = actor
        self.slot = slot
        self.csv = csv

    def put(self, upload: FileStorage, *, field: str) -> StagedFile:
        """Take an upload whose first bytes are those of a ZIP (or, where wanted, of a text).

        :raises FileRefused: something else, empty, too large, or the disk would not.
        """
        staged = getattr(upload, "staged", None)
        if staged is None:
            staged = uploads.stage(upload.stream, upload.filename or "")
        if staged.too_large or staged.size > MAX_BYTES:
            raise FileRefused(
                _("檔案太大，沒有收下；上限是 %(limit)s。", limit=file_size(MAX_BYTES))
            )
        if staged.failed or not staged.size:
            raise FileRefused(_("檔案是空的，或沒有完整收到，請再上傳一次。"))
        with staged.path.open("rb") as stream:
            head = stream.read(1024)
        kind = "zip" if head.startswith(ZIP) else "csv"
        if kind == "csv" and (not self.csv or b"\0" in head):
            raise FileRefused(
                _("這不是 ZIP 或 CSV 檔，請選擇主管機關發給的收訖檔案。")
                if self.csv
                else _("這不是 ZIP 檔，請選擇他校產製的歷程交換 ZIP。")
            )
        try:
            file = vault.deposit(
                self.actor,
                staged.path,
                slot=self.slot,
                name=staged.file_name,
                media_type={"zip": "application/zip", "csv": "text/csv"}[kind],
                kind=kind,
                expires_at=clock.now() + timedelta(days=self._days()),
            )
        except Refusal as refusal:
            raise FileRefused(f"{refusal.message}{refusal.remedy}") from refusal
        return staged_file(file)

    def get(self, ref: str) -> StagedFile | None:
        """The person's own package; None for anybody else's and for what has expired."""
        file = own_package(self.actor, row_id(ref) or 0, self.slot)
        return staged_file(file) if file is not None else None

    def _days(self) -> int:
        assert self.actor.school_id is not None
        year = terms.term_of(clock.today()).academic_year
        return rules.number(self.actor.school_id, "draft.keep_days", year)


def own_package(actor: Actor, file_id: int, slot: str) -> StoredFile | None:
    """A package that this person uploaded for this purpose, in their school."""
    file = db.reading().get(StoredFile, file_id)
    if (
        file is None
        or file.state is FileState.PURGED
        or file.slot != slot
        or (file.owner_id, file.school_id) != (actor.person_id, actor.school_id)
    ):
        return None
    return file


def masked(national_id: str) -> str:
    """An ID as pages show it: enough to tell two people apart, not enough to use."""
    if len(national_id) < 6:
        return "••••"
    return f"{national_id[:2]}•••••{national_id[-3:]}"


def refused(error: PackageRefused) -> PackageNotTaken:
    """The same in the reader's words."""
    name = error.name
    words = {
        "not_zip": _("這個檔案不是完整的 ZIP，無法開啟。"),
        "password_needed": _("這個壓縮檔有密碼，請輸入密碼。"),
        "password_wrong": _("密碼不正確，無法解開「%(name)s」。", name=name),
        "password_or_broken": _("「%(name)s」解不開：密碼不正確，或檔案已損壞。", name=name),
        "broken": _("「%(name)s」的內容已損壞，與封裝時不同。", name=name),
        "hash": _("「%(name)s」的雜湊值與清單不符，內容已被更動或損壞。", name=name),
        "missing": _("壓縮檔裡缺少「%(name)s」。", name=name),
        "unlisted": _("「%(name)s」不在雜湊值清單裡，無法核對。", name=name),
        "no_list": _("壓縮檔裡沒有雜湊值清單 SHA.txt，無法核對。"),
        "list": _("雜湊值清單「%(name)s」的格式看不懂。", name=name),
        "path": _("壓縮檔裡的檔名「%(name)s」不安全，指向資料夾以外的地方。", name=name),
        "twice": _("壓縮檔裡有兩個「%(name)s」。", name=name),
        "too_many": _("壓縮檔裡的檔案太多。"),
        "too_large": _("壓縮檔解開後太大（%(name)s），可能是惡意檔案。", name=name or "ZIP"),
        "json_large": _(
            "「%(name)s」太大，JSON 檔的上限是 %(limit)s；請改索取 CSV 檔，或分成幾個檔案。",
            name=name,
            limit=file_size(JSON_BYTES),
        ),
        "layout": _("「%(name)s」不是看得懂的資料格式。", name=name or "JSON"),
        "no_records": _("檔案裡找不到任何一筆資料，可能欄位名稱和設定不同。"),
    }
    remedies = {
        "password_needed": _("密碼由製作這個檔案的單位另外告知。"),
        "password_wrong": _("請向製作這個檔案的單位確認密碼後，再試一次。"),
        "no_records": _("請到「收訖檔案欄位對照」確認欄位名稱。"),
        "layout": _("請確認選到的是正確的檔案；若格式改版，請到欄位對照設定。"),
    }
    return PackageNotTaken(
        words.get(error.reason, _("這個壓縮檔無法處理。")),
        remedy=remedies.get(error.reason, _("整個檔案都沒有匯入；請重新取得檔案後再試。")),
    )
