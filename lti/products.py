"""How the learning platforms differ, in one table; the rest of the package asks it and no name.

Each value was measured on the platform or taken from its vendor's documentation; what is not known
of a platform is `GENERIC`. A new platform is a new row. Names are `product_family_code` in lower
case, as platforms send it.
"""

from dataclasses import dataclass

from lti.hosts import fits, host_of, within

_CANVAS = "https://canvas.instructure.com/lti/"


@dataclass(frozen=True, slots=True)
class Product:
    """What a platform needs done differently.

    :ivar family: `product_family_code`.
    :ivar title: its name as people say it.
    :ivar aliases: other codes it sends for itself.
    :ivar guide: name of its installation guide and of the words on the finish page.
    :ivar sends_registration_token: False: Brightspace, whose registration is open for one tool.
    :ivar token_for_discovery: the OpenID configuration itself wants the token (Canvas).
    :ivar shared_issuer: one issuer for all customers, so hosts of issuer and configuration differ.
    :ivar issuers: the issuers it is known to share.
    :ivar hosts: hosts its vendor runs for all customers; `*.x` is any host below x.
    :ivar launch_origins: further origins that post launches.
    :ivar dynamic: it offers dynamic registration at all (Blackboard does not).
    :ivar link_placements: where its resource links are offered, when it registers.
    :ivar selection_placements: where its content selection is offered.
    :ivar never_offered: messages it lists but means for something that this tool is not.
    :ivar tool_extensions: further members of the tool configuration, (name, value).
    :ivar tells_submitted: a gradebook takes "submitted, not graded yet" without emptying a grade
        (Moodle empties it).
    :ivar page_limit: `limit` to ask the roster for; 0 = do not ask. Moodle answers everybody at
        once without it, and loses `role=` on the second page with it.
    :ivar line_item_paging: the `Link` header of line items can be followed (Moodle's is broken).
    :ivar new_window: how a launch is begun anew in a window of its own: `login` (the hints of its
        login are sent again), an address of its own below the issuer, or "" (only by the person,
        from the course: its hints work once).
    :ivar closes_by_message: the dialog of the terms of use waits for `lti.close` (Canvas).
    :ivar token_audience: fixed `aud` of token requests; "" = the token URL or what discovery said.
    """

    family: str
    title: str
    aliases: tuple[str, ...] = ()
    guide: str = "generic"
    sends_registration_token: bool = True
    token_for_discovery: bool = False
    shared_issuer: bool = False
    issuers: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()
    launch_origins: tuple[str, ...] = ()
    dynamic: bool = True
    link_placements: tuple[str, ...] = ()
    selection_placements: tuple[str, ...] = ("ContentArea",)
    never_offered: tuple[str, ...] = ()
    tool_extensions: tuple[tuple[str, str], ...] = ()
    tells_submitted: bool = False
    page_limit: int = 0
    line_item_paging: bool = True
    new_window: str = "login"
    closes_by_message: bool = False
    token_audience: str = ""

    def runs(self, host: str) -> bool:
        """Whether `host` is one that the vendor itself runs."""
        return any(fits(host, one) for one in self.hosts)


GENERIC = Product("", "LTI 1.3")

PRODUCTS = {
    one.family: one
    for one in (
        Product(
            "moodle",
            "Moodle",
            guide="moodle",
            line_item_paging=False,
            # The page that the activity's frame shows; it makes a fresh hint at each call.
            new_window="/mod/lti/launch.php?id={cmid}",
        ),
        Product(
            "canvas",
            "Canvas",
            closes_by_message=True,
            guide="canvas",
            token_for_discovery=True,
            shared_issuer=True,
            issuers=(
                "https://canvas.instructure.com",
                "https://canvas.beta.instructure.com",
                "https://canvas.test.instructure.com",
            ),
            # Since 2023 login, tokens and keys live on sso.canvaslms.com; the registration lives
            # on the account's own host, the configuration on either.
            hosts=("*.instructure.com", "*.canvaslms.com"),
            launch_origins=("https://*.instructure.com",),
            link_placements=("course_navigation",),
            selection_placements=("assignment_selection", "link_selection"),
            # Its terms-of-use message belongs to asset processors alone.
            never_offered=("LtiEulaRequest",),
            # Anonymous by default: without a level no name and no e-mail arrive.
            tool_extensions=(
                (_CANVAS + "privacy_level", "public"),
                (_CANVAS + "tool_id", "licheng"),
            ),
            tells_submitted=True,
            page_limit=100,
            new_window="",
        ),
        Product(
            "desire2learn",
            "Brightspace",
            aliases=("brightspace", "d2l"),
            guide="brightspace",
            sends_registration_token=False,
            # A school's Brightspace may have a host of its own; tokens always come from here.
            hosts=("auth.brightspace.com", "api.brightspace.com"),
            tells_submitted=True,
            page_limit=100,
            token_audience="https://api.brightspace.com/auth/token",  # noqa: S106  (an address)
        ),
        Product(
            "blackboard",
            "Blackboard",
            aliases=("blackboardlearn",),
            guide="blackboard",
            shared_issuer=True,
            issuers=("https://blackboard.com",),
            hosts=("developer.blackboard.com", "developer.anthology.com"),
            # Each school's Learn posts from its own host; what is not hosted here is added by hand.
            launch_origins=("https://*.blackboard.com",),
            dynamic=False,
            page_limit=100,
        ),
        Product("sakai", "Sakai"),
    )
}

_BY_NAME = {name: one for one in PRODUCTS.values() for name in (one.family, *one.aliases)}


def audience_fits(audience: str, token_url: str) -> bool:
    """Whether an assertion that is meant for `audience` may be sent to `token_url`: its own host,
    one above it, or an audience that a vendor fixed. Anywhere else it would be a key to somebody
    else's services, for our signature is the same for every platform."""
    if audience in {one.token_audience for one in PRODUCTS.values()} - {""}:
        return True
    return within(host_of(token_url), host_of(audience))


def signs_and_serves(key_set_url: str, token_url: str, family: str) -> bool:
    """Whether the keys that launches are signed with and the tokens for services come from one
    place: one host, one below the other, or both the vendor's."""
    keys, tokens = host_of(key_set_url), host_of(token_url)
    vendor = product(family)
    return (
        within(keys, tokens) or within(tokens, keys) or (vendor.runs(keys) and vendor.runs(tokens))
    )


def product(family: str) -> Product:
    """The row of a platform; `GENERIC` for one that is not in the table."""
    return _BY_NAME.get(family.strip().lower(), GENERIC)
