from __future__ import annotations

import pytest
from flask import Flask

from tests.plugin.portfolio.academic.school import Records, make_records


@pytest.fixture
def school(app: Flask) -> Records:
    return make_records()
