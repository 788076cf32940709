"""To which hosts a platform's token may be carried.

A launch says where its services are, and it is the platform's word. A token opens every course of
the platform's site, though, so it goes nowhere that is not known to be the platform's: one address
that somebody talked it into would be enough.
"""

from lti.hosts import fits, host_of, within
from lti.ports import Platform
from lti.products import product


def serves(platform: Platform, url: str) -> bool:
    """Whether an address may be the platform's own service: a host of its registration, one below
    its issuer, one that an administrator named (`launch_origins`), or one of its vendor's. What is
    no address at all is left to whoever calls it."""
    host = host_of(url)
    if not host:
        return True
    known = (platform.auth_login_url, platform.token_url, platform.key_set_url)
    return (
        within(host, host_of(platform.issuer))
        or host in map(host_of, known)
        or any(fits(host, host_of(one)) for one in platform.launch_origins)
        or product(platform.product).runs(host)
    )
