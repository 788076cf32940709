from __future__ import annotations

import pytest
from flask import Flask

from tests.plugin.portfolio.exchange.between import Two, two_schools


@pytest.fixture
def two(app: Flask) -> Two:
    return two_schools()
