"""Whose an address is."""

import pytest

from lti.hosts import fits, host_of, within


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://LMS.School.edu:8443/x?y", "lms.school.edu"),
        ("https://user@lms.school.edu/", "lms.school.edu"),
        ("https://[::1]:443/", "::1"),
        ("https://[bad", ""),
        ("nothing", ""),
        ("", ""),
    ],
)
def test_the_host_of_an_address(url: str, host: str) -> None:
    assert host_of(url) == host


@pytest.mark.parametrize(
    ("host", "other", "is_within"),
    [
        ("lms.school.edu", "lms.school.edu", True),
        ("sso.lms.school.edu", "lms.school.edu", True),
        ("evillms.school.edu", "lms.school.edu", False),
        ("school.edu", "lms.school.edu", False),
        ("lms.school.edu", "", False),
        ("", "", False),
    ],
)
def test_within_is_the_same_or_below(host: str, other: str, is_within: bool) -> None:
    assert within(host, other) is is_within


@pytest.mark.parametrize(
    ("host", "pattern", "is_named"),
    [
        ("a.instructure.com", "*.instructure.com", True),
        ("instructure.com", "*.instructure.com", False),
        ("evilinstructure.com", "*.instructure.com", False),
        ("a.b.instructure.com", "*.instructure.com", True),
        ("sso.canvaslms.com", "sso.canvaslms.com", True),
    ],
)
def test_a_pattern_names_what_is_below(host: str, pattern: str, is_named: bool) -> None:
    assert fits(host, pattern) is is_named
