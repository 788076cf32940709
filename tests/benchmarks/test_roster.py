"""The roster benchmark, small: both sides read the same people, ours in memory that stays."""

import pytest

from benchmarks import roster


@pytest.fixture(scope="module")
def url():
    with roster.platform() as address:
        yield address


@pytest.mark.parametrize("shape", roster.SHAPES)
def test_both_sides_read_everybody(url, shape):
    for side in (roster.ours, roster.peer):
        assert side(url)(f"/{shape}/250") == 250


@pytest.mark.parametrize("shape", roster.SHAPES)
def test_memory_does_not_grow_with_the_members(url, shape):
    def held(side, count: int) -> float:
        read = side(url)
        read(f"/{shape}/{roster.WARM_UP}")
        return roster.traced(lambda: read(f"/{shape}/{count}"))

    few, many = held(roster.ours, 500), held(roster.ours, 4000)
    assert many - few < 0.4
    assert held(roster.peer, 4000) > 3 * many, "or the comparison says nothing"
