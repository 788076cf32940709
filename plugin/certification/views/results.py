"""The pages about certificates: public, of the office with its settings, of the holder."""

from plugin.certification.views import (
    case_number,
    results_holder,
    results_office,
    results_public,
    results_renewal,
)

routes = [
    *results_public.routes,
    *results_office.routes,
    *case_number.routes,
    *results_holder.routes,
    *results_renewal.routes,
]
