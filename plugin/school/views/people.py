"""Pages of people and their roles."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from forms import page
from plugin import clock, web
from plugin.actor import Role
from plugin.errors import NotFound
from plugin.ids import row_id
from plugin.school import operations, queries
from plugin.school import roles as role_words
from plugin.school.forms import KINDS, GrantForm, PersonForm, RevokeForm
from plugin.school.models import Person, PersonKind
from plugin.school.terms import term_of
from plugin.school.views._shared import attempt, school_id


def people() -> str:
    """People by number, searched by number, name or e-mail."""
    text = request.args.get("q", "")
    kind = request.args.get("kind", "")
    found = queries.search_people(
        school_id(),
        text,
        request.args.get("after"),
        kind=PersonKind(kind) if kind in set(PersonKind) else None,
    )
    placed = queries.class_of([one.id for one in found.items], _year())
    return render_template(
        "school/people.html",
        found=found,
        text=text,
        kind=kind,
        kinds=KINDS,
        placed=placed,
    )


def person(person_id: int) -> str:
    """One person: what the school knows, their roles, class and courses."""
    one = _person(person_id)
    year = _year()
    held = queries.roles_of(school_id(), one.id, clock.today())
    administrator = web.current_actor().has(Role.ADMINISTRATOR)
    student = one.kind is PersonKind.STUDENT
    listed = (
        queries.courses_of_student(one.id, year)
        if student
        else queries.courses_of_teacher(one.id, year)
    )
    return render_template(
        "school/person.html",
        person=one,
        kinds=KINDS,
        labels=role_words.LABELS,
        held=sorted(held),
        grants=[grant for grant, _holder in queries.grants(school_id(), person_id=one.id)],
        placed=queries.class_of([one.id], year).get(one.id),
        courses=listed,
        may_identify=administrator or Role.ADMINISTRATOR not in held,
        may_grant=administrator and one.kind is PersonKind.STAFF and one.active,
    )


def add_person() -> Response:
    """Enter one person by hand."""
    form = PersonForm()
    if form.validate_on_submit():
        made: list[Person] = []

        def save() -> None:
            made.append(
                operations.add_person(
                    web.current_actor(),
                    PersonKind(form.kind.data),
                    form.number.data or "",
                    form.name.data or "",
                    email=form.email.data,
                )
            )

        if attempt(form, save):
            flash(_("已新增 %(name)s。", name=made[0].name))
            return redirect(url_for("school.person", person_id=made[0].id))
    return page.render(form, submit=_("新增"), cancel=url_for("school.people"))


def grant_role(person_id: int) -> Response:
    """Give a person a role, with a reason."""
    one = _person(person_id)
    form = GrantForm(data=None if request.form else {"starts_on": clock.today()})
    if form.validate_on_submit() and attempt(
        form,
        lambda: operations.grant_role(
            web.current_actor(),
            person_id,
            Role(form.role.data),
            reason=form.reason.data or "",
            starts_on=form.starts_on.data,
            ends_on=form.ends_on.data,
        ),
    ):
        flash(
            _(
                "已授予 %(name)s「%(role)s」。",
                name=one.name,
                role=role_words.LABELS[Role(form.role.data)],
            )
        )
        return redirect(url_for("school.person", person_id=person_id))
    return page.render(
        form,
        submit=_("授予角色"),
        cancel=url_for("school.person", person_id=person_id),
        template="school/grant.html",
        person=one,
    )


def roles() -> str:
    """Who holds which granted role, revoked ones too."""
    after = row_id(request.args.get("after"))
    rows = queries.grants(school_id(), after=after, limit=51)
    return render_template(
        "school/roles.html",
        rows=rows[:50],
        next=rows[49][0].id if len(rows) > 50 else None,
        labels=role_words.LABELS,
        today=clock.today(),
    )


def revoke_role(grant_id: int) -> Response:
    """Take a role back, with a reason."""
    grant, holder = queries.grant(school_id(), grant_id)
    form = RevokeForm()
    if form.validate_on_submit() and attempt(
        form, lambda: operations.revoke_role(web.current_actor(), grant_id, form.reason.data or "")
    ):
        flash(_("已撤銷。"))
        return redirect(url_for("school.person", person_id=holder.id))
    return page.render(
        form,
        submit=_("撤銷角色"),
        cancel=url_for("school.person", person_id=holder.id),
        template="school/grant.html",
        person=holder,
        role=role_words.LABELS[Role(grant.role)],
    )


def _person(person_id: int) -> Person:
    found = queries.person(school_id(), person_id)
    if found is None:
        raise NotFound(_("找不到這個人。"), remedy=_("請由人員名單重新選擇。"))
    return found


def _year() -> int:
    return term_of(clock.today()).academic_year
