"""Pages that show much at once: timeline, export, matrix, dashboard, children, preview."""

from plugin.portfolio import policy
from plugin.portfolio.views.overviews import (
    admission,
    children,
    dashboard,
    exports,
    homeroom,
    timeline,
)
from plugin.web import Route

GET_POST = ("GET", "POST")
POST = ("POST",)

routes = [
    Route("/timeline", timeline.timeline, policy.students),
    Route("/timeline/<int:person_id>", timeline.timeline_of, policy.companions),
    Route("/exports", exports.export_list, policy.exporters, GET_POST),
    Route("/exports/<int:export_id>", exports.export, policy.exporters),
    Route("/children", children.children, policy.parents),
    Route("/admission", admission.admission, policy.students, GET_POST),
    Route("/admission/preview.pdf", admission.admission_pdf, policy.students),
    Route("/homeroom", homeroom.homeroom, policy.homeroom),
    Route("/homeroom/class.csv", homeroom.homeroom_csv, policy.homeroom),
    Route("/homeroom/remind", homeroom.homeroom_remind, policy.homeroom, POST),
    Route("/dashboard", dashboard.dashboard, policy.dashboards),
    Route("/dashboard/remind", dashboard.dashboard_remind, policy.reminders, POST),
]
