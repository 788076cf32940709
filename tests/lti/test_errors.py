"""Every error has its words, and nothing is raised without."""

import re
from pathlib import Path

import pytest

import lti
from lti.errors import EXPLANATIONS, LaunchError


def test_every_code_that_is_raised_is_explained_and_the_other_way_round():
    text = "".join(p.read_text("utf-8") for p in Path(lti.__file__).parent.glob("*.py"))
    raised = set(re.findall(r"(?:Launch|Registration)Error\(\s*\"([A-Z_]+)\"", text))
    assert raised == set(EXPLANATIONS)


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
