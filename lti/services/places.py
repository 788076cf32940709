"""To which hosts a platform's token may be carried.

A launch says where its services are, and it is the platform's word. A token opens every course of
the platform's site, though, so it goes nowhere that is not known to be the platform's: one address
that somebody talked it into would be enough.
"""

from urllib.parse import urlsplit

from lti.ports import Platform
from lti.products import product


def serves(platform: Platform, url: str) -> bool:
    """Whether an address may be the platform's own service: a host of its registration, one below
    its issuer, one that an administrator named (`launch_origins`), or one of its vendor's. What is
    no address at all is left to whoever calls it."""
    host = host_of(url)
    if not host:
        return True
    issuer = host_of(platform.issuer)
    known = (issuer, *map(host_of, (platform.auth_login_url, platform.token_url)))
    return (
        host in (*known, host_of(platform.key_set_url))
        or (bool(issuer) and host.endswith(f".{issuer}"))
        or any(_named(host, one) for one in platform.launch_origins)
        or product(platform.product).runs(host)
    )


def _named(host: str, origin: str) -> bool:
    """Whether a host is that of an origin; `https://*.example.org` is every host below."""
    named = host_of(origin)
    return host.endswith(named[1:]) if named.startswith("*.") else host == named


def host_of(url: str) -> str:
    """Host name of an address, "" if it is none."""
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""
