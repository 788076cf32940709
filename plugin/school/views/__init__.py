"""The school's own pages: calendar, rules, people and roles, classes and courses."""

from plugin.school import policy
from plugin.school.views import calendar, people, roster
from plugin.web import Route, room

BOTH = ("GET", "POST")

routes = [
    Route("/calendar", calendar.calendar, policy.onlookers),
    Route(
        "/calendar/<int:year>/<int(min=0,max=2):term>/<kind>/<int(min=0,max=4):grade>",
        calendar.set_window,
        policy.keepers,
        methods=BOTH,
    ),
    Route("/rules", calendar.rules, policy.onlookers),
    Route("/rules/<name>", calendar.rule, policy.onlookers),
    Route("/rules/<name>/edit", calendar.edit_rule, policy.administrators, methods=BOTH),
    Route("/people", people.people, policy.keepers),
    Route("/people/new", people.add_person, policy.keepers, methods=BOTH),
    Route("/people/<int:person_id>", people.person, policy.keepers),
    Route(
        "/people/<int:person_id>/roles/new",
        people.grant_role,
        policy.administrators,
        methods=BOTH,
    ),
    Route("/roles", people.roles, policy.administrators),
    Route("/roles/<int:grant_id>/revoke", people.revoke_role, policy.administrators, methods=BOTH),
    Route("/classes", roster.classes, policy.keepers),
    Route("/classes/<int:class_id>", roster.school_class, policy.keepers),
    Route("/classes/<int:class_id>/homeroom", roster.set_homeroom, policy.keepers, methods=BOTH),
    Route("/courses", roster.courses, policy.keepers),
    Route("/courses/<int:course_id>", roster.course, policy.keepers),
    Route(
        "/courses/<int:course_id>/teachers/new",
        roster.assign_teacher,
        policy.keepers,
        methods=BOTH,
    ),
    Route(
        "/courses/<int:course_id>/teachers/<int:teaching_id>/end",
        roster.end_teaching,
        policy.keepers,
        methods=("POST",),
    ),
]
blueprint = room("school", routes, url_prefix="/school")
