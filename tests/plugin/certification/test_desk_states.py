"""The drawn states of the guide are those of the machines."""

from __future__ import annotations

from pathlib import Path

import pytest

from plugin.certification import ending
from plugin.certification.clocks import LAPSE, Clock
from plugin.certification.states import CaseLife, CertificateLife
from plugin.trail.states import diagram

GUIDE = Path(__file__).resolve().parents[3] / "docs" / "guides" / "certification-states.md"


@pytest.mark.parametrize("machine", [CaseLife, CertificateLife])
def test_the_guide_is_current(machine: type) -> None:
    assert f"```mermaid\n{diagram(machine)}```" in GUIDE.read_text(encoding="utf-8")


@pytest.mark.parametrize("clock", list(Clock))
def test_every_clock_is_in_the_guide(clock: Clock) -> None:
    (line,) = [one for one in GUIDE.read_text().splitlines() if f"`{clock}` |" in one]
    assert ending.LABELS[clock]._args[0] in line
    assert LAPSE.get(clock, "certification.overdue") in line
