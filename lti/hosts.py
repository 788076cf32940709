"""Host names: whose an address is. Ports and paths say nothing of that."""

from urllib.parse import urlsplit


def host_of(url: str) -> str:
    """Host name of an address in lower case, without port; "" if it is none."""
    try:
        return (urlsplit(url).hostname or "").lower()
    except ValueError:
        return ""


def within(host: str, other: str) -> bool:
    """Whether `host` is `other` or one below it (`sso.lms.school.edu` is within
    `lms.school.edu`). Neighbours below one name are strangers."""
    return bool(other) and (host == other or host.endswith(f".{other}"))


def fits(host: str, pattern: str) -> bool:
    """Whether `host` is the one named; `*.example.org` is every host below, not that one itself."""
    return host.endswith(pattern[1:]) if pattern.startswith("*.") else host == pattern
