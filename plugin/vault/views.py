"""Files and receipts: pages that work without cookies, session or launch; who opened what."""

from __future__ import annotations

from flask import Response, redirect, render_template, request, send_file, url_for
from flask_babel import gettext as _

from plugin import web
from plugin.actor import Role
from plugin.errors import NotFound
from plugin.ids import row_id
from plugin.vault import links, names, operations, previews, queries, receipts
from plugin.vault.links import LinkEnded
from plugin.vault.models import FileState, StoredFile
from plugin.web import Route, public, room


def download(token: str) -> Response:
    """Public: the sealed token in the address is the proof, and says which file until when.

    Always `attachment`, never run: `<img>`, `<audio>` and `<video>` show it all the same.
    """
    return _harmless(_whole(_granted(token)))


def lent(token: str) -> Response:
    """Public: whoever holds the workbook that the registry handed in may fetch its files, until
    the day that is in the link's row, or until it is taken back."""
    link = queries.lent(*links.read_lent(token))
    if link is None:
        raise LinkEnded(
            _("這個檔案連結已失效。"),
            remedy=_("連結有使用期限，也可能已由學校停用。請向學校索取。"),
        )
    file = _there(link.file_id)
    operations.note_opening(file, link_id=link.id)
    response = _harmless(_whole(file))
    response.headers["Cache-Control"] = "no-store"  # taken back is taken back
    return response


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


def openings() -> str:
    """Who opened what by a link, newest first: the whole school's, or one file's."""
    return _openings(mine=False)


def own_openings() -> str:
    """The same of one's own files."""
    return _openings(mine=True)


def _openings(*, mine: bool) -> str:
    actor = web.current_actor()
    found = queries.openings(
        actor,
        owner_id=actor.person_id if mine else None,
        file_id=row_id(request.args.get("file")),
        before=row_id(request.args.get("before")),
    )
    return render_template("vault/openings.html", found=found, mine=mine, reader_id=actor.person_id)


def _granted(token: str) -> StoredFile:
    grant = links.read(token)
    file = _there(grant.file_id)
    links.require_standing(grant, file)
    operations.note_opening(file, reader_id=grant.reader_id or None)
    return file


def _there(file_id: int) -> StoredFile:
    file = queries.files([file_id]).get(file_id)
    if file is None or file.state == FileState.PURGED:
        raise NotFound(_("這個檔案已經刪除。"))
    return file


def _whole(file: StoredFile) -> Response:
    response = send_file(
        queries.path(file.sha256, file.size),
        mimetype=file.media_type,
        conditional=True,  # Range: sound and film can be wound
        etag=file.sha256,
        max_age=600,
    )
    response.headers["Content-Disposition"] = names.disposition(file.name)
    return response


def _harmless(response: Response) -> Response:
    """What people handed in is never a page of ours, whatever it contains."""
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cache-Control"] = "private, max-age=600"
    return response


_SIGNED = "the sealed address names one file, of whatever school"

routes = [
    Route("/files/<token>/page/<int:number>.png", page, public, across=_SIGNED),
    Route("/files/<token>", download, public, across=_SIGNED),
    Route("/files/lent/<token>", lent, public, across=_SIGNED),
    Route("/openings", openings, web.holding(Role.ADMINISTRATOR)),
    Route("/openings/mine", own_openings, web.bound),
    Route("/receipts", receipt_search, public),
    Route("/receipts/<number>", receipt, public, across="whoever holds a receipt may check it"),
]

blueprint = room("vault", routes)
