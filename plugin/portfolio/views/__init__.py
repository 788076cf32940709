"""The portfolio's pages: thin views and the URL table."""

from plugin.portfolio import policy
from plugin.portfolio.views import (
    academic,
    counselling,
    earlier,
    exchange,
    experiences,
    overviews,
    receipts,
    review,
    school,
    shrinking,
    student,
    submitting,
    teacher_routes,
)
from plugin.portfolio.views._shared import choices
from plugin.web import Route, room

GET_POST = ("GET", "POST")
POST = ("POST",)

routes = [
    Route("/outcomes", student.outcome_list, policy.students),
    Route("/outcomes/new", student.outcome_new, policy.students, GET_POST),
    Route("/outcomes/<int:outcome_id>", student.outcome, policy.students),
    Route("/outcomes/<int:outcome_id>/edit", student.outcome_edit, policy.students, GET_POST),
    Route("/outcomes/<int:outcome_id>/smaller", shrinking.smaller, policy.students, GET_POST),
    Route(
        "/outcomes/<int:outcome_id>/smaller/<any(before,after):which>.png",
        shrinking.smaller_picture,
        policy.students,
    ),
    Route(
        "/outcomes/<int:outcome_id>/<any(send,withdraw,reopen,discard):act>",
        student.outcome_act,
        policy.students,
        POST,
    ),
    *experiences.routes,
    Route("/selection", student.selection, policy.students, GET_POST),
    *earlier.routes,
    *receipts.routes,
    *exchange.routes,
    *teacher_routes.routes,
    Route("/review", review.review, policy.teachers),
    *counselling.routes,
    *academic.routes,
    Route("/progress", school.progress, policy.overseers),
    Route("/progress/extend", school.extend, policy.registry, POST),
    *overviews.routes,
    *submitting.routes,
]
blueprint = room("portfolio", routes)
blueprint.context_processor(choices)
blueprint.context_processor(exchange.origins)
