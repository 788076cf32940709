"""The URL table of certification."""

from __future__ import annotations

from plugin.portfolio import policy
from plugin.portfolio.views import teacher, teacher_deciding, teacher_desk
from plugin.web import Route

GET_POST = ("GET", "POST")
POST = ("POST",)

routes = [
    Route("/certification", teacher.queue, policy.teachers, endpoint="certification_queue"),
    Route("/certification/<int:outcome_id>", teacher.item, policy.teachers,
          endpoint="certification_item"),
    Route("/certification/<int:outcome_id>/certify", teacher_deciding.certify, policy.teachers,
          POST),
    Route("/certification/<int:outcome_id>/return", teacher_deciding.return_, policy.teachers,
          POST, endpoint="return"),
    Route("/certification/<int:outcome_id>/correct", teacher_deciding.correct, policy.teachers,
          POST, endpoint="correct"),
    Route("/certification/preview", teacher_deciding.bulk_preview, policy.teachers, POST),
    Route("/certification/bulk", teacher_deciding.bulk, policy.teachers, POST),
    Route("/certification/result", teacher_deciding.result, policy.teachers,
          endpoint="certification_result"),
    Route("/certification/decisions", teacher.decisions, policy.teachers),
    Route("/certification/settings", teacher_desk.choices, policy.teachers, GET_POST,
          endpoint="certifying_choices"),
    Route("/certification/reasons", teacher_desk.reasons, policy.reason_keepers, GET_POST,
          endpoint="return_reasons"),
    Route("/certification/reasons/<int:reason_id>", teacher_desk.reason, policy.reason_keepers,
          GET_POST, endpoint="return_reason"),
    Route("/certification/reasons/<int:reason_id>/<any(up,down,drop):act>",
          teacher_desk.reason_act, policy.reason_keepers, POST, endpoint="return_reason_act"),
    Route("/certification/substitutes", teacher_desk.substitutes, policy.assigners),
    Route("/certification/substitutes/new", teacher_desk.substitute_new, policy.assigners,
          GET_POST),
    Route("/certification/substitutes/<int:substitution_id>", teacher_desk.substitute,
          policy.assigners, GET_POST),
    Route("/certification/substitutes/<int:substitution_id>/stop", teacher_desk.substitute_stop,
          policy.assigners, POST),
]  # fmt: skip
