"""Files and receipts: pages that work without cookies, session or launch."""

from __future__ import annotations

from flask import Response, redirect, render_template, request, send_file, url_for
from flask_babel import gettext as _

from plugin.errors import NotFound
from plugin.vault import links, names, previews, queries, receipts
from plugin.vault.models import FileState, StoredFile
from plugin.web import Route, public, room


def download(token: str, name: str) -> Response:
    """Public: the signature in the address is the proof, and says which file until when.

    Always `attachment`, never run: `<img>`, `<audio>` and `<video>` show it all the same.
    """
    file = _granted(token)
    response = send_file(
        queries.path(file.sha256, file.size),
        mimetype=file.media_type,
        conditional=True,  # Range: sound and film can be wound
        etag=file.sha256,
        max_age=600,
    )
    response.headers["Content-Disposition"] = names.disposition(file.name)
    return _harmless(response)


def page(token: str, number: int) -> Response:
    """Public for the same reason: a page of a PDF as a picture."""
    file = _granted(token)
    if file.kind != "pdf":
        raise NotFound(_("只有 PDF 可以逐頁預覽。"))
    picture = previews.page(queries.path(file.sha256, file.size), file.sha256, number)
    response = send_file(picture, mimetype="image/png", conditional=True, max_age=600)
    response.headers["Content-Disposition"] = names.disposition(f"page-{number}.png", inline=True)
    return _harmless(response)


def receipt_search() -> str | Response:
    """Public: whoever was shown a receipt may check it. Tells hash, time, size; nobody's name."""
    number = request.args.get("number", "").strip().upper()
    if number:
        code = request.args.get("code", "").strip()
        return redirect(url_for("vault.receipt", number=number, code=code))  # type: ignore[return-value]
    return render_template("vault/receipt_search.html")


def receipt(number: str) -> tuple[str, int]:
    """Public: see `receipt_search`. Without the right code it tells nothing at all."""
    found = queries.receipt(number.upper())
    if found is None or not receipts.genuine(found, request.args.get("code", "")):
        return render_template("vault/receipt_unknown.html", number=number), 404
    return render_template(
        "vault/receipt.html",
        receipt=found,
        code=receipts.code(found),
        purged_at=found.file.purged_at,
    ), 200


def _granted(token: str) -> StoredFile:
    grant = links.read(token)
    file = queries.files([grant.file_id]).get(grant.file_id)
    if file is None or file.state == FileState.PURGED:
        raise NotFound(_("這個檔案已經刪除。"))
    return file


def _harmless(response: Response) -> Response:
    """What people handed in is never a page of ours, whatever it contains."""
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cache-Control"] = "private, max-age=600"
    return response


_SIGNED = "the signed address names one file, of whatever school"

routes = [
    Route("/files/<token>/page/<int:number>.png", page, public, across=_SIGNED),
    Route("/files/<token>/<name>", download, public, across=_SIGNED),
    Route("/receipts", receipt_search, public),
    Route("/receipts/<number>", receipt, public, across="whoever holds a receipt may check it"),
]

blueprint = room("vault", routes)
