"""Pages of exchange between schools."""

from plugin.portfolio import policy
from plugin.portfolio.packages import MAX_BYTES
from plugin.portfolio.views.exchange import incoming, outgoing
from plugin.portfolio.views.exchange.outgoing import origins
from plugin.uploads import LARGER_FILES
from plugin.web import Route

__all__ = ["origins", "routes"]

BOTH = ("GET", "POST")
POST = ("POST",)

LARGER_FILES["portfolio.exchange_in_new"] = MAX_BYTES

routes = [
    Route("/exchange", outgoing.exchange, policy.exchangers),
    Route("/exchange/password", outgoing.exchange_password, policy.exchangers, BOTH),
    Route("/exchange/out/new", outgoing.exchange_out_new, policy.exchangers, BOTH),
    Route("/exchange/out/<int:exchange_out_id>", outgoing.exchange_out, policy.exchangers),
    Route("/exchange/in/new", incoming.exchange_in_new, policy.exchangers, BOTH),
    Route("/exchange/in/<int:exchange_in_id>", incoming.exchange_in, policy.exchangers),
    Route("/exchange/in/<int:exchange_in_id>/<any(take,again,drop,undo):act>",
          incoming.exchange_in_act, policy.exchangers, POST),
]  # fmt: skip
