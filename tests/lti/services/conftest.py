from collections.abc import Iterator
from pathlib import Path

import pytest

from lti.platform.testing import FakePlatform

from .support import Installed, Server


@pytest.fixture
def installed(tmp_path: Path) -> Iterator[Installed]:
    with FakePlatform(tmp_path / "lms") as platform:
        yield Installed.into(platform)


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as made:
        yield made
