"""Pages of experiences: the student's, those of student affairs, of parents and teachers."""

from plugin.portfolio import policy
from plugin.portfolio.views.experiences import affairs, companions, own, selecting
from plugin.web import Route

GET_POST = ("GET", "POST")
POST = ("POST",)

routes = [
    Route("/experiences", own.experience_list, policy.students),
    Route("/experiences/new", own.experience_kinds, policy.students),
    Route("/experiences/new/<kind>", own.experience_new, policy.students, GET_POST),
    Route("/experiences/<int:experience_id>", own.experience, policy.students),
    Route("/experiences/<int:experience_id>/edit", own.experience_edit, policy.students, GET_POST),
    Route(
        "/experiences/<int:experience_id>/<any(send,withdraw,discard):act>",
        own.experience_act,
        policy.students,
        POST,
    ),
    Route("/selection/experiences", selecting.selected_experiences, policy.students, GET_POST),
    Route("/experiences/check", affairs.experience_check, policy.affairs),
    Route("/experiences/check/<int:experience_id>", affairs.experience_review, policy.affairs),
    Route(
        "/experiences/check/<int:experience_id>/return",
        affairs.experience_return,
        policy.affairs,
        POST,
    ),
    Route("/experiences/children", companions.experience_children, policy.parents),
    Route("/experiences/of/<int:person_id>", companions.experiences_of, policy.companions),
    Route(
        "/experiences/of/<int:person_id>/<int:experience_id>",
        companions.experience_of,
        policy.companions,
    ),
]
