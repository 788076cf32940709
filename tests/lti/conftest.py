import pytest

from tests.lti.support import FakePlatform


@pytest.fixture
def platform() -> FakePlatform:
    return FakePlatform()
