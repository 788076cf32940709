"""The pages of certification, assembled from their parts: each part brings its `routes`."""

from plugin.certification.views import (
    application,
    area,
    desk,
    door,
    hours,
    letters,
    meetings,
    meetings_case,
    pages,
    payments,
    payments_bank,
    payments_office,
    results,
    review,
    review_office,
    review_orals,
    school_side,
    statistics,
)
from plugin.web import room

routes = [
    *application.routes,
    *school_side.routes,
    *area.routes,
    *door.routes,
    *pages.routes,
    *desk.routes,
    *statistics.routes,
    *letters.routes,
    *hours.routes,
    *results.routes,
    *payments.routes,
    *payments_office.routes,
    *payments_bank.routes,
    *review.routes,
    *review_office.routes,
    *review_orals.routes,
    *meetings.routes,
    *meetings_case.routes,
]
blueprint = room("certification", routes)
