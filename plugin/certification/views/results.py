"""The pages about certificates: public, of the office, of the holder."""

from plugin.certification.views import (
    results_holder,
    results_office,
    results_public,
    results_renewal,
)

routes = [
    *results_public.routes,
    *results_office.routes,
    *results_holder.routes,
    *results_renewal.routes,
]
