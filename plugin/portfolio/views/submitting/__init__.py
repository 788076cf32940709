"""Pages of the submission: 預檢, versions and their differences, selections of the classes."""

from plugin.portfolio import policy
from plugin.portfolio.views.submitting import checking, classes, lent, versions
from plugin.web import Route

POST = ("POST",)

routes = [
    Route("/submissions", versions.submission_list, policy.registry),
    Route("/submissions/begin", versions.submission_begin, policy.registry, POST),
    Route("/submissions/<int:submission_id>", versions.submission, policy.registry),
    Route("/submissions/<int:submission_id>/changes", versions.changes, policy.registry),
    Route(
        "/submissions/<int:submission_id>/changes/table",
        versions.changes_table,
        policy.registry,
        POST,
    ),
    Route("/submissions/<int:submission_id>/links", lent.lent_files, policy.registry),
    Route(
        "/submissions/<int:submission_id>/links/revoke",
        lent.lent_revoke,
        policy.registry,
        ("GET", "POST"),
    ),
    Route("/submissions/check", checking.check_begin, policy.checkers, POST),
    Route("/submissions/checks/<int:check_id>", checking.check, policy.checkers),
    Route("/submissions/checks/<int:check_id>/tell", checking.tell_menders, policy.checkers, POST),
    Route("/submissions/checks/<int:check_id>/table", checking.check_table, policy.checkers, POST),
    Route("/selections", classes.selections, policy.registry),
    Route("/selections/hold", classes.hold, policy.registry, POST),
    Route("/selections/slips", classes.slips_begin, policy.registry, POST),
    Route("/selections/slips/<int:job_id>", classes.slips, policy.registry),
    Route("/selection/slip", classes.own_slip, policy.students, POST),
    Route(
        "/verify/<token>",
        versions.verify,
        policy.anybody,
        across="anybody may check a manifest; its token names one submission",
    ),
    Route(
        "/verify/slip/<token>",
        classes.verify_slip,
        policy.anybody,
        across="anybody may check a slip; its token names one",
    ),
]
