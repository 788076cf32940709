"""The exact way to turn what people have into what can be taken."""

from __future__ import annotations

from collections.abc import Collection

from flask_babel import gettext as _

NAMES = {"pdf": "PDF", "jpg": "JPG", "png": "PNG", "mp3": "MP3", "mp4": "MP4"}


def allowed(kinds: Collection[str]) -> str:
    """`PDF、JPG、PNG`."""
    return _("、").join(NAMES[kind] for kind in NAMES if kind in kinds)


def found(kind: str) -> str:
    """The plain name of a type that is not taken; empty when nothing is known."""
    names = {
        "heic": _("HEIC 照片"),
        "mov": _("MOV 影片"),
        "m4a": _("M4A 錄音"),
        "aac": _("AAC 錄音"),
        "amr": _("AMR 錄音"),
        "wav": _("WAV 錄音"),
        "ogg": _("OGG 錄音"),
        "flac": _("FLAC 錄音"),
        "3gp": _("3GP 影片"),
        "avi": _("AVI 影片"),
        "webm": _("WebM 影片"),
        "wmv": _("WMV 影片"),
        "flv": _("FLV 影片"),
        "docx": _("Word 文件"),
        "pptx": _("PowerPoint 簡報"),
        "xlsx": _("Excel 試算表"),
        "office": _("舊版 Office 文件"),
        "odf": _("ODF 文件"),
        "iwork": _("Pages、Keynote 或 Numbers 文件"),
        "gif": _("GIF 圖片"),
        "bmp": _("BMP 圖片"),
        "tiff": _("TIFF 圖片"),
        "webp": _("WebP 圖片"),
        "svg": _("SVG 圖片"),
        "html": _("網頁 (HTML)"),
        "text": _("純文字"),
        "archive": _("壓縮檔"),
        "program": _("執行檔"),
        "pdf": _("PDF 文件"),
        "jpg": _("JPG 圖片"),
        "png": _("PNG 圖片"),
        "mp3": _("MP3 錄音"),
        "mp4": _("MP4 影片"),
    }
    return names.get(kind, "")


def conversion(kind: str, kinds: Collection[str]) -> str:
    """How to convert `kind` into one of `kinds`; empty when there is no such way."""
    how = _to_document(kind) if {"pdf", "jpg", "png"} & set(kinds) else ""
    if not how and {"mp3", "mp4"} & set(kinds):
        how = _to_media(kind)
    return how


def _to_document(kind: str) -> str:
    if kind == "heic":
        return _(
            "iPhone：在「照片」選取這張照片，按分享，選「儲存到檔案」前先點上方「選項」，格式選「最相容」，"
            "即成 JPG；或到「設定 → 相機 → 格式」改選「最相容」後重拍。"
            "電腦：用「小畫家」或「預覽程式」開啟，另存成 JPG。"
        )
    if kind == "docx":
        return _(
            "Word：「檔案 → 另存新檔」，檔案類型選 PDF。"
            "Google 文件：「檔案 → 下載 → PDF 文件 (.pdf)」。"
        )
    if kind == "pptx":
        return _(
            "PowerPoint：「檔案 → 匯出 → 建立 PDF/XPS」。"
            "Google 簡報：「檔案 → 下載 → PDF 文件 (.pdf)」。"
        )
    if kind in {"xlsx", "office", "odf"}:
        return _("用原來的程式開啟，「檔案 → 另存新檔」或「匯出」，檔案類型選 PDF。")
    if kind == "iwork":
        return _("在 Pages、Keynote 或 Numbers 選「檔案 → 輸出至 → PDF」。")
    if kind in {"gif", "bmp", "tiff", "webp", "svg"}:
        return _("用「小畫家」或「預覽程式」開啟，另存成 JPG 或 PNG。")
    if kind in {"html", "text"}:
        return _("在瀏覽器或編輯程式選「列印」，印表機選「另存為 PDF」。")
    return ""


def _to_media(kind: str) -> str:
    if kind in {"mov", "3gp", "avi", "webm", "wmv", "flv"}:
        return _(
            "電腦：用 VLC 開啟「媒體 → 轉換/儲存」，加入這個檔案，"
            "設定檔選「Video - H.264 + MP3 (MP4)」。"
            "iPhone：用 iMovie 開啟影片，按分享選「儲存影片」，再以電腦轉成 MP4。"
        )
    if kind in {"m4a", "aac", "amr", "wav", "ogg", "flac"}:
        return _(
            "電腦：用 VLC 開啟「媒體 → 轉換/儲存」，加入這個檔案，設定檔選「Audio - MP3」。"
            "Mac 的「音樂」：「檔案 → 轉換 → 製作 MP3 版本」。"
        )
    return ""
