"""Student affairs: the list of officer posts, one form, many at once in a grid."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response

from forms import page
from plugin import web
from plugin.actor import Actor
from plugin.errors import Refusal
from plugin.ids import row_id
from plugin.portfolio import pasting
from plugin.portfolio.forms.academic import (
    LEVELS,
    PostForm,
    PostGridForm,
    ReasonForm,
    post_data,
    term_choices,
)
from plugin.portfolio.models import CaseArea, OfficerPost, PostLevel
from plugin.portfolio.operations.academic import posts as operations
from plugin.portfolio.operations.academic.posts import PostInput, WrongPosts
from plugin.portfolio.queries.academic import people
from plugin.portfolio.views._shared import deadline, words_of
from plugin.portfolio.views.academic._shared import (
    asked_term,
    common,
    of,
    school_id,
    terms,
)
from plugin.school import queries as school_queries
from plugin.school.models import Person, PersonKind, SchoolClass, WindowKind
from plugin.school.terms import Term

BLANK_ROWS = 12
DUTY = (("duty", ("擔任職務", "職務", "幹部")),)


@dataclass
class GridRow:
    """One line of the grid: whose number, what duty; what is wrong with it."""

    number: str
    name: str = ""
    seat: int = 0
    duty: str = ""
    fault: str = ""


def post_list() -> str:
    """The posts of a term."""
    actor, term = web.current_actor(), asked_term()
    text, level_text = request.args.get("q", ""), request.args.get("level", "")
    level = PostLevel(level_text) if level_text in set(PostLevel) else None
    class_id = row_id(request.args.get("class"))
    classes = school_queries.classes(school_id(), term.academic_year)
    found = people.posts(
        actor, term, text=text, level=level, class_id=class_id, after=request.args.get("after")
    )
    counts = people.post_counts(actor, term)
    return render_template(
        "portfolio/academic/posts.html",
        found=found,
        counts=[(LEVELS[one], counts.get(one, 0)) for one in PostLevel],
        text=text,
        level=level.value if level else "",
        class_id=class_id,
        classes=[("", _("全部")), *((one.id, one.name) for one in classes)],
        levels=LEVELS,
        level_options=[("", _("全部")), *((one.value, words) for one, words in LEVELS.items())],
        banner=deadline(actor, WindowKind.POSTS, term.academic_year, term.term),
        filtered=bool(text or level or class_id),
        **common(term),
    )


def post_new() -> Response:
    """Enter one post."""
    term = asked_term()
    number = request.args.get("student", "")
    data = {"term": of(term), "number": number, **_term_days(term)}
    return _take(None, PostForm(data=None if request.form else data))


def post_edit(post_id: int) -> Response:
    """Put one post right; its student stays."""
    post = operations.seen_by_affairs(web.current_actor(), post_id)
    student = school_queries.people(school_id(), [post.student_id])[post.student_id]
    data = post_data(post, student.number)
    return _take(post, PostForm(data=None if request.form else data), student)


def post_remove(post_id: int) -> Response:
    """Take a post back, with a reason."""
    actor = web.current_actor()
    post = operations.seen_by_affairs(actor, post_id)
    form = ReasonForm()
    back = url_for("portfolio.post_list", of=f"{post.academic_year}-{post.term}")
    if form.validate_on_submit():
        try:
            operations.remove(actor, post_id, form.reason.data or "")
        except Refusal as refusal:
            form.add_errors(refusal.fields or {"": words_of(refusal)})
        else:
            flash(_("已刪除這筆幹部紀錄；原因會保留。"))
            return redirect(back)  # type: ignore[return-value]
    return page.render(
        form,
        submit=_("刪除"),
        cancel=back,
        template="portfolio/academic/reason.html",
        heading=_("刪除幹部紀錄"),
        what=f"{post.unit} {post.duty}",
        trail=[(_("幹部紀錄"), back), (_("刪除"), None)],
    )


def post_grid() -> Response:
    """Enter the posts of a class (its students are the rows) or of a club at once."""
    actor = web.current_actor()
    term = asked_term()
    class_id = row_id(request.args.get("class"))
    one = school_queries.school_class(school_id(), class_id) if class_id else None
    if one is not None:
        term = Term(one.academic_year, term.term)
    form = PostGridForm(data=None if request.form else _grid_data(one, term))
    rows = _grid_rows(one)
    faults: list[str] = []
    if request.form:
        _read_rows(rows)
        if request.form.get("act") == "fill":
            faults = _paste(rows)
        elif form.validate_on_submit() and _enter(actor, form, term, rows):
            back = url_for("portfolio.post_list", of=of(term))
            return redirect(back)  # type: ignore[return-value]
    where: dict[str, Any] = {"of": of(term), "class": class_id}
    response = page.render(
        form,
        template="portfolio/academic/post_grid.html",
        rows=rows,
        one=one,
        faults=faults,
        cancel=url_for("portfolio.post_list", of=of(term)),
        action=url_for("portfolio.post_grid", **where),
        classes=[
            ("", _("社團或校級（自行輸入學號）")),
            *((each.id, each.name) for each in _classes(term)),
        ],
        class_id=class_id,
        **common(term),
    )
    if faults or any(row.fault for row in rows):
        response.status_code = page.INVALID
    return response


def _take(post: OfficerPost | None, form: PostForm, student: Person | None = None) -> Response:
    actor = web.current_actor()
    term = Term(post.academic_year, post.term) if post else asked_term()
    form.term.choices = term_choices(_terms(term))
    if form.validate_on_submit():
        who = student or _student(form.number.data or "")
        if who is None:
            form.add_errors({"number": _("沒有這個學號的學生，請確認學號。")})
        elif _kept(actor, post, form.values(who.id), form):
            flash(_("已儲存%(name)s的幹部紀錄。", name=who.name))
            return redirect(url_for("portfolio.post_list", of=form.term.data))  # type: ignore[return-value]
    return page.render(
        form,
        submit=_("儲存"),
        cancel=url_for("portfolio.post_list", of=of(term)),
        template="portfolio/academic/post.html",
        post=post,
        student=student,
        waiting=people.open_cases_of(student.id, [CaseArea.POSTS]) if student else [],
        banner=deadline(actor, WindowKind.POSTS, term.academic_year, term.term),
        of=of(term),
    )


def _kept(actor: Actor, post: OfficerPost | None, values: PostInput, form: PostForm) -> bool:
    try:
        if post is None:
            operations.add(actor, values)
        else:
            version = request.form.get("version", type=int)
            operations.change(actor, post.id, values, version=version)
    except WrongPosts as refusal:
        form.add_errors({"": refusal.rows[0]})
        return False
    except Refusal as refusal:
        form.add_errors(refusal.fields or {"": words_of(refusal)})
        return False
    return True


def _enter(actor: Actor, form: PostGridForm, term: Term, rows: list[GridRow]) -> bool:
    """Enter the filled rows, all or none; what is wrong is put at its row."""
    filled = [row for row in rows if row.number and row.duty]
    for row in rows:
        if bool(row.number) != bool(row.duty) and not row.seat:
            row.fault = _("學號與職務都要填寫。")
    known = school_queries.people_by_number(school_id(), [row.number for row in filled])
    values = []
    for row in filled:
        who = known.get(row.number)
        if who is None or who.kind is not PersonKind.STUDENT:
            row.fault = _("沒有這個學號的學生。")
            continue
        row.name = who.name
        values.append(form.values(who.id, term, row.duty))
    if not filled:
        form.add_errors({"": _("請至少填寫一位學生的職務。")})
    if not filled or any(row.fault for row in rows):
        return False
    try:
        operations.add_many(actor, values)
    except WrongPosts as refusal:
        for place, words in refusal.rows.items():
            filled[place].fault = words
        form.add_errors({"": f"{refusal.message}{refusal.remedy}"})
        return False
    except Refusal as refusal:
        form.add_errors(refusal.fields or {"": words_of(refusal)})
        return False
    flash(ngettext("已登錄 %(num)s 筆幹部紀錄。", "已登錄 %(num)s 筆幹部紀錄。", len(values)))
    return True


def _grid_rows(one: SchoolClass | None) -> list[GridRow]:
    if one is None:
        return [GridRow("") for _n in range(BLANK_ROWS)]
    return [
        GridRow(student.number, student.name, seat)
        for seat, student in school_queries.students_of_class(one.id)
    ]


def _read_rows(rows: list[GridRow]) -> None:
    """What was typed; the students of a class are known by number, other rows come as they are."""
    numbers, duties = request.form.getlist("number"), request.form.getlist("duty")
    typed = list(
        zip((one.strip() for one in numbers), (one.strip() for one in duties), strict=False)
    )
    seated = {row.number: row for row in rows if row.seat}
    if seated:
        for number, duty in typed:
            if number in seated:
                seated[number].duty = duty[:200]
        return
    rows[:] = [GridRow(number[:32], duty=duty[:200]) for number, duty in typed[: operations.MOST]]
    rows += [GridRow("") for _n in range(BLANK_ROWS - len(rows))]


def _paste(rows: list[GridRow]) -> list[str]:
    """Put a paste of numbers and duties into the rows; what could not be used is said."""
    text = request.form.get("paste", "")
    seated = {row.number: row for row in rows if row.seat}
    if seated:
        names = {number: row.name for number, row in seated.items()}
    else:
        asked = {line.split("\t")[0].strip() for line in text.splitlines()}
        known = school_queries.people_by_number(school_id(), asked)
        names = {
            number: one.name for number, one in known.items() if one.kind is PersonKind.STUDENT
        }
    found = pasting.read(text, DUTY, names)
    for number, cells in found.cells.items():
        row = seated.get(number) or next((one for one in rows if one.number == number), None)
        if row is None:
            row = next((one for one in rows if not one.number), None) or GridRow("")
            if row not in rows:
                rows.append(row)
            row.number, row.name = number, names[number]
        row.duty = cells.get("duty", "")
    return found.faults


def _grid_data(one: SchoolClass | None, term: Term) -> dict[str, object]:
    found = _term_days(term)
    if one is not None:
        found |= {"level": PostLevel.CLASS.value, "unit": one.name}
    return found


def _term_days(term: Term) -> dict[str, object]:
    return {"starts_on": term.first_day, "ends_on": term.last_day}


def _terms(term: Term) -> list[Term]:
    some = terms()
    return some if term in some else [term, *some]


def _classes(term: Term) -> list[SchoolClass]:
    return school_queries.classes(school_id(), term.academic_year)


def _student(number: str) -> Person | None:
    found = school_queries.person_by_number(school_id(), number)
    return found if found is not None and found.kind is PersonKind.STUDENT else None
