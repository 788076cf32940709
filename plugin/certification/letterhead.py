"""What stands on every letter of an issuing office: where it is, who answers, how one pays.

Kept in the school's settings under one key; what is not set is not printed.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

from plugin.certification import office_settings
from plugin.school.models import School

KEY = "certification.letters"


@dataclass(frozen=True)
class Letterhead:
    """As the office typed it; `how` has one way of paying a line."""

    address: str = ""
    officer: str = ""
    telephone: str = ""
    email: str = ""
    how: str = ""

    @property
    def contact(self) -> tuple[tuple[str, str], ...]:
        """Label and text of what is known, as official letters have it."""
        named = (
            ("地址", self.address),
            ("承辦人", self.officer),
            ("電話", self.telephone),
            ("電子信箱", self.email),
        )
        return tuple((label, text) for label, text in named if text)

    @property
    def ways(self) -> tuple[str, ...]:
        """The ways of paying."""
        return tuple(line.strip() for line in self.how.splitlines() if line.strip())


def of(school: School) -> Letterhead:
    """The letterhead of an office."""
    kept = school.settings.get(KEY) or {}
    known = {one.name for one in fields(Letterhead)}
    return Letterhead(**{name: str(kept[name]) for name in known & kept.keys()})


def authority(school: School) -> tuple[str, str]:
    """In whose name letters go out, and who signs them; as on the certificates."""
    found = office_settings.of(school)
    return found.authority, found.head
