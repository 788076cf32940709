"""The portfolio's pages: thin views and the URL table."""

from plugin.portfolio import policy
from plugin.portfolio.views import counselling, experiences, review, school, student, teacher
from plugin.portfolio.views._shared import choices
from plugin.web import Route, room

GET_POST = ("GET", "POST")
POST = ("POST",)

routes = [
    Route("/outcomes", student.outcome_list, policy.students),
    Route("/outcomes/new", student.outcome_new, policy.students, GET_POST),
    Route("/outcomes/<int:outcome_id>", student.outcome, policy.students),
    Route("/outcomes/<int:outcome_id>/edit", student.outcome_edit, policy.students, GET_POST),
    Route(
        "/outcomes/<int:outcome_id>/<any(send,withdraw,reopen,discard):act>",
        student.outcome_act,
        policy.students,
        POST,
    ),
    *experiences.routes,
    Route("/selection", student.selection, policy.students, GET_POST),
    Route("/handed-in", student.handed_in, policy.students),
    Route("/certification", teacher.queue, policy.teachers, endpoint="certification_queue"),
    Route(
        "/certification/<int:outcome_id>",
        teacher.item,
        policy.teachers,
        endpoint="certification_item",
    ),
    Route("/certification/<int:outcome_id>/certify", teacher.certify, policy.teachers, POST),
    Route(
        "/certification/<int:outcome_id>/return",
        teacher.return_,
        policy.teachers,
        POST,
        endpoint="return",
    ),
    Route("/certification/preview", teacher.bulk_preview, policy.teachers, POST),
    Route("/certification/bulk", teacher.bulk, policy.teachers, POST),
    Route(
        "/certification/result", teacher.result, policy.teachers, endpoint="certification_result"
    ),
    Route("/certification/decisions", teacher.decisions, policy.teachers),
    Route("/review", review.review, policy.teachers),
    *counselling.routes,
    Route("/progress", school.progress, policy.overseers),
    Route("/progress/extend", school.extend, policy.registry, POST),
    Route("/homeroom", school.homeroom, policy.homeroom),
    Route("/submissions", school.submission_list, policy.registry),
    Route("/submissions/begin", school.submission_begin, policy.registry, POST),
    Route("/submissions/<int:submission_id>", school.submission, policy.registry),
    Route(
        "/verify/<token>",
        school.verify,
        policy.anybody,
        across="anybody may check a manifest; its token names one submission",
    ),
]
blueprint = room("portfolio", routes)
blueprint.context_processor(choices)
