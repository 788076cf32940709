"""The school's own pages: calendar, rules, people and roles, classes and courses."""

from plugin.school import policy
from plugin.school.views import (
    briefings,
    calendar,
    extending,
    office_days,
    papers,
    people,
    roster,
    ruling,
)
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
    Route("/calendar/<int:year>", calendar.set_year, policy.keepers, methods=BOTH),
    Route("/calendar/changes/<int:change_id>", calendar.undo_change, policy.keepers, methods=BOTH),
    Route("/calendar/extensions/new", extending.extend, policy.keepers, methods=BOTH),
    Route(
        "/calendar/extensions/<int:extension_id>/revoke",
        extending.revoke_extension,
        policy.keepers,
        methods=BOTH,
    ),
    Route("/plan", papers.plan, policy.keepers, methods=BOTH),
    Route("/plan/new", papers.plan_new, policy.keepers, methods=BOTH),
    Route("/plan/<int:item_id>", papers.plan_edit, policy.keepers, methods=BOTH),
    Route("/regulations", papers.regulation_list, policy.onlookers, endpoint="regulations"),
    Route("/regulations/new", papers.regulation_new, policy.keepers, methods=BOTH),
    Route("/group", papers.working_group, policy.keepers, methods=BOTH),
    Route("/group/seats/new", papers.seat_new, policy.keepers, methods=BOTH),
    Route("/group/seats/<int:seat_id>", papers.seat_edit, policy.keepers, methods=BOTH),
    Route("/group/meetings/new", papers.meeting_new, policy.keepers, methods=BOTH),
    Route("/group/meetings/<int:meeting_id>", papers.meeting, policy.keepers),
    Route(
        "/group/meetings/<int:meeting_id>/edit", papers.meeting_edit, policy.keepers, methods=BOTH
    ),
    Route("/briefings", briefings.briefing_list, policy.keepers, endpoint="briefings"),
    Route("/briefings/new", briefings.briefing_new, policy.keepers, methods=BOTH),
    Route("/briefings/<int:briefing_id>", briefings.briefing, policy.keepers, methods=BOTH),
    Route(
        "/briefings/<int:briefing_id>/edit", briefings.briefing_edit, policy.keepers, methods=BOTH
    ),
    Route(
        "/briefings/<int:briefing_id>/expect",
        briefings.briefing_expect,
        policy.keepers,
        methods=BOTH,
    ),
    Route("/office-days", office_days.office_days, policy.days_keepers),
    Route("/office-days/new", office_days.office_days_new, policy.days_keepers, methods=BOTH),
    Route(
        "/office-days/<int:calendar_id>",
        office_days.office_calendar_page,
        policy.days_keepers,
        methods=BOTH,
        endpoint="office_calendar",
    ),
    Route("/rules", ruling.rules, policy.onlookers),
    Route("/retention", ruling.retention_table, policy.administrators, endpoint="retention"),
    Route("/rules/<name>", ruling.rule, policy.onlookers),
    Route("/rules/<name>/edit", ruling.edit_rule, policy.administrators, methods=BOTH),
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
    Route("/courses/<int:course_id>/syllabus", roster.set_syllabus, policy.keepers, methods=BOTH),
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
