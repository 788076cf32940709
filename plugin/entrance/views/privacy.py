"""What Licheng keeps of a person, why, how long, and their rights (data-privacy launch).

The 1EdTech draft lets an administrator come here on behalf of a user (`for_user`), to answer that
user's request. Here that takes a role of the school, registry or administrator, besides whatever
the LMS calls them; everybody else sees their own, whoever the message names.
"""

from __future__ import annotations

from flask import render_template, session
from flask_babel import gettext as _

from plugin import web
from plugin.actor import Role
from plugin.assistant import language_model
from plugin.entrance import agreement, loading, queries, visits
from plugin.entrance.models import LaunchPerson
from plugin.entrance.operations import privacy as operations
from plugin.entrance.session import Launched
from plugin.errors import NotFound
from plugin.school import queries as school
from plugin.trail import holdings
from plugin.trail.holdings import About

KEEPERS = (Role.REGISTRY, Role.ADMINISTRATOR)


def privacy() -> str:
    """Everything any room keeps of the launching person; needs no binding and no course."""
    actor, found = web.current_actor(), loading.launched()
    assert actor.school_id is not None
    keeper = actor.has(*KEEPERS)
    subject = session.get("privacy_of")
    if found is not None and subject and keeper:
        other = _account_of(found, subject)
        operations.looked_up(actor, other.id)
        about = About(found.school_id, other.person_id, other.id)
        return _page(about, other, own=False)
    about = About(actor.school_id, actor.person_id, actor.launch_person_id)
    own = (
        queries.account(actor.school_id, actor.launch_person_id)
        if found is not None and actor.launch_person_id is not None
        else None
    )
    return _page(about, own, own=True, keeper=keeper, courses=_courses(found))


def _account_of(found: Launched, subject: str) -> LaunchPerson:
    """The user that the platform asks about, in this school.

    :raises NotFound: nothing was ever kept of them, which is an answer as well.
    """
    account = queries.account_of_subject(found.school_id, found.registration_id, subject)
    if account is None:
        raise NotFound(
            _("歷程沒有這位使用者的資料：這個帳號從來沒有從平臺開啟過歷程。"),
            remedy=_("若校內名冊有這個人，請到「人員」以姓名或學號尋找。"),
        )
    return account


def _courses(found: Launched | None) -> str:
    """The courses of the launch by name."""
    if found is None or found.launch_context_id is None:
        return ""
    return _("、").join(one.name for one in queries.courses_of_context(found.launch_context_id))


def _page(
    about: About,
    account: LaunchPerson | None,
    *,
    own: bool,
    keeper: bool = False,
    courses: str = "",
) -> str:
    person = school.person(about.school_id, about.person_id) if about.person_id else None
    return render_template(
        "entrance/privacy.html",
        school=school.school(about.school_id),
        account=account,
        person=person,
        courses=courses,
        holdings=holdings.of(about),
        answer=queries.terms_answer(about.school_id, account.id) if account else None,
        version=agreement.current(),
        own=own,
        visitor=own and visits.of_school() is not None,
        keeper=keeper,
        sending=language_model.sending(),
    )
