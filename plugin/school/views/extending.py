"""Pages that give one class, student or course more time, and take it back."""

from __future__ import annotations

from flask import flash, redirect, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from forms import page
from plugin import web
from plugin.errors import InvalidInput, Refusal
from plugin.school import calendar_queries, extensions, operations, queries, windows
from plugin.school.calendar_forms import ExtendForm, RevokeExtensionForm
from plugin.school.concerns import Concern
from plugin.school.terms import Term
from plugin.school.views._shared import asked_term, attempt, school_id


def extend() -> Response:
    """Give a class, a student or a course more time in one window of a year."""
    year = asked_term().academic_year
    form = ExtendForm()
    form.window.choices = _windows(year)
    told: list[Concern] = []
    if form.validate_on_submit():
        try:
            kind, term = form.chosen
            operations.extend_window(
                web.current_actor(),
                kind,
                year,
                form.until.data,
                form.reason.data or "",
                term=term,
                confirmed=bool(form.confirmed.data),
                **_holder(year, form),
            )
        except operations.Unconfirmed as refusal:
            told = refusal.concerns
            form.confirmed.errors = [_("請先看過提醒，再勾選確認。")]
        except Refusal as refusal:
            words = f"{refusal.message}{refusal.remedy}"
            form.add_errors(refusal.fields or {"holder": words})
        else:
            flash(_("已延長期限，並通知對方。"))
            return redirect(url_for("school.calendar", year=year))
    if not told:
        form.meta.groups = form.meta.groups[:1]
    return page.render(
        form,
        submit=_("延長期限"),
        cancel=url_for("school.calendar", year=year),
        template="school/calendar_extend.html",
        year=Term(year, 0),
        told=told,
    )


def revoke_extension(extension_id: int) -> Response:
    """Take an extension back."""
    found = extensions.one(school_id(), extension_id)
    year = found.extension.academic_year
    form = RevokeExtensionForm()
    if form.validate_on_submit() and attempt(
        form,
        lambda: operations.revoke_extension(
            web.current_actor(), extension_id, form.reason.data or ""
        ),
    ):
        flash(_("已撤銷延長，並通知對方。"))
        return redirect(url_for("school.calendar", year=year))
    return page.render(
        form,
        submit=_("撤銷延長"),
        cancel=url_for("school.calendar", year=year),
        template="school/calendar_revoke.html",
        year=Term(year, 0),
        given=found,
        window_title=windows.LABELS[found.extension.kind],
    )


def _windows(year: int) -> list[tuple[str, str]]:
    """The windows of a year that can be extended, each once, whatever grades have their own."""
    found: dict[str, str] = {}
    for one in windows.of_year(school_id(), year):
        if one.kind in extensions.STUDENTS | extensions.COURSES:
            words = str(windows.LABELS[one.kind])
            if one.term:
                words += (
                    _("（三年級第 %(n)s 梯次）", n=one.term)
                    if one.kind in windows.YEARLY
                    else _("（第 %(n)s 學期）", n=one.term)
                )
            found.setdefault(f"{one.kind}-{one.term}", words)
    return list(found.items())


def _holder(year: int, form: ExtendForm) -> dict[str, int]:
    """Whom the typed number or code means.

    :raises InvalidInput: nobody here.
    """
    text, ours = (form.holder.data or "").strip(), school_id()
    kind = form.holder_kind.data
    if kind == "student":
        person = queries.person_by_number(ours, text)
        if person is not None:
            return {"student_id": person.id}
        words = _("找不到學號「%(text)s」的學生。", text=text)
    elif kind == "class":
        for one in queries.classes(ours, year):
            if text in {one.code, one.name}:
                return {"class_id": one.id}
        words = _("這個學年度沒有代碼是「%(text)s」的班級。", text=text)
    else:
        course = calendar_queries.course_by_number(ours, year, text)
        if course is not None:
            return {"course_id": course.id}
        words = _("這個學年度沒有編號是「%(text)s」的課程。", text=text)
    raise InvalidInput(words, fields={"holder": words})
