"""How the learning platforms differ, in one table; the rest of the package asks it and no name.

Each value was measured on the platform or taken from its vendor's documentation; what is not known
of a platform is `GENERIC`. A new platform is a new row. Names are `product_family_code` in lower
case, as platforms send it.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Product:
    """What a platform needs done differently.

    :ivar family: `product_family_code`.
    :ivar title: its name as people say it.
    :ivar sends_registration_token: False: Brightspace, whose registration is open for one tool.
    :ivar token_for_discovery: the OpenID configuration itself wants the token (Canvas).
    :ivar shared_issuer: one issuer for all customers, so hosts of issuer and configuration differ.
    :ivar issuers: the issuers it is known to share.
    :ivar launch_origins: further origins that post launches.
    :ivar dynamic: it offers dynamic registration at all (Blackboard does not).
    :ivar tells_submitted: a gradebook takes "submitted, not graded yet" without emptying a grade
        (Moodle empties it).
    :ivar page_limit: `limit` to ask the roster for; 0 = do not ask. Moodle answers everybody at
        once without it, and loses `role=` on the second page with it.
    :ivar line_item_paging: the `Link` header of line items can be followed (Moodle's is broken).
    :ivar token_audience: fixed `aud` of token requests; "" = the token URL or what discovery said.
    """

    family: str
    title: str
    sends_registration_token: bool = True
    token_for_discovery: bool = False
    shared_issuer: bool = False
    issuers: tuple[str, ...] = ()
    launch_origins: tuple[str, ...] = ()
    dynamic: bool = True
    tells_submitted: bool = False
    page_limit: int = 0
    line_item_paging: bool = True
    token_audience: str = ""


GENERIC = Product("", "LTI 1.3")

PRODUCTS = {
    one.family: one
    for one in (
        Product("moodle", "Moodle", line_item_paging=False),
        Product(
            "canvas",
            "Canvas",
            token_for_discovery=True,
            shared_issuer=True,
            issuers=("https://canvas.instructure.com",),
            launch_origins=("https://*.instructure.com",),
            tells_submitted=True,
            page_limit=100,
        ),
        Product(
            "desire2learn",
            "Brightspace",
            sends_registration_token=False,
            tells_submitted=True,
            page_limit=100,
            token_audience="https://api.brightspace.com/auth/token",  # noqa: S106  (an address)
        ),
        Product(
            "blackboard",
            "Blackboard",
            shared_issuer=True,
            issuers=("https://blackboard.com",),
            dynamic=False,
            page_limit=100,
        ),
        Product("sakai", "Sakai"),
    )
}


def product(family: str) -> Product:
    """The row of a platform; `GENERIC` for one that is not in the table."""
    return PRODUCTS.get(family.strip().lower(), GENERIC)
