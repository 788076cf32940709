"""Pages of counselling: the counsellor's, the students' and parents', the office's."""

from plugin.portfolio import policy
from plugin.portfolio.views.counselling import office, own, reading, writing
from plugin.web import Route

BOTH = ("GET", "POST")
POST = ("POST",)

routes = [
    Route("/counselling", reading.counselling_students, policy.counsellors),
    Route(
        "/counselling/students/<int:person_id>", reading.counselling_history, policy.counsellors
    ),
    Route(
        "/counselling/students/<int:person_id>/print",
        reading.counselling_history_print,
        policy.counsellors,
    ),
    Route("/counselling/records", reading.counselling_records, policy.counsellors),
    Route("/counselling/new", writing.counselling_new, policy.counsellors, BOTH),
    Route("/counselling/<int:counselling_id>", reading.counselling_record, policy.counsellors),
    Route("/counselling/<int:counselling_id>/edit", writing.counselling_edit, policy.counsellors,
          BOTH),
    Route("/counselling/<int:counselling_id>/discard", writing.counselling_discard,
          policy.counsellors, POST),
    Route("/counselling/<int:counselling_id>/followed", writing.counselling_followed,
          policy.counsellors, POST),
    Route("/counselling/<int:counselling_id>/add", writing.counselling_add, policy.counsellors,
          BOTH),
    Route("/counselling/<int:counselling_id>/void", writing.counselling_void, policy.counsellors,
          BOTH),
    Route("/counselling/<int:counselling_id>/print", reading.counselling_print,
          policy.counsellors),
    Route("/counselling/templates", office.advice_templates, policy.counsellors, BOTH),
    Route("/counselling/templates/<int:template_id>", office.advice_template, policy.counsellors,
          BOTH),
    Route("/counselling/templates/<int:template_id>/drop", office.advice_template_drop,
          policy.counsellors, POST),
    Route("/counselling/topics", office.counselling_topics, policy.topic_keepers, BOTH),
    Route("/counselling/assignments", office.counsellor_assignments, policy.assigners),
    Route("/counselling/assignments/new", office.counsellor_assign, policy.assigners, BOTH),
    Route("/counselling/assignments/<int:assignment_id>/end", office.counsellor_assignment_end,
          policy.assigners, POST),
    Route("/counselling/mine", own.counselling_mine, policy.counselled),
]  # fmt: skip
