"""Charts: what a strict content policy allows, with figures that add up."""

import re
import xml.etree.ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.charts import TONES, Bar, Series, bars

SVG = "{http://www.w3.org/2000/svg}"
STATES = (Series("已認證", "good"), Series("待認證", "wait"), Series("逾期", "bad"))


def tree(svg):
    """Read it as a browser's HTML parser would: same elements, no namespace needed."""
    return ET.fromstring(f'<div xmlns="http://www.w3.org/2000/svg">{svg}</div>').find(f"{SVG}svg")


def widths(svg, colour):
    return [
        float(one.get("width")[:-1])
        for one in tree(svg).iter(f"{SVG}rect")
        if one.get("fill") == colour and one.get("width").endswith("%")
    ]


def test_nothing_that_the_content_policy_refuses():
    chart = bars("c", "<b>標題</b>", "說明 & 更多", STATES, [Bar("<script>x</script>", (1, 2, 3))])
    assert "<script>x" not in chart.svg
    assert not re.search(r"\sstyle=|<style|\son\w+=", chart.svg)
    words = "".join(tree(chart.svg).itertext())
    assert "<script>x</script>" in words
    assert "<b>標題</b>" in words


def test_it_says_what_it_shows():
    svg = tree(bars("grades", "各年級", "每個年級一條", STATES, [Bar("一年級", (4, 0, 1))]).svg)
    assert svg.get("role") == "img"
    named = {one.get("id"): one.text for one in svg}
    said = [named[key] for key in svg.get("aria-labelledby").split()]
    assert said == ["各年級", "每個年級一條"]
    assert "4 / 0 / 1" in [one.text for one in svg.iter(f"{SVG}text")]


@given(
    st.lists(st.tuples(*[st.integers(0, 10**6)] * 3), min_size=1, max_size=12),
    st.booleans(),
)
def test_every_part_is_as_long_as_its_figure(rows, whole):
    chart = bars(
        "c", "t", "d", STATES, [Bar(str(n), row) for n, row in enumerate(rows)], whole=whole
    )
    most = max(sum(row) for row in rows)
    for at, series in enumerate(STATES):
        scale = [sum(row) if whole else most for row in rows]
        wanted = [100 * row[at] / n for row, n in zip(rows, scale, strict=True) if row[at]]
        drawn = widths(chart.svg, TONES[series.tone][0])
        assert drawn == pytest.approx(wanted, abs=0.001)
    for one in tree(chart.svg).iter(f"{SVG}rect"):
        if one.get("width").endswith("%"):
            assert float(one.get("x").rstrip("%")) + float(one.get("width")[:-1]) <= 100.01


def test_parts_differ_without_colour():
    svg = bars("c", "t", "d", STATES, [Bar("a", (1, 1, 1))]).svg
    hatchings = {one.get("id") for one in tree(svg).iter(f"{SVG}pattern")}
    used = set(re.findall(r"url\(#([\w-]+)\)", svg))
    assert used == hatchings
    assert len(hatchings) == 2  # the third is plain: all three differ


def test_no_bars_and_wrong_bars():
    assert tree(bars("c", "t", "d", STATES, []).svg) is not None
    assert widths(bars("c", "t", "d", STATES, [Bar("a", (0, 0, 0))]).svg, "#0b5a4a") == []
    with pytest.raises(ValueError, match="for 3 series"):
        bars("c", "t", "d", STATES, [Bar("a", (1, 2))])
    with pytest.raises(ValueError, match="-1"):
        bars("c", "t", "d", STATES, [Bar("a", (1, -1, 2))])
