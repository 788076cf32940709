"""Whose records are asked for: a parent's children, a counsellor's students, by name or all."""

from __future__ import annotations

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from plugin import clock
from plugin.actor import Actor, Role
from plugin.errors import InvalidInput, NotFound
from plugin.portfolio.queries import counsellors
from plugin.portfolio.queries.experiences import companion_of
from plugin.school import queries as school
from plugin.school.models import Person
from plugin.school.terms import term_of
from plugin.skills import Asked

FAMILY = _l("學生與家長")
MOST = 3
"""Of so many students a conversation tells at once."""


def children(actor: Actor, asked: Asked) -> list[Person]:
    """The actor's children that are meant, by number; all of them when none is named.

    :raises NotFound: somebody else's child is named, or there is no child.
    """
    assert actor.school_id is not None
    found = [one for one in school.people(actor.school_id, actor.child_ids).values() if one.active]
    found.sort(key=lambda one: one.number)
    named = [one for one in found if called(one.name, asked)]
    if not found or (asked.slots.get("student") and not named):
        raise NotFound(
            _("找不到這位學生，或您不是他的家長。"), remedy=_("如果資料有誤，請洽註冊組。")
        )
    return named or found


def called(name: str, asked: Asked) -> bool:
    """Whether the sentence names this person, by the whole name or the given one."""
    slot = str(asked.slots.get("student", ""))
    if slot:
        return slot in name or name in slot
    return name in asked.words or (len(name) > 2 and name[1:] in asked.words)


def companions(actor: Actor, asked: Asked) -> list[Person]:
    """The students that are meant whom the actor may look after: own children, those of the own
    class, those that a counsellor has.

    :raises NotFound: nobody of them is called so. :raises InvalidInput: a teacher names nobody, or
        so little that many are meant.
    """
    if not asked.slots.get("student") and actor.has(Role.PARENT):
        return children(actor, asked)
    found = {one.id: one for one in _of_class(actor, asked)}
    name = str(asked.slots.get("student", ""))
    if name and actor.has(Role.COUNSELLOR):
        wanted = counsellors.Wanted(text=name)
        lines = counsellors.own_students(actor, wanted, limit=MOST + 1).items
        found |= {line.student.id: line.student for line in lines}
    if actor.has(Role.PARENT):
        assert actor.school_id is not None
        of_family = school.people(actor.school_id, actor.child_ids)
        found |= {key: one for key, one in of_family.items() if called(one.name, asked)}
    seen = [one for one in found.values() if companion_of(actor, one.id) is not None]
    if not seen and not name:
        raise InvalidInput(
            _("請說出學生的姓名。"), remedy=_("例如：看陳怡安的修課紀錄；只限您的學生。")
        )
    if not seen:
        raise NotFound(
            _("找不到這位學生，或您不是他的家長、導師或課程諮詢教師。"),
            remedy=_("如果資料有誤，請洽註冊組。"),
        )
    if len(seen) > MOST:
        raise InvalidInput(_("符合的學生不只一位。"), remedy=_("請說出全名或學號。"))
    return sorted(seen, key=lambda one: one.number)


def _of_class(actor: Actor, asked: Asked) -> list[Person]:
    """Those who are named, of the classes whose homeroom teacher the actor is."""
    if not actor.has(Role.HOMEROOM) or actor.school_id is None or actor.person_id is None:
        return []
    year = term_of(clock.today()).academic_year
    return [
        one
        for of in school.homeroom_classes(actor.school_id, actor.person_id, year)
        for _seat, one in school.students_of_class(of.id)
        if called(one.name, asked)
    ]
