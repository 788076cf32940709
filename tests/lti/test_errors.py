"""Every error has its words, and nothing is raised without."""

import re
from pathlib import Path

import pytest

import lti
from lti.advice import ADVICE, advice_for
from lti.errors import EXPLANATIONS, LaunchError, printable


def test_every_code_that_is_raised_is_explained_and_the_other_way_round():
    text = "".join(p.read_text("utf-8") for p in Path(lti.__file__).parent.glob("*.py"))
    raised = set(re.findall(r"(?:Launch|Registration)Error\(\s*\"([A-Z_]+)\"", text))
    assert raised == set(EXPLANATIONS)


def test_every_code_of_a_launch_has_advice_for_the_administrator():
    text = "".join(p.read_text("utf-8") for p in Path(lti.__file__).parent.glob("*.py"))
    assert set(re.findall(r"LaunchError\(\s*\"([A-Z_]+)\"", text)) == set(ADVICE)
    assert all(words.endswith("。") for words in ADVICE.values())


def test_a_code_of_an_installation_has_advice_too():
    assert advice_for("REGISTRATION_REFUSED").endswith("。")


@pytest.mark.parametrize(
    ("said", "shown"),
    [("a\x1b[2J\nb", "a[2Jb"), (7, "7"), (None, "None"), ({"a": 1}, "dict"), ([[]], "list")],
)
def test_what_a_stranger_wrote_is_harmless_in_a_log(said, shown):
    assert printable(said) == shown
    assert printable("x" * 100, 5) == "xxxxx"


@pytest.mark.parametrize("code", sorted(EXPLANATIONS))
def test_the_page_says_what_happened_and_what_to_do(code):
    explanation = LaunchError(code).explanation
    assert explanation.title.endswith("。")
    assert explanation.todo.endswith("。")
    assert 400 <= explanation.status < 600
    assert explanation.status != 500


def test_an_unexplained_code_cannot_be_raised():
    with pytest.raises(KeyError):
        LaunchError("NO_SUCH_CODE")
