"""The off-line viewer of an export: one page and its style sheet, opened from a disk.

No network, no server, no frame: the page's own policy allows files beside it, its style sheet and
its one script (by hash). Without script everything is there to read; with it there is a search and
the other language.
"""

from __future__ import annotations

import base64
import hashlib
from functools import lru_cache
from pathlib import Path
from urllib.parse import quote

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from reports.dossier import Dossier, Said
from reports.manifest.words import file_size, roc_moment

FOLDER = Path(__file__).resolve().parent.parent / "templates" / "viewer"
STYLE = "viewer.css"

WORDS = {
    "search": Said("搜尋紀錄", "Search the records"),
    "hint": Said(
        "輸入課程、名稱、簡述或檔名；按 Enter 跳到第一筆，按 Esc 清除。",
        "Type a course, title, summary or file name; Enter goes to the first, Esc clears.",
    ),
    "found": Said("符合 {n} 筆", "{n} found"),
    "skip": Said("跳到紀錄", "Skip to the records"),
    "contents": Said("目錄", "Contents"),
    "files": Said("檔案", "Files"),
    "history": Said("紀錄", "History"),
    "made": Said("製作時間", "Made"),
    "records": Said("筆", "records"),
    "nothing": Said("沒有紀錄。", "No records."),
    "untitled": Said("（未命名）", "(untitled)"),
    "inside": Said("校內資料，不提交", "School-internal, not submitted"),
    "top": Said("回到最上面", "Back to the top"),
    "pdf": Said("開啟 PDF 版", "Open the PDF"),
    "sums": Said("雜湊清單", "List of hashes"),
    "check": Said(
        "檢查檔案是否完整：在這個資料夾開啟終端機，執行 sha256sum -c sha256sum.txt。",
        "To check that the files are whole: open a terminal in this folder and run "
        "sha256sum -c sha256sum.txt.",
    ),
    "receipt": Said("收據", "Receipt"),
    "language": Said("語言", "Language"),
}
"""The viewer's own words; those of the records come with them."""


def viewer_html(dossier: Dossier, *, pdf: str, sums: str, data: str) -> bytes:
    """The page.

    :param pdf: path of the PDF portfolio beside it. :param sums: of the list of hashes.
    :param data: of the records as JSON.
    """
    script = (FOLDER / "viewer.js").read_text(encoding="utf-8").strip()
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    page = (
        _environment()
        .get_template("index.html")
        .render(
            dossier=dossier,
            words=WORDS,
            # our own, as the policy names it by its hash: escaped it would be another one
            script=Markup(f"<script>{script}</script>"),  # noqa: S704
            digest=digest,
            style=STYLE,
            pdf=pdf,
            sums=sums,
            data=data,
            made_at=roc_moment(dossier.made_at),
        )
    )
    return page.encode()


def viewer_css() -> bytes:
    """Its style sheet."""
    return (FOLDER / STYLE).read_bytes()


def address(path: str) -> str:
    """A path inside the package as a relative address."""
    return quote(path)


@lru_cache(maxsize=1)
def _environment() -> Environment:
    made = Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters.update(address=address, file_size=file_size)
    return made
