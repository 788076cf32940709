"""The public pass list 通過名單, a line of it, the whole as a table; checking a certificate.

Nobody needs a session. What may be shown of whom decides `queries.passed`, not a page.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator

from flask import abort, request, send_file
from flask_babel import get_locale
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from forms.page import INVALID
from plugin import clock
from plugin.certification import human, policy
from plugin.certification.certificates import CATEGORY_LABELS, STANDING_LABELS, missing
from plugin.certification.operations import door_counts, publishing
from plugin.certification.queries import passed
from plugin.certification.views import results_shared as shared
from plugin.certification.views.area_shared import ACROSS, of_office, page, visitor
from plugin.school.models import School
from plugin.web import Route
from reports.sheets import write_csv

HERE = "pass_list"


@of_office
def pass_list(office: School) -> str:
    """Public: who was certified (環境教育人員認證及管理辦法 §18)."""
    now = shared.asked()
    return page(
        "certification/results_list.html",
        office,
        HERE,
        found=passed.listed(office.id, now, after=request.args.get("after")),
        total=passed.count(office.id, now),
        filters=shared.filters(now, passed.years(office.id)),
        narrowed=now.narrows,
        same=shared.arguments(now),
        **shared.words(),
    )


@of_office
def pass_table(office: School) -> Response:
    """Public: the same lines as a CSV. E-mail addresses are not in it."""
    publishing.allow_table(office.id, visitor())
    # Written before it is sent: what is read belongs to this request and its school.
    table = tempfile.TemporaryFile()  # noqa: SIM115 - the response closes it
    write_csv(table, _header(), _lines(office.id, shared.asked()))
    table.seek(0)
    name = f"{office.code}-certified-{clock.today():%Y%m%d}.csv"
    return send_file(table, mimetype="text/csv", as_attachment=True, download_name=name)


@of_office
def passed_one(office: School, certificate_id: int) -> Response | str:
    """Public: one line with its history; the e-mail of a holder who agreed to its publication is
    told to whoever answers a question, one address at a time."""
    one = passed.one_of(office.id, certificate_id)
    if one is None:
        raise missing()
    email, wrong = "", ""
    if request.method == "POST" and one.has_email:
        ticket = human.read(office.id, request.form.get("question", ""))
        if _right(ticket, office):
            email = publishing.tell_email(office.id, one.id, visitor())
        else:
            wrong = _("答案不對，或停留太久，請再回答一次。")
    asks = one.has_email and not email
    body = page(
        "certification/results_list_one.html",
        office,
        HERE,
        one=one,
        events=passed.events(one.id),
        replaced_by=passed.replaced_by(one.id),
        email=email,
        wrong=wrong,
        question=human.ask(office.id, str(get_locale())) if asks else None,
        **shared.words(),
    )
    return Response(body, INVALID if wrong else 200, mimetype="text/html")


@of_office
def verify_certificate(office: School, verification: str) -> str:
    """Public: whoever holds a certificate may check it by the code on it."""
    found = publishing.verify(office.id, verification, visitor())
    if found is None:
        abort(404)
    return page(
        "certification/results_verify.html",
        office,
        "",
        one=found,
        events=passed.events(found.id),
        replaced_by=passed.replaced_by(found.id),
        **shared.words(),
    )


def _right(ticket: human.Ticket | None, office: School) -> bool:
    """Whether a question of ours was answered rightly, once."""
    if ticket is None or not ticket.fresh:
        return False
    unused = door_counts.use_question(office.id, ticket.mark, visitor())
    return unused and ticket.takes(request.form.get("answer", ""))


def _header() -> list[str]:
    return [
        _("證書字號"), _("類別"), _("狀態"), _("核發日期"), _("狀態日期"), _("姓名"),
        _("專業領域"), _("有效至"),
    ]  # fmt: skip


def _lines(school_id: int, asked: passed.Filter) -> Iterator[list[str]]:
    labels = {one: str(label) for one, label in CATEGORY_LABELS.items()}
    stands = {one: str(label.text) for one, label in STANDING_LABELS.items()}
    endless = _("無期限")
    for one in passed.everything(school_id, asked):
        until = endless if one.endless else str(one.expires_on or "")
        yield [
            one.number, labels[one.category], stands[one.standing], str(one.issued_on),
            str(one.since), one.name, one.field, until,
        ]  # fmt: skip


_HOME = "/office/<code>/certification"
routes = [
    Route(f"{_HOME}/list", pass_list, policy.anybody, across=ACROSS),
    Route(f"{_HOME}/list/table", pass_table, policy.anybody, across=ACROSS),
    Route(
        f"{_HOME}/list/<int:certificate_id>",
        passed_one,
        policy.anybody,
        ("GET", "POST"),
        across=ACROSS,
    ),
    Route(f"{_HOME}/verify/<verification>", verify_certificate, policy.anybody, across=ACROSS),
]
