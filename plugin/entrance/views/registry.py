"""The registry's queue: accounts of the LMS and courses of the LMS that nothing has identified."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from plugin import web
from plugin.entrance import queries
from plugin.entrance.operations import binding, claiming
from plugin.entrance.views import arrival
from plugin.errors import InvalidInput
from plugin.ids import row_id
from plugin.school import queries as school


def people() -> str:
    """Accounts that wait, each with the people it could be."""
    return render_template(
        "entrance/people.html",
        page=queries.waiting_people(_school(), request.args.get("after")),
        count=queries.waiting_count(_school()),
    )


def person(launch_person_id: int) -> str:
    """One account: search the person it belongs to."""
    text = request.args.get("text", "")
    account = queries.account(_school(), launch_person_id)
    found = school.search_people(_school(), text or account.name) if text or account.name else None
    return render_template(
        "entrance/person.html", account=account, text=text, found=found.items if found else ()
    )


def bind(launch_person_id: int) -> Response:
    """Say who an account is."""
    chosen = row_id(request.form.get("person"))
    if chosen is None:
        raise InvalidInput(_("請選擇一個人。"))
    binding.bind_person(web.current_actor(), launch_person_id, chosen)
    flash(_("已完成配對，此人下一次點選頁面就會生效。"))
    return redirect(url_for("entrance.people"), 303)


def unbind(launch_person_id: int) -> Response | tuple[str, int]:
    """Undo a binding; asks once more before nobody could come in as administrator."""
    sure = request.form.get("sure") == "1"
    try:
        binding.unbind_person(web.current_actor(), launch_person_id, sure=sure)
    except binding.LastAdministrator as last:
        account = queries.account(_school(), launch_person_id)
        page = render_template(
            "layout/confirm.html",
            title=_("解除最後一個系統管理者帳號？"),
            facts=[(_("平臺上的姓名"), account.name or "—")],
            consequences=[
                last.message,
                _(
                    "解除後，貴校沒有人能核可部署、授予角色或變更設定，須請主機的維護者發給新的認領代碼。"
                ),
                last.remedy,
            ],
            action=url_for("entrance.unbind", launch_person_id=launch_person_id),
            submit=_("仍要解除配對"),
            danger=True,
            cancel=url_for("entrance.bound"),
            hidden={"sure": "1"},
        )
        return page, last.status
    flash(_("已解除配對，此帳號回到待配對清單。"))
    return redirect(url_for("entrance.bound"), 303)


def bound() -> str:
    """Bound accounts, to look over and undo."""
    page = queries.bound_people(_school(), request.args.get("after"))
    return render_template("entrance/bound.html", page=page)


def person_code(person_id: int) -> str:
    """A one-time code for a slip of paper; shown once."""
    code = claiming.person_code(web.current_actor(), person_id)
    return render_template(
        "entrance/code.html", code=code, person=school.person(_school(), person_id)
    )


def contexts() -> str:
    """LMS courses and the roster courses that they stand for."""
    page = queries.contexts(_school(), request.args.get("after"))
    return render_template("entrance/contexts.html", page=page)


def context(context_id: int) -> Response:
    """Choose the roster courses of one LMS course."""
    return arrival.choose_courses(context_id)


def _school() -> int:
    school_id = web.current_actor().school_id
    assert school_id is not None
    return school_id
