from __future__ import annotations

import pytest
from flask import Flask

from tests.plugin.portfolio.receipts.handed_in import Handed, handed


@pytest.fixture
def one(app: Flask) -> Handed:
    return handed()
