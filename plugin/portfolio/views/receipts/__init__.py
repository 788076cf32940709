"""Pages of receipts 收訖明細: the student's, their companions', the registry's."""

from plugin.portfolio import policy
from plugin.portfolio.packages import MAX_BYTES
from plugin.portfolio.views.receipts import central, own, printing, watching
from plugin.uploads import LARGER_FILES
from plugin.web import Route

BOTH = ("GET", "POST")
POST = ("POST",)

LARGER_FILES["portfolio.central_new"] = MAX_BYTES

routes = [
    Route("/handed-in", own.handed_in, policy.students),
    Route("/handed-in/<int:sheet_id>/confirm", own.receipt_confirm, policy.students, POST),
    Route("/handed-in/<int:sheet_id>/dispute", own.receipt_dispute, policy.students, BOTH),
    Route("/handed-in/<int:sheet_id>/slip", own.receipt_slip, policy.students, POST),
    Route("/handed-in/children", watching.receipt_children, policy.parents),
    Route("/handed-in/of/<int:person_id>", watching.receipt_of, policy.sheet_companions),
    Route("/handed-in/progress", watching.receipt_progress, policy.sheet_watchers),
    Route("/handed-in/progress/<int:class_id>", watching.receipt_class, policy.sheet_watchers),
    Route("/handed-in/progress/<int:class_id>/slips", printing.receipt_slips_begin,
          policy.registry, POST),
    Route("/handed-in/slips/<int:job_id>", printing.receipt_slips, policy.registry),
    Route("/handed-in/disputes", watching.receipt_disputes, policy.registry),
    Route("/handed-in/disputes/<int:statement_id>", watching.receipt_answer, policy.registry,
          BOTH),
    Route("/handed-in/central", central.central_list, policy.registry),
    Route("/handed-in/central/new", central.central_new, policy.registry, BOTH),
    Route("/handed-in/central/mapping", central.central_mapping, policy.registry, BOTH),
    Route("/handed-in/central/<int:central_id>", central.central_import, policy.registry),
]  # fmt: skip
